"""The examiner's view of a student's objects: stand-ins that pass on what a check does with them.

Arrays, numbers, strings and containers arrive by value; what is left (functions, classes, instances, iterators) stays
in the worker and is a `StandIn` here. A stand-in is careful in one respect: a student's object never takes part in
deciding a check. It is not equal to plain data whatever its `__eq__` says, and it is not handed an expected value to
subtract itself from, unless the exercise asks for just that operator of just that class.
"""

import inspect
import operator
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn, Protocol, TypeGuard

import numpy as np

from autograder.exam.names import is_of_a_cell
from autograder.inside.kinds import COMPARING

# What may be read of the double-underscore names. The others are protocols through which a library would let the
# object run code or name memory addresses (`__array_interface__`).
_READABLE = frozenset(
    """__name__ __qualname__ __module__ __doc__ __dict__ __annotations__ __code__ __defaults__ __kwdefaults__
    __closure__ __wrapped__ __self__ __func__ __bases__ __mro__ __slots__ __members__
    __init__ __new__ __call__ __repr__ __str__ __len__ __iter__ __next__ __getitem__""".split()  # noqa: SIM905
)
_PANDAS = "_typ"
"""By this pandas knows its own tables; it would loop over the columns that such an object claims, which may be none."""


class Home(Protocol):
    """The examiner's end of the conversation with the worker that an object lives in: `exam.student.Student`."""

    def ask(self, operation: str, *arguments) -> Any: ...
    def nearest_class(self, lineage: "Lineage") -> type | None: ...
    def signature(self, stand_in: "StandIn") -> inspect.Signature: ...
    def is_asked_for(self, stand_in: "StandIn", method: str) -> bool: ...
    def out_of_form(self, reason: str) -> NoReturn: ...


Lineage = tuple[tuple[str, str], ...]
"""Module and name of a class and of those that it is derived from, up to the first of a library, as the worker says."""


class Facts(NamedTuple):
    """What we know of a student's object: the Student it belongs to, its number there, its class."""

    home: "Home"
    number: int
    class_number: int
    lineage: Lineage
    value: Any = None  # of a constant: what it is a kind of


class StandIn:
    """An object in the worker. Every attribute is the student's; ours are read with `facts(stand_in)`."""

    __slots__ = ("_facts",)

    def __init__(self, known: Facts):
        object.__setattr__(self, "_facts", known)

    def __getattribute__(self, name: str):
        if name == "__class__":
            known = facts(self)
            return known.home.nearest_class(known.lineage) or type(self)
        if name == "__signature__":
            return facts(self).home.signature(self)
        if (name.startswith("__") and name.endswith("__") and name not in _READABLE) or name == _PANDAS:
            return object.__getattribute__(self, name)
        if name in COMPARING and not facts(self).home.is_asked_for(self, name):
            raise AttributeError(f"an object or class of a student's has no say in {name!r}")
        return _ask(self, "getattr", name)

    def __setattr__(self, name: str, value) -> None:
        _ask(self, "setattr", name, value)

    def __delattr__(self, name: str) -> None:
        _ask(self, "delattr", name)

    def __dir__(self):
        return _ask(self, "dir")

    def __repr__(self) -> str:
        return _ask(self, "text", "repr", kind=str)

    def __str__(self) -> str:
        return _ask(self, "text", "str", kind=str)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __hash__(self) -> int:
        return hash(facts(self).number)

    def __len__(self) -> int:
        length = _ask(self, "len", kind=int)
        if not 0 <= length <= sys.maxsize:
            facts(self).home.out_of_form("not a length")
        return length

    def __iter__(self):
        return _ask(self, "iter")

    def __next__(self):
        return _ask(self, "next")

    def __bool__(self) -> bool:
        return _ask(self, "number", "bool", kind=bool)

    def __float__(self) -> float:
        return _ask(self, "number", "float", kind=float)

    def __int__(self) -> int:
        return _ask(self, "number", "int", kind=int)

    def __complex__(self) -> complex:
        return _ask(self, "number", "complex", kind=complex)

    def __index__(self) -> int:
        return _ask(self, "number", "index", kind=int)

    def __array__(self, dtype=None, copy=None):
        return np.array(_ask(self, "array", kind=np.ndarray), dtype)

    def __getitem__(self, key):
        return _ask(self, "getitem", key)

    def __setitem__(self, key, value) -> None:
        _ask(self, "setitem", key, value)

    def __delitem__(self, key) -> None:
        _ask(self, "delitem", key)

    def __await__(self):
        return _ask(self, "await")
        yield  # makes this a generator, as Python wants it: it never waits

    def __aiter__(self):
        return _ask(self, "aiter")

    async def __anext__(self):
        return _ask(self, "anext")

    def __enter__(self):
        return _ask(self, "enter")

    def __exit__(self, kind, error, trace) -> bool:
        return _ask(self, "exit", None if error is None else str(kind.__name__), str(error)) is True

    def __contains__(self, item) -> bool:
        if is_stand_in(item) or facts(self).home.is_asked_for(self, "__contains__"):
            return _ask(self, "contains", item) is True
        return any(item is each or item == each for each in self)

    def __eq__(self, other) -> bool:
        if is_stand_in(other):
            return _ask(self, "eq", other) is True
        # An instance of a given class compares by the instructor's code, which looks at the attributes of both.
        return NotImplemented if is_of_a_cell(type(other)) and isinstance(self, type(other)) else False

    def __ne__(self, other) -> bool:
        return not self == other


class CallableStandIn(StandIn):
    """A function, method or callable instance."""

    __slots__ = ()

    def __call__(self, *arguments, **keywords):
        return _ask(self, "call", arguments, tuple(keywords.items()))


class ClassStandIn(CallableStandIn):
    """A class."""

    __slots__ = ()

    def __getattribute__(self, name: str):
        if name == "__class__":
            return type
        if name.startswith("__") and facts(self).home.is_asked_for(self, name):
            return _ask(self, "getattr", name)
        return super().__getattribute__(name)

    def __instancecheck__(self, instance) -> bool:
        return is_stand_in(instance) and _ask(instance, "isinstance", self) is True

    def __subclasscheck__(self, kind) -> bool:
        return is_stand_in(kind) and _ask(kind, "issubclass", self) is True


CONSTANT = (str, bytes, int, float, tuple, frozenset)


class ValuedStandIn(StandIn):
    """An instance of a class of the student's that is a kind of string, number, list and so on, and more than that.

    Its attributes and methods are the student's. To plain data it compares, and with them it computes, as the plain
    value that it is a kind of. A constant is that value in all respects; of what can change it is asked for.
    """

    __slots__ = ()

    def __getattribute__(self, name: str):
        value = facts(self).value
        return type(value) if name == "__class__" and value is not None else super().__getattribute__(name)

    def __hash__(self) -> int:
        return hash(_plain(self))

    def __eq__(self, other) -> bool:
        return super().__eq__(other) if is_stand_in(other) else _plain(self) == other

    def __ne__(self, other) -> bool:
        return not self == other


def _plain(stand_in: ValuedStandIn):
    """The value that it is a kind of."""
    value = facts(stand_in).value
    if value is None:
        value = _ask(stand_in, "value")
        if is_stand_in(value):
            facts(stand_in).home.out_of_form("not a value")
    return value


class LaterStandIn(StandIn):
    """An iterator: what its code does, it does when it is gone through."""

    __slots__ = ()


class CoroutineStandIn(LaterStandIn):
    """A coroutine. It runs to its end in the worker when somebody waits for it, in whichever loop."""

    __slots__ = ()

    def __getattribute__(self, name: str):
        if name in ("send", "throw", "close"):
            return object.__getattribute__(self, name)
        return super().__getattribute__(name)

    def send(self, value):
        raise StopIteration(_ask(self, "await"))

    def __next__(self):  # in place of `send(None)`
        self.send(None)

    def throw(self, error):
        raise error

    def close(self) -> None:
        _ask(self, "close")


def stand_in(view: type[StandIn], known: Facts) -> StandIn:
    """An object of the student's. Its class bears the name that it has there: whatever says it, says the student's."""
    kind: Any = view  # no type that a checker would take for hashable
    return view(known) if view is ClassStandIn else _named(known.lineage[0][1].rpartition(".")[2], kind)(known)


@lru_cache(1_000)
def _named(name: str, view: Any) -> Any:
    """A class of stand-ins with a name of the student's."""
    return type(name if name.isidentifier() else "object", (view,), {"__slots__": ()})


ClassStandIn.__name__ = "type"  # what the class of a class is called


def is_stand_in(value) -> TypeGuard[StandIn]:
    """Whether a value lives in the worker. `isinstance` would believe what the object says of its class."""
    return issubclass(type(value), StandIn)


def kind_of(value: Any) -> Any:
    """What `type(value)` is in the eyes of a check: of a student's object its class, ours where it is one of ours."""
    if not is_stand_in(value) or type(value) is ClassStandIn:
        return type if is_stand_in(value) else type(value)
    known = facts(value)
    ours = known.home.nearest_class(known.lineage[:1])
    return ours or ClassStandIn(Facts(known.home, known.class_number, known.class_number, known.lineage))


def is_derived(kind: Any, of: Any) -> bool:
    """What `issubclass(kind, of)` is in the eyes of a check."""
    if type(kind) is not ClassStandIn:
        return issubclass(kind, of)
    known = facts(kind)
    theirs: Any = kind
    ours = known.home.nearest_class(known.lineage) or object
    every = of if isinstance(of, tuple) else (of,)
    return any(issubclass(theirs if is_stand_in(each) else ours, each) for each in every)


def facts(stand_in: StandIn) -> Facts:
    """What we know of it."""
    return object.__getattribute__(stand_in, "_facts")


@contextmanager
def sources_served() -> Iterator[None]:
    """Let `inspect` read the source of a student's functions, methods and classes from the worker."""
    plain_text, plain_lines = inspect.getsource, inspect.getsourcelines

    def text(value: Any) -> str:
        return _ask(value, "source", kind=str) if is_stand_in(value) else plain_text(value)

    def lines(value: Any):
        return (text(value).splitlines(keepends=True), 1) if is_stand_in(value) else plain_lines(value)

    # A type checker would have it that nobody may.
    setattr(inspect, "getsource", text)  # noqa: B010
    setattr(inspect, "getsourcelines", lines)  # noqa: B010
    try:
        yield
    finally:
        setattr(inspect, "getsource", plain_text)  # noqa: B010
        setattr(inspect, "getsourcelines", plain_lines)  # noqa: B010


def _ask(stand_in: StandIn, operation: str, *arguments, kind: type | None = None):
    """Ask the worker.

    kind: of the answer. The worker makes it so (`len` and `repr` see to it); from another one we part.
    """
    answer = facts(stand_in).home.ask(operation, stand_in, *arguments)
    if kind is not None and type(answer) is not kind:
        facts(stand_in).home.out_of_form(f"expected {kind.__name__} from {operation}, got {type(answer).__name__}")
    return answer


def _compares(operation: str):
    """An order. Never against plain data: `loss < 0.1` is for the check to decide, not for the student's object."""

    def method(self, other):
        return _ask(self, operation, other) if is_stand_in(other) else NotImplemented

    return method


def _computes(operation: str, method_name: str, *, reflected: bool = False):
    """An operator, passed on if all operands are the student's or the exercise asks for it."""

    def method(self, *other):
        if not (all(map(is_stand_in, other)) or facts(self).home.is_asked_for(self, method_name)):
            return NotImplemented
        return _ask(self, "reflected", operation, *other) if reflected else _ask(self, operation, *other)

    return method


def _as_plain(passed_on: Callable, operation: Callable, *, reflected: bool = False):
    """An operator that is not passed on: plain data compare and compute with what the object is a kind of."""

    def method(self, *other):
        answer = passed_on(self, *other)
        if answer is not NotImplemented or any(map(is_stand_in, other)):
            return answer
        return operation(*other, _plain(self)) if reflected else operation(_plain(self), *other)

    return method


def _of_constant(operation: Callable):
    """What a constant answers by itself, whatever its class would say."""
    passed_on = getattr(StandIn, f"__{operation.__name__}__")

    def method(self, *arguments):
        value = facts(self).value
        return passed_on(self, *arguments) if value is None else operation(value, *arguments)

    return method


for _name in ("lt", "le", "gt", "ge"):
    _method = _compares(_name)
    setattr(StandIn, f"__{_name}__", _method)
    setattr(ValuedStandIn, f"__{_name}__", _as_plain(_method, getattr(operator, _name)))
for _name in ("neg", "pos", "abs", "invert"):
    _method = _computes(_name, f"__{_name}__")
    setattr(StandIn, f"__{_name}__", _method)
    setattr(ValuedStandIn, f"__{_name}__", _as_plain(_method, getattr(operator, _name)))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"):
    _operation = _name if hasattr(operator, _name) else f"{_name}_"  # operator.and_
    _here = getattr(operator, _operation)
    _method, _mirrored = (_computes(_operation, f"__{way}{_name}__", reflected=bool(way)) for way in ("", "r"))
    setattr(StandIn, f"__{_name}__", _method)
    setattr(StandIn, f"__r{_name}__", _mirrored)
    setattr(StandIn, f"__i{_name}__", _computes(f"i{_name}", f"__i{_name}__"))
    setattr(ValuedStandIn, f"__{_name}__", _as_plain(_method, _here))
    setattr(ValuedStandIn, f"__r{_name}__", _as_plain(_mirrored, _here, reflected=True))
for _conversion in (len, iter, bool, float, int, complex, operator.index, operator.getitem, operator.contains):
    setattr(ValuedStandIn, f"__{_conversion.__name__}__", _of_constant(_conversion))
