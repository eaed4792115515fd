"""Before a class is graded: what its instructor has to mend is named, and a course that is fine is one line."""

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_notebook

from autograder.book.instructor import read_assignment
from autograder.build import preflight
from autograder.build.preflight import Kind, _clocks_in, _compare, glance
from autograder.cli import main
from autograder.course import Course
from autograder.exam import fork_server
from autograder.exam.sandbox import Sandbox
from autograder.results import ExerciseResult, Outcome
from tests.autograder.stock import CONFIG, answer, cell, check, run

pytestmark = pytest.mark.sandbox


def solved(source: str) -> str:
    return f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"


def given(grade_id: str, source: str):
    return cell(grade_id, source, locked=True)


FINE = (
    given("setup", "import math"),
    answer("double", f"def double(x):\n    {solved('return 2 * x').replace(chr(10), chr(10) + '    ')}"),
    given("uses_the_answer", "eight = double(4)"),  # it raises with the stub
    check("test_double", "assert double(2) == 4 and eight == 8", 2),
)
SAME = "    kept = []\n    def get(): return kept"
BROKEN = (
    given("load", "raw = open('/nowhere/words.txt').read()"),
    answer("count", solved("n = 3")),
    check("test_count", "assert n == len(raw.split())", 1),
    answer("half", "def half(x):\n    " + solved("return x / 3").replace("\n", "\n    ")),
    check("test_half", "assert half(4) == 2, 'a half'", 1),
    check("test_nothing", "print('no question')", 1),
    answer("get", solved("kept = []\ndef get(): return kept")),
    check("test_get", "wanted = get()\nassert get() is wanted", 1),
    check("test_again", "assert wanted == []", 1),
    answer("draw", solved("import random\ndef draw(): return random.random()")),
    check("test_draw", "round(draw(), 9)", 1),
    check("test_speed", "import time\nassert time.time() - time.time() + half(0) < 60", 1),
    check("test_file", "from pathlib import Path\nassert half(0) == Path({path!r}).exists() - 1", 1),
)


def add(course: Course, name: str, *cells) -> None:
    folder = course.root / "source" / name
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), folder / "p1.ipynb")
    run(course, "generate_assignment", name)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    root = tmp_path_factory.mktemp("preflight")
    (root / "nbgrader_config.py").write_text(CONFIG + "c.InProcess.checks = ['other/p1']\n")
    course = Course.open(root)
    add(course, "fine", *FINE)
    here = str(Path(__file__))
    *others, last = BROKEN
    add(course, "broken", *others, check("test_file", last.source.replace("{path!r}", repr(here)), 1))
    return course


def type_in(course, verb, *arguments):
    return CliRunner().invoke(main, [verb, *arguments, "--course", str(course.root), "--unsafe"])


def test_a_course_that_is_fine_is_one_line(course):
    result = type_in(course, "check", "fine")
    assert result.stdout == "fine is fine: the solution passes 1 check, the released notebook none\n"
    assert (result.exit_code, result.stderr) == (0, "")
    result = type_in(course, "check", "fine", "--json")
    assert json.loads(result.stdout) == [{"assignment": "fine", "checks": 1, "findings": [], "in_process": []}]


EXPECTED = [
    ("load", Kind.GIVEN, "it raises FileNotFoundError: ", "name its place in c.Data.readable"),
    ("test_count", Kind.SOLUTION, "the solution does not pass it: NotGiven: 'raw' comes from the given cell", "mend"),
    ("test_half", Kind.SOLUTION, "the solution does not pass it: AssertionError: a half", "mend the solution or"),
    ("test_nothing", Kind.STUB, "the notebook as it is released earns 1 of 1 points", "let the check ask for"),
    ("test_get", Kind.MODE, "the solution passes it beside the student's code only", "'broken/p1/test_get' in c.InP"),
    ("test_again", Kind.MODE, "what it needs is bound by a check in process", "'broken/p1/test_again' in c.InPro"),
    ("test_draw", Kind.CHANCE, "the same solution comes out otherwise from round to round", "a seed"),
    ("test_speed", Kind.CLOCK, "it asks the clock (time.time)", "hand the date to the function"),
    ("test_file", Kind.MODE, "the solution passes it in the examiner, but not beside", "leave its mode as it is"),
]


def test_everything_that_is_wrong_is_named_with_reason_and_remedy(course):
    result = type_in(course, "check", "broken", "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    named = [(finding["cell"], finding["kind"], finding["reason"], finding["remedy"]) for finding in found["findings"]]
    assert [entry[:2] for entry in named] == [entry[:2] for entry in EXPECTED]
    for (_, _, reason, remedy), (who, _, says, mends) in zip(named, EXPECTED, strict=True):
        assert says in reason, who
        assert mends in remedy, who
    assert found["in_process"] == ["broken/p1/test_again", "broken/p1/test_get", "other/p1"]
