"""What was released: the cells of an assignment with their roles and points. Plain data; instructor.py reads it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

NBGRADER_SCHEMA = 3
SKIP = "skip-execution"
"""The tag that nbclient, and so nbgrader, skips: a widget has nobody to talk to while grading."""
SETTINGS = "autograder"
"""The metadata key of a cell's `Settings`. It is read from the instructor's notebooks, never a student's."""


class Role(StrEnum):
    """What a cell is for when a submission is graded."""

    PLAIN = "plain"
    GIVEN = "given"
    """Locked and not graded: the tests may rely on it."""
    ANSWER = "answer"
    """Written by the student, graded by checks."""
    CHECK = "check"
    """A locked test cell with points."""
    WRITTEN = "written"
    """Graded by a person: an answer of the student, or a task."""


def _is_list_of_texts(value) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


@dataclass(frozen=True)
class Settings:
    """What an exercise asks of our grader and nbgrader does not know.

    Each field is a key of a cell's metadata; `expects` and `accepts` say what it may hold there.

    forbid: modules that a solution may not use.
    in_process: its check runs beside the student's code, which can then reach that check.
    keeps_inputs: a call that changes what it was given fails. A chapter says the opposite, and why: `allows: in_place`.
    """

    forbid: tuple[str, ...] = field(
        default=(), metadata={"expects": "a list of module names", "accepts": _is_list_of_texts}
    )
    in_process: bool = field(
        default=False, metadata={"expects": "true or false", "accepts": lambda value: isinstance(value, bool)}
    )
    keeps_inputs: bool = field(
        default=False, metadata={"expects": "true or false", "accepts": lambda value: isinstance(value, bool)}
    )

    @classmethod
    def read(cls, plain: Mapping) -> "Settings":
        """From metadata. Raises ValueError for a value that a setting cannot have; other keys are not ours."""
        found: dict[str, Any] = {}
        for known in fields(cls):
            if known.name in plain:
                value = plain[known.name]
                if not known.metadata["accepts"](value):
                    raise ValueError(f"expected `{known.name}` to be {known.metadata['expects']}, got {value!r}")
                found[known.name] = tuple(value) if isinstance(value, list) else value
        return cls(**found)

    @property
    def plain(self) -> dict:
        """As metadata: what is set."""
        named = {known.name: getattr(self, known.name) for known in fields(self)}
        changed = {name: value for name, value in named.items() if value != getattr(Settings, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}

    def __or__(self, other: "Settings") -> "Settings":
        """What holds for a check and its answers."""
        return Settings(
            (*self.forbid, *other.forbid),
            self.in_process or other.in_process,
            self.keeps_inputs or other.keeps_inputs,
        )


_VARIANT = re.compile(r"\bnnkit\.variant\b|\bfrom nnkit import [^\n]*\bvariant\b")

NO_SETTINGS = Settings()


@dataclass(frozen=True)
class Reach:
    """Which names that a check binds the student's code is to see, because the instructor's solution reads them.

    during: read by functions, so at once.  after: by later cells, so when the check is over.
    helpers: functions of the solution, which others call: replaced or deleted while the check runs.
    """

    during: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    helpers: frozenset[str] = frozenset()


NOWHERE = Reach()


@dataclass(frozen=True)
class SourceCell:
    """A cell that nbgrader knows, as the instructor wrote it (solutions cut, hidden tests there).

    settings: of an answer; of a check, those of the answers that it grades, whose names are `answers`.
    released: the text that students got, hidden tests cut.  locked: a submission's text of it counts nothing.
    task: a person grades whatever the student adds below it.  explore: skipped while grading.
    stub: the lines of an answer that stand where something is to be written.
    changes: the names that the solution of an answer binds, or changes in place.  reach: of what a check binds.
    """

    name: str
    cell_type: str
    source: str
    role: Role
    points: float = 0.0
    settings: Settings = NO_SETTINGS
    answers: tuple[str, ...] = ()
    explore: bool = False
    released: str = ""
    locked: bool = False
    task: bool = False
    stub: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    reach: Reach = NOWHERE
    checksum: str = ""


@dataclass(frozen=True)
class SourceNotebook:
    """The known cells in the instructor's order.

    imports: import statements of released cells that are not locked; tests may rely on them.
    given_names: what given cells and those imports bind; never the student's, whatever a submission does.
    own_names: what answers and released cells that are not locked bind: the student's, if a check has not bound it.
    operators: class → the methods (`__add__`, `equals`, …) that an exercise asks the student to give it.
    plain: the texts of code cells that carry no id; explorers: those of them that are skipped while grading.
    kernelspec: as JSON.
    script: the instructor's own code cells in order, but for checks and explorers, if there is such a notebook.
    """

    name: str
    cells: tuple[SourceCell, ...]
    imports: tuple[str, ...] = ()
    given_names: frozenset[str] = frozenset()
    own_names: frozenset[str] = frozenset()
    operators: dict[str, frozenset[str]] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    explorers: frozenset[str] = frozenset()
    kernelspec: str = "{}"
    script: tuple[tuple[Role, str], ...] = ()


@dataclass(frozen=True)
class Assignment:
    """An assignment, and the files released beside its notebooks: path inside its folder → where the file lies."""

    name: str
    notebooks: tuple[SourceNotebook, ...]
    files: dict[str, Path]

    @property
    def has_variants(self) -> bool:
        """Whether its numbers depend on the student: whether a cell of the instructor's imports `nnkit.variant`."""
        cells = (cell.source for notebook in self.notebooks for cell in notebook.cells if cell.locked)
        imports = (text for notebook in self.notebooks for text in notebook.imports)
        return any(_VARIANT.search(text) for text in (*cells, *imports))

    def in_process(self, places: Collection[str]) -> "Assignment":
        """With the checks in these places run beside the student's code.

        places: ASSIGNMENT, ASSIGNMENT/NOTEBOOK or ASSIGNMENT/NOTEBOOK/CELL; others may be of other assignments.
        Raises ValueError for one of this assignment that is not there.
        """
        mine = {place for place in places if place.split("/")[0] == self.name}
        checks = dict(self._checks())
        if missing := [place for place in sorted(mine) if not any(place in around for around in checks.values())]:
            raise ValueError(f"there is no {missing[0]!r}; the checks are {', '.join(map('/'.join, checks)) or 'none'}")
        chosen = {check for check, around in checks.items() if mine.intersection(around)}

        def with_modes(notebook: SourceNotebook) -> SourceNotebook:
            cells = (
                replace(cell, settings=replace(cell.settings, in_process=True))
                if (self.name, notebook.name, cell.name) in chosen
                else cell
                for cell in notebook.cells
            )
            return replace(notebook, cells=tuple(cells))

        return replace(self, notebooks=tuple(map(with_modes, self.notebooks))) if chosen else self

    def _checks(self) -> Iterator[tuple[tuple[str, str, str], tuple[str, ...]]]:
        """(assignment, notebook, cell) of each check, and the places that it is in."""
        for notebook in self.notebooks:
            for cell in notebook.cells:
                if cell.role is Role.CHECK:
                    key = (self.name, notebook.name, cell.name)
                    yield key, ("/".join(key[:1]), "/".join(key[:2]), "/".join(key))
