"""How does a classifier that only knows yes and no tell ten digits apart? By answering several questions.

Every reduction is a code book: one row per class, one column per binary classifier, entries −1, 0, +1. The
classifier of a column learns to tell the classes marked +1 from those marked −1; examples of classes marked 0
are left out. To predict, all classifiers answer and the answers are compared with the rows:

                         columns          who wins                                   answers per prediction
    OneVsAll             C                the highest score                          C
    OneVsOne             C (C − 1) / 2    most votes                                 C (C − 1) / 2
    ErrorCorrectingCode  your choice      the row that differs in the fewest places  all columns
    ClassTree            C − 1            the leaf that the answers lead to          about log₂ C

`estimator` is any classifier of two classes, ours or scikit-learn's. Its score is its `decision_function`, or
else its `predict`, which answers −1 or +1. A score of 0 counts as +1.
Each reduction is a scikit-learn classifier of C ≥ 2 classes of any labels: `fit`, `predict`,
`decision_function` (n, C), or (n,) for two classes, `classes_`, and
`code_book_` (C, K), `estimators_`: the K fitted classifiers, in the order of the columns.

Source: USC 1.8 – 1.10; the code book with zeros: Allwein, Schapire and Singer 2000.
"""

import warnings
from itertools import combinations

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit.linear import Adaline, LogisticRegression, Perceptron

_FLOATS = (np.float64, np.float32)  # anything else becomes the first


class _Reduction(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """What all share: one binary classifier per column of the code book."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y):
        """X: (n, d).  y: (n,), at least two label values.  Returns self."""
        X, y = validate_data(self, X, y, dtype=_FLOATS)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"expected y with at least two classes, got one class: {self.classes_.tolist()}")
        self.code_book_ = self._code_book()
        targets = self.code_book_[labels]
        if type(self.estimator) is LogisticRegression and self.estimator.loss_tol == 0:
            # The rules that go example by example, Perceptron and Adaline, have no such shortcut.
            self.estimators_ = _fit_logistic_columns(self.estimator, X, targets)
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
        return validate_data(self, X, reset=False, dtype=_FLOATS)

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


def exhaustive_code(classes: int):
    """All ways to part the classes in two: (C, 2^(C−1) − 1). Any two words differ in 2^(C−2) places.

    classes: 2 … 11, since the length doubles with every class.

    Source: Dietterich and Bakiri 1995, section 2.3.1.
    """
    if not 2 <= classes <= 11:
        raise ValueError(f"expected 2 to 11 classes for an exhaustive code, got {classes}: give a code book")
    # The first class is always +1: the opposite column asks the same question. The rest count in binary,
    # all ones left out, since a question with the same answer for everyone tells nothing.
    numbers = np.arange(2 ** (classes - 1) - 1)
    bits = numbers >> np.arange(classes - 2, -1, -1)[:, np.newaxis] & 1
    return np.concatenate([np.ones((1, len(numbers)), dtype=int), 2 * bits - 1])


def check_code_book(code_book):
    """`code_book` as an integer array, if every class and every column has a use.

    Raises ValueError unless all entries are −1 or +1, all rows differ (or two classes could not be told apart),
    no column is constant (nothing to learn) and none repeats another or its opposite (nothing new to learn).
    """
    code = np.asarray(code_book)
    if code.ndim != 2 or len(code) < 2 or not np.isin(code, (-1, 1)).all():
        received = f"shape {code.shape} and entries {np.unique(code)[:5]}"
        raise ValueError(f"expected a code book (C, K) of −1 and +1 for C ≥ 2 classes, got {received}")
    code = code.astype(int)
    for i, j in combinations(range(len(code)), 2):
        if (code[i] == code[j]).all():
            raise ValueError(f"expected a code word of its own for every class, got the same in rows {i} and {j}")
    for j, column in enumerate(code.T):
        if (column == column[0]).all():
            raise ValueError(f"expected both −1 and +1 in every column, got only {column[0]:+d} in column {j}")
    agreement = np.abs(code.T @ code) == len(code)
    for i, j in np.argwhere(np.triu(agreement, 1)):
        same = "equal" if code[0, i] == code[0, j] else "opposite"
        raise ValueError(f"expected every column to ask something new, got {same} columns {i} and {j}")
    return code


def errors_corrected(code_book) -> int:
    """How many wrong bits a code is sure to survive: ⌊(h − 1) / 2⌋, h the least distance of two words."""
    code = check_code_book(code_book)
    agreement = code @ code.T
    np.fill_diagonal(agreement, -code.shape[1])
    least = (code.shape[1] - agreement.max()) // 2
    return int(least - 1) // 2


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


def _fit_logistic_columns(estimator, X, S):
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


def _signs(scores):
    return np.where(scores >= 0, 1, -1)
