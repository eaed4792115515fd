"""Odd answers: what a right function returns, spoiled so that no check may take it for right."""

from collections.abc import Callable
from types import FunctionType

import numpy as np

WAYS = (
    *("NaN", "infinite", "text", "objects", "another shape", "constant"),
    *("an empty list", "empty arrays", "an object that claims to be an array", "such an object in each place"),
)


class Hollow:
    """What a student's class can claim: the attributes of an array, and nothing in it when a check loops over it.

    It compares with nothing, as the stand-in does that a check gets to see of such an object.
    """

    def __init__(self, answer):
        array = answer if isinstance(answer, np.ndarray | np.generic) else _outer(answer)
        self.ndim, self.shape, self.size, self.dtype = array.ndim, array.shape, array.size, array.dtype
        self._length = len(answer) if hasattr(answer, "__len__") else 1

    def __len__(self) -> int:
        return self._length

    def __iter__(self):
        return iter(())

    def __getitem__(self, key):
        return self

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other) -> bool:
        return self is other

    __hash__ = object.__hash__

    def copy(self):
        """Itself."""
        return self

    def tolist(self) -> list:
        """No items."""
        return []

    keys = values = items = tolist


def _outer(answer) -> np.ndarray:
    """An array that is as long as the answer; its items do not matter."""
    return np.zeros(len(answer)) if hasattr(answer, "__len__") else np.asarray(0.0)


class NothingToSpoil(BaseException):
    """No answer could be spoiled, so nothing is proved. Not an Exception, so that no check takes it for its own."""


def spoil_names(namespace: dict, names: list[str], way: str) -> list[str]:
    """Replace functions of a namespace by ones whose answers are spoiled in one of the WAYS.

    Returns a list to which each of them adds its name when it has spoiled an answer; None is no answer.
    Raises NothingToSpoil if there are no functions: the methods of a class answer to each other, too.
    """
    functions = [name for name in names if isinstance(namespace.get(name), FunctionType)]
    if not functions:
        raise NothingToSpoil("there is no function")
    spoiled: list[str] = []
    for name in functions:
        namespace[name] = _spoiled(namespace[name], way, spoiled)
    return spoiled


def _spoiled(function: Callable, way: str, done: list[str]) -> Callable:
    def spoiled(*arguments, **keywords):
        answer = function(*arguments, **keywords)
        if answer is None:
            return None
        try:
            answer = _WHOLE[way](answer) if way in _WHOLE else _spoil(answer, way)
        except Exception as error:  # our own: the check is not to blame
            raise NothingToSpoil(f"an answer cannot be spoiled: {type(error).__name__}: {error}") from error
        done.append(function.__name__)
        return answer

    return spoiled


_WHOLE = {"an empty list": lambda answer: [], "an object that claims to be an array": Hollow}
"""The ways that spoil an answer as a whole; the others spoil each part of it."""


def _spoil(answer, way: str):
    if isinstance(answer, tuple | list):
        items = [_spoil(item, way) for item in answer]
        make = getattr(answer, "_make", type(answer))  # a named tuple takes its items one by one
        return make(items) if items else np.nan
    if isinstance(answer, dict):
        return {key: _spoil(item, way) for key, item in answer.items()}
    if way == "such an object in each place":
        return Hollow(answer)
    array = np.asarray(answer)
    if array.dtype.kind not in "biuf":
        return np.nan
    match way:
        case "NaN":
            return np.full(array.shape, np.nan)[()]
        case "infinite":
            return np.full(array.shape, np.inf)[()]
        case "text":
            return array.astype(str)[()]
        case "objects":
            spoiled = np.empty(array.shape, dtype=object)
            spoiled.fill(object())
            return spoiled[()]
        case "another shape":
            return np.stack([array, array])
        case "empty arrays":
            return np.empty((0,) * max(array.ndim, 1), array.dtype)
        case "constant":
            return np.full(array.shape, 0.123)[()]
    raise ValueError(f"expected one of {WAYS}, got {way!r}")
