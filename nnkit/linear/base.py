"""What the linear classifiers share: the score, the decision, and the bookkeeping around labels."""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import get_tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit.activations import step


class LinearClassifier(ClassifierMixin, BaseEstimator):
    """A score that is a weighted sum, and a decision by its sign."""

    def decision_function(self, X):
        """Scores z = Xw + b: (n, d) → (n,)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return X @ self.coef_[0] + self.intercept_[0]

    def predict(self, X):
        """The second class where z ≥ 0, else the first: (n, d) → (n,)."""
        answers = step(self.decision_function(X)).astype(int)
        return self.classes_[answers]

    def _examples(self, X, y):
        """Validate, then return inputs with a leading column x₀ = 1 for the bias, and labels as 0 … C−1."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        self.classes_, labels = numbered(y)
        if len(self.classes_) > 2 and not get_tags(self).classifier_tags.multi_class:
            kind = type_of_target(y)
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        return np.column_stack([np.ones(len(X)), X]), labels

    def _keep(self, w):
        """Take bias and weights out of w: (d + 1,), or (C, d + 1) with one row per class."""
        w = np.atleast_2d(w)
        self.intercept_, self.coef_ = w[:, 0], w[:, 1:]
        return self

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def numbered(y):
    """Labels of any kind, (n,), as the sorted classes (C,) and numbers 0 … C−1 (n,) that stand for them.

    Raises ValueError for fewer than two classes, or for targets that are no classes, such as fractions.
    """
    check_classification_targets(y)
    classes, numbers = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"expected y with at least two classes, got one class: {classes.tolist()}")
    return classes, numbers


def warn(message) -> None:
    warnings.warn(message, ConvergenceWarning, stacklevel=3)
