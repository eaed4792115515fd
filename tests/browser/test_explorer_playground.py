"""The playground in a real JupyterLab: played, stopped, clicked."""

import re
import time

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary

COUNT_FRAMES = """() => {
  window.frames_drawn = 0;
  const draw = CanvasRenderingContext2D.prototype.scale;
  CanvasRenderingContext2D.prototype.scale = function (...args) {
    window.frames_drawn++;
    return draw.apply(this, args);
  };
}"""


def test_it_plays_until_it_is_stopped_and_steps_and_resets(opened, screenshot):
    notebook = opened("explore.playground('points=circles units=4-2')")
    network, plane = Picture(notebook, 0), Picture(notebook, 1)
    screenshot(notebook.page, "playground")
    notebook.page.evaluate(COUNT_FRAMES)
    play = notebook.page.get_by_role("button", name="Play")
    play.focus()
    notebook.page.keyboard.press("Enter")
    expect(summary(notebook)).to_contain_text("Epoch 4")
    time.sleep(2)
    notebook.page.get_by_role("button", name="Pause").click()
    expect(notebook.page.get_by_role("button", name="Play")).to_be_visible()
    assert notebook.page.evaluate("window.frames_drawn") > 5 * 5  # five panels, more than five pictures
    notebook.rest()
    network.changes()
    words = summary(notebook).inner_text()
    time.sleep(0.3)
    assert summary(notebook).inner_text() == words
    screenshot(notebook.page, "playground_played")
    for button in ("Step", "Epoch", "Reset"):
        press(notebook, button)
        plane.changes()
    expect(summary(notebook)).to_contain_text("Epoch 0, 0 steps.")


def test_a_weight_is_chosen_on_the_picture_and_turned_by_key(opened):
    notebook = opened("explore.playground('units=2', hide=['points', 'noise'])")
    network = Picture(notebook, 0)
    canvas = notebook.page.locator(".nnk-panel canvas").first
    box = canvas.bounding_box()
    canvas.click(position={"x": 0.68 * box["width"], "y": 0.56 * box["height"]})
    network.changes()
    expect(canvas).to_have_attribute("aria-label", re.compile("Chosen: layer 2, unit 2 → 1"))
    notebook.page.get_by_role("slider", name="its value").focus()
    notebook.page.keyboard.press("ArrowRight")
    network.changes()
    expect(notebook.page.get_by_role("slider", name="noise")).to_have_count(0)


def test_a_click_adds_a_point_that_a_key_moves(opened):
    notebook = opened("explore.playground()")
    plane = Picture(notebook, 1)
    canvas = notebook.page.locator(".nnk-panel canvas").nth(1)
    box = canvas.bounding_box()
    canvas.click(position={"x": 0.5 * box["width"], "y": 0.52 * box["height"]})
    plane.changes()
    point = notebook.page.get_by_role("button", name="Point 61, class 0")
    expect(point).to_have_count(1)
    point.focus()
    notebook.page.keyboard.press("ArrowUp")
    plane.changes()
