"""Writes a feedback page per submission: what every exercise earned and why, then the student's notebook.

It is nbgrader's page with two differences: it opens with the reasons, and hidden tests are cut, from the cells and from
what the cells answered.
"""

from html import escape
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_markdown_cell
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Unicode

from autograder.course import Course, CourseError
from autograder.nbgrader_api import quiet
from autograder.records import read_results
from autograder.results import SubmissionResult


def write_feedback(course: Course, assignment: str, student: str) -> Path:
    """Write the page of one graded submission and return its path.

    Raises CourseError if the submission has not been graded.
    """
    if not course.autograded_notebook(assignment, student).is_file():
        raise CourseError(f"{student} has no graded {assignment}: run `autograder grade {assignment}` first")
    directory = course.directory
    directory.assignment_id, directory.student_id = assignment, student
    config = course.config.copy()
    (result,) = read_results(course, assignment, (student,))
    config.OpenWithReasons.table = reasons_table(result)
    with quiet():
        FeedbackPage(coursedir=directory, config=config, force=True).start()
    return course.feedback_page(assignment, student)


def reasons_table(result: SubmissionResult) -> str:
    """An HTML table: exercise, points, what the check says. Student text in it is escaped."""
    rows = (
        f"<tr><td>{escape(exercise.name.removeprefix('check_'))}</td>"
        f"<td>{'?' if exercise.score is None else f'{exercise.score:g}'} of {exercise.points:g}</td>"
        f"<td>{escape(str(exercise.outcome))}</td><td>{escape(exercise.message)}</td></tr>"
        for exercise in result.exercises
    )
    head = "<tr><th>exercise</th><th>points</th><th>outcome</th><th>what the check says</th></tr>"
    return f'<table class="table table-condensed">{head}{"".join(rows)}</table>'


class OpenWithReasons(NbGraderPreprocessor):
    """Puts the table of reasons on top of the notebook."""

    table = Unicode().tag(config=True)

    def preprocess(self, notebook, resources):
        notebook.cells.insert(0, new_markdown_cell(self.table))
        return notebook, resources


class HideTests(NbGraderPreprocessor):
    """Keeps of what a check cell answered only the first line of its exception.

    The lines around it quote the hidden test; so does a warning, and a student's function can print who called it.
    """

    def preprocess_cell(self, cell, resources, index):
        if is_grade(cell) and cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.output_type == "error"]
            for output in cell.outputs:
                first_line = output.evalue.split("\n")[0]
                known = output.ename == "CheckFailed"
                output.traceback = [first_line if known else f"{output.ename}: {first_line}"]
        return cell, resources


class FeedbackPage(GenerateFeedback):
    """nbgrader's feedback converter with our steps."""

    # Grades first: the scores are looked up by cell. Tests last: a check is still whole when its output is read.
    preprocessors = (GetGrades, OpenWithReasons, HideTests, ClearHiddenTests, CSSHTMLHeaderPreprocessor)
