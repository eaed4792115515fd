"""The explorers as a student meets them: in a real JupyterLab, by keyboard and by mouse.

Pictures are compared by their pixels; a test never waits for a fixed time, only for what it expects to see.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.explorer_page import Picture, press, summary


def test_the_rate_slider_by_keyboard_changes_all_three_pictures(opened, screenshot):
    notebook = opened("explore.learning_rate()")
    pictures = [Picture(notebook, panel) for panel in range(3)]
    expect(summary(notebook)).to_contain_text("crawls")
    screenshot(notebook.page, "learning_rate_crawls")
    rate = notebook.page.get_by_role("slider", name="rate η")
    rate.focus()
    for _ in range(3):
        notebook.page.keyboard.press("ArrowRight")
        for picture in pictures:
            picture.changes()
    press(notebook, "Good")
    expect(summary(notebook)).to_contain_text("converges")
    screenshot(notebook.page, "learning_rate_converges")
    press(notebook, "Overshoot", key="Space")
    expect(summary(notebook)).to_contain_text("overshoots")
    screenshot(notebook.page, "learning_rate_overshoots")
    notebook.rest()  # the words may be there before the slider has gone where the button sends it
    notebook.page.get_by_role("slider", name="step").focus()
    notebook.page.keyboard.press("ArrowLeft")
    expect(summary(notebook)).to_contain_text("Step 60:")


def test_a_picture_plays_pauses_and_goes_on(opened):
    notebook = opened("explore.learning_rate()")
    step = notebook.page.get_by_role("slider", name="step")
    expect(step).to_have_attribute("aria-valuenow", "60.0")
    press(notebook, "Play step")
    pause = notebook.page.get_by_role("button", name="Pause step")
    expect(summary(notebook)).to_contain_text(re.compile(r"Step ([3-9]|1\d):"))  # not each is seen on a busy machine
    expect(pause).to_be_focused()
    notebook.page.keyboard.press("Enter")
    expect(notebook.page.get_by_role("button", name="Play step")).to_be_focused()
    notebook.rest()
    held = summary(notebook).inner_text()
    notebook.page.wait_for_timeout(500)
    assert summary(notebook).inner_text() == held
    notebook.page.keyboard.press("Space")
    expect(summary(notebook)).to_contain_text("Step 60:")
    expect(notebook.page.get_by_role("button", name="Play step")).to_be_visible()


def test_stepping_the_perceptron_by_keyboard(opened, screenshot):
    notebook = opened("explore.perceptron()")
    plane = Picture(notebook)
    press(notebook, "Step to next mistake")
    plane.changes()
    expect(summary(notebook)).to_contain_text("Epoch 1, sample 1 was wrong (−1 predicted +1)")
    press(notebook, "XOR")
    press(notebook, "Step to next mistake")
    for _ in range(10):
        notebook.page.keyboard.press("Enter")
    expect(summary(notebook)).to_contain_text("this weight vector has come back")
    notebook.page.keyboard.press("Enter")
    expect(summary(notebook)).to_contain_text("Epoch 4, sample 1 was wrong")
    screenshot(notebook.page, "perceptron_xor")
    press(notebook, "Blobs")
    mistakes = Picture(notebook, 1)
    press(notebook, "Run to end of epoch")
    mistakes.changes()
    for _ in range(20):
        notebook.page.keyboard.press("Enter")
    expect(summary(notebook)).to_contain_text("no mistakes in a whole pass")
    screenshot(notebook.page, "perceptron_blobs")


def test_a_point_is_dragged_with_the_mouse(opened):
    notebook = opened("explore.perceptron()")
    plane = Picture(notebook)
    handle = notebook.page.get_by_role("button", name="Sample 4, label +1")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = notebook.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 30, y + 40, steps=5)
    mouse.up()
    plane.changes()
    expect(summary(notebook)).to_contain_text("Sample 4 moved to (1.")
    after = handle.bounding_box()
    # Points snap to a grid of about five pixels.
    assert after["x"] - box["x"] == pytest.approx(30, abs=4)
    assert after["y"] - box["y"] == pytest.approx(40, abs=4)


def test_points_are_moved_by_keyboard(opened):
    notebook = opened("explore.perceptron()")
    plane = Picture(notebook)
    keyboard = notebook.page.keyboard
    notebook.page.get_by_role("button", name="Sample 1, label −1").focus()
    keyboard.press("Tab")
    keyboard.press("ArrowRight")
    plane.changes()
    expect(summary(notebook)).to_contain_text("Sample 2 moved to (0.06, 1.00)")
    keyboard.press("ArrowDown")
    expect(summary(notebook)).to_contain_text("Sample 2 moved to (0.06, 0.94)")
    keyboard.press("Escape")
    expect(summary(notebook)).to_be_focused()


def test_the_picture_has_a_text_that_lives(opened):
    notebook = opened("explore.perceptron()")
    picture = notebook.page.get_by_role("img", name="4 points in two classes")
    assert "no line yet" in picture.get_attribute("aria-label")
    press(notebook, "Run to end of epoch")
    expect(summary(notebook)).to_contain_text("Epoch 1 ended with 2 mistakes")
    assert "The arrow w points to (1, 1)" in picture.get_attribute("aria-label")


def test_keys_in_an_explorer_are_not_shortcuts_of_the_notebook(opened):
    notebook = opened("explore.perceptron()")
    handle = notebook.page.get_by_role("button", name="Sample 1, label −1")
    handle.focus()
    for key in ["ArrowDown", "a", "b", "d", "d"]:
        notebook.page.keyboard.press(key)
    expect(summary(notebook)).to_contain_text("Sample 1 moved")
    assert notebook.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == 1


def test_pictures_and_figures_follow_the_dark_theme(opened, screenshot):
    notebook = opened(
        'from nnkit import plots\nplots.show(plots.figure()[0], alt="An empty pair of axes.")\nexplore.learning_rate()'
    )
    picture, figure = Picture(notebook), notebook.page.get_by_role("img", name="An empty pair of axes.")
    expect(figure).to_have_css("filter", "none")
    notebook.command("apputils:change-theme", theme="JupyterLab Dark")
    picture.changes()
    notebook.splash_gone()
    expect(figure).to_have_css("filter", re.compile("invert"))
    screenshot(notebook.page, "learning_rate_dark")
    notebook.command("apputils:change-theme", theme="JupyterLab Light")


def test_a_prediction_stays_in_the_saved_notebook(opened, screenshot):
    notebook = opened('explore.predict("Which way does z move?", ["up", "down", "not at all"])')
    page = notebook.page
    radios = page.get_by_role("radio")
    expect(radios).to_have_count(3)
    screenshot(page, "predict_asks")
    assert not any(radio.is_checked() for radio in radios.all())
    press(notebook, "Record my prediction")
    expect(page.get_by_text("Choose one option first.")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(radios.nth(1)).to_be_checked()
    press(notebook, "Record my prediction")
    expect(page.get_by_text("You predicted: down")).to_be_visible()
    expect(radios).to_have_count(0)

    (output,) = notebook.save().cells[0].outputs
    assert "You predicted: down" in output.data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" not in output.data
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.reload()
    expect(page.get_by_text("You predicted: down")).to_be_visible()
    screenshot(page, "predict_recorded")
    notebook.run_all()
    expect(page.get_by_text("You predicted: down")).to_be_visible()
    expect(radios).to_have_count(0)


CHAPTER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A chapter

```{code-cell} python
x = 1
```

```{code-cell} python
x / 0
```
"""


def test_a_chapter_source_opens_and_an_error_in_it_is_reported(lab, tmp_path):
    source = tmp_path / "chapter.md"
    source.write_text(CHAPTER)
    with pytest.raises(RuntimeError, match="code cell 2: ZeroDivisionError: division by zero"):
        lab(source).run_all()
