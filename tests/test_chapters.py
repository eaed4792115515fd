"""Every chapter source, as a solved notebook: it runs without a complaint, and it has the anatomy of docs/design.md."""

import ast
import re
from collections import Counter
from importlib.util import find_spec

import pytest

from autograder.build.author import solved_notebook
from autograder.build.keys import Kind
from autograder.build.length import length
from tests.browser.jupyter_browser import ROOT
from tests.chapters import NAMES, SECOND_EDITION, changed_chapters, chapter_named
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
def tools(chapter):
    """What closes a chapter, *In the tools you will use next*: pairs of a program and what it says that it prints."""
    text = "\n".join(cell.source for cell in chapter.cells if cell.type == "markdown")
    closing = text.partition("\n## In the tools you will use next\n")[2]
    return re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?", closing, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def all_outputs(cells, tools, notebooks):
    """The outputs of each cell of the solved chapter, and then of its tools, run from top to bottom in a kernel."""
    programs = [program for program, _ in tools if find_spec("torch") or "torch" not in program]
    return notebooks.kernel(*cells, "import time; print(time.process_time())", *programs)


@pytest.fixture(scope="module")
def outputs(cells, all_outputs):
    """The outputs of each cell of the solved chapter."""
    return all_outputs[: len(cells)]


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


COMPARED = {"03_logistic_regression", "07_backprop_graph"} | changed_chapters()
"""Chapters that are run twice, in a kernel and in the grader's shell: functions, classes, and what is new."""


@pytest.mark.slow
def test_a_solved_chapter_has_the_outputs_of_a_kernel_in_the_graders_shell(chapter, cells, outputs, notebooks):
    if chapter.name not in COMPARED:
        pytest.skip("not changed, and two others stand for it")
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


@pytest.mark.slow
def test_a_second_edition_runs_in_forty_seconds(chapter, cells, all_outputs):
    """Of processor time; half as much again for a slower machine."""
    if chapter.name not in SECOND_EDITION:
        pytest.skip("first edition")
    (clock,) = all_outputs[len(cells)]
    assert float(clock.text) < 1.5 * 40


@pytest.mark.slow
def test_the_tools_have_the_same_numbers_and_print_what_they_say(cells, tools, all_outputs):
    runs = dict(
        zip(
            [pair for pair in tools if find_spec("torch") or "torch" not in pair[0]],
            all_outputs[len(cells) + 1 :],
            strict=True,
        )
    )
    for (program, says), outputs in runs.items():
        errors = [output.evalue for output in outputs if output.output_type == "error"]
        assert errors == [], program
        printed = "".join(output.text for output in outputs if output.output_type == "stream")
        assert printed.split() == says.split(), program
    if len(runs) < len(tools):
        pytest.skip("PyTorch is not installed: pip install torch==2.13.0")


def test_nothing_on_the_main_line_calls_what_an_optional_track_asks_for(chapter, tools):
    """Who leaves the track out has a stub there, and could not go on."""
    optional = {exercise.name for exercise in chapter.exercises if exercise.optional}
    main_line = [cell.source for cell in chapter.cells if cell.type == "code" and not cell.optional]
    called = {
        getattr(node, "id", None)
        for text in (*main_line, *(program for program, _ in tools))
        for node in ast.walk(ast.parse(text))
    }
    assert not optional & called


def test_the_words_above_a_chapter_have_its_points(chapter):
    (said,) = re.findall(r"\*\*Points\*\*(?: \|)? (\d+)", chapter.cells[0].source)
    assert int(said) == length(chapter).points


second_edition = pytest.mark.parametrize("chapter", SECOND_EDITION, indirect=True)


@second_edition
def test_a_second_edition_is_short(chapter):
    assert length(chapter).main <= 3_000


@second_edition
def test_a_second_edition_opens_with_three_questions_whose_answers_are_folded(chapter):
    quizzes = [cell for cell in chapter.cells if "explore.quiz(" in cell.source and cell.type == "code"]
    assert all(cell.kind is Kind.EXPLORE and cell.folded for cell in quizzes)
    headings = re.findall(
        "^## (.*)", "\n".join(c.source for c in chapter.cells if c.line < quizzes[0].line), re.MULTILINE
    )
    assert headings == ["Recall"]
    (call,) = (node for node in ast.walk(ast.parse(quizzes[0].source)) if isinstance(node, ast.Call))
    assert len(ast.literal_eval(ast.Tuple(call.args))) == 3


@second_edition
def test_a_second_edition_ends_with_the_student_s_own_program_and_the_tools_that_come_next(chapter, tools):
    text = "\n".join(cell.source for cell in chapter.cells if cell.type == "markdown")
    headings = re.findall("^## (.*)", text, re.MULTILINE)
    assert any("Your own" in heading for heading in headings)
    assert "In the tools you will use next" in headings
    assert tools
    for program, says in tools:
        asserts = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Assert)]
        assert asserts, "what it computes is compared with what the chapter has"
        assert bool(says.strip()) == ("print(" in program)


@second_edition
def test_a_second_edition_folds_its_slide_checks_behind_a_line(chapter):
    text = "\n".join(cell.source for cell in chapter.cells if cell.type == "markdown")
    assert not re.search(r"^> \*\*Slide check", text, re.MULTILINE)
    for line in re.findall("<summary>(Slide check.*)</summary>", text):
        assert re.fullmatch(r"Slide check \(.*\b(NEU|UT|IITB|USC|AU)\b.*?\): .{15,160}", line), line


@second_edition
def test_a_second_edition_leads_to_the_table_of_symbols(chapter):
    header = "\n".join(cell.source for cell in chapter.cells[:3] if cell.type == "markdown")
    assert ("](#Symbols)" if chapter.name == "00_welcome" else "](../00_welcome/00_welcome.ipynb#Symbols)") in header


def test_a_letter_stands_once_in_the_table_of_symbols():
    text = (ROOT / "solutions" / "00_welcome.md").read_text(encoding="utf-8")
    table = text.partition("<summary>The table of symbols</summary>")[2].partition("</details>")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| $")]
    assert {len(row) for row in rows} == {4}
    letters = Counter(letter for row in rows for letter in re.findall(r"\$(.+?)\$", row[0]))
    borrowed = {letter for letter, times in letters.items() if times > 1}
    assert len(letters) > 40
    assert borrowed == {r"\gamma"}, "the scale of batch normalization, and a margin: the table says so of both"
