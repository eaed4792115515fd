"""What does a neuron do with its sum? It bends it, and the bend is what learning passes through.

Each function takes z, a number or an array of any shape, works entry by entry (softmax: row by row), and
comes with its slope, `NAME_derivative(z)`. float32 stays float32; integers become float64. No finite z
overflows: where a formula holds an exponential, it is arranged so that the exponent is never positive.

A network trains with a third form, `NAME_backward(dA, A)`: the chain rule dZ = dA ∘ g'(Z) with the slope
computed from the output A = g(Z), which is at hand and spares a second exponential. dA and A have one shape
and dtype; dZ is new.

Source: UT "Perceptrons with differentiable activation functions"; AU "Activation Functions"; USC 2.1.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnkit.checks import fraction, real_numbers


def identity(z):
    """g(z) = z: no bend. The output of a regression, and of ADALINE while it learns."""
    return +_floats(z)


def identity_derivative(z):
    """g'(z) = 1"""
    return np.ones_like(_floats(z))[()]


def identity_backward(dA, A):
    """dZ = dA"""
    return dA.copy()


def step(z):
    """g(z) = 1 if z ≥ 0, else 0: the perceptron's yes or no."""
    z = _floats(z)
    return (z >= 0).astype(z.dtype)[()]


def step_derivative(z):
    """g'(z) = 0, also at z = 0 where no slope exists. This is why no gradient can train a perceptron."""
    return np.zeros_like(_floats(z))[()]


def step_backward(dA, A):
    """dZ = 0"""
    return np.zeros_like(dA)


def relu(z):
    """g(z) = max(0, z)"""
    return np.maximum(_floats(z), 0)


def relu_derivative(z):
    """g'(z) = 1 if z > 0, else 0

    At z = 0 the graph has a corner, and any slope between 0 and 1 would do (a subgradient). UT takes 1; we
    take 0, as PyTorch does, so that a unit whose input is exactly 0 passes nothing, forward or back.
    """
    z = _floats(z)
    return (z > 0).astype(z.dtype)[()]


def relu_backward(dA, A):
    """dZ = dA where A > 0, else 0"""
    return dA * (A > 0)


def leaky_relu(z, slope: float = 0.01):
    """g(z) = z if z > 0, else slope · z

    slope: in [0, 1), how much of a negative input leaks through; 0 is ReLU.  Raises ValueError outside.
    """
    z, slope = _floats(z), fraction("slope", slope)
    return np.maximum(z, slope * z)


def leaky_relu_derivative(z, slope: float = 0.01):
    """g'(z) = 1 if z > 0, else slope (at the corner too, for ReLU's reason)"""
    z, slope = _floats(z), fraction("slope", slope)
    return np.where(z > 0, z.dtype.type(1), z.dtype.type(slope))[()]


def leaky_relu_backward(dA, A, slope: float = 0.01):
    """dZ = dA where A > 0, else slope · dA"""
    return dA * leaky_relu_derivative(A, slope)  # A and Z have the same sign


def sigmoid(z):
    """σ(z) = 1 / (1 + e^−z) = e^z / (1 + e^z): any score becomes a probability in [0, 1].

    The first form overflows for very negative z, the second for very positive z. Taking the first on the right
    and the second on the left is one formula, e^min(z, 0) / (1 + e^−|z|), and safe.
    """
    z = _floats(z)
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def sigmoid_derivative(z):
    """σ'(z) = σ(z) (1 − σ(z)) = σ(z) σ(−z): at most ¼, at z = 0.

    The second form, because 1 − σ(z) is rounded to 0 for z > 37 while σ(−z) is still exact.
    """
    z = _floats(z)
    return sigmoid(z) * sigmoid(-z)


def sigmoid_backward(dA, A):
    """dZ = dA ∘ A ∘ (1 − A)"""
    return dA * A * (1 - A)


def tanh(z):
    """tanh z = (e^z − e^−z) / (e^z + e^−z) = 2σ(2z) − 1: the sigmoid, stretched to (−1, 1)."""
    return np.tanh(_floats(z))


def tanh_derivative(z):
    """tanh'(z) = 1 − tanh² z"""
    return 1 - tanh(z) ** 2


def tanh_backward(dA, A):
    """dZ = dA ∘ (1 − A²)"""
    return dA * (1 - A**2)


def softplus(z):
    """g(z) = log(1 + e^z) = max(0, z) + log(1 + e^−|z|): ReLU with a rounded corner."""
    z = _floats(z)
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_derivative(z):
    """g'(z) = σ(z)"""
    return sigmoid(z)


def softplus_backward(dA, A):
    """dZ = dA ∘ (1 − e^−A), since A = log(1 + e^Z) makes e^−A = 1 / (1 + e^Z) = 1 − σ(Z)"""
    return dA * -np.expm1(-A)


def softmax(z):
    """softmax(z)_k = e^{z_k} / Σ_k' e^{z_k'}: scores become probabilities that sum to 1.

    z: (..., C) scores; the last axis runs over the classes.  Returns the same shape.
    Subtracting the largest score of a row changes nothing in the quotient and leaves no positive exponent.
    Raises ValueError if z has no class axis.

    Source: USC 1.4; AU "Multiclass Logistic Regression".
    """
    z = _floats(z)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"expected z with shape (..., C) for C ≥ 1 classes, got shape {z.shape}")
    with np.errstate(over="ignore"):  # a gap beyond the largest float is −∞, and e^−∞ = 0 is the right answer
        e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_derivative(z):
    """∂softmax(z)_k / ∂z_j = p_k ([k = j] − p_j): every score moves every probability, so a table, (…, C, C).

    Source: UT "Gradients: Backward Computation", where the elementwise rule is not enough.
    """
    p = softmax(z)
    return p[..., np.newaxis] * (np.eye(p.shape[-1], dtype=p.dtype) - p[..., np.newaxis, :])


def softmax_backward(dA, A):
    """dZ = A ∘ (dA − Σ_k dA_k A_k): that table times dA, without building it"""
    return A * (dA - (dA * A).sum(axis=-1, keepdims=True))


def _floats(z: Any) -> np.ndarray:
    z = real_numbers("z", z)
    return z if z.dtype.kind == "f" else z.astype(np.float64)


ACTIVATIONS: dict[str, Callable] = {name: g for name, g in globals().items() if f"{name}_backward" in globals()}
"""All of the above by name, in this order: what has a `NAME_backward` can be a layer."""
