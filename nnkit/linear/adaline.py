"""ADALINE: the first rule that follows a slope downhill, one example at a time."""

from functools import partial

import numpy as np
from scipy.linalg import solve_triangular

from nnkit.checks import count, positive
from nnkit.linear.base import LinearClassifier, warn


class Adaline(LinearClassifier):
    """Learn from every example, by how far the real-valued score z misses the target d = ±1 (the delta rule).

        z = w·x        δ = d − z        w ← w + η δ x        which is −η times the slope of ½ (d − z)²

    The threshold is used for predictions only, never while learning.

    learning_rate: η > 0; beyond a bound set by the length of the inputs the loss grows without end. Training
    then stops with a ConvergenceWarning, at the last finite weights.  epochs: passes over the data.
    losses_: list, mean of ½ (d − z)² over all examples: losses_[k] after k epochs, losses_[0] before any.
    Raises ValueError for bad hyper-parameters or if y has not exactly two classes.

    Source: Widrow & Hoff 1960; UT "History: ADALINE (Adaptive Linear Neuron)".
    """

    def __init__(self, learning_rate=0.01, epochs=50):
        self.learning_rate = learning_rate
        self.epochs = epochs

    def fit(self, X, y):
        """X: (n, d).  y: (n,), two label values.  Returns self."""
        rate, epochs = positive("learning_rate", self.learning_rate), count("epochs", self.epochs)
        X, y = self._examples(X, y)
        d = 2 * y - 1
        blocks = [_block(X[i : i + 64], d[i : i + 64], rate) for i in range(0, len(X), 64)]
        w = np.zeros(X.shape[1])
        self.losses_ = [_half_squared_error(X, d, w)]
        for epoch in range(epochs):
            after = w.copy()
            with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too large is answered below
                for X_block, d_block, system in blocks:
                    delta = _solve_downwards(system, d_block - X_block @ after)
                    after += rate * (delta @ X_block)
                loss = _half_squared_error(X, d, after)
            if not np.isfinite(loss):
                warn(f"Adaline diverged in epoch {epoch + 1}: lower learning_rate (now {rate:g}) or scale X")
                break
            w = after
            self.losses_.append(loss)
        return self._keep(w)


def _block(X, d, rate):
    """The delta rule over a block of examples, as one triangular system.

    Example i meets the start weights w plus all earlier updates of its block, w + η Σ_{j<i} δ_j x_j. So

        δ_i = d_i − x_i·w − η Σ_{j<i} (x_i·x_j) δ_j        or        (1 + η L) δ = d − X w

    with L the entries of X Xᵀ below the diagonal. Solving from the top down *is* the sequential rule; only
    the loop has moved from Python into LAPACK. The matrix does not change between epochs.
    """
    return X, d, np.eye(len(X)) + rate * np.tril(X @ X.T, -1)


_solve_downwards = partial(solve_triangular, lower=True, unit_diagonal=True, check_finite=False)


def _half_squared_error(X, d, w):
    return float(np.mean((d - X @ w) ** 2) / 2)
