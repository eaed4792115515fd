"""The deltas explorer's model: its gradient is right, its numbers are the whiteboard's."""

import json

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._deltas import HIDDEN, NAMES, PRESETS, REACH, DeltasModel, panels
from nnkit.gradcheck import gradient_report
from tests.nnkit.explore.test_widgets import press

ANY = np.array([0.7, -0.4, 1.3, 0.2, 0.3, -0.6, 1.5, -2.0, 0.4])


def model_at(values, **settings):
    model = DeltasModel(**settings)
    model.put(values)
    return model


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("y", [0, 1])
def test_the_gradient_agrees_with_central_differences(hidden, y):
    report = gradient_report(
        lambda values: model_at(values, y=y, hidden=hidden).loss, model_at(ANY, y=y, hidden=hidden).gradient, ANY
    )
    assert report.passed, report


def test_the_whiteboard_by_hand():
    """NEU "Backprop Ex": hidden outputs ¾ and ½, output ½, target 1; the hidden errors are −3/16 and 3/8."""
    model = DeltasModel()
    model.move("w¹₁₁", np.log(3))
    np.testing.assert_allclose(model.a1, [3 / 4, 1 / 2])
    np.testing.assert_allclose(model.delta1, [-3 / 16, 3 / 8])
    assert model.gradient[NAMES.index("w¹₁₁")] == pytest.approx(-3 / 16)


def test_the_answers_to_the_questions_below_the_explorer():
    still = DeltasModel()
    for name in ("w¹₂₁", "w¹₂₂", "b¹₂", "w²₁₁", "w²₁₂", "b²₁"):
        moved = DeltasModel()
        moved.move(name, moved.values[NAMES.index(name)] + 0.5)
        assert moved.a1[0] == still.a1[0]
        assert moved.delta1[0] != still.delta1[0]
    silent = model_at(ANY, hidden="ReLU")
    silent.move("b¹₁", -REACH)
    np.testing.assert_array_equal(silent.gradient == 0, [name in ("w¹₁₁", "w¹₁₂", "b¹₁", "w²₁₁") for name in NAMES])
    alike = DeltasModel("All alike", y=0)
    for _ in range(50):
        alike.step()
    np.testing.assert_allclose(alike.values[:2], alike.values[2:4])
    assert alike.loss < DeltasModel("All alike", y=0).loss


def test_saturated_neurons_pass_hardly_anything_down():
    assert np.abs(DeltasModel("Saturated").delta1).max() < 0.01


@pytest.mark.parametrize(
    "call",
    [
        lambda model: model.choose("step"),
        lambda model: model.aim(2),
        lambda model: model.move("w", 1.0),
    ],
)
def test_bad_settings_are_refused(call):
    with pytest.raises(ValueError, match="expected"):
        call(DeltasModel())


def test_every_node_and_line_has_its_number_and_each_weight_is_a_knob():
    up, down = panels(model_at(ANY))
    (knobs,) = [mark for mark in up["marks"] if mark["kind"] == "knobs"]
    assert knobs["words"] == ["0.70", "−0.40", "1.30", "0.20", "b 0.30", "b −0.60", "1.50", "−2.00", "b 0.40"]
    assert knobs["drag"] == list(NAMES)
    np.testing.assert_array_equal(knobs["turn"]["values"], ANY)
    assert not any(mark["kind"] == "knobs" for mark in down["marks"])
    for panel in (up, down):
        assert sum(mark["kind"] == "line" for mark in panel["marks"]) == 6
        nodes = next(mark for mark in panel["marks"] if mark["kind"] == "points")
        assert len(marks.numbers(nodes)) == 5
    dashed = [mark["dashed"] for mark in up["marks"] if mark["kind"] == "line"]
    assert dashed == [False, True, False, False, False, True]  # the negative weights


def test_each_knob_lies_on_its_line():
    up, _ = panels(model_at(ANY))
    (knobs,) = [mark for mark in up["marks"] if mark["kind"] == "knobs"]
    lines = [marks.numbers(mark) for mark in up["marks"] if mark["kind"] == "line"]
    weights = [k for k, name in enumerate(NAMES) if name[0] == "w"]
    for (start, end), place in zip(lines, marks.numbers(knobs)[weights], strict=True):
        (x, y), (u, v) = end - start, place - start
        assert abs(x * v - y * u) < 1e-6


def test_the_picture_is_plain_data():
    for panel in panels(model_at(ANY)):
        assert json.loads(json.dumps(panel, default=bytes.hex))["title"] == panel["title"]


def test_knobs_are_turned_and_follow_presets_and_steps():
    widget = explore.deltas()

    def value(name):
        (knobs,) = [mark for mark in widget.canvas.panels[0]["marks"] if mark["kind"] == "knobs"]
        return knobs["turn"]["values"][NAMES.index(name)]

    press(widget, "Saturated")
    assert [value(name) for name in NAMES] == list(PRESETS["Saturated"])
    before = widget.canvas.summary
    press(widget, "Step downhill")
    assert value("b²₁") != 0
    assert widget.canvas.summary != before
    widget.canvas.moved = [0, NAMES.index("w²₁₁"), 0.0, 0, 1]
    assert value("w²₁₁") == 0
    assert "of the hidden neurons 0.00" in widget.canvas.summary
