"""The draw-a-digit explorer's model: images as the data sets make them, numbers as the network gives them."""

import json

import numpy as np
import pytest
from ipywidgets import IntSlider

from nnkit import explore
from nnkit.activations import softmax
from nnkit.explore import marks
from nnkit.explore._draw_digit import EXAMPLES, MOST_SEGMENTS, DigitModel, image_of, panels
from nnkit.explore.pad import Pad
from nnkit.network import Network, mlp
from tests.nnkit.explore.test_widgets import controls, press


def net(side=8, hidden=(20, 7), **settings):
    return mlp((side * side, *hidden, 10), rng=np.random.default_rng(0), **settings)


@pytest.mark.parametrize("side", [8, 28])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_image_does_not_depend_on_place_and_size_of_the_drawing(side, name):
    image = image_of(EXAMPLES[name], side)
    assert image.shape == (side, side)
    assert image.dtype == np.float32
    assert 0 <= image.min() < 0.1
    assert image.max() <= 1
    moved = [[0.1 + 0.6 * value for value in stroke] for stroke in EXAMPLES[name]]
    np.testing.assert_allclose(image_of(moved, side), image, atol=2e-3)


@pytest.mark.parametrize("name", EXAMPLES)
def test_ink_of_mnist_lies_in_a_box_of_20_around_its_center_of_mass(name):
    image = image_of(EXAMPLES[name], 28)
    rows, columns = (np.flatnonzero(image.sum(axis=axis) > 0.5) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20, 21)
    places = np.arange(28) + 0.5
    center = np.array([image.sum(axis=1) @ places, image.sum(axis=0) @ places]) / image.sum()
    np.testing.assert_allclose(center, 14, atol=0.05)


def test_a_small_digit_fills_its_image_and_its_pixels_are_sixteenths():
    image = image_of(EXAMPLES["1"], 8)
    assert (image.max(axis=1) > 0.3).all()
    np.testing.assert_allclose(image, image_of(EXAMPLES["1"], 8, turn=360), atol=1e-4)


def test_turning_goes_clockwise():
    # A line from the middle to the top, with a hook at its top end to tell the ends apart.
    hook = [[0.5, 0.9, 0.5, 0.1, 0.7, 0.1]]
    np.testing.assert_allclose(image_of(hook, 28, turn=90), np.rot90(image_of(hook, 28), -1), atol=2e-3)


def test_a_dot_stays_a_dot_and_nothing_stays_nothing():
    dot = image_of([[0.3, 0.8, 0.3, 0.8]], 28)
    assert 3 < dot.sum() < 30
    assert image_of([], 28).sum() == 0
    assert image_of([[0.5]], 8).sum() == 0


def test_a_very_long_drawing_is_thinned_but_keeps_its_ends():
    def arc(points):
        t = np.linspace(0, 4, points)
        return np.column_stack([0.5 + 0.4 * np.cos(t), 0.5 + 0.4 * np.sin(t)]).ravel().tolist()

    np.testing.assert_allclose(image_of([arc(40 * MOST_SEGMENTS)], 28), image_of([arc(300)], 28), atol=0.05)


def test_the_answer_is_the_networks():
    network = net()
    model = DigitModel(network)
    expected = softmax(network.forward(model.image.reshape(1, -1))[0].astype(float))
    np.testing.assert_allclose(model.probabilities, expected)
    W, b = network.layers[0].W, network.layers[0].b
    np.testing.assert_allclose(model.hidden[0], np.maximum(W @ model.image.ravel() + b, 0), rtol=1e-5, atol=1e-6)
    assert [len(a) for a in model.hidden] == [20, 7]
    assert model.order[0] == expected.argmax()
    assert f"sees a {expected.argmax()}" in model.summary
    assert f"{model.active[0]} of 20, {model.active[1]} of 7" in model.summary


def test_scaled_pixels_reach_the_network():
    network = net()
    model = DigitModel(network, scale=lambda x: 3 - x)
    np.testing.assert_allclose(
        model.probabilities, softmax(network.forward(3 - model.image.reshape(1, -1))[0].astype(float))
    )


def test_nothing_drawn_is_answered_and_said_so():
    model = DigitModel(net())
    model.draw([])
    assert model.summary.startswith("Nothing is drawn, and still it answers.")


def test_a_network_without_hidden_layers_or_with_dropout_will_do():
    assert "Active" not in DigitModel(net(hidden=())).summary
    model = DigitModel(net(28, (30,), dropout=0.5))
    before = model.probabilities
    model.draw(model.strokes)
    np.testing.assert_array_equal(model.probabilities, before)  # no mask is drawn


@pytest.mark.parametrize("sizes", [(63, 10), (64, 9), (4, 10)])
def test_another_network_is_refused(sizes):
    with pytest.raises(ValueError, match="expected a network from side × side pixels"):
        DigitModel(mlp(sizes, rng=np.random.default_rng(0)))


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="expected a Network, got list"):
        DigitModel([])


@pytest.mark.parametrize("hidden", [(), (40,), (20, 7)])
def test_the_panels_show_image_activations_and_probabilities(hidden):
    model = DigitModel(net(hidden=hidden))
    image, activations, bars = panels(model)
    shown = marks.numbers(image["marks"][0])
    np.testing.assert_allclose(shown[3::6, 3::6][::-1], model.image)  # row 0 of the image lies on top
    assert sum(mark["kind"] == "heat" for mark in activations["marks"]) == len(hidden)
    tops = [marks.numbers(mark)[:, 1].max() for mark in bars["marks"] if mark["kind"] == "area"]
    np.testing.assert_allclose(tops, model.probabilities, rtol=1e-5)
    assert str(model.order[0]) in bars["alt"]
    json.dumps([panel["alt"] for panel in (image, activations, bars)])


def test_pad_slider_and_buttons_change_the_picture():
    widget = explore.draw_digit(net())
    (pad,), (turn,) = controls(widget, Pad), controls(widget, IntSlider)
    seen = [widget.canvas.panels]

    def changed():
        seen.append(widget.canvas.panels)
        return seen[-1] != seen[-2]

    pad.strokes = [[0.2, 0.2, 0.8, 0.8]]
    assert changed()
    turn.value = 45
    assert changed()
    press(widget, "7")
    assert changed()
    assert pad.strokes == EXAMPLES["7"]
    press(widget, "Clear")
    assert changed()
    assert "Nothing is drawn" in widget.canvas.summary


def test_the_network_is_left_as_it_was():
    network = net()
    before = network.parameters.values.copy()
    explore.draw_digit(network)
    np.testing.assert_array_equal(network.parameters.values, before)
    assert isinstance(network, Network)
