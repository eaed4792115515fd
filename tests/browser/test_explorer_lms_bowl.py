"""The bowl of ADALINE in a real JupyterLab, by keyboard."""

from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_the_bowl_follows_rate_input_and_method_by_keyboard(opened, screenshot):
    notebook = opened("explore.lms_bowl()")
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("Raw, batch")
    screenshot(notebook.page, "lms_bowl_raw")
    notebook.page.get_by_role("slider", name="rate η").focus()
    notebook.page.keyboard.press("ArrowRight")
    for picture in pictures:
        picture.changes()
    press(notebook, "Just beyond")
    expect(summary(notebook)).to_contain_text("diverges")
    screenshot(notebook.page, "lms_bowl_beyond")
    press(notebook, "Z-scored")
    expect(summary(notebook)).to_contain_text("Z-scored, batch")
    press(notebook, "Just inside", key="Space")
    expect(summary(notebook)).to_contain_text("0.998 times the batch edge")
    for picture in pictures:
        picture.changes()
    screenshot(notebook.page, "lms_bowl_z_scored")
    press(notebook, "Online")
    press(notebook, "A tenth of the edge")
    expect(summary(notebook)).to_contain_text("Z-scored, online, η = 0.1995")
    screenshot(notebook.page, "lms_bowl_online")
    notebook.page.get_by_role("slider", name="pass").focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(summary(notebook)).to_contain_text("Pass 59")
    panel = notebook.page.get_by_role("img", name="The mean squared error as a map")
    assert "the first 59 passes" in panel.get_attribute("aria-label")
