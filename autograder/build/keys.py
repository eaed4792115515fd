"""The keys that a cell of a chapter source may carry: on which kinds of cell, and what each may hold.

A new key is a row here, and a row of the table in docs/design.md. One that the examiner must know of is a field of
`assignment.Settings` instead: it travels with the cell by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum

from autograder.assignment import Settings
from autograder.build.coincidences import COINCIDENCE
from autograder.build.traps import TRAPS
from autograder.hidden import HIDDEN_TESTS, SOLUTION, Region


class Kind(StrEnum):
    """What a cell is for; its value is the key that says so. `PLAIN` cells carry no key."""

    GIVEN = "given"
    EXERCISE = "exercise"
    CHECK = "check"
    ALTERNATIVE = "alternative"
    MISTAKE = "mistake"
    WRITTEN = "written"
    EXPLORE = "explore"
    PLAIN = "plain"


FLAGS = (Kind.GIVEN, Kind.EXPLORE)
"""Kinds whose key is `true`; that of the others, but plain ones, is the name of an exercise or written answer."""
CELL_TYPE = {Kind.ALTERNATIVE: "raw", Kind.MISTAKE: "raw", Kind.WRITTEN: "markdown"}
"""The type that a cell of a kind must have; all others are code."""
REGIONS: dict[Kind, dict[Region, bool]] = {
    Kind.EXERCISE: {SOLUTION: True},
    Kind.CHECK: {HIDDEN_TESTS: False},
    Kind.WRITTEN: {SOLUTION: True},
}
"""The regions that a kind may hold; True if it must."""


@dataclass(frozen=True)
class Key:
    """A key besides the one that names the kind.

    on: the kinds that may carry it, and must if it is required.  expects, accepts: what it may hold, in words and as a
    test.  keep: what becomes of it in a `Cell`.  setting: it is one of the cell's `Settings`.
    """

    name: str
    on: tuple[Kind, ...]
    expects: str
    accepts: Callable[[object], bool]
    keep: Callable = lambda value: value
    required: bool = True
    setting: bool = False


def _is_points(value) -> bool:
    return type(value) in (int, float) and 0 <= value < 1000


def _are_reasons(value) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) and text.strip() for text in (*value, *value.values()))


def _are_traps(value) -> bool:
    return _are_reasons(value) and {name.split()[0] for name in value} <= {*TRAPS, COINCIDENCE}


KEYS = (
    Key("points", (Kind.CHECK, Kind.WRITTEN), "a number from 0", _is_points),
    Key(
        "says",
        (Kind.MISTAKE,),
        "the phrase its check answers with",
        lambda value: isinstance(value, str) and bool(value.strip()),
        str.strip,
    ),
    Key(
        "allows",
        (Kind.EXERCISE,),
        f"a reason for each trap that is no mistake here, of {', '.join((*TRAPS, COINCIDENCE))}",
        _are_traps,
        required=False,
    ),
    Key(
        "equivalent",
        (Kind.EXERCISE,),
        "a reason for each mutant that computes the same",
        _are_reasons,
        required=False,
    ),
    *(
        Key(
            field.name,
            (Kind.EXERCISE,),
            field.metadata["expects"],
            field.metadata["accepts"],
            required=False,
            setting=True,
        )
        for field in fields(Settings)
        if field.name != "keeps_inputs"  # follows from `allows`
    ),
)


def keys_on(kind: Kind) -> dict[str, Key]:
    """The keys that cells of a kind may carry, by name."""
    return {key.name: key for key in KEYS if kind in key.on}
