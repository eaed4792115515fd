"""Points to learn from, most of them made up on the spot, so that you can always make more.

Every function returns `(X, y)`: X (n, d) float64, y (n,) integer labels 0 … C−1. Classes take turns, so they
are equally large (to within one point) and an online rule meets them mixed. Randomness is your generator,
`rng`.
"""

import numpy as np

from nnkit.activations import sigmoid
from nnkit.checks import count, generator, not_negative


def gate(name: str):
    """A logic gate as four points: X (4, 2) with every pair of 0 and 1, y (4,) the gate's answer.

    name: "and", "or", "nand" or "xor". No straight line makes "xor".
    """
    gates = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
    if name not in gates:
        raise ValueError(f"expected the gate to be one of {', '.join(gates)}, got {name!r}")
    return np.array([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]), np.array(gates[name])


def blobs(n: int, *, rng: np.random.Generator, centers=((-2.0, -2.0), (2.0, 2.0)), spread: float = 0.6):
    """Round clouds, class k normally distributed around centers[k].

    n: points in all.  centers: (C, d), one per class.  spread: standard deviation in every direction, ≥ 0.
    As it stands: two classes that a line separates with room to spare.
    """
    centers = np.asarray(centers, dtype=np.float64)
    if centers.ndim != 2:
        raise ValueError(f"expected centers with shape (C, d), one row per class, got {centers.shape}")
    y = _labels(n, len(centers))
    return centers[y] + _noise("spread", spread, (n, centers.shape[1]), rng), y


def moons(n: int, *, noise: float, rng: np.random.Generator):
    """Two half circles of radius 1, each reaching into the other. noise: standard deviation, ≥ 0."""
    y = _labels(n, 2)
    angle = generator(rng).uniform(0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return np.where(y[:, np.newaxis] == 0, upper, lower) + _noise("noise", noise, (n, 2), rng), y


def circles(n: int, *, noise: float, rng: np.random.Generator):
    """A circle of radius 1 (class 0) around one of radius ½ (class 1). noise: standard deviation, ≥ 0."""
    y = _labels(n, 2)
    angle, radius = generator(rng).uniform(0, 2 * np.pi, n), 1 - y / 2
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise("noise", noise, (n, 2), rng), y


def spirals(n: int, *, noise: float, rng: np.random.Generator):
    """Two arms of 1½ turns, center to radius 1, half a turn apart. noise: standard deviation, ≥ 0."""
    y = _labels(n, 2)
    # The square root spreads the points evenly along the arm, whose turns grow longer outwards.
    radius = np.sqrt(generator(rng).uniform(0, 1, n))
    angle = 3 * np.pi * radius + np.pi * y
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise("noise", noise, (n, 2), rng), y


def will_i_pass(n: int, *, rng: np.random.Generator):
    """Will I pass this class? Two features of n students: lectures attended and hours on the final project.

    X: (n, 2): lectures 0, 1, …, 15 and hours 0 … 40, both uniform.  y: (n,), 1 = passed, drawn from

        P(pass) = σ(0.4 · lectures + 0.15 · hours − 6)

    so it is a coin flip at 7.5 lectures and 20 hours, nobody is safe, and the classes overlap: 18 of 100
    students end on the unlikely side. The classes are as large as the draw makes them.

    Source: UT "Example Problem: Will I pass this class?" (the two features; the numbers are ours).
    """
    _labels(n, 1)
    lectures, hours = generator(rng).integers(0, 16, n), rng.uniform(0, 40, n)
    passed = rng.uniform(size=n) < sigmoid(0.4 * lectures + 0.15 * hours - 6)
    return np.column_stack([lectures, hours]), passed.astype(int)


def digits():
    """1797 handwritten digits: X (1797, 64), images of 8 × 8 row by row, gray from 0 to 16; y (1797,), 0 … 9.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998; ships with
    scikit-learn.
    """
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X, y.astype(int)


def _labels(n: int, classes: int) -> np.ndarray:
    """0, 1, …, C−1, 0, 1, … for n points."""
    return np.arange(count("n", n, at_least=classes)) % classes


def _noise(name: str, deviation: float, shape: tuple[int, int], rng) -> np.ndarray:
    return generator(rng).normal(0, not_negative(name, deviation), shape)
