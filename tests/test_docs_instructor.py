"""What docs/instructor.md shows of a terminal is what the commands print, in the course that it tells of."""

import re
import zipfile
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_notebook

from autograder.book.gradebook import add_assignment
from autograder.cli import main
from autograder.course import Course
from autograder.inside.limits import Limits
from tests.autograder.stock import CONFIG, answer, cell, check, run, solved

TEXT = (Path(__file__).parents[1] / "docs" / "instructor.md").read_text(encoding="utf-8")
SHOWN = "/home/you/course"
"""What the page calls the folder of the course."""


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
    (root / "roster.csv").write_text(re.search(r"^```csv\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)[1])
    return course


def shown() -> list[tuple[str, str]]:
    """Each command of the page that stands with what it prints."""
    blocks = re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ autograder ", block, flags=re.MULTILINE) if step]
    return [(command, output) for command, _, output in (step.partition("\n") for step in steps)]


@pytest.mark.sandbox
def test_what_the_page_shows_is_what_is_printed(course, monkeypatch):
    monkeypatch.chdir(course.root)
    verbs = "check check grade feedback export roster collect collect collect report export export gradescope"
    assert [command.split()[0] for command, _ in shown()] == [*verbs.split(), "backup", "restore", "renew"]
    for command, output in shown():
        walls = ["--unsafe"] if command.startswith(("check ", "grade ")) else []  # the course is our own
        result = CliRunner().invoke(main, [*command.split(), *walls])
        printed = result.stdout.replace(str(course.root.resolve()), SHOWN)
        printed = printed.replace(str(course.root.resolve().parent), SHOWN.rpartition("/")[0])
        assert lines(printed) == lines(output), f"{command}: {result.stderr}"


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def test_the_page_states_the_limits_of_a_worker_as_they_are():
    stated = dict(re.findall(r"`c\.Limits\.(\w+) = ([\d *]+)`", TEXT))
    limits = {name: eval(value) for name, value in stated.items()}  # numbers, stars and blanks
    assert Limits(**limits) == Limits()
    assert set(limits) == {"memory", "file_size", "disk", "processes", "cpu_seconds"}
