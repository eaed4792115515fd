"""What grading says about a submission: plain frozen values that every other part reads.

One word for one thing, here and in all that reads it:

    score     points earned, and `points` those that could be
    outcome   how an exercise came out, one of `Outcome`
    message   why an exercise misses points, for the instructor; it may quote a hidden test
    told      what of the message its student may read
    problem   why a notebook or a whole submission could not be graded
    note      what was found in a submission and mended, or was left aside or not run; for instructor and student
    comment   what a person wrote to the student
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

FINDINGS = "autograder_findings"
"""The metadata key under which an autograded notebook holds what the examiner found; nothing of the student's does."""
NOT_GRADED = "not graded"
"""The problem of a submission that nobody has graded yet."""

NOT_HANDED_IN = "nothing was handed in"
"""The problem of an enrolled student who handed in nothing."""

Key = tuple[str, str]
"""(notebook, cell): what an exercise is known by. The name of a cell alone may stand in several notebooks."""


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

    name: of the cell that is graded.  notebook: the one it stands in.
    score: points earned, in [0, points]; None while a person has not graded it.
    points: 0 for an exercise that is optional, which counts for nothing.
    message: one sentence, empty if no points are missing.
    told: less than the message where that may give a hidden test away; a sentence of nnkit.testing never does.
    """

    name: str
    score: float | None
    points: float
    outcome: Outcome
    message: str = ""
    told: str = ""
    notebook: str = ""

    @property
    def optional(self) -> bool:
        return not self.points

    @property
    def key(self) -> Key:
        return self.notebook, self.name


@dataclass(frozen=True)
class Person:
    """Who a student is, as far as the gradebook knows. lms_user_id: the id in a learning-management system."""

    last_name: str = ""
    first_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def called(self, student: str) -> str:
        """The student of this id as people say it, with the id that commands want."""
        return f"{self.name} ({student})" if self.name else student


@dataclass(frozen=True)
class SubmissionResult:
    """One submission of one student.

    penalty: points taken away because it was `late`.  problem: empty if all of it was graded.  notes: a sentence each.
    unprotected: protections of the sandbox that were missing.  comments: by the cell that each stands under.
    earlier: the score that the same hand-in had before it was graded anew, if that was another one.
    """

    assignment: str
    student: str
    exercises: tuple[ExerciseResult, ...]
    late: timedelta = timedelta(0)
    problem: str = ""
    notes: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()
    comments: Mapping[Key, str] = field(default_factory=dict)
    penalty: float = 0.0
    person: Person = Person()
    earlier: float | None = None

    @property
    def called(self) -> str:
        return self.person.called(self.student)

    @property
    def score(self) -> float:
        """The points earned so far, less the penalty, never below 0; answers waiting for a person count nothing yet."""
        return max(0.0, sum(exercise.score or 0.0 for exercise in self.exercises) - self.penalty)

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def waiting(self) -> float:
        """The points a person has still to give."""
        return sum(exercise.points for exercise in self.exercises if exercise.score is None)

    @property
    def share(self) -> float | None:
        """What was earned of what is graded so far, in [0, 1]; None while nothing is."""
        graded = 0.0 if self.problem == NOT_GRADED else self.points - self.waiting
        return min(1.0, self.score / graded) if graded > 0 else None

    def count(self, outcome: Outcome) -> int:
        return sum(exercise.outcome is outcome for exercise in self.exercises)


def names(results: Iterable[SubmissionResult], *, taken: Collection[str] = ()) -> dict[Key, str]:
    """A name for each exercise of a class, in the order in which they first appear.

    The name of its cell; `notebook/cell` where that stands in several notebooks, or is one of `taken`.
    """
    keys = dict.fromkeys(exercise.key for result in results for exercise in result.exercises)
    count = Counter(cell for _, cell in keys)
    return {key: "/".join(key) if count[key[1]] > 1 or key[1] in taken else key[1] for key in keys}


def label(name: str) -> str:
    """A name of `names` as people say it: a check is called by what it checks."""
    notebook, slash, cell = name.rpartition("/")
    return f"{notebook}{slash}{cell.removeprefix('check_')}"


def mean_score(results: Iterable[SubmissionResult]) -> float:
    """The mean over submissions of points earned. Raises ValueError for none."""
    scores = [result.score for result in results]
    if not scores:
        raise ValueError("expected at least one submission, got none")
    return sum(scores) / len(scores)
