"""The bumps explorer's model: it is a network with one hidden layer, and it follows its curve."""

import numpy as np
import pytest

from nnkit import explore
from nnkit.activations import sigmoid
from nnkit.explore import marks
from nnkit.explore._bumps import CURVES, PRESETS, BumpsModel, panels

X = np.linspace(0, 1, 57)


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("pairs", [1, 4, 30])
def test_it_is_a_network_with_one_hidden_layer(curve, pairs):
    model = BumpsModel(curve, pairs, 40.0)
    left, right = model.steps_at[:-1], model.steps_at[1:]
    W1, b1 = np.full((2 * pairs, 1), 40.0), -40.0 * np.concatenate([left, right])
    W2 = np.concatenate([model.heights, -model.heights])
    np.testing.assert_allclose(model.network(X), sigmoid(X[:, None] @ W1.T + b1) @ W2, atol=1e-12)
    np.testing.assert_allclose(model.bumps(X).sum(axis=1), model.network(X))


def test_more_bumps_follow_a_continuous_curve_more_closely():
    errors = [BumpsModel("Wave", pairs, 300.0).errors.max() for pairs in (3, 6, 12, 24)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.06


def test_the_answers_to_the_question_below_the_explorer():
    worst = np.array([BumpsModel("Wave", pairs, 1000.0).errors.max() for pairs in range(1, 31)])
    assert np.argmax(worst < 0.1) + 1 == 13
    steeper = [BumpsModel("Hill", 3, s).errors.max() for s in (30.0, 100.0)]
    assert steeper[0] < steeper[1]
    for s in (10.0, 100.0, 1000.0):
        for pairs in (5, 10, 30):
            assert BumpsModel("Jump", pairs, s).errors.max() > 0.25


def test_too_soft_bumps_smear():
    pairs, exponent = PRESETS["Smeared"]
    assert BumpsModel("Wave", pairs, 10**exponent).errors.max() > BumpsModel("Wave", pairs, 500.0).errors.max()


def test_a_dragged_height_stays_inside_the_picture_until_the_next_split():
    model = BumpsModel("Wave", 4, 200.0)
    model.move(2, 0.9, 7.0)
    assert model.heights[2] == 1.25
    assert model.network(model.middles[2:3])[0] == pytest.approx(1.25, abs=1e-3)
    model.split(4)
    np.testing.assert_allclose(model.heights, model.f(model.middles))


def test_the_picture_has_a_handle_per_bump_and_a_line_per_bump():
    answer, parts = panels(BumpsModel("Hill", 7, 100.0))
    handles = next(mark for mark in answer["marks"] if mark.get("drag"))
    assert handles["drag"][0] == "Height of bump 1"
    assert len(marks.numbers(handles)) == 7
    assert len(parts["marks"]) == 1 + 7


@pytest.mark.parametrize(
    ("move", "value", "message"),
    [
        ("follow", "Cliff", "expected one of Wave, Hill, Jump"),
        ("split", 0, "expected 1 to 30 bumps, got 0"),
        ("split", 31, "expected 1 to 30 bumps, got 31"),
        ("sharpen", 0.0, "expected steepness to be a positive number"),
        ("sharpen", float("inf"), "expected steepness to be a positive number"),
    ],
)
def test_impossible_settings_are_refused(move, value, message):
    with pytest.raises(ValueError, match=message):
        getattr(BumpsModel(), move)(value)


def test_the_view_follows_sliders_presets_and_drags():
    widget = explore.bumps()
    which, sliders, presets = (row.children for row in widget.children[1:4])
    assert widget.canvas.summary.startswith("6 bumps from 12 hidden neurons, steepness 100:")
    sliders[0].value = 1
    assert widget.canvas.summary.startswith("1 bump from 2 hidden neurons")
    sliders[1].value = 10.0
    assert "steepness 10:" in widget.canvas.summary
    widget.canvas.moved = [0, 0, 0.5, 1.0, 1]
    dragged = widget.canvas.summary
    which[0].value = "Hill"
    assert widget.canvas.summary != dragged
    boxes = next(button for button in presets if button.description == "Boxes")
    boxes.click()
    assert widget.canvas.summary.startswith("10 bumps from 20 hidden neurons, steepness 501:")
    before = widget.canvas.panels
    widget.canvas.moved = [0, 3, 0.5, -0.1, 2]
    assert widget.canvas.panels != before
    boxes.click()
    np.testing.assert_array_equal(
        marks.numbers(widget.canvas.panels[0]["marks"][2]), marks.numbers(before[0]["marks"][2])
    )


def test_an_own_curve_is_followed_as_ours_are():
    model = BumpsModel("mine", own={"mine": lambda x: x**2})
    np.testing.assert_allclose(model.heights, model.middles**2)
    model.follow("Wave")
    assert explore.bumps(own={"mine": lambda x: x**2}).canvas.panels[0]["alt"].startswith("The curve mine")


@pytest.mark.parametrize(
    ("f", "received"), [(lambda x: 1.0, r"shape \(\)"), (lambda x: np.full_like(x, np.nan), "others")]
)
def test_a_curve_with_other_values_is_refused(f, received):
    with pytest.raises(ValueError, match=rf"expected the curve mine to return one finite number .* got {received}"):
        BumpsModel(own={"mine": f})
