"""ADALINE: the first rule that follows a slope downhill, one example at a time."""

import numpy as np

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
        examples = list(zip(X, d.tolist(), strict=True))
        w = np.zeros(X.shape[1])
        self.losses_ = [_half_squared_error(X, d, w)]
        for epoch in range(epochs):
            after = w.copy()
            with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too large is answered below
                for x, target in examples:
                    delta = target - float(x.dot(after))
                    after += rate * delta * x
                loss = _half_squared_error(X, d, after)
            if not np.isfinite(loss):
                warn(f"Adaline diverged in epoch {epoch + 1}: lower learning_rate (now {rate:g}) or scale X")
                break
            w = after
            self.losses_.append(loss)
        return self._keep(w)


def _half_squared_error(X, d, w):
    return float(np.mean((d - X @ w) ** 2) / 2)
