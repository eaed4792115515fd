"""From assignments to a term: weights, what is dropped, and the rules in the words that students read."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real

from autograder.book.gradebook import open_gradebook
from autograder.book.records import read_results
from autograder.course import CONFIG_FILE, Course, CourseError
from autograder.results import Person, SubmissionResult


@dataclass(frozen=True)
class Policy:
    """How assignments make up a term: `c.Term` in the configuration, and the plug-in for lateness.

    weights: assignment → weight; 1 for one that is not named.  drop_lowest: how many do not count for each student,
    those with the lowest share of points.  late: what lateness costs, a sentence.
    stated: whether the course says any of it, or all is left as it is by itself.
    """

    weights: Mapping[str, float]
    drop_lowest: int = 0
    late: str = ""
    stated: bool = False

    @classmethod
    def of(cls, course: Course) -> "Policy":
        """The policy of a course. Raises CourseError for a setting that is none."""
        section = course.config.get("Term", {})
        for name in section:
            if name not in ("weights", "drop_lowest"):
                raise CourseError(f"{CONFIG_FILE}: c.Term.{name} is unknown: expected one of weights, drop_lowest")
        weights, lowest = section.get("weights", {}), section.get("drop_lowest", 0)
        if not (isinstance(weights, Mapping) and all(map(_is_weight, weights.values()))):
            raise CourseError(f"{CONFIG_FILE}: c.Term.weights: expected assignments with numbers ≥ 0, got {weights!r}")
        if not isinstance(lowest, int) or isinstance(lowest, bool) or lowest < 0:
            raise CourseError(f"{CONFIG_FILE}: c.Term.drop_lowest: expected a whole number ≥ 0, got {lowest!r}")
        charges = {"AssignLatePenalties", "LateSubmissionPlugin", "PerDay"} & course.config.keys()
        return cls(dict(weights), lowest, _late(course) if charges else "", bool(section or charges))

    def weight(self, assignment: str) -> float:
        return self.weights.get(assignment, 1.0)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The policy as students read it; nothing where the course states none."""
        if not self.stated:
            return ()
        other = {name: weight for name, weight in self.weights.items() if weight != 1}
        weights = ", ".join(f"{name} {f'{w:g} times' if w else 'not at all'}" for name, w in other.items())
        sentences = [f"Of the assignments of the term each counts the same{f', but {weights}' if weights else ''}."]
        if self.drop_lowest:
            many = self.drop_lowest > 1
            sentences.append(
                f"The {f'{self.drop_lowest} ' if many else ''}lowest of them {'do' if many else 'does'} not count."
            )
        return (*sentences, *filter(None, [self.late]))


def _is_weight(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) < math.inf


def _late(course: Course) -> str:
    """What lateness costs, in the words of the plug-in."""
    from nbgrader.preprocessors import AssignLatePenalties

    step = course.configured(AssignLatePenalties)
    plugin = course.configured(step.plugin_class)
    if policy := getattr(plugin, "policy", ""):
        return str(policy)
    stock = {"none": "Lateness costs nothing.", "zero": "What is late earns no points."}
    return stock.get(getattr(plugin, "penalty_method", ""), "") or (type(plugin).__doc__ or "").strip().split("\n")[0]


@dataclass(frozen=True)
class TermResult:
    """One student's term. results: assignment → what came of it, in the order of the term."""

    student: str
    person: Person
    results: Mapping[str, SubmissionResult]
    policy: Policy

    @cached_property
    def dropped(self) -> frozenset[str]:
        """The assignments that do not count, because others came out better."""
        counted = {name: share for name, share in self._shares.items() if self.policy.weight(name)}
        most = max(0, min(self.policy.drop_lowest, len(counted) - 1))
        return frozenset(sorted(counted, key=lambda name: counted[name])[:most])

    @property
    def percent(self) -> float | None:
        """The weighted mean of the shares that count, 0 to 100; None while nothing is graded."""
        counted = {name: self.policy.weight(name) for name in self._shares if name not in self.dropped}
        total = sum(counted.values())
        return 100 * sum(self._shares[name] * weight for name, weight in counted.items()) / total if total else None

    @property
    def waiting(self) -> float:
        """The points that a person has still to give."""
        return sum(result.waiting for result in self.results.values())

    @cached_property
    def _shares(self) -> dict[str, float]:
        shares = {name: result.share for name, result in self.results.items()}
        return {name: share for name, share in shares.items() if share is not None}


def read_term(course: Course, typed: Sequence[str] = (), students: Collection[str] = ()) -> list[TermResult]:
    """Everybody's term: of all assignments that somebody handed in, or of some, as they are typed.

    students: only these.  Raises UserError for an unknown assignment or student, or if nobody handed in anything, and
    CourseError for a weight of an assignment that the gradebook does not know.
    """
    policy = Policy.of(course)
    with open_gradebook(course) as book:
        known = book.assignments()
        names = [book.find_assignment(name) for name in typed] or [name for name in known if course.students(name)]
    if unknown := policy.weights.keys() - known:
        raise CourseError(
            f"{CONFIG_FILE}: c.Term.weights: unknown assignment {min(unknown)!r}; there are: {', '.join(known)}"
        )
    if not names:
        raise CourseError(f"nobody has handed in anything yet: there is nothing in {course.submitted}")
    classes = {name: read_results(course, name, students, enrolled=True) for name in dict.fromkeys(names)}
    found: dict[str, dict[str, SubmissionResult]] = {}
    for assignment, results in classes.items():
        for result in results:
            found.setdefault(result.student, {})[assignment] = result
    return [
        TermResult(student, next(iter(results.values())).person, results, policy)
        for student, results in sorted(found.items())
    ]
