"""What grading says about a submission: plain frozen values that every other part reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

NOT_GRADED = "not graded"
"""The problem of a submission that nobody has graded yet."""


class Outcome(StrEnum):
    """How one exercise came out. `WAITING` is a written answer that a person has to grade."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    ERROR = "error"
    TIMEOUT = "timeout"
    KILLED = "killed"
    NOT_ANSWERED = "not answered"
    WAITING = "waiting"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise of one submission.

    score: points earned, in [0, points]; None while a person has not graded it.
    message: why points are missing, in one sentence, for the instructor; empty if none are.
    told: what of it the student may read. A hidden test may give itself away; a sentence of nnkit.testing does not.
    notebook: the notebook it stands in.
    """

    name: str
    score: float | None
    points: float
    outcome: Outcome
    message: str = ""
    told: str = ""
    notebook: str = ""


@dataclass(frozen=True)
class SubmissionResult:
    """One submission of one student.

    problem: why it could not be graded; empty if it was.  notes: what the instructor should know besides, a sentence
    each.  unprotected: protections of the sandbox that were missing.
    comments: what a person wrote to the student, by the name of the cell it stands under.
    """

    assignment: str
    student: str
    exercises: tuple[ExerciseResult, ...]
    late: timedelta = timedelta(0)
    problem: str = ""
    notes: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()
    comments: Mapping[str, str] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The points earned so far; answers waiting for a person count nothing yet."""
        return sum(exercise.score or 0.0 for exercise in self.exercises)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def waiting(self) -> float:
        """The points a person has still to give."""
        return sum(exercise.points for exercise in self.exercises if exercise.score is None)

    def count(self, outcome: Outcome) -> int:
        return sum(exercise.outcome is outcome for exercise in self.exercises)


def mean_score(results: Iterable[SubmissionResult]) -> float:
    """The mean over submissions of points earned. Raises ValueError for none."""
    scores = [result.score for result in results]
    if not scores:
        raise ValueError("expected at least one submission, got none")
    return sum(scores) / len(scores)
