"""The batch explorer's model: its walks are gradient descent, its draws are what they say, its clouds unbiased."""

import numpy as np
import pytest
from ipywidgets import Button, FloatLogSlider, SelectionSlider, ToggleButtons

from nnkit import explore
from nnkit.explore import marks
from nnkit.explore._batch_paths import DRAWS, EPOCHS, EXPONENTS, NOTCH, PRESETS, BatchPathsModel, N, panels
from tests.nnkit.explore.test_widgets import controls, press


def slope(model, rows, w):
    """The mean gradient of half the squared errors, straight from its definition."""
    return np.mean([(model.X[i] @ w - model.d[i]) * model.X[i] for i in rows], axis=0)


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("name", "batch_size"), [("single", 8), ("mini-batch", 8), ("mini-batch", 32), ("all", 1)])
def test_a_walk_is_gradient_descent_on_its_batches(name, batch_size, draw):
    model = BatchPathsModel(0.2, batch_size, draw)
    size, walk = model.sizes[name], model.walks[name]
    assert walk.shape == (EPOCHS * N // size + 1, 2)
    w = walk[0]
    for update in range(min(len(walk) - 1, 150)):
        rows = model.order[update * size : (update + 1) * size] if size < N else range(N)
        w = w - 0.2 * slope(model, rows, w)
        np.testing.assert_allclose(walk[update + 1], w, rtol=1e-9, atol=1e-9)


def test_shuffled_epochs_show_each_example_once_and_draws_with_replacement_do_not():
    shuffled, replaced = (BatchPathsModel(draw=draw).order.reshape(EPOCHS, N) for draw in DRAWS)
    assert (np.sort(shuffled, axis=1) == np.arange(N)).all()
    assert not np.array_equal(shuffled[0], shuffled[1])
    assert all(len(set(epoch)) < N for epoch in replaced.tolist())


def test_best_is_the_lowest_point_and_the_walk_on_all_examples_finds_it():
    model = BatchPathsModel(0.9)
    np.testing.assert_allclose(slope(model, range(N), model.best), 0, atol=1e-12)
    np.testing.assert_allclose(model.walks["all"][-1], model.best, atol=1e-3)
    around = np.random.default_rng(0).normal(size=(5, 2)) + model.best
    measured = [np.mean((model.X @ w - model.d) ** 2 - (model.X @ model.best - model.d) ** 2) / 2 for w in around]
    np.testing.assert_allclose(model.excess(around), measured)


def test_chance_moves_the_small_batches_only():
    one, other = (BatchPathsModel(seed=seed) for seed in (0, 1))
    assert not np.array_equal(one.walks["single"], other.walks["single"])
    np.testing.assert_array_equal(one.walks["all"], other.walks["all"])
    np.testing.assert_array_equal(BatchPathsModel(batch_size=N).walks["mini-batch"], one.walks["all"])


def test_four_times_the_batch_hovers_at_half_and_shuffling_closer():
    replaced, replaced_by_four, shuffled = (
        np.mean([BatchPathsModel(0.1, size, draw, seed).hovering("mini-batch") for seed in range(10)])
        for size, draw in ((2, DRAWS[1]), (8, DRAWS[1]), (8, DRAWS[0]))
    )
    assert 1.7 < replaced / replaced_by_four < 2.4
    assert shuffled < 0.75 * replaced_by_four


@pytest.mark.parametrize("size", BatchPathsModel().batch_sizes)
def test_the_cloud_of_estimates_is_unbiased_and_as_wide_as_derived(size):
    w = np.array([-3.0, 2.0])
    models = [BatchPathsModel(0.1, size, seed=seed) for seed in range(10)]
    exact, _ = models[0].estimates(w)
    np.testing.assert_allclose(exact, slope(models[0], range(N), w))
    cloud = np.concatenate([model.estimates(w)[1] for model in models])
    one = ((models[0].X @ w - models[0].d)[:, None] * models[0].X).var(axis=0)
    variance = one / size * (N - size) / (N - 1)
    np.testing.assert_allclose(cloud.var(axis=0), variance, rtol=0.2, atol=1e-12)
    assert (np.abs(cloud.mean(axis=0) - exact) <= 4 * np.sqrt(variance / len(cloud)) + 1e-9).all()


def test_presets_lie_on_the_slider_and_do_what_they_say():
    ends = {}
    for name, (exponent, size) in PRESETS.items():
        assert EXPONENTS[0] <= exponent <= EXPONENTS[1]
        assert abs(exponent / NOTCH - round(exponent / NOTCH)) < 1e-9
        model = BatchPathsModel(10**exponent, size or N)
        ends[name] = {walk: float(model.excess(path[-1:])[0]) for walk, path in model.walks.items()}
    begin = 5.5
    assert ends["Crawl"]["all"] > 0.7 * begin
    assert ends["Good"]["mini-batch"] < 0.01 * begin
    assert ends["Too fast for one"]["single"] > begin > 1e-6 > ends["Too fast for one"]["all"]
    assert 10 ** PRESETS["Too fast for one"][0] < model.edge < 10 ** PRESETS["Too fast for all"][0]
    assert ends["Too fast for all"]["all"] > begin


@pytest.mark.parametrize("rate", [1e-3, 0.1, 3.0])
@pytest.mark.parametrize("epoch", [0, 1, EPOCHS])
def test_every_picture_can_be_drawn_and_says_what_it_shows(rate, epoch):
    model = BatchPathsModel(rate, 4)
    bowl, losses, cloud = panels(model, epoch)
    for panel in (bowl, losses, cloud):
        assert len(panel["alt"]) > 40
    paths = [marks.numbers(mark) for mark in bowl["marks"] if mark["kind"] == "line"]
    assert [len(path) for path in paths] == [epoch * N + 1, epoch * N // 4 + 1, epoch + 1]
    assert f"Epoch {epoch}, {epoch * N} examples seen" in model.summary(epoch)
    if rate == 3.0 and epoch == EPOCHS:
        assert "beyond all bounds" in model.summary(epoch)


@pytest.mark.parametrize(
    "settings", [(0.0, 8, "Shuffled"), (np.nan, 8, "Shuffled"), (0.1, 3, "Shuffled"), (0.1, 8, "x")]
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match=r"expected .*, got"):
        BatchPathsModel(*settings)


def test_the_view_follows_sliders_toggles_and_buttons():
    widget = explore.batch_paths()
    assert "mini-batch (8 per update), updates: 80" in widget.canvas.summary
    controls(widget, SelectionSlider)[0].value = 32
    assert "mini-batch (32 per update), updates: 20" in widget.canvas.summary
    controls(widget, FloatLogSlider)[0].value = 0.01
    assert "η = 0.01" in widget.canvas.summary
    before = widget.canvas.summary
    press(widget, "Draw again")
    assert widget.canvas.summary != before
    controls(widget, ToggleButtons)[0].value = "With replacement"
    assert widget.canvas.summary.startswith("With replacement")
    for name in PRESETS:
        press(widget, name)
        assert f"η = {10 ** PRESETS[name][0]:.3g}" in widget.canvas.summary
    assert len(controls(widget, Button)) == len(PRESETS) + 1


def own_examples(n=30):
    rng = np.random.default_rng(4)
    X = np.column_stack([rng.normal(size=n), np.ones(n)])
    return X, X @ np.array([300.0, -500.0]) + 100 * rng.normal(size=n)


@pytest.mark.parametrize("name", ["single", "mini-batch", "all"])
def test_own_examples_are_walked_with_a_smaller_last_batch(name):
    X, d = own_examples()
    model = BatchPathsModel(0.2, 8, X=X, d=d)
    size, walk = model.sizes[name], model.walks[name]
    assert len(walk) == 1 + model.updates(name, EPOCHS) == 1 + EPOCHS * {"single": 30, "mini-batch": 4, "all": 1}[name]
    w = np.zeros(2)
    for epoch, order in enumerate(model.order.reshape(EPOCHS, -1)[:5]):
        np.testing.assert_allclose(model.place(name, epoch), w, rtol=1e-9, atol=1e-9)
        for start in range(0, 30, size):
            w = w - 0.2 * slope(model, order[start : start + size], w)
    np.testing.assert_allclose(model.best, np.linalg.lstsq(X, d, rcond=None)[0])


def test_own_examples_of_any_size_have_rates_and_axes_that_fit_them():
    X, d = own_examples()
    for scale in (1e-3, 1e3):
        widget = explore.batch_paths(X * scale, d)
        (rate,) = controls(widget, FloatLogSlider)
        edge = np.log10(BatchPathsModel(X=X * scale, d=d).edge)
        assert rate.min < edge - 2
        assert edge < rate.max < edge + 1
        press(widget, "Too fast for all")
        assert BatchPathsModel(rate.value, 30, X=X * scale, d=d).hovering("all") > 10 * np.abs(d).max() / scale
        press(widget, "Good")
        bowl, losses, cloud = widget.canvas.panels
        start = marks.numbers(next(mark for mark in losses["marks"] if mark["kind"] == "line"))[0, 1]
        assert losses["y"]["low"] < start < losses["y"]["high"]
        for panel in (bowl, cloud):
            assert panel["x"]["low"] < panel["x"]["high"]
    assert controls(widget, SelectionSlider)[0].options[-2:] == (16, 30)


@pytest.mark.parametrize(
    ("X", "d", "message"),
    [
        (own_examples()[0], None, "expected both"),
        (own_examples(15)[0], own_examples(15)[1], "16 to 512 rows"),
        (np.ones((30, 3)), np.ones(30), "two columns"),
        (own_examples()[0], np.ones(29), "a target for each of 30 rows"),
        (own_examples()[0], np.full(30, np.inf), "finite numbers"),
        (np.ones((30, 2)), np.ones(30), "no multiples of each other"),
        (own_examples()[0], np.zeros(30), "fit better than"),
    ],
)
def test_examples_that_make_no_bowl_are_refused(X, d, message):
    with pytest.raises(ValueError, match=message):
        explore.batch_paths(X, d)
