import numpy as np
import pytest
import sklearn.neural_network
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from nnkit.classifier import MLPClassifier, MLPRegressor
from nnkit.datasets import blobs, circles, digits
from nnkit.multiclass import OneVsOne
from nnkit.network import Network
from nnkit.preprocessing import Standardizer


@parametrize_with_checks(
    [MLPClassifier(), MLPRegressor(), MLPClassifier(patience=5, dropout=0.1, l2=1e-4), MLPRegressor(patience=5)]
)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def digit_split():
    X, y = digits()
    return train_test_split((X / 16).astype(np.float32), y, test_size=0.3, random_state=0, stratify=y)


def test_digits_as_well_as_scikit_learn(digit_split):
    """The same net, optimizer and number of steps; a difference of 1 % is five of 540 digits."""
    X_train, X_test, y_train, y_test = digit_split
    settings = {"batch_size": 32, "random_state": 0}
    theirs = sklearn.neural_network.MLPClassifier((100,), max_iter=40, alpha=0, tol=0, n_iter_no_change=100, **settings)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        theirs.fit(X_train, y_train)
    ours = MLPClassifier((100,), epochs=40, **settings).fit(X_train, y_train)
    assert ours.score(X_test, y_test) == pytest.approx(theirs.score(X_test, y_test), abs=0.01)
    assert ours.history_.loss[-1] == pytest.approx(theirs.loss_, rel=0.5)


def test_early_stopping_keeps_the_best_weights(digit_split):
    X_train, X_test, y_train, y_test = digit_split
    model = MLPClassifier((50,), epochs=200, learning_rate=0.01, patience=5, random_state=0).fit(X_train, y_train)
    losses = model.history_.validation_loss
    assert model.n_iter_ == len(losses) == len(model.history_.loss) < 200
    assert int(np.argmin(losses)) == model.n_iter_ - 6  # five epochs without a better one
    assert model.score(X_test, y_test) > 0.95


def test_regression_beats_a_line():
    X, y = load_diabetes(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    mean, deviation = y_train.mean(), y_train.std()
    model = make_pipeline(Standardizer(), MLPRegressor((20,), patience=10, l2=0.1, random_state=0))
    model.fit(X_train, (y_train - mean) / deviation)
    assert model.score(X_test, (y_test - mean) / deviation) > 0.3
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, (400, 1))
    curve = np.column_stack([np.sin(x), np.abs(x)])
    bent = MLPRegressor((30, 30), learning_rate=0.01, random_state=0).fit(x, curve)
    assert bent.predict(x).shape == (400, 2)
    assert bent.score(x, curve) > 0.98
    assert MLPRegressor((), learning_rate=0.01, random_state=0).fit(x, curve).score(x, curve) < 0.6


def test_what_is_inside():
    X, y = circles(100, noise=0.05, rng=np.random.default_rng(0))
    model = MLPClassifier((5, 4), epochs=3, random_state=0).fit(X, np.array(["in", "out"])[y])
    assert isinstance(model.net_, Network)
    assert (model.net_.fan_in, model.net_.fan_out) == (2, 2)
    assert model.classes_.tolist() == ["in", "out"]
    assert len(model.history_.loss) == model.n_iter_ == 3
    p, z = model.predict_proba(X), model.decision_function(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(np.log(p[:, 1] / p[:, 0]), z, atol=1e-9)
    assert (model.predict(X) == np.where(z > 0, "out", "in")).all()
    assert MLPClassifier((), epochs=1).fit(X, y).net_.parameters.values.size == 6


def test_hidden_layers_bend_the_boundary():
    X, y = circles(300, noise=0.05, rng=np.random.default_rng(0))
    assert MLPClassifier((16,), learning_rate=0.01, random_state=0).fit(X, y).score(X, y) == 1
    assert MLPClassifier((), learning_rate=0.01, random_state=0).fit(X, y).score(X, y) < 0.7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_that_of_the_data(dtype):
    X, y = blobs(40, rng=np.random.default_rng(0))
    model = MLPClassifier(epochs=1).fit(X.astype(dtype), y)
    assert model.net_.dtype == dtype
    assert model.predict_proba(X).dtype == dtype


@pytest.mark.parametrize("same", [7, "RandomState"])
def test_random_state(same):
    X, y = blobs(60, rng=np.random.default_rng(0), noise=2)

    def weights(seed):
        model = MLPClassifier((8,), epochs=2, dropout=0.5, patience=1, random_state=seed).fit(X, y)
        return model.net_.parameters.values.tolist()

    seeds = [np.random.RandomState(7) for _ in range(2)] if same == "RandomState" else [same, same]
    assert weights(seeds[0]) == weights(seeds[1]) == weights(7)
    assert weights(8) != weights(7)
    assert weights(None) != weights(None)


def test_l2_shrinks_and_dropout_regularizes(digit_split):
    X, _, y, _ = digit_split
    X, y = X[:200], y[:200]
    plain, shrunk, dropped = (
        MLPClassifier((50,), epochs=30, random_state=0, **more).fit(X, y)
        for more in ({}, {"l2": 0.1}, {"dropout": 0.5})
    )
    assert np.abs(shrunk.net_.layers[0].W).mean() < 0.5 * np.abs(plain.net_.layers[0].W).mean()
    assert dropped.history_.loss[-1] > 2 * plain.history_.loss[-1]
    np.testing.assert_array_equal(dropped.predict_proba(X), dropped.predict_proba(X))  # nothing drops any more


def test_in_scikit_learns_tools():
    centers = [(-2, -2), (-2, 2), (2, 2)]
    X, y = blobs(120, rng=np.random.default_rng(0), centers=centers)
    pipeline = make_pipeline(Standardizer(), MLPClassifier(epochs=20, random_state=0))
    search = GridSearchCV(pipeline, {"mlpclassifier__learning_rate": [1e-6, 0.01]}, cv=2).fit(X, y)
    assert search.best_params_ == {"mlpclassifier__learning_rate": 0.01}
    assert search.best_score_ > 0.95
    for wrapper in (
        CalibratedClassifierCV(MLPClassifier(epochs=20, random_state=0), cv=2),
        OneVsRestClassifier(MLPClassifier(epochs=20, learning_rate=0.01, random_state=0)),
        OneVsOne(MLPClassifier(epochs=20, learning_rate=0.01, random_state=0)),
    ):
        assert wrapper.fit(X, y).score(X, y) > 0.95


X, Y = np.zeros((4, 2)), np.array([0, 1, 0, 1])


@pytest.mark.parametrize("model", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"hidden_layer_sizes": (0,)},
            "expected hidden_layer_sizes to hold integers of at least 1, such as (100,), got (0,)",
        ),
        (
            {"hidden_layer_sizes": 100},
            "expected hidden_layer_sizes to hold integers of at least 1, such as (100,), got 100",
        ),
        ({"learning_rate": -1.0}, "expected learning_rate to be a positive number, got -1.0"),
        ({"epochs": 0}, "expected epochs to be an integer of at least 1, got 0"),
        ({"batch_size": 0}, "expected batch_size to be an integer of at least 1, got 0"),
        ({"l2": -1}, "expected l2 to be 0 or a positive number, got -1"),
        ({"dropout": 1.0}, "expected dropout in [0, 1), got 1.0"),
        ({"patience": 0}, "expected patience to be an integer of at least 1, got 0"),
        ({"random_state": "seed"}, "'seed' cannot be used to seed a numpy.random.RandomState instance"),
    ],
)
def test_settings_are_validated_by_fit(model, settings, message):
    estimator = model(**settings)
    with pytest.raises(ValueError, match=r"expected|cannot be used to seed") as caught:
        estimator.fit(X, Y)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MLPClassifier().fit(X, np.ones(4)), r"expected y with at least two classes, got one class: \[1.0\]"),
        (lambda: MLPClassifier().fit(X, [0.1, 0.2, 0.3, 0.4]), "Unknown label type: continuous"),
        (lambda: MLPClassifier().predict(X), "is not fitted yet"),
        (lambda: MLPRegressor().fit(X, [0, 1, np.nan, 0]), "Input y contains NaN"),
        (lambda: MLPRegressor(activation="rely").fit(X, Y), "expected the activation to be one of .*, got 'rely'"),
    ],
)
def test_errors_name_what_was_received(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_exploding_loss_is_said_so():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)).astype(np.float32)
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        MLPRegressor(learning_rate=1e15, random_state=0).fit(X, X[:, 0])
