"""Softmax regression: logistic regression for any number of classes, all of them at once."""

from collections.abc import Callable

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit.activations import softmax
from nnkit.linear.logistic import GradientDescent
from nnkit.losses import SoftmaxCrossEntropy


class SoftmaxScores:
    """What follows from one score per class, `_scores(X)`: (n, d) → (n, C). Shared with the network in `classifier`."""

    classes_: np.ndarray
    _scores: Callable[..., np.ndarray]

    def decision_function(self, X):
        """Scores Z: (n, d) → (n, C); for two classes, as scikit-learn wants it, z₁ − z₀: (n,)."""
        Z = self._scores(X)
        return Z[:, 1] - Z[:, 0] if len(self.classes_) == 2 else Z

    def predict(self, X):
        """The class with the highest score, (n, d) → (n,); the first of several."""
        winners = self._scores(X).argmax(axis=1)
        return self.classes_[winners]

    def predict_proba(self, X):
        """Probabilities of all classes, (n, d) → (n, C), in the order of `classes_`."""
        return softmax(self._scores(X))


class SoftmaxRegression(SoftmaxScores, GradientDescent):
    """Learn the probabilities of all classes at once, p = softmax(Wx + b), by gradient descent.

        Θ ← Θ − η (softmax(XΘᵀ) − Y)ᵀ X / n        with all examples in every step, Θ = (b, W)

    One row of weights per class; adding the same vector to every row changes no probability, so the minimum is
    a whole family. From zero weights the rows always sum to zero, and that is the one we find.

    Hyper-parameters, stopping rules and `losses_`, `n_iter_`, `stopped_by_` as for LogisticRegression.
    coef_: (C, d).  intercept_: (C,).  Raises ValueError for bad hyper-parameters or fewer than two classes.

    Source: USC 1.1 – 1.7; AU "Multiclass Logistic Regression".
    """

    def fit(self, X, y):
        """X: (n, d).  y: (n,), at least two label values.  Returns self."""
        X, y = self._examples(X, y)
        cross_entropy = SoftmaxCrossEntropy()  # its δ is (softmax(Z) − Y) / n
        return self._descend(
            np.zeros((len(self.classes_), X.shape[1])),
            loss=lambda theta: cross_entropy.value(X @ theta.T, y),
            gradient=lambda theta: cross_entropy.delta(X @ theta.T, y).T @ X,
        )

    def _scores(self, X):
        """Z = XWᵀ + b."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return X @ self.coef_.T + self.intercept_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = True
        return tags
