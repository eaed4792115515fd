"""The explorer of chapter 07 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_backprop_follows_its_buttons_and_sliders(opened, screenshot):
    notebook = opened("explore.backprop()")
    pictures = [Picture(notebook, panel) for panel in range(2)]
    expect(summary(notebook)).to_contain_text("Step 0 of 9")
    screenshot(notebook.page, "backprop_start")
    press(notebook, "Step")
    pictures[0].changes()
    expect(summary(notebook)).to_contain_text("Step 1 of 9, forward")
    press(notebook, "To the end")
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).to_contain_text("All is known: ∂L/∂x = 40.")
    screenshot(notebook.page, "backprop_end")
    notebook.page.get_by_role("slider", name="input").focus()
    notebook.page.keyboard.press("ArrowLeft")
    for picture in pictures:
        picture.changes()
    notebook.page.get_by_role("slider", name="step").focus()
    notebook.page.keyboard.press("ArrowLeft")
    pictures[0].changes()
    expect(summary(notebook)).to_contain_text("Step 8 of 9, backward")
    press(notebook, "Shared weight")
    for picture in pictures:
        picture.changes()
    press(notebook, "To the end")
    expect(summary(notebook)).to_contain_text("All is known: ∂L/∂w")
    screenshot(notebook.page, "backprop_shared_weight")
