"""The explorer of chapter 13 in a real JupyterLab: drawn on with the mouse, by keyboard, and by examples."""

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary

NET = """
import numpy as np
from nnkit.network import mlp
explore.draw_digit(mlp(({}, 40, 10), rng=np.random.default_rng(0)))
"""


@pytest.mark.parametrize("pixels", [64, 784])
def test_a_digit_is_drawn_with_mouse_and_keys(opened, screenshot, pixels):
    notebook = opened(NET.format(pixels))
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("The network sees a")
    pad = notebook.page.get_by_role("application", name="Drawing pad")
    for button in ("7", "Clear"):
        press(notebook, button)
        for picture in pictures:
            picture.changes()
    expect(summary(notebook)).to_contain_text("Nothing is drawn")

    box, mouse = pad.bounding_box(), notebook.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 40)
    mouse.down()
    for at in (80, 120, 160):
        mouse.move(box["x"] + at, box["y"] + 60)
    mouse.up()
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).not_to_contain_text("Nothing is drawn")
    mouse.move(box["x"] + 100, box["y"] + 200)  # the pen is up: nothing is drawn
    screenshot(notebook.page, f"draw_digit_{pixels}_mouse")

    pad.focus()
    keyboard = notebook.page.keyboard
    keyboard.press("Space")
    for _ in range(5):
        keyboard.press("Shift+ArrowDown")
    expect(notebook.page.get_by_text("Pen down")).to_be_visible()
    pictures[0].changes()
    keyboard.press("Space")
    expect(notebook.page.get_by_text("Pen up")).to_be_visible()
    keyboard.press("Backspace")
    pictures[0].changes()
    screenshot(notebook.page, f"draw_digit_{pixels}_keys")

    notebook.page.get_by_role("slider", name="turn").focus()
    keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
