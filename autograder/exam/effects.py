"""What a check does to names and objects of the student's, so that the worker can do it, too.

In one process a check that binds a global name binds it for the student's functions, and one that appends to a list
of the student's has appended to it. Here it tells the worker before the next question, if the instructor's solution
reads such a name (`Reach`), or the object was looked at in this check. What it tells is never read back: the
examiner's own objects stay what they are.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograder.assignment import NOWHERE, Reach
from autograder.exam.names import Names, is_of_a_cell
from autograder.exam.stand_ins import StandIn, facts, is_stand_in
from autograder.inside import wire
from autograder.inside.filling import FILLED
from autograder.inside.wire import Exchange, WireError
from autograder.names import changed

SMALL = 1_000  # items: objects up to this size are compared before each question, larger ones if the check names them
BY_NAME = 1_000  # bytes that a function of a module takes when it is pickled; an object that can be called takes more
MOST_HELD = 16  # objects of the student's that are remembered in a check: the last ones

_NOTHING, _DELETED = object(), object()  # in place of the value of a name that is not bound, or was deleted


class News(NamedTuple):
    """What the worker has to do: bind names, delete names, and fill objects, each [owner or None, name, content]."""

    bound: dict[str, Any]
    deleted: list[str]
    filled: list[list]


@dataclass(eq=False)
class Settled:
    """What stays of a check for the student's code. left_out: names whose values do not travel."""

    bound: dict[str, Any] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.bound or self.filled)

    def for_worker(self, is_lost: Callable[[object], bool]) -> tuple[dict, list]:
        """As a fresh worker can take it: without objects of the lost one."""
        bound = {name: value for name, value in self.bound.items() if _way(value, is_lost) == "value"}
        filled = [[None, name, value] for name, value in self.filled.items() if _way(value, is_lost) == "value"]
        return bound, filled


@dataclass
class _Held:
    """An object of the student's that the check has looked at: where, and what the worker knows it to hold."""

    owner: StandIn | None
    name: str
    value: Any
    known: bytes


class Effects:
    """The effects of one run of a check.

    reach: which of the names that it binds are told.  source: of the check.
    lent: names that earlier checks have bound to functions of their own, which are lent for one check at a time.
    is_lost: whether an object of the student's belongs to a worker that is no more.
    """

    def __init__(
        self,
        names: Names,
        reach: Reach = NOWHERE,
        source: str = "",
        *,
        lent: frozenset[str] = frozenset(),
        is_lost: Callable[[object], bool] = lambda value: False,
    ):
        self._names, self._reach, self._is_lost = names, reach, is_lost
        self._changed = changed(source)
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()
        self._filled: dict[str, Any] = {}
        self._told = {name: self._state(name) for name in reach.during | reach.helpers}
        self._told |= dict.fromkeys(lent, (_NOTHING, b""))
        self._before = names.plain
        self.told = False
        """Whether the worker was told anything."""

    # Objects that the check looks at

    def looked_at(self, operation: str, arguments: tuple, value):
        """What the check gets when it asks for a name, or an attribute: the object that it got the last time.

        If the student's code has changed something since, it is another: whether the student changed the object, or
        put a new one in its place, is not for the student to say.
        """
        owner: StandIn | None = None
        match operation, arguments:
            case "lookup", (str(name),):
                place: Hashable = name
            case "getattr", (owner, str(name)):
                place = (facts(owner).number, name)
            case "setattr" | "delattr", (owner, str(name), *_):
                self._held.pop((facts(owner).number, name), None)
                return value
            case _:
                return value
        if type(value) not in FILLED or not self._is_watched(name if owner is None else f".{name}", value):
            self._held.pop(place, None)
            return value
        known = _fingerprint(value)
        held = self._held.pop(place, None)
        if held is None or held.known != known:
            held = _Held(owner, name, value, known)
        if known:
            self._held[place] = held
        return held.value

    # What the worker does not know yet

    def news(self) -> News | None:
        """What has happened since the worker was told last."""
        bound: dict[str, Any] = {}
        deleted: list[str] = []
        for name, told in self._told.items():
            state = self._state(name)
            if state[0] is told[0] and state[1] == told[1]:
                continue
            self._told[name] = state
            if state[0] is _DELETED:
                deleted.append(name)
            elif state[0] is not _NOTHING and self._may_be_told(name, state[0]):
                bound[name] = state[0]
        filled = list(self._changes())
        if not (bound or deleted or filled):
            return None
        self.told = True
        return News(bound, deleted, filled)

    def settle(self) -> Settled:
        """What stays when the check is over. Its own functions do not: see `lent`."""
        bound, left_out = {}, []
        for name, value in self._bound():
            way = _way(value, self._is_lost)
            if way == "value" and (name not in self._reach.helpers or is_stand_in(value)):
                bound[name] = value
                if name in self._reach.helpers:
                    self._names.give_back(name)
            elif name in self._reach.after or not (way or name in self._reach.helpers):
                left_out.append(name)
        return Settled(bound, self._filled, tuple(left_out))

    def lends(self) -> frozenset[str]:
        """The names that are bound to functions of checks, for the checks that follow."""
        values = {name: dict.get(self._names, name, _NOTHING) for name in self._told}
        bound = {name for name, _ in self._bound()} | self._told.keys() - self._reach.during - self._reach.helpers
        return frozenset(name for name in bound & values.keys() if _way(values[name], self._is_lost) == "function")

    def _bound(self) -> Iterator[tuple[str, Any]]:
        """The names in reach that the check has bound, or whose objects it has changed."""
        reach = self._reach.during | self._reach.after | self._reach.helpers
        for name, value in self._names.plain.items():
            if name in reach and (self._before.get(name, _NOTHING) is not value or name in self._changed):
                yield name, value

    def _changes(self) -> Iterator[list]:
        for held in self._held.values():
            if (now := _fingerprint(held.value)) != held.known and _way(held.value, self._is_lost):
                held.known = now
                if held.owner is None:
                    self._filled[held.name] = held.value
                yield [held.owner, held.name, held.value]
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    def _may_be_told(self, name: str, value) -> bool:
        """A helper is replaced by something to call; plain data under its name may be what the check expects of it."""
        way = _way(value, self._is_lost)
        if name in self._reach.helpers:
            return way == "function" or (way == "value" and callable(value))
        return bool(way)

    def _state(self, name: str) -> tuple[object, bytes]:
        value = dict.get(self._names, name, _DELETED if name in self._names.deleted else _NOTHING)
        compared = type(value) in FILLED and self._is_watched(name, value)
        return value, _fingerprint(value) if compared else b""

    def _is_watched(self, word: str, value) -> bool:
        return word in self._changed or _is_small(value)


def _way(value, is_lost: Callable[[object], bool]) -> str:
    """How a value goes to the worker: "value" to stay, "function" for the time of a check, "" not at all.

    Plain data, tables, modules and what is found in one by its name stay; so do the student's own objects. Functions
    that a cell defined, and instances of its classes, stay in the examiner and can be asked while the check runs.
    """
    way = "value"

    def export(part, exchange: Exchange) -> list:
        nonlocal way
        if is_stand_in(part):
            if is_lost(part):
                raise WireError("an object of a process that has ended")
        elif not (isinstance(part, ModuleType) or _is_pickled(part)):
            if not (callable(part) or is_of_a_cell(type(part))):
                raise WireError(f"objects of type {type(part).__name__} stay here")
            way = "function"
        return ["object"]

    try:
        exchange = Exchange(export, lambda reference, exchange: None)
        exchange.pack(value)
        exchange.new_contents()
    except (WireError, RecursionError):
        return ""
    return way


def _is_pickled(value) -> bool:
    """Whether it is a table, or a function or class of a module, which goes by its name."""
    table = type(value).__module__.partition(".")[0] == "pandas"
    if not (table or (callable(value) and getattr(value, "__module__", None) != "__main__")):
        return False
    try:
        return len(pickle.dumps(value)) < BY_NAME or table
    except Exception:
        return False


def _is_small(value) -> bool:
    """Whether a value has at most SMALL items, those of its items counted in."""
    room, waiting = SMALL, [value]
    while waiting and room > 0:
        value = waiting.pop()
        room -= 1
        if isinstance(value, np.ndarray):
            room -= value.nbytes // 1_000 if not value.dtype.hasobject else value.size
        elif type(value) in (list, tuple, set, frozenset, dict):
            room -= len(value)
            if room > 0:
                waiting += value.values() if type(value) is dict else value
    return room > 0


class _Fingerprint(pickle.Pickler):
    """Equal bytes for equal plain data, whichever objects they are made of; anything else by who it is."""

    def __init__(self, file: BytesIO):
        super().__init__(file, protocol=5)
        self.fast = True

    def reducer_override(self, value):
        if is_stand_in(value):
            return int, (facts(value).number,)
        return NotImplemented if value is int or isinstance(value, wire.BY_VALUE) else (int, (id(value),))


def _fingerprint(value) -> bytes:
    """Of plain data; b"" if it has none, such as a list that holds itself."""
    file = BytesIO()
    try:
        _Fingerprint(file).dump(value)
    except Exception:
        return b""
    return file.getvalue()
