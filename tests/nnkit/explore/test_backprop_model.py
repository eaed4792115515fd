"""The model behind `explore.backprop`, its picture as data, and the view without a browser."""

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._backprop import EXAMPLES, BackpropModel, panels
from nnkit.gradcheck import numerical_gradient
from nnkit.graph import Value
from nnkit.palette import BLUE, RUST


def words(model, color):
    """All texts of one color in the picture of the graph."""
    graph = panels(model)[0]
    return [
        word for mark in graph["marks"] if mark["kind"] == "text" and mark["color"] == color for word in mark["words"]
    ]


def test_fan_out_by_hand():
    """L = x² (3x + 1) at x = 2: values 6, 7, 4, 28; the shares 28 and 12 add up to 40."""
    model = BackpropModel("Fan-out", 2.0)
    assert model.steps == 9
    assert sorted(node.data for node in model.forward) == [4, 6, 7, 28]
    model.go(model.steps)
    assert model.grads[model.input] == 40
    assert {"∂ 28", "∂ 12", "∂ 40"} <= set(words(model, RUST))
    assert model.summary.endswith("All is known: ∂L/∂x = 40.")


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("x", [-1.5, 0.35, 2.0])
def test_the_last_step_has_the_measured_slope(example, x):
    model = BackpropModel(example, x)
    model.go(model.steps)
    measured = numerical_gradient(lambda x: model.formula(Value(float(x))).data, x)
    assert model.grads[model.input] == pytest.approx(float(measured), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("example", EXAMPLES)
def test_one_node_has_its_turn_per_step_and_only_when_it_is_complete(example):
    model = BackpropModel(example, 0.5)
    turns = []
    for step in range(1, model.steps + 1):
        model.go(step)
        turns.append(model.active)
        if model.swept:  # nothing arrives at a node after its turn
            at_its_turn = model.grads[model.active]
            model.go(model.steps)
            assert model.grads[model.swept[step - len(model.forward) - 2]] == at_its_turn
    assert turns == [*model.forward, model.output, *model.forward[::-1]]


def test_values_appear_forward_and_gradients_backward():
    model = BackpropModel("One path", 2.0)
    assert "only the inputs are known" in model.summary
    assert "6" not in words(model, BLUE)
    assert words(model, RUST) == []
    model.go(1)
    assert "× makes 6 of 2 and 3. To remember: slope 3 and 2." in model.summary
    assert "6" in words(model, BLUE)
    model.go(4)
    assert "the base case" in model.summary
    assert words(model, RUST) == ["∂ 1"]
    model.go(5)
    assert "passes on 1 · 14 = 14" in model.summary


def test_the_tangent_appears_when_the_slope_is_known():
    model = BackpropModel("Fan-out", 1.0)
    assert [mark["kind"] for mark in panels(model)[1]["marks"]] == ["line", "points"]
    model.go(model.steps)
    tangent = marks.numbers(panels(model)[1]["marks"][1])
    slope = np.diff(tangent[:, 1]) / np.diff(tangent[:, 0])
    assert slope == pytest.approx(11)  # 9x² + 2x at x = 1
    assert "its tangent has slope 11" in panels(model)[1]["alt"]


def test_the_alt_text_tells_what_is_known_so_far():
    model = BackpropModel("One path", 2.0)
    assert "× is not known yet" in panels(model)[0]["alt"]
    model.go(model.steps)
    assert "not known" not in panels(model)[0]["alt"]
    assert "x is 2, gradient so far 42" in panels(model)[0]["alt"]


def test_the_graph_has_no_axes_and_the_curve_has():
    assert [panel["bare"] for panel in panels(BackpropModel())] == [True, False]


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_number_leaves_the_picture(example):
    model = BackpropModel(example, 2.0)
    model.go(model.steps)
    graph = panels(model)[0]
    for mark in graph["marks"]:
        x, y = marks.numbers(mark).T
        assert (graph["x"]["low"] < x).all()
        assert (x < graph["x"]["high"]).all()
        assert (graph["y"]["low"] < y).all()
        assert (y < graph["y"]["high"]).all()


@pytest.mark.parametrize(
    ("move", "value", "message"),
    [
        ("load", "Nothing", "expected one of One path"),
        ("move", 3.0, "expected an input from -2.5 to 2.5, got 3"),
        ("move", float("nan"), "expected an input"),
        ("go", -1, "expected a step from 0 to 9, got -1"),
        ("go", 10, "expected a step from 0 to 9, got 10"),
    ],
)
def test_impossible_settings_are_refused(move, value, message):
    with pytest.raises(ValueError, match=message):
        getattr(BackpropModel(), move)(value)


def test_the_view_follows_buttons_sliders_and_examples():
    widget = explore.backprop()
    which, sliders, buttons = (row.children for row in widget.children[1:4])
    back, step, end = buttons
    assert widget.canvas.summary.startswith("Step 0 of 9")
    back.click()
    assert widget.canvas.summary.startswith("Step 0 of 9")
    step.click()
    assert widget.canvas.summary.startswith("Step 1 of 9, forward")
    end.click()
    end.click()
    assert "∂L/∂x = 40" in widget.canvas.summary
    sliders[0].value = 1.0
    assert "∂L/∂x = 11" in widget.canvas.summary
    back.click()
    assert widget.canvas.summary.startswith("Step 8 of 9, backward")
    which[0].value = "Shared weight"
    assert widget.canvas.summary.startswith("Step 0 of 11")
    end.click()
    which[0].value = "One path"
    assert widget.canvas.summary.startswith("Step 0 of 7")
    assert sliders[1].children[1].max == 7  # beside it stands what plays it


def test_an_own_formula_is_stepped_through_as_ours_are():
    model = BackpropModel("mine", 0.5, own={"mine": lambda x: (x * x).tanh() + x})
    model.go(model.steps)
    measured = numerical_gradient(lambda x: np.tanh(x * x) + x, 0.5)
    assert model.grads[model.input] == pytest.approx(float(measured), rel=1e-6)
    widget = explore.backprop(own={"mine": lambda x: x**2})
    assert widget.canvas.summary.startswith("Step 0 of 3")


@pytest.mark.parametrize(
    "formula", [lambda x: 3.0, lambda x: Value(3.0), lambda x: x, lambda x: Value(x.data) ** 2, lambda x: x * np.inf]
)
def test_a_formula_that_makes_no_graph_of_its_input_is_refused(formula):
    with pytest.raises(ValueError, match="expected mine to"):
        explore.backprop(own={"mine": formula})
