"""What docs/instructor.md shows of a terminal is what the commands print, in the course that it tells of."""

import re
import zipfile
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from autograder.book.gradebook import add_assignment
from autograder.course import Course
from autograder.inside.limits import Limits
from tests.autograder.stock import CONFIG, answer, cell, check, run, solved
from tests.console import lines, shown, typed
from tests.messages import messages, says

TEXT = (Path(__file__).parents[1] / "docs" / "instructor.md").read_text(encoding="utf-8")

AFTER = TEXT.partition("\n## A class, step by step\n")[2]
"""The page without the term, which has a course of its own (tests/test_docs_term.py)."""


HW3 = (
    cell("words", 'words = open("/home/you/words.txt").read().split()', locked=True),
    answer("longest", solved("longest = max(words, key=len)")),
    check("test_longest", "assert longest in words", 1),
    answer("mean", solved("def mean(x):\n    return sum(x) / len(x)")),
    check("test_mean", "assert mean([1, 2, 4]) == 2.33", 2),
    check("test_style", "print('a person looks at your style')", 1),
    answer("primes", solved("found = [2, 3, 5]\ndef primes():\n    return found")),
    check("test_primes", "kept = primes()\nassert primes() is kept, 'made anew each time'", 2),
)
HW4 = (
    answer("mean", "def mean(x):\n    ### BEGIN SOLUTION\n    return sum(x) / len(x)\n    ### END SOLUTION"),
    check(
        "test_mean",
        "assert mean([1]) == 1\n### BEGIN HIDDEN TESTS\nassert mean([7, 8, 9]) == 8\n### END HIDDEN TESTS",
        2,
    ),
)
HANDED_IN = {"ada": "def mean(x):\n    return sum(x) / len(x)", "blaise": "def mean(x):\n    return sum(x) / 2"}


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    root = tmp_path_factory.mktemp("instructor")
    (root / "nbgrader_config.py").write_text(CONFIG)
    course = Course.open(root)
    for name, cells in (("hw3", HW3), ("hw4", HW4)):
        (root / "source" / name).mkdir(parents=True)
        nbformat.write(new_notebook(cells=cells), root / "source" / name / "numbers.ipynb")
        run(course, "generate_assignment", name)
    add_assignment(course, "hw4", due=datetime(2026, 10, 9, 22))
    for student, source in HANDED_IN.items():
        notebook = nbformat.read(course.release_folder("hw4") / "numbers.ipynb", as_version=4)
        notebook.cells[0].source = source
        folder = course.submitted_folder("hw4", student)
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "numbers.ipynb")
    released = (course.release_folder("hw4") / "numbers.ipynb").read_bytes()
    with zipfile.ZipFile(root / "submissions.zip", "w") as archive:
        archive.writestr("zornzoe_LATE_4713_20001_numbers.ipynb", released)
        archive.writestr("pascalb_LATE_9911_20002_numbers-1.ipynb", released)
    (root / "roster.csv").write_text(re.search(r"^```text\n(id,.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[1])
    return course


@pytest.mark.sandbox
def test_what_the_page_shows_is_what_is_printed(course, monkeypatch):
    monkeypatch.chdir(course.root)
    verbs = "check check grade feedback export roster collect collect collect report export export gradescope"
    assert [command.split()[0] for command, _ in shown(AFTER)] == [*verbs.split(), "backup", "restore", "renew"]
    for command, output in shown(AFTER):
        walls = ["--unsafe"] if command.startswith(("check ", "grade ")) else []  # the course is our own
        printed, result = typed(command, course.root, *walls)
        assert printed == lines(output), f"{command}: {result.stderr}"


def test_the_page_states_the_limits_of_a_worker_as_they_are():
    stated = dict(re.findall(r"`c\.Limits\.(\w+) = ([\d *]+)`", TEXT))
    limits = {name: eval(value) for name, value in stated.items()}  # numbers, stars and blanks
    assert Limits(**limits) == Limits()
    assert set(limits) == {"memory", "file_size", "disk", "processes", "cpu_seconds"}


TROUBLE = TEXT.partition("## Troubleshooting by message")[2].partition("## Exit codes")[0]
LISTED = [long or short for long, short in re.findall(r"^\| (?:`` (.+?) ``|`([^`]+)`) \|", TROUBLE, re.MULTILINE)]


@pytest.mark.parametrize("listed", LISTED)
def test_a_message_of_the_page_stands_in_the_code(listed):
    assert [message for message in messages() if says(message, listed)]


def test_every_message_is_on_the_page():
    assert len(messages()) > 60
    assert [message for message in sorted(messages()) if not any(says(message, listed) for listed in LISTED)] == []
