"""The explorer of chapter 08 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_deltas_follow_sliders_presets_and_steps(opened, screenshot):
    notebook = opened("explore.deltas()")
    pictures = [Picture(notebook, panel) for panel in range(2)]
    expect(summary(notebook)).to_contain_text("hidden outputs 0.75 and 0.50")
    screenshot(notebook.page, "deltas_whiteboard")
    notebook.page.get_by_role("slider", name="w²₁₂").focus()
    notebook.page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    for button in ("target y = 0", "ReLU", "Saturated", "Step downhill"):
        press(notebook, button)
        pictures[1].changes()
    screenshot(notebook.page, "deltas_after_a_step")
