"""A page on which answers have passages in common that few others have: places to look, and no verdict.

What was released is no such passage, nor is what a tenth of the class has written. The fingerprints that the same m of
n students have are one passage, which counts log₂(n/m) times the square root of their number: the rarer and the longer,
the more, and a whole function that a few have found counts once, not once for each of its lines.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from markupsafe import Markup, escape
from scipy.sparse import csr_array

from autograder.assignment import Assignment, Role
from autograder.book.gradebook import open_gradebook
from autograder.course import Course
from autograder.errors import UserError
from autograder.out import inert, pages
from autograder.out.similar.winnowing import SURE, fingerprints, tokens
from autograder.results import Person

MOST_PAIRS = 50
LEAST = 8.0
"""What a pair has to have in common to be listed."""


@dataclass(frozen=True)
class Cell:
    """A cell with code of a student's. name: that of the exercise, "" for a cell that the student added."""

    name: str
    text: str

    @cached_property
    def places(self) -> dict[int, list[tuple[int, int]]]:
        return fingerprints(tokens(self.text))


@dataclass(frozen=True)
class Pair:
    """Two students and what they share.

    common: how much, as above.  share: of all rare passages of the one who has fewer.  cells: name, and the code of
    both with the shared passages marked, of each cell that has one.
    """

    students: tuple[str, str]
    common: float
    share: float
    cells: tuple[tuple[str, Markup, Markup], ...]


def read_code(course: Course, assignment: Assignment) -> dict[str, tuple[Cell, ...]]:
    """What each student has written of an assignment, as it was graded: answers in code, and cells of their own.

    Raises UserError if nobody handed in, or nothing is graded.
    """
    answers = {(n.name, c.name): c.name for n in assignment.notebooks for c in n.cells if c.role is Role.ANSWER}
    released = {text for n in assignment.notebooks for text in (*n.plain, *n.explorers)}
    found = {}
    for student in course.select_students(assignment.name):
        cells = []
        for notebook in assignment.notebooks:
            path = course.autograded_folder(assignment.name, student) / f"{notebook.name}.ipynb"
            for node in json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else ():
                text, name = inert.string(node["source"]), node["metadata"].get("nbgrader", {}).get("grade_id", "")
                own = (notebook.name, name) in answers or (not name and text not in released)
                if own and node["cell_type"] == "code":
                    cells.append(Cell(name, inert.shown(text)))
        if cells:
            found[student] = tuple(cells)
    if not found:
        raise UserError(f"nothing of {assignment.name!r} is graded yet: run `autograder grade {assignment.name}` first")
    return found


def released_code(assignment: Assignment) -> Iterator[str]:
    """What everybody was given, and whoever copies it copies nobody."""
    for notebook in assignment.notebooks:
        yield from (cell.released or cell.source for cell in notebook.cells if cell.cell_type == "code")
        yield from (*notebook.plain, *notebook.explorers)


def similar_pairs(
    code: Mapping[str, Sequence[Cell]], released: Collection[str] = (), *, only: Collection[str] = ()
) -> list[Pair]:
    """The pairs with most in common, by `common` times `share`. only: those in which one of these students is."""
    given = set(chain.from_iterable(fingerprints(tokens(text)) for text in released))
    students = sorted(code)
    holders: dict[int, list[int]] = {}
    for row, student in enumerate(students):
        for mark in set(chain.from_iterable(cell.places for cell in code[student])) - given:
            holders.setdefault(mark, []).append(row)
    # What a tenth of the class has is what one writes there; in a small class three may still have it of each other.
    rare = {mark: tuple(rows) for mark, rows in holders.items() if len(rows) <= max(3, len(students) // 10)}
    both = _in_common(Counter(rare.values()), len(students))
    own = both.diagonal()
    pairs = both.tocoo()
    chosen = np.isin(students, list(only or students))
    listed = (pairs.row < pairs.col) & (pairs.data >= LEAST) & (chosen[pairs.row] | chosen[pairs.col])
    first, second, amount = pairs.row[listed], pairs.col[listed], pairs.data[listed]
    share = amount / np.minimum(own[first], own[second])
    found = []
    for n in np.lexsort((second, first, -np.round(amount * share, 6)))[:MOST_PAIRS]:
        a, b = int(first[n]), int(second[n])
        shared = {mark for mark, rows in rare.items() if a in rows and b in rows}
        cells = tuple(_beside(code[students[a]], code[students[b]], shared))
        found.append(Pair((students[a], students[b]), float(amount[n]), float(share[n]), cells))
    return found


def _in_common(passages: Mapping[tuple[int, ...], int], students: int) -> csr_array:
    """What any two have in common, and on the diagonal what one has. passages: who has them → how many fingerprints."""
    weights = [np.log2(students / len(rows)) * np.sqrt(count) for rows, count in passages.items()]
    places = [(row, column) for column, rows in enumerate(passages) for row in rows]
    row, column = np.array(places, dtype=int).reshape(-1, 2).T
    has = csr_array((np.ones(len(places)), (row, column)), shape=(students, len(passages)))
    return csr_array(has.multiply(np.array(weights)[None, :]) @ has.T)


def write_similar(course: Course, assignment: Assignment, path: Path, *, only: Collection[str] = ()) -> list[Pair]:
    """Write the page, and return what is on it. Raises UserError as `read_code`, and for a student of no hand-in."""
    code = read_code(course, assignment)
    for student in only:
        if student not in code:
            raise UserError(f"{student!r} has no graded {assignment.name}")
    pairs = similar_pairs(code, tuple(released_code(assignment)), only=only)
    with open_gradebook(course) as book:
        people = book.people()
    called = {student: people.get(student, Person()).called(student) for student in code}
    path.parent.mkdir(parents=True, exist_ok=True)
    page = _template.render(assignment=assignment.name, students=len(code), pairs=pairs, called=called, sure=SURE)
    path.write_text(page, encoding="utf-8")
    return pairs


def _beside(left: Sequence[Cell], right: Sequence[Cell], shared: set[int]) -> Iterator[tuple[str, Markup, Markup]]:
    """Cell by cell, where one of both has a shared passage."""
    names = dict.fromkeys(cell.name for cell in (*left, *right) if shared & cell.places.keys())
    for name in names:
        columns = (Markup("\n\n").join(_marked(c, shared) for c in side if c.name == name) for side in (left, right))
        yield name, next(columns), next(columns)


def _marked(cell: Cell, shared: set[int]) -> Markup:
    """The code of a cell, shared passages between <mark> and </mark>."""
    spans = sorted(span for mark, places in cell.places.items() if mark in shared for span in places)
    html, done = Markup(), 0
    for start, end in _united(spans):
        html += escape(cell.text[done:start]) + Markup("<mark>") + escape(cell.text[start:end]) + Markup("</mark>")
        done = end
    return html + escape(cell.text[done:])


def _united(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places that overlap, as one."""
    start, end = None, 0
    for first, last in spans:
        if start is not None and first > end:
            yield start, end
            start = None
        start, end = first if start is None else start, max(end, last)
    if start is not None:
        yield start, end


_template = pages.template(Path(__file__).parent, pages.TABLES)
