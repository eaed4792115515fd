"""ADALINE: the first rule that follows a slope downhill, one example at a time."""

import numpy as np

from nnkit.checks import count, positive
from nnkit.linear.base import LinearClassifier, warn


class Adaline(LinearClassifier):
    """Learn from every example, by how far the real-valued score z misses the target s = ±1 (the delta rule).

        z = w·x        δ = z − s        w ← w − η δ x        η times the slope of ½ (z − s)², downhill

    The threshold is used for predictions only, never while learning.

    learning_rate: η > 0; beyond a bound set by the length of the inputs the loss grows without end. Training
    then stops with a ConvergenceWarning, at the last finite weights.  epochs: passes over the data.
    losses_: list, mean of ½ (z − s)² over all examples: losses_[k] after k epochs, losses_[0] before any.
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
        s = 2 * y - 1
        examples = list(zip(X, s.tolist(), strict=True))
        w = np.zeros(X.shape[1])
        self.losses_ = [_half_squared_error(X, s, w)]
        for epoch in range(epochs):
            after = w.copy()
            with np.errstate(over="ignore", invalid="ignore"):  # a rate that is too large is answered below
                for x, target in examples:
                    delta = float(x.dot(after)) - target
                    after -= rate * delta * x
                loss = _half_squared_error(X, s, after)
            if not np.isfinite(loss):
                warn(f"Adaline diverged in epoch {epoch + 1}: lower learning_rate (now {rate:g}) or scale X")
                break
            w = after
            self.losses_.append(loss)
        return self._keep(w)


def _half_squared_error(X, s, w):
    return float(np.mean((X @ w - s) ** 2) / 2)
