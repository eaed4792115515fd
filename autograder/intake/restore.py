"""Puts a submitted notebook in order: every known cell once and at its place, locked ones as the instructor wrote them.

Which cells there are, what they are worth and what the locked ones say comes from the assignment. A submission gives
the text of its answers and the cells that the student added; nothing else that it says of itself is believed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from autograder.assignment import (
    NBGRADER_SCHEMA,
    NO_SETTINGS,
    NOWHERE,
    SKIP,
    Reach,
    Role,
    Settings,
    SourceCell,
    SourceNotebook,
)
from autograder.intake.notebook import RawCell
from autograder.names import definitions

PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}
_SHOWN = 10
_GONE = {
    "code": "# This cell was missing from the submission.",
    "markdown": "*This cell was missing from the submission.*",
}
_Places = list[tuple[SourceCell | None, RawCell | None]]
"""What stands at each place of the restored notebook: the known cell, and the submitted one, where there is one."""


@dataclass(frozen=True)
class SubmittedCell:
    """A cell to grade. Of a locked cell the text is the instructor's; a cell of the student's own has no name.

    own: written or changed by the student, so that somebody may want to see its figures.
    settings, unfinished: of a check: those of the answers that it grades, and whether one of them still has a stub.
    released: what students have seen of a locked cell.  reach: of what a check binds.
    """

    name: str
    role: Role
    cell_type: str
    source: str
    own: bool = False
    explore: bool = False
    settings: Settings = NO_SETTINGS
    points: float = 0.0
    released: str = ""
    unfinished: bool = False
    reach: Reach = NOWHERE

    @property
    def filename(self) -> str:
        """What tracebacks call the cell."""
        return f"<{self.name}>"


@dataclass(frozen=True)
class SubmittedNotebook:
    """One notebook of a submission, put in order.

    cells and notebook["cells"] are the same cells in the same order; `notebook`, as JSON, becomes the autograded one.
    notes: what was found and mended, a sentence each, for the instructor.  problem: why it cannot be graded.
    tampered: locked cells whose text had been changed.  missing: known cells that were not there.
    unanswered: answers that still have the text they were released with.
    """

    name: str
    cells: tuple[SubmittedCell, ...] = ()
    notebook: dict = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    tampered: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    unanswered: frozenset[str] = frozenset()
    problem: str = ""


def restore(source: SourceNotebook, submitted: Sequence[RawCell], notes: Iterable[str] = ()) -> SubmittedNotebook:
    """The notebook that is graded, from the cells of a submission."""
    known = {cell.name: cell for cell in source.cells}
    claims = _claims(known, submitted)
    counting = {name: _the_one(known[name], cells) for name, cells in claims.items()}
    name_of = {id(cell): name for name, cell in counting.items()}
    places: _Places = [(known.get(name_of.get(id(cell), "")), cell) for cell in submitted]
    moved = _put_back(source, places)
    missing = [cell for cell in source.cells if cell.name not in counting]
    for cell in missing:
        # An answer that is gone stays gone: its stub would undo what the student defined in a cell of their own.
        if cell.role is not Role.ANSWER:
            places.insert(_place(cell, source, places), (cell, None))
    tampered = {name for name, cell in counting.items() if known[name].locked and not _as_released(known[name], cell)}
    unanswered = {
        name
        for name, cell in counting.items()
        if known[name].role in (Role.ANSWER, Role.WRITTEN)
        and not known[name].task
        and cell.source == known[name].source
    }
    unfinished = {name for name, cell in counting.items() if _has_stub(known[name], cell)}
    mistyped = [name for name, cell in counting.items() if known[name].cell_type != cell.cell_type]
    strangers = [cell.grade_id for cell in submitted if cell.grade_id and cell.grade_id not in known]
    remarks = (
        ("several cells claim to be it, one was chosen", [name for name, cells in claims.items() if len(cells) > 1]),
        ("changed, and put back as the instructor wrote it", sorted(tampered)),
        ("moved, and put back", moved),
        ("deleted, and put back", [cell.name for cell in missing if cell.role is not Role.ANSWER]),
        ("deleted", [cell.name for cell in missing if cell.role is Role.ANSWER]),
        ("of another cell type than released, which was mended", mistyped),
        ("an unknown id, taken as a cell of the student's own", strangers),
    )
    cells = tuple(_cell(known_cell, raw, source, unfinished) for known_cell, raw in places)
    return SubmittedNotebook(
        name=source.name,
        cells=cells,
        notebook=_notebook(source, cells, places),
        notes=(*notes, *(f"{_listed(names)}: {remark}" for remark, names in remarks if names)),
        tampered=frozenset(tampered),
        missing=frozenset(cell.name for cell in missing),
        unanswered=frozenset(unanswered),
    )


def count_known(source: SourceNotebook, submitted: Iterable[RawCell]) -> int:
    """How many cells of the instructor's notebook are in a submitted one."""
    return len({cell.name for cell in source.cells} & {claim for cell in submitted for claim in _ids(cell)})


def _ids(cell: RawCell) -> tuple[str, ...]:
    """What a cell may be known by. Tools that drop nbgrader's metadata often leave Jupyter's id, which may be equal."""
    return (cell.grade_id,) if cell.grade_id else (cell.cell_id,)


def _claims(known: dict[str, SourceCell], submitted: Sequence[RawCell]) -> dict[str, list[RawCell]]:
    """Known name → the cells that claim it, in order. An nbgrader id goes before a Jupyter id.

    An answer that lost both (pasted into a new cell, or in a tool that keeps no ids) is known by what it defines.
    """
    claims: dict[str, list[RawCell]] = {}
    for cell in submitted:
        if cell.grade_id in known:
            claims.setdefault(cell.grade_id, []).append(cell)
    by_cell_id = {cell.cell_id: [cell] for cell in submitted if not cell.grade_id and cell.cell_id in known}
    claims = by_cell_id | claims
    lost = [cell for cell in known.values() if cell.role is Role.ANSWER and cell.name not in claims]
    return claims | (_by_definition(lost, claims, submitted) if lost else {})


def _by_definition(
    lost: list[SourceCell], claims: dict[str, list[RawCell]], submitted: Sequence[RawCell]
) -> dict[str, list[RawCell]]:
    """The cells without a known id that define what a lost answer is asked to; of several the last, as in Python."""
    claimed = {id(cell) for cells in claims.values() for cell in cells}
    free = [cell for cell in submitted if id(cell) not in claimed and cell.cell_type == "code"]
    defined = [(cell, definitions(cell.source)) for cell in free]
    found = {}
    for answer in lost:
        asked_for = definitions(answer.source)
        if fitting := [cell for cell, names in defined if asked_for and asked_for <= names]:
            found[answer.name] = fitting[-1:]
    return found


def _the_one(source: SourceCell, claimants: list[RawCell]) -> RawCell:
    """Of several cells with one id the first that is as it should be: a locked one unchanged, an answer not."""
    good = (cell for cell in claimants if _as_released(source, cell) == source.locked)
    return next(good, claimants[0])


def _as_released(source: SourceCell, cell: RawCell) -> bool:
    return cell.source.strip() in (source.released.strip(), source.source.strip())


def _put_back(source: SourceNotebook, places: _Places) -> list[str]:
    """Give the known cells the instructor's order, moving as few as possible. Returns the names of those that moved.

    A given cell that came after the checks would leave them without its names, and a check before its answer would
    find none; so of an order that was changed nothing is kept but where the student's own cells stand.
    """
    position = {cell.name: i for i, cell in enumerate(source.cells)}
    present = [cell for cell, _ in places if cell]
    staying = _longest_increasing([position[cell.name] for cell in present])
    moved = [(cell, raw) for cell, raw in places if cell and position[cell.name] not in staying]
    places[:] = [place for place in places if place not in moved]
    for cell, raw in sorted(moved, key=lambda place: position[place[0].name]):
        places.insert(_place(cell, source, places), (cell, raw))
    return [cell.name for cell, _ in moved]


def _longest_increasing(numbers: Sequence[int]) -> set[int]:
    """A longest subsequence of different numbers that increases."""
    runs: list[list[int]] = []  # runs[i]: the best that ends with numbers[i]
    for i, number in enumerate(numbers):
        before = [run for run, last in zip(runs, numbers[:i], strict=True) if last < number]
        runs.append([*_longest(before), number])
    return set(_longest(runs))


def _longest(runs: Iterable[list[int]]) -> list[int]:
    return max(runs, key=lambda run: len(run), default=[])


def _place(cell: SourceCell, source: SourceNotebook, places: _Places) -> int:
    """Where a cell belongs that was deleted or moved.

    Behind the cell that came before it, as nbgrader does. Is that one gone too, a given cell goes as far up as it may,
    and a graded one as far down, behind whatever the student wrote instead of the answer; so does an answer, behind
    what it may need.
    """
    index_of = {known.name: i for i, (known, _) in enumerate(places) if known}
    position = source.cells.index(cell)
    before = [index_of.get(other.name) for other in reversed(source.cells[:position])]
    after = [index_of.get(other.name) for other in source.cells[position + 1 :]]
    if cell.role is Role.GIVEN or (cell.role is not Role.ANSWER and before and before[0] is not None):
        return next((i + 1 for i in before if i is not None), 0)
    return next((i for i in after if i is not None), len(places))


def _has_stub(source: SourceCell, cell: RawCell) -> bool:
    """Whether an answer still holds a line that stood where it was to be written."""
    return any(line.strip().startswith(stub) for line in cell.source.splitlines() for stub in source.stub)


def _cell(known: SourceCell | None, raw: RawCell | None, source: SourceNotebook, unfinished: set[str]) -> SubmittedCell:
    if known is None:
        assert raw is not None  # a place holds a known cell or a submitted one
        explore = raw.cell_type == "code" and raw.source in source.explorers
        return SubmittedCell("", Role.PLAIN, raw.cell_type, raw.source, raw.source not in source.plain, explore)
    answer = raw.source if raw else f"{_GONE[known.cell_type]}\n\n{known.source}"
    text = known.source if known.locked else answer
    return SubmittedCell(
        name=known.name,
        role=known.role,
        cell_type=known.cell_type,
        source=text,
        own=not known.locked,
        explore=known.explore,
        settings=known.settings,
        points=known.points,
        released=known.released,
        unfinished=not unfinished.isdisjoint(known.answers),
        reach=known.reach,
    )


def _notebook(source: SourceNotebook, cells: Sequence[SubmittedCell], places: _Places) -> dict:
    kernelspec = json.loads(source.kernelspec) or PYTHON
    taken: set[str] = set()
    nodes = []
    for i, (cell, (known, raw)) in enumerate(zip(cells, places, strict=True)):
        wanted = raw.cell_id[:64] if raw and raw.cell_id else cell.name[:64] or f"cell-{i}"
        cell_id, number = wanted, i
        while cell_id in taken:
            cell_id, number = f"{wanted[:50]}-{number}", number + 1
        taken.add(cell_id)
        node: dict = {
            "cell_type": cell.cell_type,
            "id": cell_id,
            "metadata": _metadata(known, cell),
            "source": cell.source,
        }
        if cell.cell_type == "code":
            node |= {"execution_count": None, "outputs": []}
        elif raw and raw.attachments:
            node["attachments"] = raw.attachments
        nodes.append(node)
    metadata = {"kernelspec": kernelspec, "language_info": {"name": "python"}}
    return {"cells": nodes, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _metadata(known: SourceCell | None, cell: SubmittedCell) -> dict:
    tags = {"tags": [SKIP]} if cell.explore else {}
    if known is None:
        return tags
    points = {"points": known.points} if known.role in (Role.CHECK, Role.WRITTEN) else {}
    checksum = {"checksum": known.checksum} if known.checksum else {}  # nbgrader makes none for a task
    claims = {
        "schema_version": NBGRADER_SCHEMA,
        "grade_id": known.name,
        "grade": known.role is Role.CHECK or (known.role is Role.WRITTEN and not known.task),
        "solution": known.role is Role.ANSWER or (known.role is Role.WRITTEN and not known.task),
        "locked": known.locked,
        "task": known.task,
        "cell_type": known.cell_type,
        **checksum,
        **points,
    }
    return tags | {"nbgrader": claims}


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
