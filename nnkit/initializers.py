"""Where should the weights start? Different from each other, and of the right size.

Equal weights get equal gradients and stay equal forever, so weights start random (biases may start at 0).
Their size matters because a layer multiplies: a sum of fan_in products w·a has fan_in · Var(w) times the
variance of a, and L layers do so L times over. Var(w) ≈ 1 / fan_in keeps a signal alive on its way forward.

Every initializer is called as `initializer(shape, rng, dtype)` with shape = (fan_out, fan_in), the shape of
W, and returns a new array. Randomness is your generator `rng`; `zeros` and `constant` do not touch it.

Source: NEU "Parameter Initialization"; AU "Improving the Neural Network".
"""

from functools import partial

import numpy as np

from nnkit.checks import generator, not_negative


def constant(shape, rng=None, dtype=np.float32, *, value: float):
    """w = value, everywhere."""
    return np.full(shape, value, dtype)


zeros = partial(constant, value=0.0)
zeros.__doc__ = "w = 0: right for biases; a network of such weights never breaks its symmetry."


def normal(shape, rng, dtype=np.float32, *, deviation: float = 0.01):
    """w ~ N(0, deviation²)"""
    return _normal(shape, rng, dtype, not_negative("deviation", deviation))


def uniform(shape, rng, dtype=np.float32, *, limit: float = 0.01):
    """w ~ U(−limit, limit), which has variance limit² / 3."""
    return _uniform(shape, rng, dtype, not_negative("limit", limit))


def lecun_normal(shape, rng, dtype=np.float32):
    """w ~ N(0, 1 / fan_in), for tanh: forward, the variance of a signal stays. Sigmoids get moderate scores from it.

    Source: LeCun et al. 1998, "Efficient BackProp"; the slides' "Xavier" is this one.
    """
    _, fan_in = _fans(shape)
    return _normal(shape, rng, dtype, fan_in**-0.5)


def lecun_uniform(shape, rng, dtype=np.float32):
    """w ~ U(−r, r), r = √(3 / fan_in): the variance of `lecun_normal`."""
    _, fan_in = _fans(shape)
    return _uniform(shape, rng, dtype, (3 / fan_in) ** 0.5)


def xavier_normal(shape, rng, dtype=np.float32):
    """w ~ N(0, 2 / (fan_in + fan_out)), for tanh: a compromise between the way forward and the way back.

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward networks".
    """
    fan_out, fan_in = _fans(shape)
    return _normal(shape, rng, dtype, (2 / (fan_in + fan_out)) ** 0.5)


def xavier_uniform(shape, rng, dtype=np.float32):
    """w ~ U(−r, r), r = √(6 / (fan_in + fan_out)): the variance of `xavier_normal`, the form of the paper."""
    fan_out, fan_in = _fans(shape)
    return _uniform(shape, rng, dtype, (6 / (fan_in + fan_out)) ** 0.5)


def he_normal(shape, rng, dtype=np.float32):
    """w ~ N(0, 2 / fan_in), for ReLU: it silences half of the signal, so the weights carry twice the variance.

    Source: He et al. 2015, "Delving deep into rectifiers".
    """
    _, fan_in = _fans(shape)
    return _normal(shape, rng, dtype, (2 / fan_in) ** 0.5)


def he_uniform(shape, rng, dtype=np.float32):
    """w ~ U(−r, r), r = √(6 / fan_in): the variance of `he_normal`."""
    _, fan_in = _fans(shape)
    return _uniform(shape, rng, dtype, (6 / fan_in) ** 0.5)


# Always drawn in float64, so that one seed gives the same weights in both precisions, up to rounding.
def _normal(shape, rng, dtype, deviation: float) -> np.ndarray:
    return generator(rng).normal(0, deviation, shape).astype(dtype)


def _uniform(shape, rng, dtype, limit: float) -> np.ndarray:
    return generator(rng).uniform(-limit, limit, shape).astype(dtype)


def _fans(shape) -> tuple[int, int]:
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"expected the shape (fan_out, fan_in) of a weight matrix, got {tuple(shape)}")
    return shape
