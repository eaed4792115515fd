"""The explorer of chapter 12 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_overfitting_follows_sliders_and_presets(opened, screenshot):
    notebook = opened("explore.overfitting()")
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("24 hidden neurons, λ = 0, dropout rate 0")
    screenshot(notebook.page, "overfitting_overfit")
    for name, words in (
        ("hidden neurons", "23 hidden neurons"),
        ("λ of L2", "λ = 0.0001"),
        ("dropout rate", "rate 0.05"),
    ):
        notebook.page.get_by_role("slider", name=name).focus()
        notebook.page.keyboard.press("ArrowLeft" if name == "hidden neurons" else "ArrowRight")
        expect(summary(notebook)).to_contain_text(words)
        for picture in pictures[:2]:
            picture.changes()
    press(notebook, "With dropout")
    expect(summary(notebook)).to_contain_text("24 hidden neurons, λ = 0, dropout rate 0.2")
    for picture in pictures:
        picture.changes()
    screenshot(notebook.page, "overfitting_dropout")
    notebook.page.get_by_role("slider", name="look at epoch").focus()
    notebook.page.keyboard.press("PageDown")
    for picture in pictures:
        picture.changes()
    screenshot(notebook.page, "overfitting_earlier")
