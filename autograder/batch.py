"""Grades many submissions. One that fails costs its own result, never the batch."""

from collections.abc import Iterable, Iterator

from autograder.course import Course
from autograder.grade import grade_submission
from autograder.results import SubmissionResult


def grade_batch(course: Course, assignment: str, students: Iterable[str]) -> Iterator[SubmissionResult]:
    """Grade the submissions of `students` one by one and yield each result as it is there."""
    for student in students:
        try:
            yield grade_submission(course, assignment, student)
        except Exception as error:
            problem = f"grading failed: {type(error).__name__}: {error}"
            yield SubmissionResult(assignment, student, exercises=(), problem=problem)
