"""How names go from cell to cell in the instructor's notebook: who binds, changes and reads them, in its order.

A student's text plays no part: what it says decides neither whose a name is, nor what it gets to see.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from autograder.assignment import Reach, Role, SourceCell
from autograder.names import bound, changed, helpers, read_first, read_later


class Step(NamedTuple):
    """A code cell that is run. name: "" for one that nbgrader does not know."""

    name: str
    role: Role
    source: str

    @property
    def students(self) -> bool:
        return self.role in (Role.PLAIN, Role.ANSWER, Role.WRITTEN)


def with_flow(cells: Iterable[SourceCell], steps: Iterable[Step]) -> Iterator[SourceCell]:
    """The cells with what their solutions change, and where what checks bind is to be seen."""
    steps = list(steps)
    modules = {name for step in steps for name in bound(step.source) - bound(step.source, imports=False)}
    in_place = {step: changed(step.source) - modules for step in steps}  # `np.add(a, b)` changes no `np`
    changes = {
        step.name: frozenset(name for name in bound(step.source, imports=False) | in_place[step] if name[0] != ".")
        for step in steps
        if step.role in (Role.ANSWER, Role.WRITTEN)
    }
    reach = dict(_reaches(steps, in_place))
    for cell in cells:
        yield replace(cell, changes=changes.get(cell.name, cell.changes), reach=reach.get(cell.name, cell.reach))


def _reaches(steps: list[Step], in_place: dict[Step, set[str]]) -> Iterator[tuple[str, Reach]]:
    """For each check, which of the names that it binds the solution reads.

    What the solution binds as well is left out: under such a name a check may keep what it expects. Functions are the
    exception: that another function calls them can be seen only by deleting or replacing them.
    """
    texts = [step.source for step in steps if step.students]
    later = {name for text in texts for name in read_later(text)}
    functions = {name for text in texts for name in helpers(text)}
    own = {name for text in texts for name in bound(text, imports=False)}
    first = _read_by_later_cells(steps)
    for step in steps:
        if step.role is Role.CHECK:
            binds = bound(step.source) | in_place[step]
            during = binds & later - own
            after = first[step.name] - own - during
            yield step.name, Reach(frozenset(during), frozenset(after), frozenset(binds & later & functions))


def _read_by_later_cells(steps: list[Step]) -> dict[str, set[str]]:
    """Check → the names that a cell of the student's reads, and that this check was the last to bind."""
    last: dict[str, Step] = {}
    found = defaultdict(set)
    for step in steps:
        for name in read_first(step.source) if step.students else ():
            if name in last and last[name].role is Role.CHECK:
                found[last[name].name].add(name)
        last.update(dict.fromkeys(bound(step.source), step))
    return found
