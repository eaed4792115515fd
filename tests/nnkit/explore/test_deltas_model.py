"""The deltas explorer's model: its gradient is right, its numbers are the whiteboard's."""

import json

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._deltas import HIDDEN, PRESETS, REACH, DeltasModel, panels
from nnkit.gradcheck import gradient_report
from nnkit.layers import Dense
from nnkit.network import Network, mlp
from tests.nnkit.explore.test_widgets import press

ANY = np.array([0.7, -0.4, 1.3, 0.2, 0.3, -0.6, 1.5, -2.0, 0.4])


NAMES = ("w¹₁₁", "w¹₁₂", "w¹₂₁", "w¹₂₂", "b¹₁", "b¹₂", "w²₁₁", "w²₁₂", "b²₁")


def model_at(values, *, y=1, hidden="sigmoid"):
    model = DeltasModel(y=y)
    model.choose(hidden)
    model.put(values)
    return model


def own_network(sizes=(3, 3, 2, 1), **settings):
    return mlp(sizes, rng=np.random.default_rng(3), **settings)


def knobs_of(panel):
    (knobs,) = [mark for mark in panel["marks"] if mark["kind"] == "knobs"]
    return knobs


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
    np.testing.assert_allclose(model.a, [[3 / 4, 1 / 2]])
    np.testing.assert_allclose(model.delta[0], [-3 / 16, 3 / 8])
    assert model.gradient[NAMES.index("w¹₁₁")] == pytest.approx(-3 / 16)


def test_the_answers_to_the_questions_below_the_explorer():
    still = DeltasModel()
    for name in ("w¹₂₁", "w¹₂₂", "b¹₂", "w²₁₁", "w²₁₂", "b²₁"):
        moved = DeltasModel()
        moved.move(name, moved.values[NAMES.index(name)] + 0.5)
        assert moved.a[0][0] == still.a[0][0]
        assert moved.delta[0][0] != still.delta[0][0]
    silent = model_at(ANY, hidden="ReLU")
    silent.move("b¹₁", -REACH)
    np.testing.assert_array_equal(silent.gradient == 0, [name in ("w¹₁₁", "w¹₁₂", "b¹₁", "w²₁₁") for name in NAMES])
    alike = model_at(PRESETS["All alike"], y=0)
    before = alike.loss
    for _ in range(50):
        alike.step()
    np.testing.assert_allclose(alike.values[:2], alike.values[2:4])
    assert alike.loss < before


def test_saturated_neurons_pass_hardly_anything_down():
    assert np.abs(model_at(PRESETS["Saturated"]).delta[0]).max() < 0.01


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
    knobs = knobs_of(up)
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
    knobs = knobs_of(up)
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
        return knobs_of(widget.canvas.panels[0])["turn"]["values"][NAMES.index(name)]

    press(widget, "Saturated")
    assert [value(name) for name in NAMES] == list(PRESETS["Saturated"])
    before = widget.canvas.summary
    press(widget, "Step downhill")
    assert value("b²₁") != 0
    assert widget.canvas.summary != before
    widget.canvas.moved = [0, NAMES.index("w²₁₁"), 0.0, 0, 1]
    assert value("w²₁₁") == 0
    assert "of the hidden neurons 0.00" in widget.canvas.summary


def test_an_own_network_is_drawn_whole_and_left_alone():
    net = own_network(activation="tanh")
    before = net.parameters.values.copy()
    widget = explore.deltas(net, x=(1.0, -1.0, 0.5))
    up, down = widget.canvas.panels
    assert len(knobs_of(up)["drag"]) == before.size == 3 * 3 + 3 + 3 * 2 + 2 + 2 + 1
    np.testing.assert_allclose(knobs_of(up)["turn"]["values"], before)
    nodes = next(mark for mark in down["marks"] if mark["kind"] == "points")
    assert len(marks.numbers(nodes)) == 3 + 3 + 2 + 1
    press(widget, "Step downhill")
    assert not np.allclose(knobs_of(widget.canvas.panels[0])["turn"]["values"], before)
    press(widget, "As given")
    np.testing.assert_allclose(knobs_of(widget.canvas.panels[0])["turn"]["values"], before)
    np.testing.assert_array_equal(net.parameters.values, before)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 1), (3, 3, 3, 1)])
def test_the_gradient_of_an_own_network_agrees_with_central_differences(sizes):
    x = np.linspace(-1, 1.5, sizes[0])
    model = DeltasModel(own_network(sizes, activation="tanh"), x, y=0)

    def loss(values):
        model.put(values)
        return model.loss

    at = model.values.copy()
    report = gradient_report(loss, model.gradient.copy(), at)
    assert report.passed, report


def test_no_two_knobs_of_an_own_network_hide_each_other():
    up, _ = panels(DeltasModel(own_network((3, 3, 3, 1))))
    width, height = up["size"]
    places = marks.numbers(knobs_of(up)) * (
        width / (up["x"]["high"] - up["x"]["low"]),
        (height - 30) / (up["y"]["high"] - up["y"]["low"]),  # its title stands above
    )
    apart = np.abs(places[:, np.newaxis] - places)
    box = (52, 20)  # of a knob, in pixels
    hidden = (apart < box).all(axis=2) & ~np.eye(len(places), dtype=bool)
    assert not hidden.any()


def test_large_weights_of_an_own_network_stay_what_they_are():
    net = own_network((2, 2, 1))
    net.layers[0].W[0, 0] = 19.5
    model = DeltasModel(net)
    assert model.values[0] == 19.5
    assert knobs_of(panels(model)[0])["turn"]["high"] == 20


@pytest.mark.parametrize(
    ("net", "x", "message"),
    [
        ("net", None, "expected a network of nnkit"),
        (own_network((2, 4, 1)), None, "at most 3 units"),
        (own_network((2, 3, 2)), None, "one output"),
        (own_network((2, 2, 2, 2, 1)), None, "1 to 2 hidden"),
        (own_network((2, 1)), None, "1 to 2 hidden"),
        (own_network((2, 2, 1), dropout=0.5), None, "an activation after each"),
        (
            Network([Dense(2, 2, rng=np.random.default_rng(0)), Dense(2, 1, rng=np.random.default_rng(0))]),
            None,
            "hidden",
        ),
        (own_network((2, 2, 1)), (1, 2, 3), "x with 2 finite numbers"),
        (own_network((2, 2, 1)), (1, np.nan), "x with 2 finite numbers"),
    ],
)
def test_what_cannot_be_drawn_is_refused(net, x, message):
    with pytest.raises(ValueError, match=message):
        explore.deltas(net, x)
