"""The perceptron explorer's model: every claim it makes in words is checked against the data."""

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import _perceptron, marks
from nnkit.explore._perceptron import PRESETS, PerceptronModel


def finish(model: PerceptronModel, steps: int = 200) -> PerceptronModel:
    for _ in range(steps):
        if model.converged or model.cycle:
            break
        model.step()
    return model


def test_a_step_is_one_update_at_the_next_mistake_in_order():
    model = PerceptronModel("AND")
    model.step()
    np.testing.assert_array_equal(model.w, [-1, 0, 0])  # sample 1, label −1: w − (1, 0, 0)
    assert model.current == 0
    model.step()
    np.testing.assert_array_equal(model.w, [0, 1, 1])  # samples 2 and 3 are right, sample 4 is not: w + (1, 1, 1)
    assert model.current == 3
    np.testing.assert_array_equal(model.before, [-1, 0, 0])


@pytest.mark.parametrize("preset", ["AND", "OR", "Blobs"])
def test_on_separable_data_it_stops_with_no_mistakes_in_a_whole_pass(preset):
    model = finish(PerceptronModel(preset))
    X, y = PRESETS[preset]
    assert model.converged
    assert model.cycle is None
    assert np.all(y * (model.w[0] + X @ model.w[1:]) >= 0)
    assert model.mistakes[-1] == 0 < min(model.mistakes[:-1])
    assert "no mistakes in a whole pass" in model.summary
    w = model.w
    model.step()
    model.run_pass()
    assert model.w is w


def test_on_xor_a_weight_vector_comes_back_and_the_run_repeats():
    model = finish(PerceptronModel("XOR"))
    assert not model.converged
    assert "this weight vector has come back" in model.summary
    first, second = model.cycle
    replay, starts = PerceptronModel("XOR"), {}
    for epoch in range(1, 3 * second):
        starts[epoch] = replay.w
        replay.run_pass()
    period = second - first
    for epoch in range(first, 2 * second):
        np.testing.assert_array_equal(starts[epoch], starts[epoch + period])
    earlier = [tuple(starts[epoch]) for epoch in range(1, second)]
    assert len(set(earlier)) == len(earlier), "an earlier return was missed"


def test_after_the_cycle_is_found_one_can_go_on_and_watch_it():
    model = finish(PerceptronModel("XOR"))
    model.step()
    assert model.current is not None
    assert "was wrong" in model.summary


def test_chapter_01_tells_the_truth_about_and():
    model, broken = PerceptronModel("AND"), []
    while not model.converged:
        right = model.predict(model.X) == model.y
        model.step()
        broken.append(bool(np.any(right & (model.predict(model.X) != model.y))))
    assert sum(model.mistakes) == 11
    assert sum(broken) == 8


@pytest.mark.parametrize(("a", "epochs"), [(12, 6), (13, 8), (14, 10), (15, 18), (16, None)])
def test_chapter_01_tells_the_truth_about_the_way_from_xor_to_something_separable(a, epochs):
    """a: where sample 4 stands on the diagonal, in steps of the grid.  epochs: until the rule stops, if it does."""
    model = PerceptronModel("XOR")
    model.move(3, a / 32, a / 32)
    np.testing.assert_array_equal(model.X[3], a / 32)
    while not model.converged and model.cycle is None:
        model.run_pass()
    assert (len(model.mistakes) if model.converged else None) == epochs


def test_passes_and_single_steps_lead_to_the_same_weights():
    by_step, by_pass = finish(PerceptronModel("Blobs")), PerceptronModel("Blobs")
    while not by_pass.converged:
        by_pass.run_pass()
    np.testing.assert_array_equal(by_pass.w, by_step.w)
    assert by_pass.mistakes == by_step.mistakes


def test_the_summary_says_what_happened():
    model = PerceptronModel("AND")
    model.step()
    model.step()
    wrong = int(np.sum(model.predict(model.X) != model.y))
    assert model.summary == (
        f"Epoch 1, sample 4 was wrong (+1 predicted −1): w ← w + x. w = (0, 1, 1); {wrong} of 4 misclassified now."
    )


def test_moving_a_point_keeps_the_weights_and_voids_the_verdict():
    model = finish(PerceptronModel("AND"))
    w = model.w
    model.move(0, 3.0, 3.0)
    np.testing.assert_array_equal(model.X[0], [3, 3])
    assert model.w is w
    assert not model.converged
    assert model.position == 0
    np.testing.assert_array_equal(PRESETS["AND"][0][0], [0, 0])


def test_after_a_drag_the_sums_stay_exact_so_a_cycle_is_still_found():
    rng = np.random.default_rng(1)
    for place in [(0.9, 0.9), *rng.uniform(0.6, 1.5, (3, 2))]:
        model = PerceptronModel("XOR")
        model.move(3, *place)
        np.testing.assert_allclose(model.X[3], place, atol=1 / 64)
        while not model.cycle and model.epoch < 500:
            model.run_pass()
        assert model.cycle, place
        assert "this weight vector has come back" in model.summary


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_lie_on_the_grid(preset):
    X, _ = PRESETS[preset]
    np.testing.assert_array_equal(X % _perceptron._GRID, 0)
    assert len(np.unique(X, axis=0)) == len(X)


def test_reset_keeps_moved_points_and_load_restores_them():
    model = PerceptronModel("OR")
    model.move(1, 0.25, 0.375)
    model.step()
    model.reset()
    assert not model.w.any()
    assert model.mistakes == []
    np.testing.assert_array_equal(model.X[1], [0.25, 0.375])
    model.load("OR")
    np.testing.assert_array_equal(model.X[1], [0, 1])


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="expected one of AND, OR, XOR, Blobs, got 'NAND'"):
        PerceptronModel("NAND")


def test_the_picture_shows_the_boundary_and_the_side_called_plus_one():
    model = finish(PerceptronModel("AND"))
    plane, history = _perceptron.panels(model)
    lines = [mark for mark in plane["marks"] if mark["kind"] == "line"]
    ends = marks.numbers(lines[-1])
    np.testing.assert_allclose(model.w[0] + ends @ model.w[1:], 0, atol=1e-3)
    foot, tip = marks.numbers(next(mark for mark in plane["marks"] if mark["kind"] == "arrow"))
    assert model.w[0] + tip @ model.w[1:] > model.w[0] + foot @ model.w[1:]
    _minus, plus = (marks.numbers(mark) for mark in plane["marks"] if mark["kind"] == "area")
    assert np.all(model.w[0] + plus @ model.w[1:] > -1e-2)
    assert f"{model.wrong} points on the wrong side" in plane["alt"]
    assert "2" in history["alt"]


def test_without_a_line_the_whole_plane_is_one_side():
    plane, history = _perceptron.panels(PerceptronModel("XOR"))
    assert [mark["kind"] for mark in plane["marks"]] == ["area", "area", "points", "points"]
    plus = marks.numbers(plane["marks"][1])
    assert np.all(plus.min(axis=0) < -100)
    assert np.all(plus.max(axis=0) > 100)
    assert "no line yet" in plane["alt"]
    assert "none finished yet" in history["alt"]


OWN = np.array([[-4.0, 0.01], [5.0, 1.0], [0.0, -2.0]]), [-1, 1, 1]


def test_own_points_are_stepped_through_as_ours_are():
    model = PerceptronModel("mine", own={"mine": OWN})
    np.testing.assert_array_equal(model.X, [[-4.0, 0.0], [5.0, 1.0], [0.0, -2.0]])
    assert model.side == (-5.5, 5.5)
    while not model.converged:
        model.step()
    assert model.wrong == 0
    model.load("AND")
    assert model.side == (-0.6, 1.6)
    assert "3 points in two classes" in explore.perceptron(own={"mine": OWN}).canvas.panels[0]["alt"]


@pytest.mark.parametrize(
    ("X", "y", "wanted"),
    [
        (np.ones((2, 3)), [1, -1], "1 to 100 points"),
        (np.full((2, 2), np.nan), [1, -1], "1 to 100 points"),
        (np.ones((101, 2)), np.ones(101), "1 to 100 points"),
        (np.ones((2, 2)), [0, 1], "a label −1 or \\+1"),
    ],
)
def test_points_that_are_none_are_refused(X, y, wanted):
    with pytest.raises(ValueError, match=f"expected mine to have {wanted}"):
        PerceptronModel(own={"mine": (X, y)})
