"""docs/instructor.md, "A term, step by step": from an empty folder to final grades, it prints what the page shows."""

import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.book.gradebook import open_gradebook
from autograder.course import Course
from tests.autograder.conftest import ROOT
from tests.console import lines, shown, typed

PAGE = ROOT / "docs" / "instructor.md"
NAME = "20_rows"
CLASS = """\
id,first_name,last_name,email,lms_user_id
ada,Ada,Lovelace,ada@example.org,4711
blaise,Blaise,Pascal,blaise@example.org,4712
chen,Chen,Wu,chen@example.org,4713
"""
RIGHT = "def mean_of_rows(X):\n    return X.mean(axis=1)"
ANSWERS = {
    "lovelaceada_4711_20001": {"mean_of_rows": RIGHT, "when_rows": "Always here: each row has d numbers."},
    "pascalblaise_4712_20002": {"mean_of_rows": RIGHT.replace("1", "0")},
    "wuchen_LATE_4713_20003": {"mean_of_rows": RIGHT},
}


def hand_in(course: Course) -> None:
    """What Canvas gives: the release, answered."""
    with zipfile.ZipFile(course.root / "submissions.zip", "w") as archive:
        for name, sources in ANSWERS.items():
            notebook = nbformat.read(course.release_folder(NAME) / f"{NAME}.ipynb", as_version=4)
            for cell in notebook.cells:
                cell.source = sources.get(cell.id, cell.source)
            archive.writestr(f"{name}_{NAME}.ipynb", nbformat.writes(notebook))


def read_answers(course: Course) -> None:
    """What is given on the page of `autograder written`."""
    with open_gradebook(course) as book:
        book.give(NAME, "ada", (NAME, "when_rows"), 1.5, "And with rows of different lengths?")


def change_points(course: Course) -> None:
    path = course.root / "solutions" / f"{NAME}.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("check: mean_of_rows\npoints: 2", "check: mean_of_rows\npoints: 3")
    )


BEFORE = {"collect submissions.zip 20": hand_in, "feedback 20": read_answers, "release 20": change_points}
"""What people do before a command, beside typing it."""


def walk(root: Path) -> Iterator[tuple[str, str, list[str], str]]:
    """Each command of the section, what the page shows, and what is printed and complained in a new course here."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "class.csv").write_text(CLASS)
    text = PAGE.read_text(encoding="utf-8").partition("## A term, step by step")[2].partition("\n## ")[0]
    done = set()
    for command, output in shown(text):
        if command in BEFORE and command not in done:
            BEFORE[command](Course.open(root))
        done.add(command)
        walls = ["--unsafe"] if command.startswith(("check ", "grade ")) else []  # the course is our own
        printed, result = typed(command, root, *walls)
        yield command, output, printed, result.stderr


@pytest.mark.sandbox
def test_a_term_from_an_empty_folder_to_final_grades(tmp_path, monkeypatch):
    root = tmp_path / "course"
    root.mkdir()
    monkeypatch.chdir(root)
    verbs = []
    for command, output, printed, complaint in walk(root):
        assert printed == lines(output), f"{command}: {complaint}"
        verbs.append(command.split()[0])
    first, then = "new roster release check collect grade feedback report similar", "release grade feedback"
    assert verbs == [*first.split(), *then.split(), "export", "backup", "renew"]
    assert os.listdir(tmp_path / "spring") != []
