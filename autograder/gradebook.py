"""The gradebook: the only file that talks to nbgrader's database."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, MissingEntry, Notebook
from sqlalchemy.engine import make_url

from autograder.course import Course, CourseError
from autograder.nbgrader_api import quiet


@dataclass(frozen=True)
class Graded:
    """One graded cell as the gradebook has it. score is None while a person has to grade it."""

    name: str
    score: float | None
    points: float


@dataclass(frozen=True)
class StoredCell:
    """A cell as the gradebook has it. points is None for a cell that is not graded."""

    name: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    solution: bool
    task: bool
    points: float | None


@dataclass(frozen=True)
class StoredNotebook:
    """A notebook of an assignment as the gradebook has it; its cells in the order in which they were saved."""

    name: str
    kernelspec: str
    cells: tuple[StoredCell, ...]


class Book:
    """An open gradebook."""

    def __init__(self, gradebook: Gradebook):
        self._gradebook = gradebook

    def notebooks(self, assignment: str) -> tuple[StoredNotebook, ...]:
        """The notebooks of an assignment. Raises CourseError if the gradebook does not know it."""
        return tuple(_stored_notebook(notebook) for notebook in _find(self._gradebook, assignment).notebooks)


@contextmanager
def open_gradebook(course: Course) -> Iterator[Book]:
    """The gradebook of a course. Opening costs more than a submission: keep it open for a batch."""
    with _gradebook(course) as gradebook:
        yield Book(gradebook)


def _stored_notebook(notebook: Notebook) -> StoredNotebook:
    graded = {cell.name: float(cell.max_score) for cell in (*notebook.grade_cells, *notebook.task_cells)}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    cells = (
        StoredCell(
            name=cell.name,
            cell_type=cell.cell_type,
            source=cell.source or "",
            checksum=cell.checksum or "",
            locked=cell.locked,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            points=graded.get(cell.name),
        )
        for cell in notebook.source_cells
    )
    return StoredNotebook(notebook.name, notebook.kernelspec or "{}", tuple(cells))


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
        return {
            cell.name: Graded(cell.name, None, float(cell.max_score))
            for notebook in _find(gradebook, assignment).notebooks
            for cell in notebook.grade_cells
        }


def _find(gradebook: Gradebook, assignment: str) -> Assignment:
    try:
        return gradebook.find_assignment(assignment)
    except MissingEntry:
        known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
        raise CourseError(f"unknown assignment {assignment!r}; in the gradebook: {known}") from None


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
