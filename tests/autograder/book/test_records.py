"""What is known of a submission must not depend on when one asks."""

import pytest

from autograder.book.records import read_results
from autograder.results import NOT_GRADED, Outcome
from tests.autograder.conftest import copy_course, grade
from tests.autograder.stock import HW, hand_in

RIGHT = "def square(x): return x * x"


@pytest.fixture
def course(stock, tmp_path):
    return copy_course(stock, tmp_path / "copy")


@pytest.mark.sandbox
def test_the_problem_of_one_of_two_notebooks_stays(course):
    """In the run that graded it, in the next one that has nothing to do, and in what is exported."""
    folder = hand_in(course, "ada", square=RIGHT)
    (folder / "p2.ipynb").write_text('{"cells": [')
    (first,) = grade(course, HW)
    (second,) = grade(course, HW)
    (exported,) = read_results(course, HW)
    assert first.problem.startswith("the file is not JSON: it breaks off")
    assert first == second == exported
    scores = {exercise.key: (exercise.score, exercise.outcome) for exercise in exported.exercises}
    assert scores["p1", "test_square"] == (3.0, Outcome.PASSED)
    assert scores["p2", "test_square"] == (0.0, Outcome.UNREADABLE)


@pytest.mark.sandbox
def test_a_later_hand_in_that_cannot_be_read_is_a_problem_in_every_table(course):
    folder = hand_in(course, "ada", square=RIGHT)
    (before,) = grade(course, HW)
    assert (before.problem, read_results(course, HW)) == ("", [before])
    for name in ("p1", "p2"):
        (folder / f"{name}.ipynb").write_text("")
    (after,) = grade(course, HW)
    assert after.problem == "the file is empty"
    assert after.exercises == before.exercises
    assert read_results(course, HW) == [after]


@pytest.mark.sandbox
def test_a_later_hand_in_that_can_be_read_is_none(course):
    hand_in(course, "ada")
    (before,) = grade(course, HW)
    hand_in(course, "ada", square=RIGHT)
    assert read_results(course, HW) == [before]


def test_what_nobody_has_graded(course):
    hand_in(course, "ada")
    (folder,) = [hand_in(course, "omar")]
    (folder / "p1.ipynb").write_text("")
    ada, omar = read_results(course, HW)
    assert (ada.problem, omar.problem) == (NOT_GRADED, "the file is empty")
