"""However the process that grades ends: one check is lost, the others are graded, and the result says so."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.assignment import Role
from autograder.book.instructor import read_assignment
from autograder.build.author import notebook_text, released_notebook
from autograder.build.verify import LIBRARIES
from autograder.exam import fork_server, process
from autograder.exam.clock import Seconds
from autograder.exam.grade import Task
from autograder.exam.process import ExaminerLost, grade_in_process
from autograder.exam.sandbox import Sandbox
from autograder.exam.sharing import Sharing
from autograder.results import Outcome
from tests.autograder.conftest import NAME, copy_course
from tests.autograder.exam.test_grade import hand_in_bytes

DOUBLE, TOTAL = "def double(x):\n    return 2 * x", "def total(numbers):\n    return float(sum(numbers))"
DEATHS = {
    "memory": ("import numpy\nkept = [numpy.empty(2**27) for _ in range(5)]", "MemoryError"),
    "a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended in it"),
    "a crash": ("import ctypes; ctypes.string_at(0)", "ended in it"),
    "an exit": ("import os; os._exit(0)", "ended in it"),
    "recursion in C": (
        "import pickle, sys; sys.setrecursionlimit(9**9)\nx = []\nfor _ in range(9**6): x = [x]\npickle.dumps(x)",
        "ended in it",
    ),
    "CPU in C code": ("import numpy; numpy.random.SeedSequence(1, pool_size=10**8)", "stood still in it"),
    "an exit in a thread": (
        "import os, threading; threading.Thread(target=os._exit, args=(1,)).start(); double(1)",
        "ended in it",
    ),
}


@pytest.fixture(scope="module")
def sandbox():
    fork_server.start(LIBRARIES)
    with Sandbox(unsafe=True) as sandbox:
        yield sandbox


@pytest.fixture
def task(released, demo, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    notebook = released_notebook(demo)
    for cell in notebook.cells:
        cell.source = {"double": DOUBLE, "total": TOTAL, "why": "So."}.get(cell.id, cell.source)
    path = hand_in_bytes(course, "ada", notebook_text(notebook).encode())
    into = tmp_path / "into"
    into.mkdir()
    seconds = Seconds(check=4, cell=10)
    assignment = read_assignment(course, NAME)
    return Task(assignment, path.parent, into / "graded", "", seconds, (), Sharing())


def with_cell(task: Task, name: str, source: str) -> Task:
    """With another text of a cell of the instructor's."""
    (notebook,) = task.assignment.notebooks
    cells = tuple(replace(cell, source=source) if cell.name == name else cell for cell in notebook.cells)
    return replace(task, assignment=replace(task.assignment, notebooks=(replace(notebook, cells=cells),)))


def outcomes(graded) -> dict:
    (notebook,) = graded.notebooks
    return {exercise.name: exercise.outcome for exercise in notebook.exercises}


@pytest.mark.parametrize("death", DEATHS)
def test_a_check_that_ends_the_examiner_is_lost_and_no_other(task, sandbox, monkeypatch, death):
    source, says = DEATHS[death]
    monkeypatch.setattr(process, "SPARE", 1)
    graded = grade_in_process(with_cell(task, "check_double", source), sandbox.address)
    assert outcomes(graded) == {
        "check_double": Outcome.ERROR if death == "memory" else Outcome.KILLED,
        "check_total": Outcome.PASSED,
        "why": Outcome.WAITING,
    }
    (notebook,) = graded.notebooks
    lost = notebook.exercises[0]
    assert says in lost.message
    if death != "memory":
        assert lost.told == lost.message
        assert [note for note in notebook.notes if "check_double was not run" in note and says in note]
    assert list(task.into.parent.glob("examiner-*")), "they go with the folder that the batch removes"
    assert (task.into / f"{NAME}.ipynb").is_file()


def test_what_it_prints_is_not_for_a_terminal(task, sandbox):
    """Outside of a check it would print what the student's code says, such as from the `__str__` of an answer."""
    nowhere = "import os\nassert {os.readlink(f'/proc/self/fd/{stream}') for stream in (1, 2)} == {os.devnull}"
    graded = grade_in_process(with_cell(task, "check_double", nowhere), sandbox.address)
    assert outcomes(graded)["check_double"] is Outcome.PASSED


def test_a_forged_seed_costs_what_was_attacked(task, sandbox, monkeypatch):
    """A pool of that size would keep the examiner busy in C code, or take all its memory: the wire lets none in."""
    forge = """
import autograder.inside.wire as wire, numpy as np
plain = wire._generator_state
def forged(generator):
    seed = ["seed", ["state", [["entropy", 1], ["pool_size", 10**9]]]]
    return ["state", [pair for pair in plain(generator)[1] if pair[0] != "seed"] + [seed]]
wire._generator_state = forged
def double(x): return np.random.default_rng(1)
"""
    monkeypatch.setattr(process, "SPARE", 1)
    notebook = Path(task.folder) / f"{NAME}.ipynb"
    cells = json.loads(notebook.read_text())
    for cell in cells["cells"]:
        if cell["id"] == "double":
            cell["source"] = forge
    notebook.write_text(json.dumps(cells))
    graded = grade_in_process(task, sandbox.address)
    assert {**outcomes(graded), "check_double": ...} == {
        "check_double": ...,
        "check_total": Outcome.PASSED,
        "why": Outcome.WAITING,
    }
    assert graded.notebooks[0].exercises[0].score == 0


def test_a_given_cell_or_one_of_the_students_costs_what_needs_it(task, sandbox, monkeypatch):
    monkeypatch.setattr(process, "SPARE", 1)
    (notebook,) = task.assignment.notebooks
    given = next(cell.name for cell in notebook.cells if cell.role is Role.GIVEN and "check_close" in cell.source)
    source = "import numpy as np\nfrom nnkit.testing import check_that\nimport os; os.kill(os.getpid(), 9)"
    graded = grade_in_process(with_cell(task, given, source), sandbox.address)
    assert set(outcomes(graded).values()) == {Outcome.ERROR, Outcome.WAITING}
    messages = [exercise.message for exercise in graded.notebooks[0].exercises[:2]]
    assert all("comes from" in message for message in messages)
    assert [note for note in graded.notebooks[0].notes if f"the given cell {given!r} was not run" in note]


def test_outside_of_any_cell_it_is_a_problem_of_the_submission(task, sandbox, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExaminerLost, match="NotADirectoryError"):
        grade_in_process(replace(task, into=tmp_path / "file" / "into"), sandbox.address)


def test_the_time_of_earlier_attempts_counts_and_ends_them(task, sandbox, monkeypatch):
    """Whoever ends the examiner again and again gets one last attempt, which goes up to the check where it ended."""
    deadly = "import os; os.kill(os.getpid(), 9)"
    task = with_cell(with_cell(task, "check_double", deadly), "check_total", deadly)
    begun = []
    attempt = process._attempt
    monkeypatch.setattr(
        process, "_attempt", lambda task, address, past: begun.append(past) or attempt(task, address, past)
    )
    graded = grade_in_process(task, sandbox.address)
    assert [len(past.lost) for past in begun] == [0, 1, 2]
    assert begun[0].spent < begun[1].spent < begun[2].spent
    assert list(outcomes(graded).values()) == [Outcome.KILLED, Outcome.KILLED, Outcome.WAITING]
    begun.clear()
    graded = grade_in_process(replace(task, seconds=Seconds(notebook=0.01)), sandbox.address)
    assert len(begun) <= 2, "the time of a notebook is over after the first"


def test_checks_have_a_budget(task, sandbox):
    slow = "import time; time.sleep(1)"
    task = with_cell(task, "check_double", slow)
    graded = grade_in_process(replace(task, seconds=Seconds(check=0.5, checks=0.2)), sandbox.address)
    (notebook,) = graded.notebooks
    double, total, _ = notebook.exercises
    assert (double.outcome, total.outcome) == (Outcome.TIMEOUT, Outcome.TIMEOUT)
    assert total.told == total.message == "out of time: the checks took longer than 0.2 s together"
    assert (
        "the checks took longer than 0.2 s together: those that came after that were not run"
        in graded.notebooks[0].notes
    )
    graded = grade_in_process(replace(task, seconds=Seconds(check=0.5, checks=20)), sandbox.address)
    double, total, _ = graded.notebooks[0].exercises
    assert (double.outcome, total.outcome) == (Outcome.TIMEOUT, Outcome.PASSED)
    assert graded.notebooks[0].notes == ("the checks took 1 s; all of a submission may take 20 s together",)
