"""How do you know that a gradient is right? Nudge each input a little and watch the loss.

The central difference needs no calculus, so it can referee any derivation:

    ∂f/∂x_i ≈ (f(x + h e_i) − f(x − h e_i)) / 2h          error O(h²)

It is slow (two evaluations per entry) and that is fine: we only use it to check the fast way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, *, step: float = 1e-5) -> np.ndarray:
    """Central-difference gradient of a scalar function.

    f: takes an array shaped like `x`, returns a number.  x: any shape, copied as float64.
    step: the nudge h, relative to the size of each entry (|x_i|, but at least 1).

    Returns an array shaped like `x`, in units of f per unit of x.
    Raises ValueError if `f` does not return a single finite number.

    Source: USC 3.2 "Computing gradients efficiently using Backprop" (the naive way).
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        center = x[index]
        h = step * max(1.0, abs(center))
        x[index] = center + h
        above = _number(f(x))
        x[index] = center - h
        below = _number(f(x))
        x[index] = center
        gradient[index] = (above - below) / (2 * h)
    return gradient


@dataclass(frozen=True)
class GradientReport:
    """How a claimed gradient compares with central differences.

    error: the largest |claimed − numerical| / max(1, |claimed|, |numerical|) over all entries.
    worst: index of that entry.  claimed, numerical: the two gradients, in the shape of x.
    reacts: whether the function changes at all; a constant function has a zero gradient either way, which
    proves nothing, so it never passes.
    """

    error: float
    worst: tuple[int, ...]
    claimed: np.ndarray
    numerical: np.ndarray
    reacts: bool
    tolerance: float

    @property
    def passed(self) -> bool:
        # Written so that a NaN error fails.
        return bool(self.reacts and self.error <= self.tolerance)

    def __str__(self) -> str:
        if not self.reacts:
            return "the function does not react to its input, so there is no gradient to check"
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
        raise ValueError(f"expected a gradient with shape {numerical.shape}, the shape of x, got {claimed.shape}")
    scale = np.maximum(1.0, np.maximum(np.abs(claimed), np.abs(numerical)))
    error = np.abs(claimed - numerical) / scale
    # argmax returns the first NaN if there is one, which is the entry to show.
    worst = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    reacts = bool(np.any(np.abs(numerical) > 1e-10))
    return GradientReport(float(error[worst]), worst, claimed, numerical, reacts, tolerance)


def _number(value) -> float:
    number = np.asarray(value)
    if number.size != 1 or not np.isfinite(number).all():
        raise ValueError(f"expected f to return one finite number, got {value!r}")
    return float(number.reshape(()))
