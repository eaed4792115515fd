"""A class in a course that nbgrader has made: its folders, its lateness, its students, in everything that goes out."""

import csv
import io
import json
import shutil
from datetime import datetime

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook

from autograder.book.gradebook import add_assignment, quiet
from autograder.book.records import read_results
from autograder.cli import main
from autograder.course import Course
from autograder.results import NOT_HANDED_IN, Outcome, Person
from tests.autograder.conftest import copy_course, grade
from tests.autograder.stock import CONFIG, HW, answer, cell, check, hand_in, run

pytestmark = pytest.mark.sandbox

RIGHT = "def square(x): return x * x"
DUE = datetime(2026, 1, 1, 12)
BY_ASSIGNMENT = 'c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"\n'
ZERO = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def configured(course: Course, *lines: str) -> Course:
    (course.root / "nbgrader_config.py").write_text(CONFIG + "".join(lines))
    return Course.open(course.root)


@pytest.fixture
def course(stock, tmp_path) -> Course:
    """With its folders in another order, lateness that costs everything, and a due date."""
    course = configured(copy_course(stock, tmp_path / "copy"), BY_ASSIGNMENT, ZERO)
    add_assignment(course, HW, due=DUE)
    return course


def printed(course, verb, *arguments) -> str:
    result = CliRunner().invoke(main, [verb, HW, *arguments, "--course", str(course.root)])
    assert result.exit_code in (0, 1), result.output
    return result.stdout


def exported(course) -> dict[str, dict]:
    printed(course, "export", "--to", str(course.root / "grades.csv"))
    text = (course.root / "grades.csv").read_text(encoding="utf-8")
    return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}


def test_lateness_costs_what_the_plug_in_says_wherever_grades_are_shown(course):
    """And a due date that moves, or a penalty that is given up, is graded anew by itself."""
    hand_in(course, "ada", square=RIGHT, timestamp="\ufeff2026-01-02 13:00:00 UTC")
    assert course.submitted_folder(HW, "ada") == course.root / "submitted" / HW / "ada"
    assert "late 25 h, penalty 3" in " ".join(printed(course, "grade", "--unsafe").split())
    assert [exported(course)["ada"][name] for name in ("penalty", "score", "hours_late")] == ["3.0", "0.0", "25.0"]
    printed(course, "feedback")
    assert "Late penalty: 3 points" in course.feedback_page(HW, "ada").with_name("p1.html").read_text()
    (late,) = read_results(course, HW)
    assert list(grade(course, HW)) == [late]

    add_assignment(course, HW, due=datetime(2026, 1, 3))
    (moved,) = grade(course, HW)
    assert (moved.score, moved.penalty, moved.late.total_seconds()) == (3.0, 0.0, 0.0)
    assert "penalty" not in exported(course)["ada"]
    printed(course, "feedback")
    assert "Late penalty" not in course.feedback_page(HW, "ada").with_name("p1.html").read_text()

    add_assignment(course, HW, due=DUE)
    assert [result.score for result in grade(course, HW)] == [0.0]
    (free,) = grade(configured(course, BY_ASSIGNMENT), HW)
    assert (free.score, free.penalty, free.late.total_seconds()) == (3.0, 0.0, 25 * 3600)


def test_a_date_that_cannot_be_read_is_told_to_everybody(course):
    hand_in(course, "ada", square=RIGHT, timestamp="2026-01-02 13:00:00 W. Europe Standard Time")
    note = "timestamp.txt states no date that can be read, '2026-01-02 13:00:00 W. Europe Standard Time'"
    assert note in " ".join(printed(course, "grade", "--unsafe").split())
    printed(course, "feedback")
    assert "states no date that can be read" in course.feedback_page(HW, "ada").with_name("p1.html").read_text()


def test_who_is_enrolled_and_handed_in_nothing_is_in_every_export(course):
    with quiet(), Gradebook(course.db_url, "stock") as book:
        book.add_student("ada", first_name="Ada", last_name="King", email="ada@example.org")
        book.add_student("blaise", first_name="Blaise", last_name="Pascal")
    hand_in(course, "ada", square=RIGHT, leave_out="p2")
    hand_in(course, "chen", square=RIGHT)
    assert sorted(result.student for result in grade(course, HW)) == ["ada", "chen"]
    rows = exported(course)
    assert list(rows) == ["ada", "blaise", "chen"]
    assert list(rows["ada"])[:6] == ["assignment", "student", "last_name", "first_name", "email", "p1/test_square"]
    people = {student: (row["last_name"], row["first_name"], row["email"]) for student, row in rows.items()}
    assert people["ada"] == ("King", "Ada", "ada@example.org")
    assert people["blaise"] == ("Pascal", "Blaise", "")
    assert people["chen"] == ("", "", "")
    assert (rows["blaise"]["score"], rows["blaise"]["points"], rows["blaise"]["problem"]) == (
        "0.0",
        "21.0",
        NOT_HANDED_IN,
    )
    assert rows["ada"]["problem"].startswith("no file named p2.ipynb was handed in")
    printed(course, "export", "--to", str(course.root / "grades.json"))
    found = {item["student"]: item for item in json.loads((course.root / "grades.json").read_text())}
    person = {"last_name": "King", "first_name": "Ada", "email": "ada@example.org", "lms_user_id": ""}
    assert found["ada"]["person"] == person
    assert found["blaise"]["problem"] == NOT_HANDED_IN
    (only,) = read_results(course, HW, ["blaise"], enrolled=True)
    assert (only.person, only.score) == (Person("Pascal", "Blaise"), 0.0)
    assert {exercise.outcome for exercise in only.exercises} == {Outcome.UNREADABLE}
    assert [result.student for result in read_results(course, HW)] == ["ada", "chen"]


def test_a_cell_that_stands_in_two_notebooks_is_two_exercises(course):
    hand_in(course, "ada", square=RIGHT)
    (result,) = grade(course, HW)
    row = exported(course)["ada"]
    columns = [name for name in row if name.startswith(("p1/", "p2/", "test_", "why", "plot", "essay"))]
    assert {"p1/test_square", "p2/test_square"} <= set(columns)
    assert sum(float(row[name] or 0) for name in columns) == result.score == float(row["score"])


# What lies elsewhere, and what takes much room


@pytest.fixture
def reading(tmp_path) -> Course:
    """A course in which a given cell reads words that lie in a folder of the machine's."""
    words = tmp_path / "shared" / "words.txt"
    words.parent.mkdir()
    words.write_text("many a word")
    course = tmp_path / "reading"
    (course / "source" / HW).mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(CONFIG)
    cells = (
        cell("load", f"with open({str(words)!r}) as file:\n    raw = file.read()", locked=True),
        answer("count", "### BEGIN SOLUTION\nn = len(raw.split())\n### END SOLUTION"),
        check("test_count", "assert n == 3", 2),
    )
    nbformat.write(new_notebook(cells=cells), course / "source" / HW / "p1.ipynb")
    opened = Course.open(course)
    run(opened, "generate_assignment", HW)
    folder = opened.submitted_folder(HW, "ada")
    folder.mkdir(parents=True)
    shutil.copy(opened.source_folder(HW) / "p1.ipynb", folder)
    return opened


def test_a_given_cell_that_fails_is_told_with_its_remedy_and_the_remedy_helps(reading, tmp_path):
    text = " ".join(printed(reading, "grade", "--unsafe").split())
    assert "p1/load: it raises FileNotFoundError: [Errno 2] No such file or directory" in text
    assert "name its place in c.Data.readable" in text
    assert "ada: the given cell 'load' failed beside the student's code: FileNotFoundError" in text
    result = CliRunner().invoke(main, ["export", HW, "--course", str(reading.root), "--to", str(tmp_path / "a.json")])
    assert result.exit_code == 0
    (ada,) = json.loads((tmp_path / "a.json").read_text())
    said = ada["exercises"][0]["told"]
    assert said.startswith("the given cell 'load' stopped: FileNotFoundError: [Errno 2] No such file or directory")
    assert said.endswith("; so `n` is not defined")
    configured(reading, f"c.Data.readable = [{str(tmp_path / 'shared')!r}]\n")
    text = printed(reading, "grade", "--unsafe")
    assert "2/2" in text
    assert "finding" not in text
    assert "failed" not in text


def test_limits_of_the_configuration_hold_and_the_first_error_is_shown(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    many = "import numpy as np\nmany = np.ones(60_000_000)\ndef square(x): return x * x * many[0]"
    hand_in(course, "ada", square=many)
    configured(course, "c.Limits.memory = 300 * 2**20\n")
    text = " ".join(printed(course, "grade", "--unsafe").split())
    assert "the cell 'square' stopped: MemoryError: Unable" in text
    assert "; so NameError: name 'square' is not defined" in text
    configured(course)
    assert "ada 3 - -" in " ".join(printed(course, "grade", "--unsafe").split())
