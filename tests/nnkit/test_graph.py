import gc
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit.gradcheck import gradient_report
from nnkit.graph import Value, all_nodes, describe, inner_nodes, layers, products

number = st.floats(-3, 3)
OPERATIONS = {
    "add": (lambda u, v: u + v, lambda u, v: u + v),
    "subtract": (lambda u, v: u - v, lambda u, v: u - v),
    "multiply": (lambda u, v: u * v, lambda u, v: u * v),
    "divide": (lambda u, v: u / (v * v + 1), lambda u, v: u / (v * v + 1)),
    "negate": (lambda u, _: -u, lambda u, _: -u),
    "power 2": (lambda u, _: u**2, lambda u, _: u**2),
    "power -1.5": (lambda u, _: (u * u + 1) ** -1.5, lambda u, _: (u * u + 1) ** -1.5),
    "exp": (lambda u, _: u.tanh().exp(), lambda u, _: math.exp(math.tanh(u))),
    "log": (lambda u, _: (u * u + 1).log(), lambda u, _: math.log(u * u + 1)),
    "tanh": (lambda u, _: u.tanh(), lambda u, _: math.tanh(u)),
    "sigmoid": (lambda u, _: u.sigmoid(), lambda u, _: 1 / (1 + math.exp(-u))),
    # Away from its corner, where no central difference could agree.
    "relu": (lambda u, _: (u * u + 0.1).relu(), lambda u, _: u * u + 0.1),
    "relu, off": (lambda u, _: (-0.1 - u * u).relu() + u, lambda u, _: u),
    "numbers": (lambda u, _: 2 - 3 * u + 1 / (1 + u * u) / 2, lambda u, _: 2 - 3 * u + 1 / (1 + u * u) / 2),
}


def slope(f, u):
    """f'(u) as the engine has it."""
    leaf = Value(u)
    f(leaf).backward()
    return leaf.grad


@pytest.mark.parametrize("name", OPERATIONS)
@given(u=number, v=number)
def test_each_operation(name, u, v):
    ours, plain = OPERATIONS[name]
    leaves = Value(u), Value(v)
    output = ours(*leaves)
    assert output.data == pytest.approx(plain(u, v), rel=1e-12, abs=1e-12)
    output.backward()
    # The second input is missing in some: its slope is then 0 on both sides.
    report = gradient_report(lambda x: plain(*x) + x.sum(), np.array([leaf.grad + 1 for leaf in leaves]), [u, v])
    assert report.error <= report.tolerance, str(report)


@given(data=st.data(), inputs=st.lists(number, min_size=2, max_size=4), steps=st.integers(1, 12))
def test_random_expressions(data, inputs, steps):
    """Each step combines any two earlier results, so nodes are used once, often, or never."""
    plan = []
    for step in range(steps):
        place = st.integers(0, len(inputs) + step - 1)
        plan.append((data.draw(st.sampled_from(sorted(OPERATIONS))), data.draw(place), data.draw(place)))

    def run(which, values):
        values = list(values)
        for name, i, j in plan:
            values.append(OPERATIONS[name][which](values[i], values[j]))
            # Bounded, or a chain of squares leaves the range where differences are accurate.
            values[-1] = values[-1].tanh() if which == 0 else math.tanh(values[-1])
        return values[-1]

    leaves = [Value(x) for x in inputs]
    output = run(0, leaves)
    assert output.data == pytest.approx(run(1, inputs), rel=1e-9, abs=1e-12)
    output.backward()
    claimed = np.array([leaf.grad for leaf in leaves])
    if output in leaves:
        return
    report = gradient_report(lambda x: run(1, x), claimed, inputs, tolerance=1e-4)
    assert report.error <= report.tolerance, str(report)


def test_whiteboard():
    """NEU "In-Class Backpropagation Example", with the loss's missing minus put in:

    ∂L/∂w¹₁₁ = (ŷ − y) w²₁₁ · a²₁ (1 − a²₁) · a¹₁
    """
    for y in (0, 1):
        a1 = [Value(0.6), Value(-1.2)]
        W1 = [[Value(0.3), Value(-0.8)], [Value(1.1), Value(0.4)]]
        W2 = [Value(0.9), Value(-0.5)]
        a2 = [(row[0] * a1[0] + row[1] * a1[1]).sigmoid() for row in W1]
        y_hat = (W2[0] * a2[0] + W2[1] * a2[1]).sigmoid()
        loss = -(y * y_hat.log() + (1 - y) * (1 - y_hat).log())
        loss.backward()
        a, error = a2[0].data, y_hat.data - y
        assert W1[0][0].grad == pytest.approx(error * W2[0].data * a * (1 - a) * a1[0].data, rel=1e-12)
        assert W2[0].grad == pytest.approx(error * a, rel=1e-12)


def test_simpler_example_for_review():
    """NEU: x → a₀ → a₁ → ŷ, ∂L/∂w₀ link by link (with a₁ = σ(w₁ a₀), as the drawing has it)."""
    x, y, w = 0.7, 1, [Value(0.5, "w0"), Value(-1.5, "w1"), Value(2.0, "w2")]
    a0 = (w[0] * x).sigmoid()
    a1 = (w[1] * a0).sigmoid()
    y_hat = (w[2] * a1).sigmoid()
    (-y_hat.log()).backward()
    chain = (y_hat.data - y) * w[2].data * a1.data * (1 - a1.data) * w[1].data * a0.data * (1 - a0.data) * x
    assert w[0].grad == pytest.approx(chain, rel=1e-12)


def test_gradients_of_many_paths_add_up():
    u = Value(3.0)
    v = u * u
    (v + v * u + u).backward()  # u² + u³ + u
    assert u.grad == 2 * 3 + 3 * 9 + 1
    assert v.grad == 1 + 3


def test_backward_twice_changes_nothing():
    u, w = Value(2.0), Value(-0.5)
    loss = (u * w + u).tanh()
    loss.backward()
    first = u.grad, w.grad
    loss.backward()
    assert (u.grad, w.grad) == first
    other = u * u  # a second graph over the same leaf replaces its gradient
    other.backward()
    assert u.grad == 4
    loss.backward()
    assert (u.grad, w.grad) == first


def test_a_hundred_thousand_nodes_deep():
    u = Value(1.0)
    node = u
    for _ in range(100_000):
        node = node + 0.5
    (2 * node).backward()
    assert node.data == 50_001
    assert u.grad == 2
    assert len(layers(node)) == 100_001


def test_topological_order():
    """Every node before its parents, each once, and no leaf."""
    rng = np.random.default_rng(0)
    nodes = [Value(0.1), Value(0.2)]
    for _ in range(200):
        i, j = rng.integers(len(nodes), size=2)
        nodes.append(nodes[i] * nodes[j] if rng.random() < 0.5 else nodes[i] - nodes[j])
    order = inner_nodes(nodes[-1])
    assert order[0] is nodes[-1]
    assert len(set(order)) == len(order)
    place = {node: i for i, node in enumerate(order)}
    for node in order:
        assert all(place[node] < place[parent] for parent in node.parents if parent.parents)
    every = all_nodes(nodes[-1])
    assert len(every) == len(set(every)) == len(order) + sum(not node.parents for node in every)
    place = {node: i for i, node in enumerate(every)}
    assert all(place[parent] < place[node] for node in every for parent in node.parents)


def test_memory_saves_products():
    u = Value(1.0)
    node = u
    for doublings in range(1, 12):
        node = node * node
        assert products(node) == (2 * doublings, 2 ** (doublings + 1) - 2)
    chain = u
    for _ in range(5):
        chain = chain.tanh()
    assert products(chain) == (5, 5)
    assert products(u) == (0, 0)


def test_layers_run_from_inputs_to_output():
    x, w, b = Value(1.0, "x"), Value(2.0, "w"), Value(3.0, "b")
    output = (w * x + b).tanh()
    columns = layers(output)
    assert [[node.name for node in column] for column in columns] == [["w", "x"], ["×", "b"], ["+"], ["tanh"]]
    assert layers(x) == [[x]]
    column = {node: i for i, nodes in enumerate(columns) for node in nodes}
    assert all(column[parent] < column[node] for node in column for parent in node.parents)


def test_description():
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    loss = w * x + 1
    loss.backward()
    assert describe(loss) == (
        "A computational graph. w is -3, gradient 2; x is 2, gradient -3; × from w and x is -6, gradient 1; "
        "number is 1, gradient 1; + from -6 and 1 is -5, gradient 1."
    )


def test_numbers_of_numpy_mix_in():
    w = Value(np.float32(2))
    assert type(w.data) is float
    for product in (np.float64(3) * w, w * np.float64(3), np.int64(3) * w):
        assert isinstance(product, Value)
        assert product.data == 6


@pytest.mark.parametrize("u", [-800.0, -40.0, 40.0, 800.0])
def test_saturated_units_stay_finite(u):
    node = Value(u)
    out = node.sigmoid()
    out.backward()
    assert out.data == pytest.approx(1.0 if u > 0 else math.exp(u))
    assert node.grad == pytest.approx(math.exp(-abs(u)), rel=1e-12)


@pytest.mark.parametrize(
    ("u", "n", "expected"), [(0.0, 2, 0.0), (0.0, 1, 1.0), (0.0, 0, 0.0), (-2.0, 3, 12.0), (-2.0, -1, -0.25)]
)
def test_slopes_of_powers_at_the_edge(u, n, expected):
    assert slope(lambda x: x**n, u) == expected


def test_relu_at_its_corner():
    assert slope(Value.relu, 0.0) == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Value("2"), TypeError, "expected a real number, got '2'"),
        (lambda: Value(1.0) + None, TypeError, "expected a real number, got None"),
        (lambda: Value(1j), TypeError, "expected a real number, got 1j"),
        (lambda: Value(0.0).log(), ValueError, "expected a positive number to take the log of, got 0"),
        (lambda: Value(float("nan")).log(), ValueError, "expected a positive number to take the log of, got nan"),
        (
            lambda: Value(-1.0) ** 0.5,
            ValueError,
            "expected a number where u^0.5 has a slope, such as u > 0, got u = -1",
        ),
        (lambda: Value(0.0) ** -1, ValueError, "expected a number where u^-1 has a slope, such as u > 0, got u = 0"),
        (
            lambda: Value(2.0, "u") ** Value(3.0, "v"),
            TypeError,
            "expected a plain number as exponent, got Value(3, 'v'); u ** v is (v * u.log()).exp()",
        ),
        (
            lambda: Value(1000.0).exp(),
            OverflowError,
            "expected an exponent of at most 709, the largest floats allow, got 1000",
        ),
        (lambda: 1 / Value(0.0), ZeroDivisionError, "float division by zero"),
    ],
)
def test_errors_name_what_was_received(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message


def test_no_reference_cycles():
    """A graph that is no longer needed goes at once, without the garbage collector."""
    gc.disable()
    try:
        before = sum(type(thing) is Value for thing in gc.get_objects())
        for _ in range(10):
            (Value(1.0) * Value(2.0)).tanh().backward()
        assert sum(type(thing) is Value for thing in gc.get_objects()) == before
    finally:
        gc.enable()
