"""docs/adopter.md: what it shows of a terminal is what is printed, and its exercise is that of a new chapter."""

import re
import shutil
from pathlib import Path

import pytest

from autograder.build.new import TEMPLATE
from tests.autograder.conftest import ROOT
from tests.console import lines, shown, typed

TEXT = (Path(__file__).parents[1] / "docs" / "adopter.md").read_text(encoding="utf-8")


@pytest.mark.sandbox
def test_from_nothing_to_a_released_and_graded_chapter(tmp_path, monkeypatch):
    root = tmp_path / "course"
    root.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", root)
    monkeypatch.chdir(root)
    verbs = [command.split()[0] for command, _ in shown(TEXT)]
    assert verbs == ["new", "verify", "lectures", "release", "check", "sample", "grade"]
    for command, output in shown(TEXT):
        walls = ["--unsafe"] if command.startswith(("check ", "grade ")) else []  # the course is our own
        printed, result = typed(command, root, *walls)
        assert printed == lines(output), f"{command}: {result.output}"


def test_the_exercise_of_the_page_is_that_of_a_new_chapter():
    (exercise,) = re.findall(r"^````markdown\n(.*?)^````$", TEXT, re.MULTILINE | re.DOTALL)
    assert exercise in TEMPLATE.read_text(encoding="utf-8")
