import copy

import numpy as np
import pytest
from hypothesis import given

from nnkit.activations import ACTIVATIONS
from nnkit.gradcheck import gradient_report
from nnkit.initializers import zeros
from nnkit.layers import Activation, BatchNorm, Dense, Dropout, Layer
from tests.strategies import generators

BENDS = [name for name in ACTIVATIONS if name != "step"]


def layers(rng):
    options = {"rng": rng, "dtype": np.float64}
    bends = [(name, Activation(name)) for name in BENDS]
    return [("dense", Dense(3, 3, **options)), ("norm", BatchNorm(3, dtype=np.float64)), *bends]


@pytest.mark.parametrize("place", range(2 + len(BENDS)))
@pytest.mark.parametrize("training", [True, False])
def test_gradients_of_inputs_and_parameters(place, training):
    rng = np.random.default_rng(7)
    _, layer = layers(rng)[place]
    A, G = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    if layer.state:  # moments that differ from the batch's
        layer.running_mean[:], layer.running_variance[:] = [1, 2, 3], [0.5, 1, 2]
    state = [getattr(layer, name).copy() for name in layer.state]

    def loss_of(name):
        def loss(value):
            for moment, kept in zip(layer.state, state, strict=True):
                getattr(layer, moment)[:] = kept
            if name is None:
                return float(np.sum(G * layer.forward(value, training=training)))
            keep, target = getattr(layer, name).copy(), getattr(layer, name)
            target[...] = value
            result = float(np.sum(G * layer.forward(A, training=training)))
            target[...] = keep
            return result

        return loss

    loss_of(None)(A)
    dA = layer.backward(G.copy())
    claims = {None: (dA, A)}
    claims |= {name: (getattr(layer, f"d{name}").copy(), getattr(layer, name).copy()) for name in layer.parameters}
    for name, (claimed, at) in claims.items():
        report = gradient_report(loss_of(name), claimed, at, tolerance=1e-5)
        assert report.passed, f"{layer} {name}: {report}"


@given(generators)
def test_dense_against_loops(rng):
    layer = Dense(3, 2, rng=rng, dtype=np.float64)
    layer.b[:] = rng.normal(size=2)
    A, dZ = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    Z = [[sum(layer.W[k, j] * a[j] for j in range(3)) + layer.b[k] for k in range(2)] for a in A]
    np.testing.assert_allclose(layer.forward(A), Z, atol=1e-12)
    dA = layer.backward(dZ)
    np.testing.assert_allclose(layer.dW, sum(np.outer(dZ[i], A[i]) for i in range(4)), atol=1e-12)
    np.testing.assert_allclose(layer.db, dZ.sum(axis=0), atol=1e-12)
    np.testing.assert_allclose(dA, [layer.W.T @ d for d in dZ], atol=1e-12)


def test_backward_twice_is_backward_once():
    rng = np.random.default_rng(0)
    A, G = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    for name, layer in layers(rng):
        layer.forward(A, training=True)
        first, gradients = layer.backward(G), [getattr(layer, f"d{p}").copy() for p in layer.parameters]
        second = layer.backward(G)
        np.testing.assert_array_equal(first, second, err_msg=name)
        for p, gradient in zip(layer.parameters, gradients, strict=True):
            np.testing.assert_array_equal(getattr(layer, f"d{p}"), gradient)


def test_inputs_and_blame_are_left_alone():
    rng = np.random.default_rng(0)
    A, G = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    for name, layer in [*layers(rng), ("dropout", Dropout(0.5, rng=rng))]:
        kept_A, kept_G = A.copy(), G.copy()
        layer.forward(A, training=True)
        layer.backward(G)
        np.testing.assert_array_equal(A, kept_A, err_msg=name)
        np.testing.assert_array_equal(G, kept_G, err_msg=name)


@pytest.mark.parametrize("place", range(2))
def test_input_gradient_only_on_demand(place):
    rng = np.random.default_rng(0)
    _, layer = layers(rng)[place]
    assert layer.parameters
    layer.forward(rng.normal(size=(5, 3)), training=True)
    assert layer.backward(np.ones((5, 3)), need_input_grad=False) is None
    for name in layer.parameters:
        assert np.any(getattr(layer, f"d{name}") != 0)


def test_everything_stays_in_float32():
    rng = np.random.default_rng(0)
    A = rng.normal(size=(5, 3)).astype(np.float32)
    stack = [Dense(3, 3, rng=rng), BatchNorm(3), Dropout(np.float64(0.25), rng=rng), *map(Activation, BENDS)]
    for layer in stack:
        for training in (True, False):
            out = layer.forward(A, training=training)
            assert out.dtype == layer.backward(out).dtype == np.float32, layer


def test_zero_weights_give_the_bias():
    layer = Dense(3, 2, rng=np.random.default_rng(0), initializer=zeros)
    layer.b[:] = 1, 2
    assert layer.forward(np.ones((2, 3), np.float32)).tolist() == [[1, 2], [1, 2]]


@pytest.mark.parametrize("source", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
@pytest.mark.parametrize("rate", [0, 0.1, 0.5, 0.9])
def test_dropout_statistics(rate, source):
    """Of 250,000 entries, the silenced share within 5 standard errors; the mean stays. Whatever the generator is."""
    rng, A = np.random.Generator(source(3)), np.full((500, 500), 2.0, np.float32)
    layer = Dropout(rate, rng=rng)
    out = layer.forward(A, training=True)
    error = 5 * np.sqrt(rate * (1 - rate) / A.size) + 2**-17
    assert np.mean(out == 0) == pytest.approx(rate, abs=error)
    np.testing.assert_allclose(out[out != 0], 2 / (1 - rate), rtol=1e-4)
    assert out.mean() == pytest.approx(2, abs=2 * error / (1 - rate) + 1e-4)
    # No row, no column and no neighborhood is special.
    silent = out == 0
    if rate:
        assert silent.mean(axis=0).std() == pytest.approx(np.sqrt(rate * (1 - rate) / 500), rel=0.2)
        assert silent.mean(axis=1).std() == pytest.approx(np.sqrt(rate * (1 - rate) / 500), rel=0.2)
        assert np.corrcoef(silent[:, :-1].ravel(), silent[:, 1:].ravel())[0, 1] == pytest.approx(0, abs=0.01)


def test_dropout_passes_blame_where_it_passed_signal():
    layer, A = Dropout(0.5, rng=np.random.default_rng(0)), np.ones((3, 5))
    out = layer.forward(A, training=True)
    np.testing.assert_array_equal(layer.backward(A), out)
    assert layer.forward(A) is A
    assert layer.backward(A) is A


def test_dropout_draws_a_new_mask_each_time_from_its_seed():
    A = np.ones((8, 8))
    one, same = (Dropout(0.5, rng=np.random.default_rng(4)) for _ in range(2))
    first, second = one.forward(A, training=True), one.forward(A, training=True)
    assert np.any(first != second)
    np.testing.assert_array_equal(same.forward(A, training=True), first)


def test_batch_norm_standardizes():
    rng = np.random.default_rng(0)
    X = rng.normal(3, 5, size=(200, 4))
    layer = BatchNorm(4, dtype=np.float64)
    Y = layer.forward(X, training=True)
    np.testing.assert_allclose(Y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Y.std(axis=0), 1, rtol=1e-5)  # ε is a millionth of the variance
    for _ in range(200):
        layer.forward(X, training=True)
    np.testing.assert_allclose(layer.forward(X), Y, atol=0.02)  # running moments; theirs is over n − 1
    np.testing.assert_allclose(layer.forward(X[:1]), layer.forward(X)[:1])  # no neighbors needed


def test_running_moments_by_hand():
    """Momentum ½; of 1 and 5 the mean is 3, the variance over n − 1 is 8 (over n, 4)."""
    layer = BatchNorm(1, momentum=0.5, dtype=np.float64)
    layer.forward(np.array([[1.0], [5.0]]), training=True)
    assert layer.running_mean.tolist() == [1.5]  # halfway from 0
    assert layer.running_variance.tolist() == [4.5]  # halfway from 1
    layer.forward(np.array([[9.0]]))
    assert layer.running_mean.tolist() == [1.5]


def test_momentum_one_remembers_the_newest_batch_alone():
    layer = BatchNorm(1, momentum=1, dtype=np.float64)
    for batch in ([[1.0], [5.0]], [[10.0], [12.0]]):
        layer.forward(np.array(batch), training=True)
    assert layer.running_mean.tolist() == [11]
    assert layer.running_variance.tolist() == [2]


def test_a_constant_column_is_no_problem():
    Y = BatchNorm(1).forward(np.full((4, 1), 7, np.float32), training=True)
    assert Y.ravel().tolist() == [0, 0, 0, 0]


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Dense(0, 3, rng=RNG), ValueError, "expected fan_in to be an integer of at least 1, got 0"),
        (lambda: Dense(3, 2.5, rng=RNG), ValueError, "expected fan_out to be an integer of at least 1, got 2.5"),
        (lambda: Dense(3, 2, rng=None), TypeError, "expected rng to be a generator, such as"),
        (lambda: Activation("swish"), ValueError, "expected the activation to be one of identity, step, relu,"),
        (lambda: Dropout(1, rng=RNG), ValueError, "expected rate in [0, 1), got 1"),
        (lambda: Dropout(-0.1, rng=RNG), ValueError, "expected rate in [0, 1), got -0.1"),
        (lambda: Dropout(np.nan, rng=RNG), ValueError, "expected rate in [0, 1), got nan"),
        (lambda: Dropout(0.5, rng=42), TypeError, "expected rng to be a generator, such as"),
        (lambda: BatchNorm(True), ValueError, "expected width to be an integer of at least 1, got True"),
        (lambda: BatchNorm(2, momentum=0), ValueError, "expected momentum in (0, 1], got 0"),
        (lambda: BatchNorm(2, epsilon=-1), ValueError, "expected epsilon to be a positive number, got -1"),
        (
            lambda: BatchNorm(2).forward(np.ones((1, 2), np.float32), training=True),
            ValueError,
            "expected a batch of at least 2 rows to train BatchNorm, got 1",
        ),
        (lambda: Layer().forward(1), NotImplementedError, ""),
        (lambda: Layer().backward(1), NotImplementedError, ""),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("layer", "words", "kept"),
    [
        (Dense(3, 2, rng=np.random.default_rng(0)), "Dense(3 → 2)", {"A"}),
        (Activation("tanh"), "tanh", {"A"}),
        (Dropout(0.25, rng=np.random.default_rng(0)), "Dropout(0.25)", {"M"}),
        (BatchNorm(3), "BatchNorm(3)", {"training", "scale", "X_hat"}),
    ],
)
def test_a_layer_says_what_it_is_and_a_copy_goes_without_what_a_pass_left(layer, words, kept):
    assert repr(layer) == words
    for name in layer.parameters:
        assert not getattr(layer, f"d{name}").any()
    before = set(vars(layer))
    layer.forward(np.ones((4, 3), np.float32), training=True)
    assert set(vars(layer)) - before == kept - before
    assert set(vars(copy.copy(layer))) == before - kept


def test_a_layer_predicts_unless_it_is_told_to_train_and_gives_the_input_gradient_unless_told_not_to():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)).astype(np.float32)
    for layer in (Dense(3, 3, rng=rng), Activation("relu"), Dropout(0.5, rng=rng), BatchNorm(3)):
        np.testing.assert_array_equal(layer.forward(X), layer.forward(X, training=False))
        assert layer.backward(X).shape == X.shape
    assert np.array_equal(Dropout(0.5, rng=rng).forward(X), X)
    assert not BatchNorm(3).running_mean.any()
    assert not Dense(3, 2, rng=rng).b.any()


@pytest.mark.parametrize("momentum", [1.0, 0.01])
def test_the_newest_batch_counts_as_much_as_momentum_says(momentum):
    layer = BatchNorm(1, momentum=momentum, dtype=np.float64)
    layer.forward(np.array([[2.0], [4.0]]), training=True)
    assert layer.running_mean[0] == pytest.approx(3 * momentum)
    assert layer.running_variance[0] == pytest.approx(1 - momentum + 2 * momentum)
