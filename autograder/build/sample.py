"""A sample class whose true grades are known: submissions put together from a chapter's own solutions and mistakes.

It shows an instructor how a graded class looks, and it tests the grader: whatever grades it, the scores must come out
as they stand here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbformat import NotebookNode

from autograder.build.author import notebook_text, released_notebook
from autograder.build.keys import Kind
from autograder.build.source import Cell, Chapter, Exercise
from autograder.course import Course, CourseError
from autograder.hidden import without_marks

DUE = datetime(2026, 10, 2, 22, 0)
"""When the sample assignment is due, in UTC."""

Choose = Callable[[int, Exercise], Cell | None]
"""Which variant a student hands in for exercise number i: one of its cells, or None for the untouched stub."""


@dataclass(frozen=True)
class SampleStudent:
    """Somebody in the sample class. `late` is after the due date; `edit` changes the finished notebook."""

    name: str
    about: str
    choose: Choose
    writes: bool = False
    late: timedelta = timedelta(hours=-3)
    edit: Callable[[NotebookNode], None] | None = None
    broken: bool = False


def _solution(i: int, exercise: Exercise) -> Cell:
    return exercise.solution


def _nothing(i: int, exercise: Exercise) -> None:
    return None


def _alternative(which: int) -> Choose:
    return lambda i, exercise: exercise.alternatives[which] if exercise.alternatives else exercise.solution


def _mistake(which: int) -> Choose:
    return lambda i, exercise: exercise.mistakes[which % len(exercise.mistakes)]


def _every_other(first: Choose, second: Choose) -> Choose:
    return lambda i, exercise: (second if i % 2 else first)(i, exercise)


def _first_then(count: int, first: Choose, then: Choose) -> Choose:
    return lambda i, exercise: (first if i < count else then)(i, exercise)


def _work_in_new_cells(notebook: NotebookNode) -> None:
    """Somebody who tidies up: own cells added, prose deleted. No point may hang on that."""
    from nbformat.v4 import new_code_cell

    notebook.cells = [cell for cell in notebook.cells if cell.cell_type != "markdown" or "nbgrader" in cell.metadata]
    notebook.cells.append(new_code_cell("print('my own notes')", id="my-own-notes"))


def _leave_a_syntax_error(notebook: NotebookNode) -> None:
    """Somebody who was called away in the middle of the last exercise."""
    last = [cell for cell in notebook.cells if cell.cell_type == "code" and _is_exercise(cell)][-1]
    last.source += "\n    return ("


STUDENTS = (
    SampleStudent("ada", "everything right", _solution, writes=True),
    SampleStudent("blaise", "everything right, another way", _alternative(0), writes=True),
    SampleStudent("chen", "everything right, a third way", _alternative(-1)),
    SampleStudent("dmitri", "handed in the untouched notebook", _nothing),
    SampleStudent("emmy", "ran out of time in the middle", _first_then(4, _solution, _nothing)),
    SampleStudent("farid", "one slip in the first exercise", _first_then(1, _mistake(0), _solution), writes=True),
    SampleStudent("grace", "every first mistake", _mistake(0)),
    SampleStudent("hugo", "every second mistake", _mistake(1)),
    SampleStudent("ines", "every last mistake", _mistake(-1)),
    SampleStudent("jun", "right and wrong in turn", _every_other(_solution, _mistake(0))),
    SampleStudent("kofi", "right and unfinished in turn", _every_other(_alternative(0), _nothing)),
    SampleStudent("lena", "everything right, a day late", _solution, late=timedelta(hours=26), writes=True),
    SampleStudent("maya", "right, in a notebook tidied up", _solution, edit=_work_in_new_cells),
    SampleStudent("noor", "a syntax error in the last exercise", _solution, edit=_leave_a_syntax_error),
    SampleStudent("omar", "a file cut off by a bad upload", _solution, broken=True),
)


def write_sample(course: Course, chapter: Chapter) -> None:
    """Hand in the sample class's submissions of a chapter.

    Raises CourseError if other people's submissions are there: a real class is never mixed with the sample.
    """
    names = {student.name for student in STUDENTS}
    others = set(course.students()) - names
    if others:
        raise CourseError(
            f"{course.submitted} holds the work of {len(others)} real students ({', '.join(sorted(others)[:3])}, …); "
            "the sample class was not written"
        )
    for student in STUDENTS:
        text = notebook_text(submission(chapter, student))
        path = course.submitted_notebook(chapter.name, student.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text[: len(text) // 2] if student.broken else text, encoding="utf-8")
        path.with_name("timestamp.txt").write_text(f"{DUE + student.late} UTC\n")


def submission(chapter: Chapter, student: SampleStudent) -> NotebookNode:
    """The notebook that a sample student hands in."""
    notebook = released_notebook(chapter)
    chosen = {e.name: student.choose(i, e) for i, e in enumerate(chapter.exercises)}
    for cell in notebook.cells:
        variant = chosen.get(cell.id)
        if variant is not None:
            cell.source = without_marks(variant.source)
        elif student.writes and any(cell.id == written.name for written in chapter.written):
            cell.source = cell.source.replace("YOUR ANSWER HERE", "My answer, in my own words.")
    if student.edit:
        student.edit(notebook)
    return notebook


def true_scores(chapter: Chapter, student: SampleStudent) -> dict[str, float | None]:
    """What a sample student deserves, by graded cell. None waits for a person.

    Right answers and alternatives earn all points, stubs and mistakes none; a file that cannot be read earns none.
    """
    scores: dict[str, float | None] = {}
    last = len(chapter.exercises) - 1
    for i, exercise in enumerate(chapter.exercises):
        variant = student.choose(i, exercise)
        right = variant is not None and variant.kind in (Kind.EXERCISE, Kind.ALTERNATIVE)
        spoiled = student.broken or (student.edit is _leave_a_syntax_error and i == last)
        scores[f"check_{exercise.name}"] = exercise.check.points if right and not spoiled else 0.0
    for written in chapter.written:
        scores[written.name] = None if student.writes and not student.broken else 0.0
    return scores


def _is_exercise(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))
