"""The explorer of chapter 10 in a real JupyterLab, by keyboard and mouse."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_batch_paths_follow_sliders_presets_and_draws(opened, screenshot):
    notebook = opened("explore.batch_paths()")
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("mini-batch (8 per update), updates: 80")
    screenshot(notebook.page, "batch_paths_good")
    notebook.page.get_by_role("slider", name="rate").focus()
    notebook.page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    notebook.page.get_by_role("slider", name="batch size").focus()
    notebook.page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    expect(summary(notebook)).to_contain_text("mini-batch (16 per update)")
    notebook.page.get_by_role("slider", name="epochs").focus()
    notebook.page.keyboard.press("ArrowLeft")
    pictures[0].changes()
    for button in ("With replacement", "Draw again", "Too fast for one", "Crawl"):
        press(notebook, button)
        pictures[1].changes()
    screenshot(notebook.page, "batch_paths_crawl")
