"""The learning-rate explorer's model: a real loss, a real bound, and regimes measured from the run."""

import numpy as np
import pytest

from nnkit.explore import _learning_rate, marks
from nnkit.explore._learning_rate import PRESETS, LearningRateModel
from nnkit.gradcheck import numerical_gradient


@pytest.fixture
def model():
    return LearningRateModel()


def test_the_gradient_and_the_hessian_belong_to_the_loss(model):
    theta = np.array([0.7, -0.3])
    np.testing.assert_allclose(
        model.gradient(theta), numerical_gradient(lambda t: model.loss(t[None])[0], theta), atol=1e-8
    )
    rows = [numerical_gradient(lambda t, j=j: model.gradient(t)[j], theta) for j in range(2)]
    np.testing.assert_allclose(model.hessian(theta), rows, atol=1e-8)


def test_best_is_the_minimum(model):
    np.testing.assert_allclose(model.gradient(model.best), 0, atol=1e-12)
    around = model.best + 0.01 * np.random.default_rng(0).normal(size=(50, 2))
    assert np.all(model.loss(around) > model.best_loss)


def test_the_classes_overlap_so_the_loss_has_a_minimum(model):
    assert not np.all((model.X @ model.best > 0) == (model.y == 1))


@pytest.mark.parametrize(
    ("preset", "regime"),
    [
        ("Crawl", "crawls"),
        ("Good", "converges"),
        ("Overshoot", "overshoots"),
    ],
)
def test_every_preset_does_what_its_name_says(model, preset, regime):
    model.run(10 ** PRESETS[preset])
    assert model.regime == regime
    assert f" {regime}." in model.summary(60)


@pytest.mark.parametrize(("factor", "stays"), [(0.97, True), (1.03, False)])
def test_the_edge_between_good_and_too_large_is_two_over_the_largest_curvature(model, factor, stays):
    edge = 2 / np.linalg.eigvalsh(model.hessian(model.best))[-1]
    assert edge == pytest.approx(2.47, abs=0.005), "the number that chapter 03 gives"
    theta = model.best + 1e-3
    for _ in range(2000):
        theta = theta - factor * edge * model.gradient(theta)
    distance = np.linalg.norm(theta - model.best)
    assert (distance < 1e-6) == stays


def test_chapter_03_tells_the_truth_about_the_notches_beside_the_edge(model):
    model.run(10**0.35)
    assert model.rises == 0
    assert model.losses[-1] == pytest.approx(model.best_loss, abs=1e-9)
    model.run(10**0.4)
    assert np.flatnonzero(np.diff(model.losses) > 1e-12)[0] + 1 == 12
    assert model.regime == "overshoots"
    guarantee = 8 * len(model.y) / np.linalg.eigvalsh(model.X.T @ model.X)[-1]
    assert guarantee == pytest.approx(0.94, abs=0.005)


def test_chapter_03_tells_the_truth_about_the_rates_below_and_far_beyond(model):
    crawl = 10 ** PRESETS["Crawl"]
    model.run(crawl * 13)
    assert model.regime == "crawls"
    model.run(crawl * 16)
    assert model.regime == "converges"
    model.run(10 ** PRESETS["Overshoot"])
    assert model.rate == pytest.approx(7.08, abs=0.005)
    assert np.flatnonzero(np.diff(model.losses) > 1e-12)[0] + 1 == 2
    model.run(31)
    assert model.losses.max() < 20


def test_overshooting_really_raises_the_loss(model):
    model.run(10 ** PRESETS["Overshoot"])
    assert model.losses.max() > model.losses[0]
    assert model.rises == sum(b > a for a, b in zip(model.losses, model.losses[1:], strict=False))


def test_every_rate_starts_at_the_same_point(model):
    start = model.path[0].copy()
    model.run(5.0)
    np.testing.assert_array_equal(model.path[0], start)
    np.testing.assert_allclose(model.path[1], start - 5.0 * model.gradient(start))


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_must_be_positive(model, rate):
    with pytest.raises(ValueError, match="expected the learning rate to be a positive number"):
        model.run(rate)


@pytest.mark.parametrize("rate", [0.01, 1.0, 31.6])
@pytest.mark.parametrize("step", [0, 1, 60])
def test_the_panels_show_the_same_step(model, rate, step):
    model.run(rate)
    curve, plane, landscape = _learning_rate.panels(model, step)
    np.testing.assert_allclose(marks.numbers(curve["marks"][-1])[0], [step, model.losses[step]], rtol=1e-6)
    np.testing.assert_allclose(marks.numbers(landscape["marks"][-1])[0], model.path[step], rtol=1e-6)
    assert f"step {step};" in plane["alt"]
    probability = marks.numbers(plane["marks"][0])
    assert 0 <= probability.min() < 0.5 < probability.max() <= 1
    boundary = marks.numbers(plane["marks"][1])
    np.testing.assert_allclose(boundary @ model.path[step] / np.linalg.norm(model.path[step]), 0, atol=1e-3)
