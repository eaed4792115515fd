import numpy as np
import pytest
import sklearn.preprocessing
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from nnkit.datasets import will_i_pass
from nnkit.linear import LogisticRegression
from nnkit.preprocessing import MinMaxScaler, Standardizer
from tests.strategies import generators, matrices

SCALERS = [Standardizer, MinMaxScaler]
THEIRS = {Standardizer: sklearn.preprocessing.StandardScaler, MinMaxScaler: sklearn.preprocessing.MinMaxScaler}


@parametrize_with_checks([Standardizer(), MinMaxScaler()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


@pytest.mark.parametrize("scaler", SCALERS)
@given(X=matrices(), Z=matrices(max_columns=1))
def test_equals_scikit_learns(scaler, X, Z):
    X[:, 0] = np.round(X[:, 0])  # a constant column now and then
    # Theirs calls a column constant that varies by rounding errors only, which is beside the point here.
    X[np.abs(X) < 1e-3] = 0
    Z = np.repeat(Z, X.shape[1], axis=1)
    ours, theirs = scaler().fit(X), THEIRS[scaler]().fit(X)
    np.testing.assert_allclose(ours.transform(X), theirs.transform(X), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(ours.transform(Z), theirs.transform(Z), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("scaler", SCALERS)
@given(rng=generators)
def test_and_back(scaler, rng):
    X = rng.normal(size=(20, 3)) * 10.0 ** rng.integers(-6, 7, 3) + rng.normal(size=3)
    fitted = scaler().fit(X)
    np.testing.assert_allclose(fitted.inverse_transform(fitted.transform(X)), X, rtol=1e-9, atol=1e-12)


def test_by_hand():
    X = [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]
    z = np.sqrt(1.5)
    np.testing.assert_allclose(Standardizer().fit_transform(X), [[-z, 0], [0, 0], [z, 0]])
    assert MinMaxScaler().fit_transform(X).tolist() == [[0, 0], [0.5, 0], [1, 0]]


@pytest.mark.parametrize("scaler", SCALERS)
@given(constant=st.floats(-1e6, 1e6), n=st.integers(1, 50))
def test_a_constant_column_becomes_exactly_zero(scaler, constant, n):
    """0.1 three times has a computed deviation of 1.4e−17, which must not be divided by."""
    X = np.full((n, 1), constant)
    fitted = scaler().fit(X)
    assert fitted.transform(X).tolist() == np.zeros((n, 1)).tolist()
    assert fitted.transform([[constant + 2]])[0, 0] == pytest.approx(2)
    assert fitted.inverse_transform(np.zeros((n, 1))).tolist() == X.tolist()


@pytest.mark.parametrize("scaler", SCALERS)
def test_test_data_leave_no_trace(scaler):
    rng = np.random.default_rng(0)
    X, Z = rng.normal(size=(30, 2)), 100 + rng.normal(size=(10, 2))
    fitted = scaler().fit(X)
    before = fitted.center_.copy(), fitted.width_.copy()
    assert fitted.transform(Z).min() > 10  # far outside, and said so
    np.testing.assert_array_equal(fitted.center_, before[0])
    np.testing.assert_array_equal(fitted.width_, before[1])


@pytest.mark.parametrize("scaler", SCALERS)
def test_float32_stays_float32_and_is_measured_in_float64(scaler):
    X = (1e4 + np.random.default_rng(0).random((100_000, 1))).astype(np.float32)
    one, two = scaler().fit(X), scaler().fit(X.astype(np.float64))
    np.testing.assert_allclose(one.center_, two.center_, rtol=1e-12)
    np.testing.assert_allclose(one.width_, two.width_, rtol=1e-9)
    assert one.transform(X).dtype == one.inverse_transform(X).dtype == np.float32


def test_scaling_helps():
    X, y = will_i_pass(300, rng=np.random.default_rng(0))
    pipeline = make_pipeline(Standardizer(), LogisticRegression(gradient_tol=1e-3))
    assert pipeline.fit(X, y).score(X, y) > 0.75
    assert pipeline[-1].n_iter_ < 200
    assert pipeline[:-1].get_feature_names_out(["lectures", "hours"]).tolist() == ["lectures", "hours"]


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.transform([[1.0]]), "is not fitted yet"),
        (lambda s: s.fit([1.0, 2.0]), "Expected 2D array, got 1D array"),
        (lambda s: s.fit([[np.nan]]), "Input X contains NaN"),
        (lambda s: s.fit([[1.0, 2.0]]).transform([[1.0]]), "X has 1 features, but .* is expecting 2 features"),
    ],
)
def test_errors_are_those_of_scikit_learn(scaler, call, message):
    with pytest.raises(ValueError, match=message):
        call(scaler())
