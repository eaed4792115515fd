"""Grades as they leave: a table with all that is known, and the few columns that a gradebook elsewhere takes.

Of an assignment or of a term; a format of `export` needs not know of which.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from autograder.out.term import TermResult
from autograder.results import Person, SubmissionResult, names

Cell = str | float | None

_FIRST = ("assignment", "student")
_LAST = ("score", "points", "waiting", "hours_late", "problem")
_PENALTY = "penalty"
_PERSON = ("last_name", "first_name", "email")


@dataclass(frozen=True)
class Column:
    """A column of a gradebook elsewhere. scores: one for each student; None for no grade yet."""

    title: str
    points: float
    scores: tuple[float | None, ...]


@dataclass(frozen=True)
class Grades:
    """table: rows of cells, headings first.  students, columns: for other gradebooks.  objects: for programs."""

    table: tuple[tuple[Cell, ...], ...]
    students: tuple[tuple[str, Person], ...]
    columns: tuple[Column, ...]
    objects: tuple[dict, ...]


def of_assignment(results: Sequence[SubmissionResult]) -> Grades:
    """The grades of a class.

    The table has a column per exercise, then total, points possible, points waiting, hours late, problem. The total is
    what is left after the late penalty, which has a column where anybody has one. So have names and e-mail, where the
    gradebook knows any.
    """
    columns = names(results, taken=(*_FIRST, *_PERSON, *_LAST, _PENALTY))
    person = _known([result.person for result in results])
    penalty = (_PENALTY,) if any(result.penalty for result in results) else ()
    table: list[tuple[Cell, ...]] = [(*_FIRST, *person, *columns.values(), *penalty, *_LAST)]
    for result in results:
        scores = {exercise.key: exercise.score for exercise in result.exercises}
        row = [result.assignment, result.student, *(getattr(result.person, name) for name in person)]
        row += [scores.get(key) for key in columns]
        row += [result.penalty] if penalty else []
        hours = round(result.late.total_seconds() / 3600, 2)
        table.append((*row, result.score, result.points, result.waiting, hours, result.problem))
    return Grades(
        tuple(table),
        tuple((result.student, result.person) for result in results),
        (_column(results),) if results else (),
        tuple(map(plain, results)),
    )


def of_term(terms: Sequence[TermResult]) -> Grades:
    """The grades of a term: points of each assignment, what was dropped, and percent of the whole."""
    classes = {name: [term.results[name] for term in terms if name in term.results] for name in _assignments(terms)}
    columns = [_column(results, terms) for results in classes.values()]
    columns.append(Column("term", 100.0, tuple(None if t.percent is None else round(t.percent, 2) for t in terms)))
    person = _known([term.person for term in terms])
    table: list[tuple[Cell, ...]] = [("student", *person, *(c.title for c in columns), "waiting", "dropped")]
    for number, term in enumerate(terms):
        row = [term.student, *(getattr(term.person, name) for name in person)]
        row += [column.scores[number] for column in columns]
        table.append((*row, term.waiting, " ".join(sorted(term.dropped))))
    objects = [
        {
            "student": term.student,
            "person": asdict(term.person),
            "percent": term.percent,
            "dropped": sorted(term.dropped),
            "waiting": term.waiting,
            "assignments": {name: plain(result) for name, result in term.results.items()},
        }
        for term in terms
    ]
    return Grades(tuple(table), tuple((t.student, t.person) for t in terms), tuple(columns), tuple(objects))


def plain(result: SubmissionResult) -> dict:
    """The fields of a result and its `score`; lateness in seconds, comments by notebook and cell."""
    comments: dict[str, dict[str, str]] = {}
    for (notebook, cell), comment in result.comments.items():
        comments.setdefault(notebook, {})[cell] = comment
    return asdict(result) | {"late": result.late.total_seconds(), "comments": comments, "score": result.score}


def _assignments(terms: Sequence[TermResult]) -> list[str]:
    return list(dict.fromkeys(name for term in terms for name in term.results))


def _column(results: Sequence[SubmissionResult], terms: Sequence[TermResult] = ()) -> Column:
    """The totals of an assignment, of all students of the term if it is given."""
    scores = {result.student: _total(result) for result in results}
    students = [term.student for term in terms] or list(scores)
    points = max(result.points for result in results)
    return Column(results[0].assignment, points, tuple(scores.get(student) for student in students))


def _total(result: SubmissionResult) -> float | None:
    """None where nobody has graded anything: a zero would be one for good elsewhere."""
    return None if result.share is None else result.score


def _known(people: Sequence[Person]) -> tuple[str, ...]:
    return _PERSON if any(getattr(person, name) for person in people for name in _PERSON) else ()
