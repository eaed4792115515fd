"""What may happen beside the steps: watching, stopping, counting.

`fit` calls the methods of a callback on the way, with a `Training` that shows how far it is. Write your own by
overriding what you need of `Callback`.
"""

import math
from dataclasses import dataclass, field

from nnkit.checks import count, not_negative
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
