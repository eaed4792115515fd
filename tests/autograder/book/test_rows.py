"""The rows of a submission, on a gradebook in memory. test_gradebook.py compares them with what nbgrader writes."""

import pytest
from nbgrader.api import (
    Assignment,
    Base,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from autograder.book import rows
from autograder.book.nbgrader_api import quiet
from autograder.book.rows import NotebookGrades, NotebookRows


@pytest.fixture(scope="module")
def tables():
    """A session on nbgrader's tables, with one notebook that has a cell of every kind."""
    engine = create_engine("sqlite://")
    with quiet(), Session(engine) as session:
        Base.metadata.create_all(engine)
        p1 = Notebook(name="p1", assignment=Assignment(name="hw1"))
        solutions = [SolutionCell(name=name, notebook=p1) for name in ("square", "why", "plot")]
        written = [
            GradeCell(name=name, notebook=p1, cell_type=kind, max_score=4)
            for name, kind in (("why", "markdown"), ("plot", "code"), ("oath", "markdown"))
        ]
        checks = [
            GradeCell(name=name, notebook=p1, cell_type="code", max_score=2) for name in ("test_square", "test_half")
        ]
        task = TaskCell(name="essay", notebook=p1, cell_type="markdown", max_score=6)
        session.add_all([p1, *solutions, *written, *checks, task])
        session.commit()
        yield session
    engine.dispose()


@pytest.fixture
def db(tables):
    """What a test adds is taken back."""
    yield tables
    tables.rollback()


@pytest.fixture
def notebook(db):
    return db.scalar(select(Notebook))


def count(db, kind) -> int:
    return db.scalar(select(func.count()).select_from(kind))


def test_cells_by_what_is_done_with_them(notebook):
    found = rows.rows_of(notebook)
    assert found.notebook == notebook.id
    assert {kind: sorted(getattr(found, kind).values()) for kind in ("checks", "written", "tasks", "answers")} == {
        "checks": ["test_half", "test_square"],
        "written": ["oath", "plot", "why"],
        "tasks": ["essay"],
        "answers": ["plot", "square", "why"],
    }
    cells = (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
    keys = {**found.checks, **found.written, **found.tasks, **found.answers}
    assert keys == {cell.id: cell.name for cell in cells}


def test_a_submission_is_added_once(db, notebook):
    hw = notebook.assignment.id
    submission, is_new = rows.find_or_add_submission(db, hw, "ada")
    assert (submission.assignment_id, submission.student_id, is_new) == (hw, "ada", True)
    db.flush()
    assert rows.find_or_add_submission(db, hw, "ada") == (submission, False)
    assert (count(db, SubmittedAssignment), count(db, Student)) == (1, 1)
    other, is_new = rows.find_or_add_submission(db, hw, "ben")
    assert (other.student_id, is_new) == ("ben", True)
    db.flush()
    assert (count(db, SubmittedAssignment), count(db, Student)) == (2, 2)


def test_a_student_who_is_known_already_is_not_added(db, notebook):
    db.add(Student(id="ada", first_name="Ada"))
    db.flush()
    _, is_new = rows.find_or_add_submission(db, notebook.assignment.id, "ada")
    db.flush()
    assert is_new
    assert [student.first_name for student in db.scalars(select(Student))] == ["Ada"]


@pytest.fixture
def submission(db, notebook):
    return rows.find_or_add_submission(db, notebook.assignment.id, "ada")[0]


def test_a_notebook_is_added_once(db, notebook, submission):
    submitted, is_new = rows.find_or_add_notebook(db, notebook.id, submission, is_new=True)
    assert (submitted.notebook_id, submitted.assignment_id, is_new) == (notebook.id, submission.id, True)
    db.flush()
    assert rows.find_or_add_notebook(db, notebook.id, submission, is_new=False) == (submitted, False)
    assert count(db, SubmittedNotebook) == 1


def test_a_notebook_that_a_known_submission_lacks_is_added(db, notebook, submission):
    db.flush()
    submitted, is_new = rows.find_or_add_notebook(db, notebook.id, submission, is_new=False)
    db.flush()
    assert (is_new, db.scalars(select(SubmittedNotebook)).all()) == (True, [submitted])


def test_nothing_is_looked_up_of_what_is_new(db, notebook, submission, monkeypatch):
    """That is what makes a fresh class fast: no question for what cannot be there."""
    monkeypatch.setattr(db, "scalar", None)
    monkeypatch.setattr(db, "scalars", None)
    submitted, _ = rows.find_or_add_notebook(db, notebook.id, submission, is_new=True)
    assert set(rows.find_or_add_rows(db, Grade, submitted.id, True, ["a", "b"])) == {"a", "b"}


@pytest.fixture
def submitted(db, notebook, submission):
    return rows.find_or_add_notebook(db, notebook.id, submission, is_new=True)[0]


@pytest.fixture
def table(notebook) -> NotebookRows:
    return rows.rows_of(notebook)


@pytest.mark.parametrize("kind", [Grade, Comment])
def test_rows_are_found_and_only_those_that_are_missing_added(db, submitted, table, kind):
    first, second = list(table.written)[:2]
    found = rows.find_or_add_rows(db, kind, submitted.id, True, [first])
    db.flush()
    again = rows.find_or_add_rows(db, kind, submitted.id, False, [first, second])
    db.flush()
    assert list(again) == [first, second]
    assert again[first] is found[first]
    assert [(row.cell_id, row.notebook_id) for row in again.values()] == [
        (first, submitted.id),
        (second, submitted.id),
    ]
    assert count(db, kind) == 2
    assert len({row.id for row in again.values()}) == 2
    assert type(again[second]) is kind


def test_rows_of_another_submission_are_another_matter(db, notebook, submitted, table):
    (cell, *_) = table.written
    rows.find_or_add_rows(db, Grade, submitted.id, True, [cell])
    other, _ = rows.find_or_add_submission(db, notebook.assignment.id, "ben")
    beside, _ = rows.find_or_add_notebook(db, notebook.id, other, is_new=True)
    db.flush()
    assert rows.find_or_add_rows(db, Grade, beside.id, False, []) == {}


# What is written. Rows are plain objects until the session has them, so that no database is needed.


class Written:
    """The grades and comments of a submission by the names of their cells."""

    def __init__(self, table: NotebookRows):
        self.table = table
        self.keys = {name: key for part in (table.checks, table.written, table.tasks) for key, name in part.items()}
        self.grades = {key: Grade(needs_manual_grade=False) for key in self.keys.values()}
        self.comments = {key: Comment() for key in (*table.answers, *table.tasks)}

    def grade(self, name: str) -> Grade:
        return self.grades[self.keys[name]]

    def write(self, **graded) -> None:
        rows.write_grades(self.table, self.grades, self.comments, NotebookGrades("p1", **graded))

    def write_problem(self, *, is_new: bool) -> None:
        rows.write_problem(self.table, self.grades, is_new)

    @property
    def marks(self) -> dict:
        """name → (automatic score, whether a person has to look)."""
        return {name: (self.grade(name).auto_score, self.grade(name).needs_manual_grade) for name in sorted(self.keys)}

    @property
    def notes(self) -> dict:
        named = self.table.answers | self.table.tasks
        return {named[key]: comment.auto_comment for key, comment in self.comments.items()}


@pytest.fixture
def written(table) -> Written:
    return Written(table)


def test_a_first_grading(written):
    written.write(scores={"test_square": 3.0, "stranger": 9.0}, unanswered=frozenset({"why"}))
    assert written.marks == {
        "essay": (None, False),
        "oath": (None, True),
        "plot": (None, True),
        "test_half": (0.0, False),
        "test_square": (3.0, False),
        "why": (0.0, False),
    }
    assert written.notes == {"square": None, "why": "No response.", "plot": None, "essay": None}
    assert {grade.manual_score for grade in written.grades.values()} == {None}


def test_the_next_hand_in_takes_the_place_of_the_one_before(written):
    written.write(scores={"test_square": 3.0}, unanswered=frozenset({"why", "square", "essay"}))
    assert written.notes == {"square": "No response.", "why": "No response.", "plot": None, "essay": "No response."}
    written.write(scores={"test_half": 1.5})
    assert written.marks["test_square"] == (0.0, False)
    assert written.marks["test_half"] == (1.5, False)
    assert written.marks["why"] == (None, True)
    assert set(written.notes.values()) == {None}


@pytest.mark.parametrize("manual", [0.0, 2.5])
@pytest.mark.parametrize("name", ["test_square", "why", "plot", "oath"])
def test_what_a_person_has_graded_stays_and_is_up_for_review(written, name, manual):
    written.grade(name).manual_score = manual
    written.write(scores={"test_square": 3.0}, unanswered=frozenset({"why"}))
    assert (written.grade(name).manual_score, written.grade(name).needs_manual_grade) == (manual, True)


@pytest.mark.parametrize("waiting", [True, False])
def test_a_task_is_a_persons_alone(written, waiting):
    written.grade("essay").needs_manual_grade = waiting
    written.write()
    assert written.marks["essay"] == (None, waiting)


@pytest.mark.parametrize("auto", [0.0, 1.0])
def test_a_task_that_could_not_be_read_waits_again_when_it_can(written, auto):
    written.grade("essay").auto_score = auto
    written.write()
    assert written.marks["essay"] == (None, True)


def test_a_first_hand_in_that_cannot_be_read_is_zero_and_nobody_waits(written):
    for grade in written.grades.values():
        grade.needs_manual_grade = True
    written.write_problem(is_new=True)
    assert set(written.marks.values()) == {(0.0, False)}


GRADED = {"scores": {"test_square": 3.0}, "unanswered": frozenset({"why"})}


def test_a_later_one_changes_nothing_that_was_graded(written):
    written.write(**GRADED)
    written.grade("essay").needs_manual_grade = True
    before = written.marks
    written.write_problem(is_new=False)
    assert written.marks == before


def test_of_one_that_was_added_and_never_graded_the_checks_are_zero(written):
    """nbgrader was killed in between. What a person has to grade goes on waiting."""
    for grade in written.grades.values():
        grade.needs_manual_grade = True
    written.grade("test_half").manual_score = 0.0
    written.write_problem(is_new=False)
    assert written.marks == {
        "essay": (None, True),
        "oath": (None, True),
        "plot": (None, True),
        "test_half": (None, True),
        "test_square": (0.0, False),
        "why": (None, True),
    }


def test_a_graded_check_stays_whatever_a_person_added(written):
    written.grade("test_square").auto_score = 3.0
    written.grade("test_square").manual_score = 1.0
    written.write_problem(is_new=False)
    assert (written.grade("test_square").auto_score, written.grade("test_square").manual_score) == (3.0, 1.0)
    assert written.marks["test_half"] == (0.0, False)


def test_grades_of_a_notebook_are_empty_unless_said_otherwise():
    assert NotebookGrades("p1") == NotebookGrades("p1", {}, frozenset(), "")
