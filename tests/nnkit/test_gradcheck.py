import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnkit.gradcheck import gradient_report, numerical_gradient
from tests.strategies import matrices, vectors

A = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 1.0]])
X = np.array([0.5, -1.0, 2.0])


def quadratic(x):
    return float(x @ A @ x)


def quadratic_gradient(x):
    return 2 * A @ x


@given(x=matrices())
def test_matches_calculus_in_any_shape(x):
    np.testing.assert_allclose(numerical_gradient(lambda v: np.sum(np.sin(v)), x), np.cos(x), rtol=1e-7, atol=1e-7)


def test_a_single_number_is_an_input_too():
    assert numerical_gradient(np.exp, 1.0) == pytest.approx(np.e, rel=1e-9)


def test_integer_input_is_nudged_as_float():
    np.testing.assert_allclose(numerical_gradient(lambda v: v @ v, np.array([1, 2])), [2, 4], rtol=1e-9)


def test_the_step_grows_with_the_entry():
    """At 1e8 a nudge of 1e-5 would vanish in the rounding of the square."""
    assert numerical_gradient(lambda v: v[0] ** 2, np.array([1e8]))[0] == pytest.approx(2e8, rel=1e-6)


def test_a_function_that_writes_on_its_input_spoils_nothing():
    def f(v):
        value = np.sum(v**2)
        v[:] = 99
        return value

    x = X.copy()
    np.testing.assert_allclose(numerical_gradient(f, x), 2 * X, rtol=1e-8)
    assert gradient_report(f, 2 * x, x).passed
    assert x.tolist() == X.tolist()


@given(x=vectors(min_size=3, max_size=3))
def test_the_right_gradient_passes(x):
    assume(np.abs(quadratic_gradient(x)).max() > 1e-3)
    report = gradient_report(quadratic, quadratic_gradient(x), x)
    assert report.passed
    assert "agrees with central differences" in str(report)


@pytest.mark.parametrize(
    ("bug", "worst"),
    [
        (lambda g: -g, None),
        (lambda g: 2 * g, None),
        (lambda g: g * 0, None),
        (lambda g: np.full_like(g, np.nan), (0,)),
        (lambda g: g + np.array([0, 1e-4, 0]), (1,)),
        (lambda g: g * [1, 1, 1.001], (2,)),
        (lambda g: g[[1, 0, 2]], None),
        (lambda g: np.where([False, True, False], np.nan, g), (1,)),
        (lambda g: np.where([False, False, True], np.inf, g), (2,)),
    ],
)
def test_planted_bugs_are_found_and_located(bug, worst):
    report = gradient_report(quadratic, bug(quadratic_gradient(X)), X)
    assert not report.passed
    assert worst is None or report.worst == worst
    assert "differs from central differences" in str(report)


@given(st.floats(1e-5, 1e5), st.floats(0.01, 100))
def test_a_scaled_loss_hides_no_bug(scale, factor):
    """A loss of a thousandth has gradients of a thousandth; a bug in them must not drown in the tolerance."""
    assume(abs(factor - 1) > 0.01)
    gradient = scale * quadratic_gradient(X)
    assert gradient_report(lambda x: scale * quadratic(x), gradient, X).passed
    assert not gradient_report(lambda x: scale * quadratic(x), factor * gradient, X).passed


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 0.0,
        lambda x: 5.0,
        lambda x: float(np.round(x + 0.2).sum()),
        lambda x: 1e-12 * float(x.sum()),
    ],
    ids=["zero", "constant", "flat steps", "too small to measure"],
)
def test_a_function_without_slope_never_passes(f):
    report = gradient_report(f, np.zeros(3), X)
    assert not report.passed
    assert str(report).startswith("every measured slope is zero here")


@given(scale=st.floats(-30, 30).map(lambda exponent: 10.0**exponent))
def test_a_zero_gradient_never_passes(scale):
    assert not gradient_report(lambda x: scale * float(x.sum()), np.zeros(3), X).passed


def test_an_unwritten_function_is_no_pass():
    def unwritten(x):
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        gradient_report(unwritten, np.zeros(3), X)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: numerical_gradient(lambda x: None, X), "expected f to return one finite number, got None"),
        (lambda: numerical_gradient(lambda x: np.nan, X), "expected f to return one finite number, got nan"),
        (lambda: numerical_gradient(lambda x: 1j, X), "expected f to return one finite number, got 1j"),
        (
            lambda: numerical_gradient(lambda x: x, X[:2]),
            "expected f to return one finite number, got array([ 0.50001, -1.     ])",
        ),
        (
            lambda: numerical_gradient(np.sum, np.zeros((0, 2))),
            "expected x with at least one entry, got shape (0, 2)",
        ),
        (
            lambda: gradient_report(np.sum, np.ones((3, 1)), X),
            "expected a gradient shaped like x, (3,), got (3, 1)",
        ),
    ],
)
def test_errors_name_what_was_received(call, message):
    with pytest.raises(ValueError, match="expected") as caught:
        call()
    assert str(caught.value) == message
