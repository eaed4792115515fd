"""The bowl explorer's model: a real loss, and an edge that is both computed and measured."""

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import _lms_bowl, marks
from nnkit.explore._lms_bowl import INPUTS, METHODS, NOTCH, PASSES, LmsBowlModel, presets
from nnkit.gradcheck import numerical_gradient
from nnkit.linear import Adaline


@pytest.mark.parametrize("inputs", INPUTS)
def test_best_is_the_lowest_point_and_h_is_the_bending(inputs):
    model = LmsBowlModel(inputs)
    assert np.abs(model.X.T @ (model.X @ model.best - model.d)).max() < 1e-9
    around = np.random.default_rng(0).normal(size=2)
    rise = model.loss(np.array([model.best + around]))[0] - model.best_loss
    np.testing.assert_allclose(rise, around @ model.H @ around / 2, rtol=1e-9)
    slope = numerical_gradient(lambda w: model.loss(w[None])[0], model.start)
    np.testing.assert_allclose(model.path[0] - model.rate * slope, model.path[1], atol=1e-7)


def test_all_versions_start_and_end_at_the_same_lines():
    models = [LmsBowlModel(inputs) for inputs in INPUTS]
    for point in ("start", "best"):
        lines = [model.X @ getattr(model, point) for model in models]
        for line in lines[1:]:
            np.testing.assert_allclose(line, lines[0], atol=1e-9)


@pytest.mark.parametrize("inputs", INPUTS)
def test_the_measured_edge_is_the_computed_one_for_batch(inputs):
    model = LmsBowlModel(inputs)
    assert model.edge * 10**-NOTCH < model.measured_edge < model.edge * 10 ** (2 * NOTCH)


@pytest.mark.parametrize("inputs", INPUTS)
def test_online_runs_grow_before_the_batch_edge(inputs):
    model = LmsBowlModel(inputs, "Online")
    safe = 2 / (model.X**2).sum(axis=1).max()
    assert safe < model.measured_edge < model.edge


def test_scaling_moves_the_edge_and_rounds_the_bowl():
    raw, centered, scaled = (LmsBowlModel(inputs) for inputs in INPUTS)
    assert raw.edge < centered.edge < scaled.edge == pytest.approx(2)
    assert raw.condition > centered.condition > scaled.condition == pytest.approx(1)


@pytest.mark.parametrize("inputs", INPUTS)
def test_presets_stand_on_the_right_sides_of_the_edge(inputs):
    model = LmsBowlModel(inputs)
    rates = {name: 10**exponent for name, exponent in presets(model.edge).items()}
    assert rates["Just inside"] < model.edge < rates["Just beyond"]
    np.testing.assert_allclose(
        [rates["A tenth of the edge"], rates["Half the edge"]], [0.1, 0.5] * np.array(model.edge), rtol=0.06
    )
    for name, rate in rates.items():
        model.run(rate)
        assert (model.verdict == "diverges") == (name == "Just beyond")


def test_chapter_02_tells_the_truth_about_the_edge_and_what_is_left():
    raw, centered, scaled = (LmsBowlModel(inputs) for inputs in INPUTS)
    assert [round(model.edge, 3) for model in (raw, centered, scaled)] == [0.029, 0.095, 2.0]
    assert round(raw.condition) == 229
    left = {}
    for model in (raw, centered, scaled):
        for name, exponent in presets(model.edge).items():
            model.run(10**exponent)
            left[model.inputs, name] = model.rate, model.left
    assert left["Raw", "Just inside"] == pytest.approx((0.0288, 0.87), rel=0.01)
    assert left["Raw", "Just beyond"] == pytest.approx((0.0302, 41_000), rel=0.01)
    assert raw.left_by_rate.min() == pytest.approx(0.04, abs=0.005)
    halves = [left[inputs, "Half the edge"][1] for inputs in INPUTS]
    np.testing.assert_allclose(halves, [0.07, 0.0013, 0], rtol=0.02, atol=1e-12)
    assert LmsBowlModel("Z-scored", "Online").measured_edge == pytest.approx(0.87, abs=0.005)


def test_z_scored_input_is_done_in_one_step():
    model = LmsBowlModel("Z-scored", rate=1.0)
    np.testing.assert_allclose(model.path[1], model.best, atol=1e-12)


def test_online_is_the_rule_of_the_library():
    """From the same start: Adaline begins at zero weights, so the model is made to."""
    model = LmsBowlModel("Z-scored", "Online")
    model.start = np.zeros(2)
    model.run(0.05)
    fitted = Adaline(learning_rate=0.05, epochs=PASSES).fit(model.x[:, None], model.d)
    np.testing.assert_allclose(model.path[-1], [fitted.intercept_[0], fitted.coef_[0, 0]], atol=1e-9)
    np.testing.assert_allclose(model.losses, fitted.losses_, atol=1e-9)
    assert model.steps.shape == (PASSES * 30 + 1, 2)


def test_the_sweep_agrees_with_single_runs():
    model = LmsBowlModel("Centered", "Online")
    for k in (20, 80):
        model.run(_lms_bowl._RATES[k])
        assert model.left == pytest.approx(model.left_by_rate[k])


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_must_be_positive(rate):
    with pytest.raises(ValueError, match="expected the learning rate to be a positive number"):
        LmsBowlModel().run(rate)


@pytest.mark.parametrize(("inputs", "method"), [("raw", "Batch"), ("Raw", "batch")])
def test_unknown_choices_are_refused(inputs, method):
    with pytest.raises(ValueError, match="to be one of"):
        LmsBowlModel(inputs, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("rate", [0.001, 0.5, 10.0])
@pytest.mark.parametrize("step", [0, 1, PASSES])
def test_the_panels_show_the_same_pass(inputs, method, rate, step):
    model = LmsBowlModel(inputs, method, rate)
    bowl, line, judgment = _lms_bowl.panels(model, step)
    with np.errstate(over="ignore"):
        here = model.path[step].astype(np.float32)
    np.testing.assert_array_equal(marks.numbers(bowl["marks"][-1])[0], here)
    shown = marks.numbers(judgment["marks"][-1])
    assert np.isfinite(shown).all()
    assert shown[0, 0] == pytest.approx(rate)
    assert f"after {step} passes" in line["alt"]
    assert f"Pass {step}:" in model.summary(step)
    assert "nan" not in model.summary(step)


def test_the_view_follows_its_controls():
    from ipywidgets import Button, FloatLogSlider, IntSlider, ToggleButtons

    def controls(widget, kind):
        found = [widget] if isinstance(widget, kind) else []
        return found + [inner for child in getattr(widget, "children", ()) for inner in controls(child, kind)]

    widget = explore.lms_bowl()
    assert widget.canvas.summary.startswith("Raw, batch")
    assert widget.canvas.summary in repr(widget)
    next(b for b in controls(widget, Button) if b.description == "Just beyond").click()
    assert "diverges" in widget.canvas.summary
    inputs, method = controls(widget, ToggleButtons)
    inputs.value = "Z-scored"
    assert "is still above" in widget.canvas.summary
    method.value = "Online"
    assert widget.canvas.summary.startswith("Z-scored, online")
    controls(widget, FloatLogSlider)[0].value = 5.0
    assert "diverges" in widget.canvas.summary
    controls(widget, IntSlider)[0].value = 0
    assert "Pass 0:" in widget.canvas.summary
