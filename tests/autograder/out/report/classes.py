"""Classes of students who never were, with what a report shows of them."""

from collections.abc import Sequence

import numpy as np

from autograder.out.term import Policy, TermResult
from autograder.results import ExerciseResult, Outcome, Person, SubmissionResult

POINTS = (2.0, 3.0, 5.0)


def result(student: str, scores: Sequence[float | None], *, assignment: str = "hw1", **fields) -> SubmissionResult:
    """A submission with these scores of 2, 3 and 5 points; a wrong answer is told which exercise it was in."""
    exercises = tuple(
        ExerciseResult(f"check_{'abc'[n]}", score, POINTS[n], *_outcome(score, POINTS[n], "abc"[n]))
        for n, score in enumerate(scores)
    )
    if "problem" in fields:
        unread = (Outcome.UNREADABLE, "nothing of it could be graded")
        exercises = tuple(ExerciseResult(e.name, 0.0, e.points, *unread) for e in exercises)
    return SubmissionResult(assignment, student, exercises, **fields)


def _outcome(score: float | None, points: float, name: str) -> tuple[Outcome, str]:
    if score is None:
        return Outcome.WAITING, "a person has to grade this answer"
    if score == points:
        return Outcome.PASSED, ""
    return (Outcome.PARTIAL if score else Outcome.FAILED), f"wrong {name}"


def terms(*classes: Sequence[SubmissionResult], policy: Policy = Policy({})) -> list[TermResult]:  # noqa: B008  (frozen)
    """The term of a class, one assignment after the other."""
    found: dict[str, dict[str, SubmissionResult]] = {}
    for results in classes:
        for each in results:
            found.setdefault(each.student, {})[each.assignment] = each
    return [TermResult(s, next(iter(r.values())).person, r, policy) for s, r in sorted(found.items())]


def large(students: int, assignments: int, *, exercises: int = 12, seed: int = 0) -> list[TermResult]:
    """A class of so many, each better or worse than others throughout, with named mistakes."""
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=students)
    classes = []
    for number in range(assignments):
        right = rng.normal(size=(students, exercises)) < skill[:, None] + 0.5
        which = rng.integers(4, size=(students, exercises))
        classes.append(
            [
                SubmissionResult(
                    f"hw{number + 1:02}",
                    f"s{s:04}",
                    tuple(
                        ExerciseResult(f"check_{e}", 3.0, 3.0, Outcome.PASSED)
                        if right[s, e]
                        else ExerciseResult(f"check_{e}", 0.0, 3.0, Outcome.FAILED, f"mistake {which[s, e]} of {e}")
                        for e in range(exercises)
                    ),
                    person=Person(f"Last{s}", f"First{s}"),
                )
                for s in range(students)
            ]
        )
    return terms(*classes)
