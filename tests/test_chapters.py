"""Every chapter source, as a solved notebook: it runs without a complaint, and it has the anatomy of docs/design.md."""

import re

import pytest

from autograder.build.author import solved_notebook
from autograder.build.keys import Kind
from tests.chapters import NAMES, chapter_named
from tests.notebooks import Notebooks


@pytest.fixture(scope="module", params=NAMES)
def chapter(request):
    return chapter_named(request.param)


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    with Notebooks(tmp_path_factory.mktemp("notebooks")) as notebooks:
        yield notebooks


@pytest.fixture(scope="module")
def cells(chapter):
    return [cell.source for cell in solved_notebook(chapter).cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def outputs(cells, notebooks):
    """The outputs of each cell of the solved chapter, run from top to bottom in a kernel."""
    return notebooks.kernel(*cells)


@pytest.mark.slow
def test_a_solved_chapter_runs_without_warnings_and_every_figure_has_alt_text(outputs):
    outputs = [output for of_cell in outputs for output in of_cell]
    assert [output for output in outputs if output.output_type == "error"] == []
    warnings = [output.text for output in outputs if output.get("name") == "stderr"]
    assert warnings == []
    shown = [output.data for output in outputs if output.output_type in ("display_data", "execute_result")]
    assert not [data for data in shown if "image/png" in data], "a figure without alt text: use plots.show"
    figures = [data["text/html"] for data in shown if "<img" in data.get("text/html", "")]
    assert figures
    for figure in figures:
        assert re.search(r'<img alt="[^"]{20,}"', figure), figure[:200]


@pytest.mark.slow
def test_a_solved_chapter_has_the_outputs_of_a_kernel_in_the_graders_shell(cells, outputs, notebooks):
    assert notebooks.differences(cells, outputs) == []


def test_every_exercise_has_three_hints_and_a_box_of_time_and_difficulty(chapter):
    text = "\n".join(cell.source for cell in chapter.cells if cell.type == "markdown")
    names = [exercise.name for exercise in chapter.exercises]
    boxes = re.findall(r"^### Exercise [\d.]+ · `(\w+)` · \d+ minutes? · [●○]{3}", text, re.MULTILINE)
    assert boxes == names
    for number in (1, 2, 3):
        assert text.count(f"<summary>Hint {number}") == len(names)


def test_a_chapter_has_the_parts_that_every_chapter_has(chapter):
    text = "\n".join(cell.source for cell in chapter.cells if cell.type == "markdown").lower()
    for part in ("slide check", "misconception", "break it", "modify", "summary", "further reading"):
        assert part in text, f"{chapter.name} has no {part}"
    predictions = [cell for cell in chapter.cells if cell.kind is Kind.EXPLORE and "explore.predict(" in cell.source]
    assert len(predictions) >= 3
    assert chapter.written
