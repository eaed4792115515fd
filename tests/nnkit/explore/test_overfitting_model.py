"""The overfitting explorer's model: what it keeps of a training, and its presets show what their names say."""

import json

import numpy as np
import pytest
from ipywidgets import IntSlider

from nnkit import explore
from nnkit.explore import _overfitting, marks
from nnkit.explore._overfitting import (
    EPOCHS,
    MOST,
    PRESETS,
    STRENGTHS,
    TRAINING,
    VALIDATION,
    OverfittingModel,
    panels,
    untrained,
)
from nnkit.losses import MeanSquaredError
from nnkit.optimizers import Adam
from nnkit.penalties import L2
from nnkit.training import fit
from tests.nnkit.explore.test_widgets import controls, press


@pytest.mark.parametrize(("strength", "rate"), [(0.0, 0.0), (0.1, 0.0), (0.03, 0.3)])
def test_every_third_epoch_of_one_training_is_kept(strength, rate):
    model = OverfittingModel(5, strength, rate)
    net = untrained(5, rate)
    (x, y), (x_validation, y_validation) = TRAINING, VALIDATION
    history = fit(
        net, MeanSquaredError(), Adam(net.parameters, 0.08), x[:, np.newaxis], y, epochs=6, batch_size=len(x),
        rng=np.random.default_rng(0), penalty=L2(strength), validation=(x_validation[:, np.newaxis], y_validation),
    )  # fmt: skip
    np.testing.assert_allclose(model.validation_loss[:2], [history.validation_loss[2], history.validation_loss[5]])
    model.look(6)
    np.testing.assert_allclose(model.curve, net.forward(_overfitting._X[:, np.newaxis])[:, 0])
    np.testing.assert_allclose(model.weights[0], net.layers[0].W[:, 0])


def test_small_networks_start_as_parts_of_large_ones():
    small, large = untrained(3, 0.0), untrained(MOST, 0.5)
    for at in (0, 3):
        few, many = small.layers[at], large.layers[at]
        np.testing.assert_array_equal(few.W.ravel(), many.W.ravel()[:3])
    np.testing.assert_array_equal(small.layers[0].b, large.layers[0].b[:3])


def test_masks_drop_about_the_share_that_was_asked_for_and_none_without_dropout():
    model = OverfittingModel(24, 0.0, 0.3)
    dropped = np.mean([1 - look_at(model, epoch).mask.mean() for epoch in range(3, EPOCHS + 1, 3)])
    assert dropped == pytest.approx(0.3, abs=0.04)
    assert look_at(OverfittingModel(24, 0.0, 0.0), 9).mask.all()


def look_at(model, epoch):
    model.look(epoch)
    return model


def test_dropout_changes_the_training_and_a_second_training_is_the_same():
    plain, dropped, again = OverfittingModel(8), OverfittingModel(8, rate=0.5), OverfittingModel(8, rate=0.5)
    assert not np.allclose(plain.training_loss, dropped.training_loss)
    np.testing.assert_array_equal(dropped.training_loss, again.training_loss)


def test_presets_show_what_their_names_say():
    models = {name: OverfittingModel(*settings) for name, settings in PRESETS.items()}
    end = {name: (model.training_loss[-1], model.validation_loss[-1]) for name, model in models.items()}
    assert end["Overfit"][0] < 0.05
    assert end["Overfit"][1] > 1.5 * models["Overfit"].validation_loss.min()
    assert models["Overfit"].best_epoch < 50
    for name in ("With a penalty", "With dropout"):
        assert end[name][1] < 0.5 * end["Overfit"][1]
    for name in ("Too small", "Too strict"):
        assert end[name][0] > 4 * end["Overfit"][0]
        assert end[name][1] > 1.3 * end["With a penalty"][1]


def test_the_answers_to_the_questions_below_the_explorer():
    assert OverfittingModel().best_epoch == 30
    by_strength = {strength: OverfittingModel(24, strength).validation_loss[-1] for strength in STRENGTHS}
    assert min(by_strength, key=by_strength.get) == 0.03
    rates = np.arange(0, 15) * 0.05
    by_rate = [OverfittingModel(24, 0.0, rate).validation_loss[-1] for rate in rates]
    assert 0.05 < rates[int(np.argmin(by_rate))] < 0.4
    assert by_rate[-1] > 1.5 * min(by_rate)
    assert OverfittingModel(24, 0.03, 0.2).validation_loss[-1] > min(by_rate)  # together they are too strict


@pytest.mark.parametrize("settings", [(0, 0.0, 0.0), (31, 0.0, 0.0), (3, -1.0, 0.0), (3, np.nan, 0.0), (3, 0.0, 1.0)])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match="expected"):
        OverfittingModel(*settings)


def test_an_epoch_out_of_range_is_refused():
    with pytest.raises(ValueError, match="expected a multiple of 3 up to 120 as epoch, got 121"):
        OverfittingModel(1).look(121)


def test_the_picture_is_finite_plain_data_in_every_preset_and_says_what_it_shows():
    for hidden, strength, rate in PRESETS.values():
        model = look_at(OverfittingModel(hidden, strength, rate), 42)
        picture = panels(model)
        assert all(np.isfinite(marks.numbers(mark)).any() for panel in picture for mark in panel["marks"])
        json.dumps(picture, default=lambda raw: raw.hex())  # bytes aside, what a widget can send
        assert f"λ = {strength:g}" in model.summary
        assert "Epoch 42" in model.summary
        assert "in epoch 42" in picture[2]["alt"]


def test_the_view_follows_its_controls_and_a_preset_trains_once(monkeypatch):
    widget = explore.overfitting()
    hidden, epoch = (slider for slider in controls(widget, IntSlider))
    hidden.value = 3
    assert "3 hidden neurons" in widget.canvas.summary
    epoch.value = 12
    assert "Epoch 12:" in widget.canvas.summary
    trained = []
    original = OverfittingModel.train
    monkeypatch.setattr(OverfittingModel, "train", lambda self, *now: (trained.append(now), original(self, *now)))
    press(widget, "With dropout")
    assert trained == [PRESETS["With dropout"]]
    assert "24 hidden neurons, λ = 0, dropout rate 0.2" in widget.canvas.summary
