"""Which released cells a submission needs: read from its text and from what was seen of them (`survey.py`).

A cell is needed if something that is the student's own, or a check, depends on it, directly or through other cells; and
wherever it cannot be known. A name that a cell reads leads back to the cell that bound it, and to all that changed it
since. One that a check reads leads to whatever binds or changes it anywhere; one that a function reads, to what has
bound it when the function is defined, and to all that bind or change it later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.assignment import Role, SourceNotebook
from autograder.exam.quiet import handed_on, is_quiet, is_transparent, quiet_names, settings_of
from autograder.exam.survey import SeenCell, Survey
from autograder.intake.restore import SubmittedCell
from autograder.names import bound, definitions, imported_first, is_python, makes, read_first, read_later, reads


@dataclass(frozen=True)
class Plan:
    """Which cells of a notebook are not run, in the worker and here: by number, among those that would be.

    outputs: of those that show the same for everybody.  names: what skipped cells bind or change.
    """

    in_worker: frozenset[int] = frozenset()
    here: frozenset[int] = frozenset()
    outputs: Mapping[int, tuple[dict, ...]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


RUN_ALL = Plan()


@dataclass(frozen=True)
class Released:
    """A released cell: what was seen of it, and what its text says.

    now, later: names that it reads from before it, and those that its functions read.
    changes: names that it binds or may change.  makes: those that it surely binds anew.  heads: those that it imports
    first of all, before a function of its own could read them.
    definitions: the functions and classes among them.
    """

    seen: SeenCell
    role: Role
    now: frozenset[str]
    later: frozenset[str]
    changes: frozenset[str]
    makes: frozenset[str]
    heads: frozenset[str]
    definitions: frozenset[str]
    is_transparent: bool


@dataclass(frozen=True)
class Outline:
    """All that is known of a notebook before there is a submission: worked out once for a class.

    here: which of the cells, by number, are needed on the side of the checks.
    asked_for: names that checks may look up from the student.  quiet: names of what leaves no trace when it is used.
    settings: names of collections of constants that no released cell hands on.
    loose: names that ever held anything but modules, functions, classes and constants.
    """

    cells: tuple[Released, ...]
    here: frozenset[int]
    asked_for: frozenset[str]
    quiet: frozenset[str]
    settings: frozenset[str]
    loose: frozenset[str]

    @classmethod
    def of(cls, notebook: SourceNotebook, survey: Survey) -> "Outline":
        answers = [source for role, source in notebook.script if role in (Role.ANSWER, Role.WRITTEN)]
        roles = [role for role, _ in notebook.script if role not in (Role.ANSWER, Role.WRITTEN)]
        cells = tuple(_released(seen, role) for seen, role in zip(survey.cells, roles, strict=True))
        checks = [cell.source for cell in notebook.cells if cell.role is Role.CHECK]
        given = {i: cell for i, cell in enumerate(cells) if cell.role is Role.GIVEN}
        shared = {i for i, cell in given.items() if cell.seen.world}
        kept = {name for cell in given.values() for name in cell.changes}
        kept -= {name for cell in notebook.cells for name in cell.changes}  # these are the student's from there on
        here = _trace(given, later={name for source in checks for name in reads(source)}) | shared
        texts = [cell.seen.source for cell in cells]
        settings = settings_of(texts)
        return cls(
            cells=cells,
            here=frozenset(here),
            asked_for=frozenset(_asked_for(checks) - kept),
            quiet=quiet_names(texts, (name for text in answers for name in bound(text)), settings),
            settings=settings,
            loose=frozenset(name for cell in cells for name in cell.changes) - survey.fixed,
        )

    def plan(self, cells: Sequence[SubmittedCell]) -> Plan:
        """What to leave out of a submission: nothing, if its released cells are not those that were seen, in order."""
        running = [cell for cell in cells if cell.cell_type == "code" and not cell.explore]
        standing = [i for i, cell in enumerate(running) if not cell.own and cell.role is not Role.CHECK]
        texts = [(i, cell.source) for i, cell in enumerate(running) if cell.own and cell.role is not Role.CHECK]
        as_seen = [running[i].source for i in standing] == [cell.seen.source for cell in self.cells]
        beside = any(cell.settings.in_process for cell in running)  # a check that runs there may need anything
        if not as_seen or beside or not all(is_transparent(source) for _, source in texts):
            return RUN_ALL
        own = [(sum(i < number for i in standing), source) for number, source in texts if is_python(source)]
        touched = self._touched(source for _, source in own)
        last = max((i for i, cell in enumerate(running) if cell.own or cell.role is Role.CHECK), default=-1)
        # Nothing that is graded comes after that, whatever these do.
        over = {i for i, place in enumerate(standing) if place > last and self.cells[i].role is Role.PLAIN}
        needed = self._needed(own, touched, over)
        if not all(self.cells[i].is_transparent for i in needed):
            return RUN_ALL  # such a cell may need any other
        skipped = [i for i in range(len(self.cells)) if i not in needed]
        unused = [i for i, cell in enumerate(self.cells) if cell.role is Role.GIVEN and i not in self.here]
        return Plan(
            in_worker=frozenset(standing[i] for i in skipped),
            here=frozenset(standing[i] for i in unused),
            outputs={standing[i]: self.cells[i].seen.outputs for i in skipped if i not in touched},
            names=frozenset(name for i in skipped if i not in over for name in self.cells[i].changes),
        )

    def _touched(self, own: Iterable[str]) -> set[int]:
        """The cells that use what the student wrote, directly or through other cells."""
        names = {name for source in own for name in bound(source)}
        found: set[int] = set()
        while more := {i for i, cell in enumerate(self.cells) if i not in found and (cell.now | cell.later) & names}:
            found |= more
            names = names.union(*(self.cells[i].changes for i in more))
        return found

    def _needed(self, own: Sequence[tuple[int, str]], touched: set[int], over: set[int]) -> set[int]:
        """The cells to run in the worker.

        own: texts of the student's cells, each behind so many of the released.  over: cells that come too late.
        """
        cells = {i: cell for i, cell in enumerate(self.cells) if i not in over}
        touched = touched - over
        must = {i for i, cell in cells.items() if cell.seen.world or (i in touched and cell.seen.failed)}
        # Instances of given classes travel there, which has to know the class; and what a given cell makes here of the
        # student's objects belongs to the worker that ran it.
        must |= {i for i in self.here if self.cells[i].definitions or i in touched}
        # These stay so, unless the student's code gives them away.
        settings = self.settings.difference(*(bound(source) | handed_on(source) for _, source in own))
        if not is_quiet([source for _, source in own], self.quiet | settings):
            must |= touched
        now, late, later = set(), set(), set(self.asked_for)
        for place, source in own:
            now |= {(name, place) for name in read_first(source)}
            late |= {(name, place) for name in read_later(source)}
        must |= {i for name, place in late for i in _around(cells, name, place)}
        needed = _trace(cells, now=now, later=later, must=must)
        wanted = {name for name, _ in now | late} | later.union(*(cells[i].now | cells[i].later for i in needed))
        if wanted & (self.loose - settings):
            # What the student's code does to an argument may reach released data that is needed, whatever its name.
            needed = _trace(cells, now=now, later=later, must=must | touched)
        return needed


def _released(seen: SeenCell, role: Role) -> Released:
    return Released(
        seen=seen,
        role=role,
        now=frozenset(read_first(seen.source)),
        later=frozenset(read_later(seen.source)),
        changes=frozenset(bound(seen.source) | seen.changes | (seen.opaque & reads(seen.source))),
        makes=frozenset() if seen.failed else frozenset(makes(seen.source)),
        heads=frozenset(imported_first(seen.source)),
        definitions=frozenset(definitions(seen.source)),
        is_transparent=is_transparent(seen.source, released=True),
    )


def _trace(
    cells: Mapping[int, Released],
    *,
    now: Iterable[tuple[str, int]] = (),
    later: Iterable[str] = (),
    must: Iterable[int] = (),
) -> set[int]:
    """The cells that wanted names lead to, and those that must be run, with all that these lead to.

    now: names with the number of the cell in front of which they are read.  later: names that are read at any time.
    """
    found: set[int] = set()
    followed: set = set()
    waiting: list = [*now, *later]
    reached = list(must)
    while waiting or reached:
        while reached:
            number = reached.pop()
            if number not in found:
                found.add(number)
                waiting += [(name, number) for name in cells[number].now]
                for name in cells[number].later:
                    reached += _around(cells, name, number + (name in cells[number].heads))
        if waiting:
            want = waiting.pop()
            if want not in followed:
                followed.add(want)
                reached += _behind(cells, want) if isinstance(want, tuple) else _anywhere(cells, want)
    return found


def _behind(cells: Mapping[int, Released], want: tuple[str, int]) -> Iterator[int]:
    """The cell that bound a name last before a place, and those that may have changed it since."""
    name, place = want
    for number in sorted((number for number in cells if number < place), reverse=True):
        if name in cells[number].changes:
            yield number
        if name in cells[number].makes:
            return


def _around(cells: Mapping[int, Released], name: str, place: int) -> Iterator[int]:
    """The cells that bind or change what a function, defined at a place, finds under a name when it is called."""
    yield from (number for number, cell in cells.items() if number >= place and name in cell.changes)
    yield from _behind(cells, (name, place))


def _anywhere(cells: Mapping[int, Released], name: str) -> Iterator[int]:
    return (number for number, cell in cells.items() if name in cell.changes)


def _asked_for(checks: Iterable[str]) -> set[str]:
    """The names that checks may look up from the student: those that no check up to there has bound.

    One that reads a name before it binds it escapes this, and is met while it runs: `Examiner.doubt`.
    """
    asked: set[str] = set()
    made: set[str] = set()
    for source in checks:
        made |= bound(source)
        asked |= reads(source) - made
    return asked
