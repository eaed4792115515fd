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
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells]
    notebook = lab(path)
    errors = notebook.run_each()
    # A name that an unfinished cell would have made is not there, and its line says what it waits for.
    assert {error["ename"] for error in errors} <= {"NotImplementedError", "NameError"}, errors
    checks = {cell.id for cell in cells if cell.id.startswith("check_")}
    assert checks <= {error["id"] for error in errors}, "nothing is solved, so the checks must complain"
    assert [error for error in errors if not error["goes_on"]] == [], "here Run All stops"
    for error in errors:
        (line,) = error["lines"]
        assert line.endswith(("` is not written yet", "`, which is not written yet")), error

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
        if (button.get_attribute("aria-label") or "").startswith("Play "):
            continue
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
