"""The reductions explorer's model: true minima, the regions of nnkit.multiclass, and what its panels claim."""

import numpy as np
import pytest
from ipywidgets import FloatSlider, IntSlider, ToggleButtons

from nnkit import explore
from nnkit.explore import _reductions, marks
from nnkit.explore._reductions import LAYOUTS, PENALTY, Logistic, ReductionsModel, Softmax
from nnkit.gradcheck import numerical_gradient
from nnkit.multiclass import exhaustive_code


@pytest.fixture
def model():
    return ReductionsModel()


def cases():
    return [(c, name, spread) for c in (3, 4, 5) for name in LAYOUTS for spread in (0.0, 0.1, 0.7, 2.0)]


@pytest.mark.parametrize(("classes", "layout", "spread"), cases())
def test_newton_arrives_at_the_minimum_for_every_setting(classes, layout, spread):
    model = ReductionsModel(classes, layout, spread)
    X = np.column_stack([np.ones(len(model.X)), model.X])

    def column_loss(w, target):
        used = target != 0
        return np.mean(np.logaddexp(0, -target[used] * (X[used] @ w))) + PENALTY / 2 * w @ w

    targets = exhaustive_code(classes)[model.y]
    targets[model.y == 0, 0] = 0  # left out
    for target in targets.T:
        used = target != 0
        w = Logistic().fit(model.X[used], target[used]).w
        slope = numerical_gradient(lambda w, target=target: column_loss(w, target), w)
        np.testing.assert_allclose(slope, 0, atol=1e-7)

    def softmax_loss(w):
        Z = X @ w.reshape(classes, 3).T
        return np.mean(np.logaddexp.reduce(Z, axis=1) - Z[np.arange(len(Z)), model.y]) + PENALTY / 2 * w @ w

    slope = numerical_gradient(softmax_loss, Softmax().fit(model.X, model.y).W.ravel())
    np.testing.assert_allclose(slope, 0, atol=1e-7)


def test_regions_follow_the_rules_of_each_reduction(model):
    scores = model.lines[:, 0] + _reductions._GRID @ model.lines[:, 1:].T
    np.testing.assert_array_equal(model.regions["One-versus-all"].ravel(), scores.argmax(axis=1))
    np.testing.assert_array_equal(model.yes.reshape(4, -1), scores.T >= 0)
    assert set(model.regions) == set(model.accuracy)
    for region in model.regions.values():
        assert set(np.unique(region)) <= {0, 1, 2, 3}


def test_in_a_row_the_inner_classes_get_no_yes_from_their_own_classifier(model):
    model.load(4, "In a row")
    assert model.nobody > 0.3
    assert "No point of ● or ▲ gets a yes" in model.summary
    assert model.accuracy["Error-correcting code"] < model.accuracy["One-versus-all"] < model.accuracy["One-versus-one"]


def test_in_a_ring_nobody_says_yes_in_the_middle_and_several_do_at_the_margin(model):
    assert model.yes[:, 32, 32].sum() == 0
    assert model.several > 0
    assert "No point" not in model.summary


def test_chapter_05_tells_the_truth_about_shares_of_the_picture_and_of_the_points():
    calm, wide = ReductionsModel(4, "Ring", 0.7), ReductionsModel(4, "Ring", 2.0)
    shares = [calm.nobody, wide.nobody, calm.several, wide.several]
    np.testing.assert_allclose(shares, [0.08, 0.37, 0.38, 0.03], atol=0.005)
    said = {
        (4, "In a row"): {
            "One-versus-one": 0.94,
            "Tree": 0.94,
            "Softmax": 0.93,
            "One-versus-all": 0.84,
            "Error-correcting code": 0.69,
        },
        (4, "Ring and middle"): {"Error-correcting code": 0.86, "One-versus-one": 0.96, "Softmax": 0.96},
        (5, "Ring and middle"): {"Tree": 0.73},
    }
    for (classes, layout), accuracies in said.items():
        model = ReductionsModel(classes, layout, 0.7)
        for name, accuracy in accuracies.items():
            assert model.accuracy[name] == pytest.approx(accuracy, abs=0.005), (classes, layout, name)


def test_moving_a_center_takes_its_points_along(model):
    before = model.X.copy()
    model.move(1, 0.5, -0.25)
    np.testing.assert_array_equal(model.centers[1], [0.5, -0.25])
    moved = (before != model.X).any(axis=1)
    np.testing.assert_array_equal(moved, model.y == 1)
    model.load(4, "Ring")
    np.testing.assert_allclose(model.X, before)


def test_unknown_settings_are_refused(model):
    for classes in (2, 6):
        with pytest.raises(ValueError, match=f"expected 3 to 5 classes, got {classes}"):
            model.load(classes, "Ring")
    with pytest.raises(ValueError, match="expected layout to be one of Ring, Ring and middle, In a row, got 'Star'"):
        model.load(4, "Star")
    with pytest.raises(ValueError, match="expected spread to be 0 or a positive number, got -1"):
        model.scatter(-1)


def test_the_picture_has_a_panel_for_each_and_says_the_same_in_words(model):
    answers, *others = _reductions.panels(model)
    assert f"{model.nobody:.0%}: nobody" in answers["alt"]
    words = [word for mark in answers["marks"] if mark["kind"] == "text" for word in mark["words"]]
    assert words == ["nobody", "several"]
    dragged = next(mark for mark in answers["marks"] if mark.get("drag"))
    np.testing.assert_allclose(marks.numbers(dragged), model.centers, atol=1e-6)
    for panel, name in zip(others, model.regions, strict=True):
        assert panel["title"].startswith(name)
        assert f"{model.accuracy[name]:.0%} of the points" in panel["alt"]
        (drawn,) = [mark for mark in panel["marks"] if mark["kind"] == "regions"]
        np.testing.assert_array_equal(np.frombuffer(drawn["classes"], np.uint8), model.regions[name].ravel())


def test_lines_lie_where_the_scores_are_zero(model):
    for w in model.lines:
        np.testing.assert_allclose(w[0] + _reductions._ends(w) @ w[1:], 0, atol=1e-9)
    assert np.isnan(_reductions._ends(np.array([1.0, 0, 0]))).all()


def test_the_view_follows_its_controls():
    widget = explore.reductions()
    canvas = widget.canvas
    first = canvas.summary
    assert first.endswith("one-versus-all 88%, one-versus-one 96%, error-correcting code 86%, tree 88%, softmax 96%.")
    layout, classes, spread = (_find(widget, kind) for kind in (ToggleButtons, IntSlider, FloatSlider))
    layout.value = "In a row"
    assert "No point of ● or ▲" in canvas.summary
    classes.value = 3
    assert "No point of ● gets" in canvas.summary
    layout.value, classes.value = "Ring and middle", 4
    assert canvas.summary == first
    spread.value = 1.5
    assert canvas.summary != first
    canvas.moved = [0, 2, 0.0, 0.0, 1]
    dragged = next(mark for mark in canvas.panels[0]["marks"] if mark.get("drag"))
    np.testing.assert_array_equal(marks.numbers(dragged)[2], [0, 0])
    assert canvas.panels[3]["alt"] in repr(widget)


def _find(widget, kind):
    children = [child for row in widget.children for child in getattr(row, "children", ())]
    return next(child for child in children if isinstance(child, kind))
