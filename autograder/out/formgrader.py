"""What formgrader shows: a rubric beside each written answer, and nothing that runs.

For `c.HTMLExporter.preprocessors` in a course's configuration. It works on the page that formgrader makes, not on a
notebook: what is autograded, and the feedback of nbgrader's that is made of it, stay without model answers.
"""

import nbformat
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.book.schemes import Scheme, schemes
from autograder.course import Course
from autograder.hidden import Hidden
from autograder.out.feedback.outputs import output
from autograder.out.feedback.prose import markdown


class GradingPage(Preprocessor):
    """The notebook of a submission as whoever grades it sees it.

    nbgrader itself shows a scheme below tasks only, and runs whatever scripts a student has written.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        if getattr(self.parent, "template_name", "") != "formgrade":
            return nb, resources  # feedback, and whatever else the course exports
        course = Course.open(CourseDirectory(config=Config(self.config)).root)
        found = schemes(course.source_folder(resources["assignment_id"]), Hidden(course))
        cells = []
        for cell in nb.cells:
            info = cell.metadata.get("nbgrader", {})
            cells.append(_inert(cell))
            scheme = found.get((resources["notebook_id"], info.get("grade_id", "")))
            if scheme and not info.get("task"):  # a task shows its own
                cells.append(new_markdown_cell(_raw(markdown(_text(scheme)))))
        return nbformat.from_dict({**nb, "cells": cells}), resources


def _inert(cell: NotebookNode) -> NotebookNode:
    if cell.cell_type == "code":
        shown = filter(None, map(output, cell.get("outputs", ())))
        outputs = [new_output("display_data", {"text/html": html}) for html in shown]
        return nbformat.from_dict({**cell, "outputs": outputs})
    return nbformat.from_dict({**cell, "source": _raw(markdown(cell.source, cell.get("attachments")))})


def _raw(html: str) -> str:
    """HTML as markdown that leaves it as it is: a block of one line."""
    return f"<div>{html.strip().replace(chr(10), '&#10;')}</div>"


def _text(scheme: Scheme) -> str:
    parts = {"Model answer": scheme.model, "Rubric": scheme.rubric}
    text = "\n\n".join(f"**{title}**\n\n{text}" for title, text in parts.items() if text)
    return "\n".join(f"> {line}" for line in text.split("\n"))
