"""The explorer of chapter 08 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_deltas_follow_knobs_presets_and_steps(opened, screenshot):
    notebook = opened("explore.deltas()")
    page, pictures = notebook.page, [Picture(notebook, panel) for panel in range(2)]
    expect(summary(notebook)).to_contain_text("hidden outputs 0.75 and 0.50")
    screenshot(page, "deltas_whiteboard")
    knob = page.get_by_role("slider", name="w²₁₂")
    knob.focus()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight", "ArrowDown"):  # fast, and all of them count
        page.keyboard.press(key)
    expect(knob).to_have_attribute("aria-valuenow", "-2.4")
    for picture in pictures:
        picture.changes()
    place = knob.bounding_box()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2 - 40, steps=4)
    page.mouse.up()
    expect(knob).to_have_attribute("aria-valuenow", "-0.4")
    for button in ("target y = 0", "ReLU", "Saturated", "Step downhill"):
        press(notebook, button)
        pictures[1].changes()
    screenshot(page, "deltas_after_a_step")
