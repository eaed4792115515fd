"""What our own objects held that a check has handed out, so that it can be put back.

The student's code may call their methods, and these may change them: instances of classes of a check or a given cell,
those classes, and all that they hold.
"""

from collections.abc import Collection
from contextlib import suppress
from types import MemberDescriptorType
from typing import Any

import numpy as np

from autograder.exam.names import is_of_a_cell
from autograder.exam.stand_ins import is_stand_in
from autograder.inside import tables, wire

MOST = 10_000  # objects that are put back after a check


class Kept:
    """The objects that a check has handed out, each with what it held then."""

    def __init__(self):
        self._held: dict[int, tuple[Any, Any]] = {}
        # The same as it was before the call that runs, if that has called a function of ours.
        self._at_call: dict[int, tuple[Any, Any]] | None = None

    def keep(self, value) -> None:
        """Remember what an object holds, and all that it holds."""
        waiting = [value]
        while waiting and len(self._held) < MOST:
            value = waiting.pop()
            if id(value) in self._held:
                continue
            held = _content(value)
            if held is not None:
                self._held[id(value)] = (value, held)
                if self._at_call is not None:
                    self._at_call[id(value)] = (value, held)
            waiting += _parts(value, held)

    def begin_call(self) -> None:
        """A function of ours is called by the student's, for the first time in a call of that one or again."""
        if self._at_call is None:
            self._at_call = {number: (value, _content(value)) for number, (value, _) in self._held.items()}

    def changed_in_call(self) -> list[tuple[Any, Any]]:
        """The call is over: what has changed since it began, each with what it held before."""
        before, self._at_call = self._at_call, None
        return [(value, held) for value, held in (before or {}).values() if not _holds(value, held)]

    def put_all_back(self) -> None:
        """Make all objects hold again what they held, and forget them."""
        for value, held in self._held.values():
            put_back(value, held)
        self._held.clear()


def _content(value):
    """What an object holds of its own that methods could change: a copy, for `put_back`; None if there is nothing."""
    if is_stand_in(value) or isinstance(value, np.random.Generator | np.random.RandomState):
        return None
    if wire.can_change(type(value)):
        return wire.held(value)
    if isinstance(value, type):
        return dict(vars(value)) if is_of_a_cell(value) else None
    return (_slots(value) or None) if is_of_a_cell(type(value)) else None


def _slots(value) -> dict[MemberDescriptorType, object]:
    """What an instance holds in slots of its class."""
    found = {}
    for kind in filter(is_of_a_cell, type(value).__mro__):
        for member in vars(kind).values():
            if isinstance(member, MemberDescriptorType):
                with suppress(AttributeError):  # empty
                    found[member] = member.__get__(value)
    return found


def _parts(value, held) -> Collection:
    """What an object that is kept holds, to be kept as well."""
    if is_stand_in(value) or wire.can_change(type(value)):
        return held if isinstance(held, list) else ()
    if type(value) is tuple:
        return value
    if isinstance(value, type) or not is_of_a_cell(type(value)):
        return held.values() if isinstance(held, dict) else ()
    classes = filter(is_of_a_cell, type(value).__mro__)
    return [*(held or {}).values(), getattr(value, "__dict__", None), *classes]


def _holds(value, held) -> bool:
    """Whether an object still holds what it held: the same objects, and in an array the same bytes."""
    now = _content(value)
    if now is None:  # slots that are empty now
        now = {}
    if isinstance(value, np.ndarray):
        return now.shape == held.shape and all(map(_same_bytes, _arrays(now), _arrays(held)))
    if isinstance(value, tables.kinds()):
        return tables.same(now, held)
    if isinstance(held, set):
        return {*map(id, now)} == {*map(id, held)}
    if isinstance(held, dict):
        now, held = ([part for pair in content.items() for part in pair] for content in (now, held))
    return len(now) == len(held) and all(map(_is_same, now, held))


def _arrays(array: np.ndarray) -> list[np.ndarray]:
    """An array, and its mask if it has one."""
    return [np.ma.getdata(array), np.ma.getmaskarray(array)] if isinstance(array, np.ma.MaskedArray) else [array]


def _same_bytes(one: np.ndarray, other: np.ndarray) -> bool:
    return one.tobytes() == other.tobytes()


def _is_same(one, other) -> bool:
    return one is other or (type(one) is type(other) and type(one) in (str, bytes, int) and one == other)


def put_back(value, held) -> None:
    """Make an object hold again what it held."""
    if isinstance(value, type):
        _restore_class(value, held)
        return
    if not is_of_a_cell(type(value)):
        wire.restore(value, held)
        return
    for member in _slots(value).keys() - held.keys():
        member.__delete__(value)
    for member, content in held.items():
        member.__set__(value, content)


def _restore_class(kind: type, held: dict) -> None:
    """Make a class have the attributes again that it had."""
    for name in vars(kind).keys() - held:
        delattr(kind, name)
    for name, value in held.items():
        if vars(kind).get(name) is not value:
            setattr(kind, name, value)
