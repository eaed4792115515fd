"""Containers beyond Python's own that travel as what they are: what each holds, and how one is made that holds it.

Classes are named by a short list on either side. What arrives is only ever put into them, never called.
"""

import builtins
import io
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

_FACTORIES = ("int", "float", "complex", "bool", "str", "bytes", "list", "tuple", "dict", "set", "frozenset")
"""What a `defaultdict` may make its values with by name; any other factory travels as functions do."""
_PYTHONS: tuple[type, ...] = (tuple, list, dict, set, frozenset, bytearray, str, int, float, bytes)
PLAIN: frozenset[type] = frozenset((*_PYTHONS, np.ndarray, np.matrix, np.memmap, np.ma.MaskedArray))
"""What subclasses are a kind of, if not of one that has a `Kind`."""


COMPARING = frozenset(
    """equals equal eq ne lt le gt ge allclose isclose array_equal isin
    startswith endswith issubset issuperset isdisjoint all any""".split()  # noqa: SIM905
)
"""Methods by which libraries compare. One of the student's would be told the expected value, and say what it likes."""


class Kind(NamedTuple):
    """A class whose instances travel by value.

    parts: what an instance holds, one after the other.  new: an empty one, of those of its parts that cannot change.
    fill: makes an instance hold other parts. Raises what the class does for parts out of form, or ValueError.
    """

    name: str
    parts: Callable[[Any], list]
    new: Callable[[list], Any]
    fill: Callable[[Any, list], None]


def exactly(kind: type) -> Kind | None:
    """How instances of this class travel, if it is one of ours."""
    if kind in _KINDS:
        return _KINDS[kind]
    for (module, name), known in _LIBRARIES.items():
        if kind.__name__ == name and kind is getattr(sys.modules.get(module), name, None):
            return known
    return None


def of(kind: type) -> Kind | None:
    """How instances of a class or of one derived from it travel, if not as one of `PLAIN`."""
    for base in kind.__mro__:
        if base in PLAIN:
            return None
        if known := exactly(base):
            return known
    return None


def named(name: str) -> Kind | None:
    """The kind of that name."""
    return _NAMES.get(name)


def is_more(value) -> bool:
    """Whether an instance of a subclass is more than what it is a kind of: has attributes, methods or operators.

    How it prints, converts and compares is no more: it would have no say in that.
    """
    kind = type(value)
    if exactly(kind):
        return _compares(pairs(value if isinstance(value, dict) else getattr(value, "__dict__", {})))
    fields = getattr(kind, "_fields", ())
    for base in kind.__mro__:
        if base in PLAIN or exactly(base):
            break
        if any((name in _OPERATORS if name.startswith("_") else name not in fields) for name in vars(base)):
            return True
    return kind not in PLAIN and not isinstance(value, SimpleNamespace) and bool(getattr(value, "__dict__", None))


_OPERATORS = {
    f"__{side}{name}__"
    for name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()  # noqa: SIM905
    for side in ("", "r", "i")
} | {f"__{name}__" for name in "neg pos abs invert getitem setitem delitem missing call enter exit next".split()}  # noqa: SIM905


def pairs(held: dict) -> list:
    """Keys and values of a dictionary in turn, whatever its class says of them."""
    items = OrderedDict.items(held) if isinstance(held, OrderedDict) else dict.items(held)
    return [part for item in items for part in item]


def _compares(parts: list) -> bool:
    """Whether these names and values would be an object with a method by which libraries compare."""
    return any(type(name) is str and name in COMPARING and callable(value) for name, value in _in_pairs(parts))


def _in_pairs(parts: list) -> Iterator[tuple]:
    return zip(parts[::2], parts[1::2], strict=True)


def refill(target: dict, parts: list) -> None:
    """Make a dictionary hold these keys and values."""
    kind: Any = OrderedDict if isinstance(target, OrderedDict) else dict  # the one keeps the order by itself
    made = dict(_in_pairs(parts))
    kind.clear(target)
    for key, value in made.items():
        kind.__setitem__(target, key, value)


def _mapping(name: str, kind: Callable[[], Any]) -> Kind:
    return Kind(name, pairs, lambda parts: kind(), refill)


def _of_library(module: str, name: str) -> Kind:
    """A dictionary whose keys are attributes, too."""
    return Kind(name, pairs, lambda parts: getattr(import_module(module), name)(), _fill_attributes)


def _fill_attributes(target: Any, parts: list) -> None:
    if _compares(parts):
        raise ValueError("a method of another's that compares")
    refill(target if isinstance(target, dict) else vars(target), parts)


def _default_parts(held: defaultdict) -> list:
    factory = held.default_factory
    name = getattr(factory, "__name__", None)
    known = name in _FACTORIES and factory is getattr(builtins, name)
    return [name if known else factory, *pairs(held)]


def _fill_default(target: defaultdict, parts: list) -> None:
    factory, *rest = parts
    if not (factory in _FACTORIES if type(factory) is str else factory is None or callable(factory)):
        raise ValueError("not a factory")
    target.default_factory = getattr(builtins, factory) if type(factory) is str else factory
    refill(target, rest)


def _fill_deque(target: deque, parts: list) -> None:
    target.clear()
    target.extend(parts[1:])


def _namespace_parts(held: SimpleNamespace) -> list:
    return pairs(vars(held))


def _fill_namespace(target: SimpleNamespace, parts: list) -> None:
    if not all(type(name) is str for name in parts[::2]):
        raise ValueError("not the name of an attribute")
    _fill_attributes(target, parts)


def _stream(kind: type) -> Kind:
    def fill(target, parts: list) -> None:
        text, position = parts
        if type(position) is not int or not 0 <= position < 2**31:
            raise ValueError("not a position")
        target.seek(0)
        target.truncate()
        target.write(text)
        target.seek(position)

    return Kind(kind.__name__, lambda held: [held.getvalue(), held.tell()], lambda parts: kind(), fill)


_KINDS: dict[type, Kind] = {
    Counter: _mapping("Counter", Counter),
    OrderedDict: _mapping("OrderedDict", OrderedDict),
    defaultdict: Kind("defaultdict", _default_parts, lambda parts: defaultdict(), _fill_default),
    deque: Kind(
        "deque", lambda held: [held.maxlen, *deque.__iter__(held)], lambda parts: deque(maxlen=parts[0]), _fill_deque
    ),
    SimpleNamespace: Kind("SimpleNamespace", _namespace_parts, lambda parts: SimpleNamespace(), _fill_namespace),
    io.StringIO: _stream(io.StringIO),
    io.BytesIO: _stream(io.BytesIO),
}
_LIBRARIES = {
    (module, name): _of_library(module, name)
    for module, name in (("scipy.optimize", "OptimizeResult"), ("sklearn.utils", "Bunch"))
}
_NAMES = {kind.name: kind for kind in (*_KINDS.values(), *_LIBRARIES.values())}
