import numpy as np
import pytest
import sklearn.multiclass
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from nnkit.datasets import blobs, digits
from nnkit.linear import Adaline, LogisticRegression, Perceptron, SoftmaxRegression
from nnkit.multiclass import (
    ClassTree,
    ErrorCorrectingCode,
    OneVsAll,
    OneVsOne,
    check_code_book,
    errors_corrected,
    exhaustive_code,
)

REDUCTIONS = [OneVsAll, OneVsOne, ErrorCorrectingCode, ClassTree]
not_converged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class OnlyPredicts(DecisionTreeClassifier):
    """A classifier without scores, as seen by a reduction."""


class Recorder(TheirLogisticRegression):
    """Keeps what it was trained on."""

    def fit(self, X, y):
        self.seen_ = X[:, 0].astype(int).tolist(), y.tolist()
        return super().fit(X, y)


def four_blobs(n=200, seed=0, noise=0.9):
    centers = [(-2, -2), (-2, 2), (2, 2), (2, -2)]  # in a circle, so that every split of ClassTree is a line
    return blobs(n, rng=np.random.default_rng(seed), centers=centers, noise=noise)


# Their data are small or awkward on purpose, and the checks look at the interface, not at convergence.
@not_converged
@parametrize_with_checks(
    [reduction(LogisticRegression()) for reduction in REDUCTIONS]
    + [OneVsOne(TheirLogisticRegression()), ErrorCorrectingCode(OnlyPredicts(random_state=0))]
)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


class TestSlides:
    """USC 1.10: five examples x₁ … x₅ of the classes 1, 4, 3, 1, 2, and six pairs.

    The slide writes the pairs as (1,2) (1,3) (3,4) (4,2) (1,4) (3,2), in each the first one positive. Ours come
    sorted, so two of them have the opposite sign.
    """

    X = np.arange(1, 6)[:, np.newaxis]

    @staticmethod
    def relabeled(reduction, X, y):
        model = reduction(Recorder()).fit(X, y)
        return [dict(zip(*fitted.seen_, strict=True)) for fitted in model.estimators_]

    def test_one_versus_one(self):
        y = np.array([1, 4, 3, 1, 2])
        tables = self.relabeled(OneVsOne, self.X, y)
        assert tables == [
            {1: +1, 4: +1, 5: -1},  # 1 against 2
            {1: +1, 3: -1, 4: +1},  # 1 against 3
            {1: +1, 2: -1, 4: +1},  # 1 against 4
            {3: -1, 5: +1},  # 2 against 3
            {2: -1, 5: +1},  # 2 against 4
            {2: -1, 3: +1},  # 3 against 4
        ]

    def test_one_versus_all(self):
        y = np.array([1, 4, 3, 1, 2])
        tables = self.relabeled(OneVsAll, self.X, y)
        assert tables == [{i + 1: (1 if y[i] == k else -1) for i in range(5)} for k in (1, 2, 3, 4)]


class TestCodeBooks:
    @pytest.mark.parametrize("classes", range(2, 12))
    def test_number_of_classifiers(self, classes):
        y = np.arange(2 * classes) % classes
        X = y[:, np.newaxis] + 0.0
        columns = {
            OneVsAll: classes,
            OneVsOne: classes * (classes - 1) // 2,
            ClassTree: classes - 1,
        }
        for reduction, expected in columns.items():
            model = reduction(DecisionTreeClassifier()).fit(X, y)
            assert model.code_book_.shape == (classes, expected)
            assert len(model.estimators_) == expected
            assert model.predict(X).tolist() == y.tolist()
            # Every classifier has two sides.
            assert model.code_book_.min(axis=0).tolist() == [-1] * expected
            assert model.code_book_.max(axis=0).tolist() == [1] * expected

    @pytest.mark.parametrize("classes", range(2, 12))
    def test_exhaustive_code(self, classes):
        code = check_code_book(exhaustive_code(classes))
        assert code.shape == (classes, 2 ** (classes - 1) - 1)
        distances = [(code[i] != code[j]).sum() for i in range(classes) for j in range(i)]
        assert set(distances) == {2 ** (classes - 2)}

    def test_errors_corrected(self):
        """Dietterich and Bakiri 1995, table 6: five classes, fifteen bits, distance 8, three errors."""
        assert [errors_corrected(exhaustive_code(classes)) for classes in (2, 3, 4, 5)] == [0, 0, 1, 3]
        assert errors_corrected(2 * np.eye(5, dtype=int) - 1) == 0  # one-versus-all corrects nothing

    def test_wrong_bits_are_corrected(self):
        """Any three of the fifteen answers may be wrong, and some fourth may not."""
        code = exhaustive_code(5)
        y = np.arange(5)
        model = ErrorCorrectingCode(DecisionTreeClassifier()).fit(y[:, np.newaxis], y)
        rng = np.random.default_rng(0)
        for _ in range(200):
            scores = code.astype(float)
            for row in scores:
                row[rng.choice(15, size=3, replace=False)] *= -1
            assert model._decode(scores).argmax(axis=1).tolist() == y.tolist()
        scores = code.astype(float)
        different = np.flatnonzero(code[0] != code[1])[:5]
        scores[0, different] *= -1
        assert model._decode(scores).argmax(axis=1)[0] == 1

    def test_a_tree_over_seven_classes(self):
        y = np.arange(7)
        model = ClassTree(DecisionTreeClassifier()).fit(y[:, np.newaxis], y)
        questions = (model.code_book_ != 0).sum(axis=1)
        assert questions.max() == 3  # ⌈log₂ 7⌉
        assert model.code_book_[:, 0].tolist() == [1, 1, 1, 1, -1, -1, -1]


@not_converged
class TestPredictions:
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize(
        "base", [LogisticRegression(), Perceptron(), Adaline(), TheirLogisticRegression(), OnlyPredicts(random_state=0)]
    )
    def test_separate_blobs_of_any_labels(self, reduction, base):
        X, y = four_blobs(noise=0.3)
        names = np.array(["north", "east", "south", "west"])
        model = reduction(base).fit(X, names[y])
        assert model.score(X, names[y]) == 1
        assert sorted(model.classes_) == sorted(names)

    def test_equal_to_scikit_learns(self):
        X, y = four_blobs(400)
        Z, _ = four_blobs(400, seed=1)
        base = TheirLogisticRegression()
        pairs = [
            (OneVsAll, sklearn.multiclass.OneVsRestClassifier),
            (OneVsOne, sklearn.multiclass.OneVsOneClassifier),
        ]
        for ours, theirs in pairs:
            assert ours(base).fit(X, y).predict(Z).tolist() == theirs(base).fit(X, y).predict(Z).tolist()

    def test_scikit_learns_accept_ours(self):
        X, y = four_blobs(noise=0.3)
        wrappers = [
            sklearn.multiclass.OneVsRestClassifier(LogisticRegression()),
            sklearn.multiclass.OneVsOneClassifier(Perceptron()),
            sklearn.multiclass.OutputCodeClassifier(LogisticRegression(), code_size=4, random_state=0),
        ]
        for model in wrappers:
            assert model.fit(X, y).score(X, y) == 1

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_the_winner_has_most_support(self, reduction):
        X, y = four_blobs(300)
        model = reduction(LogisticRegression(max_iter=50)).fit(X, y)
        support = model.decision_function(X)
        assert support.shape == (300, 4)
        assert model.predict(X).tolist() == model.classes_[support.argmax(axis=1)].tolist()

    def test_a_tree_asks_only_on_the_way(self):
        """One positive score per level: the class that is reached is the only one with positive support."""
        X, y = four_blobs(300)
        model = ClassTree(LogisticRegression(max_iter=50)).fit(X, y)
        assert ((model.decision_function(X) > 0).sum(axis=1) == 1).all()

    def test_ties(self):
        """Three pairs that go around in a circle: one vote each, and the sum of the scores decides."""
        y = np.arange(3)
        model = OneVsOne(DecisionTreeClassifier()).fit(y[:, np.newaxis], y)
        circle = np.array([[2.0, -1.0, 5.0], [2.0, -9.0, 5.0], [1.0, -1.0, 1.0]])  # 0 beats 1, 2 beats 0, 1 beats 2
        assert model._decode(circle).argmax(axis=1).tolist() == [1, 2, 0]
        assert (model._decode(circle)[2] == 0).all()  # an exact tie goes to the first class
        landslide = np.array([[0.1, 0.1, 1e6]])  # two votes outweigh any score
        assert model._decode(landslide).argmax() == 0

    def test_a_score_of_zero_counts_as_plus_one(self):
        y = np.arange(3)
        model = OneVsOne(DecisionTreeClassifier()).fit(y[:, np.newaxis], y)
        assert model._decode(np.zeros((1, 3))).argmax() == 0

    @pytest.mark.parametrize("reduction", REDUCTIONS)
    def test_two_classes(self, reduction):
        X, y = blobs(60, rng=np.random.default_rng(0))
        model = reduction(LogisticRegression(max_iter=50)).fit(X, y)
        scores = model.decision_function(X)
        assert scores.shape == (60,)
        assert model.predict(X).tolist() == (scores > 0).astype(int).tolist() == y.tolist()

    def test_the_base_estimator_is_never_fitted(self):
        X, y = four_blobs()
        base = TheirLogisticRegression()
        OneVsOne(base).fit(X, y)
        assert not hasattr(base, "coef_")


@not_converged
class TestFastPath:
    @pytest.mark.parametrize("reduction", REDUCTIONS)
    @pytest.mark.parametrize("tolerance", [0.0, 0.02])
    def test_equals_one_fit_per_column(self, reduction, tolerance):
        X, y = four_blobs(300)
        model = reduction(LogisticRegression(0.5, 200, gradient_tol=tolerance)).fit(X, y)
        targets = model.code_book_[y]
        for fitted, target in zip(model.estimators_, targets.T, strict=True):
            kept = target != 0
            alone = LogisticRegression(0.5, 200, gradient_tol=tolerance).fit(X[kept], target[kept])
            assert (fitted.n_iter_, fitted.stopped_by_) == (alone.n_iter_, alone.stopped_by_)
            np.testing.assert_allclose(fitted.coef_, alone.coef_, rtol=1e-9)
            np.testing.assert_allclose(fitted.intercept_, alone.intercept_, rtol=1e-9, atol=1e-12)
            np.testing.assert_array_equal(fitted.classes_, alone.classes_)
            np.testing.assert_allclose(fitted.predict_proba(X), alone.predict_proba(X), atol=1e-9)

    def test_float32_stays_float32(self):
        X, y = four_blobs(300)
        one, two = (OneVsOne(LogisticRegression(max_iter=50)).fit(X.astype(dtype), y) for dtype in ("f4", "f8"))
        assert one.estimators_[0].coef_.dtype == np.float32
        assert one.scores(X.astype("f4")).dtype == np.float32
        np.testing.assert_allclose(one.scores(X), two.scores(X), rtol=1e-4, atol=1e-4)

    def test_scores_are_those_of_the_classifiers(self):
        X, y = four_blobs()
        for base in (Perceptron(), Adaline(), LogisticRegression()):
            model = OneVsOne(base).fit(X, y)
            expected = np.column_stack([fitted.decision_function(X) for fitted in model.estimators_])
            np.testing.assert_allclose(model.scores(X), expected, rtol=1e-12, atol=1e-12)

    def test_with_the_loss_rule_each_column_is_fitted_alone(self):
        X, y = four_blobs()
        model = OneVsAll(LogisticRegression(gradient_tol=0, loss_tol=1e-3)).fit(X, y)
        assert [fitted.stopped_by_ for fitted in model.estimators_] == ["loss"] * 4

    def test_huge_inputs(self):
        """e^M overflows, and that is no problem."""
        X, y = four_blobs(noise=0.3)
        assert OneVsAll(LogisticRegression(max_iter=20)).fit(1e4 * X, y).score(1e4 * X, y) == 1


def test_no_rule_came_true():
    X, y = four_blobs()
    with pytest.warns(UserWarning, match="no stopping rule came true in 3 steps for 6 of 6 classifiers"):
        OneVsOne(LogisticRegression(max_iter=3)).fit(X, y)


def test_digits_as_well_as_scikit_learn():
    """The same 45 pairs by their solver and by our descent; a difference of 1 % is five of 540 digits."""
    X, y = digits()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    theirs = sklearn.multiclass.OneVsOneClassifier(TheirLogisticRegression()).fit(X_train, y_train)
    accuracy = theirs.score(X_test, y_test)
    base = LogisticRegression(gradient_tol=0.01)
    assert OneVsOne(base).fit(X_train, y_train).score(X_test, y_test) == pytest.approx(accuracy, abs=0.01)
    for model, least in ((SoftmaxRegression(gradient_tol=0.01), 0.95), (OneVsAll(base), 0.94), (ClassTree(base), 0.85)):
        assert model.fit(X_train, y_train).score(X_test, y_test) > least


@not_converged
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_in_scikit_learns_tools(reduction):
    X, y = four_blobs(160, noise=0.3)
    pipeline = make_pipeline(StandardScaler(), reduction(LogisticRegression(max_iter=100)))
    name = f"{reduction.__name__.lower()}__estimator__learning_rate"
    search = GridSearchCV(pipeline, {name: [1e-6, 1.0]}, cv=2).fit(X, y)
    assert search.best_score_ == 1
    calibrated = CalibratedClassifierCV(reduction(LogisticRegression(max_iter=100)), cv=2).fit(X, y)
    p = calibrated.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert (p.argmax(axis=1) == y).all()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ([1, -1], "expected a code book (C, K) of −1 and +1 for C ≥ 2 classes, got shape (2,) and entries [-1  1]"),
        (
            [[1, 0], [0, 1]],
            "expected a code book (C, K) of −1 and +1 for C ≥ 2 classes, got shape (2, 2) and entries [0 1]",
        ),
        (
            [[1, -1], [-1, 1], [1, -1]],
            "expected a code word of its own for every class, got the same in rows 0 and 2",
        ),
        (
            [[1, 1], [-1, 1]],
            "expected both −1 and +1 in every column, got only +1 in column 1",
        ),
        (
            [[1, 1, 1], [-1, 1, -1], [1, -1, 1]],
            "expected every column to ask something new, got equal columns 0 and 2",
        ),
        (
            [[1, 1, -1], [-1, 1, 1], [1, -1, -1]],
            "expected every column to ask something new, got opposite columns 0 and 2",
        ),
    ],
)
def test_code_books_that_cannot_work(code, message):
    X, y = np.arange(3.0)[:, np.newaxis], np.arange(3)
    for call in (check_code_book, errors_corrected, lambda c: ErrorCorrectingCode(LogisticRegression(), c).fit(X, y)):
        with pytest.raises(ValueError, match="expected") as caught:
            call(code)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda X: ErrorCorrectingCode(LogisticRegression(), exhaustive_code(4)).fit(X, [0, 1, 2]),
            "expected a code book with a row for each of 3 classes, got 4",
        ),
        (
            lambda X: OneVsAll(LogisticRegression()).fit(X, [1, 1, 1]),
            "expected y with at least two classes, got one class: [1]",
        ),
        (
            lambda X: exhaustive_code(12),
            "expected 2 to 11 classes for an exhaustive code, got 12: give a code book",
        ),
        (
            lambda X: OneVsOne(LogisticRegression(learning_rate=-1)).fit(X, [0, 1, 2]),
            "expected learning_rate to be a positive number, got -1",
        ),
    ],
)
def test_errors_name_what_was_received(call, message):
    with pytest.raises(ValueError, match="expected") as caught:
        call(np.arange(3.0)[:, np.newaxis])
    assert str(caught.value) == message
