"""The two explorers of chapter 06 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_activations_follow_their_controls_by_keyboard(opened, screenshot):
    notebook = opened("explore.activations()")
    pictures = [Picture(notebook, panel) for panel in range(2)]
    expect(summary(notebook)).to_contain_text("sigmoid at z = 1:")
    screenshot(notebook.page, "activations_sigmoid")
    notebook.page.get_by_role("slider", name="score z").focus()
    notebook.page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).to_contain_text("sigmoid at z = 1.1:")
    notebook.page.get_by_role("slider", name="neurons in a row").focus()
    notebook.page.keyboard.press("ArrowRight")
    pictures[1].changes()
    expect(summary(notebook)).to_contain_text("Through 4 neurons in a row")
    press(notebook, "softplus")
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).to_contain_text("softplus at z = 1.1:")
    screenshot(notebook.page, "activations_softplus")


def test_bumps_follow_sliders_presets_and_drags(opened, screenshot):
    notebook = opened("explore.bumps()")
    pictures = [Picture(notebook, panel) for panel in range(2)]
    expect(summary(notebook)).to_contain_text("6 bumps from 12 hidden neurons")
    screenshot(notebook.page, "bumps_wave")
    notebook.page.get_by_role("slider", name="bumps").focus()
    notebook.page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).to_contain_text("7 bumps")
    press(notebook, "Boxes")
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).to_contain_text("10 bumps from 20 hidden neurons, steepness 501")
    screenshot(notebook.page, "bumps_boxes")
    notebook.page.get_by_role("button", name="Height of bump 4").focus()
    notebook.page.keyboard.press("Shift+ArrowUp")
    for picture in pictures:
        picture.changes()
    press(notebook, "Jump")
    expect(summary(notebook)).to_contain_text("10 bumps")
    pictures[0].changes()
    press(notebook, "Smeared")
    screenshot(notebook.page, "bumps_smeared")
