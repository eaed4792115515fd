"""Many logistic regressions on the same points, as columns of one matrix."""

import warnings

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning


def fit_columns(estimator, X, S):
    """Fit one LogisticRegression to every column of targets at once.

        M = S ∘ X W        ∇ = −Xᵀ (S ∘ σ(−M)) / n        n: how many examples of each column are in use

    X: (n, d), float32 stays float32.  S: (n, K) of −1, 0, +1. A zero takes its example out of the gradient, so
    nothing is copied, and K descents share two matrix products a step. Every column stops by its own gradient.
    The classifiers are those that K calls of `fit` would find, except that none has `losses_`.
    """
    rate, max_iter, gradient_tol, _ = estimator._hyper_parameters()
    X = np.column_stack([np.ones(len(X), X.dtype), X])
    S, used = S.astype(X.dtype), np.abs(S).sum(axis=0, dtype=X.dtype)
    W = np.zeros((X.shape[1], S.shape[1]), X.dtype)
    going, steps = np.ones(len(used), dtype=bool), np.zeros(len(used), dtype=int)
    for _ in range(max_iter):
        steps += going
        with np.errstate(over="ignore"):  # e^M = ∞ makes σ(−M) = 0, which is right
            gradient = -(X.T @ (S / (1 + np.exp(S * (X @ W))))) / used
        going &= np.linalg.norm(gradient, axis=0) >= gradient_tol
        if not going.any():
            break
        W -= rate * going * gradient
    else:
        message = f"no stopping rule came true in {max_iter} steps for {going.sum()} of {len(used)} classifiers"
        warnings.warn(f"{message}: raise max_iter or gradient_tol, or scale X", ConvergenceWarning, stacklevel=3)
    fitted = [clone(estimator) for _ in used]
    for k, model in enumerate(fitted):
        model.classes_, model.n_features_in_ = np.array([-1, 1]), X.shape[1] - 1
        model.n_iter_, model.stopped_by_ = int(steps[k]), "max_iter" if going[k] else "gradient"
        model._keep(W[:, k])
    return fitted
