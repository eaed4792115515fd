"""The gradebook: with `rows.py` and `database.py` the only file that talks to nbgrader's database."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from autograder.abbreviations import full_name
from autograder.book import database, extensions, rows
from autograder.book.database import lasting
from autograder.book.nbgrader_api import quiet
from autograder.book.rows import NotebookGrades, NotebookRows
from autograder.course import Course, CourseError
from autograder.results import Key, Person


@dataclass(frozen=True)
class StoredCell:
    """A released cell as the gradebook has it. points is None for a cell that is not graded."""

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
    """A released notebook as the gradebook has it; its cells in the order in which they were saved."""

    name: str
    kernelspec: str
    cells: tuple[StoredCell, ...]


@dataclass(frozen=True)
class Graded:
    """One graded cell as the gradebook has it. score is None while a person has to grade it.

    again: a person has graded it, and it was graded anew since.  extra: the part of the score that is extra credit.
    """

    name: str
    score: float | None
    points: float
    again: bool = False
    extra: float = 0.0


@dataclass(frozen=True)
class Recorded:
    """A submission as the gradebook has it: its grades, how late it was and what that costs, what a person wrote.

    submitted_at: UTC and naive; None if it is not known.
    """

    grades: dict[Key, Graded]
    late: timedelta
    penalty: float
    comments: dict[Key, str]
    submitted_at: datetime | None

    @property
    def score(self) -> float:
        return max(0.0, sum(graded.score or 0.0 for graded in self.grades.values()) - self.penalty)


class Book:
    """An open gradebook."""

    def __init__(self, gradebook: Gradebook, course: Course):
        self._gradebook = gradebook
        self.course = course
        self._known_rows: dict[str, tuple[str, dict[str, NotebookRows]]] = {}

    def forget(self) -> None:
        """Roll back what is not committed, and forget the objects, so that memory stays flat in a batch."""
        try:
            self._gradebook.db.remove()
        except DBAPIError:  # the connection has broken, and the server has rolled it back
            self._gradebook.db.registry.clear()

    @cached_property
    def _extensions(self) -> dict[str, dict[str, timedelta]]:
        return extensions.load(self.course)

    def find_assignment(self, typed: str) -> str:
        """The full name of an assignment. Raises UserError if the gradebook has none, or several, that begin so."""
        known = self.assignments()
        if not known:
            raise CourseError(f"no assignment is in the gradebook yet: release {typed!r} first")
        return full_name(typed, known, kind="assignment")

    @lasting
    def assignments(self) -> list[str]:
        """The names of all assignments."""
        return sorted(each.name for each in self._gradebook.assignments)

    @lasting
    def notebooks(self, assignment: str) -> tuple[StoredNotebook, ...]:
        """The notebooks of an assignment. Raises CourseError if the gradebook does not know it."""
        return tuple(_stored_notebook(notebook) for notebook in self._find(assignment).notebooks)

    @lasting
    def due(self, assignment: str) -> datetime | None:
        """When an assignment is due, UTC and naive; None if it has no date."""
        return self._find(assignment).duedate

    @lasting
    def enrolled(self) -> set[str]:
        """The ids of all students that the gradebook knows."""
        return set(self._gradebook.db.scalars(select(Student.id)))

    def person(self, student: str) -> Person:
        """Who a student is; a person without a name if the gradebook does not know."""
        return self.people([student]).get(student, Person())

    @lasting
    def people(self, students: Collection[str] | None = None) -> dict[str, Person]:
        """Who all students are that the gradebook knows, or these of them."""
        columns = select(Student.id, Student.last_name, Student.first_name, Student.email, Student.lms_user_id)
        found = columns if students is None else columns.where(Student.id.in_(students))
        return {each: Person(*(text or "" for text in texts)) for each, *texts in self._gradebook.db.execute(found)}

    @lasting
    def enroll(
        self,
        people: Mapping[str, Person],
        more_time: Mapping[str, Mapping[str, timedelta]],
        *,
        save: Callable[[], None],
    ) -> None:
        """Write who is in the class, and move due dates and late penalties of what is handed in, in one transaction.

        more_time: assignment → student → time.  save: called before all of it is committed.
        """
        db = self._gradebook.db
        for student, person in people.items():
            values = {name: value or None for name, value in vars(person).items()}
            db.merge(Student(id=student, **values))
        for assignment, times in more_time.items():
            found = select(SubmittedAssignment).where(
                SubmittedAssignment.assignment_id == self._find(assignment).id,
                SubmittedAssignment.student_id.in_(times),
            )
            for submission in db.scalars(found.with_for_update(of=SubmittedAssignment)):
                submission.extension = times[submission.student_id] or None
                for notebook in submission.notebooks:
                    notebook.late_submission_penalty = self._penalty(submission, notebook)
        db.flush()
        save()
        db.commit()

    def submission(self, assignment: str, student: str) -> Recorded | None:
        """What is recorded of a submission; None if nothing is."""
        return self.submissions(assignment, [student]).get(student)

    @lasting
    def submissions(self, assignment: str, students: Collection[str] | None = None) -> dict[str, Recorded]:
        """What is recorded of all submissions of an assignment, or of these students, by student.

        Four queries for a class: one submission at a time, five for each, took ten times as long for a thousand.
        """
        db, found = self._gradebook.db, self._find(assignment)
        due, mine = found.duedate, SubmittedAssignment.assignment_id == found.id
        if students is not None:
            mine &= SubmittedAssignment.student_id.in_(students)
        times = select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension)
        recorded = {
            student: Recorded({}, _lateness(time, due, extension), 0.0, {}, time)
            for student, time, extension in db.execute(times.where(mine))
        }
        notebooks = select(SubmittedAssignment.student_id, Notebook.name).join_from(
            SubmittedAssignment, SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id
        )
        notebooks = notebooks.join(Notebook, SubmittedNotebook.notebook_id == Notebook.id).where(mine)
        for student, _, penalty in db.execute(notebooks.add_columns(SubmittedNotebook.late_submission_penalty)):
            recorded[student] = replace(recorded[student], penalty=recorded[student].penalty + (penalty or 0.0))
        grades = notebooks.join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        grades = grades.join(BaseCell, Grade.cell_id == BaseCell.id).add_columns(
            BaseCell.name,
            Grade.score,
            Grade.max_score,
            Grade.needs_manual_grade & Grade.manual_score.is_(None),
            Grade.needs_manual_grade & Grade.manual_score.is_not(None),
            func.coalesce(Grade.extra_credit, 0.0),
        )
        for student, notebook, name, score, points, waiting, again, extra in db.execute(grades):
            graded = Graded(name, None if waiting else float(score), float(points), bool(again), float(extra))
            recorded[student].grades[notebook, name] = graded
        comments = notebooks.join(Comment, Comment.notebook_id == SubmittedNotebook.id)
        comments = comments.join(BaseCell, Comment.cell_id == BaseCell.id)
        written = comments.add_columns(BaseCell.name, Comment.manual_comment).where(Comment.manual_comment != "")
        for student, notebook, name, comment in db.execute(written):
            recorded[student].comments[notebook, name] = comment
        return recorded

    @lasting
    def record(
        self,
        assignment: str,
        student: str,
        notebooks: Collection[NotebookGrades],
        *,
        submitted_at: datetime | None = None,
    ) -> None:
        """Write the grades of one submission as `nbgrader autograde` would, in one transaction.

        What a person has graded or commented stays. Of a notebook with a problem, what an earlier hand-in earned stays
        as well, and if none of the notebooks could be graded so does the date of that hand-in; without an earlier one
        it gets zero.  submitted_at: UTC, naive; None leaves the date as it is.
        """
        db = self._gradebook.db
        key, tables = self._rows(assignment)
        with db.no_autoflush:  # a row that is looked up is never one that is still to be written
            submission, is_new = rows.find_or_add_submission(db, key, student)
            if is_new:
                submission.extension = self._extensions.get(assignment, {}).get(student)
            if submitted_at is not None and (is_new or not all(graded.problem for graded in notebooks)):
                submission.timestamp = submitted_at
            for graded in notebooks:
                self._write(tables[graded.name], submission, is_new, graded)
        db.commit()

    @lasting
    def give(self, assignment: str, student: str, key: Key, points: float | None, comment: str) -> None:
        """Write what a person gives for one answer, as formgrader does. points: None to leave it waiting.

        Raises CourseError if nothing of this answer is graded.
        """
        db, (notebook, cell) = self._gradebook.db, key
        try:
            grade = self._gradebook.find_grade(cell, notebook, assignment, student)
            grade.manual_score = points
            grade.needs_manual_grade = points is None and grade.auto_score is None
            self._gradebook.find_comment(cell, notebook, assignment, student).manual_comment = comment or None
        except MissingEntry:
            raise CourseError(f"{student} has no graded answer {cell!r} in {assignment}") from None
        db.commit()

    def _write(
        self, table: NotebookRows, submission: SubmittedAssignment, is_new: bool, graded: NotebookGrades
    ) -> None:
        db = self._gradebook.db
        notebook, is_new = rows.find_or_add_notebook(db, table.notebook, submission, is_new)
        grades = rows.find_or_add_rows(db, Grade, notebook.id, is_new, (*table.checks, *table.written, *table.tasks))
        comments = rows.find_or_add_rows(db, Comment, notebook.id, is_new, (*table.answers, *table.tasks))
        if graded.problem:
            rows.write_problem(table, grades, is_new)
        else:
            rows.write_grades(table, grades, comments, graded)
            notebook.late_submission_penalty = self._penalty(submission, notebook)

    def _rows(self, assignment: str) -> tuple[str, dict[str, NotebookRows]]:
        """The key of an assignment and the rows of its notebooks, looked up once in a batch."""
        if assignment not in self._known_rows:
            found = self._find(assignment)
            self._known_rows[assignment] = (
                found.id,
                {notebook.name: rows.rows_of(notebook) for notebook in found.notebooks},
            )
        return self._known_rows[assignment]

    def _find(self, assignment: str) -> Assignment:
        try:
            return self._gradebook.find_assignment(assignment)
        except MissingEntry:
            known = ", ".join(sorted(a.name for a in self._gradebook.assignments)) or "none"
            raise CourseError(f"unknown assignment {assignment!r}; in the gradebook: {known}") from None

    def _penalty(self, submission: SubmittedAssignment, notebook: SubmittedNotebook) -> float | None:
        """What the course's own plug-in takes away for lateness, within [0, score]."""
        if submission.timestamp is None:
            return None
        self._gradebook.db.flush()
        late = submission.total_seconds_late
        if not late:
            return None
        from nbgrader.preprocessors import AssignLatePenalties

        step = self.course.configured(AssignLatePenalties)
        step.init_plugin()
        total = select(func.coalesce(func.sum(Grade.score), 0.0)).where(Grade.notebook_id == notebook.id)
        score = self._gradebook.db.scalar(total)
        penalty = step.plugin_inst.late_submission_penalty(submission.student_id, score, late)
        return None if penalty is None else min(max(penalty, 0.0), score)


def _lateness(time: datetime | None, due: datetime | None, extension: timedelta | None) -> timedelta:
    if time is None or due is None:
        return timedelta(0)
    return max(timedelta(0), time - due - (extension or timedelta(0)))


@contextmanager
def open_gradebook(course: Course) -> Iterator[Book]:
    """The gradebook of a course. Opening costs more than a submission: keep it open for a batch.

    Raises CourseError if the database does not answer as nbgrader's would.
    """
    with _gradebook(course) as gradebook:
        yield Book(gradebook, course)


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
def _gradebook(course: Course) -> Iterator[Gradebook]:
    """nbgrader's own way to it. Raises CourseError where the database does not answer as nbgrader's would."""
    _make_folder(course)
    try:
        database.require_schema(course)
        with quiet(), _opened(course) as gradebook:
            yield gradebook
    except DBAPIError as error:
        raise database.unusable(course, error) from error


def _opened(course: Course) -> Gradebook:
    url = database.address(course).render_as_string(hide_password=False)
    try:
        return Gradebook(url, course.directory.course_id)
    except (IntegrityError, InvalidEntry, ProgrammingError):  # somebody else makes its tables at this moment
        return Gradebook(url, course.directory.course_id)


def _make_folder(course: Course) -> None:
    """The folder of an SQLite file, which nbgrader does not make."""
    url = database.address(course)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def add_assignment(course: Course, assignment: str, *, due: datetime | None = None) -> None:
    """Put an assignment into the gradebook, or change its due date (UTC, naive)."""
    with _gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(assignment, **({"duedate": due} if due else {}))
