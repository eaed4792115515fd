import numpy as np
import pytest

from nnkit import _fast
from nnkit.network import Parameters
from nnkit.optimizers import OPTIMIZERS, SGD, Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
from nnkit.schedules import InverseTime

SIZE = 30


def parameters(dtype=np.float64, size=SIZE):
    values = np.random.default_rng(0).normal(size=size).astype(dtype)
    return Parameters(values, np.zeros_like(values))


def gradients(size=SIZE):
    """Fifty gradients that do not depend on w, of very different sizes."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(50, size)) * 10.0 ** rng.uniform(-3, 1, size=size)


def sgd(w, g, t, state, eta):
    return w - eta * g


def momentum(w, g, t, state, eta, mu=0.9):
    state["v"] = mu * state.get("v", 0) + g
    return w - eta * state["v"]


def nesterov(w, g, t, state, eta, mu=0.9):
    state["v"] = mu * state.get("v", 0) + g
    return w - eta * (g + mu * state["v"])


def adagrad(w, g, t, state, eta, eps=1e-10):
    state["s"] = state.get("s", 0) + g**2
    return w - eta * g / (np.sqrt(state["s"]) + eps)


def rmsprop(w, g, t, state, eta, rho=0.99, eps=1e-8):
    state["s"] = rho * state.get("s", 0) + (1 - rho) * g**2
    return w - eta * g / (np.sqrt(state["s"]) + eps)


def adam(w, g, t, state, eta, b1=0.9, b2=0.999, eps=1e-8):
    state["m"] = b1 * state.get("m", 0) + (1 - b1) * g
    state["v"] = b2 * state.get("v", 0) + (1 - b2) * g**2
    m_hat, v_hat = state["m"] / (1 - b1**t), state["v"] / (1 - b2**t)
    return w - eta * m_hat / (np.sqrt(v_hat) + eps)


def adamw(w, g, t, state, eta, decay=0.01):
    return adam(w - eta * decay * w, g, t, state, eta)


PUBLISHED = [  # every optimizer has a function above, of its name in small letters
    (method, globals()[name.lower()]) for name, method in OPTIMIZERS.items()
]


@pytest.mark.parametrize(("method", "formula"), PUBLISHED)
@pytest.mark.parametrize("rate", [0.01, InverseTime(0.05, 0.1)], ids=["number", "schedule"])
@pytest.mark.parametrize("large", [1, 32768], ids=["fast", "page"])
def test_fifty_steps_of_the_published_formula(method, formula, rate, large, monkeypatch):
    monkeypatch.setattr(_fast, "LARGE", large)
    params = parameters()
    optimizer, w, state = method(params, rate), params.values.copy(), {}
    for t, g in enumerate(gradients(), start=1):
        params.gradient[:] = g
        optimizer.step()
        w = formula(w, g, t, state, rate if isinstance(rate, float) else rate(t - 1))
        np.testing.assert_allclose(params.values, w, rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(params.gradient, g)


@pytest.mark.parametrize(("method", "formula"), PUBLISHED)
def test_float32_stays_and_stays_close(method, formula):
    params = parameters(np.float32)
    optimizer, w, state = method(params, np.float64(0.01)), params.values.astype(float), {}
    for t, g in enumerate(gradients().astype(np.float32), start=1):
        params.gradient[:] = g
        optimizer.step()
        w = formula(w, g.astype(float), t, state, 0.01)
    assert params.values.dtype == np.float32
    assert all(memory.dtype == np.float32 for memory in optimizer.memory)
    np.testing.assert_allclose(params.values, w, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", OPTIMIZERS.values())
def test_a_schedule_may_give_each_parameter_its_own_rate(method):
    rates = np.geomspace(1e-3, 0.1, SIZE)
    together, alone = parameters(), [parameters() for _ in range(3)]
    optimizers = [method(together, lambda step: rates), *(method(p, float(rates[7 * i])) for i, p in enumerate(alone))]
    for g in gradients():
        for optimizer in optimizers:
            optimizer.params.gradient[:] = g
            optimizer.step()
    for i, params in enumerate(alone):
        assert together.values[7 * i] == pytest.approx(params.values[7 * i], rel=1e-12)


BOWL = np.array([1.0, 10.0])


@pytest.mark.parametrize(
    ("method", "rate"),
    [(method, {Adagrad: 0.5, RMSProp: 0.01}.get(method, 0.03)) for method in OPTIMIZERS.values()],
)
@pytest.mark.parametrize(
    ("gradient", "start", "minimum"),
    [
        (lambda w: BOWL * w, [1.0, -1.0], [0, 0]),
        # Rosenbrock's valley with slope 5: (1 − x)² + 5 (y − x²)²
        (
            lambda w: np.array([2 * (w[0] - 1) - 20 * w[0] * (w[1] - w[0] ** 2), 10 * (w[1] - w[0] ** 2)]),
            [-0.5, 0.5],
            [1, 1],
        ),
    ],
    ids=["bowl", "valley"],
)
def test_every_optimizer_finds_the_same_two_minima(method, rate, gradient, start, minimum):
    params = Parameters(np.array(start), np.zeros(2))
    optimizer = method(params, InverseTime(rate, 0.001), **({"weight_decay": 1e-4} if method is AdamW else {}))
    for _ in range(5000):
        params.gradient[:] = gradient(params.values)
        optimizer.step()
    np.testing.assert_allclose(params.values, minimum, atol=0.02)


@pytest.mark.parametrize("method", [SGD, Momentum, Nesterov])
def test_no_momentum_is_plain_descent(method):
    params = parameters()
    before = params.values.copy()
    optimizer = SGD(params, 0.1) if method is SGD else method(params, 0.1, momentum=0)
    for _ in range(3):
        params.gradient[:] = 1
        optimizer.step()
    np.testing.assert_allclose(params.values, before - 0.3)


def test_momentum_unrolled():
    """Equal gradients: the velocity approaches g / (1 − μ)."""
    params = Parameters(np.zeros(1), np.ones(1))
    optimizer = Momentum(params, 1.0, momentum=0.5)
    path = []
    for _ in range(4):
        optimizer.step()
        path.append(params.values[0])
    assert path == [-1, -2.5, -4.25, -6.125]


def test_the_first_step_of_adam_has_the_length_of_the_rate():
    params = Parameters(np.zeros(3), np.array([1e-3, -5.0, 1e4]))
    Adam(params, 0.1).step()
    np.testing.assert_allclose(params.values, [-0.1, 0.1, -0.1], rtol=1e-4)


@pytest.mark.parametrize(
    ("method", "length"),
    [(Adagrad, 0.01), (RMSProp, 0.01 / np.sqrt(1 - 0.99)), (Adam, 0.001), (AdamW, 0.001)],
)
def test_the_first_step_with_all_settings_as_they_stand(method, length):
    params = Parameters(np.zeros(1), np.ones(1))
    method(params).step()
    assert params.values[0] == pytest.approx(-length, rel=1e-6)


@pytest.mark.parametrize(
    ("method", "rate", "epsilon"), [(Adagrad, 0.01, 1e-10), (RMSProp, 0.01, 1e-8), (Adam, 0.001, 1e-8)]
)
def test_epsilon_as_it_stands_is_what_divides_a_vanishing_gradient(method, rate, epsilon):
    """A gradient g far below ε makes a step of η · (share of g) / ε; only the size of ε is asked for."""
    params = Parameters(np.zeros(1), np.full(1, 1e-20))
    method(params).step()
    assert params.values[0] == pytest.approx(-rate * 1e-20 / epsilon, rel=1e-6)


def test_decoupled_decay_does_not_look_at_the_gradient():
    params = Parameters(np.ones(2), np.zeros(2))
    AdamW(params, 0.1, weight_decay=0.5).step()
    assert params.values.tolist() == [0.95, 0.95]


P = parameters()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SGD(P, -0.1), "expected learning_rate to be a positive number or a schedule, got -0.1"),
        (lambda: SGD(P, np.nan), "expected learning_rate to be a positive number or a schedule, got nan"),
        (lambda: Adam(P, "0.1"), "expected learning_rate to be a positive number or a schedule, got '0.1'"),
        (lambda: Momentum(P, 0.1, momentum=1), "expected momentum in [0, 1), got 1"),
        (lambda: Nesterov(P, 0.1, momentum=-0.5), "expected momentum in [0, 1), got -0.5"),
        (lambda: RMSProp(P, decay=1.5), "expected decay in [0, 1), got 1.5"),
        (lambda: RMSProp(P, epsilon=0), "expected epsilon to be a positive number, got 0"),
        (lambda: Adagrad(P, epsilon=-1), "expected epsilon to be a positive number, got -1"),
        (lambda: Adam(P, beta1=1), "expected beta1 in [0, 1), got 1"),
        (lambda: Adam(P, beta2=-1), "expected beta2 in [0, 1), got -1"),
        (lambda: AdamW(P, weight_decay=-0.1), "expected weight_decay to be 0 or a positive number, got -0.1"),
        (
            lambda: SGD(Parameters(np.ones((2, 2)), np.ones((2, 2))), 0.1),
            "expected a flat vector of floats, got shape (2, 2), dtype float64",
        ),
        (
            lambda: SGD(Parameters(np.ones(2, int), np.ones(2, int)), 0.1),
            "expected a flat vector of floats, got shape (2,), dtype int64",
        ),
        (
            lambda: SGD(Parameters(np.ones(2), np.ones(2, np.float32)), 0.1),
            "expected a gradient like the values, (2,), float64, got (2,), float32",
        ),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert str(caught.value) == message


def test_an_unwritten_method_makes_no_step():
    with pytest.raises(NotImplementedError):
        Optimizer(P, 0.1).step()
