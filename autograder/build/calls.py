"""What a check calls a solution with: recorded, tried again with other inputs, and compared.

From the calls that a check makes come the inputs that an exercise admits: the same ones with fewer rows or columns,
whole, negative, large, tiny, equal or missing values. An input counts if the right solution takes it without complaint.
"""

import copy
import functools
import inspect
import itertools
import re
import signal
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from autograder.exam.clock import alarm

MOST_CALLS = 80
"""Calls of one function that are kept: more are counted, and told from these no more."""
SECONDS_PER_CALL = 2.0
DEEPEST = 6

Arguments = dict[str, Any]


_POSITIVE = re.compile(r"positive|≥ 0|> 0|not negative|non-?negative|variance|deviation|distance|count|rate\b")
_SMALL = re.compile(r"probabilit|between 0 and 1|\[0, 1\]|[Ss]hare")


class TooLong(BaseException):
    """A call took too long."""


@dataclass
class Record:
    """The calls of one function, in order: their arguments by name, as they were before. complete: all were kept."""

    function: Callable
    is_method: bool = False
    calls: list[Arguments] = field(default_factory=list)
    complete: bool = True

    def values(self, name: str) -> list:
        """What one argument was in all calls."""
        return [arguments[name] for arguments in self.calls if name in arguments]

    @property
    def codes(self) -> set[str]:
        """Arguments that only ever hold −1, 0 and 1: labels and marks, whose values mean something else."""
        return {name for name in self.names if all(map(_is_code, self.values(name)))}

    @property
    def positive(self) -> set[str]:
        """Arguments that may not be negative, as the docstring says."""
        return {name for name in self.names if _POSITIVE.search(self._said_of(name))} | self.small

    @property
    def small(self) -> set[str]:
        """Arguments that lie between 0 and 1, as the docstring says."""
        return {name for name in self.names if _SMALL.search(self._said_of(name))}

    @property
    def floats(self) -> set[str]:
        """Arguments that never hold integers, as the docstring says."""
        return {name for name in self.names if re.search(r"\bfloats?\b", self._said_of(name))}

    def _said_of(self, name: str) -> str:
        """What the docstring says of an argument: `name: …` or `one, name: …`, up to the next one."""
        text = inspect.getdoc(self.function) or ""
        about = re.search(
            rf"\b{name}\b[\w, ]*:(.*?)(?=\s\s\w[\w, ]*:|\n(?:Returns|Raises|\w[\w, ]*:)|\Z)", text, re.DOTALL
        )
        return about[1] if about else ""

    @property
    def names(self) -> list[str]:
        """The arguments by name, without an instance that a method belongs to."""
        names = list(inspect.signature(self.function).parameters)[self.is_method :]
        return [name for name in names if self.values(name)]


def targets(namespace: dict, names: list[str]) -> Iterator[tuple[str, Any, str]]:
    """The functions of a namespace, and those of its classes: a name for each, and the place where it stands."""
    for name in names:
        value = namespace.get(name)
        if isinstance(value, FunctionType):
            yield name, namespace, name
        elif isinstance(value, type):
            methods = [key for key, method in vars(value).items() if isinstance(method, FunctionType)]
            yield from ((f"{name}.{key}", value, key) for key in methods if key not in ("__repr__", "__str__"))


def replace(holder: Any, key: str, wrap: Callable[[Callable, bool], Callable]) -> None:
    """Put a wrapper in the place of a function of a namespace, or of a class."""
    if isinstance(holder, dict):
        holder[key] = wrap(holder[key], False)
    else:
        setattr(holder, key, wrap(vars(holder)[key], True))


def recorded(namespace: dict, names: list[str]) -> dict[str, Record]:
    """Keep from now on the calls of what a namespace holds under these names: a record of each function and method."""
    records: dict[str, Record] = {}

    def start(function: Callable, is_method: bool, *, target: str) -> Callable:
        records[target] = Record(function, is_method)
        return recorder(records[target])

    for target, holder, key in list(targets(namespace, names)):
        replace(holder, key, functools.partial(start, target=target))
    return records


def outside(function: Callable, instead: Callable[[inspect.BoundArguments], Any]) -> Callable:
    """A function of which each call, but for those that it makes to itself, is made by `instead`."""
    signature = inspect.signature(function)
    inside = False

    @functools.wraps(function)
    def call(*arguments, **keywords):
        nonlocal inside
        if inside:
            return function(*arguments, **keywords)
        inside = True
        try:
            return instead(signature.bind(*arguments, **keywords))
        finally:
            inside = False

    return call


def recorder(record: Record) -> Callable:
    """The function of a record, which keeps the arguments of its calls there."""

    def keep(bound: inspect.BoundArguments):
        if len(record.calls) < MOST_CALLS:
            try:
                record.calls.append(copy.deepcopy(dict(bound.arguments)))
            except Exception:  # what cannot be copied cannot be tried again
                record.complete = False
        else:
            record.complete = False
        return record.function(*bound.args, **bound.kwargs)

    return outside(record.function, keep)


def outcome(function: Callable, arguments: Arguments, *, strict: bool = False) -> Any:
    """What a call comes to, in plain values: its result, and what became of its arguments; or the exception's class.

    strict: raises what the function raises, and FloatingPointError for a number that is not finite.
    """
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update(copy.deepcopy(arguments))
    try:
        in_time = alarm(SECONDS_PER_CALL, TooLong(), signal.ITIMER_VIRTUAL)
        with in_time, warnings.catch_warnings(), np.errstate(all="raise" if strict else "ignore", under="ignore"):
            warnings.simplefilter("error" if strict else "ignore")
            result = plain(function(*bound.args, **bound.kwargs))
    except Exception as error:
        if strict:
            raise
        return type(error).__name__
    if strict and not _is_finite(result):
        raise FloatingPointError("a result that is not finite")
    return result, plain(dict(bound.arguments))


def plain(value: Any, depth: int = 0) -> Any:
    """A value as containers, arrays and numbers that can be compared; a generator of values is used up."""
    if isinstance(value, np.ndarray | np.generic):
        return np.array(value)
    if isinstance(value, str | bytes | bool | int | float | complex | type(None)):
        return value
    if isinstance(value, np.random.Generator):
        return str(value.bit_generator.state)
    if depth > DEEPEST or isinstance(value, type):
        return type(value).__name__
    if isinstance(value, list | tuple | set | frozenset):
        return type(value).__name__, [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Iterator):
        return [plain(item, depth + 1) for item in itertools.islice(value, 1000)]
    if isinstance(value, FunctionType):
        return "function", getattr(value, "spoiled_by", "")
    return type(value).__name__, plain(getattr(value, "__dict__", {}), depth + 1)


def differ(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two plain values are not the same to a relative tolerance."""
    if (
        isinstance(one, np.ndarray)
        and isinstance(other, np.ndarray)
        and {one.dtype.kind, other.dtype.kind} <= set("biuf")
    ):
        if one.shape != other.shape or (one.dtype.kind == "f") != (other.dtype.kind == "f"):
            return True
        with np.errstate(all="ignore"):
            return not np.allclose(one, other, rtol=tolerance, atol=tolerance * 1e-3, equal_nan=True)
    if isinstance(one, float | int) and isinstance(other, float | int):
        return differ(np.array(one), np.array(other), tolerance)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) != len(other) or any(differ(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() != other.keys() or any(differ(one[key], other[key], tolerance) for key in one)
    return type(one) is not type(other) or bool(np.any(one != other))


def mapped(value: Any, change: Callable, kinds: str = "f") -> Any:
    """A value with each array and number of some kinds (of dtypes) changed; one of the others comes back as it is."""
    if isinstance(value, np.ndarray | np.generic | float | int):
        array = np.asarray(value)
        if array.dtype.kind not in kinds:
            return value
        changed = np.asarray(change(array))
        return changed if changed.ndim or isinstance(value, np.ndarray) else _like(changed[()], value)
    if isinstance(value, tuple | list):
        items = [mapped(item, change, kinds) for item in value]
        return getattr(value, "_make", type(value))(items)
    if isinstance(value, dict):
        return {key: mapped(item, change, kinds) for key, item in value.items()}
    if isinstance(value, Iterator):
        return (mapped(item, change, kinds) for item in value)
    if isinstance(value, FunctionType):
        spoiled = functools.wraps(value)(lambda *a, **k: mapped(value(*a, **k), change, kinds))
        vars(spoiled)["spoiled_by"] = change
        return spoiled
    for key, item in vars(value).items() if hasattr(value, "__dict__") and not isinstance(value, type) else ():
        if isinstance(item, np.ndarray | np.generic | float | int):
            setattr(value, key, mapped(item, change, kinds))
    return value


def _like(number: Any, value: Any) -> Any:
    return number if isinstance(value, np.generic) else number.item()


def is_data(value: Any) -> bool:
    """Whether a value is an array of floats, or a list of floats or of such arrays."""
    if isinstance(value, list | tuple):
        return bool(value) and (_is_row(value) or all(map(is_data, value)))
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def sizes(arguments: Arguments) -> tuple:
    """The shapes and lengths of all arguments."""
    return tuple(_size(value) for value in arguments.values())


def probes(record: Record, arguments: Arguments) -> Iterator[tuple[str, Arguments]]:
    """The arguments of a call, changed in ways that an exercise may admit: what is new about them, and they."""
    every = {name: value for name, value in arguments.items() if name != "self"}
    free = {name: value for name, value in every.items() if name not in record.codes}

    def changed(change: Callable, *, but: Collection[str] = (), codes: Callable | None = None) -> Arguments:
        new = {name: _each(value, change) for name, value in free.items() if name not in but}
        return (
            arguments
            | new
            | ({name: _each(every[name], codes) for name in every.keys() - free.keys()} if codes else {})
        )

    yield "integers", changed(_whole, but=record.small | record.floats, codes=lambda a: a.astype(int))
    yield "large values", changed(lambda a: a * 1e3, but=record.small)
    for what, change in _VALUES.items():
        yield what, changed(change)
    yield "other values", changed(lambda a: a + np.sin(np.arange(a.size) + 1.0).reshape(a.shape), but=record.small)
    for name, value in every.items():
        if _is_labels(value):
            yield f"no label {value.min()}", arguments | {name: np.where(value == value.min(), value.max(), value)}
        if isinstance(value, list | tuple) and len(value) > 1 and isinstance(value[0], np.ndarray):
            more = _each(value[0], lambda a: np.concatenate([a, a[:1]]))
            yield f"tables of unequal shapes in {name}", arguments | {name: type(value)([more, *value[1:]])}
    for name, value in free.items():
        if isinstance(value, float | np.floating) and name not in record.small:
            yield f"another {name}", arguments | {name: value * 1.2345678 + 0.12345678}
        if isinstance(value, np.ndarray | float) and not _is_labels(value) and name not in record.positive:
            yield f"a negative {name}", arguments | {name: -value}
    for length in sorted({length for value in every.values() for length in _lengths(value)}):
        if length > 1:
            yield f"{length - 1} for {length}", arguments | resized(every, length, lambda n: range(n - 1))
            yield f"1 for {length}", arguments | resized(every, length, lambda n: range(1))
        yield f"{length + 1} for {length}", arguments | resized(every, length, lambda n: [*range(n), 0])
        yield f"{length + 1} rows for {length}", arguments | resized(every, length, lambda n: [*range(n), 0], rows=True)


def resized(arguments: Arguments, length: int, places: Callable[[int], Any], *, rows: bool = False) -> Arguments:
    """The arguments with other places along every axis of this length, or every first one."""

    def change(array: np.ndarray) -> np.ndarray:
        for axis, found in enumerate(array.shape[:1] if rows else array.shape):
            if found == length:
                array = array.take(list(places(length)), axis=axis)
        return array

    return {name: _each(value, change, "biuf") for name, value in arguments.items()}


_VALUES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "the same again": lambda a: a,
    "whole numbers": np.rint,
    "whole numbers, and equal ones": lambda a: np.rint(a / (np.abs(a).max() or 1) * 2),
    "half of the values zero": lambda a: np.where(np.arange(a.size).reshape(a.shape) % 2, a, 0.0),
    "tiny values": lambda a: a * 1e-4,
    "rows in another order": lambda a: a[::-1].copy(),
    "equal rows": lambda a: np.repeat(a[:1], len(a), axis=0),
}


def _whole(array: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(np.nan_to_num(array) * 3, -(2**31), 2**31)).astype(int)


def _each(value: Any, change: Callable, kinds: str = "f") -> Any:
    """Like `mapped`, of arrays and lists of floats only."""
    if _is_row(value):
        return _each(np.array(value), change, kinds).tolist()
    if isinstance(value, list | tuple) and value and all(isinstance(item, np.ndarray | list | tuple) for item in value):
        return getattr(value, "_make", type(value))([_each(item, change, kinds) for item in value])
    if isinstance(value, np.ndarray) and value.dtype.kind in kinds and value.ndim and value.size:
        return change(value)
    return value


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, float) for item in value)


def _is_code(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and bool(np.isin(value, (-1, 0, 1)).all())


def _is_labels(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.ndim == 1 and value.size > 0


def _lengths(value: Any) -> set[int]:
    if isinstance(value, list | tuple):
        return {len(value)} if _is_row(value) else set().union(*map(_lengths, value))
    return set(value.shape) if isinstance(value, np.ndarray) else set()


def _size(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape
    if isinstance(value, list | tuple):
        return len(value), *{_size(item) for item in value}
    return ()


def _is_finite(value: Any) -> bool:
    if isinstance(value, np.ndarray | float) and np.asarray(value).dtype.kind == "f":
        return bool(np.isfinite(value).all())
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list | tuple) else True
