from dataclasses import replace
from datetime import timedelta

import pytest

from autograder.results import ExerciseResult, Outcome, SubmissionResult, label, mean_score, names

ADA = SubmissionResult(
    "07_demo",
    "ada",
    (
        ExerciseResult("check_double", 2.0, 2.0, Outcome.PASSED),
        ExerciseResult("check_total", 0.5, 1.5, Outcome.PARTIAL, "part of the points"),
        ExerciseResult("why", None, 3.0, Outcome.WAITING, "a person has to grade this answer"),
    ),
    late=timedelta(hours=26),
)
OMAR = SubmissionResult("07_demo", "omar", (), problem="the file is not JSON")
TWICE = SubmissionResult(
    "hw1",
    "ada",
    (
        ExerciseResult("test_square", 3.0, 3.0, Outcome.PASSED, notebook="p1"),
        ExerciseResult("test_half", 2.0, 2.0, Outcome.PASSED, notebook="p1"),
        ExerciseResult("test_square", 0.0, 1.0, Outcome.FAILED, "wrong", "wrong", "p2"),
    ),
)
"""A name that stands in two notebooks."""


def test_points_are_added_and_waiting_answers_count_nothing_yet():
    assert (ADA.score, ADA.points, ADA.waiting) == (2.5, 6.5, 3.0)
    assert (OMAR.score, OMAR.points, OMAR.waiting) == (0, 0, 0)


@pytest.mark.parametrize(("penalty", "score"), [(0.0, 2.5), (1.0, 1.5), (2.5, 0.0), (9.0, 0.0)])
def test_a_late_penalty_is_taken_off_and_no_score_falls_below_zero(penalty, score):
    late = replace(ADA, penalty=penalty)
    assert (late.score, late.points, late.waiting) == (score, 6.5, 3.0)
    assert mean_score([late, OMAR]) == score / 2


def test_the_share_is_of_what_is_graded():
    assert ADA.share == 2.5 / 3.5
    assert replace(ADA, penalty=9.0).share == 0
    assert OMAR.share is None
    assert replace(ADA, exercises=ADA.exercises[2:]).share is None, "all of it waits"


def test_names_of_exercises_are_plain_where_they_are_unique():
    assert names([ADA, OMAR]) == {
        ("", "check_double"): "check_double",
        ("", "check_total"): "check_total",
        ("", "why"): "why",
    }
    assert names([OMAR, TWICE]) == {
        ("p1", "test_square"): "p1/test_square",
        ("p1", "test_half"): "test_half",
        ("p2", "test_square"): "p2/test_square",
    }
    assert names([TWICE], taken=("test_half", "other"))["p1", "test_half"] == "p1/test_half"


def test_a_check_is_called_by_what_it_checks():
    assert [label(name) for name in ("check_double", "why", "p1/check_double", "check_a/b")] == [
        "double", "why", "p1/double", "check_a/b"
    ]  # fmt: skip


def test_outcomes_are_counted():
    assert [ADA.count(outcome) for outcome in (Outcome.PASSED, Outcome.WAITING, Outcome.FAILED)] == [1, 1, 0]


def test_the_mean():
    assert mean_score([ADA, OMAR]) == 1.25
    with pytest.raises(ValueError, match="expected at least one submission, got none"):
        mean_score([])
