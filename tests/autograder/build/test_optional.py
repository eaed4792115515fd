"""An optional track (◇): what its exercises are worth, from the source to the feedback page."""

import re

import pytest

from autograder import terminal
from autograder.build.author import solved_notebook
from autograder.build.release import release
from autograder.build.source import SourceError, read_chapter
from autograder.out.feedback import write_feedback
from autograder.results import Outcome
from nnkit.notebook.header import Header
from tests.autograder.conftest import DEMO, NAME, grade
from tests.autograder.exam.test_grade import hand_in

TRACK = DEMO.replace(
    "```{code-cell} python\n---\nexercise: total", "## ◇ More\n\n```{code-cell} python\n---\nexercise: total"
)
OPTIONAL = TRACK.replace("points: 1.5", "points: 0").replace("Now in words.", "## Back\n\nNow in words.")


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / f"{NAME}.md"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_track_ends_with_its_section(write):
    chapter = read_chapter(write(OPTIONAL))
    assert [exercise.optional for exercise in chapter.exercises] == [False, True]
    assert not chapter.written[0].optional
    path = write(OPTIONAL.replace("## Back", "### Still there"))
    with pytest.raises(SourceError, match="written 'why' stands in an optional track"):
        read_chapter(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            TRACK.replace("Now in", "## Back\n\nNow in"),
            "stands in an optional track (◇): expected `points: 0`, got 1.5",
        ),
        (
            DEMO.replace("points: 1.5", "points: 0"),
            "stands on the main line: expected `points: more than 0`, got 0",
        ),
        (OPTIONAL.replace('"points": 2', '"points": 0'), "written 'why' stands on the main line"),
    ],
)
def test_points_and_track_that_disagree_are_refused_with_the_line(write, text, message):
    path = write(text)
    with pytest.raises(SourceError, match=re.escape(message)) as refused:
        read_chapter(path)
    line = int(str(refused.value).split(":")[1])
    assert "check: total" in "".join(text.splitlines()[line : line + 3]) or "written" in message


def test_headers_count_the_main_line_only(write):
    cells = {cell.id: cell for cell in solved_notebook(read_chapter(write(OPTIONAL))).cells}
    assert Header.read(cells["check_double"].source) == Header("double", 1, 1, ("double",), ("scipy",))
    assert Header.read(cells["check_total"].source) == Header("total", 0, 0, ("total",))
    assert cells["check_total"].source.startswith("# Check of total · optional\n")
    assert cells["check_total"].metadata.nbgrader.points == 0


def test_it_is_released_graded_and_shown_as_optional_and_counts_for_nothing(course, write, capsys, monkeypatch):
    chapter = read_chapter(write(OPTIONAL))
    release(course, chapter)
    right = "def total(numbers):\n    return float(sum(numbers))"
    hand_in(course, chapter, "right", total=right)
    hand_in(course, chapter, "wrong", total=right.replace("numbers)", "numbers[:-1])", 2).replace("[:-1]", "", 1))
    hand_in(course, chapter, "blank")
    results = {result.student: result for result in grade(course, NAME)}
    outcomes = {student: result.exercises[1].outcome for student, result in results.items()}
    assert outcomes == {"right": Outcome.PASSED, "wrong": Outcome.FAILED, "blank": Outcome.NOT_ANSWERED}
    assert {result.score for result in results.values()} == {0.0}
    assert {result.points for result in results.values()} == {4.0}
    assert all(result.exercises[1].optional for result in results.values())

    monkeypatch.setattr(terminal.console, "width", 120)
    terminal.print_class(list(results.values()))
    printed = capsys.readouterr().out
    rows = {line.split()[0]: line.split()[1:4] for line in printed.splitlines() if line.split()[:1]}
    assert "2 total, optional" in printed
    assert (rows["right"], rows["wrong"], rows["blank"]) == (["-", "✓", "-"], ["-", "✗", "-"], ["-", "-", "-"])
    page = write_feedback(course, results["wrong"]).read_text("utf-8")
    assert '<span class="points">optional</span>' in page
    assert "of 0" not in page
