"""What may a setting be? One function per kind, and one form of complaint: what was expected, what was given.

Each returns its value as a plain Python number. That is more than tidiness: a NumPy float64 among the
hyper-parameters would silently lift every float32 array that it meets to float64.
"""

import math
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

FLOATS = (np.float64, np.float32)
"""What estimators compute in: data of any other kind become the first."""


def positive(name: str, value: Any) -> float:
    """A number with 0 < value < ∞."""
    if not isinstance(value, Real) or not 0 < float(value) < math.inf:
        raise ValueError(f"expected {name} to be a positive number, got {value!r}")
    return float(value)


def not_negative(name: str, value: Any) -> float:
    """A number with 0 ≤ value < ∞."""
    if not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        raise ValueError(f"expected {name} to be 0 or a positive number, got {value!r}")
    return float(value)


def fraction(name: str, value: Any) -> float:
    """A number with 0 ≤ value < 1."""
    if not isinstance(value, Real) or not 0 <= float(value) < 1:
        raise ValueError(f"expected {name} in [0, 1), got {value!r}")
    return float(value)


def count(name: str, value: Any, *, at_least: int = 1) -> int:
    """An integer, not too small."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < at_least:
        raise ValueError(f"expected {name} to be an integer of at least {at_least}, got {value!r}")
    return int(value)


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """One of a few words, such as the keys of a table. name: of the setting, or "" to leave it out."""
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        wanted = f"{name} to be one of" if name else "one of"
        raise ValueError(f"expected {wanted} {', '.join(choices)}, got {value!r}")
    return value


def real_numbers(name: str, array: Any) -> np.ndarray:
    """An array of booleans, integers or floats; its dtype stays.  Raises TypeError for anything else."""
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected {name} to hold real numbers, got dtype {array.dtype}")
    return array


def finite_values(name: str, f: Callable, x: np.ndarray) -> np.ndarray:
    """f(x), one finite number for each of x.  f: a function of the reader's."""
    values = np.asarray(f(x.copy()))
    if values.shape != x.shape or values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        received = f"shape {values.shape}" if values.shape != x.shape else "others"
        raise ValueError(f"expected {name} to return one finite number each for shape {x.shape}, got {received}")
    return values


def generator(rng: Any) -> np.random.Generator:
    """A source of randomness that the caller has made and seeded."""
    if not isinstance(rng, np.random.Generator):
        received = type(rng).__name__
        raise TypeError(f"expected rng to be a generator, such as np.random.default_rng(0), got {received}")
    return rng
