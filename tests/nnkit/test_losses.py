import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit.activations import sigmoid, softmax
from nnkit.gradcheck import gradient_report
from nnkit.losses import (
    LOSSES,
    BinaryCrossEntropy,
    HalfSquaredError,
    HingeLoss,
    Loss,
    MeanSquaredError,
    PerceptronLoss,
    SoftmaxCrossEntropy,
    _BinaryLoss,
    log_loss,
)
from tests.strategies import generators

ALL = [loss() for loss in LOSSES.values()]
BINARY = [loss for loss in ALL if isinstance(loss, _BinaryLoss)]
SQUARES = [MeanSquaredError(), HalfSquaredError()]


def example(loss, rng, n=5, dtype=np.float64):
    if isinstance(loss, _BinaryLoss):
        return rng.normal(size=(n, 1)).astype(dtype), rng.integers(0, 2, n)
    Z = rng.normal(size=(n, 3)).astype(dtype)
    return Z, rng.integers(0, 3, n) if isinstance(loss, SoftmaxCrossEntropy) else rng.normal(size=(n, 3))


@pytest.mark.parametrize("loss", ALL, ids=repr)
@given(rng=generators)
def test_delta_is_the_slope_of_value(loss, rng):
    Z, y = example(loss, rng)
    if loss in BINARY:  # keep away from the corners at 0 and ±1
        Z += 0.01 * np.sign(Z)
        Z[np.abs(np.abs(Z) - 1) < 0.01] += 0.05
    report = gradient_report(lambda z: loss.value(z, y), loss.delta(Z, y), Z, tolerance=1e-5)
    # Points that all lie well on the right side have no slope at all.
    assert report.passed or (not report.reacts and np.all(loss.delta(Z, y) == 0))


@pytest.mark.parametrize("loss", ALL, ids=repr)
@given(rng=generators)
def test_a_mean_over_samples(loss, rng):
    """The data twice: the same value, half the δ per row."""
    Z, y = example(loss, rng)
    twice = np.concatenate([Z, Z]), np.concatenate([y, y])
    assert loss.value(*twice) == pytest.approx(loss.value(Z, y))
    np.testing.assert_allclose(loss.delta(*twice)[:5], loss.delta(Z, y) / 2)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_types(loss):
    Z, y = example(loss, np.random.default_rng(0), dtype=np.float32)
    assert isinstance(loss.value(Z, y), float)
    assert loss.delta(Z, y).dtype == np.float32
    assert loss.delta(Z, y).shape == Z.shape
    assert loss.delta(Z.astype(int), y).dtype == np.float64
    kept = Z.copy()
    loss.delta(Z, y)
    np.testing.assert_array_equal(Z, kept)


@given(generators)
def test_values_by_the_book(rng):
    Z, y = example(SoftmaxCrossEntropy(), rng)
    P, onehot = softmax(Z), np.eye(3)[y]
    assert SoftmaxCrossEntropy().value(Z, y) == pytest.approx(-np.mean(np.log(P[np.arange(5), y])))
    np.testing.assert_allclose(SoftmaxCrossEntropy().delta(Z, y), (P - onehot) / 5, atol=1e-15)
    T = rng.normal(size=(5, 3))
    assert MeanSquaredError().value(Z, T) == pytest.approx(np.mean((Z - T) ** 2))
    assert HalfSquaredError().value(Z, T) == pytest.approx(np.mean(np.sum((Z - T) ** 2, axis=1) / 2))
    np.testing.assert_allclose(HalfSquaredError().delta(Z, T), (Z - T) / 5)
    z, y = example(BinaryCrossEntropy(), rng)
    p, y = sigmoid(z), y[:, np.newaxis]
    textbook = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert BinaryCrossEntropy().value(z, y) == pytest.approx(textbook)
    np.testing.assert_allclose(BinaryCrossEntropy().delta(z, y), (p - y) / 5, atol=1e-15)


@pytest.mark.parametrize(
    ("loss", "Z", "y", "value", "delta"),
    [
        (MeanSquaredError(), [[1.0, 2.0]], [[0, 4]], 2.5, [[1, -2]]),
        (HalfSquaredError(), [[1.0, 2.0]], [[0, 4]], 2.5, [[1, -2]]),
        (HalfSquaredError(), [[1.0], [2.0]], [0, 4], 1.25, [[0.5], [-1]]),
        (HalfSquaredError(), [[1], [2]], [0.5, 2], 0.0625, [[0.25], [0]]),  # whole scores cut no target
        (SoftmaxCrossEntropy(), [[0.0, np.log(3)]], [1], -np.log(0.75), [[0.25, -0.25]]),
        (BinaryCrossEntropy(), [[np.log(3)]], [1], -np.log(0.75), [[-0.25]]),
        (BinaryCrossEntropy(), [[np.log(3)]], [[0]], -np.log(0.25), [[0.75]]),
        (HingeLoss(), [[0.5], [2.0]], [1, 1], 0.25, [[-0.5], [0]]),
        (HingeLoss(), [[0.5], [-2.0]], [0, 0], 0.75, [[0.5], [0]]),
        (HingeLoss(), [[1.0], [-1.0]], [1, 0], 0, [[0], [0]]),  # right by exactly 1 is enough
        (PerceptronLoss(), [[0.5], [-2.0]], [0, 1], 1.25, [[0.5], [-0.5]]),
        (PerceptronLoss(), [[0.0], [0.0]], [0, 1], 0, [[0.5], [0]]),
    ],
)
def test_values_by_hand(loss, Z, y, value, delta):
    assert loss.value(Z, y) == pytest.approx(value, rel=1e-15)
    np.testing.assert_allclose(loss.delta(Z, y), delta, rtol=1e-14, atol=1e-16)


def test_log_loss_is_the_binary_one_of_plain_vectors():
    z, y = [0.0, np.log(3), np.log(7)], [1, 1, 0]
    assert log_loss(z, y) == pytest.approx((np.log(2) - np.log(0.75) - np.log(0.125)) / 3, rel=1e-15)
    assert log_loss(z, y) == pytest.approx(BinaryCrossEntropy().value(np.reshape(z, (3, 1)), y), rel=1e-15)
    with pytest.raises(ValueError, match=r"expected z with shape \(3,\), one score per label, got \(2,\)"):
        log_loss(z[:2], y)


def test_two_classes_by_softmax_or_sigmoid():
    z, y = np.linspace(-5, 5, 8)[:, np.newaxis], np.arange(8) % 2
    two = np.hstack([np.zeros_like(z), z])
    assert SoftmaxCrossEntropy().value(two, y) == pytest.approx(BinaryCrossEntropy().value(z, y))
    np.testing.assert_allclose(SoftmaxCrossEntropy().delta(two, y)[:, 1:], BinaryCrossEntropy().delta(z, y))


@pytest.mark.parametrize("size", [50.0, 1e4, 1e30])
def test_sure_and_wrong_is_expensive_but_finite(size):
    assert SoftmaxCrossEntropy().value([[size, 0.0, -size]], [2]) == 2 * size
    assert BinaryCrossEntropy().value([[size]], [0]) == pytest.approx(size)
    assert BinaryCrossEntropy().value([[size]], [1]) == pytest.approx(np.exp(-size))
    assert SoftmaxCrossEntropy().delta([[size, 0.0]], [1]) == pytest.approx(np.array([[1, -1]]))
    assert SoftmaxCrossEntropy().value([[size, size], [0.0, 0.0]], [0, 1]) == pytest.approx(np.log(2))


@pytest.mark.parametrize("margin", [-700.0, -40.0, -1e-9, 0.0, 1e-9, 40.0, 700.0])
@pytest.mark.parametrize("y", [0, 1])
def test_binary_delta_keeps_its_digits_in_both_tails(margin, y):
    s = 2 * y - 1
    expected = -s / (1 + math.exp(margin))  # −s σ(−m), where e^m does not overflow
    assert BinaryCrossEntropy().delta([[s * margin]], [y])[0, 0] == pytest.approx(expected, rel=1e-14)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.data())
def test_surrogates_lie_above_the_mistakes(z, data):
    y = data.draw(st.lists(st.integers(0, 1), min_size=len(z), max_size=len(z)))
    Z = np.array(z)[:, np.newaxis]
    mistakes = np.mean((Z[:, 0] >= 0) != y)
    assert HingeLoss().value(Z, y) >= mistakes * (1 - 1e-12)
    assert BinaryCrossEntropy().value(Z, y) / np.log(2) >= mistakes * (1 - 1e-12)


CE, BCE, MSE = SoftmaxCrossEntropy(), BinaryCrossEntropy(), MeanSquaredError()
Z3, Z1 = np.zeros((2, 3)), np.zeros((2, 1))


@pytest.mark.parametrize("method", ["value", "delta"])
@pytest.mark.parametrize(
    ("loss", "Z", "y", "message"),
    [
        (CE, np.zeros(3), [0], "expected scores Z with shape (n, K), got (3,)"),
        (CE, np.zeros((0, 3)), [], "expected scores Z with shape (n, K), got (0, 3)"),
        (CE, Z3, [0, 3], "expected labels 0 … 2, got labels 0 … 3"),
        (CE, Z3, [-1, 2], "expected labels 0 … 2, got labels -1 … 2"),
        (CE, Z3, [0.0, 1.0], "expected integer labels y with shape (n,), got dtype float64, shape (2,)"),
        (CE, Z3, ["a", "b"], "expected integer labels y with shape (n,), got dtype <U1, shape (2,)"),
        (CE, Z3, [[0, 1, 0]], "expected integer labels y with shape (n,), got dtype int64, shape (1, 3)"),
        (CE, Z3, [0, 1, 2], "expected one target per row of Z, 2, got 3"),
        (BCE, Z3, [0, 1], "expected a network with one output for BinaryCrossEntropy, got 3"),
        (BCE, Z1, [1, 2], "expected labels 0 and 1 in y, got [1 2]"),
        (BCE, Z1, [-1, 1], "expected labels 0 and 1 in y, got [-1  1]"),
        (BCE, Z1, [0, np.nan], "expected labels 0 and 1 in y, got [ 0. nan]"),
        (BCE, Z1, [], "expected y with shape (n,), got (0,)"),
        (HingeLoss(), Z1, [0], "expected one target per row of Z, 2, got 1"),
        (PerceptronLoss(), Z1, Z3, "expected y with shape (n,), got (2, 3)"),
        (MSE, Z3, [1, 2], "expected y with shape (n, 3), got (2,)"),
        (MSE, Z1, Z3, "expected y with shape (n,) or (n, 1), got (2, 3)"),
        (MSE, Z1, [0, np.nan], "expected finite numbers in y, got dtype float64, such as [0.0, nan]"),
        (MSE, Z1, ["a", "b"], "expected finite numbers in y, got dtype <U1, such as ['a', 'b']"),
        (MSE, Z1, [1, 2, 3], "expected one target per row of Z, 2, got 3"),
    ],
)
def test_errors(method, loss, Z, y, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        getattr(loss, method)(Z, y)
    assert str(caught.value) == message


def test_an_unwritten_loss_has_no_value():
    with pytest.raises(NotImplementedError):
        Loss().value(Z1, [0, 1])
    with pytest.raises(NotImplementedError):
        Loss().value_and_delta(Z1, [0, 1])
