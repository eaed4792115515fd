"""The explorers of chapter 11 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary

TRAINED = """
import numpy as np
from nnkit import datasets
from nnkit.losses import BinaryCrossEntropy
from nnkit.network import mlp
from nnkit.optimizers import Adam
from nnkit.training import fit
X, y = datasets.moons(200, noise=0.2, rng=np.random.default_rng(5))
net = mlp((2, 16, 16, 1), rng=np.random.default_rng(2))
adam = Adam(net.parameters, 0.01)
fit(net, BinaryCrossEntropy(), adam, X, y, epochs=200, batch_size=200, rng=np.random.default_rng(0))
explore.landscape(net, X, y)
"""


def test_the_race_follows_sliders_surfaces_racers_and_start(opened, screenshot):
    notebook = opened("explore.optimizer_race()")
    page = notebook.page
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("Long bowl, all at η = 0.01")
    screenshot(page, "race_long_bowl")
    for slider in ("rate η", "momentum μ"):
        page.get_by_role("slider", name=slider).focus()
        page.keyboard.press("ArrowLeft")
        for picture in pictures:
            picture.changes()
    page.get_by_role("slider", name="step", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    for picture in pictures[:2]:
        picture.changes()
    for button in ("SGD", "Saddle", "Curved valley", "Adam's best rate", "Many minima"):
        press(notebook, button)
        for picture in pictures:
            picture.changes()
        screenshot(page, f"race_{button.lower().replace(' ', '_')}")
    page.get_by_role("button", name="start at").focus()
    page.keyboard.press("Shift+ArrowLeft")
    for picture in pictures:
        picture.changes()


def test_the_landscape_follows_its_controls_and_its_ring(opened, screenshot):
    notebook = opened(TRAINED)
    page = notebook.page
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("Filter-normalized directions, slice 1, network")
    screenshot(page, "landscape_network")
    page.get_by_role("button", name="place at").focus()
    page.keyboard.press("Shift+ArrowLeft")
    for picture in pictures:
        picture.changes()
    page.get_by_role("slider", name="slice").focus()
    page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    page.get_by_role("slider", name="reach").focus()
    page.keyboard.press("ArrowRight")
    for picture in pictures[:2]:
        picture.changes()
    press(notebook, "Twin")
    expect(summary(notebook)).to_contain_text("slice 2, twin")
    press(notebook, "Random")
    for picture in pictures:
        picture.changes()
    screenshot(page, "landscape_twin_random")
    press(notebook, "Back to the star")
    expect(summary(notebook)).to_contain_text("At the ring (0.00, 0.00)")
