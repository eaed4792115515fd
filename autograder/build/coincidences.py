"""Coincidences: cases whose numbers cannot tell a slip from another one, or from the right answer.

A check names a mistake by the value that it leads to. Two mistakes with one value in a case are one too many: whoever
made the second is told the first. And in a visible check where n = d, where there is one neuron or where all entries
are equal, a wrong transpose, a missing sum or an exchanged index passes, and fails later, where nobody can look.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import combinations
from typing import Any

import numpy as np

from autograder.build import calls
from autograder.build.calls import Record, differ, plain

TOLERANCE = 1e-6
COINCIDENCE = "coincidence"
"""How a name begins that `allows` knows: the words of the report follow."""


def watched(namespace: dict) -> Callable[[], list[tuple[str, str]]]:
    """Look at the catalogs of mistakes that a check compares with: a function that gives pairs with the same value."""
    pairs: list[tuple[str, str]] = []

    def watch(check: Callable) -> Callable:
        @wraps(check)
        def call(*arguments, mistakes: Mapping[str, object] | None = None, **keywords):
            for (one, a), (other, b) in combinations((mistakes or {}).items(), 2):
                if not differ(_value(a), _value(b), TOLERANCE):
                    pairs.append((one, other))
            return check(*arguments, mistakes=mistakes, **keywords)

        return call

    for name in ("check_close", "check_equal", "check_gradient"):
        if name in namespace:
            namespace[name] = watch(namespace[name])
    return lambda: pairs


def _value(value: Any) -> Any:
    try:
        return plain(np.asarray(value)) if isinstance(value, list | tuple | float | int) else plain(value)
    except ValueError:  # a list of arrays of unequal shapes
        return plain(value)


def visible(namespace: dict, names: list[str]) -> Callable[[], list[str]]:
    """Record the cases of a check: a function that says what all of them have in common and should not."""
    records = calls.recorded(namespace, names)
    return lambda: [what for record in records.values() if record.calls for what in _in_common(record)]


def _in_common(record: Record) -> Iterator[str]:
    """What all calls of a function have in common and should not."""
    tables: dict[str, list[np.ndarray]] = {}
    for arguments in record.calls:
        for name, value in arguments.items():
            for key, array in _arrays(name, value):
                tables.setdefault(key, []).append(array)
    for name, arrays in tables.items():
        flat = [array for array in arrays if array.ndim == 2]
        if flat and len(flat) == len(arrays):
            if all(len(set(array.shape)) == 1 for array in flat):
                symmetric = all(np.array_equal(array, array.T) for array in flat)
                yield f"{name} is square" + " and symmetric" * symmetric
            elif any(all(array.shape[axis] == 1 for array in flat) for axis in (0, 1)):
                yield f"{name} has one row or one column"
        if all(array.size > 1 and array.dtype.kind == "f" and np.ptp(array) == 0 for array in arrays):
            yield f"all entries of {name} are equal"


def _arrays(name: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiu":
        yield name, value
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _arrays(f"{name}[{i}]", item)
