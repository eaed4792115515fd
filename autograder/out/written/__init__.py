"""All answers to a question on one page, for whoever grades them: the answers, who gave them unsaid."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.assignment import Assignment, Role, SourceCell
from autograder.book.schemes import Scheme, schemes
from autograder.course import Course
from autograder.errors import UserError
from autograder.hidden import Hidden
from autograder.out import inert, pages
from autograder.out.feedback.outputs import output
from autograder.out.feedback.prose import markdown
from autograder.results import Key, label


@dataclass(frozen=True)
class Answer:
    """html: inert."""

    student: str
    html: str


@dataclass(frozen=True)
class Question:
    """A question that a person grades, and all that was answered, in an order that says nothing of who it was.

    prompt: inert HTML.  blank: how many left it as it was released.
    """

    key: Key
    points: float
    prompt: str
    scheme: Scheme
    answers: tuple[Answer, ...]
    blank: int

    @property
    def label(self) -> str:
        return label(self.key[1])

    @property
    def model(self) -> str:
        return markdown(self.scheme.model)

    @property
    def rubric(self) -> str:
        return markdown(self.scheme.rubric)

    @property
    def lines(self) -> list[tuple[float, str]]:
        """Points and text of each line of the rubric."""
        html = ((line.points, markdown(line.text).strip()) for line in self.scheme.lines)
        return [(points, text.removeprefix("<p>").removesuffix("</p>")) for points, text in html]


def read_questions(course: Course, assignment: Assignment, students: Collection[str] = ()) -> tuple[Question, ...]:
    """The questions of an assignment that a person grades, with the answers of everybody graded, or of `students`.

    Raises UserError if there is no such question, if nothing is graded yet, or if a student handed in nothing.
    """
    asked = [(notebook.name, cell) for notebook in assignment.notebooks for cell in _asked(notebook.cells)]
    if not asked:
        raise UserError(f"no answer of {assignment.name!r} is graded by a person")
    found = schemes(course.source_folder(assignment.name), Hidden(course))
    answers: dict[Key, list[Answer]] = {(notebook, cell.name): [] for notebook, cell in asked}
    blank = dict.fromkeys(answers, 0)
    graded = False
    for student in course.select_students(assignment.name, students):
        for notebook in assignment.notebooks:
            path = course.autograded_folder(assignment.name, student) / f"{notebook.name}.ipynb"
            cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
            graded = graded or bool(cells)
            for cell in _asked(notebook.cells):
                key = (notebook.name, cell.name)
                html = _answered(cells, cell)
                blank[key] += html == ""
                answers[key] += [Answer(student, html)] if html else []
    if not graded:
        raise UserError(f"nothing of {assignment.name!r} is graded yet: run `autograder grade {assignment.name}` first")
    return tuple(
        Question(
            (notebook, cell.name),
            cell.points,
            markdown(cell.released or cell.source),
            found.get((notebook, cell.name), Scheme("", "")),
            tuple(sorted(answers[notebook, cell.name], key=lambda answer: _place(cell.name, answer.student))),
            blank[notebook, cell.name],
        )
        for notebook, cell in asked
    )


def _asked(cells: Sequence[SourceCell]) -> Iterator[SourceCell]:
    return (cell for cell in cells if cell.role is Role.WRITTEN)


def _place(question: str, student: str) -> bytes:
    """Where an answer stands: for another question elsewhere, so that nobody is always the last to be read."""
    return hashlib.sha256(f"{question}\0{student}".encode()).digest()


def _answered(cells: Sequence[NotebookNode], asked: SourceCell) -> str | None:
    """What a student answered, as inert HTML; "" if nothing, None if the cell is not there."""
    place = next((n for n, cell in enumerate(cells) if _id(cell) == asked.name), None)
    if place is None:
        return None
    if asked.task:  # what the student has put below it
        return "".join(map(_html, takewhile(lambda cell: not _id(cell), cells[place + 1 :])))
    text, stub = cells[place].source, asked.source
    return "" if text.strip() == stub.strip() else _html(cells[place], _without(stub, text))


def _id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _without(stub: str, text: str) -> str:
    """A text without the lines at its beginning that were there before."""
    before, after = stub.split("\n"), text.split("\n")
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    return "\n".join(after[same:])


def _html(cell: NotebookNode, text: str | None = None) -> str:
    text = cell.source if text is None else text
    if cell.cell_type == "code":
        shown = "".join(f'<div class="output">{html}</div>' for html in map(output, cell.get("outputs", ())) if html)
        return (inert.code(text) if text.strip() else "") + shown
    return markdown(text, cell.get("attachments"))


template = pages.template(Path(__file__).parent, inert.highlighting(), pictures=True)
