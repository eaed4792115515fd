"""Assignments that draw their numbers from the student's id: the grader says whose they are, never the submission.

The id goes where `nnkit.variant` looks for it, as one of the instructor's files, which lie over the student's: beside
the notebook in the worker, and beside the given cells in the examiner.
"""

from dataclasses import replace
from pathlib import Path

from autograder.assignment import Assignment
from nnkit.variant import FILE


def of_student(assignment: Assignment, student: str, folder: Path) -> Assignment:
    """The assignment as this student has it. folder: of this submission alone, for a file that says who it is."""
    if not assignment.has_variants:
        return assignment
    path = folder / FILE
    path.write_text(student, encoding="utf-8")
    return replace(assignment, files={**assignment.files, FILE: path})
