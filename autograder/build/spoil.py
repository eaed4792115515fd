"""Odd answers: what a right function returns, spoiled so that no check may take it for right."""

from collections.abc import Callable
from types import FunctionType

import numpy as np

WAYS = ("NaN", "infinite", "text", "objects", "another shape", "constant")


class NothingToSpoil(Exception):
    """There is nothing whose spoiling a check could be asked to notice."""


def spoil_names(namespace: dict, names: list[str], way: str) -> None:
    """Replace functions of a namespace by ones whose answers are spoiled in one of the WAYS.

    Raises NothingToSpoil if there are none: the methods of a class answer to each other, too.
    """
    functions = [name for name in names if isinstance(namespace.get(name), FunctionType)]
    if not functions:
        raise NothingToSpoil
    for name in functions:
        namespace[name] = _spoiled(namespace[name], way)


def _spoiled(function: Callable, way: str) -> Callable:
    def spoiled(*arguments, **keywords):
        answer = function(*arguments, **keywords)
        if answer is None:
            raise NothingToSpoil
        return _spoil(answer, way)

    return spoiled


def _spoil(answer, way: str):
    if isinstance(answer, tuple | list):
        return type(answer)(_spoil(item, way) for item in answer) if answer else np.nan
    if isinstance(answer, dict):
        return {key: _spoil(item, way) for key, item in answer.items()}
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
        case "constant":
            return np.full(array.shape, 0.123)[()]
    raise ValueError(f"expected one of {WAYS}, got {way!r}")
