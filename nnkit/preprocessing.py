"""Should a year of birth count a thousand times more than a grade? Put all features on one scale first.

A gradient step moves every weight in proportion to its input, so one rate cannot suit inputs of very different
size. Both scalers learn their numbers in `fit`, from training data only: statistics of the test data would be a
leak. They are scikit-learn transformers; float32 stays float32.

Source: AU "Improving the Neural Network" (its min-max formula divides by the maximum; see below).
"""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit.checks import FLOATS


class _Scaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """x ↦ (x − center) / width, by column."""

    def fit(self, X, y=None):
        """X: (n, d), the training data.  Returns self."""
        X = validate_data(self, X, dtype=FLOATS)
        low, high = X.min(axis=0), X.max(axis=0)
        center, width = self._measure(X, low, high)
        # A constant column becomes 0. Asked of low and high, since a computed deviation is rarely exactly 0.
        constant = low == high
        self.center_, self.width_ = np.where(constant, low, center), np.where(constant, 1.0, width)
        return self

    def transform(self, X):
        """The scaled X: (n, d) → (n, d). A constant column of the training data becomes x − that constant."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOATS)
        return ((X - self.center_) / self.width_).astype(X.dtype, copy=False)

    def inverse_transform(self, X):
        """Back to the original units: (n, d) → (n, d)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=FLOATS)
        return (X * self.width_ + self.center_).astype(X.dtype, copy=False)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class Standardizer(_Scaler):
    """z-score: every column to mean 0 and standard deviation 1.

        x ↦ (x − mean) / σ        σ² = mean of (x − mean)²

    center_: (d,) means.  width_: (d,) standard deviations, 1 for a constant column.

    Source: AU "Improving the Neural Network".
    """

    def _measure(self, X, low, high):
        return X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64)


class MinMaxScaler(_Scaler):
    """Every column to [0, 1]; new data may fall outside.

        x ↦ (x − min) / (max − min)        AU divides by the maximum, which leaves the range open at both ends

    center_: (d,) minima.  width_: (d,) ranges, 1 for a constant column.

    Source: AU "Improving the Neural Network", mended.
    """

    def _measure(self, X, low, high):
        return low.astype(np.float64), high.astype(np.float64) - low
