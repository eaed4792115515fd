import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from nnkit.activations import sigmoid, softmax
from nnkit.datasets import blobs, gate, will_i_pass
from nnkit.gradcheck import gradient_report
from nnkit.linear import Adaline, LogisticRegression, Perceptron, SoftmaxRegression, log_loss, log_loss_gradient
from tests.strategies import finite, generators, labeled_grid_points, moderate

ROOT = Path(__file__).parents[2]
MODELS = [Perceptron, Adaline, LogisticRegression]
not_converged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def plain_perceptron(X, y, rate, epochs):
    X, w, mistakes = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1), []
    while len(mistakes) < epochs and 0 not in mistakes:
        mistakes.append(0)
        for x, label in zip(X, y, strict=True):
            h = 1 if x @ w >= 0 else 0
            w += rate * (label - h) * x
            mistakes[-1] += label != h
    return w, mistakes


def plain_adaline(X, y, rate, epochs):
    X, w, losses = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1), [0.5]
    d = 2 * y - 1
    for _ in range(epochs):
        for x, target in zip(X, d, strict=True):
            w = w + rate * (target - x @ w) * x
        losses.append(np.mean((d - X @ w) ** 2) / 2)
    return w, losses


def weights(model):
    return np.append(model.intercept_, model.coef_)


def noisy_points(rng, n, d):
    X = rng.normal(size=(n, d))
    y = (X @ rng.normal(size=d) + rng.normal(size=n) > 0).astype(int)
    y[:2] = 0, 1
    return X, y


def test_scikit_learn_contract_under_array_api_dispatch():
    """The checks that scikit-learn skips unless SciPy was told at import to expect other arrays."""
    code = """
from sklearn.utils.estimator_checks import estimator_checks_generator
from nnkit.classifier import MLPClassifier, MLPRegressor
from nnkit.linear import Adaline, LogisticRegression, Perceptron, SoftmaxRegression
from nnkit.multiclass import ClassTree, ErrorCorrectingCode, OneVsAll, OneVsOne
from nnkit.preprocessing import MinMaxScaler, Standardizer
models = [Perceptron(), Adaline(), LogisticRegression(), SoftmaxRegression(), MLPClassifier(), MLPRegressor()]
models += [MinMaxScaler(), Standardizer()]
models += [reduction(LogisticRegression()) for reduction in (OneVsAll, OneVsOne, ErrorCorrectingCode, ClassTree)]
for model in models:
    for estimator, check in estimator_checks_generator(model):
        if "array_api" in str(check):
            check(estimator)
            print("ran")
"""
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["ran"] * 12


# Their data are small or awkward on purpose, and the checks look at the interface, not at convergence.
@not_converged
@parametrize_with_checks([Perceptron(), Adaline(), LogisticRegression(), SoftmaxRegression()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


class TestPerceptron:
    @given(data=labeled_grid_points(), rate=st.sampled_from([0.5, 1.0, 2.0]))
    def test_equals_the_plain_loop_exactly(self, data, rate):
        """Whole coordinates make every sum exact, ties at z = 0 included: nothing may differ."""
        model = Perceptron(learning_rate=rate, epochs=12).fit(*data)
        w, mistakes = plain_perceptron(*data, rate, 12)
        assert weights(model).tolist() == w.tolist()
        assert model.mistakes_ == mistakes
        assert model.n_iter_ == len(mistakes)

    @pytest.mark.parametrize(("n", "d"), [(3, 1), (500, 2), (2000, 30), (100, 300)])
    def test_equals_the_plain_loop_on_real_numbers(self, n, d):
        X, y = noisy_points(np.random.default_rng(n), n, d)
        model = Perceptron(learning_rate=0.3, epochs=15).fit(X, y)
        w, mistakes = plain_perceptron(X, y, 0.3, 15)
        assert model.mistakes_ == mistakes
        assert weights(model).tolist() == w.tolist()

    def test_by_hand(self):
        """AND in its four points: two mistakes in the first epoch, at (0, 0) and (1, 1); see chapter 01."""
        model = Perceptron(epochs=1).fit(*gate("and"))
        assert model.mistakes_ == [2]
        assert weights(model).tolist() == [0, 1, 1]

    @pytest.mark.parametrize("name", ["and", "or", "nand"])
    def test_stops_after_the_first_clean_epoch(self, name):
        X, y = gate(name)
        model = Perceptron().fit(X, y)
        assert model.mistakes_[-1] == 0
        assert 0 not in model.mistakes_[:-1]
        assert len(model.mistakes_) < 20
        assert model.predict(X).tolist() == y.tolist()

    def test_xor_never_ends(self):
        X, y = gate("xor")
        model = Perceptron(epochs=60).fit(X, y)
        assert len(model.mistakes_) == 60
        assert min(model.mistakes_) > 0
        assert model.score(X, y) < 1

    @given(rng=generators)
    @settings(max_examples=25)
    def test_novikoffs_bound(self, rng):
        X, y = blobs(60, rng=rng, noise=0.3)
        model = Perceptron().fit(X, y)
        X1 = np.column_stack([np.ones(len(X)), X])
        ideal = np.array([0, 1, 1]) / np.sqrt(2)
        margin = np.min((2 * y - 1) * (X1 @ ideal))
        assert margin > 0
        assert sum(model.mistakes_) <= (np.linalg.norm(X1, axis=1).max() / margin) ** 2

    @given(rng=generators)
    @settings(max_examples=25)
    def test_the_rate_only_scales_the_weights(self, rng):
        X, y = noisy_points(rng, 50, 3)
        one, two = Perceptron(1.0, 10).fit(X, y), Perceptron(4.0, 10).fit(X, y)
        assert one.mistakes_ == two.mistakes_
        assert (4 * weights(one)).tolist() == weights(two).tolist()

    def test_agrees_with_scikit_learn(self):
        """Theirs counts z = 0 as a mistake of either class, so a negative example comes first."""
        X, y = noisy_points(np.random.default_rng(5), 300, 4)
        theirs = sklearn.linear_model.Perceptron(shuffle=False, tol=None, max_iter=7).fit(X, y)
        model = Perceptron(epochs=7).fit(X, y)
        np.testing.assert_allclose(weights(model), np.append(theirs.intercept_, theirs.coef_), rtol=1e-12)


class TestAdaline:
    @pytest.mark.parametrize("n", [2, 63, 64, 65, 300])
    @pytest.mark.parametrize("d", [1, 2, 40])
    def test_equals_the_plain_loop(self, n, d):
        """One block, whole blocks, a remainder. The order of the sums differs, hence the tolerance."""
        X, y = noisy_points(np.random.default_rng(n + d), n, d)
        model = Adaline(learning_rate=0.4 / (d + 1), epochs=6).fit(X, y)
        w, losses = plain_adaline(X, y, 0.4 / (d + 1), 6)
        np.testing.assert_allclose(weights(model), w, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(model.losses_, losses, rtol=1e-9)

    @given(data=labeled_grid_points(), rate=st.floats(1e-4, 0.02))
    def test_equals_the_plain_loop_on_any_points(self, data, rate):
        w, losses = plain_adaline(*data, rate, 4)
        model = Adaline(rate, 4).fit(*data)
        np.testing.assert_allclose(weights(model), w, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(model.losses_, losses, rtol=1e-9)

    def test_by_hand(self):
        """x = 1, d = −1: δ = −1, w = (−½, −½). Then x = 3, d = 1: z = −2, δ = 3, w = (1, 4)."""
        model = Adaline(learning_rate=0.5, epochs=1).fit([[1.0], [3.0]], [0, 1])
        assert weights(model).tolist() == [1, 4]
        assert model.losses_ == [0.5, ((-1 - 5) ** 2 + (1 - 13) ** 2) / 4]

    def test_comes_close_to_least_squares(self):
        X, y = will_i_pass(400, rng=np.random.default_rng(6))
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        model = Adaline(learning_rate=1e-4, epochs=300).fit(X, y)
        best = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), 2 * y - 1, rcond=None)[0]
        # An online rule circles around the minimum at a distance proportional to its rate.
        np.testing.assert_allclose(weights(model), best, atol=0.01)
        assert np.all(np.diff(model.losses_) < 1e-6)

    def test_a_rate_that_is_too_large_is_said_so(self):
        X, y = will_i_pass(100, rng=np.random.default_rng(7))
        with pytest.warns(ConvergenceWarning, match=r"diverged in epoch \d+: lower learning_rate \(now 0.5\)"):
            model = Adaline(learning_rate=0.5).fit(X, y)
        assert len(model.losses_) < 51
        assert np.isfinite(model.losses_).all()
        assert np.isfinite(weights(model)).all()


class TestLogLoss:
    @given(z=st.lists(moderate, min_size=1, max_size=9), data=st.data())
    def test_is_the_textbook_formula(self, z, data):
        y = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(z), max_size=len(z))))
        p = sigmoid(z)
        textbook = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        assert log_loss(z, y) == pytest.approx(textbook, rel=1e-6, abs=1e-12)

    def test_by_hand(self):
        assert log_loss([0.0, 0.0], [0, 1]) == np.log(2)
        assert log_loss([np.log(3)], [1]) == pytest.approx(-np.log(0.75))
        assert log_loss([np.log(3)], [0]) == pytest.approx(-np.log(0.25))

    @given(z=finite, y=st.integers(0, 1))
    def test_any_score_gives_a_finite_loss(self, z, y):
        loss = log_loss([z], [y])
        assert 0 <= loss < np.inf

    @pytest.mark.parametrize("z", [40.0, 1e3, 1e308])
    def test_sure_and_wrong_costs_the_score_and_sure_and_right_nothing(self, z):
        assert log_loss([z], [0]) == z
        assert log_loss([z], [1]) == pytest.approx(np.exp(-z), rel=1e-12, abs=0)

    @given(rng=generators, n=st.integers(1, 20), d=st.integers(1, 6))
    def test_gradient(self, rng, n, d):
        X, y, theta = rng.normal(size=(n, d)), rng.integers(0, 2, n), rng.normal(size=d)
        gradient = log_loss_gradient(X, y, theta)
        assert gradient.shape == (d,)
        assert gradient_report(lambda t: log_loss(X @ t, y), gradient, theta, tolerance=1e-5).passed

    def test_gradient_by_hand(self):
        gradient = log_loss_gradient([[1.0, 0.0], [0.0, 2.0]], [0, 1], [0.0, 0.0])
        assert gradient.tolist() == [0.25, -0.5]


class TestLogisticRegression:
    def test_equals_the_plain_loop(self):
        X, y = noisy_points(np.random.default_rng(8), 90, 3)
        X1, theta, losses = np.column_stack([np.ones(90), X]), np.zeros(4), []
        for _ in range(31):
            losses.append(-np.mean(np.log(sigmoid((2 * y - 1) * (X1 @ theta)))))
            theta -= 0.7 * X1.T @ (sigmoid(X1 @ theta) - y) / 90 if len(losses) < 31 else 0
        with pytest.warns(ConvergenceWarning, match="no stopping rule came true in 30 steps"):
            model = LogisticRegression(learning_rate=0.7, max_iter=30).fit(X, y)
        np.testing.assert_allclose(weights(model), theta, rtol=1e-12)
        np.testing.assert_allclose(model.losses_, losses, rtol=1e-12)
        assert (model.stopped_by_, model.n_iter_) == ("max_iter", 30)

    @given(rng=generators)
    @settings(max_examples=10)
    def test_finds_scikit_learns_minimum(self, rng):
        X, y = will_i_pass(400, rng=rng)
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        model = LogisticRegression(max_iter=5000, gradient_tol=1e-8).fit(X, y)
        theirs = sklearn.linear_model.LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
        assert model.stopped_by_ == "gradient"
        np.testing.assert_allclose(weights(model), np.append(theirs.intercept_, theirs.coef_), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(X), atol=1e-5)

    def test_gradient_rule(self):
        X, y = noisy_points(np.random.default_rng(9), 200, 2)
        model = LogisticRegression(gradient_tol=1e-3).fit(X, y)
        X1 = np.column_stack([np.ones(200), X])
        assert model.stopped_by_ == "gradient"
        assert np.linalg.norm(log_loss_gradient(X1, y, weights(model))) < 1e-3
        assert len(model.losses_) == model.n_iter_  # the last gradient was computed, not followed

    def test_loss_rule(self):
        X, y = noisy_points(np.random.default_rng(9), 200, 2)
        model = LogisticRegression(gradient_tol=0, loss_tol=1e-4).fit(X, y)
        changes = np.abs(np.diff(model.losses_))
        assert model.stopped_by_ == "loss"
        assert changes[-1] < 1e-4
        assert np.all(changes[:-1] >= 1e-4)
        assert len(model.losses_) == model.n_iter_ + 1

    def test_starts_at_the_minimum(self):
        model = LogisticRegression().fit([[-1.0], [1.0], [-1.0], [1.0]], [0, 0, 1, 1])
        assert (model.stopped_by_, model.n_iter_, model.losses_) == ("gradient", 1, [np.log(2)])

    @not_converged
    def test_small_steps_go_down(self):
        X, y = noisy_points(np.random.default_rng(10), 100, 3)
        model = LogisticRegression(learning_rate=0.1, max_iter=200).fit(X, y)
        assert np.all(np.diff(model.losses_) < 0)

    @not_converged
    def test_probabilities(self):
        X, y = blobs(50, rng=np.random.default_rng(11))
        model = LogisticRegression().fit(X, y)
        p = model.predict_proba(np.concatenate([X, 1e6 * X]))
        assert p.shape == (100, 2)
        assert p.min() >= 0
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-15)
        assert (p[:50, 1] >= 0.5).astype(int).tolist() == model.predict(X).tolist()


def three_clouds(n, seed=0):
    """Clouds that overlap, so that the loss has a minimum."""
    return blobs(n, rng=np.random.default_rng(seed), centers=[(0, 0), (2, 0), (1, 2)], noise=1.0)


class TestSoftmaxRegression:
    def test_equals_the_plain_loop(self):
        X, y = three_clouds(90)
        X1, theta, losses = np.column_stack([np.ones(90), X]), np.zeros((3, 3)), []
        for _ in range(31):
            p = softmax(X1 @ theta.T)
            losses.append(-np.mean(np.log(p[np.arange(90), y])))
            if len(losses) < 31:
                for k in range(3):
                    theta[k] -= 0.7 * sum((p[i, k] - (y[i] == k)) * X1[i] for i in range(90)) / 90
        with pytest.warns(ConvergenceWarning, match="no stopping rule came true in 30 steps"):
            model = SoftmaxRegression(learning_rate=0.7, max_iter=30).fit(X, y)
        np.testing.assert_allclose(np.column_stack([model.intercept_, model.coef_]), theta, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(model.losses_, losses, rtol=1e-12)
        assert (model.stopped_by_, model.n_iter_) == ("max_iter", 30)

    def test_finds_scikit_learns_minimum(self):
        X, y = three_clouds(300)
        model = SoftmaxRegression(max_iter=5000, gradient_tol=1e-8).fit(X, y)
        theirs = sklearn.linear_model.LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
        assert model.stopped_by_ == "gradient"
        np.testing.assert_allclose(model.coef_, theirs.coef_, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(model.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(model.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
        assert model.predict(X).tolist() == theirs.predict(X).tolist()

    def test_the_rows_sum_to_zero(self):
        X, y = three_clouds(100)
        model = SoftmaxRegression(gradient_tol=1e-3).fit(X, y)
        np.testing.assert_allclose(model.coef_.sum(axis=0), 0, atol=1e-12)
        assert model.intercept_.sum() == pytest.approx(0, abs=1e-12)

    def test_two_classes_are_logistic_regression(self):
        """w = w₁ − w₀ moves twice as fast, since both rows step: half the rate makes both the same."""
        X, y = noisy_points(np.random.default_rng(9), 200, 2)
        softly = SoftmaxRegression(0.5, gradient_tol=0, loss_tol=1e-4).fit(X, y)
        logistic = LogisticRegression(1.0, gradient_tol=0, loss_tol=1e-4).fit(X, y)
        np.testing.assert_allclose(softly.losses_, logistic.losses_, rtol=1e-12)
        np.testing.assert_allclose(softly.coef_[1] - softly.coef_[0], logistic.coef_[0], rtol=1e-9)
        np.testing.assert_allclose(softly.decision_function(X), logistic.decision_function(X), atol=1e-9)
        np.testing.assert_allclose(softly.predict_proba(X), logistic.predict_proba(X), atol=1e-9)
        assert softly.stopped_by_ == logistic.stopped_by_ == "loss"

    @pytest.mark.parametrize("labels", [("a", "b", "c"), (-5, 0, 7), (0.5, 1.5, 2.0)])
    @not_converged
    def test_any_labels(self, labels):
        X, y = three_clouds(60)
        if labels == (0.5, 1.5, 2.0):  # numbers with a fraction are a regression's
            with pytest.raises(ValueError, match="Unknown label type: continuous"):
                SoftmaxRegression().fit(X, np.array(labels)[y])
            return
        model = SoftmaxRegression(max_iter=50).fit(X, np.array(labels)[y])
        assert model.classes_.tolist() == list(labels)
        assert model.coef_.shape == (3, 2)
        expected = SoftmaxRegression(max_iter=50).fit(X, y).predict(X)
        assert model.predict(X).tolist() == np.array(labels)[expected].tolist()

    def test_one_class_is_refused(self):
        with pytest.raises(ValueError, match="got one class"):
            SoftmaxRegression().fit([[1.0], [2.0]], [3, 3])


@not_converged
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("labels", [("no", "yes"), (-1, 1), (False, True), (7, 30), (0.0, 1.0)])
def test_any_two_labels(model, labels):
    X, y = blobs(40, rng=np.random.default_rng(12))
    named = np.array(labels)[y]
    fitted = model().fit(X, named)
    assert fitted.classes_.tolist() == list(labels)
    assert fitted.predict(X).tolist() == named.tolist()
    np.testing.assert_array_equal(weights(fitted), weights(model().fit(X, y)))


@not_converged
@pytest.mark.parametrize("model", MODELS)
def test_a_score_of_zero_is_the_second_class(model):
    fitted = model().fit([[-1.0], [1.0]], [0, 1])
    fitted.coef_[:], fitted.intercept_[:] = 0, 0
    assert fitted.predict([[5.0]]).tolist() == [1]


@not_converged
@pytest.mark.parametrize("model", MODELS)
def test_fit_leaves_the_data_alone(model):
    X, y = blobs(40, rng=np.random.default_rng(13))
    before = X.copy(), y.copy()
    model().fit(X, y)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


Z, Y = np.zeros(3), np.array([0, 1, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Perceptron(learning_rate=0), "expected learning_rate to be a positive number, got 0"),
        (lambda: Adaline(learning_rate=-0.5), "expected learning_rate to be a positive number, got -0.5"),
        (lambda: LogisticRegression(np.inf), "expected learning_rate to be a positive number, got inf"),
        (lambda: LogisticRegression(np.nan), "expected learning_rate to be a positive number, got nan"),
        (lambda: Adaline("fast"), "expected learning_rate to be a positive number, got 'fast'"),
        (lambda: Perceptron(epochs=0), "expected epochs to be an integer of at least 1, got 0"),
        (lambda: Adaline(epochs=2.0), "expected epochs to be an integer of at least 1, got 2.0"),
        (
            lambda: LogisticRegression(max_iter=True),
            "expected max_iter to be an integer of at least 1, got True",
        ),
        (
            lambda: LogisticRegression(gradient_tol=-1),
            "expected gradient_tol to be 0 or a positive number, got -1",
        ),
        (
            lambda: LogisticRegression(loss_tol=np.nan),
            "expected loss_tol to be 0 or a positive number, got nan",
        ),
    ],
)
def test_hyper_parameters_are_validated_by_fit(call, message):
    model = call()  # scikit-learn's convention: __init__ only stores
    with pytest.raises(ValueError, match="expected") as caught:
        model.fit(*gate("and"))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: log_loss(np.zeros((3, 1)), Y),
            "expected z with shape (3,), one score per label, got (3, 1)",
        ),
        (lambda: log_loss(Z, Y[:2]), "expected z with shape (2,), one score per label, got (3,)"),
        (lambda: log_loss(Z, [[0, 1, 1]]), "expected y with shape (n,), got (1, 3)"),
        (lambda: log_loss([], []), "expected y with shape (n,), got (0,)"),
        (lambda: log_loss(Z, [-1, 1, 1]), "expected labels 0 and 1 in y, got [-1  1]"),
        (lambda: log_loss(Z, [0, 1, np.nan]), "expected labels 0 and 1 in y, got [ 0.  1. nan]"),
        (
            lambda: log_loss_gradient(np.zeros((2, 3)), Y, Z),
            "expected X with shape (3, d), one row per label, got (2, 3)",
        ),
        (
            lambda: log_loss_gradient(np.zeros((3, 2)), Y, Z),
            "expected theta with shape (2,), one per column of X, got (3,)",
        ),
        (
            lambda: log_loss_gradient(np.zeros((3, 3)), Y, np.zeros((3, 1))),
            "expected theta with shape (3,), one per column of X, got (3, 1)",
        ),
        (lambda: Perceptron().fit([[1.0], [2.0]], [3, 3]), "expected y with at least two classes, got one class: [3]"),
    ],
)
def test_errors_name_what_was_received(call, message):
    with pytest.raises(ValueError, match="expected") as caught:
        call()
    assert str(caught.value) == message


def test_three_classes_are_refused_in_scikit_learns_words():
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        Perceptron().fit([[1.0], [2.0], [3.0]], [0, 1, 2])


def test_convergence_is_not_warned_about():
    X, y = noisy_points(np.random.default_rng(14), 100, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticRegression(gradient_tol=1e-3).fit(X, y)
        Adaline().fit(X, y)
        Perceptron().fit(X, y)
