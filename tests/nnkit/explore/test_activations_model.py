"""The activations explorer's model: slopes through a row of neurons are those of the nested function."""

import numpy as np
import pytest

from nnkit import activations as functions
from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._activations import ACTIVATIONS, ActivationsModel, panels
from nnkit.gradcheck import numerical_gradient

AWAY_FROM_CORNERS = np.array([-2.3, -0.7, 0.4, 1.9])


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("neurons", [1, 2, 5])
def test_the_slope_of_a_row_is_the_slope_of_the_nested_function(name, neurons):
    model = ActivationsModel(name, neurons=neurons)

    def nested(z):
        for _ in range(neurons):
            z = model.g(z)
        return float(z)

    measured = [numerical_gradient(nested, z) for z in AWAY_FROM_CORNERS]
    np.testing.assert_allclose(model.chain_slope(AWAY_FROM_CORNERS), measured, atol=1e-8)


def test_the_answers_to_the_question_below_the_explorer():
    def through(name, z, neurons):
        return float(ActivationsModel(name, z, neurons).chain_slope(np.float64(z)))

    assert {name for name in ACTIVATIONS if through(name, 3.0, 10) > 0.5} == {"ReLU", "leaky ReLU", "softplus"}
    assert {name for name in ACTIVATIONS if through(name, -1.0, 1) == 0} == {"ReLU", "step"}


def test_sigmoids_in_a_row_lose_nearly_everything():
    model = ActivationsModel("sigmoid", 0.0, 10)
    assert 0 < model.chain_slope(np.float64(0)) < 0.25**9
    assert "Through 10 neurons in a row a small change of the score comes out" in model.summary


def test_the_picture_shows_the_tangent_and_both_slopes():
    model = ActivationsModel("tanh", 1.0, 4)
    curve, slopes = panels(model)
    tangent = marks.numbers(curve["marks"][1])
    rise, run = np.diff(tangent, axis=0)[0][::-1]
    assert rise / run == pytest.approx(1 - np.tanh(1) ** 2, rel=1e-5)
    points = marks.numbers(slopes["marks"][-1])
    np.testing.assert_allclose(points[:, 1], [model.slope(1.0), model.chain_slope(np.float64(1))], rtol=1e-5)


def test_the_step_is_drawn_with_a_gap():
    curve, _ = panels(ActivationsModel("step"))
    assert np.isnan(marks.numbers(curve["marks"][2])).any()


@pytest.mark.parametrize(
    ("move", "value", "message"),
    [
        ("choose", "cube", "expected one of step, sigmoid"),
        ("place", 6.1, "expected a score between −6 and 6, got 6.1"),
        ("place", float("nan"), "expected a score between −6 and 6"),
        ("chain", 0, "expected 1 to 10 neurons, got 0"),
        ("chain", 11, "expected 1 to 10 neurons, got 11"),
    ],
)
def test_impossible_settings_are_refused(move, value, message):
    with pytest.raises(ValueError, match=message):
        getattr(ActivationsModel(), move)(value)


def test_the_view_follows_its_controls():
    widget = explore.activations()
    which, sliders = widget.children[1].children[0], widget.children[2].children
    before = widget.canvas.panels
    which.value = "ReLU"
    assert widget.canvas.summary.startswith("ReLU at z = 1: output 1, slope 1.")
    sliders[0].value = -2.0
    assert "output 0, slope 0." in widget.canvas.summary
    sliders[1].value = 1
    assert "Through 1 neuron a small change" in widget.canvas.summary
    assert widget.canvas.panels != before


def swish(z):
    out = z.copy()  # an array, and nothing else
    out[:] = z * functions.sigmoid(z)
    return out


def swish_slope(z):
    s = functions.sigmoid(z)
    return s + z * s * (1 - s)


def test_an_own_activation_is_shown_as_ours_are():
    model = ActivationsModel("swish", own={"swish": (swish, swish_slope)})
    step = 1e-6
    two = [float(model.g(model.g(np.float64(model.z + sign * step)))) for sign in (1, -1)]
    model.chain(2)
    assert model.chain_slope(np.float64(model.z)) == pytest.approx((two[0] - two[1]) / (2 * step), rel=1e-5)
    curve, _ = panels(model)
    assert curve["y"]["high"] == 6  # it rises that high
    assert explore.activations(own={"swish": (swish, swish_slope)}).canvas.summary.startswith("swish at z = 1")


@pytest.mark.parametrize("pair", [swish, (swish,), (swish, 1.0), (swish, lambda z: 1.0)])
def test_what_is_no_activation_with_its_derivative_is_refused(pair):
    with pytest.raises(ValueError, match=r"expected .*swish to "):
        ActivationsModel(own={"swish": pair})
