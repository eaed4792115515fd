import copy
import pickle

import numpy as np
import pytest

from nnkit.initializers import xavier_normal
from nnkit.layers import Activation, BatchNorm, Dense, Dropout
from nnkit.losses import BinaryCrossEntropy, SoftmaxCrossEntropy
from nnkit.network import Network, mlp
from nnkit.optimizers import SGD
from nnkit.penalties import L2

X = np.random.default_rng(9).normal(size=(6, 4)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])


def net(seed=0, **options):
    return mlp((4, 5, 3), rng=np.random.default_rng(seed), **options)


def norm_net(seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    layers = [Dense(4, 5, rng=rng, dtype=dtype), BatchNorm(5, dtype=dtype), Activation("relu")]
    return Network([*layers, Dense(5, 3, rng=rng, dtype=dtype)])


def reference_step(W, b, X, y, rate, strength):
    """A step of SGD for a ReLU network with softmax, by the formulas, allocating freely. W, b: lists of arrays."""
    A = [X]
    for l in range(len(W)):
        z = A[-1] @ W[l].T + b[l]
        A.append(np.maximum(z, 0) if l < len(W) - 1 else np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))
    delta = (A[-1] - np.eye(A[-1].shape[1])[y]) / len(X)
    new_W, new_b = list(W), list(b)
    for l in reversed(range(len(W))):
        new_W[l] = W[l] - rate * (delta.T @ A[l] + strength * W[l])
        new_b[l] = b[l] - rate * delta.sum(axis=0)
        delta = (delta @ W[l]) * (A[l] > 0)
    return new_W, new_b


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_fifty_steps_like_the_reference(dtype, tolerance):
    rng = np.random.default_rng(0)
    fast, loss, penalty = mlp((4, 6, 5, 3), rng=rng, dtype=dtype), SoftmaxCrossEntropy(), L2(0.01)
    optimizer = SGD(fast.parameters, 0.1)
    dense = fast.layers[::2]
    W, b = [layer.W.astype(float) for layer in dense], [layer.b.astype(float) for layer in dense]
    for _ in range(50):
        points, labels = rng.normal(size=(7, 4)), rng.integers(0, 3, 7)
        fast.backward(loss.delta(fast.forward(points, training=True), labels))
        for weights, gradient in fast.weights():
            gradient += penalty.gradient(weights)
        optimizer.step()
        W, b = reference_step(W, b, points, labels, 0.1, 0.01)
    for layer, weights, bias in zip(dense, W, b, strict=True):
        np.testing.assert_allclose(layer.W, weights, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(layer.b, bias, rtol=tolerance, atol=tolerance)


def test_layers_are_views_of_one_vector():
    n = net()
    assert n.parameters.values.shape == n.parameters.gradient.shape == (5 * 4 + 5 + 3 * 5 + 3,)
    n.parameters.values[:] = 0
    n.parameters.gradient[:] = 1
    assert not n.layers[0].W.any()
    assert n.layers[2].db.tolist() == [1, 1, 1]
    assert n.forward(X).tolist() == [[0, 0, 0]] * 6
    n.layers[0].W[1, 2] = 7
    assert n.parameters.values[n.places["0.W"]].reshape(5, 4)[1, 2] == 7


def test_binding_keeps_the_weights_of_the_layers():
    layer = Dense(4, 3, rng=np.random.default_rng(0))
    expected = X @ layer.W.copy().T
    np.testing.assert_allclose(Network([layer]).forward(X), expected, rtol=1e-6)


def test_only_dense_weights_are_for_penalties():
    n = norm_net()
    assert [W.shape for W, _ in n.weights()] == [(5, 4), (3, 5)]
    assert all(W.base is not None and dW.shape == W.shape for W, dW in n.weights())


def test_input_gradient_on_demand():
    n = net(dtype=np.float64)
    Z = n.forward(X)
    delta = SoftmaxCrossEntropy().delta(Z, Y)
    assert n.backward(delta) is None
    dX = n.backward(delta, need_input_grad=True)
    nudge = np.zeros((6, 4))
    nudge[2, 1] = 1e-6
    up, down = (SoftmaxCrossEntropy().value(n.forward(X + sign * nudge), Y) for sign in (1, -1))
    assert dX[2, 1] == pytest.approx((up - down) / 2e-6, rel=1e-4)


def test_blame_stops_at_the_lowest_layer_that_learns(monkeypatch):
    rng = np.random.default_rng(0)
    top = [Dense(4, 5, rng=rng), Activation("relu"), Dense(5, 3, rng=rng)]
    n = Network([Dropout(0.2, rng=rng), Activation("tanh"), *top])
    asked = []

    def spy(layer):
        original = layer.backward

        def backward(dA, *, need_input_grad):
            asked.append((repr(layer), need_input_grad))
            return original(dA, need_input_grad=need_input_grad)

        monkeypatch.setattr(layer, "backward", backward)

    for layer in n.layers:
        spy(layer)
    delta = SoftmaxCrossEntropy().delta(n.forward(X, training=True), Y)
    n.backward(delta)
    assert asked == [("Dense(5 → 3)", True), ("relu", True), ("Dense(4 → 5)", False)]
    gradient = n.parameters.gradient.copy()
    asked.clear()
    assert n.backward(delta, need_input_grad=True).shape == X.shape
    assert [wish for _, wish in asked] == [True] * 5
    np.testing.assert_array_equal(n.parameters.gradient, gradient)


def test_input_of_another_precision_is_taken_over():
    assert net().forward(X.astype(np.float64)).dtype == np.float32
    assert net().forward([[1, 2, 3, 4]]).dtype == np.float32
    assert net(dtype=np.float64).forward(X).dtype == np.float64


def test_recording_keeps_z_a_and_delta():
    n, loss = norm_net(dtype=np.float64), SoftmaxCrossEntropy()
    with n.recording() as records:
        Z = n.forward(X, training=True)
        assert [record.delta for record in records] == [None, None]
        delta = loss.delta(Z, Y)
        n.backward(delta)
    first, last = records
    assert first.layer is n.layers[0]
    np.testing.assert_allclose(first.z, X @ n.layers[0].W.T + n.layers[0].b)
    assert np.all(first.a >= 0)
    np.testing.assert_allclose(last.z, first.a @ n.layers[3].W.T + n.layers[3].b)
    np.testing.assert_array_equal(last.a, Z)
    np.testing.assert_array_equal(last.delta, delta)
    np.testing.assert_allclose(first.delta.T @ X, n.layers[0].dW, atol=1e-12)
    np.testing.assert_allclose(last.delta.T @ first.a, n.layers[3].dW, atol=1e-12)


def test_records_are_copies_of_the_latest_pass_and_recording_ends():
    n = net()
    with n.recording() as records:
        n.forward(X)
        n.forward(2 * X)
        assert len(records) == 2
        z = records[0].z.copy()
        n.parameters.values[:] = 0
    n.forward(X)
    np.testing.assert_array_equal(records[0].z, z)


def test_recording_changes_no_number():
    one, other = (net(dropout=0.5) for _ in range(2))
    plain = one.forward(X, training=True)
    with other.recording():
        recorded = other.forward(X, training=True)
    np.testing.assert_array_equal(plain, recorded)


@pytest.mark.parametrize("make", [net, norm_net])
def test_save_and_load(make, tmp_path):
    saved, other = make(0), make(1)
    saved.forward(X, training=True)  # moves the running moments, where there are some
    saved.save(tmp_path / "weights")
    assert np.any(saved.forward(X) != other.forward(X))
    other.load(tmp_path / "weights")
    np.testing.assert_array_equal(saved.forward(X), other.forward(X))
    np.testing.assert_array_equal(other.parameters.values, saved.parameters.values)


def test_load_into_another_precision(tmp_path):
    saved, other = norm_net(), norm_net(1, np.float64)
    saved.save(tmp_path / "w.npz")
    other.load(tmp_path / "w.npz")
    assert other.forward(X).dtype == np.float64
    np.testing.assert_allclose(saved.forward(X), other.forward(X), rtol=1e-5)


def test_a_file_of_other_layers_changes_nothing(tmp_path):
    net(activation="tanh").save(tmp_path / "tanh.npz")
    target = net()
    before = target.parameters.values.copy()
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        target.load(tmp_path / "tanh.npz")
    assert str(caught.value) == (
        "expected the weights of Network(Dense(4 → 5) · relu · Dense(5 → 3)), "
        "got Network(Dense(4 → 5) · tanh · Dense(5 → 3))"
    )
    np.savez(tmp_path / "other.npz", x=np.ones(3))
    with pytest.raises(ValueError, match="got a file that no network saved"):
        target.load(tmp_path / "other.npz")
    np.savez(tmp_path / "pickle.npz", layers=repr(target), W=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        target.load(tmp_path / "pickle.npz")
    np.testing.assert_array_equal(target.parameters.values, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("2.b"), "expected weights named 0.W, 0.b, 2.W, 2.b, got 0.W, 0.b, 2.W"),
        (lambda s: s.update({"2.W": s["2.W"].T}), "expected 2.W with shape (3, 5), got (5, 3)"),
        (lambda s: s["2.b"].fill(np.nan), "expected finite numbers in 2.b, got NaN or infinity"),
    ],
)
def test_restore_takes_all_or_nothing(change, message):
    target, state = net(0), net(1).state()
    before = target.parameters.values.copy()
    change(state)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        target.restore(state)
    assert str(caught.value) == message
    np.testing.assert_array_equal(target.parameters.values, before)


@pytest.mark.parametrize("make", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n)), lambda n: n.astype("f4")])
def test_copies_are_whole_networks_of_their_own(make):
    n = norm_net()
    n.forward(X, training=True)
    twin = make(n)
    np.testing.assert_array_equal(twin.forward(X), n.forward(X))
    twin.parameters.values[:] = 0
    assert not twin.forward(X).any()
    assert n.forward(X).any()
    twin.forward(X, training=True)
    assert np.any(twin.layers[1].running_mean != n.layers[1].running_mean)


def test_copies_do_not_carry_the_last_batch():
    n = norm_net()
    small = len(pickle.dumps(n))
    n.forward(np.ones((1000, 4)), training=True)
    assert len(pickle.dumps(n)) < small + 100


def test_mlp():
    assert repr(net()) == "Network(Dense(4 → 5) · relu · Dense(5 → 3))"
    assert repr(mlp((2, 1), rng=np.random.default_rng(0))) == "Network(Dense(2 → 1))"
    dropped = mlp((2, 3, 3, 1), rng=np.random.default_rng(0), activation="tanh", dropout=0.5)
    assert repr(dropped) == (
        "Network(Dense(2 → 3) · tanh · Dropout(0.5) · Dense(3 → 3) · tanh · Dropout(0.5) · Dense(3 → 1))"
    )
    xavier = xavier_normal((5, 4), np.random.default_rng(0), np.float32)
    np.testing.assert_array_equal(net(activation="tanh").layers[0].W, xavier)
    assert net(initializer=xavier_normal).layers[0].W.tolist() == xavier.tolist()


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Network([]), "expected at least one Dense layer, got []"),
        (lambda: Network([Activation("relu")]), "expected at least one Dense layer, got [relu]"),
        (
            lambda: Network([Dense(2, 3, rng=RNG), Activation("relu"), Dense(4, 1, rng=RNG)]),
            "expected layer 2 to take the 3 outputs of the layer below, got Dense(4 → 1)",
        ),
        (
            lambda: Network([Dense(2, 3, rng=RNG), Dropout(0.1, rng=RNG), BatchNorm(2)]),
            "expected layer 2 to take the 3 outputs of the layer below, got BatchNorm(2)",
        ),
        (
            lambda: Network([Dense(2, 2, rng=RNG), bend := Activation("relu"), Dense(2, 2, rng=RNG), bend]),
            "expected every layer once, as each remembers its own pass, got [Dense(2 → 2), relu, Dense(2 → 2), relu]",
        ),
        (
            lambda: Network([Dense(2, 3, rng=RNG), BatchNorm(3, dtype=np.float64)]),
            "expected one dtype in all layers, got float32, float64",
        ),
        (lambda: mlp((3,), rng=RNG), "expected sizes with at least inputs and outputs, got (3,)"),
        (lambda: net().forward([["a"] * 4]), "expected X to hold real numbers, got dtype <U1"),
        (
            lambda: net().backward(np.ones((6, 3))),
            "expected delta shaped like the last scores, none, as there was no forward pass yet, got (6, 3)",
        ),
        (
            lambda: [(n := net()).forward(X), n.backward(np.ones((6, 2)))],
            "expected delta shaped like the last scores, (6, 3), got (6, 2)",
        ),
        (lambda: net().forward(X[0]), "expected X with shape (n, 4), got (4,)"),
        (lambda: net().forward(X[:, :3]), "expected X with shape (n, 4), got (6, 3)"),
    ],
)
def test_errors(call, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value) == message


def test_exclusive_or_by_hand():
    """Two ReLU units and one output: the sum, and the sum beyond 1 counted against it twice."""
    n = mlp((2, 2, 1), rng=RNG, dtype=np.float64)
    n.layers[0].W[:], n.layers[0].b[:] = 1, [0, -1]
    n.layers[2].W[:], n.layers[2].b[:] = [[1, -2]], -0.5
    assert n.forward([[0, 0], [0, 1], [1, 0], [1, 1]]).ravel().tolist() == [-0.5, 0.5, 0.5, -0.5]
    assert BinaryCrossEntropy().value(n.forward([[0, 1]]), [1]) == pytest.approx(np.log1p(np.exp(-0.5)))
