"""Logistic regression: not only which class, but how sure; and the gradient descent that finds the weights."""

import numpy as np

from nnkit.activations import sigmoid
from nnkit.checks import count, not_negative, positive
from nnkit.linear.base import LinearClassifier, warn
from nnkit.losses import log_loss, zero_one


def log_loss_gradient(X, y, theta):
    """Gradient of the mean log loss of the scores z = Xθ:  ∇ = Xᵀ (σ(Xθ) − y) / n.

    X: (n, d), one row per example, a column of ones for the bias.  y: (n,) labels in {0, 1}.  theta: (d,).
    Returns (d,).  Raises ValueError for other shapes or labels.

    Source: NEU "Reminder: Logistic Regression".
    """
    X, y, theta = np.asarray(X), zero_one(y), np.asarray(theta)
    if X.ndim != 2 or len(X) != len(y):
        raise ValueError(f"expected X with shape ({len(y)}, d), one row per label, got {X.shape}")
    if theta.shape != X.shape[1:]:
        raise ValueError(f"expected theta with shape {X.shape[1:]}, one per column of X, got {theta.shape}")
    return X.T @ (sigmoid(X @ theta) - y) / len(y)


class GradientDescent(LinearClassifier):
    """The descent that logistic and softmax regression share, with its two stopping rules."""

    def __init__(self, learning_rate=1.0, max_iter=1000, gradient_tol=1e-6, loss_tol=0.0):
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.gradient_tol = gradient_tol
        self.loss_tol = loss_tol

    def _hyper_parameters(self) -> tuple[float, int, float, float]:
        return (
            positive("learning_rate", self.learning_rate),
            count("max_iter", self.max_iter),
            not_negative("gradient_tol", self.gradient_tol),
            not_negative("loss_tol", self.loss_tol),
        )

    def _descend(self, theta, loss, gradient):
        """θ ← θ − η ∇ until a rule comes true.

        theta: where to start, changed in place.  loss, gradient: functions of θ.
        """
        rate, max_iter, gradient_tol, loss_tol = self._hyper_parameters()
        self.losses_ = [loss(theta)]
        self.stopped_by_ = "max_iter"
        for k in range(1, max_iter + 1):
            self.n_iter_ = k
            slope = gradient(theta)
            if np.linalg.norm(slope) < gradient_tol:
                self.stopped_by_ = "gradient"
                break
            theta -= rate * slope
            self.losses_.append(loss(theta))
            if abs(self.losses_[-1] - self.losses_[-2]) < loss_tol:
                self.stopped_by_ = "loss"
                break
        else:
            warn(f"no stopping rule came true in {max_iter} steps: raise max_iter or a tolerance, or scale X")
        return self._keep(theta)


class LogisticRegression(GradientDescent):
    """Learn the probability of the second class, p = σ(w·x + b), by gradient descent on the mean log loss.

        θ ← θ − η Xᵀ (σ(Xθ) − y) / n        with all examples in every step, θ = (b, w)

    The loss is convex: small enough steps lead to its minimum, if it has one. On separable data it has none:
    the weights grow without end, ever more slowly, until a stopping rule or max_iter ends it.

    learning_rate: η > 0.  max_iter: most steps.
    gradient_tol, loss_tol: stop when ‖∇‖ < gradient_tol, or when a step changes the loss by less than
    loss_tol; 0 switches a rule off. A ConvergenceWarning says when neither came true.
    losses_: list, losses_[k] after k steps.  n_iter_: number of gradients computed.
    stopped_by_: "gradient", "loss" or "max_iter".
    Raises ValueError for bad hyper-parameters or if y has not exactly two classes.

    Source: NEU "Reminder: Logistic Regression"; UT "Gradient Descent", Algorithm (the two stopping rules).
    """

    def fit(self, X, y):
        """X: (n, d).  y: (n,), two label values.  Returns self."""
        X, y = self._examples(X, y)
        return self._descend(
            np.zeros(X.shape[1]),
            loss=lambda theta: log_loss(X @ theta, y),
            gradient=lambda theta: log_loss_gradient(X, y, theta),
        )

    def predict_proba(self, X):
        """Probabilities of both classes, (n, d) → (n, 2), in the order of `classes_`."""
        z = self.decision_function(X)
        return np.column_stack([sigmoid(-z), sigmoid(z)])
