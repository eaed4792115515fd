"""Builds notebooks from a chapter source: the solved one for the grader, the released one for students.

The short keys become full nbgrader metadata; nbgrader's own preprocessors do the cutting, so what we release is what
`nbgrader generate_assignment` would release. The same text always gives the same bytes.
"""

import hashlib
import logging
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.assignment import NBGRADER_SCHEMA, SETTINGS, SKIP
from autograder.build.keys import Kind
from autograder.build.source import Cell, Chapter, Exercise
from autograder.names import bound, definitions, reads
from nnkit.notebook.header import Header
from nnkit.notebook.policy import ForbiddenModule

GOES_ON = "raises-exception"
"""The tag of a cell at which Jupyter does not stop when it fails. nbgrader grades it as any other."""


def solved_notebook(chapter: Chapter) -> NotebookNode:
    """The chapter with its solutions and hidden tests: nbgrader's source notebook.

    Alternatives and mistakes stay behind; they exist only for `verify`.
    """
    taken: set[str] = set()
    exercises = {exercise.name: exercise for exercise in chapter.exercises}
    waiting = _that_wait(chapter)
    cells = [
        _notebook_cell(cell, _cell_id(cell, taken), _first_line(cell, exercises), waits=cell.line in waiting)
        for cell in chapter.cells
        if cell.kind not in (Kind.ALTERNATIVE, Kind.MISTAKE)
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    notebook.nbformat_minor = 5
    return notebook


def released_notebook(chapter: Chapter) -> NotebookNode:
    """The chapter as students get it: solutions cut to stubs, hidden tests gone, cells locked."""
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearHiddenTests,
        ClearOutput,
        ClearSolutions,
        ComputeChecksums,
        LockCells,
    )

    # The order of nbgrader's GenerateAssignment, without its database.
    steps = (
        LockCells,
        ClearSolutions,
        ClearOutput,
        CheckCellMetadata,
        ClearHiddenTests,
        ComputeChecksums,
    )
    notebook = solved_notebook(chapter)
    resources = {"unique_key": chapter.name, "metadata": {"name": chapter.name}}
    logging.getLogger("traitlets").setLevel(logging.WARNING)
    for step in steps:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def build_lectures(chapters: list[Chapter], folder: Path) -> list[Path]:
    """Write each released notebook to `folder/NAME/NAME.ipynb`. Returns the paths."""
    return [write_notebook(released_notebook(chapter), _place(folder, chapter)) for chapter in chapters]


def notebook_text(notebook: NotebookNode) -> str:
    """The bytes a notebook is saved as, as text."""
    return nbformat.writes(notebook, version=4) + "\n"


def write_notebook(notebook: NotebookNode, path: Path) -> Path:
    """Save a notebook, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook_text(notebook), encoding="utf-8")
    return path


def _place(folder: Path, chapter: Chapter) -> Path:
    return Path(folder) / chapter.name / f"{chapter.name}.ipynb"


def _notebook_cell(cell: Cell, cell_id: str, first_line: str, *, waits: bool) -> NotebookNode:
    new_cell = new_markdown_cell if cell.type == "markdown" else new_code_cell
    metadata = _metadata(cell, cell_id)
    if waits:
        metadata["tags"] = [*metadata.get("tags", ()), GOES_ON]
    return new_cell(source=first_line + cell.source, id=cell_id, metadata=metadata)


def _first_line(cell: Cell, exercises: dict[str, Exercise]) -> str:
    """What the builder writes above a cell: what an exercise forbids, and what the rules of a check need to know."""
    settings = cell.settings
    if cell.kind is Kind.EXERCISE and settings.forbid:
        sentence = ForbiddenModule(settings.forbid).sentence
        return f"# {sentence[0].upper()}{sentence[1:]}.\n"
    if cell.kind is Kind.CHECK:
        exercise = exercises[cell.name]
        settings, counted = exercise.solution.settings, [name for name in exercises if not exercises[name].optional]
        number, of = (0, 0) if exercise.optional else (counted.index(cell.name) + 1, len(counted))
        answers = tuple(sorted(definitions(exercise.solution.source)))
        return f"{Header(cell.name, number, of, answers, settings.forbid, settings.keeps_inputs)}\n"
    return ""


def _that_wait(chapter: Chapter) -> set[int]:
    """The lines of the cells that cannot run to their end before an exercise is written: there Run All goes on."""
    found, missing = set[int](), set[str]()
    for cell in chapter.cells:
        if cell.type != "code":
            continue
        if cell.kind is Kind.EXERCISE:
            missing |= definitions(cell.source)
        elif cell.kind is Kind.CHECK or reads(cell.source) & missing:
            found.add(cell.line)
            missing |= bound(cell.source) if cell.kind is not Kind.CHECK else set()
        else:
            missing -= bound(cell.source)
    return found


def _metadata(cell: Cell, cell_id: str) -> dict:
    """nbgrader's metadata for a cell; `grade_id` is the cell's own id."""
    folded: dict = {"jupyter": {"source_hidden": True}} if cell.folded or cell.kind is Kind.CHECK else {}
    if cell.kind in (Kind.PLAIN, Kind.EXPLORE):
        return {"tags": [SKIP]} | folded if cell.kind is Kind.EXPLORE else folded
    flags = {
        "grade": cell.kind in (Kind.CHECK, Kind.WRITTEN),
        "solution": cell.kind in (Kind.EXERCISE, Kind.WRITTEN),
        "locked": cell.kind in (Kind.CHECK, Kind.GIVEN),
        "task": False,
    }
    points = {"points": cell.points} if flags["grade"] else {}
    settings = {SETTINGS: plain} if (plain := cell.settings.plain) else {}
    grader = {"schema_version": NBGRADER_SCHEMA, "grade_id": cell_id, **flags, **points}
    return {"nbgrader": grader, **settings, **folded}


def _cell_id(cell: Cell, taken: set[str]) -> str:
    """A stable id: the name if the cell has one, else a hash of its text. Equal texts are numbered."""
    if cell.kind is Kind.CHECK:
        base = f"check_{cell.name}"
    elif cell.name:
        base = cell.name
    else:
        prefix = "given_" if cell.kind is Kind.GIVEN else ""
        base = prefix + hashlib.sha256(cell.source.encode()).hexdigest()[:12]
    cell_id, number = base, 1
    while cell_id in taken:
        number += 1
        cell_id = f"{base}-{number}"
    taken.add(cell_id)
    return cell_id
