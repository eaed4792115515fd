"""What is loaded once for all workers: the list must not be empty where a course keeps its notebooks elsewhere."""

import shutil
import sys

import pytest

from autograder.course import Course
from autograder.exam import imports
from autograder.exam.imports import imported_modules, statements
from tests.autograder.conftest import NAME, ROOT, copy_course
from tests.autograder.stock import HW

LECTURES = sorted(folder.name for folder in (ROOT / "lectures").iterdir() if not folder.name.startswith("."))


@pytest.mark.parametrize("chapter", LECTURES)
def test_every_chapter_of_this_course_has_its_libraries_loaded(chapter):
    assert {"numpy", "nnkit.testing"} <= set(imported_modules(Course.open(ROOT), chapter))


@pytest.mark.parametrize(("chapter", "loads"), [("08_backprop_matrices", True), ("02_adaline_delta_rule", False)])
def test_what_a_function_loads_when_it_is_called_is_loaded_where_one_calls_it(chapter, loads):
    """Else each worker of chapter 08 would load scikit-learn for `datasets.digits`."""
    assert ("sklearn.datasets" in imported_modules(Course.open(ROOT), chapter)) == loads


def test_the_instructors_notebook_counts_and_without_it_the_released_one(released, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    path = course.source_folder(NAME) / f"{NAME}.ipynb"
    path.write_text(path.read_text().replace("import numpy as np", "import scipy.special"))
    assert imported_modules(course, NAME) == [
        "scipy.special", "nnkit.testing", "nnkit.testing.check_close", "nnkit.testing.check_that"
    ]  # fmt: skip
    shutil.rmtree(course.source)
    assert "numpy" in imported_modules(course, NAME)
    shutil.rmtree(course.release)
    assert imported_modules(course, NAME) == []


def test_a_stock_course(stock):
    assert set(imported_modules(stock, HW)) == {
        "math", "os", "os.path", "os.sep", "statistics", "fractions"
    }  # fmt: skip


def test_what_cannot_be_read_is_passed_over(released, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    folder = course.source_folder(NAME)
    (folder / "a.ipynb").write_text("no JSON")
    (folder / "b.ipynb").write_text('{"cells": [{}]}')
    (folder / "c.ipynb").mkdir()
    assert imported_modules(course, NAME) == imported_modules(released, NAME)


def test_statements_of_a_cell_with_magics_and_of_one_that_does_not_parse():
    assert len(statements("%matplotlib inline\n!ls\nimport math\nx = 1")) == 2
    assert statements("def f(:") == statements("x = '\0'") == ()


def test_nothing_is_loaded_to_look_into_it(monkeypatch):
    """A module of nnkit's would bring its libraries with it, in a process that has to wait for them."""
    monkeypatch.delitem(sys.modules, "nnkit.classifier", raising=False)
    assert list(imports._inside("nnkit.classifier.MLPClassifier", {"digits"})) == []
    assert "sklearn.datasets" in list(imports._inside("nnkit.datasets", {"digits"}))
    assert "nnkit.classifier" not in sys.modules
