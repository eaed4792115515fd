"""The landscape's model: heights are the network's losses, and filter-normalized twins share one landscape."""

import json

import numpy as np
import pytest

from nnkit import explore
from nnkit.datasets import moons
from nnkit.explore._landscape import DIRECTIONS, SLICES, STRETCH, VERSIONS, LandscapeModel, panels
from nnkit.losses import BinaryCrossEntropy
from nnkit.network import mlp
from nnkit.optimizers import Adam
from nnkit.training import fit
from tests.nnkit.explore.test_widgets import controls, press

X, Y = moons(80, noise=0.2, rng=np.random.default_rng(0))


@pytest.fixture(scope="module")
def net():
    trained = mlp((2, 8, 6, 1), rng=np.random.default_rng(1), dtype=np.float64)
    adam = Adam(trained.parameters, 0.02)
    fit(trained, BinaryCrossEntropy(), adam, X, Y, epochs=100, batch_size=80, rng=np.random.default_rng(2))
    return trained


@pytest.fixture
def model(net):
    return LandscapeModel(net, X, Y)


def test_heights_are_the_losses_of_the_network_at_these_places(model, net):
    model.look("Random", "Network", 3, 0.8)
    walker = net.astype(np.float64)
    walker.parameters.values[:] = net.parameters.values + 0.8 * model.span[0] - 0.8 * model.span[1]
    loss = BinaryCrossEntropy().value(walker.forward(X), Y)
    assert model.heights[0, -1] == pytest.approx(loss, rel=1e-9)
    middle = len(model.heights) // 2
    assert model.heights[middle, middle] == pytest.approx(BinaryCrossEntropy().value(net.forward(X), Y), rel=1e-9)


def test_twins_are_the_same_function(model, net):
    for version in VERSIONS:
        model.look("Random", version, 1, 1.0)
        np.testing.assert_allclose(model.scores([(0, 0)], X)[0], net.forward(X)[:, 0], rtol=1e-9)


def test_only_filter_normalized_directions_show_twins_the_same_landscape(model):
    heights = {}
    for directions in DIRECTIONS:
        for version in VERSIONS:
            model.look(directions, version, 2, 1.0)
            heights[directions, version] = model.heights
    np.testing.assert_allclose(heights["Filter-normalized", "Twin"], heights["Filter-normalized", "Network"], rtol=1e-8)
    assert np.abs(np.log(heights["Random", "Twin"] / heights["Random", "Network"])).max() > 1


def test_each_row_gets_a_part_as_long_as_itself_and_biases_stay(model):
    model.look("Filter-normalized", "Twin", 5, 1.0)
    twin = model.nets["Twin"]
    twin.parameters.values[:] = model.trained["Twin"]
    for direction in model.span:
        for i in (0, 2, 4):
            W = twin.layers[i].W
            part = direction[twin.places[f"{i}.W"]].reshape(W.shape)
            np.testing.assert_allclose(np.linalg.norm(part, axis=1), np.linalg.norm(W, axis=1))
            assert not direction[twin.places[f"{i}.b"]].any()


def test_the_network_of_the_student_is_left_alone(net):
    before = net.parameters.values.copy()
    model = LandscapeModel(net, X, Y)
    model.look("Random", "Twin", 4, 2.0)
    model.loss([(1, 1)])
    np.testing.assert_array_equal(net.parameters.values, before)
    assert model.trained["Twin"][0] == pytest.approx(STRETCH * before[0])


def test_another_slice_is_another_landscape_and_the_same_one_comes_back(model):
    seen = []
    for number in (1, SLICES, 1):
        model.look("Random", "Network", number, 1.0)
        seen.append(model.heights)
    np.testing.assert_array_equal(seen[0], seen[2])
    assert not np.allclose(seen[0], seen[1])


def test_the_ring_stays_on_the_slice_and_the_summary_follows_it(model):
    model.move(5, -5)
    np.testing.assert_array_equal(model.ring, [1, -1])
    far = model.wrong
    assert "(1.00, −1.00)" in model.summary
    model.look("Random", "Network", 1, 0.5)
    np.testing.assert_array_equal(model.ring, [0.5, -0.5])
    model.move(0, 0)
    assert model.wrong < far


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: mlp((2, 8, 1), rng=rng, activation="tanh"),
        lambda rng: mlp((2, 1), rng=rng),
        lambda rng: mlp((3, 8, 1), rng=rng),
        lambda rng: mlp((2, 8, 2), rng=rng),
    ],
)
def test_other_networks_are_refused(make):
    with pytest.raises(ValueError, match="expected a network"):
        LandscapeModel(make(np.random.default_rng(0)), X, Y)


def test_unknown_names_are_refused(model):
    with pytest.raises(ValueError, match="to be one of"):
        model.look("Straight", "Network", 1, 1.0)


def test_the_picture_is_plain_data(model):
    for panel in panels(model):
        assert json.loads(json.dumps(panel, default=bytes.hex))["title"] == panel["title"]


def test_controls_reach_the_picture(net):
    widget = explore.landscape(net, X, Y)
    widget.canvas.moved = [0, 0, 0.5, 0.25, 1]
    assert "At the ring (0.50, 0.25)" in widget.canvas.summary
    press(widget, "Back to the star")
    assert "At the ring (0.00, 0.00)" in widget.canvas.summary
    for control in controls(widget, object):
        if "Twin" in getattr(control, "options", ()):
            control.value = "Twin"
    assert "twin" in widget.canvas.summary
    text = repr(widget)
    assert all(panel["alt"] in text for panel in widget.canvas.panels)
