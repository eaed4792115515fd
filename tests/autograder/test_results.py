from datetime import timedelta

import pytest

from autograder.results import ExerciseResult, Outcome, SubmissionResult, mean_score

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


def test_points_are_added_and_waiting_answers_count_nothing_yet():
    assert (ADA.score, ADA.points, ADA.waiting) == (2.5, 6.5, 3.0)
    assert (OMAR.score, OMAR.points, OMAR.waiting) == (0, 0, 0)


def test_outcomes_are_counted():
    assert [ADA.count(outcome) for outcome in (Outcome.PASSED, Outcome.WAITING, Outcome.FAILED)] == [1, 1, 0]


def test_the_mean():
    assert mean_score([ADA, OMAR]) == 1.25
    with pytest.raises(ValueError, match="expected at least one submission, got none"):
        mean_score([])
