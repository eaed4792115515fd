"""Grades the class of attackers once; every test then looks at one thing that must not have happened."""

import ctypes
import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from autograder.course import Course
from tests.attacks import outside
from tests.attacks.attack import Attack
from tests.attacks.corpus import ATTACKS, CLASSES
from tests.attacks.course import HONEST, hand_in, listening, make_course, make_home
from tests.attacks.target import NAME, PLANTED

ROOT = Path(__file__).parents[2]
PATIENCE = 2 * 60 * 60  # seconds for the whole class: a grader that stands still must not do so for ever
PR_SET_CHILD_SUBREAPER = 36


def pytest_addoption(parser):
    parser.addoption("--attacks", metavar="NAME", help="only attacks whose class or name contains this")


@dataclass(frozen=True)
class Graded:
    """What grading the attackers left behind."""

    course: Course
    attacks: dict[str, Attack]
    codes: tuple[int, int]  # exit codes of `grade` and `feedback`
    said: str
    survivors: list[str]
    visitors: list[str]
    changed: list[str]
    marked: list[Path]
    left: list[str]


@pytest.fixture(scope="session")
def graded(request, tmp_path_factory) -> Graded:
    """All attackers and a few honest students handed in and graded as one class."""
    wanted = request.config.getoption("--attacks", default=None) or ""
    attacks = {a.name: a for name, group in CLASSES.items() for a in group if wanted in name or wanted in a.name}
    assert len(attacks) == len(ATTACKS) or wanted
    folder = tmp_path_factory.mktemp("attacked")
    mark = f"attacked-{secrets.token_hex(6)}"
    course = make_course(folder / "course")
    home = make_home(folder / "home")
    with listening(mark) as (port, visitors):
        names = {"COURSE": str(course.root), "PORT": str(port), "MARK": mark}
        for attack in (attacks | HONEST).values():
            hand_in(course, attack, names)
        before = outside.state(course.root, home, ROOT)
        temporary = folder / "temporary"
        temporary.mkdir()
        environment = os.environ | {"HOME": str(home), "PYTHONPATH": str(ROOT), "SECRET": PLANTED["environment"]}
        environment["TMPDIR"] = str(temporary)
        # Many attackers only wait for a limit: more of them at a time than there are processors.
        code, said, survivors = run("grade", NAME, "--course", course.root, "--jobs", "8", environment=environment)
        changed = outside.differences(before, outside.state(course.root, home, ROOT))
        feedback, told, _ = run("feedback", NAME, "--course", course.root, environment=environment)
        marked = outside.named(mark, course.root, home)
        left = [path.name for place in (temporary, course.autograded) for path in place.iterdir()]
    return Graded(course, attacks, (code, feedback), said + told, survivors, list(visitors), changed, marked, left)


def run(*command, environment: dict[str, str]) -> tuple[int, str, list[str]]:
    """Run a verb of the command line: its exit code, what it said, and the processes that outlived it."""
    # Orphans become children of this process, not of the machine's first one, so none is overlooked.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    known = {child.pid for child in psutil.Process().children(recursive=True)}
    arguments = [sys.executable, "-m", "autograder", *map(str, command)]
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            said = b"it stood still"
    survivors = []
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in known]
    _, alive = psutil.wait_procs(left, timeout=5)  # helpers of Python's own end by themselves when it has gone
    for child in alive:
        if child.status() != psutil.STATUS_ZOMBIE:
            survivors.append(" ".join(child.cmdline()) or child.name())
            child.kill()
    return process.returncode, said.decode(errors="replace"), survivors
