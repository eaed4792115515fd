"""The softmax explorer's model: regions, borders and words agree with plain argmax and softmax."""

import numpy as np
import pytest

from nnkit.explore import _softmax_regions, marks
from nnkit.explore._softmax_regions import PRESETS, SoftmaxRegionsModel


def circle(n=7200):
    angles = 2 * np.pi * (np.arange(n) + 0.5) / n
    return np.column_stack([np.cos(angles), np.sin(angles)])


@pytest.mark.parametrize("preset", PRESETS)
def test_shares_are_those_of_argmax_on_a_fine_circle(preset):
    model = SoftmaxRegionsModel(preset)
    counted = np.bincount(np.argmax(circle() @ model.W.T, axis=1), minlength=3) / 20
    if preset != "Swallowed":  # there the swallowed class ties with others in floating point
        np.testing.assert_allclose(model.shares, counted, atol=0.2)
    assert model.shares.sum() == pytest.approx(360)


@pytest.mark.parametrize("seed", range(8))
def test_shares_and_borders_for_random_vectors(seed):
    model = SoftmaxRegionsModel()
    model.W = np.random.default_rng(seed).normal(size=(3, 2))
    counted = np.bincount(np.argmax(circle() @ model.W.T, axis=1), minlength=3) / 20
    np.testing.assert_allclose(model.shares, counted, atol=0.2)
    assert len(model.borders) == 3  # three corners of a triangle: three regions
    scores = np.sort(model.borders @ model.W.T, axis=1)
    np.testing.assert_allclose(scores[:, 2], scores[:, 1], atol=1e-9)


def test_usc_vectors_are_those_of_the_slide():
    np.testing.assert_allclose(SoftmaxRegionsModel("USC's figure").W, [[1, -1 / 3], [-1 / 2, -1 / 2], [0, 1]])


def test_a_vector_between_the_others_wins_nowhere_at_any_temperature():
    model = SoftmaxRegionsModel("Swallowed")
    for temperature in (0.05, 1.0, 20.0):
        model.heat_up(temperature)
        p = model.probabilities(circle())
        assert np.all(p[:, 1] <= p.max(axis=1) + 1e-12)
        assert model.shares[1] == 0
        assert "Class 0 wins 180° of the circle, class 1 wins nowhere" in model.summary
        assert "w₁ lies on the segment between" in model.summary
    model.move(1, 0.3, 0.3)
    assert model.shares[1] > 0
    assert "nowhere" not in model.summary


def test_of_two_equal_vectors_the_first_is_answered():
    model = SoftmaxRegionsModel("Two alike")
    assert model.shares[1] == 0
    assert "w₀ = w₁, so the two tie everywhere" in model.summary
    p = model.probabilities(circle())
    np.testing.assert_allclose(p[:, 0], p[:, 1])


def test_three_equal_vectors_leave_no_borders():
    model = SoftmaxRegionsModel()
    model.W = np.zeros((3, 2))
    np.testing.assert_array_equal(model.shares, [360, 0, 0])
    plane, around = _softmax_regions.panels(model)
    assert "cut by 0 rays" in plane["alt"]
    assert "changes: nowhere" in around["alt"]


def test_temperature_changes_probabilities_but_no_winner():
    model = SoftmaxRegionsModel()
    winners, sure = model.predict(circle()), model.probabilities(circle()).max()
    model.heat_up(10.0)
    np.testing.assert_array_equal(model.predict(circle()), winners)
    assert model.probabilities(circle()).max() < sure
    with pytest.raises(ValueError, match="expected temperature to be a positive number, got 0"):
        model.heat_up(0.0)


def test_vectors_stay_inside_the_picture():
    model = SoftmaxRegionsModel()
    model.move(2, 99.0, -99.0)
    np.testing.assert_allclose(model.W[2], [2.2, -2.2])


def test_an_unknown_preset_is_refused():
    with pytest.raises(ValueError, match="expected one of USC's figure"):
        SoftmaxRegionsModel("Cone")


def test_the_picture_holds_what_the_model_says():
    model = SoftmaxRegionsModel()
    plane, around = _softmax_regions.panels(model)
    heats = [marks.numbers(mark) for mark in plane["marks"] if mark["kind"] == "heat"]
    np.testing.assert_allclose(np.sum(heats, axis=0), 1, atol=1e-6)
    dragged = next(mark for mark in plane["marks"] if mark.get("drag"))
    np.testing.assert_allclose(marks.numbers(dragged), model.W, rtol=1e-6)
    words = [word for mark in plane["marks"] if mark["kind"] == "text" for word in mark["words"]]
    assert words == ["class 0", "class 1", "class 2"]
    assert "3 rays" in plane["alt"]
    curves = [marks.numbers(mark) for mark in around["marks"] if mark["kind"] == "line" and not mark["dashed"]]
    np.testing.assert_allclose(np.sum([curve[:, 1] for curve in curves], axis=0), 1, atol=1e-6)
