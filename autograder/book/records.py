"""What is known of a graded submission: points from the gradebook, messages from the autograded notebooks."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta

from autograder.assignment import Assignment, Role
from autograder.book import fingerprint
from autograder.book.gradebook import Book, Graded, Recorded, open_gradebook
from autograder.book.instructor import read_assignment
from autograder.course import Course
from autograder.intake.submission import read_submission
from autograder.intake.upload import read_upload
from autograder.results import FINDINGS, NOT_GRADED, NOT_HANDED_IN, ExerciseResult, Outcome, Person, SubmissionResult


def is_current(book: Book, course: Course, assignment: Assignment, student: str, wanted: str) -> bool:
    """Whether a submission with this fingerprint is graded already."""
    found = {record.get("fingerprint") for record in _records(course, assignment, student).values()}
    return found == {wanted} and book.submission(assignment.name, student) is not None


def read_results(
    course: Course, name: str, students: Collection[str] = (), *, enrolled: bool = False
) -> list[SubmissionResult]:
    """The results of everybody who handed in (or of `students`), as the gradebook has them now, manual grades included.

    name: the assignment's, as in `read_assignment`.  enrolled: also of those who are enrolled and handed in nothing.
    Raises UserError for an unknown assignment, or if nobody handed in.
    """
    assignment = read_assignment(course, name)
    with open_gradebook(course) as book:
        known = book.enrolled() if enrolled else set()
        handed_in = course.select_students(assignment.name, set(students) - known)
        selected = sorted(set(students) or {*handed_in, *known})
        people, recorded = book.people(), book.submissions(assignment.name)
    return [_result(course, assignment, each, recorded.get(each), people.get(each, Person())) for each in selected]


def read_result(book: Book, course: Course, assignment: Assignment, student: str) -> SubmissionResult:
    """The result of one submission. Its problem is that of what was handed in last, whatever was graded before."""
    return _result(course, assignment, student, book.submission(assignment.name, student), book.person(student))


def _result(
    course: Course, assignment: Assignment, student: str, recorded: Recorded | None, person: Person
) -> SubmissionResult:
    folder = course.submitted_folder(assignment.name, student)
    records = _records(course, assignment, student)
    grades = recorded.grades if recorded else {}
    exercises = []
    for notebook in assignment.notebooks:
        examined = {each["name"]: each for each in records.get(notebook.name, {}).get("exercises", ())}
        for cell in notebook.cells:
            if cell.role in (Role.CHECK, Role.WRITTEN):
                graded = grades.get((notebook.name, cell.name)) or Graded(cell.name, 0.0, cell.points)
                exercises.append(_exercise(notebook.name, graded, examined.get(cell.name)))
    return SubmissionResult(
        assignment.name,
        student,
        tuple(exercises),
        late=recorded.late if recorded else timedelta(0),
        penalty=recorded.penalty if recorded else 0.0,
        problem=_problem(course, assignment, student, records) if recorded or folder.is_dir() else NOT_HANDED_IN,
        person=person,
        comments=recorded.comments if recorded else {},
        notes=tuple(dict.fromkeys(note for record in records.values() for note in record.get("notes", ()))),
        unprotected=tuple(dict.fromkeys(name for record in records.values() for name in record.get("unprotected", ()))),
    )


def _exercise(notebook: str, graded: Graded, examined: dict | None) -> ExerciseResult:
    """The gradebook's points; the examiner's outcome and message, unless a person has given other points since."""
    told = None
    if graded.score is None:
        outcome, message = Outcome.WAITING, "a person has to grade this answer"
    elif examined is not None and examined["score"] == graded.score:
        outcome, message, told = Outcome(examined["outcome"]), examined["message"], examined["told"]
    elif graded.score >= graded.points > 0:
        outcome, message = Outcome.PASSED, ""
    elif examined is None:
        outcome, message = Outcome.UNREADABLE, "nothing of it could be graded"
    else:
        outcome, message = Outcome.PARTIAL if graded.score > 0 else Outcome.FAILED, "graded by a person"
    told = message if told is None else told
    return ExerciseResult(graded.name, graded.score, graded.points, outcome, message, told, notebook)


def _problem(course: Course, assignment: Assignment, student: str, records: Mapping[str, dict]) -> str:
    """Why notebooks of what was handed in last cannot be graded, each problem once; "" if all can and something is."""
    folder = course.submitted_folder(assignment.name, student)
    graded = {fingerprint.submission_of(record.get("fingerprint", "")) for record in records.values()}
    if len(records) == len(assignment.notebooks) and graded == {fingerprint.of_files(folder)}:
        return ""
    problems = (notebook.problem for notebook in read_submission(read_upload(folder), assignment))
    return "; ".join(dict.fromkeys(filter(None, problems))) or ("" if records else NOT_GRADED)


def _records(course: Course, assignment: Assignment, student: str) -> dict[str, dict]:
    """What the examiner left in the autograded notebooks, by notebook."""
    records = {}
    for notebook in assignment.notebooks:
        path = course.autograded_folder(assignment.name, student) / f"{notebook.name}.ipynb"
        with suppress(OSError, ValueError, KeyError):  # a damaged one is as good as none: it is graded again
            records[notebook.name] = json.loads(path.read_text(encoding="utf-8"))["metadata"].get(FINDINGS, {})
    return records
