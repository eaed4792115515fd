"""Learning, at last: forward, loss, backward, step; batch by batch, epoch by epoch.

`fit` is that loop and nothing else. What one may want besides is a callback: an object whose methods the loop
calls, with a `Training` that shows how far it is. Write your own by overriding what you need of `Callback`.

Source: NEU "Training NNs"; UT "Early Stopping".
"""

import math
from dataclasses import dataclass, field

import numpy as np

from nnkit.batches import Batches
from nnkit.checks import count, not_negative
from nnkit.losses import Loss
from nnkit.network import Network
from nnkit.optimizers import Optimizer


@dataclass
class History:
    """How training went, an entry per epoch.

    loss: mean of the batch losses while the weights moved on (in training mode, without penalty).
    validation_loss: on the validation data, after the epoch, in prediction mode; empty if there are none.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)


@dataclass
class Training:
    """What a callback sees. epoch and step count from 1; batch_loss is the newest; set `stop` to end training."""

    net: Network
    optimizer: Optimizer
    history: History
    epochs: int
    steps_per_epoch: int
    epoch: int = 0
    step: int = 0
    batch_loss: float = math.nan
    stop: bool = False


class Callback:
    """Something to do on the way."""

    def on_start(self, training: Training) -> None: ...

    def on_step(self, training: Training) -> None: ...

    def on_epoch(self, training: Training) -> None: ...

    def on_end(self, training: Training) -> None: ...


def fit(
    net: Network,
    loss: Loss,
    optimizer: Optimizer,
    X,
    y,
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    validation: tuple | None = None,
    penalty=None,
    callbacks=(),
) -> History:
    """Train `net` in place, to make the mean `loss` (plus `penalty`) of (X, y) small.

    X: (n, fan_in) finite numbers.  y: as `loss` takes them.  optimizer: of `net.parameters`.
    epochs: passes over the data, ≥ 1.  batch_size, rng: as in `Batches`.  validation: a pair (X, y).
    penalty: as in `nnkit.penalties`, on the weights of Dense layers.

    Raises ValueError for data or settings that do not fit, FloatingPointError if the loss stops being finite.
    """
    if optimizer.params is not net.parameters:
        raise ValueError("expected an optimizer of this network's parameters, got one of others")
    epochs = count("epochs", epochs)
    batches = Batches(*_checked_data(net, loss, X, y, ""), batch_size, rng=rng)
    if validation is not None:
        validation = _checked_data(net, loss, *validation, "validation ")
    training = Training(net, optimizer, History(), epochs, len(batches))
    _call(callbacks, "on_start", training)
    try:
        while training.epoch < epochs and not training.stop:
            training.epoch += 1
            with np.errstate(over="ignore", invalid="ignore"):  # what explodes ends in a FloatingPointError
                _epoch(training, batches, loss, penalty, callbacks)
            if validation is not None:
                X_validation, y_validation = validation
                Z = net.forward(X_validation)
                training.history.validation_loss.append(loss.value_and_delta(Z, y_validation)[0])
            _call(callbacks, "on_epoch", training)
    finally:  # also when an error or Ctrl-C breaks training off
        _call(callbacks, "on_end", training)
    return training.history


def _epoch(training: Training, batches: Batches, loss: Loss, penalty, callbacks) -> None:
    net, optimizer = training.net, training.optimizer
    total = seen = 0
    for X, y in batches:
        Z = net.forward(X, training=True)
        training.batch_loss, delta = loss.value_and_delta(Z, y)
        if not math.isfinite(training.batch_loss):
            raise FloatingPointError(f"expected a finite loss, got {training.batch_loss}: lower the learning rate")
        net.backward(delta)
        if penalty is not None:
            for W, dW in net.weights():
                dW += penalty.gradient(W)
        optimizer.step()
        total, seen = total + training.batch_loss * len(y), seen + len(y)
        training.step += 1
        _call(callbacks, "on_step", training)
        if training.stop:
            break
    training.history.loss.append(total / seen)


class EarlyStopping(Callback):
    """Stop when the validation loss has not improved for `patience` epochs, and go back to the best weights.

    patience: ≥ 1.  min_improvement: ≥ 0, how much better than the best so far counts as better.
    best_loss, best_epoch: of the weights that the network ends with.

    Source: UT "Early Stopping"; Prechelt 1998, "Early Stopping – But When?".
    """

    def __init__(self, patience: int, *, min_improvement: float = 0.0):
        self.patience = count("patience", patience)
        self.min_improvement = not_negative("min_improvement", min_improvement)

    def on_start(self, training):
        self.best_loss, self.best_epoch, self._best = math.inf, 0, training.net.state()

    def on_epoch(self, training):
        if not training.history.validation_loss:
            raise ValueError("expected validation data for EarlyStopping, got none: fit(…, validation=(X, y))")
        newest = training.history.validation_loss[-1]
        if newest < self.best_loss - self.min_improvement:
            self.best_loss, self.best_epoch, self._best = newest, training.epoch, training.net.state()
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop = True

    def on_end(self, training):
        training.net.restore(self._best)


class ProgressBar(Callback):
    """A bar with an entry per step and the loss beside it. Needs tqdm (part of the extra `lab`)."""

    def on_start(self, training):
        from tqdm.auto import tqdm

        self._bar = tqdm(total=training.epochs * training.steps_per_epoch, unit="step")

    def on_step(self, training):
        self._bar.update()

    def on_epoch(self, training):
        self._bar.set_postfix(epoch=training.epoch, loss=f"{training.history.loss[-1]:.4g}")

    def on_end(self, training):
        self._bar.close()


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
        self.losses = []

    def __call__(self, step: int) -> float:
        return self.low * (self.high / self.low) ** (step / (self.steps - 1))

    def on_step(self, training):
        self.losses.append(training.batch_loss)
        training.stop = training.step == self.steps or training.batch_loss > 4 * min(self.losses)


def _checked_data(net: Network, loss: Loss, X, y, which: str):
    X = np.asarray(X)
    if X.dtype.kind not in "biuf":
        raise ValueError(f"expected {which}X to hold real numbers, got dtype {X.dtype}")
    if X.ndim != 2 or X.shape[1] != net.fan_in:
        raise ValueError(f"expected {which}X with shape (n, {net.fan_in}), got {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError(f"expected finite numbers in {which}X, got NaN or infinity")
    y = loss.targets(y, net.fan_out, net.dtype)
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(f"expected one target per row of {which}X, at least 1, got {len(X)} rows, {len(y)} targets")
    return X.astype(net.dtype, copy=False), y


def _call(callbacks, method: str, training: Training) -> None:
    for callback in callbacks:
        getattr(callback, method)(training)
