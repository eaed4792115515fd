"""Cells of real submissions permuted, deleted, doubled and renamed: no wrong answer gains, no right one loses."""

import random
from copy import deepcopy

import pytest
from nbformat.v4 import new_code_cell

from autograder.build.author import notebook_text, released_notebook
from tests.autograder.conftest import NAME, copy_course, grade, scores

FAKES = "def check_close(*a, **k): pass\ncheck_that = check_equal = check_close\nimport numpy as check_double"
WRONG = {"double": "def double(x):\n    return 7.5", "total": "def total(x):\n    return 7.5"}
RIGHT = {"double": "def double(x):\n    return 2 * x", "total": "def total(x):\n    return float(sum(x))"}
EACH = 12


def shaken(notebook, answers, rng):
    """A notebook with these answers, and its cells anywhere. Answers are not deleted, or there would be none."""
    cells = []
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
        if cell.id in answers or rng.random() < 0.8:
            cells += [deepcopy(cell) for _ in range(1 + (rng.random() < 0.2))]
    rng.shuffle(cells)
    for i, cell in enumerate(cells):
        if rng.random() < 0.3:
            cell.metadata.pop("nbgrader", None)
        if rng.random() < 0.3 or any(cell.id == other.id for other in cells[:i]):
            cell.id = f"renamed-{i}"
    fakes = [new_code_cell(FAKES, id=f"fake-{i}") for i in range(2)]
    for fake in fakes:
        cells.insert(rng.randrange(len(cells) + 1), fake)
    notebook.cells = cells
    return notebook


@pytest.mark.slow
def test_no_wrong_answer_gains_and_no_right_one_loses(released, demo, tmp_path):
    course = copy_course(released, tmp_path / "course")
    for kind, answers in (("wrong", WRONG), ("right", RIGHT)):
        for seed in range(EACH):
            folder = course.submitted_folder(NAME, f"{kind}{seed}")
            folder.mkdir(parents=True)
            notebook = shaken(released_notebook(demo), answers, random.Random(seed))
            (folder / f"{NAME}.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
    results = list(grade(course, NAME, jobs=2))
    assert len(results) == 2 * EACH
    for result in results:
        found = {name: score for name, score in scores(result).items() if name.startswith("check_")}
        expected = (
            {"check_double": 2, "check_total": 1.5} if result.student.startswith("right") else dict.fromkeys(found, 0)
        )
        assert found == expected, (result.student, result.notes, [e.message for e in result.exercises])
