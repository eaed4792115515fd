"""The rows that nbgrader keeps of a submission: finds them, adds those that are missing, fills them in.

Nothing is committed here, so that a submission is one transaction of `gradebook.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nbgrader.api import Comment, Grade, Notebook, Student, SubmittedAssignment, SubmittedNotebook, new_uuid
from sqlalchemy import select


@dataclass(frozen=True)
class NotebookGrades:
    """What grading says of one notebook of a submission.

    scores: check → points earned; a check that is not in it earned none.
    unanswered: answers left as they were released.  problem: why the notebook could not be graded, or "".
    """

    name: str
    scores: Mapping[str, float] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True)
class NotebookRows:
    """The rows that one notebook of a submission has: key of a cell → its name. Keys outlive the session.

    checks, written and tasks have a grade; answers and tasks a comment. (A written answer has a row of each kind.)
    """

    notebook: str
    checks: dict[str, str]
    written: dict[str, str]
    tasks: dict[str, str]
    answers: dict[str, str]


def rows_of(notebook: Notebook) -> NotebookRows:
    answers = {cell.id: cell.name for cell in notebook.solution_cells}
    tasks = {cell.id: cell.name for cell in notebook.task_cells}
    checks: dict[str, str] = {}
    written: dict[str, str] = {}
    for cell in notebook.grade_cells:
        tested = cell.cell_type == "code" and cell.name not in answers.values()
        (checks if tested else written)[cell.id] = cell.name
    return NotebookRows(notebook.id, checks, written, tasks, answers)


def find_or_add_submission(db, assignment: str, student: str) -> tuple[SubmittedAssignment, bool]:
    """The row of a submission, and whether it is new. Where a database can, it is locked: nobody else writes to it."""
    found = select(SubmittedAssignment).filter_by(assignment_id=assignment, student_id=student)
    submission = db.scalar(found.with_for_update(of=SubmittedAssignment))
    if submission is not None:
        return submission, False
    if db.get(Student, student) is None:
        db.add(Student(id=student))
    submission = SubmittedAssignment(id=new_uuid(), assignment_id=assignment, student_id=student)
    db.add(submission)
    return submission, True


def find_or_add_notebook(
    db, notebook: str, submission: SubmittedAssignment, is_new: bool
) -> tuple[SubmittedNotebook, bool]:
    """The row of a notebook in a submission that may be new itself, and whether it is new."""
    found = select(SubmittedNotebook).filter_by(notebook_id=notebook, assignment_id=submission.id)
    submitted = None if is_new else db.scalar(found)
    if submitted is not None:
        return submitted, False
    submitted = SubmittedNotebook(id=new_uuid(), notebook_id=notebook, assignment_id=submission.id)
    db.add(submitted)
    return submitted, True


def find_or_add_rows(
    db, kind: type[Grade] | type[Comment], notebook: str, is_new: bool, cells: Iterable[str]
) -> dict[str, Grade | Comment]:
    """The grades or comments of a submitted notebook by the key of their cell."""
    mine = select(kind).filter_by(notebook_id=notebook).with_for_update(of=kind)
    found = () if is_new else db.scalars(mine)
    rows = {row.cell_id: row for row in found}
    for cell in cells:
        if cell not in rows:
            rows[cell] = kind(id=new_uuid(), cell_id=cell, notebook_id=notebook)
            db.add(rows[cell])
    return rows


def write_grades(
    table: NotebookRows, grades: dict[str, Grade], comments: dict[str, Comment], graded: NotebookGrades
) -> None:
    """What nbgrader's SaveAutoGrades writes. A regraded cell that a person has graded is up for review."""
    auto: dict[str, float | None] = {key: graded.scores.get(name, 0.0) for key, name in table.checks.items()}
    auto |= {key: 0.0 if name in graded.unanswered else None for key, name in table.written.items()}
    for key, score in auto.items():
        grades[key].auto_score = score
        grades[key].needs_manual_grade = score is None or grades[key].manual_score is not None
    for key in table.tasks:
        # Only a hand-in that could not be read gave a task a score of its own; a person has to look again.
        if grades[key].auto_score is not None:
            grades[key].auto_score, grades[key].needs_manual_grade = None, True
    for key, name in (table.answers | table.tasks).items():
        comments[key].auto_comment = "No response." if name in graded.unanswered else None


def write_problem(table: NotebookRows, grades: dict[str, Grade], is_new: bool) -> None:
    """Zero, and nothing to wait for, where no earlier hand-in was graded. A check that was graded has a score."""
    for key, grade in grades.items():
        never_graded = key in table.checks and grade.auto_score is None and grade.manual_score is None
        if is_new or never_graded:
            grade.auto_score, grade.needs_manual_grade = 0.0, False
