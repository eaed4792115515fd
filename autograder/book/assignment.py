"""What was released: the cells of an assignment with their roles and points. Plain data; instructor.py reads it."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

NBGRADER_SCHEMA = 3
SKIP = "skip-execution"
"""The tag that nbclient, and so nbgrader, skips: a widget has nobody to talk to while grading."""
SETTINGS = "autograder"
"""The metadata key of what only our grader knows. It is read from the instructor's notebooks, never a student's."""


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


@dataclass(frozen=True)
class SourceCell:
    """A cell that nbgrader knows, as the instructor wrote it (solutions cut, hidden tests there).

    released: the text that students got, hidden tests cut.  locked: a submission's text of it counts nothing.
    task: a person grades whatever the student adds below it.  explore: skipped while grading.
    """

    name: str
    cell_type: str
    source: str
    role: Role
    points: float = 0.0
    forbid: tuple[str, ...] = ()
    explore: bool = False
    released: str = ""
    locked: bool = False
    task: bool = False
    checksum: str = ""


@dataclass(frozen=True)
class SourceNotebook:
    """The known cells in the instructor's order.

    imports: import statements of released cells that are not locked; tests may rely on them.
    given_names: what given cells and those imports bind; never the student's, whatever a submission does.
    own_names: what answers and released cells that are not locked bind: the student's, if a check has not bound it.
    operators: class → the operators (`__add__`, …) that an exercise asks the student to give it.
    plain: the texts of code cells that carry no id; explorers: those of them that are skipped while grading.
    kernelspec: as JSON.
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


@dataclass(frozen=True)
class Assignment:
    """An assignment, and the files released beside its notebooks: path inside its folder → where the file lies."""

    name: str
    notebooks: tuple[SourceNotebook, ...]
    files: dict[str, Path]
