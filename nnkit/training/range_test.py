"""Which learning rate? Try them all in one short training, from far too small to far too large."""

import math
from dataclasses import dataclass

import numpy as np

from nnkit.checks import count
from nnkit.losses import Loss
from nnkit.network import Network
from nnkit.optimizers import Optimizer
from nnkit.training.callbacks import Callback
from nnkit.training.loop import fit


@dataclass(frozen=True)
class RangeTest:
    """rates, losses: the learning rate of each step and the loss of its batch, before that step."""

    rates: np.ndarray
    losses: np.ndarray


def learning_rate_range_test(
    net: Network,
    loss: Loss,
    optimizer: type[Optimizer],
    X,
    y,
    *,
    batch_size: int,
    rng: np.random.Generator,
    low: float = 1e-5,
    high: float = 1.0,
    steps: int = 100,
) -> RangeTest:
    """Raise the learning rate from step to step, low · (high / low)^(t / (steps − 1)), and watch the loss.

    A good rate lies where the loss falls fast, well left of where it explodes; past four times its smallest
    value, the test ends early. `net` is left alone: a copy takes the steps. optimizer: the class, such as `Adam`.

    Source: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
    """
    if not 0 < low < high < math.inf:
        raise ValueError(f"expected 0 < low < high, got low {low!r} and high {high!r}")
    steps = count("steps", steps, at_least=2)
    net = net.astype(net.dtype)
    walk = _Walk(low, high, steps)
    try:  # an epoch has a step at least, so `steps` of them are enough, and the walk stops when it is done
        stepper = optimizer(net.parameters, walk)
        fit(net, loss, stepper, X, y, epochs=steps, batch_size=batch_size, rng=rng, callbacks=[walk])
    except FloatingPointError:
        pass  # it exploded, which is what we wanted to know
    return RangeTest(np.array([walk(t) for t in range(len(walk.losses))]), np.array(walk.losses))


class _Walk(Callback):
    """The schedule of a range test, and its eyes."""

    def __init__(self, low: float, high: float, steps: int):
        self.low, self.high, self.steps = low, high, steps
        self.losses: list[float] = []

    def __call__(self, step: int) -> float:
        return self.low * (self.high / self.low) ** (step / (self.steps - 1))

    def on_step(self, training):
        self.losses.append(training.batch_loss)
        training.stop = training.step == self.steps or training.batch_loss > 4 * min(self.losses)
