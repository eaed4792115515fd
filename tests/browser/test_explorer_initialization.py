"""The explorer of chapter 09 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_initialization_follows_sliders_choices_and_presets(opened, screenshot):
    notebook = opened("explore.initialization()")
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("The signal is alive in all layers")
    screenshot(notebook.page, "initialization_tanh")
    notebook.page.get_by_role("slider", name="scale").focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowLeft")
        for picture in pictures:
            picture.changes()
    notebook.page.get_by_role("slider", name="layers").focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(summary(notebook)).to_contain_text("11 layers")
    pictures[2].changes()
    for button in ("sigmoid", "all equal", "AU: 0.5 I", "He", "NEU: zeros"):
        press(notebook, button)
        for picture in pictures:
            picture.changes()
    expect(summary(notebook)).to_contain_text("nothing breaks the symmetry")
    screenshot(notebook.page, "initialization_zeros")
    press(notebook, "Fading sigmoids")
    expect(summary(notebook)).to_contain_text("The signal dies in layer 4")
    screenshot(notebook.page, "initialization_sigmoids")
