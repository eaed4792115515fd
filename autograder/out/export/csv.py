"""A table for spreadsheets and learning-management systems: one row per student."""

import csv
import io
from collections.abc import Sequence

from autograder.results import SubmissionResult, names

_FIRST = ("assignment", "student")
_LAST = ("score", "points", "waiting", "hours_late", "problem")
_PENALTY = "penalty"
_PERSON = ("last_name", "first_name", "email")


def render(results: Sequence[SubmissionResult]) -> bytes:
    """A column per exercise, then total, points possible, points waiting, hours late, problem.

    The total is what is left after the late penalty, which has a column where anybody has one. So have names and
    e-mail, where the gradebook knows any.
    """
    columns = names(results, taken=(*_FIRST, *_PERSON, *_LAST, _PENALTY))
    person = _PERSON if any(getattr(result.person, name) for result in results for name in _PERSON) else ()
    penalty = (_PENALTY,) if any(result.penalty for result in results) else ()
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([*_FIRST, *person, *columns.values(), *penalty, *_LAST])
    for result in results:
        scores = {exercise.key: exercise.score for exercise in result.exercises}
        row = [result.assignment, result.student, *(getattr(result.person, name) for name in person)]
        row += [scores.get(key) for key in columns]
        row += [result.penalty] if penalty else []
        hours = round(result.late.total_seconds() / 3600, 2)
        table.writerow([*row, result.score, result.points, result.waiting, hours, result.problem])
    return text.getvalue().encode()
