"""Reads an assignment: what the instructor released, from the gradebook.

Texts, flags and points come from the gradebook alone. What it does not keep comes from the instructor's notebooks in
the source folder, or the release folder: the order of the cells, imports, widgets, and what an exercise forbids.
"""

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from operator import or_
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.assignment import SETTINGS, SKIP, Assignment, Role, Settings, SourceCell, SourceNotebook
from autograder.book import gradebook
from autograder.book.flow import Step, with_flow
from autograder.book.gradebook import StoredCell, StoredNotebook
from autograder.course import CONFIG_FILE, Course, CourseError
from autograder.hidden import Hidden
from autograder.names import bound, statements


def read_assignment(course: Course, name: str) -> Assignment:
    """The assignment as the gradebook knows it.

    name: in full, or a beginning that it alone has.
    Raises UserError if the gradebook does not know it, CourseError if a notebook is not in Python.
    """
    with gradebook.open_gradebook(course) as book:
        name = book.find_assignment(name)
        stored = book.notebooks(name)
    hidden = Hidden(course)
    folder = course.instructor_folder(name)
    notebooks = tuple(_notebook(notebook, _trusted(folder, notebook.name), hidden) for notebook in stored)
    assignment = Assignment(name, notebooks, dict(_files(course, name, folder)))
    try:
        return assignment.in_process(course.in_process)
    except ValueError as error:
        raise CourseError(f"{CONFIG_FILE}: c.InProcess.checks: {error}") from error


def _notebook(stored: StoredNotebook, trusted: NotebookNode | None, hidden: Hidden) -> SourceNotebook:
    language = json.loads(stored.kernelspec).get("language", "python")
    if language != "python":
        raise CourseError(f"expected notebooks in Python, {stored.name} is in {language}")
    instructors = trusted.cells if trusted else []
    known = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in instructors}
    position = {grade_id: i for i, grade_id in enumerate(known)}
    # The sort is stable: without the instructor's notebook the cells stay in the order in which nbgrader saved them.
    ordered = sorted(stored.cells, key=lambda cell: position.get(cell.name, len(position)))
    cells = tuple(_with_answers(_cell(cell, known.get(cell.name), hidden) for cell in ordered))
    steps = list(_steps(instructors, cells))
    cells = tuple(with_flow(cells, steps))
    plain = [cell for cell in instructors if cell.cell_type == "code" and "nbgrader" not in cell.metadata]
    texts = [cell.source for cell in plain if not _is_skipped(cell)]
    texts += [cell.source for cell in cells if cell.role is Role.ANSWER]
    given = [cell.source for cell in cells if cell.role is Role.GIVEN and cell.cell_type == "code" and not cell.explore]
    # What a solution binds belongs to the student. The source folder has solutions, the gradebook only their stubs.
    solved = [known[cell.name].source for cell in cells if cell.role is Role.ANSWER and cell.name in known]
    own = {name for text in (*solved, *texts) for name in bound(text, imports=False)}
    imports = tuple(dict.fromkeys(statement for text in texts for statement in _imports(text)))
    return SourceNotebook(
        name=stored.name,
        cells=cells,
        imports=imports,
        given_names=frozenset(name for text in (*given, *imports) for name in bound(text)) - own,
        own_names=frozenset(own),
        operators=dict(pair for cell in cells if cell.role is Role.ANSWER for pair in operators(cell.source)),
        plain=frozenset(cell.source for cell in plain),
        explorers=frozenset(cell.source for cell in plain if _is_skipped(cell)),
        kernelspec=stored.kernelspec,
        script=tuple((step.role, step.source) for step in steps if trusted and step.role is not Role.CHECK),
    )


def _steps(instructors: list[NotebookNode], cells: Iterable[SourceCell]) -> Iterator[Step]:
    """The instructor's code cells in order, answers solved; without a notebook, those that the gradebook has."""
    known = {cell.name: cell for cell in cells}
    if not instructors:
        yield from (Step(cell.name, cell.role, cell.source) for cell in known.values() if cell.cell_type == "code")
    for node in instructors:
        if node.cell_type == "code" and not _is_skipped(node):
            cell = known.get(node.metadata.get("nbgrader", {}).get("grade_id"))
            role = cell.role if cell else Role.PLAIN
            yield Step(cell.name if cell else "", role, cell.source if cell and cell.locked else node.source)


def _cell(stored: StoredCell, trusted: NotebookNode | None, hidden: Hidden) -> SourceCell:
    role, source = _role(stored), stored.source
    lines = {line.strip() for line in source.splitlines()} if role is Role.ANSWER else set()
    return SourceCell(
        name=stored.name,
        cell_type=stored.cell_type,
        source=source,
        role=role,
        points=stored.points or 0.0,
        settings=_settings(stored.name, trusted),
        explore=bool(trusted and _is_skipped(trusted)),
        released=hidden.released(source) if stored.locked or stored.task else source,
        locked=stored.locked,
        task=stored.task,
        stub=hidden.stub_lines & lines,
        checksum=stored.checksum,
    )


def _settings(name: str, trusted: NotebookNode | None) -> Settings:
    try:
        return Settings.read(trusted.metadata.get(SETTINGS, {}) if trusted else {})
    except ValueError as error:
        raise CourseError(f"cell {name}, metadata {SETTINGS!r}: {error}") from error


def _with_answers(cells: Iterable[SourceCell]) -> Iterator[SourceCell]:
    """A check grades the answers that stand between it and the check before, under its settings and all of theirs."""
    answers: list[SourceCell] = []
    for cell in cells:
        if cell.role is Role.ANSWER:
            answers.append(cell)
        elif cell.role is Role.CHECK:
            settings = reduce(or_, (answer.settings for answer in answers), cell.settings)
            cell = replace(cell, settings=settings, answers=tuple(answer.name for answer in answers))
            answers = []
        yield cell


def _role(cell: StoredCell) -> Role:
    if cell.points is None:
        return Role.ANSWER if cell.solution else Role.GIVEN
    return Role.WRITTEN if cell.solution or cell.task or cell.cell_type != "code" else Role.CHECK


def _is_skipped(cell: NotebookNode) -> bool:
    return SKIP in cell.metadata.get("tags", ())


def _imports(source: str) -> Iterator[str]:
    """The import statements on the top level of a cell."""
    return (ast.unparse(node) for node in statements(source) if isinstance(node, ast.Import | ast.ImportFrom))


def operators(source: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The classes on the top level of a cell, and the methods that stand in each."""
    for node in statements(source):
        if isinstance(node, ast.ClassDef):
            methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
            aliases = (target for item in node.body if isinstance(item, ast.Assign) for target in item.targets)
            methods |= {target.id for target in aliases if isinstance(target, ast.Name)}
            yield node.name, frozenset(methods)


def _trusted(folder: Path | None, name: str) -> NotebookNode | None:
    path = folder / f"{name}.ipynb" if folder else None
    return nbformat.read(path, as_version=4) if path and path.is_file() else None


def _files(course: Course, assignment: str, folder: Path | None) -> Iterable[tuple[str, Path]]:
    """What `nbgrader autograde` copies over a submission: all but notebooks, and what students shall change."""
    from nbgrader.converters import Autograde
    from nbgrader.utils import find_all_files

    own = course.configured(Autograde).exclude_overwriting.get(assignment, [])
    if folder is None:
        return
    for path in map(Path, find_all_files(str(folder), [*course.directory.ignore, "*.ipynb"])):
        inside = path.relative_to(folder).as_posix()
        if inside not in own:
            yield inside, path
