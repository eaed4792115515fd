"""The worked examples of the five slide decks, number by number or, where a slide has letters, at random points.

Each test names its deck (NEU, UT, IITB, USC or AU) and the slide's heading. A slip of a slide is mended first, and
the docstring says how. Examples that belong to one module stand in that module's tests: NEU's whiteboard and simpler
example in test_graph, USC's one-versus-one table in test_multiclass.

Everything is float64. The two sides of a comparison are the same formula with its sums in another order, some tens
of roundings of 1e-16 each: `close` asks for twelve digits, and lets numbers near 0 differ by 1e-14.
"""

from functools import partial
from itertools import combinations
from math import e, log, sqrt

import numpy as np
import pytest

from nnkit import activations
from nnkit.activations import relu, sigmoid, sigmoid_derivative, softmax, softplus, tanh, tanh_derivative
from nnkit.batches import Batches
from nnkit.graph import Value
from nnkit.initializers import he_normal, lecun_normal, zeros
from nnkit.layers import Activation, Dense
from nnkit.losses import BinaryCrossEntropy, HalfSquaredError, MeanSquaredError, PerceptronLoss, SoftmaxCrossEntropy
from nnkit.network import Network, Parameters, mlp
from nnkit.optimizers import SGD, Momentum
from nnkit.penalties import L2, ElasticNet
from nnkit.preprocessing import MinMaxScaler, Standardizer
from nnkit.training import fit

close = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-14)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def network(sizes, rng, *, activation="sigmoid", output=None):
    """Weights and biases ~ N(0, 1), so that no bias is 0 by accident; `output`: an activation on the last layer."""
    net = mlp(sizes, rng=rng, activation=activation, dtype=np.float64)
    net.parameters.values[:] = rng.normal(size=net.parameters.values.size)
    return Network([*net.layers, Activation(output)]) if output else net


def without_biases(net):
    """As USC writes its networks."""
    for layer in net.layers:
        if isinstance(layer, Dense):
            layer.b[:] = 0
    return net


def backward(net, loss, X, y):
    """The records of all Dense layers after one forward and one backward pass."""
    with net.recording() as records:
        net.backward(loss.delta(net.forward(X), y))
    return records


# NEU


@pytest.mark.parametrize("h", [0.001, 0.25, 0.5, 0.9])
def test_cost_of_a_single_instance(h):
    """NEU "Reminder: Logistic Regression": −log h if y = 1, −log(1 − h) if y = 0."""
    z = [[log(h / (1 - h))]]
    close(BinaryCrossEntropy().value(z, [1]), -log(h))
    close(BinaryCrossEntropy().value(z, [0]), -log(1 - h))


def test_objective_of_logistic_regression(rng):
    """NEU "Reminder: Logistic Regression": J(θ) is the sum over the instances; nnkit takes the mean, J / N."""
    z, y = rng.normal(size=6), np.array([0, 1, 1, 0, 1, 0])
    h = sigmoid(z)
    J = -np.sum(y * np.log(h) + (1 - y) * np.log(1 - h))
    close(6 * BinaryCrossEntropy().value(z[:, np.newaxis], y), J)


def test_all_weights_zero(rng):
    """NEU "Parameter Initialization": z = 0 and a = ½ in every layer, so the output does not depend on x.

    Slip: layers 2 and 3 say W x, meant is W a of the layer below. What the slide leaves open, why training does not
    help at once: only the last layer gets a gradient, (½ − y) ½ for each of its weights alike.
    """
    net = mlp((3, 4, 2, 1), rng=rng, activation="sigmoid", initializer=zeros, dtype=np.float64)
    X, y = rng.normal(size=(5, 3)), np.array([1, 1, 0, 1, 1])
    records = backward(net, BinaryCrossEntropy(), X, y)
    for record in records:
        np.testing.assert_array_equal(record.z, 0)
        np.testing.assert_array_equal(sigmoid(record.z), 0.5)
    (_, dW1), (_, dW2), (_, dW3) = net.weights()
    assert not dW1.any()
    assert not dW2.any()
    close(dW3, np.full((1, 2), np.mean(0.5 - y) * 0.5))


@pytest.mark.parametrize("y", [0, 1])
def test_two_hidden_layers(rng, y):
    """NEU "Example 2 Hidden Layers", "Binary Classification Example": every z, a, δ and gradient for one example.

    δ³ = a³ − y,  δ² = (W³ᵀ δ³) ∘ g'(z²),  δ¹ = (W²ᵀ δ²) ∘ g'(z¹),  ∂L/∂Wˡ = δˡ aˡ⁻¹ᵀ,  ∂L/∂bˡ = δˡ
    The slide writes δ³ W³ g'(z²) without the transpose; g'(z) = g(z)(1 − g(z)).
    """
    net = network((3, 4, 2, 1), rng)
    x = rng.normal(size=(3, 1))
    one, two, three = net.layers[::2]
    records = backward(net, BinaryCrossEntropy(), x.T, [y])

    z1 = one.W @ x + one.b[:, np.newaxis]
    a1 = 1 / (1 + np.exp(-z1))
    z2 = two.W @ a1 + two.b[:, np.newaxis]
    a2 = 1 / (1 + np.exp(-z2))
    z3 = three.W @ a2 + three.b[:, np.newaxis]
    a3 = 1 / (1 + np.exp(-z3))
    d3 = a3 - y
    d2 = three.W.T @ d3 * a2 * (1 - a2)
    d1 = two.W.T @ d2 * a1 * (1 - a1)
    close((a3 - y) / (a3 * (1 - a3)) * sigmoid_derivative(z3), d3)  # the slide's way to δ³
    layers = zip(net.layers[::2], records, (z1, z2, z3), (d1, d2, d3), (x, a1, a2), strict=True)
    for layer, record, z, delta, below in layers:
        close(record.z, z.T)
        close(record.delta, delta.T)
        close(layer.dW, delta @ below.T)
        close(layer.db, delta[:, 0])


def test_training_loop_with_accumulators(rng):
    """NEU "Training NN with Backpropagation": Δ_ij += a_j δ_i over all examples, then W_ij −= α Δ_ij.

    The slide steps along the sum over the N examples, although its J is a mean. nnkit's gradient is that of the
    mean, so the same step has the rate α N.
    """
    alpha, N = 0.05, 7
    net = network((2, 3, 1), rng)
    X, y = rng.normal(size=(N, 2)), rng.integers(2, size=N)
    W1, b1, W2, b2 = (array.copy() for layer in net.layers[::2] for array in (layer.W, layer.b))
    D1, Db1, D2, Db2 = (np.zeros_like(array) for array in (W1, b1, W2, b2))
    for x, target in zip(X, y, strict=True):
        a1 = sigmoid(W1 @ x + b1)
        a2 = sigmoid(W2 @ a1 + b2)
        d2 = a2 - target
        d1 = W2.T @ d2 * a1 * (1 - a1)
        for i in range(3):
            for j in range(2):
                D1[i, j] += x[j] * d1[i]
            D2[0, i] += a1[i] * d2[0]
        Db1 += d1
        Db2 += d2
    fit(net, BinaryCrossEntropy(), SGD(net.parameters, alpha * N), X, y, epochs=1, batch_size=N, rng=rng)
    close(net.layers[0].W, W1 - alpha * D1)
    close(net.layers[0].b, b1 - alpha * Db1)
    close(net.layers[2].W, W2 - alpha * D2)
    close(net.layers[2].b, b2 - alpha * Db2)


def test_penalties(rng):
    """NEU "Regularization", IITB "Regularization", USC 2.4: λ Σ w², and NEU's elastic net Σ β w² + |w|.

    The decks have no ½ before the square, nnkit has: its strength is twice theirs.
    """
    w, strength = rng.normal(size=(3, 2)), 0.3
    close(L2(2 * strength).value(w), strength * np.sum(w**2))
    close(L2(2 * strength).gradient(w), 2 * strength * w)
    close(ElasticNet(1, 2 * strength).value(w), np.sum(strength * w**2 + np.abs(w)))


# UT


def test_mean_squared_error_of_the_grades():
    """UT "Mean Squared Error Loss": predictions 30, 80, 85 for grades 90, 20, 95: (60² + 60² + 10²) / 3."""
    predicted, actual = [[30.0], [80.0], [85.0]], [90, 20, 95]
    close(MeanSquaredError().value(predicted, actual), (3600 + 3600 + 100) / 3)


@pytest.mark.parametrize("y", [0, 1])
def test_perceptron_rule(rng, y):
    """UT "A Simple Method", w ± x, and AU "The Perceptron", θ_j += α (y − h(x)) x_j, after a mistake and after none."""
    net = network((3, 1), rng)
    x, theta = np.array([1.0, -2.0, 0.5]), net.parameters.values.copy()  # w and then b, the weight of x₀ = 1
    augmented = np.append(x, 1.0)
    h = float(theta @ augmented >= 0)
    net.backward(PerceptronLoss().delta(net.forward([x]), [y]))
    SGD(net.parameters, 1.0).step()
    close(net.parameters.values, theta + (y - h) * augmented)


@pytest.mark.parametrize("name", ["identity", "sigmoid", "tanh", "softplus"])
def test_generalized_delta_rule(rng, name):
    """UT "Generalized delta rule": w_i += η δ f'(z) x_i with δ = d − y; with the identity it is ADALINE's, LMS."""
    net, rate, d = network((3, 1), rng, output=name), 0.1, 0.8
    x, w, b = rng.normal(size=3), net.layers[0].W[0].copy(), net.layers[0].b[0]
    z = w @ x + b
    f, slope = getattr(activations, name), getattr(activations, f"{name}_derivative")
    net.backward(HalfSquaredError().delta(net.forward([x]), [[d]]))
    SGD(net.parameters, rate).step()
    step = rate * (d - f(z)) * slope(z)
    close(net.layers[0].W[0], w + step * x)
    close(net.layers[0].b[0], b + step)


def test_activations_and_their_derivatives(rng):
    """UT "Some popular activations and their derivatives". At 0, where the slide gives ReLU slope 1, nnkit has 0."""
    z = rng.normal(scale=3, size=100)
    f = 1 / (1 + np.exp(-z))
    close(sigmoid(z), f)
    close(sigmoid_derivative(z), f * (1 - f))
    close(tanh_derivative(z), 1 - tanh(z) ** 2)
    np.testing.assert_array_equal(relu(z), np.where(z >= 0, z, 0))
    np.testing.assert_array_equal(activations.relu_derivative(z), np.where(z >= 0, 1, 0))
    assert activations.relu_derivative(0.0) == 0
    close(softplus(z), np.log(1 + np.exp(z)))
    close(activations.softplus_derivative(z), f)


def test_error_terms_of_the_squared_error(rng):
    """UT "Derivation of Learning Rule" (1) to (6), "The Backpropagation Algorithm": every δ_j and Δw_ij.

    o = σ(net − T), so nnkit's bias is −T. The slides' δ = −∂E/∂net, without the minus in (3) and with one too many
    in (6); mended: δ_k = (t_k − o_k) o_k (1 − o_k), δ_j = o_j (1 − o_j) Σ_k δ_k w_jk and Δw_ij = η δ_j x_i.
    """
    rate, net = 0.5, network((3, 4, 2), rng, output="sigmoid")
    x, t = rng.normal(size=3), np.array([1.0, 0.0])
    hidden, out = net.layers[0], net.layers[2]
    w_in, T_in, w_out, T_out = hidden.W.T.copy(), -hidden.b, out.W.T.copy(), -out.b  # w_ij: from i to j
    records = backward(net, HalfSquaredError(), [x], [t])

    o_j = [sigmoid(sum(w_in[i, j] * x[i] for i in range(3)) - T_in[j]) for j in range(4)]
    o_k = [sigmoid(sum(w_out[j, k] * o_j[j] for j in range(4)) - T_out[k]) for k in range(2)]
    d_k = [(t[k] - o_k[k]) * o_k[k] * (1 - o_k[k]) for k in range(2)]
    d_j = [o_j[j] * (1 - o_j[j]) * sum(d_k[k] * w_out[j, k] for k in range(2)) for j in range(4)]
    close(HalfSquaredError().value([o_k], [t]), sum((t - o_k) ** 2) / 2)
    close(records[1].a[0], o_k)
    close(-records[1].delta[0], d_k)
    close(-records[0].delta[0], d_j)
    SGD(net.parameters, rate).step()
    close(out.W.T, w_out + rate * np.outer(o_j, d_k))
    close(hidden.W.T, w_in + rate * np.outer(x, d_j))


def test_nested_function(rng):
    """UT "The forward pass": Y = f₃(W₃ f₂(W₂ f₁(W₁ x + b₁) + b₂) + b₃)."""
    net = network((4, 3, 5, 2), rng, activation="tanh", output="softmax")
    one, two, three = net.layers[:6:2]
    for x in rng.normal(size=(6, 4)):
        Y = softmax(three.W @ np.tanh(two.W @ np.tanh(one.W @ x + one.b) + two.b) + three.b)
        close(net.forward([x])[0], Y)


def test_bias_as_a_weight(rng):
    """UT "Forward Pass": z_j = Σ_i w_ij y_i from i = 0, with y₀ = 1 and w₀j = b_j, layer by layer, unit by unit."""
    net = network((4, 3, 2), rng, output="sigmoid")
    x = rng.normal(size=4)
    y = x
    for layer in net.layers[::2]:
        w, y = np.vstack([layer.b, layer.W.T]), np.append(1.0, y)
        y = [sigmoid(sum(w[i, j] * y[i] for i in range(len(y)))) for j in range(layer.fan_out)]
    close(net.forward([x])[0], y)


# IITB


def test_sum_over_the_nodes_above():
    """IITB "Backpropagation": ∂L/∂u = Σ_{v ∈ Γ(u)} ∂L/∂v · ∂v/∂u, with base case ∂L/∂L = 1 and three nodes in Γ(u)."""
    w, x = Value(0.7), Value(-1.3)
    u = w * x
    v1, v2, v3 = u.tanh(), u.exp(), u * x
    L = v1 * v2 + v3.sigmoid()
    L.backward()
    assert L.grad == 1
    slopes = [1 - v1.data**2, v2.data, x.data]
    close(u.grad, sum(v.grad * slope for v, slope in zip((v1, v2, v3), slopes, strict=True)))
    close(w.grad, u.grad * x.data)


# USC

USC_W = np.array([[1, -1 / 3], [-1 / 2, -1 / 2], [0, 1]])


def scores(W, X):
    """W X through a Dense layer without bias."""
    layer = Dense(W.shape[1], len(W), rng=None, initializer=zeros, dtype=np.float64)
    layer.W[:] = W
    return layer.forward(np.asarray(X, dtype=np.float64))


def test_binary_as_two_scores(rng):
    """USC 1.2, 1.4: w = (3/2, 1/6) = w₁ − w₂, and σ(w·x) = softmax(w₁·x, w₂·x)₁, so both choose alike."""
    w = np.array([3 / 2, 1 / 6])
    close(USC_W[0] - USC_W[1], w)
    X = rng.normal(size=(200, 2))
    Z = scores(USC_W[:2], X)
    np.testing.assert_array_equal(Z.argmax(axis=1) == 0, X @ w >= 0)
    close(softmax(Z)[:, 0], sigmoid(X @ w))


def test_three_regions():
    """USC 1.2: the argmax of the figure's three vectors, and the three rays on which two scores tie for the top."""
    blue, orange, green = 0, 1, 2
    expected = {(1, 0): blue, (2, 1): blue, (1, -1): blue, (-1, 0): orange, (0, -1): orange, (-1, -1): orange}
    expected |= {(0, 1): green, (1, 1): green, (-1, 1): green}
    assert dict(zip(expected, scores(USC_W, list(expected)).argmax(axis=1), strict=True)) == expected
    for ray, pair in {(4, 3): (blue, green), (-3, 1): (orange, green), (1, -9): (blue, orange)}.items():
        z = scores(USC_W, [ray])[0]
        close(z[pair[0]], z[pair[1]])
        assert z[list(pair)].min() > z.sum() - z[list(pair)].sum()  # the third score


def test_two_forms_of_the_multiclass_logistic_loss(rng):
    """USC 1.5: Σ_i ln(Σ_k e^{z_k} / e^{z_y}) = Σ_i ln(1 + Σ_{k≠y} e^{z_k − z_y}); nnkit takes the mean."""
    W, X, y = rng.normal(size=(4, 3)), rng.normal(size=(10, 3)), rng.integers(4, size=10)
    Z = scores(W, X)
    mle = sum(np.log(sum(np.exp(W[k] @ x) for k in range(4)) / np.exp(W[c] @ x)) for x, c in zip(X, y, strict=True))
    margins = sum(
        np.log(1 + sum(np.exp((W[k] - W[c]) @ x) for k in range(4) if k != c)) for x, c in zip(X, y, strict=True)
    )
    close(mle, margins)
    close(10 * SoftmaxCrossEntropy().value(Z, y), mle)


def test_bound_on_the_zero_one_loss(rng):
    """USC 1.5: 𝕀[f(x) ≠ y] ≤ log₂(1 + Σ_{k≠y} e^{z_k − z_y}); equal to 1 at a tie of two classes."""
    Z = rng.normal(scale=3, size=(500, 3))
    in_bits = [SoftmaxCrossEntropy().value([z], [0]) / log(2) for z in Z]
    wrong = Z.argmax(axis=1) != 0
    assert 0 < wrong.sum() < 500
    assert np.all(wrong <= np.array(in_bits))
    close(SoftmaxCrossEntropy().value([[0.4, 0.4]], [0]) / log(2), 1)


def test_two_classes_are_binary(rng):
    """USC "Relating binary and multiclass logistic loss", "Log Loss": ln(1 + e^{−y w·x}), y = ±1, w = w₁ − w₂."""
    W, X, sign = rng.normal(size=(2, 3)), rng.normal(size=(9, 3)), rng.choice([-1, 1], size=9)
    binary = np.mean(np.log(1 + np.exp(-sign * (X @ (W[0] - W[1])))))
    Z = scores(W, X)
    close(SoftmaxCrossEntropy().value(Z, np.where(sign == 1, 0, 1)), binary)
    close(BinaryCrossEntropy().value(Z[:, :1] - Z[:, 1:], sign == 1), binary)


def test_gradient_row_by_row_and_a_step(rng):
    """USC 1.6, "SGD for multinomial logistic regression": Pr(k) xᵀ in row k ≠ y, (Pr(y) − 1) xᵀ in row y."""
    C, y, rate = 4, 2, 0.3
    net = without_biases(network((3, C), rng))
    W, x = net.layers[0].W.copy(), rng.normal(size=3)
    over = [np.exp((W[k] - W[y]) @ x) for k in range(C) if k != y]
    rows = [(np.exp((W[k] - W[y]) @ x) if k != y else -sum(over)) / (1 + sum(over)) * x for k in range(C)]
    net.backward(SoftmaxCrossEntropy().delta(net.forward([x]), [y]))
    close(net.layers[0].dW, rows)
    SGD(net.parameters, rate).step()
    close(net.layers[0].W, W - rate * np.outer(softmax(W @ x) - np.eye(C)[y], x))


def test_backprop_in_matrices(rng):
    """USC 3.2 "Backprop: Derivation", "The backpropagation algorithm", square loss, no biases, every layer with h.

    ∂F/∂a_L = 2 (h(a_L) − y) ∘ h'(a_L), below it (Wᵀ ∂F/∂a) ∘ h'(a), and ∂F/∂W_ℓ = ∂F/∂a_ℓ o_{ℓ−1}ᵀ. F sums over the
    outputs, `MeanSquaredError` takes their mean. W_ℓ must not be overwritten before the layer below has used it.
    """
    K, rate = 2, 0.2
    net = without_biases(network((4, 3, 3, K), rng, activation="tanh", output="tanh"))
    W1, W2, W3 = (layer.W.copy() for layer in net.layers[::2])
    o0, y = rng.normal(size=(4, 1)), rng.normal(size=(K, 1))
    o1 = np.tanh(a1 := W1 @ o0)
    o2 = np.tanh(a2 := W2 @ o1)
    o3 = np.tanh(a3 := W3 @ o2)
    g3 = 2 * (o3 - y) * tanh_derivative(a3)
    g2 = W3.T @ g3 * tanh_derivative(a2)
    g1 = W2.T @ g2 * tanh_derivative(a1)
    loss = MeanSquaredError()
    close(K * loss.value(net.forward(o0.T), y.T), np.sum((o3 - y) ** 2))
    records = backward(net, loss, o0.T, y.T)
    layers = zip(records, net.weights(), (g1, g2, g3), (o0, o1, o2), strict=True)
    for record, (W, dW), g, below in layers:
        close(K * record.delta, g.T)
        close(K * dW, g @ below.T)
        assert dW.shape == W.shape
    SGD(net.parameters, K * rate).step()
    close(net.layers[4].W, W3 - rate * g3 @ o2.T)
    close(net.layers[2].W, W2 - rate * g2 @ o1.T)
    too_early = (W3 - rate * g3 @ o2.T).T @ g3 * tanh_derivative(a2)
    assert not np.allclose(net.layers[2].W, W2 - rate * too_early @ o1.T, rtol=1e-3)


def test_mini_batch_is_unbiased(rng):
    """USC "Mini-batch": over all S of one size, the mean of (n/|S|) Σ_{j∈S} ∇F_j is ∇F = Σ_i ∇F_i.

    Slip: the slide has no ∇ and, for its sum F, no n. Its 1/|S| suits nnkit's losses, which are means: the batches
    of one epoch, if all of one size, average to the gradient of the mean.
    """
    n, size, loss = 6, 3, BinaryCrossEntropy()
    net = network((2, 3, 1), rng)
    X, y = rng.normal(size=(n, 2)), np.array([0, 1, 1, 0, 0, 1])

    def gradient(X, y):
        net.backward(loss.delta(net.forward(X), y))
        return net.parameters.gradient.copy()

    whole = sum(gradient(X[[i]], y[[i]]) for i in range(n))
    subsets = [list(S) for S in combinations(range(n), size)]
    of_sums = [n / size * sum(gradient(X[[j]], y[[j]]) for j in S) for S in subsets]
    close(np.mean(of_sums, axis=0), whole)
    close(np.mean([gradient(X[S], y[S]) for S in subsets], axis=0), whole / n)
    close(np.mean([gradient(*batch) for batch in Batches(X, y, size, rng=rng)], axis=0), whole / n)


def test_first_rounds_of_momentum(rng):
    """USC "Momentum": w₂ = w₁ − αη g₁ − η g₂ and w₃ = w₂ − α²η g₁ − αη g₂ − η g₃, for any gradients."""
    eta, alpha = 0.1, 0.8
    g1, g2, g3 = rng.normal(size=(3, 5))
    params = Parameters(rng.normal(size=5), np.zeros(5))
    w0, optimizer, visited = params.values.copy(), Momentum(params, eta, momentum=alpha), []
    for g in (g1, g2, g3):
        params.gradient[:] = g
        optimizer.step()
        visited.append(params.values.copy())
    w1 = w0 - eta * g1
    w2 = w1 - alpha * eta * g1 - eta * g2
    w3 = w2 - alpha**2 * eta * g1 - alpha * eta * g2 - eta * g3
    close(visited, [w1, w2, w3])


# AU


@pytest.mark.parametrize(("outputs", "parameters"), [(1, 3073), (3, 3 * 3073)])
def test_parameter_counts(rng, outputs, parameters):
    """AU "The Perceptron Algorithm": 3072 + 1, and "Multiclass Logistic Regression & Neural Network": 3 × that."""
    net = mlp((3072, outputs), rng=rng, dtype=np.float64)
    assert net.parameters.values.size == parameters


def test_cat_and_dog():
    """AU "Multiclass Logistic Regression", "Activation Function Selection": sigmoids can say both, softmax cannot."""
    z = np.array([[3.0, -3.0, 2.0]])  # cat, sheep, dog
    np.testing.assert_array_equal(sigmoid(z) > 0.5, [[True, False, True]])
    close(softmax(z), np.exp(z) / (e**3 + e**-3 + e**2))
    np.testing.assert_array_equal(softmax(z) > 0.5, [[True, False, False]])


def test_gradients_of_three_layers(rng):
    """AU "dL/dW3" to "dL/dW1" and "dL/db": (a₃ − y) a₂ᵀ, then w₃, g'(z₂), a₁ and w₂, g'(z₁), x multiplied on.

    Slip: the slides keep the order of a product of numbers, whose shapes do not fit. With columns they fit as
    (W₂ᵀ (W₃ᵀ (a₃ − y) ∘ g'(z₂)) ∘ g'(z₁)) xᵀ. A batch gives the mean over its examples. g = tanh, g₃ = σ.
    """
    n = 5
    net = network((4, 3, 2, 1), rng, activation="tanh")
    X, labels = rng.normal(size=(n, 4)), rng.integers(2, size=n)
    one, two, three = net.layers[::2]
    sums = [np.zeros_like(array) for layer in (one, two, three) for array in (layer.W, layer.b)]
    for x, y in zip(X[:, :, np.newaxis], labels, strict=True):
        a1 = np.tanh(z1 := one.W @ x + one.b[:, np.newaxis])
        a2 = np.tanh(z2 := two.W @ a1 + two.b[:, np.newaxis])
        a3 = sigmoid(three.W @ a2 + three.b[:, np.newaxis])
        error3 = a3 - y
        error2 = three.W.T @ error3 * (1 - np.tanh(z2) ** 2)
        error1 = two.W.T @ error2 * (1 - np.tanh(z1) ** 2)
        terms = [error1 @ x.T, error1[:, 0], error2 @ a1.T, error2[:, 0], error3 @ a2.T, error3[:, 0]]
        for total, term in zip(sums, terms, strict=True):
            total += term
    net.backward(BinaryCrossEntropy().delta(net.forward(X), labels))
    gradients = [array for layer in (one, two, three) for array in (layer.dW, layer.db)]
    for gradient, total in zip(gradients, sums, strict=True):
        close(gradient, total / n)


@pytest.mark.parametrize("L", [3, 30])
@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_powers_of_a_multiple_of_the_identity(factor, L):
    """AU "Vanishing Gradient", "Exploding Gradient": ŷ = W³W²W¹x with W = 0.5 I or 1.5 I is 0.5ᴸ x or 1.5ᴸ x.

    Exact: 2ᴸ divides and 3³⁰ · 3 fits into the 53 bits of a float64. The blame on its way back fares alike.
    """
    layers = [Dense(2, 2, rng=None, initializer=zeros, dtype=np.float64) for _ in range(L)]
    for layer in layers:
        layer.W[:] = factor * np.eye(2)
    net, x = Network(layers), np.array([[3.0, -2.0]])
    np.testing.assert_array_equal(net.forward(x), factor**L * x)
    np.testing.assert_array_equal(net.backward(x, need_input_grad=True), factor**L * x)


@pytest.mark.parametrize(("initializer", "gain"), [(lecun_normal, 1), (he_normal, 2)])
def test_deviation_of_initial_weights(rng, initializer, gain):
    """AU "Solution to Vanishing and Exploding Gradients": randn · √(1/n), for ReLU √(2/n), n inputs into the layer.

    From one seed the same weights as randn's, scaled. Of N = 100,000 weights the measured deviation is off by
    1/√(2N) = 0.2 % (one standard error) and the mean by 1/√N of a deviation: bounds at five of each.
    """
    n, shape = 250, (400, 250)
    W = initializer(shape, rng, np.float64)
    close(W, np.random.default_rng(0).standard_normal(shape) * sqrt(gain / n))
    assert abs(W.std() / sqrt(gain / n) - 1) < 5 / sqrt(2 * W.size)
    assert abs(W.mean()) < 5 * sqrt(gain / n / W.size)


def test_normalizing_inputs():
    """AU "Normalizing Input": z-score and min-max, per feature.

    Slip: min-max "divides by the maximum"; it is (x − min) / (max − min), else the smallest value is not 0.
    """
    X = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 10.0]])
    z = Standardizer().fit_transform(X)
    close(z[:, 0], [-sqrt(3 / 2), 0, sqrt(3 / 2)])
    close(z, (X - X.mean(axis=0)) / X.std(axis=0))
    close(MinMaxScaler().fit_transform(X), [[0, 0], [0.5, 0.25], [1, 1]])
