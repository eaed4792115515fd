"""Grades one submission. For now nbgrader executes it; what comes out is ours, so the engine can change."""

import nbformat
from nbgrader.utils import is_grade

from autograder import gradebook, nbgrader_api
from autograder.course import Course, unreadable
from autograder.gradebook import Graded
from autograder.results import ExerciseResult, Outcome, SubmissionResult

# What the name of an exception in a check cell says about the exercise. Any other name is an ERROR.
_OUTCOMES = {
    "NotImplementedError": Outcome.NOT_ANSWERED,
    "CheckFailed": Outcome.FAILED,
    "AssertionError": Outcome.FAILED,
    "CellTimeoutError": Outcome.TIMEOUT,
    "DeadKernelError": Outcome.KILLED,
}


def grade_submission(course: Course, assignment: str, student: str) -> SubmissionResult:
    """Grade what a student handed in, write it to the gradebook, and say how it went.

    A submission that cannot be graded gives a result with a `problem`, never an exception.
    """
    path = course.submitted_notebook(assignment, student)
    problem = unreadable(path) or nbgrader_api.autograde(course, assignment, student)
    if problem:
        gradebook.give_zero(course, assignment, student)
        return _ungraded(course, assignment, student, problem)
    return read_result(course, assignment, student)


def read_result(course: Course, assignment: str, student: str) -> SubmissionResult:
    """The result of a submission that has been graded, from the gradebook and the autograded notebook."""
    problem = unreadable(course.submitted_notebook(assignment, student))
    if problem:
        return _ungraded(course, assignment, student, problem)
    grades = gradebook.grades(course, assignment, student)
    errors = _errors(course, assignment, student)
    exercises = tuple(_exercise(grades[name], errors.get(name)) for name in _order(course, grades, assignment))
    problem = "" if course.autograded_notebook(assignment, student).is_file() else "not graded"
    late = gradebook.lateness(course, assignment, student)
    comments = gradebook.comments(course, assignment, student)
    return SubmissionResult(assignment, student, exercises, late=late, problem=problem, comments=comments)


def read_results(course: Course, assignment: str) -> list[SubmissionResult]:
    """The results of everybody who handed in an assignment, as the gradebook has them now, manual grades included."""
    gradebook.graded_cells(course, assignment)
    return [read_result(course, assignment, student) for student in course.select_students(assignment)]


def _ungraded(course: Course, assignment: str, student: str, problem: str) -> SubmissionResult:
    cells = gradebook.graded_cells(course, assignment)
    exercises = (
        ExerciseResult(name, 0.0, cells[name].points, Outcome.UNREADABLE) for name in _order(course, cells, assignment)
    )
    return SubmissionResult(assignment, student, tuple(exercises), problem=problem)


def _exercise(graded: Graded, error: tuple[str, str] | None) -> ExerciseResult:
    """The outcome of one graded cell; the score is the gradebook's, the reason is what the check cell answered."""
    if graded.score is None:
        outcome, message = Outcome.WAITING, "a person has to grade this answer"
    elif graded.score >= graded.points:
        outcome, message = Outcome.PASSED, ""
    elif error is not None:
        name, first_line = error
        outcome = _OUTCOMES.get(name, Outcome.ERROR)
        message = first_line if name == "CheckFailed" else f"{name}: {first_line}".rstrip(": ")
    elif graded.score > 0:
        outcome, message = Outcome.PARTIAL, "part of the points"
    else:
        outcome, message = Outcome.NOT_ANSWERED, "nothing was answered"
    return ExerciseResult(graded.name, graded.score, graded.points, outcome, message)


def _errors(course: Course, assignment: str, student: str) -> dict[str, tuple[str, str]]:
    """Graded cell → (exception name, first line of its message), from the executed notebook."""
    path = course.autograded_notebook(assignment, student)
    if not path.is_file():
        return {}
    errors = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if is_grade(cell):
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    errors[cell.metadata.nbgrader.grade_id] = (output.ename, output.evalue.split("\n")[0])
    return errors


def _order(course: Course, graded: dict[str, Graded], assignment: str) -> list[str]:
    """Cell names in the order of the released notebook. The gradebook keeps no order."""
    path = course.release / assignment / f"{assignment}.ipynb"
    released = nbformat.read(path, as_version=4).cells if path.is_file() else []
    position = {cell.metadata.nbgrader.grade_id: i for i, cell in enumerate(released) if is_grade(cell)}
    return sorted(graded, key=lambda name: (position.get(name, len(released)), name))
