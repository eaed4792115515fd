"""The softmax explorer in a real JupyterLab: slider and presets by keyboard, vectors by mouse and keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Picture


@pytest.fixture
def notebook(lab):
    notebook = lab(["from nnkit import explore\nexplore.softmax_regions()"])
    notebook.run_all()
    notebook.page.locator(".nnk-panel canvas").first.wait_for()
    yield notebook
    assert notebook.problems == []


def test_temperature_and_presets_by_keyboard(notebook, screenshot):
    page = notebook.page
    words = page.locator(".nnk-summary")
    expect(words).to_contain_text("At temperature 1 ")
    screenshot(page, "softmax_regions_usc")
    pictures = [Picture(notebook, panel) for panel in (0, 1)]
    page.get_by_role("slider", name="temperature T").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    for picture in pictures:
        picture.changes()
    expect(words).to_contain_text("At temperature 0.251 ")
    screenshot(page, "softmax_regions_cold")
    page.get_by_role("button", name="Swallowed", exact=True).focus()
    page.keyboard.press("Enter")
    expect(words).to_contain_text("class 1 wins nowhere")
    screenshot(page, "softmax_regions_swallowed")
    page.get_by_role("button", name="Vector w₁ of class 1").focus()
    plane = Picture(notebook)
    page.keyboard.press("ArrowUp")
    plane.changes()
    expect(words).not_to_contain_text("nowhere")


def test_a_vector_is_dragged_with_the_mouse(notebook):
    page = notebook.page
    handle = page.get_by_role("button", name="Vector w₂ of class 2")
    plane, box = Picture(notebook), handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=5)
    page.mouse.up()
    plane.changes()
    after = handle.bounding_box()
    assert after["x"] - box["x"] == pytest.approx(40, abs=5)
    assert after["y"] - box["y"] == pytest.approx(-30, abs=5)
    picture = page.get_by_role("img", name="The plane, cut by 3 rays")
    assert "w₂ at (0.00" not in picture.get_attribute("aria-label")
