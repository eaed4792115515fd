"""The chapters as a student opens them: released notebooks with nothing solved yet, and a source through jupytext."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.jupyter_browser import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "lectures").glob("*/*.ipynb"))
# What to press in each explorer so that its words change.
BUTTONS = {
    "explore.perceptron()": "Step to next mistake",
    "explore.lms_bowl()": "Just beyond",
    "explore.learning_rate()": "Overshoot",
    "explore.softmax_regions()": "Swallowed",
    "explore.reductions()": "In a row",
    "explore.activations()": "ReLU",
    "explore.bumps()": "Boxes",
    "explore.backprop()": "Step",
    "explore.deltas()": "Saturated",
    "explore.initialization()": "He",
    "explore.batch_paths()": "Crawl",
    "explore.optimizer_race()": "Saddle",
    "explore.landscape(moon_net, moon_X, moon_y)": "Twin",
    "explore.overfitting()": "Too small",
    "explore.draw_digit(first_net)": "7",
}


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_released_chapter_runs_and_its_widgets_answer(lab, screenshot, name):
    path = ROOT / "lectures" / name / f"{name}.ipynb"
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    notebook = lab(path)
    errors = notebook.run_each()
    assert errors, "nothing is solved, so the checks must complain"
    assert {error["ename"] for error in errors} == {"NotImplementedError"}, errors

    predictions = [i for i, source in enumerate(sources) if source.startswith("explore.predict(")]
    explorers = {i: BUTTONS[source] for i, source in enumerate(sources) if source in BUTTONS}
    assert predictions
    for index in predictions:
        predict(notebook.cell(index))
    for index, button in explorers.items():
        cell = notebook.cell(index)
        summary = cell.locator(".nnk-summary")
        before = summary.inner_text()
        cell.get_by_role("button", name=button, exact=True).click()
        expect(summary).not_to_have_text(before)
    screenshot(notebook.page, f"chapter_{name}")
    assert notebook.problems == []


def predict(cell):
    """Choose the first option, record it, and see that it was written down."""
    option = cell.get_by_role("radio").first
    option.check()
    cell.get_by_role("button", name="Record my prediction").click()
    expect(cell.get_by_text("You predicted:")).to_be_visible()


def test_a_chapter_source_opens_and_runs_from_top_to_bottom(lab, screenshot):
    notebook = lab(ROOT / "solutions" / "03_logistic_regression.md")
    notebook.run_all()
    screenshot(notebook.page, "chapter_source_03")
    assert notebook.problems == []
