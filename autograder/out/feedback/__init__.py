"""Writes a feedback page per submission: what every exercise earned and why, then the student's notebooks.

The page is one file that needs nothing else and runs nothing: what came from the student goes through `inert`, and a
content-security policy forbids the browser all that is not meant to be there. Of a check, it shows the lines that the
student has seen before, and the sentence that it answered with.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.book.headings import Headings, headings
from autograder.course import Course, CourseError
from autograder.hidden import Hidden
from autograder.out import inert, pages
from autograder.out.feedback.blocks import Page
from autograder.out.term import Policy
from autograder.results import Outcome, SubmissionResult


def write_feedback(course: Course, result: SubmissionResult) -> Path:
    """Write the page of one submission and return its path.

    Raises CourseError if the submission has not been graded.
    """
    assignment, student = result.assignment, result.student
    graded = course.autograded_folder(assignment, student)
    notebooks = {path.stem: nbformat.read(path, as_version=4) for path in sorted(graded.glob("*.ipynb"))}
    if not notebooks and not result.count(Outcome.UNREADABLE):
        raise CourseError(f"{student} has no graded {assignment}: run `autograder grade {assignment}` first")
    hidden = Hidden(course)
    named = headings(course.instructor_folder(assignment), hidden)
    page = feedback_page(result, notebooks, hidden, Policy.of(course).sentences, named)
    path = course.feedback_page(assignment, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    # nbgrader's exchange hands out feedback by the name of a notebook, and wants two files beside it.
    for name in dict.fromkeys((path.stem, *notebooks)):
        path.with_name(f"{name}.html").write_text(page, encoding="utf-8")
    for extra in ("timestamp.txt", "submission_secret.txt"):
        if (graded / extra).is_file():
            shutil.copyfile(graded / extra, path.with_name(extra))
    return path


_template = pages.template(Path(__file__).parent, inert.highlighting(), pictures=True)


def feedback_page(
    result: SubmissionResult,
    notebooks: Mapping[str, NotebookNode],
    hidden: Hidden | None = None,
    policy: Sequence[str] = (),
    named: Headings | None = None,
) -> str:
    """The HTML page of a submission.

    notebooks: the executed notebooks (nbformat 4) by name, in order.  policy: sentences on how the term is graded.
    named: what the instructor's notebooks call themselves and their exercises.
    """
    named = named or Headings()
    page = Page(result, hidden or Hidden(), named)
    parts = [
        (named.titles.get(name, name), list(page.blocks(name, notebook.cells))) for name, notebook in notebooks.items()
    ]
    (title,) = named.titles.values() if len(named.titles) == 1 else (result.assignment,)
    return _template.render(
        result=result,
        title=title,
        late=pages.duration(result.late),
        verdicts=page.verdicts,
        notebooks=parts,
        rules=policy,
    )
