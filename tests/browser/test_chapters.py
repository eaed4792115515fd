"""The chapters as a student opens them: released notebooks with nothing solved yet, and a source through jupytext."""

import re

import nbformat
import pytest
from playwright.sync_api import expect

from nnkit.explore import gallery
from tests.browser.jupyter_browser import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "lectures").glob("*/*.ipynb"))
EXPLORER = re.compile(rf"^explore\.({'|'.join(gallery.PICTURES)})\(", re.MULTILINE)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_released_chapter_runs_and_its_widgets_answer(lab, screenshot, name):
    path = ROOT / "lectures" / name / f"{name}.ipynb"
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    notebook = lab(path)
    errors = notebook.run_each()
    assert errors, "nothing is solved, so the checks must complain"
    assert {error["ename"] for error in errors} == {"NotImplementedError"}, errors

    predictions = [i for i, source in enumerate(sources) if source.startswith("explore.predict(")]
    explorers = [i for i, source in enumerate(sources) if EXPLORER.search(source)]
    assert predictions
    for index in predictions:
        predict(notebook.cell(index))
    for index in explorers:
        play(notebook, notebook.cell(index))
    screenshot(notebook.page, f"chapter_{name}")
    assert notebook.problems == []


def play(notebook, cell):
    """Press one button of an explorer after the other until its words change."""
    summary = cell.locator(".nnk-summary")
    before = summary.inner_text()
    for button in cell.locator(".nnk-explorer").get_by_role("button").all():
        button.press("Enter")
        notebook.rest()
        if summary.inner_text() != before:
            return
    pytest.fail(f"no button changes the words: {before}")


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
