"""The gradebook: the only file that talks to nbgrader's database."""

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.engine import make_url

from autograder.course import Course, CourseError
from autograder.nbgrader_api import quiet


@dataclass(frozen=True)
class Graded:
    """One graded cell as the gradebook has it. score is None while a person has to grade it."""

    name: str
    score: float | None
    points: float


@contextmanager
def _gradebook(course: Course):
    _make_room(course)
    with quiet(), Gradebook(course.db_url, course.directory.course_id) as gradebook:
        yield gradebook


def _make_room(course: Course) -> None:
    """What nbgrader needs to make a database: the folder of an SQLite file, and `alembic` on the path."""
    url = make_url(course.db_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((commands, os.environ["PATH"]))


def add_assignment(course: Course, assignment: str, *, due: datetime | None = None) -> None:
    """Put an assignment into the gradebook, or change its due date (UTC, naive)."""
    with _gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(assignment, **({"duedate": due} if due else {}))


def assignments(course: Course) -> list[str]:
    """The names of all assignments, in order."""
    with _gradebook(course) as gradebook:
        return sorted(assignment.name for assignment in gradebook.assignments)


def graded_cells(course: Course, assignment: str) -> dict[str, Graded]:
    """The graded cells of an assignment by name, nothing scored yet.

    Raises CourseError if the gradebook does not know the assignment.
    """
    with _gradebook(course) as gradebook:
        try:
            notebooks = gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
            raise CourseError(f"unknown assignment {assignment!r}; in the gradebook: {known}") from None
        return {
            cell.name: Graded(cell.name, None, float(cell.max_score))
            for notebook in notebooks
            for cell in notebook.grade_cells
        }


def grades(course: Course, assignment: str, student: str) -> dict[str, Graded]:
    """What the gradebook says of a submission, by cell name; empty if it has no such submission."""
    with _gradebook(course) as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return {}
        return {
            grade.name: Graded(
                grade.name,
                None if grade.needs_manual_grade and grade.manual_score is None else float(grade.score),
                float(grade.max_score),
            )
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def comments(course: Course, assignment: str, student: str) -> dict[str, str]:
    """What a person wrote to the student, by the name of the cell it stands under."""
    with _gradebook(course) as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            return {}
        return {
            comment.name: comment.manual_comment
            for notebook in submission.notebooks
            for comment in notebook.comments
            if comment.manual_comment
        }


def give_zero(course: Course, assignment: str, student: str) -> None:
    """Record a submission that cannot be graded with zero points. What an earlier one earned is left alone."""
    with _gradebook(course) as gradebook:
        gradebook.update_or_create_student(student)
        try:
            gradebook.find_submission(assignment, student)
        except MissingEntry:
            for notebook in gradebook.add_submission(assignment, student).notebooks:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0.0, False
            gradebook.db.commit()


def lateness(course: Course, assignment: str, student: str) -> timedelta:
    """How long after the due date a submission came; zero if it was in time or nothing is known."""
    with _gradebook(course) as gradebook:
        try:
            seconds = gradebook.find_submission(assignment, student).total_seconds_late
        except MissingEntry:
            return timedelta(0)
        return timedelta(seconds=seconds or 0)
