"""The site: chapters as pages, docstrings as text, and no request to anybody."""

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograder.build.source import select_chapters
from docs.site import lessons
from docs.site.build import front
from docs.site.docstrings import restructured
from tests.browser.axe import barriers
from tests.browser.jupyter_browser import CHROMIUM_ARGS, chromium

ROOT = Path(__file__).parents[1]


def test_indented_blocks_of_a_docstring_are_shown_as_they_stand():
    text = ["Every output is a sum:", "    Z = A Wᵀ + b", "b: the bias_ of `Dense`s, |b| ≤ 1.", "", "Source: *UT*."]
    assert restructured(text) == [
        "Every output is a sum:", "", "::", "", "    Z = A Wᵀ + b", "",
        "b: the bias\\_ of \\ ``Dense``\\ s, \\|b\\| ≤ 1.", "", "Source: \\*UT\\*.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source", ["explore.perceptron()", "from nnkit import explore\n\nexplore.quiz(\n    {'a': 1},\n)"]
)
def test_the_last_expression_of_an_explorers_cell_is_baked(source):
    made = lessons._baking(source)
    ast.parse(made)
    assert "HTML(bake(lambda: (explore." in made


@pytest.mark.parametrize("source", ["x = 3", "progress.show()"])
def test_a_cell_that_shows_no_explorer_is_not_run(source):
    assert lessons._baking(source) == ""


def test_students_get_the_outputs_of_a_solved_chapter_and_no_answer():
    (chapter,) = select_chapters(ROOT / "solutions", ("01",))
    run = lessons.solved_notebook(chapter)
    for cell in run.cells:
        if cell.cell_type == "code":
            cell.outputs = [{"output_type": "stream", "name": "stdout", "text": cell.id}]
    page = lessons.released(chapter, run)
    answers = {exercise.name for exercise in chapter.exercises}
    for cell in page.cells:
        if cell.cell_type == "code":
            assert bool(cell.outputs) == (cell.id not in answers)
    assert all("raise NotImplementedError" in cell.source for cell in page.cells if cell.id in answers)
    checks = [cell for cell in page.cells if cell.id.startswith("check_")]
    assert checks
    assert all("hide-input" in cell.metadata.tags for cell in checks)


def test_the_front_page_has_a_card_for_each_chapter():
    chapters = select_chapters(ROOT / "solutions", ())
    text = front("student", chapters)
    assert text.count("grid-item-card") == 14
    assert "solutions" not in text


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.skipif(find_spec("furo") is None, reason="needs docs/site/requirements.txt")
def test_a_chapter_of_the_site_moves_in_a_browser_and_asks_nobody(tmp_path, monkeypatch):
    playwright = pytest.importorskip("playwright.sync_api")
    command = [sys.executable, "-m", "docs.site.build", "--chapter", "01", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = [
        "student/index.html", "student/lectures/01_perceptron/01_perceptron.html", "student/api/graph.html",
        "instructor/guides/design.html", "instructor/lectures/01_perceptron/01_perceptron.html",
    ]  # fmt: skip
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        for width, scheme in ((1280, "light"), (390, "dark")):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            asked, wrong = [], []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
            page.on("console", lambda said, wrong=wrong: said.type == "error" and wrong.append(said.text))
            for place in pages:
                page.goto((tmp_path / place).as_uri())
                page.wait_for_load_state("networkidle")
                assert [found for found in barriers(page) if "(moderate)" not in found] == [], (place, scheme)
            explorer = page.locator(".nnk-baked").first
            explorer.locator("canvas").first.wait_for()
            before = explorer.locator(".nnk-summary").inner_text()
            explorer.get_by_role("button", name="Step to next mistake").click()
            assert explorer.locator(".nnk-summary").inner_text() != before
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
            assert wrong == []
        browser.close()
    student = (tmp_path / pages[1]).read_text("utf-8")
    assert "NotImplementedError" in student
    assert "BEGIN HIDDEN" not in student
