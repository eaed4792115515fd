"""The loop: forward, loss, backward, step; batch by batch, epoch by epoch."""

import math
from functools import lru_cache

import numpy as np

from nnkit.batches import Batches
from nnkit.checks import count
from nnkit.losses import Loss
from nnkit.network import Network
from nnkit.optimizers import Optimizer
from nnkit.training.callbacks import History, Training

running: list[Training] = []
"""What trains at the moment, the innermost last: a notebook shows how far it is."""


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
    X, y = _checked_data(net, loss, X, y, "")
    batches = Batches(X, y, batch_size, rng=rng)
    if validation is not None:
        if not isinstance(validation, tuple | list) or len(validation) != 2:
            what = f"{len(validation)} values" if isinstance(validation, tuple | list) else type(validation).__name__
            raise ValueError(f"expected validation as a pair (X, y), got {what}")
        validation = _checked_data(net, loss, *validation, "validation ")
    training = Training(net, optimizer, History(), epochs, len(batches))
    _call(callbacks, "on_start", training)
    running.append(training)
    try:
        with _blas_threads(net, batches.batch_size):
            while training.epoch < epochs and not training.stop:
                training.epoch += 1
                _epoch(training, batches, loss, penalty, callbacks)
                if validation is not None:
                    X_validation, y_validation = validation
                    Z = net.forward(X_validation)
                    training.history.validation_loss.append(loss.value_and_delta(Z, y_validation)[0])
                _call(callbacks, "on_epoch", training)
    finally:  # also when an error or Ctrl-C breaks training off
        running.remove(training)
        _call(callbacks, "on_end", training)
    return training.history


@np.errstate(over="ignore", invalid="ignore")  # what explodes ends in a FloatingPointError
def _epoch(training: Training, batches: Batches, loss: Loss, penalty, callbacks) -> None:
    net, optimizer = training.net, training.optimizer
    total, seen = 0.0, 0
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


def _checked_data(net: Network, loss: Loss, X, y, which: str):
    X = net.inputs(X, f"{which}X")
    if not np.isfinite(X).all():
        raise ValueError(f"expected finite numbers in {which}X, got NaN or infinity")
    y = loss.targets(y, net.fan_out, net.dtype)
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(f"expected one target per row of {which}X, at least 1, got {len(X)} rows, {len(y)} targets")
    return X, y


def _blas_threads(net: Network, batch_size: int):
    """One BLAS thread while all products are small, as many as there are otherwise.

    On a busy machine threads wait for each other, now and then for longer than hundreds of small products take; on an
    idle one, two would save a third. From 2²⁴ multiplications on, two are faster even on a busy machine.
    """
    largest = batch_size * max((W.size for W, _ in net.weights()), default=0)
    return _blas().limit(limits=1 if largest < 2**24 else None)


@lru_cache(maxsize=1)
def _blas():
    from threadpoolctl import ThreadpoolController  # finding the libraries takes milliseconds: once, and only here

    return ThreadpoolController().select(user_api="blas")


def _call(callbacks, method: str, training: Training) -> None:
    for callback in callbacks:
        getattr(callback, method)(training)
