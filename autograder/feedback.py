"""Writes a feedback page per submission: the student's notebook with scores and what each check answered.

It is nbgrader's page, with one difference: hidden tests are cut, from the cells and from what the cells answered.
"""

from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_grade

from autograder.course import Course, CourseError


def write_feedback(course: Course, assignment: str, student: str) -> Path:
    """Write the page of one graded submission and return its path.

    Raises CourseError if the submission has not been graded.
    """
    if not course.autograded_notebook(assignment, student).is_file():
        raise CourseError(f"{student} has no graded {assignment}: run `autograder grade {assignment}` first")
    directory = course.directory
    directory.assignment_id, directory.student_id = assignment, student
    _SafeFeedback(coursedir=directory, config=course.config, force=True).start()
    return course.feedback_page(assignment, student)


class _HideTests(NbGraderPreprocessor):
    """Keeps of what a check cell answered only the last line of its exception.

    The lines above it quote the hidden test; so does a warning, and a student's function can print who called it.
    """

    def preprocess_cell(self, cell, resources, index):
        if is_grade(cell) and cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.output_type == "error"]
            for output in cell.outputs:
                first_line = output.evalue.split("\n")[0]
                known = output.ename == "CheckFailed"
                output.traceback = [first_line if known else f"{output.ename}: {first_line}"]
        return cell, resources


class _SafeFeedback(GenerateFeedback):
    preprocessors = (GetGrades, _HideTests, ClearHiddenTests, CSSHTMLHeaderPreprocessor)
