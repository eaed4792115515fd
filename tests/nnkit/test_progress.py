"""What is said of a student's saved notebooks: which visible checks pass, and what is next."""

import json
import subprocess
import sys

import pytest

from nnkit import progress
from nnkit.progress import State
from tests.nnkit.test_workbook import CHECK, EXERCISE, GIVEN

STUB = "def {}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def cell(name, source, flags):
    metadata = {"nbgrader": {"grade_id": name, **flags}} if flags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source}


def exercise(name, number, answer, check, *, of=3):
    place = f"exercise {number} of {of}" if of else "optional"
    return [
        cell(name, answer or STUB.format(name), EXERCISE),
        cell(f"check_{name}", f"# Check of {name} · {place}\n{check}", CHECK),
    ]


CELLS = [
    cell("given", "import numpy as np", GIVEN),
    cell("", "def helper(x):\n    return 2 * x\nraise RuntimeError('a demonstration')", {}),
    *exercise("double", 1, "def double(x):\n    print(x)\n    return helper(x)", "assert double(2) == 4"),
    *exercise("wrong", 2, "def wrong(x):\n    return x", "assert wrong(2) == 3"),
    *exercise("spoils", 3, "def spoils(x):\n    x += 1\n    return x", "assert spoils(np.ones(2))[0] == 2"),
    *exercise("leaves", 4, "def leaves(x):\n    raise SystemExit", "leaves(1)"),
    *exercise("blank", 5, "", "assert blank(1) == 1"),
    *exercise("more", 0, "def more(x):\n    return x", "assert more(1) == 1", of=0),
]


@pytest.fixture
def workbook(tmp_path):
    def write(name, cells):
        (tmp_path / name).mkdir()
        text = cells if isinstance(cells, str) else json.dumps({"cells": cells})
        (tmp_path / name / f"{name}.ipynb").write_text(text, "utf-8")
        return tmp_path

    return write


def states(chapter):
    return {each.name: each.state for each in chapter.exercises}


def test_each_exercise_stands_where_its_visible_check_says(workbook):
    (chapter,) = progress.chapters(workbook("01_demo", CELLS))
    assert states(chapter) == {
        "double": State.PASSES,
        "wrong": State.FAILS,
        "spoils": State.FAILS,
        "leaves": State.FAILS,
        "blank": State.BLANK,
        "more": State.PASSES,
    }
    assert (chapter.passed, len(chapter.counted), chapter.next) == (1, 5, "wrong")


def test_a_loop_without_end_and_a_process_that_dies_cost_what_comes_after_at_most(workbook, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_CHAPTER", 5)
    first = exercise("double", 1, "def double(x):\n    return 2 * x", "assert double(2) == 4", of=2)
    loops = exercise("loops", 2, "def loops(x):\n    while True:\n        pass", "loops(1)", of=2)
    dies = exercise("dies", 2, "import os\ndef dies(x):\n    os._exit(0)", "dies(1)", of=2)
    workbook("01_loops", [*first, *loops])
    for chapter in progress.chapters(workbook("02_dies", [*first, *dies])):
        assert list(states(chapter).values()) == [State.PASSES, State.FAILS]


def test_a_late_cell_is_left_and_the_next_ones_run(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_CELL", 0.3)
    loops = exercise("loops", 1, "def loops(x):\n    while True:\n        pass", "loops(1)")
    cells = [progress.SavedCell(progress.Role.GIVEN, "given", "while True: pass")]
    for each in (*loops, *CELLS[2:4]):
        role = progress.Role.CHECK if each["metadata"]["nbgrader"]["grade"] else progress.Role.ANSWER
        cells.append(progress.SavedCell(role, each["metadata"]["nbgrader"]["grade_id"], each["source"]))
    cells.insert(0, progress.SavedCell(progress.Role.OWN, "", CELLS[1]["source"]))
    assert list(progress.passing(cells)) == ["double"]


def test_the_page_names_what_is_next_and_a_notebook_that_cannot_be_read(workbook, capsys):
    workbook("00_blank", exercise("first", 1, "", "", of=1))
    workbook("01_demo", CELLS)
    progress.show(workbook("02_broken", "{"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["00_blank", "0", "of", "1", "–"]
    assert lines[1].split() == ["01_demo", "1", "of", "5", "✓", "✗", "✗", "✗", "–", "(✓)"]
    assert "cannot be read as a notebook" in lines[2]
    assert lines[3] == "Next: wrong, in 01_demo"


def test_it_is_a_command_that_works_in_the_folder_of_a_chapter_and_says_what_it_needs(workbook, tmp_path):
    folder = workbook("00_blank", exercise("first", 1, "def first(x):\n    return x", "first(1)", of=1))
    command = [sys.executable, "-m", "nnkit", "progress"]
    done = subprocess.run(command, cwd=folder / "00_blank", capture_output=True, text=True, check=True)
    assert "All done." in done.stdout
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    failed = subprocess.run([*command, tmp_path / "empty" / "deep"], capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("nnkit progress: expected chapters, each in a folder of its own, in ")


def test_a_notebook_that_stands_alone_is_told_so_and_stops_over_nothing(tmp_path, capsys):
    progress.show(tmp_path)
    assert capsys.readouterr().out.startswith("Nothing to tell: expected chapters, each in a folder of its own")
