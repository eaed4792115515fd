"""A course may have an environment of its own: the command goes on there, or says in one line why it cannot."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Course, CourseError
from autograder.errors import UserError
from autograder.exam.interpreter import move_to
from tests.autograder.conftest import copy_course
from tests.autograder.stock import CONFIG, HW, hand_in


@pytest.fixture
def environment(tmp_path) -> Path:
    """The interpreter of another environment, which has the libraries of this one."""
    here, other = Path(sys.prefix), tmp_path / "environment"
    (other / "bin").mkdir(parents=True)
    if not (here / "pyvenv.cfg").is_file():
        pytest.skip("the tests run in no virtual environment")
    shutil.copy(here / "pyvenv.cfg", other)
    (other / "lib").symlink_to(here / "lib")
    python = other / "bin" / "python"
    python.symlink_to(sys.base_prefix + "/bin/python3")
    return python


def test_the_one_that_runs_already_and_none_stay(environment):
    move_to(None)
    move_to(Path(sys.executable))


@pytest.mark.sandbox
def test_a_class_is_graded_on_the_interpreter_of_its_course(stock, environment, tmp_path):
    course = copy_course(stock, tmp_path / "course")
    elsewhere = (
        f"import sys\ndef square(x):\n    assert sys.prefix == {str(environment.parents[1])!r}\n    return x * x"
    )
    hand_in(course, "ada", square=elsewhere)
    command = [sys.executable, "-m", "autograder", "grade", HW, "--course", str(course.root), "--unsafe", "--json"]
    earned = []
    for line in ("", f"c.Environment.python = {str(environment)!r}\n"):
        (course.root / "nbgrader_config.py").write_text(CONFIG + line)
        done = subprocess.run([*command, "--regrade"], capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout[-900:]
        earned.append(json.loads(done.stdout)[0]["exercises"][0]["score"])
    assert earned == [0.0, 3.0]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('["/elsewhere", [3, 12], ["msgpack", "nbgrader"]]', "cannot grade, it lacks msgpack, nbgrader: install this"),
        ('["/elsewhere", [3, 9], []]', "expected Python 3.11 or newer, "),
        ("no Python", "does not answer as a Python does: "),
    ],
)
def test_an_interpreter_that_cannot_grade_is_named_in_one_line(tmp_path, answer, says):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{answer}'\n")
    python.chmod(0o755)
    with pytest.raises(UserError, match=f"c.Environment.python: .*{says}") as raised:
        move_to(python)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("python = 'gone/bin/python'", "c.Environment.python: expected the file of an interpreter, got 'gone/bin/pyth"),
        ("python = 3", "expected the file of an interpreter, got 3"),
        ("name = 'course'", "c.Environment.name is unknown: expected python"),
    ],
)
def test_a_setting_that_names_none(tmp_path, line, says):
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\nc.Environment.{line}\n")
    with pytest.raises(CourseError, match=says):
        _ = Course.open(tmp_path).python
