"""Three ways to find one straight line, and three ideas of what makes a line good; then one line per class.

The first three compute a score z = w·x + b and answer with the second class if z ≥ 0. They differ in what they
learn from, and so in what they make small:

    Perceptron            wrong answers                    number of mistakes
    Adaline               the distance of z from ±1        mean of ½ (d − z)²
    LogisticRegression    the probability given to y       mean of −log p(y)
    SoftmaxRegression     the same, for C classes          the same

They are scikit-learn classifiers with two classes of any labels: `fit(X, y)`, `predict(X)`,
`decision_function(X)` (the scores z), `classes_` (2,), `coef_` (1, d), `intercept_` (1,). SoftmaxRegression
takes C ≥ 2 classes and has a score, a row of `coef_` and an entry of `intercept_` for each.
All start from zero weights and visit the examples in their order, so the same data give the same line.
"""

import warnings
from functools import partial

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import get_tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit.activations import sigmoid, softmax, step
from nnkit.checks import count, not_negative, positive
from nnkit.losses import SoftmaxCrossEntropy, log_loss, zero_one


class _LinearClassifier(ClassifierMixin, BaseEstimator):
    """What they share: the score, the decision, and the bookkeeping around labels."""

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
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2 and not get_tags(self).classifier_tags.multi_class:
            kind = type_of_target(y)
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        if len(self.classes_) < 2:
            raise ValueError(f"expected y with two classes, got one class: {self.classes_.tolist()}")
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


class Perceptron(_LinearClassifier):
    """Learn from mistakes only: a positive example called negative is added to w, the opposite subtracted.

        h = step(w·x)        w ← w + η (y − h) x        with y, h in {0, 1} and x₀ = 1

    An epoch without a mistake ends the training: nothing would change any more. On separable data that comes
    after at most (R / γ)² mistakes, R the length of the longest x and γ the margin; on other data never.

    learning_rate: η > 0; from zero weights it only scales w.  epochs: most passes over the data.
    mistakes_: list, mistakes made during each epoch.  n_iter_: epochs used.
    Raises ValueError for bad hyper-parameters or if y has not exactly two classes.

    Source: Rosenblatt 1958; Novikoff 1962 (the bound); UT "A Simple Method: The Perceptron Algorithm";
    AU "The Perceptron: Supervised Binary Classifier".
    """

    def __init__(self, learning_rate=1.0, epochs=100):
        self.learning_rate = learning_rate
        self.epochs = epochs

    def fit(self, X, y):
        """X: (n, d).  y: (n,), two label values.  Returns self."""
        rate, epochs = positive("learning_rate", self.learning_rate), count("epochs", self.epochs)
        X, y = self._examples(X, y)
        rows, labels = list(X), y.tolist()  # one by one, Python reads lists much faster than arrays
        w = np.zeros(X.shape[1])
        self.mistakes_ = []
        for _ in range(epochs):
            self.mistakes_.append(_perceptron_epoch(w, X, y, rows, labels, rate))
            if self.mistakes_[-1] == 0:
                break
        self.n_iter_ = len(self.mistakes_)
        return self._keep(w)


def _perceptron_epoch(w, X, y, rows, labels, rate) -> int:
    """Take the examples in their order, changing w in place, and count the mistakes.

    Weights change at mistakes only, so up to the next one a single product scores all examples. That pays where
    mistakes are rare: after each we go one by one until 16 answers were right, then the further at a time the
    longer all goes well.
    """
    mistakes = i = calm = 0  # calm: right answers in a row
    while i < len(X):
        if calm < 16:
            x, label = rows[i], labels[i]
            h = 1 if x.dot(w) >= 0 else 0
            i, calm = i + 1, calm + 1
            if h != label:
                w += rate * (label - h) * x
                mistakes, calm = mistakes + 1, 0
        else:
            ahead = slice(i, i + 4 * calm)
            wrong = step(X[ahead].dot(w)) != y[ahead]
            if wrong.any():
                i, calm = i + int(wrong.argmax()), 0  # the mistake itself comes next, one by one
            else:
                i, calm = i + len(wrong), calm + len(wrong)
    return mistakes


class Adaline(_LinearClassifier):
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
                _warn(f"Adaline diverged in epoch {epoch + 1}: lower learning_rate (now {rate:g}) or scale X")
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


class _GradientDescent(_LinearClassifier):
    """The descent that logistic and softmax regression share, with its two stopping rules."""

    def __init__(self, learning_rate=1.0, max_iter=1000, gradient_tol=1e-6, loss_tol=0.0):
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.gradient_tol = gradient_tol
        self.loss_tol = loss_tol

    def _hyper_parameters(self):
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
            _warn(f"no stopping rule came true in {max_iter} steps: raise max_iter or a tolerance, or scale X")
        return self._keep(theta)


class LogisticRegression(_GradientDescent):
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


class SoftmaxScores:
    """What follows from one score per class, `_scores(X)`: (n, d) → (n, C). Shared with the network in `classifier`."""

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


class SoftmaxRegression(SoftmaxScores, _GradientDescent):
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


def _warn(message) -> None:
    warnings.warn(message, ConvergenceWarning, stacklevel=3)
