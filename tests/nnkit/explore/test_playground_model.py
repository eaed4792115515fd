import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._playground import CONTROLS
from nnkit.explore._playground.model import Place, PlaygroundModel
from nnkit.explore._playground.picture import nearest, nodes, panels, segment
from nnkit.explore._playground.recipe import ACTIVATIONS, FEATURES, INITIALIZERS, PENALTIES, POINTS, SCHEDULES, Recipe
from nnkit.explore.player import Player
from nnkit.gradcheck import numerical_gradient
from nnkit.losses import BinaryCrossEntropy
from nnkit.optimizers import OPTIMIZERS
from tests.nnkit.explore.test_widgets import controls

DEEP = "points=moons units=3-5-2 features=x1,x2²,x1·x2,sin(x2) seed=3"
hundredths = st.integers(-300, 300).map(lambda n: n / 100)
recipes = st.builds(
    Recipe,
    points=st.sampled_from([name for name in POINTS if name != "none"]),
    noise=st.floats(0, 1).map(lambda noise: round(noise, 2)),
    features=st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True).map(tuple),
    units=st.lists(st.integers(1, 8), max_size=4).map(tuple),
    activation=st.sampled_from(ACTIVATIONS),
    start=st.sampled_from(list(INITIALIZERS)),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    rate=st.sampled_from([0.001, 0.03, 0.3]),
    schedule=st.sampled_from(list(SCHEDULES)),
    batch=st.integers(1, 60),
    penalty=st.sampled_from(list(PENALTIES)),
    dropout=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 20),
    own=st.lists(st.tuples(hundredths, hundredths, st.integers(0, 1)), max_size=5).map(tuple),
)


@given(recipes)
def test_a_recipe_is_what_its_text_says(recipe):
    assert Recipe.read(str(recipe)) == recipe


@given(recipes)
def test_whatever_the_recipe_it_learns_and_shows_finite_numbers(recipe):
    model = PlaygroundModel(recipe)
    model.step()
    for panel in panels(model):
        for mark in panel["marks"]:
            assert np.isfinite(marks.numbers(mark)).any()
        assert "nan" not in panel["alt"].replace("to nan", "")  # a test loss without test points


def test_the_usual_recipe_is_an_empty_text():
    assert str(Recipe()) == ""
    assert Recipe.read("") == Recipe()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("points=stars", "expected points to be"),
        ("units=4-9", "at most 4 layers, 1 to 8 each, got 4-9"),
        ("units=1-1-1-1-1", "at most 4 layers"),
        ("units=a", "expected units such as units=4-2, got 'units=a'"),
        ("rate=0", "rate"),
        ("rate", "expected name=value"),
        ("speed=3", "expected name=value with a name of points"),
        ("features=x1,x1", "each once"),
        ("features=x3", "a feature"),
        ("own=1,2", "expected own such as"),
        ("own=999,0,1", "between ±300 hundredths"),
        ("points=none", "expected points, or own"),
    ],
)
def test_a_text_that_is_no_recipe_says_which_part(text, said):
    with pytest.raises(ValueError, match=said.replace("(", "\\(")):
        Recipe.read(text)


def test_a_control_to_hide_must_be_one():
    with pytest.raises(ValueError, match="a control to hide"):
        explore.playground(hide=["depth"])


def test_it_learns_the_circles_and_reset_brings_the_same_start_back():
    model = PlaygroundModel()
    start = model.net.parameters.values.copy()
    for _ in range(200):
        model.run_epoch()
    assert model.epochs == 200
    assert model.steps == 1200
    assert model.losses.shape == (201, 2)
    assert model.losses[-1, 0] < 0.1 < 0.5 < model.losses[0, 0]
    assert model.wrong(model.X, model.y) == 0
    model.reset()
    assert model.steps == 0
    assert np.array_equal(model.net.parameters.values, start)


def test_a_step_is_the_step_of_nnkit():
    """Plain gradient descent on the whole batch, with the penalty's slope on weights and not on biases."""
    model = PlaygroundModel(Recipe.read("batch=60 penalty=L2 strength=0.5 rate=0.2"))
    net = model.net
    inputs, values = model.recipe.inputs(model.X), net.parameters.values.copy()

    def loss(w):
        net.parameters.values[:] = w
        weights = sum(float((W**2).sum()) for W, _ in net.weights())
        return BinaryCrossEntropy().value(net.forward(inputs), model.y) + 0.25 * weights

    slope = numerical_gradient(loss, values)
    net.parameters.values[:] = values
    model.step()
    np.testing.assert_allclose(net.parameters.values, values - 0.2 * slope, atol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_chain_is_the_slope_of_the_loss_of_one_point(activation):
    model = PlaygroundModel(Recipe.read(f"{DEEP} activation={activation}"))
    model.example = 7
    point, label = model.recipe.inputs(model.X[[7]]), model.y[[7]]
    for place in model.places():
        model.choose(place)
        at = model.value(place)
        losses = []
        for value in (at + 1e-5, at - 1e-5):
            model.put(place, value)
            losses.append(BinaryCrossEntropy().value(model.net.forward(point), label))
        model.put(place, at)
        assert model.chain().whole == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-7)


def test_the_maps_are_what_the_units_give():
    model = PlaygroundModel(Recipe.read(DEEP))
    maps = model.maps()
    assert [len(layer) for layer in maps] == [4, 3, 5, 2, 1]
    corner = np.array([[-3.0, 3.0]])  # the first column of the last row
    np.testing.assert_allclose([unit[-1, 0] for unit in maps[0]], model.recipe.inputs(corner)[0])
    score = model.net.forward(model.recipe.inputs(corner))[0, 0]
    assert maps[-1][0][-1, 0] == pytest.approx(1 / (1 + np.exp(-score)))


def test_points_are_moved_and_added_and_the_network_stays():
    model = PlaygroundModel()
    model.run_epoch()
    before = model.net.parameters.values.copy()
    model.move(3, 1.234, 9.0)
    assert model.X[3].tolist() == [1.23, 3.0]
    model.add(0.5, -0.5, 1)
    assert len(model.X) == 61
    assert len(model.X_test) == 60
    assert np.array_equal(model.net.parameters.values, before)
    assert model.epochs == 1
    assert Recipe.read(str(model.recipe)).data()[0][0].tolist() == model.X.tolist()


def test_a_click_finds_the_weight_it_is_nearest_to():
    model = PlaygroundModel(Recipe.read("units=3-2"))
    columns = nodes(model)
    place = Place(2, 1, 0)
    start, end = segment(model, columns, 0.2, place)
    x, y = start + 0.2 * (end - start)
    assert nearest(model, x, y) == place
    assert nearest(model, *columns[1][2]) == Place(1, 2, None)


def test_a_weight_that_is_gone_is_replaced_by_one_that_is_there():
    model = PlaygroundModel(Recipe.read("units=8-8"))
    model.choose(Place(2, 7, 7))
    model.load(Recipe.read("units=2"))
    assert model.chosen == Place(2, 0, 1)


def test_an_explosion_is_told():
    model = PlaygroundModel(Recipe.read("activation=identity features=x1²,x2² rate=10 units=8-8-8-8 noise=1"))
    for _ in range(60):
        model.run_epoch()
    assert model.diverged
    assert "lower the rate" in model.summary
    assert panels(model)


def test_it_plays_until_it_is_told_to_stop():
    widget = explore.playground("units=2")
    (player,) = (control for control in controls(widget, object) if isinstance(control, Player))
    frames = []
    widget.canvas.observe(lambda change: frames.append(change.new), "panels")
    player.playing = True
    for asked in range(1, 6):
        player.asked = asked
    assert len(frames) > 3
    assert not any(mark.get("drag") for mark in widget.canvas.panels[1]["marks"])
    player.playing = False
    assert any(mark.get("drag") for mark in widget.canvas.panels[1]["marks"])
    stopped = len(frames)
    player.asked = 6
    assert len(frames) == stopped
    assert player.answered == 6


def test_hidden_controls_are_not_there():
    shown = {getattr(c, "description", "") for c in controls(explore.playground(hide=CONTROLS), object)}
    assert shown >= {"Step", "Epoch", "Reset"}
    assert not shown & {"learning rate", "noise", "weight", "recipe"}


def test_a_text_in_the_field_becomes_the_playground_and_a_wrong_one_says_why():
    widget = explore.playground()
    field = next(c for c in controls(widget, object) if getattr(c, "description", "") == "recipe")
    field.value = "points=xor units=2"
    assert "2 units, one output" in widget.canvas.panels[0]["alt"]
    field.value = "units=0-0"
    assert "This is no recipe: expected units" in widget.canvas.summary


def test_results_are_noted():
    widget = explore.playground("units=3")
    for name in ("Epoch", "Note this result", "Note this result"):
        next(c for c in controls(widget, object) if getattr(c, "description", "") == name).click()
    (table,) = [c for c in controls(widget, object) if "nnk-notes" in str(getattr(c, "value", ""))]
    assert table.value.count("<td>2-3-1</td>") == 2
    assert "2 results noted" in table.value
