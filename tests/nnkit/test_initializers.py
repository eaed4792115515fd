import numpy as np
import pytest

from nnkit import initializers
from nnkit.initializers import constant, normal, uniform, zeros

SHAPE = (400, 100)  # fan_out, fan_in


@pytest.mark.parametrize(
    ("initializer", "variance", "limit"),
    [
        (normal, 0.01**2, None),
        (uniform, 0.01**2 / 3, 0.01),
        (initializers.lecun_normal, 1 / 100, None),
        (initializers.lecun_uniform, 1 / 100, np.sqrt(3 / 100)),
        (initializers.xavier_normal, 2 / 500, None),
        (initializers.xavier_uniform, 2 / 500, np.sqrt(6 / 500)),
        (initializers.he_normal, 2 / 100, None),
        (initializers.he_uniform, 2 / 100, np.sqrt(6 / 100)),
    ],
)
def test_moments(initializer, variance, limit):
    """40,000 draws: the mean within 5 standard errors, the variance within 5 of its own (√(2/n) at most)."""
    W = initializer(SHAPE, np.random.default_rng(0), np.float64)
    assert W.shape == SHAPE
    assert abs(W.mean()) < 5 * np.sqrt(variance / W.size)
    assert W.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / W.size))
    if limit is None:  # a normal draw has 3.0 for this quotient, a uniform one 1.8
        assert np.mean(W**4) / W.var() ** 2 == pytest.approx(3, abs=0.2)
    else:
        assert 0.999 * limit < np.abs(W).max() <= limit


def test_a_signal_keeps_its_variance_through_many_relu_layers():
    rng = np.random.default_rng(1)
    A = rng.normal(size=(200, 256))
    for _ in range(20):
        A = np.maximum(A @ initializers.he_normal((256, 256), rng, np.float64).T, 0)
    assert 0.3 < np.mean(A**2) < 3


@pytest.mark.parametrize("initializer", [zeros, normal, uniform, initializers.he_normal, initializers.xavier_uniform])
def test_precision_and_seed(initializer):
    low, high = (initializer((3, 2), np.random.default_rng(5), dtype) for dtype in (np.float32, np.float64))
    assert (low.dtype, high.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(low, high, rtol=1e-6)
    again = initializer((3, 2), np.random.default_rng(5), np.float64)
    np.testing.assert_array_equal(again, high)


def test_constants():
    assert zeros((2, 3)).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert constant((1, 2), value=0.5).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda rng: initializers.he_normal((3,), rng),
            ValueError,
            "expected the shape (fan_out, fan_in) of a weight matrix, got (3,)",
        ),
        (
            lambda rng: initializers.xavier_uniform((3, 0), rng),
            ValueError,
            "expected the shape (fan_out, fan_in) of a weight matrix, got (3, 0)",
        ),
        (
            lambda rng: normal((2, 2), rng, deviation=-1),
            ValueError,
            "expected deviation to be 0 or a positive number, got -1",
        ),
        (
            lambda rng: uniform((2, 2), rng, limit=np.nan),
            ValueError,
            "expected limit to be 0 or a positive number, got nan",
        ),
        (
            lambda rng: initializers.he_normal((2, 2), 0),
            TypeError,
            "expected rng to be a generator, such as np.random.default_rng(0), got int",
        ),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call(np.random.default_rng(0))
    assert str(caught.value) == message
