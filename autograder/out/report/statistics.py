"""What a graded class tells its instructor: numbers and lists, without a word of how they are shown."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from autograder.results import NOT_GRADED, NOT_HANDED_IN, Key, Outcome, SubmissionResult, label, names

Class = Sequence[SubmissionResult]

MISTAKEN = (Outcome.FAILED, Outcome.PARTIAL, Outcome.ERROR)
STOPPED = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.KILLED)
BY_A_PERSON = "graded by a person"

LOW_SHARE = 0.5  # of the points; below it, and among the last tenth of a class, somebody may need help
FELL_BY = 0.25  # of the points, against the class, from the mean of earlier assignments to the last
FEWEST_TOGETHER, LEAST_PHI = 2, 0.3  # what two mistakes must have in common to be named together
MOST_MISTAKES, MOST_PAIRS = 100, 20  # that are compared, and named


@dataclass(frozen=True)
class Exercise:
    """One exercise of a class.

    difficulty: mean share of points of those who are graded, in [0, 1]; None for nobody.
    discrimination: correlation of its points with those of all other exercises (item-rest correlation; Crocker and
    Algina 1986, ch. 14), in [−1, 1]; None where either is the same for everybody, or fewer than three are graded.
    outcomes: how many came out how.
    """

    name: str
    points: float
    difficulty: float | None
    discrimination: float | None
    outcomes: Mapping[Outcome, int]


@dataclass(frozen=True)
class Mistake:
    """One sentence that a check said, and who got to hear it."""

    exercise: str
    message: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two mistakes in different exercises that travel together.

    students: who made both.  expected: how many would by chance.  phi: their correlation over the class, in [−1, 1].
    """

    first: Mistake
    second: Mistake
    students: tuple[str, ...]
    expected: float
    phi: float


def graded(results: Class) -> list[SubmissionResult]:
    """Those of whom something is graded, good or bad; not those who handed in nothing."""
    return [r for r in results if r.share is not None and r.problem != NOT_HANDED_IN]


def exercises(results: Class) -> list[Exercise]:
    """The exercises of an assignment in their order."""
    results = [result for result in results if result.problem not in (NOT_HANDED_IN, NOT_GRADED)]
    labels = {key: label(name) for key, name in names(results).items()}
    points = {exercise.key: exercise.points for result in results for exercise in result.exercises}
    counts = Counter((exercise.key, exercise.outcome) for result in results for exercise in result.exercises)
    scores = _scores(results, list(labels))
    found = []
    for number, key in enumerate(labels):
        mine, rest = scores[:, number], np.nansum(np.delete(scores, number, axis=1), axis=1)
        known = ~np.isnan(mine)
        outcomes = {outcome: counts[key, outcome] for outcome in Outcome if counts[key, outcome]}
        difficulty = float(mine[known].mean() / points[key]) if known.any() and points[key] else None
        discrimination = _correlation(mine[known], rest[known])
        found.append(Exercise(labels[key], points[key], difficulty, discrimination, outcomes))
    return found


def _scores(results: Class, keys: Sequence[Key]) -> np.ndarray:
    """Points, (students, exercises); NaN where nobody has graded."""
    scores = np.full((len(results), len(keys)), np.nan)
    column = {key: number for number, key in enumerate(keys)}
    for row, result in enumerate(results):
        for exercise in result.exercises:
            if exercise.score is not None:
                scores[row, column[exercise.key]] = exercise.score
    return scores


def _correlation(x: np.ndarray, y: np.ndarray) -> float | None:
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def mistakes(results: Class) -> list[Mistake]:
    """What checks said, the most frequent first."""
    labels = {key: label(name) for key, name in names(results).items()}
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        for exercise in result.exercises:
            if exercise.outcome in MISTAKEN and exercise.message not in ("", BY_A_PERSON):
                found[labels[exercise.key], exercise.message].append(result.student)
    listed = [Mistake(exercise, message, tuple(students)) for (exercise, message), students in found.items()]
    return sorted(listed, key=lambda mistake: -len(mistake.students))


def pairs(found: Sequence[Mistake], size: int) -> list[Pair]:
    """Which mistakes travel together in a class of so many, the closest first.

    A pair of the same misunderstanding shows as one: those who make one make the other. Chance is 0 in phi (Pearson's
    mean square contingency coefficient).
    """
    together = []
    with_students = [(mistake, frozenset(mistake.students)) for mistake in found[:MOST_MISTAKES]]
    for (first, _), (second, others) in combinations(with_students, 2):
        both = [student for student in first.students if student in others]
        if first.exercise != second.exercise and len(both) >= FEWEST_TOGETHER:
            a, b = len(first.students), len(second.students)
            spread = a * b * (size - a) * (size - b)
            phi = (len(both) * size - a * b) / np.sqrt(spread) if spread > 0 else 0.0
            if phi >= LEAST_PHI:
                together.append(Pair(first, second, tuple(both), a * b / size, float(phi)))
    return sorted(together, key=lambda pair: -pair.phi * len(pair.students))[:MOST_PAIRS]


def stopped(results: Class) -> list[tuple[SubmissionResult, str, Outcome, str]]:
    """What did not run to its end: (result, exercise, outcome, message)."""
    labels = {key: label(name) for key, name in names(results).items()}
    return [
        (result, labels[exercise.key], exercise.outcome, exercise.message)
        for result in results
        for exercise in result.exercises
        if exercise.outcome in STOPPED
    ]


def waiting(found: Sequence[Exercise]) -> dict[str, int]:
    """Exercise → how many of its answers wait for a person."""
    return {e.name: e.outcomes[Outcome.WAITING] for e in found if e.outcomes.get(Outcome.WAITING)}


def look_at(classes: Mapping[str, Class]) -> dict[str, list[str]]:
    """Student → why an instructor may want to look at what they do, in the order of the reasons' number.

    classes: assignment → everybody's results, in the order of the term. It is a place to look, and no verdict.
    """
    reasons: dict[str, list[str]] = defaultdict(list)
    for assignment, results in classes.items():
        shares = [result.share for result in graded(results)]
        last_tenth = float(np.quantile([s for s in shares if s is not None], 0.1)) if shares else 0.0
        for result in results:
            reasons[result.student] += [f"{assignment}: {reason}" for reason in _reasons(result, last_tenth)]
    for student, fell in _fallen(classes).items():
        reasons[student].append(f"{fell:.0%} of the points below their own earlier work, measured against the class")
    ordered = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    return {student: why for student, why in ordered if why}


def _reasons(result: SubmissionResult, last_tenth: float) -> list[str]:
    if result.problem and result.problem != NOT_GRADED:
        return [result.problem]
    reasons = []
    if result.share is not None and result.share < LOW_SHARE and result.share <= last_tenth:
        reasons.append(f"{result.share:.0%} of the points")
    size = len(result.exercises)
    for count, words in (
        (sum(map(result.count, STOPPED)), "stopped with an error or out of time"),
        (result.count(Outcome.NOT_ANSWERED), "not answered"),
    ):
        if 2 * count >= size > 0:
            reasons.append(f"{count} of {size} exercises {words}")
    return reasons


def _fallen(classes: Mapping[str, Class]) -> dict[str, float]:
    """How far below their earlier selves students are in the last assignment, relative to the class."""
    *_, last = relative = [_relative(results) for results in classes.values()]
    fallen = {}
    for student, share in last.items():
        earlier = [each[student] for each in relative[:-1] if student in each]
        if earlier and np.mean(earlier) - share >= FELL_BY:
            fallen[student] = float(np.mean(earlier) - share)
    return fallen


def _relative(results: Class) -> dict[str, float]:
    """Student → share of points less the median of the class."""
    shares = {result.student: result.share for result in results if result.share is not None}
    middle = float(np.median(list(shares.values()))) if shares else 0.0
    return {student: share - middle for student, share in shares.items()}
