"""The initialization explorer's model: its numbers follow the equations, its words say where a signal ends."""

import json

import numpy as np
import pytest
from ipywidgets import FloatLogSlider, IntSlider, ToggleButtons

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._initialization import (
    ACTIVATIONS,
    INITIALIZERS,
    PRESETS,
    InitializationModel,
    panels,
)
from tests.nnkit.explore.test_widgets import controls, press


def test_outputs_and_errors_are_those_of_the_equations():
    """aˡ = tanh(Wˡ aˡ⁻¹),  δˡ⁻¹ = (Wˡᵀ δˡ) ∘ (1 − aˡ⁻¹²)"""
    model = InitializationModel("tanh", "1/n", scale=1.3, depth=3)
    W = 1.3 * INITIALIZERS["1/n"]
    for layer in range(3):
        np.testing.assert_allclose(model.outputs[layer + 1], np.tanh(model.outputs[layer] @ W[layer].T))
    for layer in (1, 2):
        below = model.errors[layer] @ W[layer] * (1 - model.outputs[layer] ** 2)
        np.testing.assert_allclose(model.errors[layer - 1], below, rtol=1e-9, atol=1e-12)


def test_all_draws_are_the_same_but_for_their_size():
    np.testing.assert_allclose(INITIALIZERS["2/n"], 2**0.5 * INITIALIZERS["1/n"])
    np.testing.assert_allclose(INITIALIZERS["N(0, 1)"], 8 * INITIALIZERS["1/n"])


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_powers_of_the_identity_are_powers(factor):
    """AU "Vanishing and Exploding Gradient": (0.5 I)^L and (1.5 I)^L."""
    model = InitializationModel("linear", "identity", scale=factor, depth=20)
    np.testing.assert_allclose(model.signals, model.signals[0] * factor ** np.arange(21.0))
    np.testing.assert_allclose(model.blame, model.blame[-1] * factor ** np.arange(19.0, -1, -1))


def test_the_derived_variances_keep_the_size():
    """1/n without a bend, 2/n with ReLU: the root mean square stays within a factor over 20 layers."""
    for activation, initializer in (("linear", "1/n"), ("ReLU", "2/n")):
        model = InitializationModel(activation, initializer, depth=20)
        sizes = np.array([np.sqrt(np.mean(a**2)) for a in model.outputs])
        assert 1 / 3 < sizes[-1] / sizes[0] < 3
        assert 1 / 3 < model.blame[0] / model.blame[-1] < 3


@pytest.mark.parametrize("initializer", ["zeros", "all equal"])
def test_equal_neurons_put_out_the_same_and_the_words_say_so(initializer):
    model = InitializationModel("sigmoid", initializer, depth=3)
    assert model.twins
    assert "nothing breaks the symmetry" in model.summary
    assert not InitializationModel("sigmoid", "1/n").twins


def test_the_words_say_where_the_signal_ends():
    dying = InitializationModel("linear", "identity", scale=0.5, depth=10)
    assert "The signal dies in layer 7" in dying.summary  # 0.5⁷ < 0.01 < 0.5⁶
    assert "The errors die in layer 3" in dying.summary  # seven layers below the top one
    growing = InitializationModel("linear", "identity", scale=5.0, depth=10)
    assert "The signal explodes in layer 3" in growing.summary
    assert "The errors explode in layer 7" in growing.summary
    assert "The signal is alive in all layers. " in InitializationModel("tanh", "1/n").summary


def test_the_answers_to_the_questions_below_the_explorer():
    one, two = InitializationModel(initializer="1/n", scale=2**0.5), InitializationModel(initializer="2/n")
    np.testing.assert_allclose(one.signals, two.signals)
    lively = InitializationModel("tanh", "N(0, 1)", depth=20)
    assert lively.signals[-1] > 0.9
    assert lively.blame[0] > 1e5
    switches = InitializationModel("sigmoid", "N(0, 1)", depth=10)
    assert "The signal is alive" in switches.summary
    alike = InitializationModel("tanh", "all equal", depth=5).errors[0]
    assert np.ptp(alike, axis=1).max() < 1e-12  # one error per sample, the same for all neurons


@pytest.mark.parametrize(
    "change",
    [{"activation": "step"}, {"initializer": "ones"}, {"scale": 0.0}, {"scale": np.nan}, {"depth": 0}, {"depth": 21}],
)
def test_bad_settings_are_refused(change):
    with pytest.raises(ValueError, match="expected"):
        InitializationModel(**change)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("initializer", INITIALIZERS)
@pytest.mark.parametrize("scale", [0.1, 10.0])
def test_the_picture_is_plain_finite_data(activation, initializer, scale):
    for panel in panels(InitializationModel(activation, initializer, scale, depth=20)):
        assert json.loads(json.dumps(panel, default=bytes.hex))["title"] == panel["title"]
        for mark in panel["marks"]:
            assert np.isfinite(marks.numbers(mark)).all()


@pytest.mark.parametrize("depth", [1, 8, 9, 20])
def test_each_shown_layer_has_its_histogram(depth):
    outputs, errors, _ = panels(InitializationModel(depth=depth))
    every = -(-depth // 8)
    for panel, first in ((outputs, 0), (errors, 1)):
        areas = [marks.numbers(mark) for mark in panel["marks"] if mark["kind"] == "area"]
        bases = [area[0, 1] for area in areas]
        assert bases == list(range(depth, first - 1, -every))
        for area in areas:
            assert area[:, 1].max() == pytest.approx(area[0, 1] + 0.9 * every, rel=1e-5)


def test_errors_that_are_all_zero_are_said_to_be():
    _, errors, _ = panels(InitializationModel("sigmoid", "zeros", depth=3))
    words = [word for mark in errors["marks"] if mark["kind"] == "text" for word in mark["words"]]
    assert words == ["all exactly 0"] * 2


def test_the_view_follows_sliders_buttons_and_presets():
    widget = explore.initialization()
    assert "tanh, weights 1/n times 1, 10 layers" in widget.canvas.summary
    controls(widget, FloatLogSlider)[0].value = 0.1
    assert "The signal dies" in widget.canvas.summary
    controls(widget, IntSlider)[0].value = 1
    assert "1 layer." in widget.canvas.summary
    bend, start = controls(widget, ToggleButtons)
    bend.value, start.value = "ReLU", "2/n"
    assert "ReLU, weights 2/n times 0.1" in widget.canvas.summary
    for name, (activation, initializer, exponent, depth) in PRESETS.items():
        press(widget, name)
        assert f"{activation}, weights {initializer} times {10**exponent:.3g}, {depth} layers" in widget.canvas.summary


def test_an_own_initializer_joins_ours():
    he = InitializationModel("ReLU", "2/n")
    mine = InitializationModel(
        "ReLU", "mine", own={"mine": lambda shape, rng, dtype: rng.normal(size=shape) / np.sqrt(32)}
    )
    np.testing.assert_allclose(mine.signals, he.signals, rtol=0.02)
    assert explore.initialization(own={"mine": lambda shape, rng, dtype: np.zeros(shape)}).canvas.summary.startswith(
        "tanh, weights mine times 1"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda shape, rng, dtype: rng.normal(size=shape[0]),
        lambda shape, rng, dtype: np.full(shape, np.nan),
        lambda shape, rng, dtype: rng.normal(size=(3, rng.integers(2, 9))),
        lambda shape, rng, dtype: None,
    ],
)
def test_an_initializer_that_returns_something_else_is_refused(make):
    with pytest.raises(ValueError, match="expected mine to return finite weights"):
        explore.initialization(own={"mine": make})
