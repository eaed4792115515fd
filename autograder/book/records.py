"""What is known of a graded submission: points from the gradebook, reasons from the autograded notebook."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from autograder.assignment import Assignment, Role
from autograder.book.gradebook import Book, Graded, open_gradebook
from autograder.book.instructor import read_assignment
from autograder.course import Course
from autograder.exam.examiner import Seconds
from autograder.exam.grade import METADATA, GradedNotebook
from autograder.intake.restore import SubmittedNotebook
from autograder.intake.submission import read_submission
from autograder.intake.upload import read_upload
from autograder.results import NOT_GRADED, ExerciseResult, Outcome, SubmissionResult


def settings_mark(assignment: Assignment, *, in_process: bool, seconds: Seconds, shared: bool) -> bytes:
    """A digest of what all grades of a batch depend on: the assignment and its files, the settings, this grader."""
    plain = json.dumps(
        asdict(assignment), sort_keys=True, default=lambda v: sorted(v) if isinstance(v, frozenset) else str(v)
    )
    digest = hashlib.sha256(json.dumps([version("nnkit"), plain, in_process, asdict(seconds), shared]).encode())
    for name, path in sorted(assignment.files.items()):
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def fingerprint(settings: bytes, folder: Path) -> str:
    """A digest of all that a submission's grade depends on: its files, and the `settings_mark` of the batch."""
    digest = hashlib.sha256(settings)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            digest.update(f"{path.relative_to(folder)}\0".encode("utf-8", "surrogateescape"))
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(book: Book, course: Course, assignment: Assignment, student: str, mark: str) -> bool:
    """Whether a submission with this fingerprint is graded already."""
    marks = {said.get("fingerprint") for said in _said(course, assignment, student).values()}
    return marks == {mark} and book.submission(assignment.name, student) is not None


def read_results(course: Course, name: str, students: Iterable[str] = ()) -> list[SubmissionResult]:
    """The results of everybody who handed in (or of `students`), as the gradebook has them now, manual grades included.

    Raises CourseError for an unknown assignment, or if nobody handed in.
    """
    assignment = read_assignment(course, name)
    with open_gradebook(course) as book:
        return [read_result(book, course, assignment, student) for student in course.select_students(name, students)]


def read_result(
    book: Book, course: Course, assignment: Assignment, student: str, *, problem: str | None = None
) -> SubmissionResult:
    """The result of one submission.

    problem: why what was handed in last cannot be graded, "" if it can; None finds out if nothing was graded.
    """
    said = _said(course, assignment, student)
    recorded = book.submission(assignment.name, student)
    grades = recorded.grades if recorded else {}
    exercises = []
    for notebook in assignment.notebooks:
        reasons = {each["name"]: each for each in said.get(notebook.name, {}).get("exercises", ())}
        for cell in notebook.cells:
            if cell.role in (Role.CHECK, Role.WRITTEN):
                graded = grades.get((notebook.name, cell.name)) or Graded(cell.name, 0.0, cell.points)
                exercises.append(_exercise(notebook.name, graded, reasons.get(cell.name)))
    if problem is None:
        folder = course.submitted_folder(assignment.name, student)
        problem = "" if said else problem_of(read_submission(read_upload(folder), assignment)) or NOT_GRADED
    return SubmissionResult(
        assignment.name,
        student,
        tuple(exercises),
        late=recorded.late if recorded else timedelta(0),
        problem=problem,
        comments=recorded.comments if recorded else {},
        notes=tuple(note for each in said.values() for note in each.get("notes", ())),
        unprotected=tuple(dict.fromkeys(name for each in said.values() for name in each.get("unprotected", ()))),
    )


def problem_of(notebooks: Iterable[GradedNotebook | SubmittedNotebook]) -> str:
    """Why notebooks of a submission cannot be graded, each reason once; "" if all can."""
    return "; ".join(dict.fromkeys(notebook.problem for notebook in notebooks if notebook.problem))


def _exercise(notebook: str, graded: Graded, reason: dict | None) -> ExerciseResult:
    """The gradebook's points; the examiner's reason, unless a person has given other points since."""
    told = None
    if graded.score is None:
        outcome, message = Outcome.WAITING, "a person has to grade this answer"
    elif reason is not None and reason["score"] == graded.score:
        outcome, message, told = Outcome(reason["outcome"]), reason["message"], reason["told"]
    elif graded.score >= graded.points:
        outcome, message = Outcome.PASSED, ""
    elif reason is None:
        outcome, message = Outcome.UNREADABLE, "nothing of it could be graded"
    else:
        outcome, message = Outcome.PARTIAL if graded.score > 0 else Outcome.FAILED, "graded by a person"
    told = message if told is None else told
    return ExerciseResult(graded.name, graded.score, graded.points, outcome, message, told, notebook)


def _said(course: Course, assignment: Assignment, student: str) -> dict[str, dict]:
    """What the examiner left in the autograded notebooks, by notebook."""
    said = {}
    for notebook in assignment.notebooks:
        path = course.autograded_folder(assignment.name, student) / f"{notebook.name}.ipynb"
        with suppress(OSError, ValueError, KeyError):  # a damaged one is as good as none: it is graded again
            said[notebook.name] = json.loads(path.read_text(encoding="utf-8"))["metadata"].get(METADATA, {})
    return said
