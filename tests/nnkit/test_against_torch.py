"""The same networks, losses and optimizers as PyTorch, which nobody here wrote."""

from functools import partial
from itertools import product

import numpy as np
import pytest

from nnkit.layers import Activation, BatchNorm, Dense, Dropout
from nnkit.losses import BinaryCrossEntropy, HalfSquaredError, HingeLoss, MeanSquaredError, SoftmaxCrossEntropy
from nnkit.network import Network
from nnkit.optimizers import OPTIMIZERS

torch = pytest.importorskip("torch", reason="PyTorch is for tests and benchmarks only: pip install torch==2.13.0")

DTYPES = {np.float64: (torch.float64, 1e-10), np.float32: (torch.float32, 2e-4)}
BENDS = {
    "identity": torch.nn.Identity(),
    "relu": torch.nn.ReLU(),
    "leaky_relu": torch.nn.LeakyReLU(0.01),
    "sigmoid": torch.nn.Sigmoid(),
    "tanh": torch.nn.Tanh(),
    "softplus": torch.nn.Softplus(),
    "softmax": torch.nn.Softmax(dim=-1),
}


def tensor(array, dtype=torch.float64):
    return torch.tensor(np.asarray(array), dtype=dtype)


def twins(dtype, *, norm=False, bend="relu", outputs=3):
    """One network twice, 4-6-outputs, with equal weights."""
    rng = np.random.default_rng(0)
    ours = [Dense(4, 6, rng=rng, dtype=dtype), Activation(bend), Dense(6, outputs, rng=rng, dtype=dtype)]
    theirs = [torch.nn.Linear(4, 6), BENDS[bend], torch.nn.Linear(6, outputs)]
    if norm:
        ours.insert(1, BatchNorm(6, dtype=dtype))
        theirs.insert(1, torch.nn.BatchNorm1d(6))
    net, other = Network(ours), torch.nn.Sequential(*theirs).to(DTYPES[dtype][0])
    with torch.no_grad():
        for layer, twin in zip(ours, theirs, strict=True):
            if isinstance(layer, Dense):
                twin.weight.copy_(torch.from_numpy(layer.W.copy()))
                twin.bias.copy_(torch.from_numpy(layer.b.copy()))
    return net, other


def gradients(other):
    return np.concatenate([p.grad.numpy().ravel() for p in other.parameters()])


def values(other):
    return np.concatenate([p.detach().numpy().ravel() for p in other.parameters()])


@pytest.mark.parametrize(("dtype", "norm", "bend"), list(product(DTYPES, [False, True], BENDS)))
def test_forward_and_gradients(dtype, norm, bend):
    kind, tolerance = DTYPES[dtype]
    net, other = twins(dtype, norm=norm, bend=bend)
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(9, 4)), rng.integers(0, 3, 9)
    inputs = tensor(X, kind).requires_grad_()
    Z = net.forward(X, training=True)
    scores = other(inputs)
    np.testing.assert_allclose(Z, scores.detach(), rtol=tolerance, atol=tolerance)
    value, delta = SoftmaxCrossEntropy().value(Z, y), SoftmaxCrossEntropy().delta(Z, y)
    loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(y))
    loss.backward()
    assert value == pytest.approx(loss.item(), rel=tolerance)
    dX = net.backward(delta, need_input_grad=True)
    np.testing.assert_allclose(dX, inputs.grad, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(net.parameters.gradient, gradients(other), rtol=tolerance, atol=tolerance)
    other.eval()
    np.testing.assert_allclose(net.forward(X), other(tensor(X, kind)).detach(), rtol=tolerance, atol=tolerance)


functional = torch.nn.functional


@pytest.mark.parametrize(
    ("loss", "theirs", "outputs"),
    [
        (MeanSquaredError(), lambda z, y: functional.mse_loss(z, y), 3),
        (SoftmaxCrossEntropy(), lambda z, y: functional.cross_entropy(z, y), 3),
        (BinaryCrossEntropy(), lambda z, y: functional.binary_cross_entropy_with_logits(z[:, 0], y.double()), 1),
        # Theirs is max(0, 1 − x) where the label is −1, and x is the margin here.
        (HingeLoss(), lambda z, y: functional.hinge_embedding_loss((2 * y - 1) * z[:, 0], -torch.ones(len(y))), 1),
        (HalfSquaredError(), lambda z, y: functional.mse_loss(z, y, reduction="sum") / 2 / len(z), 3),
    ],
    ids=["mean squared error", "softmax", "binary", "hinge", "half squared error"],
)
@pytest.mark.parametrize("size", [1.0, 30.0])
def test_losses(loss, theirs, outputs, size):
    rng = np.random.default_rng(2)
    Z = size * rng.normal(size=(8, outputs))
    y = (
        rng.normal(size=(8, 3))
        if isinstance(loss, MeanSquaredError | HalfSquaredError)
        else rng.integers(0, max(2, outputs), 8)
    )
    scores = tensor(Z).requires_grad_()
    value = theirs(scores, torch.from_numpy(y))
    value.backward()
    assert loss.value(Z, y) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(loss.delta(Z, y), scores.grad, rtol=1e-10, atol=1e-14)


THEIRS = {  # where PyTorch has another name, or other settings as they stand
    "Momentum": partial(torch.optim.SGD, momentum=0.9),
    "Nesterov": partial(torch.optim.SGD, momentum=0.9, nesterov=True),
    "RMSProp": torch.optim.RMSprop,
}


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name in THEIRS or hasattr(torch.optim, name)])
def test_fifty_steps_of_training(name):
    """Whole training steps, batch norm included, in float64. tanh, since near a corner rounding could decide."""
    theirs = THEIRS.get(name) or getattr(torch.optim, name)
    net, other = twins(np.float64, norm=True, bend="tanh")
    optimizer, their_optimizer = OPTIMIZERS[name](net.parameters, 0.02), theirs(other.parameters(), 0.02)
    rng, loss = np.random.default_rng(3), SoftmaxCrossEntropy()
    for _ in range(50):
        X, y = rng.normal(size=(16, 4)), rng.integers(0, 3, 16)
        net.backward(loss.delta(net.forward(X, training=True), y))
        optimizer.step()
        their_optimizer.zero_grad()
        functional.cross_entropy(other(tensor(X)), torch.from_numpy(y)).backward()
        their_optimizer.step()
    start = twins(np.float64, norm=True, bend="tanh")[0].parameters.values
    assert np.abs(net.parameters.values - start).max() > 0.1
    # The bias before a batch norm has no true gradient; rounding alone moves it, and Adam makes that large.
    real = np.ones(start.size, bool)
    real[net.places["0.b"]] = False
    np.testing.assert_allclose(net.parameters.values[real], values(other)[real], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(net.layers[1].running_variance, other[1].running_var, rtol=1e-6)


@pytest.mark.parametrize("momentum", [0.1, 0.5])
def test_running_moments(momentum):
    ours, theirs = (
        BatchNorm(3, momentum=momentum, dtype=np.float64),
        torch.nn.BatchNorm1d(3, momentum=momentum).double(),
    )
    rng = np.random.default_rng(4)
    for n in (2, 7, 30):
        X = rng.normal(2, 3, size=(n, 3))
        ours.forward(X, training=True)
        theirs(tensor(X))
    np.testing.assert_allclose(ours.running_mean, theirs.running_mean, rtol=1e-12)
    np.testing.assert_allclose(ours.running_variance, theirs.running_var, rtol=1e-12)
    theirs.eval()
    np.testing.assert_allclose(ours.forward(X), theirs(tensor(X)).detach(), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_statistics(rate):
    """Same share of zeros, same mean and second moment, within 5 standard errors of 250,000 draws."""
    A = np.ones((500, 500), np.float32)
    ours = Dropout(rate, rng=np.random.default_rng(5)).forward(A, training=True)
    torch.manual_seed(5)
    theirs = torch.nn.Dropout(rate)(torch.ones(500, 500)).numpy()
    error = 5 * np.sqrt(2 * rate * (1 - rate) / A.size)  # of a difference of two shares
    assert np.mean(ours == 0) == pytest.approx(np.mean(theirs == 0), abs=error)
    assert ours.mean() == pytest.approx(theirs.mean(), abs=error / (1 - rate))
    assert np.mean(ours**2) == pytest.approx(np.mean(theirs**2), abs=error / (1 - rate) ** 2)
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs), rtol=1e-4)
