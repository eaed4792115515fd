"""The race's model: the racers are nnkit's optimizers, the surfaces have the slopes and depths they claim."""

import json

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._optimizer_race import EXPONENTS, NOTCH, RACERS, RATES, STEPS, SURFACES, RaceModel, panels
from nnkit.gradcheck import numerical_gradient
from nnkit.network import Parameters
from nnkit.optimizers import SGD, Adagrad, Adam, Momentum, Nesterov, RMSProp
from tests.nnkit.explore.test_widgets import controls, press

OWN = {
    "SGD": SGD,
    "Momentum": lambda params, rate: Momentum(params, rate, momentum=0.8),
    "Nesterov": lambda params, rate: Nesterov(params, rate, momentum=0.8),
    "Adagrad": Adagrad,
    "RMSProp": RMSProp,
    "Adam": lambda params, rate: Adam(params, rate, beta1=0.8),
}


@pytest.mark.parametrize("racer", RACERS)
@pytest.mark.parametrize("surface", ["Curved valley", "Saddle"])
def test_each_path_is_that_of_the_optimizer_itself(racer, surface):
    model = RaceModel(surface, 0.8)
    for at in (0, 22, 35):
        params = Parameters(model.start.copy(), np.zeros(2))
        optimizer = OWN[racer](params, float(RATES[at]))
        for t in range(STEPS):
            np.testing.assert_allclose(model.paths[racer][t, at], params.values, rtol=1e-9, atol=1e-12)
            params.gradient[:] = model.surface.slope(params.values[None])[0]
            with np.errstate(over="ignore", invalid="ignore"):
                optimizer.step()
            if not np.abs(params.values).max() < 1e3:
                break


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_slopes_are_those_of_the_heights_and_the_deepest_points_have_height_zero(surface):
    for point in np.random.default_rng(0).uniform(-2, 2, size=(5, 2)):
        measured = numerical_gradient(lambda p: surface.height(p[None])[0], point)
        np.testing.assert_allclose(surface.slope(point[None])[0], measured, atol=1e-6)
    deepest = np.array(surface.deepest)
    np.testing.assert_allclose(surface.height(deepest), 0, atol=1e-15)
    np.testing.assert_allclose(surface.slope(deepest), 0, atol=1e-12)
    grid = np.random.default_rng(1).uniform(-8, 8, size=(2000, 2))
    assert surface.height(grid).min() > 0


def test_rates_stand_on_the_notches_of_the_slider():
    notches = (np.log10(RATES) - EXPONENTS[0]) / NOTCH
    np.testing.assert_allclose(notches, np.arange(len(RATES)), atol=1e-9)
    model = RaceModel()
    model.choose(0.0311)
    assert model.rate == pytest.approx(10**-1.5)


def test_sgd_has_its_edge_on_the_long_bowl_and_adagrad_none():
    model = RaceModel("Long bowl")
    works = {racer: RATES[heights[-1] < 0.1] for racer, heights in model.heights.items()}
    assert works["SGD"].max() < 2 / 25
    assert works["Adagrad"].max() == RATES.max()
    assert works["Momentum"].max() > 2 / 25


def test_nobody_leaves_the_ridge_from_exactly_on_it():
    model = RaceModel("Saddle")
    model.begin(-1.6, 0.0)
    assert all(model.best(racer)[1] >= 0.25 for racer in RACERS)
    model.begin(-1.6, 0.01)
    assert model.best("RMSProp")[1] < 1e-6


def test_the_summary_ranks_and_says_who_diverged():
    model = RaceModel("Long bowl", 0.9, 0.1)
    names = [name for name, _ in model.ranking]
    assert names[0] == "RMSProp"
    assert set(names[-2:]) == {"SGD", "Nesterov"}
    assert "SGD diverged" in model.summary
    ends = [end for _, end in model.ranking]
    assert ends == sorted(ends)


@pytest.mark.parametrize(
    "call",
    [lambda m: m.load("Hill"), lambda m: m.choose(0.0), lambda m: m.choose(np.nan), lambda m: m.run(1.0)],
)
def test_bad_settings_are_refused(call):
    with pytest.raises(ValueError, match="expected"):
        call(RaceModel())


@pytest.mark.parametrize("rate", [1e-4, 10.0])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_picture_is_plain_finite_data_with_a_line_for_each_racer_shown(surface, rate):
    model = RaceModel(surface, rate=rate)
    for panel in panels(model, STEPS, ["SGD", "Adam"]):
        assert json.loads(json.dumps(panel, default=bytes.hex))["title"] == panel["title"]
        assert "SGD" in panel["alt"]
        assert "RMSProp" not in panel["alt"]
        assert sum(mark["kind"] == "line" and not mark["dashed"] for mark in panel["marks"]) == 2
    for panel in panels(model, STEPS, list(RACERS))[1:]:
        for mark in panel["marks"]:
            assert np.isfinite(marks.numbers(mark)).all()


def test_controls_reach_the_picture():
    widget = explore.optimizer_race()
    before = widget.canvas.summary
    press(widget, "SGD's best rate")
    assert "η = 0.063" in widget.canvas.summary
    momentum = next(s for s in controls(widget, object) if getattr(s, "description", "") == "momentum μ")
    momentum.value = 0.5
    assert "μ = 0.50" in widget.canvas.summary
    assert widget.canvas.summary != before
    widget.canvas.moved = [0, 0, 1.004, 2.0, 1]
    assert "from (1.00, 2.00)" in widget.canvas.panels[0]["alt"]
    toggle = next(t for t in controls(widget, object) if getattr(t, "description", "") == "SGD")
    toggle.value = False
    assert "SGD" not in widget.canvas.panels[0]["alt"]


class OwnMomentum:
    def __init__(self, rate, mu):
        self.rate, self.mu, self.v = rate, mu, 0.0

    def step(self, w, g):
        self.v = self.mu * self.v + g
        return w - self.rate * self.v


def test_an_own_optimizer_races_as_nnkit_s_does():
    model = RaceModel("Saddle", 0.8, own={"yours": OwnMomentum})
    model.begin(-1.0, 0.5)
    np.testing.assert_allclose(model.paths["yours"], model.paths["Momentum"], rtol=1e-9, atol=1e-12)
    assert "yours" in model.summary
    assert not model.absent
    assert any(["ink", "*"] in mark.get("styles", []) for mark in panels(model, STEPS, ["yours"])[0]["marks"])


def test_an_own_optimizer_that_fails_is_left_out_and_the_words_say_so():
    def unfinished(rate, mu):
        raise NotImplementedError

    model = RaceModel(own={"yours": unfinished, "hers": lambda rate, mu: None})
    assert list(model.paths) == list(RACERS)
    assert "yours does not run yet: its exercise is unfinished." in model.summary
    assert "hers does not run yet: AttributeError" in model.summary
