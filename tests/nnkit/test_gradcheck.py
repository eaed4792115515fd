import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from nnkit import augment
from nnkit.activations import ACTIVATIONS
from nnkit.datasets import moons
from nnkit.gradcheck import gradcheck, gradient_report, numerical_gradient
from nnkit.layers import Activation, BatchNorm, Dense, Dropout
from nnkit.losses import BinaryCrossEntropy, HingeLoss, MeanSquaredError, SoftmaxCrossEntropy
from nnkit.network import Network, mlp
from nnkit.optimizers import SGD
from nnkit.training import fit
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
    """At 1e10 a nudge of 1e-5 would drown in the rounding of the root."""
    slope = numerical_gradient(lambda v: np.sqrt(v[0]), np.array([1e10]))[0]
    assert slope == pytest.approx(5e-6, rel=1e-6, abs=0)


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
@example(1e-6, 1.05)
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


POINTS = np.random.default_rng(5).normal(size=(5, 4))
TARGETS = [
    (SoftmaxCrossEntropy(), np.array([0, 1, 2, 1, 0]), 3),
    (BinaryCrossEntropy(), np.array([0, 1, 1, 1, 0]), 1),
    (MeanSquaredError(), np.random.default_rng(6).normal(size=(5, 2)), 2),
    (HingeLoss(), np.array([0, 1, 1, 1, 0]), 1),
]


def network(outputs=3, bend="tanh", rate=0.3):
    rng = np.random.default_rng(0)
    layers = [Dense(4, 6, rng=rng), BatchNorm(6), Activation(bend), Dropout(rate, rng=rng)]
    return Network([*layers, Dense(6, 5, rng=rng), Activation(bend), Dense(5, outputs, rng=rng)])


@pytest.mark.parametrize(("loss", "y", "outputs"), TARGETS)
@pytest.mark.parametrize("bend", [name for name in ACTIVATIONS if name != "step"])
@pytest.mark.parametrize("training", [True, False])
def test_every_network_passes(loss, y, outputs, bend, training):
    net = network(outputs, bend)
    before, moments = net.parameters.values.copy(), net.layers[1].running_mean.copy()
    masks = net.layers[3].rng.bit_generator.state
    report = gradcheck(net, loss, POINTS, y, training=training)
    assert report.passed, str(report)
    if training:
        assert "0.b" in report.still  # the mean that BatchNorm subtracts takes it away
    np.testing.assert_array_equal(net.parameters.values, before)
    np.testing.assert_array_equal(net.layers[1].running_mean, moments)
    assert net.layers[3].rng.bit_generator.state == masks
    assert net.dtype == np.float32


def test_the_report_reads_well():
    text = str(gradcheck(network(), SoftmaxCrossEntropy(), POINTS, TARGETS[0][1]))
    assert text.startswith("the gradient agrees with central differences: worst entry ")
    assert "] of " in text
    assert text.endswith("the loss does not react to 0.b")


class BadDense(Dense):
    """A Dense layer with a planted bug in its backward pass."""

    def __init__(self, bug):
        super().__init__(4, 3, rng=np.random.default_rng(1))
        self.bug = bug

    def backward(self, dZ, *, need_input_grad=True):
        dA = super().backward(dZ, need_input_grad=need_input_grad)
        self.bug(self)
        return dA


def set_entry(layer):
    layer.dW[2, 1] += 0.01


def flip_bias(layer):
    layer.db *= -1


def forget(layer):
    layer.dW[...] = 0


@pytest.mark.parametrize(
    ("bug", "where"),
    [(set_entry, "1.W[2, 1] of Dense(4 → 3)"), (flip_bias, "1.b["), (forget, "1.W[")],
)
def test_a_planted_bug_is_located(bug, where):
    net = Network([BatchNorm(4), BadDense(bug)])
    report = gradcheck(net, SoftmaxCrossEntropy(), POINTS, TARGETS[0][1])
    assert not report.passed
    assert report.worst.startswith(where)
    assert f"differs from central differences: worst entry {where}" in str(report)


def test_a_network_that_ignores_its_weights_cannot_pass():
    class Constant(Dense):
        def forward(self, A, *, training=False):
            self.A = A
            return np.ones((len(A), self.fan_out), A.dtype)

        def backward(self, dZ, *, need_input_grad=True):
            return np.zeros_like(self.A)

    net = Network([Constant(4, 3, rng=np.random.default_rng(0))])
    report = gradcheck(net, SoftmaxCrossEntropy(), POINTS, TARGETS[0][1])
    assert not report.passed
    assert str(report).startswith("every measured slope is zero here")


@pytest.mark.parametrize("method", ["forward", "backward"])
def test_an_unwritten_layer_cannot_pass(method):
    def unwritten(self, *arguments, **options):
        raise NotImplementedError

    layer = type("Unwritten", (Dense,), {method: unwritten})(4, 3, rng=np.random.default_rng(0))
    with pytest.raises(NotImplementedError):
        gradcheck(Network([layer]), SoftmaxCrossEntropy(), POINTS, TARGETS[0][1])


@pytest.mark.parametrize("source", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_any_generator_will_do(source):
    """Points, noise, weights, masks and batches from one generator; the check repeats its masks."""
    rng = np.random.Generator(source(0))
    X, y = moons(40, noise=0.1, rng=rng)
    images = augment.noise(augment.shift(X.reshape(40, 1, 2), most=1, rng=rng), deviation=0.1, rng=rng)
    net = mlp((2, 8, 1), rng=rng, dropout=0.5)
    fit(net, BinaryCrossEntropy(), SGD(net.parameters, 0.1), images.reshape(40, 2), y, epochs=2, batch_size=8, rng=rng)
    report = gradcheck(net, BinaryCrossEntropy(), X[:5], y[:5])
    assert report.passed, str(report)


def test_data_that_do_not_fit():
    net = mlp((4, 3), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"expected X with shape \(n, 4\), got \(5, 3\)"):
        gradcheck(net, SoftmaxCrossEntropy(), POINTS[:, :3], TARGETS[0][1])
    with pytest.raises(ValueError, match="expected labels 0 … 2, got labels 0 … 7"):
        gradcheck(net, SoftmaxCrossEntropy(), POINTS, [0, 1, 2, 1, 7])
