"""The student's own parts in later chapters: whose function comes back, and what is said about it."""

import json

import numpy as np
import pytest

from nnkit import workbook
from nnkit.workbook import mine


def library_double(x):
    return x * np.float64(2)


GIVEN = {"locked": True, "solution": False, "grade": False}
EXERCISE = {"locked": False, "solution": True, "grade": False}
CHECK = {"locked": True, "solution": False, "grade": True}
STUB = 'def double(x):\n    """Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()\n'
RIGHT = "def double(x):\n    return x * two\n"


def cell(source, flags=None):
    nbgrader = {} if flags is None else {"nbgrader": {"grade_id": f"cell_{abs(hash(source))}", **flags}}
    return {"cell_type": "code", "metadata": nbgrader, "source": source.splitlines(keepends=True)}


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """Write the notebook of chapter 06 and stand in chapter 07's folder beside it."""

    def write(*cells, text=None):
        folder = tmp_path / "06_mlp"
        folder.mkdir()
        (folder / "06_mlp.ipynb").write_text(text or json.dumps({"cells": cells, "nbformat": 4}), "utf-8")

    (tmp_path / "07_graph").mkdir()
    monkeypatch.chdir(tmp_path / "07_graph")
    return write


def fetch(**options):
    return mine("double", chapter="06_mlp", otherwise=library_double, **options)


def test_the_students_function_stands_on_the_given_cells_and_their_own_exercises(chapter, capsys):
    chapter(
        cell("two = 0", GIVEN),
        cell("raise RuntimeError('a plain cell never runs')"),
        cell("print('noise')\ndef twice(x):\n    return 2 * x", EXERCISE),
        cell("def broken(:", EXERCISE),
        cell("assert False, 'a check never runs'", CHECK),
        cell("def double(x):\n    return twice(x) + two\n", EXERCISE),
        cell("two = 1000", GIVEN),
    )
    double = fetch(try_on=(np.array([1.0, 3.0]),))
    assert double is not library_double
    assert double(4) == 8
    assert capsys.readouterr().out == "double: yours, from 06_mlp\n"


def test_a_notebook_may_be_named_by_its_path(chapter, tmp_path):
    chapter(cell("two = 2", GIVEN), cell(RIGHT, EXERCISE))
    double = mine("double", chapter=tmp_path / "06_mlp" / "06_mlp.ipynb", otherwise=library_double)
    assert double is not library_double


def test_a_class_comes_too(chapter):
    chapter(cell("class Double:\n    def of(self, x):\n        return 2 * x\n", EXERCISE))
    assert mine("Double", chapter="06_mlp", otherwise=object)().of(3) == 6


NOT_READY = {
    "a stub": ([cell(STUB, EXERCISE)], "because yours is unfinished"),
    "a stub after given lines": (
        [cell("def double(x):\n    y = x\n    raise NotImplementedError()", EXERCISE)],
        "because yours is unfinished",
    ),
    "a class without body": (
        [cell("class double:\n    raise NotImplementedError()", EXERCISE)],
        "because yours is unfinished",
    ),
    "syntax": ([cell("def double(x):\n    return (", EXERCISE)], "because yours raised SyntaxError"),
    "a name": ([cell("def double(x):\n    return x\nnonsense", EXERCISE)], "name 'nonsense' is not defined"),
    "a broken given cell": ([cell("1 / 0", GIVEN), cell(RIGHT, EXERCISE)], "because yours raised ZeroDivisionError"),
    "not there": ([cell("def doubles(x):\n    return x", EXERCISE)], "has no exercise that defines it"),
    "only in a plain cell": ([cell(RIGHT)], "has no exercise that defines it"),
}


@pytest.mark.parametrize(("cells", "reason"), NOT_READY.values(), ids=NOT_READY)
def test_what_is_not_ready_is_replaced_and_the_line_says_why(chapter, capsys, cells, reason):
    chapter(*cells)
    assert fetch() is library_double
    said = capsys.readouterr().out
    assert said.startswith("double: nnkit's, ")
    assert reason in said
    assert said.count("\n") == 1


def test_a_finished_function_may_mention_not_implemented_error(chapter):
    chapter(cell("def double(x):\n    if x is None:\n        raise NotImplementedError\n    return 2 * x", EXERCISE))
    assert fetch() is not library_double


@pytest.mark.parametrize("end", ["NotImplementedError('a task for a subclass')", "NotImplementedError"])
def test_a_finished_function_may_end_in_an_error_of_that_kind(chapter, capsys, end):
    chapter(cell(f"def double(x):\n    raise {end}", EXERCISE))
    assert fetch() is not library_double
    assert fetch(try_on=(1,)) is library_double
    assert capsys.readouterr().out.splitlines()[1].startswith("double: nnkit's, because yours raised NotImplementedErr")


def test_a_function_that_comes_to_the_stub_of_another_is_unfinished(chapter, capsys):
    chapter(
        cell("def helper(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()", EXERCISE),
        cell("def double(x):\n    return helper(x)", EXERCISE),
    )
    assert fetch(try_on=(1,)) is library_double
    assert "because yours is unfinished" in capsys.readouterr().out


def test_an_answer_above_the_forgotten_stub_counts(chapter):
    chapter(cell("def double(x):\n    return 2 * x\n    raise NotImplementedError()", EXERCISE))
    assert fetch() is not library_double


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"cells": [{}]}', '{"cells": 3}', "<html>"])
def test_a_file_that_is_no_notebook(chapter, capsys, text):
    chapter(text=text or " ")
    assert fetch() is library_double
    assert "cannot be read as a notebook" in capsys.readouterr().out


def test_no_notebook(capsys):
    assert mine("double", chapter="99_nowhere", otherwise=library_double) is library_double
    assert "there is no notebook" in capsys.readouterr().out


WRONG = {
    "another value": ("return 3 * x", "gives another result on a trial"),
    "another shape": ("return (2 * x)[:1]", "gives another result on a trial"),
    "not a number": ("return x * float('nan')", "gives another result on a trial"),
    "nothing": ("pass", "is the `return` missing?"),
    "raises": ("return x['a']", "because yours raised IndexError"),
}


@pytest.mark.parametrize(("body", "reason"), WRONG.values(), ids=WRONG)
def test_a_trial_refuses_a_broken_function(chapter, capsys, body, reason):
    chapter(cell(f"def double(x):\n    {body}", EXERCISE))
    assert fetch(try_on=(np.array([1.0, 2.0]),)) is library_double
    assert reason in capsys.readouterr().out


def test_a_trial_works_on_copies(chapter):
    x = np.array([1.0, 2.0])
    chapter(cell("def double(x):\n    x *= 2\n    return x", EXERCISE))
    assert fetch(try_on=(x,)) is not library_double
    assert x.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        ("return {'a': (x, [2.0 * x])}", True),
        ("return {'a': [x, [2.0 * x]]}", True),
        ("return {'a': [x, 2.0 * x]}", False),
        ("return {'a': (x, [2.0 * x, 1])}", False),
        ("return {'b': (x, [2.0 * x])}", False),
        ("return {'a': (x, [2.1 * x])}", False),
        ("return 7", False),
    ],
)
def test_a_trial_compares_nested_results(chapter, body, accepted):
    def library(x):
        return {"a": (x, [2.0 * x])}

    chapter(cell(f"def double(x):\n    {body}", EXERCISE))
    chosen = mine("double", chapter="06_mlp", otherwise=library, try_on=(np.ones(2),))
    assert (chosen is not library) == accepted


def test_the_switch(chapter, capsys):
    chapter(cell("def double(x):\n    return 2 * x", EXERCISE))
    assert fetch(use="nnkit") is library_double
    assert capsys.readouterr().out == "double: nnkit's, as chosen\n"
    with pytest.raises(ValueError, match="expected use='mine' or use='nnkit', got 'yours'"):
        fetch(use="yours")


@pytest.mark.parametrize(
    "cells",
    [
        [cell("while True:\n    pass", EXERCISE), cell(RIGHT, EXERCISE)],
        [cell("while True:\n    pass", GIVEN), cell(RIGHT, EXERCISE)],
        [
            cell(
                "while True:\n    try:\n        while True:\n            pass\n    except Exception:\n        pass",
                GIVEN,
            )
        ],
        [cell("import time\ntime.sleep(60)", GIVEN), cell(RIGHT, EXERCISE)],
    ],
)
def test_a_loop_without_end_is_left_and_the_line_says_where(chapter, capsys, monkeypatch, cells):
    monkeypatch.setattr(workbook, "SECONDS", 0.3)
    chapter(*cells)
    assert fetch() is library_double
    said = capsys.readouterr().out
    assert said.startswith("double: nnkit's, because your notebook is not done after 0.3 seconds, in cell_")


def test_a_trial_without_end_is_left(chapter, capsys, monkeypatch):
    monkeypatch.setattr(workbook, "SECONDS", 0.3)
    chapter(cell("def double(x):\n    while True:\n        print(x)", EXERCISE))
    assert fetch(try_on=(1,)) is library_double
    assert capsys.readouterr().out == "double: nnkit's, because yours is not done after 0.3 seconds on a trial\n"


def test_a_cell_that_exits_ends_nothing(chapter, capsys):
    leaves = cell("import sys\nsys.exit()", EXERCISE)
    chapter(cell("two = 2", GIVEN), leaves, cell(RIGHT, EXERCISE))
    assert fetch()(4) == 8


def test_an_answer_that_exits_is_refused(chapter, capsys):
    chapter(cell("def double(x):\n    exit()", EXERCISE))
    assert fetch(try_on=(1,)) is library_double
    assert "because yours ends the program" in capsys.readouterr().out


def test_helpers_of_the_students_own_cells_are_there_and_nothing_else_of_these_cells(chapter, capsys):
    chapter(
        cell("import math\nSCALE = 2\ndef helper(x):\n    return SCALE * x + math.sin(0)\nhelper(1) / 0"),
        cell("this is no Python"),
        cell("started = print('a demonstration')\nother = started"),
        cell("class Helper:\n    here = unknown\n"),
        cell(
            "def double(x):\n    assert 'started' not in globals() and 'other' not in globals()\n    return helper(x)",
            EXERCISE,
        ),
    )
    assert fetch(try_on=(3.0,))(4) == 8
    assert capsys.readouterr().out == "double: yours, from 06_mlp\n"


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\n{}",
        "%%time\n{}",
        "!ls\nfiles = !ls\n{}",
        "{}\nfour = %time double(2)\nassert four == 4",
        "{}\n%timeit double(2)\ndouble?",
    ],
)
def test_magics_are_no_syntax_errors(chapter, capsys, source):
    chapter(cell("%load_ext autoreload\ntwo = 2", GIVEN), cell(source.format(RIGHT), EXERCISE))
    assert fetch(try_on=(3.0,))(4) == 8, capsys.readouterr().out


def test_lists_where_arrays_were_meant_are_made_arrays_then_and_later(chapter):
    def library(steps):
        return np.ones(3), [2.0] * steps, [np.ones((2, 2))] * steps

    chapter(cell("def double(steps):\n    return [[1.0] * 3, (2,) * steps, [[[1, 1], [1, 1]]] * steps]", EXERCISE))
    train = mine("double", chapter="06_mlp", otherwise=library, try_on=(2,))
    assert train is not library
    ones, twos, tables = train(5)
    assert isinstance(ones, np.ndarray)
    assert twos == [2] * 5
    assert [table.shape for table in tables] == [(2, 2)] * 5


def test_a_trial_that_the_library_fails_is_the_authors_error(chapter):
    chapter(cell("def double(x):\n    return 2 * x", EXERCISE))
    with pytest.raises(TypeError):
        fetch(try_on=(None,))
