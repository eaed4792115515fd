"""The four reductions: each is a code book, and a way to decode the answers."""

from itertools import combinations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit._fast import descend_columns
from nnkit.checks import FLOATS
from nnkit.linear import Adaline, LogisticRegression, Perceptron
from nnkit.linear.base import numbered, warn
from nnkit.multiclass.codes import check_code_book, exhaustive_code


class _Reduction(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """What all share: one binary classifier per column of the code book."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        """X: (n, d).  y: (n,), at least two label values.  Returns self."""
        X, y = validate_data(self, X, y, dtype=FLOATS)
        self.classes_, labels = numbered(y)
        self.code_book_ = self._code_book()
        targets = self.code_book_[labels]
        if type(self.estimator) is LogisticRegression and self.estimator.loss_tol == 0:
            self.estimators_ = _logistic_columns(self.estimator, X, targets)
        else:
            self.estimators_ = [self._fit_column(X, target) for target in targets.T]
        return self

    def _fit_column(self, X, target):
        kept = target != 0
        return clone(self.estimator).fit(X[kept], target[kept])

    def scores(self, X):
        """What each binary classifier says: (n, d) → (n, K). Positive means +1."""
        X = self._inputs(X)
        if type(self.estimators_[0]) in (Perceptron, Adaline, LogisticRegression):
            # Linear: all classifiers are columns of one matrix.
            W = np.concatenate([estimator.coef_ for estimator in self.estimators_])
            return X @ W.T + np.concatenate([estimator.intercept_ for estimator in self.estimators_])
        return np.column_stack([_score(estimator, X) for estimator in self.estimators_])

    def _inputs(self, X):
        check_is_fitted(self)
        return validate_data(self, X, reset=False, dtype=FLOATS)

    def decision_function(self, X):
        """How much speaks for each class: (n, d) → (n, C); for two classes (n,), second minus first."""
        support = self._decode(self.scores(X))
        return support[:, 1] - support[:, 0] if len(self.classes_) == 2 else support

    def predict(self, X):
        """The class with most support, (n, d) → (n,). If several have as much, the first in `classes_`."""
        winners = self._decode(self.scores(X)).argmax(axis=1)
        return self.classes_[winners]

    def _decode(self, scores):
        """Answers that agree with a class's row minus answers that differ: (n, K) → (n, C).

        Among classes with as many, the sum of the scores decides, squeezed into (−⅓, ⅓) so that it never
        outweighs an answer.
        """
        sums = scores @ self.code_book_.T
        return _signs(scores) @ self.code_book_.T + sums / (3 * (np.abs(sums) + 1))


def _logistic_columns(estimator: LogisticRegression, X, targets) -> list[LogisticRegression]:
    """The classifiers that a `fit` for each column would find, all at once; except that none has `losses_`."""
    rate, max_iter, gradient_tol, _ = estimator._hyper_parameters()
    X = np.column_stack([np.ones(len(X), X.dtype), X])
    W, steps, going = descend_columns(X, targets.astype(X.dtype), rate, max_iter, gradient_tol)
    if going.any():
        missing = f"no stopping rule came true in {max_iter} steps for {going.sum()} of {len(going)} classifiers"
        warn(f"{missing}: raise max_iter or gradient_tol, or scale X")
    fitted = [clone(estimator) for _ in going]
    for k, model in enumerate(fitted):
        model.classes_, model.n_features_in_ = np.array([-1, 1]), X.shape[1] - 1
        model.n_iter_, model.stopped_by_ = int(steps[k]), "max_iter" if going[k] else "gradient"
        model._keep(W[:, k])
    return fitted


def _score(estimator, X):
    return estimator.decision_function(X) if hasattr(estimator, "decision_function") else estimator.predict(X)


class OneVsAll(_Reduction):
    """Is it class k or not? One classifier per class; the one that is most sure wins.

    Will probably err as soon as one of the classifiers does.

    estimator: a classifier of two classes.

    Source: USC 1.9 "One-versus-all"; there, a class is drawn at random among those with a yes.
    """

    def _code_book(self):
        return 2 * np.eye(len(self.classes_), dtype=int) - 1

    def _decode(self, scores):
        return scores


class OneVsOne(_Reduction):
    """Is it class k or class k′? One classifier per pair of classes, trained on these two alone, and a vote.

    A pair's score is positive for the first of the two.  Of classes with as many votes, the one with the
    greatest sum of scores wins.

    estimator: a classifier of two classes.

    Source: USC 1.10 "One-versus-one", which leaves the breaking of ties open; by sums as in scikit-learn.
    """

    def _code_book(self):
        pairs = list(combinations(range(len(self.classes_)), 2))
        code = np.zeros((len(self.classes_), len(pairs)), dtype=int)
        for column, (k, other) in enumerate(pairs):
            code[k, column], code[other, column] = 1, -1
        return code


class ErrorCorrectingCode(_Reduction):
    """Give each class a code word, learn the bits one by one, and answer with the nearest word.

    With at least h places between any two words, ⌊(h − 1) / 2⌋ wrong bits are corrected.  Of words that are
    as near, the one with the greatest sum of scores wins.

    estimator: a classifier of two classes.
    code_book: (C, K) of −1 and +1, one row per class in the order of `classes_`; None: `exhaustive_code(C)`.
    Raises ValueError for a code book that cannot work, see `check_code_book`.

    Source: USC 1.8 (error-correcting output codes); Dietterich and Bakiri 1995.
    """

    def __init__(self, estimator, code_book=None):
        super().__init__(estimator)
        self.code_book = code_book

    def _code_book(self):
        if self.code_book is None:
            return exhaustive_code(len(self.classes_))
        code = check_code_book(self.code_book)
        if len(code) != len(self.classes_):
            raise ValueError(
                f"expected a code book with a row for each of {len(self.classes_)} classes, got {len(code)}"
            )
        return code


class ClassTree(_Reduction):
    """Split the classes in two, and each half again, until one is left: C − 1 classifiers, log₂ C questions.

    The classes are halved in their order, the first half marked +1.
    The support of a class is the smallest score on the way to it: positive only for the leaf that is reached.

    estimator: a classifier of two classes.

    Source: USC 1.8 and 1.10 (tree-based reduction).
    """

    def _code_book(self):
        columns, waiting = [], [np.arange(len(self.classes_))]
        for classes in waiting:  # grows while we walk along it: from the root down, level by level
            if len(classes) > 1:
                first, second = np.array_split(classes, 2)
                column = np.zeros(len(self.classes_), dtype=int)
                column[first], column[second] = 1, -1
                columns.append(column)
                waiting += [first, second]
        return np.column_stack(columns)

    def _decode(self, scores):
        return np.column_stack([(scores * row)[:, row != 0].min(axis=1) for row in self.code_book_])

    def predict(self, X):
        """The leaf that the answers lead to, (n, d) → (n,). Only the classifiers on the way are asked."""
        X = self._inputs(X)
        possible = np.ones((len(X), len(self.classes_)), dtype=bool)
        for estimator, column in zip(self.estimators_, self.code_book_.T, strict=True):
            here = possible[:, column != 0].all(axis=1)
            if here.any():
                answers = _signs(_score(estimator, X[here]))
                possible[here] &= column == answers[:, np.newaxis]
        return self.classes_[possible.argmax(axis=1)]


def _signs(scores):
    return np.where(scores >= 0, 1, -1)
