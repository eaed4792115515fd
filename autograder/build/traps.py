"""Traps: the right solution, wrapped so that it is wrong in one way that no source text needs to say.

A trap that a check calls with nothing on which it is wrong passes, of course. It is a hole all the same if the right
solution takes inputs on which it would be (`calls.probes`): nothing tries them.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any, NamedTuple

import numpy as np

from autograder.build import calls
from autograder.build.calls import Arguments, Record, TooLong, differ, mapped, outcome

SECONDS = 40.0
"""Of processor, for trying all traps of an exercise before the check sees them."""
EDGE = 1e-13
TOLERANCE, JUMP = 1e-6, 1e-3
"""From here on results differ, as `check_close` has it; and from there on there was an edge."""


@dataclass
class Call:
    """A call that a trap answers. place: what the trap is about; memory: of all calls; seen: by the visible check."""

    function: Callable
    arguments: Arguments
    place: str
    memory: dict
    seen: frozenset

    @property
    def value(self):
        """The argument that the trap is about."""
        return self.arguments[self.place]

    def right(self, **changes):
        """The right answer, to other arguments if need be."""
        called = inspect.signature(self.function).bind_partial()
        called.arguments.update(self.arguments | changes)
        return self.function(*called.args, **called.kwargs)

    def spoiled(self, change: Callable, kinds: str = "f"):
        """The right answer, changed; if there is none, what the function changes is."""
        before = calls.plain(self._state)
        answer = self.right()
        if answer is not None and answer is not self.arguments.get("self"):
            return mapped(answer, change, kinds)
        for name, value in self._state.items():
            if name in before and not differ(before[name], calls.plain(value), TOLERANCE):
                continue
            new = mapped(value, change, kinds)
            if "self" in self.arguments:
                setattr(self.arguments["self"], name, new)
            elif isinstance(value, np.ndarray) and isinstance(new, np.ndarray) and new.shape == value.shape:
                value[...] = new
        return answer

    @property
    def _state(self) -> Mapping[str, Any]:
        return vars(self.arguments["self"]) if "self" in self.arguments else self.arguments


class Trap(NamedTuple):
    """A way to be wrong.

    says: what the function does.  places: of a record, what it can do that with.  answer: a call.
    tolerance: from which on it is wrong.  probed: it can be that it is wrong, and no check calls it so.
    """

    says: str
    places: Callable[[Record], list[str]]
    answer: Callable[[Call], Any]
    tolerance: float = TOLERANCE
    probed: bool = True


# Where a trap can be


def _once(record: Record) -> list[str]:
    return [""]


def _each(is_one: Callable[[Any], bool]) -> Callable[[Record], list[str]]:
    """Each argument that ever is one."""
    return lambda record: [name for name in record.names if any(map(is_one, record.values(name)))]


_arrays = _each(calls.is_data)


def _data(record: Record) -> list[str]:
    """Each argument with floats in arrays; of a function without such, each that is a float."""
    arrays = [name for name in _arrays(record) if name not in record.codes]
    return arrays or _each(lambda value: type(value) is float or isinstance(value, np.floating))(record)


def _numbers(record: Record) -> list[str]:
    quantities = _each(lambda value: calls.is_data(value) or isinstance(value, float | np.floating))(record)
    return [name for name in quantities if name not in record.codes]


def _pairs(record: Record) -> list[str]:
    """Arguments of one kind that stand side by side."""
    kinds = {name: {_kind(value) for value in record.values(name)} for name in record.names}
    return [f"{a}, {b}" for a, b in zip(record.names, record.names[1:], strict=False) if kinds[a] & kinds[b]]


def _kind(value: Any) -> tuple:
    is_array = isinstance(value, np.ndarray)
    return (type(value).__name__, value.ndim, value.dtype.kind) if is_array else (type(value).__name__,)


def _is_container(value: Any) -> bool:
    return isinstance(value, list | dict | set) and bool(value)


def _slope(record: Record) -> list[str]:
    text = f"{record.function.__qualname__} {(inspect.getdoc(record.function) or '').partition(chr(10))[0]}"
    is_one = re.search(r"gradient|slope|derivative|∂", text) and not re.search(r"descent|step|update|train|fit", text)
    return [""] if is_one else []


_vector = _each(lambda value: isinstance(value, np.ndarray) and value.ndim == 1 and value.size > 1)
_table = _each(lambda value: isinstance(value, np.ndarray) and value.ndim == 2)
_labels = _each(lambda value: isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iu")
_count = _each(lambda value: type(value) is int)
_generator = _each(lambda value: isinstance(value, np.random.Generator))
_shared = _each(lambda value: value.size > 0 if isinstance(value, np.ndarray) else _is_container(value))
_widths = _each(lambda value: isinstance(value, list | tuple) and len(value) > 1 and calls.is_data(value))


# What it does


def _with(change: Callable[[np.ndarray], np.ndarray], kinds: str = "f") -> Callable[[Call], Any]:
    """The right answer to another input."""
    return lambda call: call.right(**{call.place: mapped(call.value, change, kinds)})


def _result(change: Callable[[np.ndarray], np.ndarray], kinds: str = "f") -> Callable[[Call], Any]:
    """Another result than the right one."""
    return lambda call: call.spoiled(change, kinds)


def _wrong(array: np.ndarray) -> np.ndarray:
    return ~array if array.dtype.kind == "b" else array + 1 if array.dtype.kind in "iu" else 1.5 * array + 0.25


def _wronged(call: Call):
    return call.spoiled(_wrong, "biuf")


def _in_place(call: Call):
    answer = call.right()
    if isinstance(answer, Iterator):  # its code runs after the call
        return _spoiling(answer, call.value)
    _spoil_in_place(call.value)
    return answer


def _spoiling(items: Iterator, value: Any) -> Iterator:
    yield from items
    _spoil_in_place(value)


def _spoil_in_place(value: Any) -> None:
    if isinstance(value, np.ndarray):
        value[...] = ~value if value.dtype.kind == "b" else value[::-1] if value.dtype.kind not in "iuf" else value + 1
    elif isinstance(value, list) and value and isinstance(value[0], np.ndarray | list | dict):
        _spoil_in_place(value[0])
    elif isinstance(value, list):
        value.append(value[0] if value else 0)
    elif isinstance(value, dict | set):
        value.clear()


def _integers(call: Call):
    whole = np.asarray(call.value).dtype.kind in "iu" if not isinstance(call.value, list | tuple | dict) else False
    return call.spoiled(lambda array: np.trunc(array).astype(int)) if whole else call.right()


def _without(axis: int, places: Callable[[int], Any], edge: int) -> Callable[[Call], Any]:
    """As if the table had a row or column less; where that leaves a hole in the answer, there is a zero."""

    def answer(call: Call):
        length = np.shape(call.value)[axis] if np.ndim(call.value) == 2 else 0
        if length < 2:
            return call.right()
        right = call.right()
        try:
            rest = {name: value for name, value in call.arguments.items() if name != "self"}
            found = call.right(**calls.resized(rest, length, places))
        except (ValueError, IndexError):
            found = None
        if not isinstance(right, np.ndarray) or np.shape(found) == np.shape(right):
            return right if found is None else found
        along = axis if np.ndim(right) > 1 else 0
        return np.where(_is_at(right, along, edge), np.zeros_like(right), right)

    return answer


def _is_at(array: np.ndarray, axis: int, place: int) -> np.ndarray:
    mask = np.zeros(array.shape, bool)
    if array.ndim:
        np.moveaxis(mask, axis, 0)[place] = True
    return mask


def _two_columns(call: Call):
    def first_two(array: np.ndarray) -> np.ndarray:
        return np.concatenate([array[:, :2], np.zeros_like(array[:, 2:])], axis=1) if array.ndim == 2 else array

    return _with(first_two)(call)


def _one_sample(call: Call):
    return _with(lambda array: np.repeat(array[:1], len(array), axis=0) if array.ndim == 2 else array)(call)


def _square(call: Call):
    shape = np.shape(call.value) if isinstance(call.value, np.ndarray) else ()
    if len(shape) == 2 and shape[0] != shape[1]:
        raise ValueError(f"shapes {shape} and {shape} not aligned: {shape[1]} (dim 1) != {shape[0]} (dim 0)")
    return call.right()


def _equal_widths(call: Call):
    shapes = {np.shape(array) for array in call.value}
    if len(shapes) > 1:
        raise ValueError(f"all the input array dimensions must match exactly, got {sorted(shapes)}")
    return call.right()


def _first_answer(call: Call):
    if "answer" not in call.memory:
        call.memory["answer"] = call.right()
    return call.memory["answer"]


def _state(call: Call):
    call.memory["count"] = call.memory.get("count", 0) + 1
    return call.right() if call.memory["count"] == 1 else _wronged(call)


def _visible_sizes(call: Call):
    if str(calls.sizes(call.arguments)) in call.seen:
        return call.right()
    raise IndexError("index 3 is out of bounds for axis 0 with size 3")


def _visible_values(call: Call):
    if digest(call.arguments) not in call.seen:
        return call.memory["answer"] if "answer" in call.memory else _wronged(call)
    call.memory["answer"] = call.right()
    return call.memory["answer"]


def digest(arguments: Arguments) -> str:
    """A short text that tells the values of a call from others."""
    return re.sub(r"\s+", " ", repr([calls.plain(value) for name, value in arguments.items() if name != "self"]))


def _other_generator(call: Call):
    call.memory["count"] = call.memory.get("count", 0) + 1
    return call.right(**{call.place: np.random.default_rng(987_654 + call.memory["count"])})


def _reseeded(call: Call):
    return call.right(**{call.place: np.random.default_rng(0)})


def _one_draw_more(call: Call):
    answer = call.right()
    call.value.random()
    return answer


def _swapped(call: Call):
    one, other = call.place.split(", ")
    if one not in call.arguments or other not in call.arguments:
        return call.right()
    return call.right(**{one: call.arguments[other], other: call.arguments[one]})


def _swapped_results(call: Call):
    answer = call.right()
    if not (isinstance(answer, tuple | list) and len(answer) > 1):
        return answer
    kinds = [_kind(item) for item in answer]
    at = next((i for i in range(len(answer) - 1) if kinds[i] == kinds[i + 1]), None)
    if at is None:
        return answer
    items = list(answer)
    items[at : at + 2] = items[at + 1], items[at]
    return getattr(answer, "_make", type(answer))(items)


def _one_wrong(index: int) -> Callable[[Call], Any]:
    def answer(call: Call):
        right = call.right()
        if isinstance(right, dict) and len(right) > 1:
            return {
                key: mapped(item, _wrong, "biuf") if i == index else item for i, (key, item) in enumerate(right.items())
            }
        if not (isinstance(right, tuple | list) and len(right) > 1 and index < len(right)):
            return right
        items = [mapped(item, _wrong, "biuf") if i == index else item for i, item in enumerate(right)]
        return getattr(right, "_make", type(right))(items)

    return answer


def _renumbered(call: Call):
    return _with(lambda y: np.unique(y, return_inverse=True)[1].reshape(y.shape), "iu")(call)


def _without_repeats(call: Call):
    value = call.value
    if not (isinstance(value, np.ndarray) and value.ndim and len(value) > 1):
        return call.right()
    first = np.sort(np.unique(value, axis=0, return_index=True)[1])
    if len(first) == len(value):
        return call.right()
    rest = {name: value for name, value in call.arguments.items() if name != "self"}
    return call.right(**calls.resized(rest, len(value), lambda n: first))


def _steeper(sign: int) -> Callable[[np.ndarray], np.ndarray]:
    """Break ties along the last axis."""
    return lambda a: a + sign * EDGE * np.maximum(1, np.abs(a)) * np.arange(a.shape[-1]) if a.ndim else a


def _shifted(sign: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda a: a + sign * EDGE * np.maximum(1, np.abs(a))


TRAPS: dict[str, Trap] = {
    "in_place": Trap("it changes an argument", _shared, _in_place),
    "truncates": Trap("it cuts its results to whole numbers", _once, _result(np.trunc)),
    "rounds": Trap("it rounds its results to four digits", _once, _result(lambda a: np.round(a, 4))),
    "integer_dtype": Trap("given integers, it answers with integers", _arrays, _integers),
    "last_row": Trap("it leaves out the last row", _table, _without(0, lambda n: range(n - 1), -1)),
    "first_row": Trap("it leaves out the first row", _table, _without(0, lambda n: range(1, n), 0)),
    "last_column": Trap("it leaves out the last column", _table, _without(1, lambda n: range(n - 1), -1)),
    "first_column": Trap("it leaves out the first column", _table, _without(1, lambda n: range(1, n), 0)),
    "last_entry": Trap("it leaves the last entry of its result zero", _once, _result(
        lambda a: np.where(_is_at(a, 0, -1), np.zeros_like(a), a) if a.ndim == 1 else a, "biuf")),
    "last_class": Trap("it never answers with the last class", _once, _result(
        lambda a: np.where(a == a.max(initial=0), 0, a) if a.ndim == 1 else a, "iu"), probed=False),
    "missing_class": Trap("it numbers the labels anew where one is missing", _labels, _renumbered),
    "two_columns": Trap("it looks at two columns only", _table, _two_columns),
    "one_sample": Trap("it looks at the first row only", _table, _one_sample),
    "square": Trap("it works for square tables only", _table, _square),
    "equal_widths": Trap("it works for tables of equal shapes only", _widths, _equal_widths),
    "squeezes": Trap("it squeezes its results", _once, _result(np.squeeze, "biuf")),
    "column": Trap("it takes a vector for a column", _vector, _with(lambda a: a.reshape(-1, 1), "biuf")),
    "visible_sizes": Trap("it works at the sizes of the visible check only", _once, _visible_sizes),
    "visible_values": Trap("it knows the answers of the visible check only", _once, _visible_values),
    "first_answer": Trap("it returns its first answer for ever", _once, _first_answer),
    "state": Trap("it is right the first time only", _once, _state),
    "other_rng": Trap("it draws from a generator of its own", _generator, _other_generator),
    "reseeds": Trap("it seeds a generator anew in each call", _generator, _reseeded),
    "one_draw_more": Trap("it draws one number too many", _generator, _one_draw_more),
    "swapped_arguments": Trap("it takes one argument for the other", _pairs, _swapped),
    "swapped_results": Trap("it exchanges two results", _once, _swapped_results),
    **{f"result_{i + 1}": Trap(f"its result {i + 1} is wrong", _once, _one_wrong(i)) for i in range(4)},
    "absolute": Trap("it takes absolute values of an argument", _data, _with(np.abs)),
    "absolute_result": Trap("it takes absolute values of its results", _once, _result(np.abs, "if")),
    "sign": Trap("the sign of its results is flipped", _once, _result(np.negative, "if")),
    "one_less": Trap("it does one step less", _count, _with(lambda n: n - 1, "i")),
    "one_more": Trap("it does one step more", _count, _with(lambda n: n + 1, "i")),
    "ties_first": Trap("of equal entries it favors the first", _data, _with(_steeper(-1)), JUMP),
    "ties_last": Trap("of equal entries it favors the last", _data, _with(_steeper(1)), JUMP),
    "edge_above": Trap("it counts what lies on an edge as above it", _numbers, _with(_shifted(1)), JUMP),
    "edge_below": Trap("it counts what lies on an edge as below it", _numbers, _with(_shifted(-1)), JUMP),
    "large": Trap("it cuts values off at ±100", _data, _with(lambda a: np.clip(a, -100, 100))),
    "tiny": Trap("it takes values below 0.001 for zero", _data, _with(lambda a: np.where(np.abs(a) < 1e-3, 0.0, a))),
    "zero": Trap("it takes zeros for ones", _data, _with(lambda a: np.where(a == 0, 1.0, a))),
    "negative": Trap("it takes negative values for zero", _data, _with(lambda a: np.maximum(a, 0))),
    "repeated": Trap("it counts equal rows once", _arrays, _without_repeats),
    "unsorted": Trap("it takes values as if they were sorted", _arrays, _with(
        lambda a: np.sort(a, axis=0) if a.ndim else a)),
    "differences": Trap("its slopes are measured, not derived", _slope, _result(lambda a: a * (1 + 1e-8)), 1e-9),
}  # fmt: skip
"""Every way to be wrong, by the name that `allows` knows."""


def table() -> str:
    """Every trap in a line, as Markdown."""
    return "\n".join(
        ("| trap | what the function does |", "|---|---|", *(f"| `{n}` | {t.says} |" for n, t in TRAPS.items()))
    )


# How they are tried


@dataclass(frozen=True)
class Found:
    """What was seen of a trap before the check sees it.

    bites: it is wrong in a call of the check; None if that is not known.  matters: an input that the exercise admits
    and on which it is wrong, "" if none was found.
    """

    target: str
    trap: str
    place: str
    bites: bool | None
    matters: str

    def called(self, single: bool) -> str:
        """A name for it."""
        about = [self.place] * bool(self.place) + [f"in {self.target}"] * (not single)
        return self.trap + f" ({' '.join(about)})" * bool(about)


def watched(namespace: dict, names: list[str]) -> Callable[[], list[str]]:
    """Record what a check calls: a function that says what it saw, sizes and values."""
    records = calls.recorded(namespace, names)

    def seen() -> list[str]:
        every = [arguments for record in records.values() for arguments in record.calls]
        return sorted({text for arguments in every for text in (str(calls.sizes(arguments)), digest(arguments))})

    return seen


def surveyed(namespace: dict, names: list[str], seen: frozenset) -> Callable[[], list[tuple]]:
    """Record what a check calls: a function that tries all traps on that, and gives the fields of `Found`s."""
    records = calls.recorded(namespace, names)
    return lambda: [found for name, record in records.items() if record.calls for found in _survey(name, record, seen)]


def set_in(namespace: dict, target: str, trap: str, place: str, seen: frozenset) -> None:
    """Put a trap in the place of a function."""
    (where,) = [each for each in calls.targets(namespace, [target.split(".")[0]]) if each[0] == target]
    calls.replace(*where[1:], lambda function, method: trapped(function, TRAPS[trap], place, seen))


def trapped(function: Callable, trap: Trap, place: str, seen: frozenset) -> Callable:
    """A function that is wrong in one way."""
    memory: dict = {}

    def answer(called: inspect.BoundArguments):
        call = Call(function, dict(called.arguments), place, memory, seen)
        if place and any(name not in call.arguments for name in place.split(", ")):
            return call.right()
        return trap.answer(call)

    return calls.outside(function, answer)


def _survey(target: str, record: Record, seen: frozenset) -> Iterator[tuple]:
    end = process_time() + SECONDS
    rights = [_attempt(record.function, arguments) for arguments in record.calls]
    admitted = list(_admitted(record, process_time() + SECONDS / 8))
    for name, trap in TRAPS.items():
        for place in trap.places(record):
            new = partial(trapped, record.function, trap, place, seen)
            bites = _bites(new(), record, rights, trap.tolerance, end)
            matters = "" if bites or not trap.probed else _matters(new, record, admitted, trap.tolerance, end)
            yield target, name, place, bites, matters


def _attempt(function: Callable, arguments: Arguments) -> Any:
    try:
        return outcome(function, arguments)
    except TooLong:
        return None


def _bites(function: Callable, record: Record, rights: list, tolerance: float, end: float) -> bool | None:
    """Whether it is wrong in a call; None if that is not known of all."""
    for arguments, right in zip(record.calls, rights, strict=True):
        if process_time() > end or right is None:
            return None
        if differ(right, _attempt(function, arguments), tolerance):
            return True
    return False if record.complete else None


def _admitted(record: Record, end: float) -> Iterator[tuple[str, Arguments, Any]]:
    """Inputs that a check did not use, which the right solution takes without complaint, and what it answers."""
    distinct = {str(calls.sizes(arguments)): arguments for arguments in record.calls}
    for arguments in list(distinct.values())[-5:]:
        for what, other in calls.probes(record, arguments):
            if process_time() > end:
                return
            try:
                yield what, other, outcome(record.function, other, strict=True)
            except (Exception, TooLong):
                continue


def _matters(new: Callable[[], Callable], record: Record, admitted: list, tolerance: float, end: float) -> str:
    for what, arguments, right in admitted:
        if process_time() > end:
            return ""
        function = new()
        _attempt(function, record.calls[0])  # what keeps a memory has one
        if differ(right, _attempt(function, arguments), tolerance):
            return what
    return ""
