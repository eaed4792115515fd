"""Submissions that students really hand in, and how they come out."""

import json

import nbformat
import pytest

from autograder.book.records import read_results
from autograder.build.author import notebook_text, released_notebook
from autograder.intake.upload import LARGEST_FILE
from autograder.out.feedback import write_feedback
from autograder.results import Outcome
from tests.autograder.conftest import NAME, copy_course, grade

CALLER_QUOTED = """\
import warnings
def double(x):
    warnings.warn("who called me?", stacklevel=2)
    print("printed while hidden tests run")
    return 2 * x"""


@pytest.fixture
def course(released, tmp_path):
    return copy_course(released, tmp_path / "copy")


def hand_in(course, demo, student: str, **sources: str):
    """Hand in the released notebook with some cells replaced."""
    notebook = released_notebook(demo)
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
    return hand_in_bytes(course, student, notebook_text(notebook).encode())


def hand_in_bytes(course, student: str, content: bytes):
    path = course.submitted_notebook(NAME, student)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


BROKEN = {
    "not_json": b"my answers",
    "empty": b"",
    "truncated": b'{"cells": [\n{"cell_type"',
    "no_cells": b'{"metadata": {}}',
    "a_list": b"[1, 2]",
    "too_deep": b"[" * 100_000,
    "cells_are_numbers": b'{"cells": [1, 2], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
}


def test_a_file_that_is_no_notebook_costs_its_own_result_and_never_the_batch(course, demo):
    for student, content in BROKEN.items():
        hand_in_bytes(course, student, content)
    (course.submitted / "sent_nothing" / NAME).mkdir(parents=True)
    hand_in(course, demo, "zoe", double="def double(x):\n    return 2 * x")
    results = {r.student: r for r in grade(course, NAME)}
    assert set(results) == {*BROKEN, "sent_nothing", "zoe"}
    assert results["sent_nothing"].problem == f"no file named {NAME}.ipynb was handed in"
    for name in set(results) - {"zoe"}:
        assert results[name].problem, name
        assert "\n" not in results[name].problem
        assert [exercise.outcome for exercise in results[name].exercises] == [Outcome.UNREADABLE] * 3
        assert (results[name].score, results[name].points) == (0, 5.5)
    assert (results["zoe"].problem, results["zoe"].score) == ("", 2)
    assert {r.student: r for r in read_results(course, NAME)} == results


def test_an_exception_in_the_grader_is_a_problem_of_that_submission(course, demo, monkeypatch):
    def fail(task, address):
        raise OSError("disk full")

    hand_in(course, demo, "ada")
    monkeypatch.setattr("autograder.exam.rehearsal.grade_in_process", fail)
    (result,) = grade(course, NAME, ["ada"])
    assert (result.student, result.problem) == ("ada", "grading failed: OSError: disk full")


def test_hidden_tests_stay_hidden_from_a_function_that_warns_and_prints(course, demo):
    hand_in(course, demo, "eve", double=CALLER_QUOTED)
    (result,) = grade(course, NAME, ["eve"])
    assert result.problem == ""
    text = write_feedback(course, result).read_text(encoding="utf-8")
    executed = course.autograded_notebook(NAME, "eve").read_text(encoding="utf-8")
    assert "hidden_number" in executed
    assert "hidden_number" not in text
    assert "printed while hidden tests run</" not in text


def test_widgets_are_not_run_while_grading(graded):
    path = graded.course.autograded_notebook(NAME, "ada")
    (explore,) = [c for c in nbformat.read(path, as_version=4).cells if "skip-execution" in c.metadata.get("tags", ())]
    assert explore.outputs == []


def test_a_submission_that_was_not_graded_says_so(course, demo):
    hand_in(course, demo, "late_comer")
    (result,) = read_results(course, NAME)
    assert (result.problem, result.score) == ("not graded", 0)


def test_a_notebook_without_cells_earns_nothing(course):
    hand_in_bytes(course, "empty", b'{"cells": []}')
    (result,) = grade(course, NAME, ["empty"])
    assert (result.score, result.points) == (0, 5.5)


def test_a_check_that_the_student_has_rewritten_is_put_back_before_it_runs(course, demo):
    path = hand_in(course, demo, "mallory", check_double="pass")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert any("".join(cell["source"]) == "pass" for cell in notebook["cells"])
    (result,) = grade(course, NAME, ["mallory"])
    assert result.score == 0


def test_figures_of_released_cells_are_drawn_once_for_a_class(course, demo):
    """They look the same for everybody, and take longer than all the rest: one that uses what they wrote has none."""
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])"
    path = hand_in(course, demo, "ada", double=draw + "\ndef double(x):\n    return 2 * x")
    source = course.source / NAME / f"{NAME}.ipynb"
    instructors, own = (nbformat.read(p, as_version=4) for p in (source, path))
    released = nbformat.v4.new_code_cell(draw + "\nplt.title('released')")
    changed = nbformat.v4.new_code_cell(draw + "\nplt.title('changed')")
    apart = nbformat.v4.new_code_cell("import matplotlib.pyplot as once\nonce.plot([1, 2])  # no plt.plot")
    instructors.cells += [released, apart]
    own.cells += [released, apart, changed]
    nbformat.write(instructors, source)
    nbformat.write(own, path)
    (result,) = grade(course, NAME, ["ada"])
    assert result.score == 2
    cells = nbformat.read(course.autograded_notebook(NAME, "ada"), as_version=4).cells
    drawn = [
        "image/png" in output.data
        for cell in cells
        if "plt.plot" in cell.source
        for output in cell.outputs
        if output.output_type == "display_data"
    ]
    assert drawn == [True, False, True, True]


@pytest.mark.slow
def test_a_large_file_is_there_up_to_the_limit_and_beyond_it_a_note_says_so(course, demo):
    """Beyond 64 MB, too, which once was all that a worker could write."""
    sizes = {"weights.npz": LARGEST_FILE, "more.npz": 2**26 + 1, "most.npz": LARGEST_FILE + 1}
    seen = "all(os.path.getsize(name) == size for name, size in sizes.items()) and not os.path.exists('most.npz')"
    present = {name: size for name, size in sizes.items() if name != "most.npz"}
    answer = f"import os\nsizes = {present}\ndef double(x):\n    return 2 * x if {seen} else 0"
    path = hand_in(course, demo, "ada", double=answer)
    for name, size in sizes.items():
        with (path.parent / name).open("wb") as file:
            file.truncate(size)
    (result,) = grade(course, NAME, ["ada"])
    assert (result.problem, result.score) == ("", 2)
    assert result.notes == ("most.npz was left aside: larger than 100 MB",)
    assert result.notes[0] in write_feedback(course, result).read_text(encoding="utf-8")
