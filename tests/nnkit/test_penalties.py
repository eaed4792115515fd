import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit.gradcheck import gradient_report
from nnkit.penalties import L1, L2, ElasticNet
from tests.strategies import matrices


@pytest.mark.parametrize("penalty", [L1(0.3), L2(0.7), ElasticNet(0.2, 0.5)], ids=repr)
@given(w=matrices(st.floats(0.01, 20)), sign=st.sampled_from([-1, 1]))
def test_gradient_is_the_slope(penalty, w, sign):
    w = sign * w
    assert gradient_report(penalty.value, penalty.gradient(w), w, tolerance=1e-5).passed


@pytest.mark.parametrize(
    ("penalty", "value", "gradient"),
    [
        (L2(0.5), 0.25 * 13, [1, 0, -1.5]),
        (L1(0.5), 2.5, [0.5, 0, -0.5]),
        (ElasticNet(0.5, 0.5), 2.5 + 0.25 * 13, [1.5, 0, -2]),
        (ElasticNet(0, 0), 0, [0, 0, 0]),
    ],
)
def test_values_by_hand(penalty, value, gradient):
    w = np.array([2.0, 0.0, -3.0])
    assert penalty.value(w) == value
    assert penalty.gradient(w).tolist() == gradient


@pytest.mark.parametrize("penalty", [L1(np.float64(0.1)), L2(np.float64(0.1)), ElasticNet(0.1, np.float64(0.1))])
def test_float32_stays(penalty):
    assert penalty.gradient(np.ones(3, np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: L1(-1), "expected strength to be 0 or a positive number, got -1"),
        (lambda: L2(np.nan), "expected strength to be 0 or a positive number, got nan"),
        (lambda: ElasticNet(-0.1, 1), "expected l1 to be 0 or a positive number, got -0.1"),
        (lambda: ElasticNet(1, np.inf), "expected l2 to be 0 or a positive number, got inf"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert str(caught.value) == message
