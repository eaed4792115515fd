import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnkit import activations
from tests.strategies import finite, matrices, moderate, vectors

NAMES = [name for name in activations.ACTIVATIONS if name != "softmax"]  # softmax works row by row
CORNERS = {"step", "relu", "leaky_relu"}
EXTREMES = np.array([-1e308, -1e3, -745.2, -1e-308, 0.0, 1e-308, 1e3, 1e308])


def test_the_list_is_what_the_file_offers():
    assert {"identity", "step", "relu", "sigmoid", "softmax"} < set(activations.ACTIVATIONS)
    for name, g in activations.ACTIVATIONS.items():
        assert g is getattr(activations, name)
        assert hasattr(activations, f"{name}_derivative")


def pair(name):
    return getattr(activations, name), getattr(activations, f"{name}_derivative")


@pytest.mark.parametrize("name", NAMES)
@given(z=vectors())
def test_derivative_is_the_slope(name, z):
    g, derivative = pair(name)
    if name in CORNERS:
        assume(np.all(np.abs(z) > 1e-3))
    h = 1e-5
    slope = (g(z + h) - g(z - h)) / (2 * h)
    np.testing.assert_allclose(derivative(z), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
@given(z=vectors(finite))
def test_every_finite_number_gives_a_finite_number(name, z):
    for function in pair(name):
        assert np.isfinite(function(z)).all()


@pytest.mark.parametrize("name", NAMES)
def test_extremes_are_finite_in_both_precisions(name):
    for function in pair(name):
        assert np.isfinite(function(EXTREMES)).all()
        assert np.isfinite(function(np.array([-3e38, -1e3, 0, 1e3, 3e38], np.float32))).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("z", "dtype"),
    [
        (np.ones((2, 3), np.float32), np.float32),
        (np.float32(2), np.float32),
        (np.ones((2, 3)), np.float64),
        (np.arange(3), np.float64),
        ([1, 2, 3], np.float64),
        (2, np.float64),
        (-0.5, np.float64),
    ],
)
def test_shape_and_dtype(name, z, dtype):
    for function in pair(name):
        result = function(z)
        assert result.shape == np.shape(z)
        assert result.dtype == dtype
        assert isinstance(result, np.ndarray if np.ndim(z) else np.generic)


@pytest.mark.parametrize("name", NAMES)
def test_input_is_left_alone_and_not_returned(name):
    z = np.array([-1.0, 0.0, 2.0])
    for function in pair(name):
        function(z)[:] = 7
        assert z.tolist() == [-1.0, 0.0, 2.0]


@pytest.mark.parametrize("name", NAMES)
def test_nan_in_nan_out(name):
    g, _ = pair(name)
    if name != "step":  # NaN ≥ 0 is false, and the step has to answer something
        assert np.isnan(g(np.nan))


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: activations.step([-0.1, 0.0, 0.1]), [0, 1, 1]),
        (lambda: activations.relu_derivative([-1, 0, 1]), [0, 0, 1]),
        (lambda: activations.leaky_relu([-2, 3]), [-0.02, 3]),
        (lambda: activations.leaky_relu([-2, 3], 0.5), [-1, 3]),
        (lambda: activations.leaky_relu_derivative([-2, 0, 3], 0.5), [0.5, 0.5, 1]),
        (lambda: activations.sigmoid([0, np.log(3), -np.log(3)]), [0.5, 0.75, 0.25]),
        (lambda: activations.sigmoid_derivative([0, np.log(3)]), [0.25, 3 / 16]),
        (lambda: activations.softplus([0, np.log(np.e - 1)]), [np.log(2), 1]),
        (lambda: activations.tanh([0, np.log(2)]), [0, 0.6]),
        (lambda: activations.softmax([[0, 0], [0, np.log(3)]]), [[0.5, 0.5], [0.25, 0.75]]),
    ],
)
def test_values_by_hand(call, value):
    np.testing.assert_allclose(call(), value, rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("name", NAMES)
@given(z=vectors())
def test_backward_finds_the_slope_in_the_output(name, z):
    """dZ = dA ∘ g'(Z), although it sees only A = g(Z)."""
    g, derivative = pair(name)
    assume(name != "sigmoid" or np.all(np.abs(z) < 15))  # beyond, 1 − A has lost its digits, as it must
    dA = np.cos(z) + 2
    dZ = getattr(activations, f"{name}_backward")(dA, g(z))
    np.testing.assert_allclose(dZ, dA * derivative(z), rtol=1e-8, atol=1e-12)
    assert dZ is not dA


@pytest.mark.parametrize("name", [*NAMES, "softmax"])
def test_backward_keeps_float32(name):
    z = np.linspace(-2, 2, 6, dtype=np.float32).reshape(2, 3)
    A = getattr(activations, name)(z)
    dZ = getattr(activations, f"{name}_backward")(z, A)
    assert dZ.dtype == np.float32
    assert dZ.shape == z.shape


@given(z=vectors(), h=moderate)
def test_softmax_derivative_is_a_table(z, h):
    table, p = activations.softmax_derivative(z), activations.softmax(z)
    for j, e in enumerate(np.eye(len(z))):
        slope = (activations.softmax(z + 1e-5 * e) - activations.softmax(z - 1e-5 * e)) / 2e-5
        np.testing.assert_allclose(table[:, j], slope, rtol=1e-6, atol=1e-9)
    dA = np.cos(np.arange(len(z)) + h)
    np.testing.assert_allclose(activations.softmax_backward(dA, p), table.T @ dA, rtol=1e-9, atol=1e-15)


def test_softmax_derivative_row_by_row():
    z = np.arange(6.0).reshape(2, 3)
    assert activations.softmax_derivative(z).shape == (2, 3, 3)
    np.testing.assert_array_equal(activations.softmax_derivative(z)[1], activations.softmax_derivative(z[1]))


def test_tails_keep_their_relative_precision():
    """σ(−z) = e^−z, σ'(±z) = e^−z and softplus(−z) = e^−z up to 1 part in e^z, so to rounding at z = 50."""
    tail = np.exp(-50.0)
    values = [activations.sigmoid(-50), activations.softplus(-50)]
    values += [activations.sigmoid_derivative(50), activations.sigmoid_derivative(-50)]
    np.testing.assert_allclose(values, tail, rtol=1e-15)


@given(z=moderate)
def test_relations_between_functions(z):
    assert activations.sigmoid(z) + activations.sigmoid(-z) == pytest.approx(1, rel=1e-15)
    assert activations.tanh(z) == pytest.approx(2 * activations.sigmoid(2 * z) - 1, abs=1e-15)
    assert activations.softplus(z) - activations.softplus(-z) == pytest.approx(z, abs=1e-14)


@given(z=matrices(finite))
def test_softmax_rows_are_distributions(z):
    p = activations.softmax(z)
    assert p.shape == z.shape
    assert np.all(p >= 0)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)


@given(z=matrices(), shift=moderate)
def test_softmax_ignores_a_common_shift(z, shift):
    np.testing.assert_allclose(activations.softmax(z + shift), activations.softmax(z), rtol=1e-12)


@given(z=matrices())
def test_softmax_works_along_the_last_axis(z):
    rows = [activations.softmax(row) for row in z]
    np.testing.assert_allclose(activations.softmax(z), rows, rtol=1e-15)
    np.testing.assert_allclose(activations.softmax(z[np.newaxis]), [rows], rtol=1e-15)


@given(z=moderate)
def test_two_classes_are_the_sigmoid(z):
    assert activations.softmax([0, z])[1] == pytest.approx(activations.sigmoid(z), rel=1e-14)


def test_softmax_keeps_float32():
    assert activations.softmax(np.zeros((2, 3), np.float32)).dtype == np.float32


@pytest.mark.parametrize("slope", [np.float64(0.1), 0])
def test_slope_does_not_change_the_precision(slope):
    for function in pair("leaky_relu"):
        assert function(np.ones(2, np.float32), slope).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: activations.sigmoid("a"), TypeError, "expected z to hold real numbers, got dtype <U1"),
        (lambda: activations.relu([1j]), TypeError, "expected z to hold real numbers, got dtype complex128"),
        (lambda: activations.tanh(None), TypeError, "expected z to hold real numbers, got dtype object"),
        (lambda: activations.leaky_relu(1, 1), ValueError, "expected slope in [0, 1), got 1"),
        (
            lambda: activations.leaky_relu_derivative(1, -0.1),
            ValueError,
            "expected slope in [0, 1), got -0.1",
        ),
        (lambda: activations.leaky_relu(1, np.nan), ValueError, "expected slope in [0, 1), got nan"),
        (
            lambda: activations.softmax(1.0),
            ValueError,
            "expected z with shape (..., C) for C ≥ 1 classes, got shape ()",
        ),
        (
            lambda: activations.softmax(np.ones((2, 0))),
            ValueError,
            "expected z with shape (..., C) for C ≥ 1 classes, got shape (2, 0)",
        ),
    ],
)
def test_errors_name_what_was_received(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


@given(st.sampled_from(NAMES), moderate, moderate)
def test_every_activation_is_monotone(name, a, b):
    g, _ = pair(name)
    assert g(min(a, b)) <= g(max(a, b))
