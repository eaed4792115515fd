"""How do you know that a gradient is right? Nudge each input a little and watch the loss.

The central difference needs no calculus, so it can referee any derivation:

    ∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h          error O(h²)

It is slow (two evaluations per entry) and that is fine: we only use it to check the fast way. `gradcheck` does
so for a whole network, whatever its layers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnkit.losses import Loss
from nnkit.network import Network


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, *, step: float = 1e-5) -> np.ndarray:
    """Central-difference gradient of a scalar function.

    f: takes an array shaped like `x`, returns a number; it gets a fresh float64 copy each time, so it cannot
    spoil the next nudge.  x: any shape, at least one entry.
    step: the nudge h, relative to the size of each entry (|x_i|, but at least 1).

    Returns an array shaped like `x`, in units of f per unit of x.
    Raises ValueError if `x` is empty or `f` does not return a single finite number.

    Source: USC 3.2 "Computing gradients efficiently using Backprop" (the naive way).
    """
    x = np.array(x, dtype=np.float64)
    if x.size == 0:
        raise ValueError(f"expected x with at least one entry, got shape {x.shape}")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        center = x[index]
        h = step * max(1.0, float(abs(center)))
        x[index] = center + h
        above = _number(f(x.copy()))
        x[index] = center - h
        below = _number(f(x.copy()))
        x[index] = center
        gradient[index] = (above - below) / (2 * h)
    return gradient


@dataclass(frozen=True)
class GradientReport:
    """How a claimed gradient compares with central differences.

    error: the largest |claimed − numerical| / max(|claimed|, |numerical|, floor) over all entries.
    floor: 0.001 · max(1, |f(x)|); it keeps the rounding noise of the differences from looking like an error.
    worst: index of that entry.  claimed, numerical: the two gradients, in the shape of x.
    reacts: whether any measured slope exceeds tolerance · floor. If none does, as for a constant function, a
    gradient of zeros agrees too, which proves nothing; so that never passes.
    """

    error: float
    worst: tuple[int, ...]
    claimed: np.ndarray
    numerical: np.ndarray
    reacts: bool
    floor: float
    tolerance: float

    @property
    def passed(self) -> bool:
        # Written so that a NaN error fails.
        return bool(self.reacts and self.error <= self.tolerance)

    def __str__(self) -> str:
        if not self.reacts:
            return "every measured slope is zero here, so there is nothing to compare: does f use its input?"
        verdict = "agrees with" if self.passed else "differs from"
        return (
            f"the gradient {verdict} central differences: worst entry {self.worst}, "
            f"claimed {self.claimed[self.worst]:.6g}, measured {self.numerical[self.worst]:.6g} "
            f"(relative error {self.error:.1e}, allowed {self.tolerance:.0e})"
        )


def gradient_report(
    f: Callable[[np.ndarray], float], gradient: np.ndarray, x: np.ndarray, *, tolerance: float = 1e-6
) -> GradientReport:
    """Compare `gradient`, claimed to be ∇f(x), with central differences.

    f: array → number.  gradient: shaped like x.  x: any shape (float64).  tolerance: largest allowed relative
    error, see `GradientReport`.

    Raises ValueError if the shapes of `gradient` and `x` differ.
    """
    claimed = np.asarray(gradient, dtype=np.float64)
    numerical = numerical_gradient(f, x)
    if claimed.shape != numerical.shape:
        raise ValueError(f"expected a gradient shaped like x, {numerical.shape}, got {claimed.shape}")
    floor = 1e-3 * max(1.0, abs(_number(f(np.array(x, dtype=np.float64)))))
    scale = np.maximum(floor, np.maximum(np.abs(claimed), np.abs(numerical)))
    with np.errstate(invalid="ignore"):  # an infinite claim makes a NaN, which fails
        error = np.abs(claimed - numerical) / scale
    # argmax returns the first NaN if there is one, which is the entry to show.
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    reacts = bool(np.any(np.abs(numerical) > tolerance * floor))
    return GradientReport(float(error[worst]), worst, claimed, numerical, reacts, floor, tolerance)


@dataclass(frozen=True)
class NetworkReport:
    """How backpropagation through a network compares with central differences.

    gradient: the `GradientReport` over all parameters as one vector.
    worst: where they differ most, such as "2.W[3, 1] of Dense(8 → 1)", the layer with index 2.
    still: arrays that the loss does not react to, such as "0.b" before a BatchNorm: nothing was tested there.
    """

    gradient: GradientReport
    worst: str
    still: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return self.gradient.passed

    def __str__(self) -> str:
        text = str(self.gradient).replace(f"entry {self.gradient.worst}", f"entry {self.worst}")
        return f"{text}; the loss does not react to {', '.join(self.still)}" if self.still else text


def gradcheck(net: Network, loss: Loss, X, y, *, training: bool = True, tolerance: float = 1e-6) -> NetworkReport:
    """Compare what `net.backward` claims with central differences of the loss, for every parameter.

    Works on copies in float64, with the same dropout masks in every evaluation, and leaves `net` as it is.
    X: (n, fan_in).  y: as `loss` takes them.  A few samples and small layers are enough: the cost grows with the
    number of parameters squared.  training: whether to check the pass with dropout and batch statistics.

    Checked is a point beside the network's own, each parameter moved by at most 0.01. Where a sum still lies
    within the nudge of a corner, as at z = 0 of ReLU, the two differ and neither is wrong: try other inputs.

    Raises ValueError for data that do not fit.
    """
    X, start = np.asarray(X, dtype=np.float64), net.parameters.values.astype(np.float64)
    # A fresh bias is 0, and a sample whose inputs are all silent then sits on the corner of ReLU: step aside.
    start += 0.01 * np.cos(np.arange(start.size))

    def forward(values) -> tuple[Network, np.ndarray]:
        copy = net.astype(np.float64)  # with it the running moments, and the generators that draw the masks
        copy.parameters.values[...] = values
        return copy, copy.forward(X, training=training)

    checked, Z = forward(start)
    checked.backward(loss.delta(Z, y))
    claimed = checked.parameters.gradient
    report = gradient_report(lambda values: loss.value(forward(values)[1], y), claimed, start, tolerance=tolerance)
    moves = np.abs(report.numerical) > tolerance * report.floor
    still = tuple(name for name, entries in checked.places.items() if not moves[entries].any())
    return NetworkReport(report, _locate(checked, report.worst[0]), still)


def _locate(net: Network, entry: int) -> str:
    """The name of an entry of the flat vector, such as "2.W[3, 1] of Dense(8 → 1)"."""
    place, entries = next(item for item in net.places.items() if entry < item[1].stop)
    number, name = place.split(".")
    layer = net.layers[int(number)]
    index = np.unravel_index(entry - entries.start, getattr(layer, name).shape)
    return f"{place}[{', '.join(str(int(i)) for i in index)}] of {layer!r}"


def _number(value) -> float:
    number = np.asarray(value)
    if number.dtype.kind not in "iuf" or number.size != 1 or not np.isfinite(number).all():
        raise ValueError(f"expected f to return one finite number, got {value!r}")
    return float(number.reshape(()))
