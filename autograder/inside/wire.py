"""Plain data ↔ bytes, between the examiner and a worker. Nothing that arrives is ever run, unpickled or compared.

An exchange is a request and its answer. Values that cannot change travel inline; everything that can (list, dict, set,
array, random generator) gets a number when it is first met, and its content goes into a table that the values point
to. So aliases and cycles survive, and an answer can say "number 3 now holds this": what a function changed in place is
changed for its caller, too.
"""

import io
import math
import pickle
import re
import socket
import struct
import sys
import time as clock
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import msgpack
import numpy as np

from autograder.inside import kinds, tables

MAX_FRAME = 256 * 2**20  # bytes
MAX_INTEGER = 2**16  # bytes of one integer: larger ones would keep the receiver busy with a single operation
MAX_NAME = 30  # characters
MAX_FOLLOWED = 2**20  # bytes of contents, see `Exchange.continued`
_LENGTH = struct.Struct("!Q")
_NUMERIC_KINDS = "biufcSUMm"
_DTYPE = re.compile(rf"[<>|=][{_NUMERIC_KINDS}][0-9]{{0,9}}(\[[0-9]{{0,9}}[A-Za-zμ]{{1,2}}\])?", re.ASCII)
# What we rebuild by calling it. Each takes constants and does nothing but hold them.
_BUILT: dict[str, tuple[Any, Callable]] = {
    "Fraction": (Fraction, lambda v: (v.numerator, v.denominator)),
    "Decimal": (Decimal, lambda v: (str(v),)),
    "datetime": (datetime, lambda v: (v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond)),
    "date": (date, lambda v: (v.year, v.month, v.day)),
    "time": (time, lambda v: (v.hour, v.minute, v.second, v.microsecond)),
    "timedelta": (timedelta, lambda v: (v.days, v.seconds, v.microseconds)),
    "complex": (complex, lambda v: (v.real, v.imag)),
    "slice": (slice, lambda v: (v.start, v.stop, v.step)),
    "range": (range, lambda v: (v.start, v.stop, v.step)),
    "Path": (Path, lambda v: (str(v),)),
    "PurePosixPath": (PurePosixPath, lambda v: (str(v),)),
    "PureWindowsPath": (PureWindowsPath, lambda v: (str(v),)),
}
_PARTS = {"Decimal": str, "complex": float, "Path": str, "PurePosixPath": str, "PureWindowsPath": str}
"""What these are made of; of the others integers, of a slice anything."""
_PLAIN: dict[type, Callable] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
    bytes: bytes.__bytes__,
}
_BUILT_NAMES: dict[type, str] = {kind: name for name, (kind, _) in _BUILT.items()} | {type(Path()): "Path"}
_BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


class WireError(Exception):
    """What arrived, or should be sent, is not plain data in the agreed form."""


class Unsendable(WireError):
    """A value that cannot be sent. Nothing of it has been."""


class Exchange:
    """One request and its answer, seen from one of the two sides.

    export: export(value, exchange) turns an object that does not travel by value into a reference: a list that starts
    with a tag.
    resolve: resolve(reference, exchange) turns it back into an object. Raises WireError for a tag it does not know.
    trusted: what this side sends may be unpickled by the other. That says the examiner; a worker only reads.
    missing: whether masked and missing items may arrive. Comparisons pass over them, so an answer could hide behind
    them. If not, masked arrays arrive as what lies under the mask, and `uncovered` says so.
    """

    def __init__(
        self,
        export: Callable[[object, "Exchange"], list],
        resolve: Callable[[list, "Exchange"], object],
        *,
        trusted: bool = False,
        missing: bool = True,
    ):
        self._export, self._resolve, self._trusted, self._missing = export, resolve, trusted, missing
        self.uncovered = False
        self._objects: list = []
        self._contents: list = []
        self._numbers: dict[int, int] = {}
        self._received = 0
        self._references: dict[int, tuple[object, list]] = {}  # what arrived by reference, by id
        self._exported: dict[int, tuple[object, list]] = {}  # and what went
        self._comparing = False
        self._applied: list[int] = []  # of these objects the contents are not up to date
        self._before = 0  # so many objects are those of an exchange that this one goes on with

    # Sending

    def pack(self, value):
        """The packed form of a value. What it points to joins the table, see `new_contents`.

        Raises Unsendable, as `new_contents` does.
        """
        kind = type(value)
        if value is None or kind in (bool, float, str, bytes):
            return value
        if kind is int:
            return _pack_int(value)
        if kind is tuple:
            return ["tuple", [self.pack(item) for item in value]]
        if kind in _CHANGING and not _is_foreign(value):
            return ["@", self._number(value)]
        if kind in tables.kinds() and (self._trusted or tables.is_plain(value)):
            return ["@", self._number(value)]
        if issubclass(kind, np.generic) and not _is_foreign(value):
            return _pack_scalar(value)
        if kind in _BUILT_NAMES:
            name = _BUILT_NAMES[kind]
            return ["built", name, [self.pack(part) for part in _BUILT[name][1](value)]]
        if issubclass(kind, np.dtype) and value.kind in _NUMERIC_KINDS:
            return ["dtype", value.str]
        if kind in _OF_CONSTANTS:  # each is the only one of its class
            return ["constant", _OF_CONSTANTS[kind]]
        if not is_a_kind(kind) or _is_foreign(value) or kinds.is_more(value):
            if self._comparing and id(value) in self._references:
                return self._references[id(value)][1]
            if id(value) not in self._exported:
                self._exported[id(value)] = (value, self._export(value, self))
            return self._exported[id(value)][1]
        return self.pack_base(value)

    def pack_base(self, value):
        """The packed form of a value as what it is a kind of, whatever else it is."""
        kind = type(value)
        if issubclass(kind, tuple):
            items = [self.pack(item) for item in tuple.__iter__(value)]
            fields = getattr(kind, "_fields", None)
            return ["tuple", items] if fields is None else ["named", kind.__name__, list(fields), items]
        if issubclass(kind, frozenset):
            return ["frozenset", [self.pack(item) for item in frozenset.__iter__(value)]]
        for base, plain in _PLAIN.items():
            if issubclass(kind, base):
                return self.pack(plain(value))
        return ["@", self._number(value)]

    def new_contents(self) -> list:
        """The contents of all objects that were numbered since the exchange began or its other half arrived."""
        while len(self._contents) < len(self._objects):  # a content may bring new objects
            self._contents.append(self._content(self._objects[len(self._contents)]))
        return self._contents[self._received :]

    def changes(self) -> list:
        """[number, content] of each object that arrived, or was there before, and now holds something else."""
        self._comparing = True
        changed = [n for n in range(self._received) if self._has_changed(self._objects[n], self._contents[n])]
        self._comparing = False
        self._applied += changed
        return [[number, self._content(self._objects[number])] for number in changed]

    def _has_changed(self, value, content: list | None) -> bool:
        if content is None:
            return False
        if content[0] == "pickled":
            return pickle.dumps(value) != content[1] and not tables.same(value, pickle.loads(content[1]))
        return content[0] not in ("table", "column") and self._content(value) != content

    def _number(self, value) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)  # also keeps it alive, so that its id stays its own
        return number

    def _content(self, value) -> list:
        kind, tag = type(value), _tag(value)
        if tag in ("table", "column"):
            if self._trusted:
                with suppress(Exception):  # one with an object of the student's in it
                    return ["pickled", pickle.dumps(value)]
            return [tag, self.pack(tables.parts(value))]
        if isinstance(value, np.ma.MaskedArray):
            return [tag, *_masked_parts(value)]
        if isinstance(value, np.ndarray):
            data = np.asarray(value)
            if data.dtype.hasobject:
                return [tag, list(data.shape), [self.pack(item) for item in data.ravel().tolist()]]
            return [tag, *_array_parts(data), data.flags.writeable]
        known = kinds.of(kind)
        if known is not None:
            return [tag, [self.pack(part) for part in known.parts(value)]]
        if isinstance(value, list):
            return [tag, [self.pack(item) for item in list.__iter__(value)]]
        if isinstance(value, dict):
            parts = iter(kinds.pairs(value))
            return [tag, [[self.pack(key), self.pack(item)] for key, item in zip(parts, parts, strict=True)]]
        if isinstance(value, set):
            return [tag, [self.pack(item) for item in set.__iter__(value)]]
        if isinstance(value, bytearray):
            return [tag, bytes(value)]
        return [tag, isinstance(value, np.random.Generator), _generator_state(value)]

    # Going on

    @property
    def given(self) -> int:
        """How many objects a request has brought; to be asked before its answer adds others."""
        return self._before or len(self._objects)

    def continued(self, given: int) -> "Exchange":
        """An exchange that begins as this one ends: with the objects that it was given, and what they hold now.

        So both sides can say later what they have changed of them. What is large is not looked at again, since that is
        done with each item of an iterator: only so many contents are kept.
        """
        self.catch_up()
        following = Exchange(self._export, self._resolve, trusted=self._trusted, missing=self._missing)
        following._objects = self._objects[:given]
        left = MAX_FOLLOWED
        for content in self._contents[:given]:
            weight = 0 if content is None else sum(map(_weight, content))
            kept = content if weight <= left else None
            left -= weight if kept else 0
            # One that points to what is not kept may always have changed.
            following._contents.append(["unknown"] if _points_beyond(kept, given) else kept)
        following._numbers = {id(value): number for number, value in enumerate(following._objects)}
        following._received = following._before = given
        following._references, following._exported = self._references, self._exported
        return following

    def catch_up(self) -> None:
        """Let the contents of objects that have changed say what these hold now."""
        self._comparing = True
        for number in self._applied:
            if self._contents[number] is not None:
                self._contents[number] = self._content(self._objects[number])
        self._comparing = False
        self._applied.clear()

    # Receiving

    def load(self, contents: list) -> None:
        """Take in a table of contents: first all objects, empty, then what they hold, since that may be each other.

        Raises WireError.
        """
        with reading():
            first = len(self._objects)
            for content in contents:
                self._objects.append(self._empty(content))
                self._numbers[id(self._objects[-1])] = len(self._objects) - 1
            self._contents.extend(contents)
            # What is made of others comes after them: tables last, and of these the inner ones first.
            filled = sorted(enumerate(contents, first), key=lambda each: (_LAST.get(each[1][0], 1), -each[0]))
            for number, content in filled:
                if content[0] != "pickled":
                    self._fill(self._objects[number], content)
            self._received = len(self._objects)

    def unpack(self, packed):
        """The value of a packed form. Raises WireError."""
        with reading():
            return self._unpack(packed)

    def _unpack(self, packed):
        if type(packed) is str and len(packed) <= MAX_NAME and packed.isidentifier():
            return sys.intern(packed)  # so that it still is the name that it equals
        if packed is None or type(packed) in (bool, int, float, str, bytes):
            return packed
        if not isinstance(packed, list) or not packed or not isinstance(packed[0], str):
            raise WireError("expected a tagged list")
        tag, *parts = packed
        unpack = _UNPACK.get(tag)
        return self._by_reference(packed) if unpack is None else unpack(self, *parts)

    def _by_reference(self, packed: list):
        value = self._resolve(packed, self)
        self._references[id(value)] = (value, packed)
        return value

    def is_read(self, change) -> bool:
        """Whether a change only says that a stream has been read."""
        match change:
            case [int(number), [str(), [text, _]]] if 0 <= number < len(self._objects):
                target = self._objects[number]
                return isinstance(target, io.StringIO | io.BytesIO) and text == target.getvalue()
        return False

    def generator(self, change) -> tuple | None:
        """If a change is that of a random generator: the generator, still as it was, and the state it has come to."""
        match change:
            case [int(number), ["generator", bool(), state]] if 0 <= number < len(self._objects):
                target = self._objects[number]
                if isinstance(target, np.random.Generator | np.random.RandomState):
                    return target, self._unpack(state)
        return None

    def target(self, change) -> object:
        """Which object of ours a change is about; None if it is out of form."""
        match change:
            case [int(number), _] if 0 <= number < len(self._objects):
                return self._objects[number]
        return None

    def apply(self, changes: list, before: dict[int, tuple[object, object]]) -> None:
        """Carry out what the other side's `changes` says on our own objects.

        Puts each that is not there yet into `before`, by its id, with what it held, for `restore`, also if a later
        change is out of form.
        """
        with reading():
            for change in changes:
                match change:
                    case [int(number), content] if 0 <= number < len(self._objects):
                        target = self._objects[number]
                        if id(target) not in before:
                            before[id(target)] = (target, held(target))
                        self._applied.append(number)
                        self._fill(target, content)
                    case _:
                        raise WireError("a change of an object that was never sent")

    def _at(self, number):
        if type(number) is not int or not 0 <= number < len(self._objects):
            raise WireError("a reference to an object that was never sent")
        return self._objects[number]

    def _empty(self, content):
        match content:
            case ["array" | "matrix" as tag, str(dtype), list(shape), bytes(data), str(order), bool(writeable)]:
                array = _array(dtype, shape, data, order).copy(order="K")
                array.flags.writeable = writeable
                return array.view(np.matrix) if tag == "matrix" else array
            case ["masked", str(dtype), list(shape), bytes(data), str(order), *_]:
                plain = _array(dtype, shape, data, order).copy(order="K")
                self.uncovered |= not self._missing
                return np.ma.MaskedArray(plain) if self._missing else plain
            case ["pickled", bytes(data)] if not self._trusted:
                return pickle.loads(data)
            case ["table" | "column" as tag, _]:
                import pandas

                return pandas.DataFrame() if tag == "table" else pandas.Series(dtype=object)
            case ["objects", list(shape), list(items)]:
                if math.prod(_shape(shape)) != len(items):
                    raise WireError("an array with the wrong number of items")
                return np.empty(shape, dtype=object)
            case ["list", list()]:
                return []
            case ["dict", list()]:
                return {}
            case ["set", list()]:
                return set()
            case ["bytearray", bytes()]:
                return bytearray()
            case ["generator", bool(modern), state]:
                return _generator(modern, self._unpack(state))
            case [str(name), list(parts)] if known := kinds.named(name):
                return known.new(parts)
        raise WireError("content of an unknown kind")

    def _fill(self, target, content) -> None:
        """Make an object hold a content. Raises WireError if it is one of another kind."""
        uncovered = content[0] == "masked" and not self._missing
        if content[0] != _tag(target) and not (uncovered and _tag(target) == "array"):
            raise WireError("an object that came back as one of another kind")
        match content:
            case ["array" | "matrix", str(dtype), list(shape), bytes(data), str(order), bool()]:
                new = _array(dtype, shape, data, order)
                _same_form(new, target)
                if target.flags.writeable:
                    target[...] = new
            case ["masked", str(dtype), list(shape), bytes(data), str(order), *rest]:
                new = _array(dtype, shape, data, order)
                _same_form(new, target)
                if isinstance(target, np.ma.MaskedArray):
                    _fill_masked(target, new, *rest)
            case ["objects", list(), list(items)]:
                target.reshape(-1)[:] = _objects([self._unpack(item) for item in items])
            case ["table" | "column", packed]:
                table = tables.build(self._unpack(packed))
                if not self._missing and tables.has_missing(table):
                    self.uncovered, table = True, tables.without_missing(table)
                tables.refill(target, table)
            case ["list", list(items)]:
                target[:] = [self._unpack(item) for item in items]
            case ["dict", list(pairs)]:
                kinds.refill(target, [self._unpack(part) for key, item in pairs for part in (key, item)])
            case ["set", list(items)]:
                members = {self._unpack(item) for item in items}
                target.clear()
                target.update(members)
            case ["bytearray", bytes(data)]:
                target[:] = data
            case ["generator", bool(), state]:
                _set_generator_state(target, self._unpack(state))
            case [str(name), list(parts)] if known := kinds.named(name):
                known.fill(target, [self._unpack(part) for part in parts])
            case _:
                raise WireError("content in an unknown form")


@contextmanager
def reading() -> Iterator[None]:
    """Raise a WireError for whatever goes wrong while something that arrived is made into values.

    Which errors a library has for values out of form is for no list to say: the next one would be missing in it.
    """
    try:
        yield
    except WireError:
        raise
    except Exception as error:
        raise WireError(f"cannot read it: {type(error).__name__}") from error


class Deadline:
    """A point in time, so many seconds from now."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._end = clock.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left. Raises TimeoutError if there are none."""
        left = self._end - clock.monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {self.seconds:g} s")
        return left

    def extend(self, seconds: float) -> None:
        self._end += seconds


def send(connection: socket.socket, message: list, deadline: Deadline | None = None) -> None:
    """Send one message: lists, numbers, strings and bytes.

    Raises Unsendable if it is too large or nested too deeply, EOFError if the other side has gone, TimeoutError if it
    has not read it by the deadline.
    """
    try:
        data = msgpack.packb(message, unicode_errors="surrogatepass")
    except (ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Unsendable(f"cannot send: {error}") from error
    if len(data) > MAX_FRAME:
        raise Unsendable(f"expected at most {MAX_FRAME // 2**20} MiB in one message, got {len(data) // 2**20}")
    try:
        _wait_at_most(connection, deadline)
        connection.sendall(_LENGTH.pack(len(data)) + data)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise EOFError("the other side has gone") from error


def receive(connection: socket.socket, deadline: Deadline | None = None) -> list:
    """The next message.

    Raises EOFError if the other side has gone, TimeoutError after the deadline, WireError for anything else.
    """
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if length > MAX_FRAME:
        raise WireError(f"expected at most {MAX_FRAME // 2**20} MiB in one message, got {length // 2**20}")
    return parse(_exactly(connection, length, deadline))


def parse(data: bytes | bytearray) -> list:
    """The message in these bytes. Raises WireError, and nothing else, for any other bytes."""
    with reading():
        message = msgpack.unpackb(data, raw=False, unicode_errors="surrogatepass", ext_hook=_no_extension)
    if not isinstance(message, list) or not message:
        raise WireError("not a message: expected a list")
    return message


def _no_extension(code, data):
    raise ValueError("extension types are not used")


def _wait_at_most(connection: socket.socket, deadline: Deadline | None) -> None:
    connection.settimeout(None if deadline is None else deadline.remaining())


def _exactly(connection: socket.socket, size: int, deadline: Deadline | None) -> bytearray:
    data = bytearray(min(size, 2**20))
    position = 0
    while position < size:
        if position == len(data):  # grow with what has come, not with what was announced
            data.extend(bytes(min(len(data), size - len(data))))
        _wait_at_most(connection, deadline)
        try:
            received = connection.recv_into(memoryview(data)[position:])
        except ConnectionResetError:
            received = 0
        if not received:
            raise EOFError("the other side has gone")
        position += received
    return data


def _weight(part) -> int:
    """What a part of a content weighs, in bytes or about."""
    return len(part) if isinstance(part, bytes) else 16 * len(part) if isinstance(part, list) else 0


def _points_beyond(packed, given: int) -> bool:
    match packed:
        case ["@", int(number)]:
            return number >= given
        case list():
            return any(_points_beyond(part, given) for part in packed)
    return False


def restore(target, held) -> None:
    """Make an object hold again what it held, see `Exchange.apply`."""
    known = kinds.of(type(target))
    if known is not None:
        known.fill(target, held)
        return
    match target:
        case np.ma.MaskedArray():
            _fill_masked(target, np.ma.getdata(held), *_mask_parts(held))
        case np.ndarray() if target.flags.writeable:
            target[...] = held
        case list() | bytearray():
            target[:] = held
        case dict():
            kinds.refill(target, held)
        case set():
            target.clear()
            target.update(held)
        case _ if isinstance(target, tables.kinds()):
            tables.refill(target, held)
        case np.random.Generator():
            target.bit_generator.state = held
        case np.random.RandomState():
            target.set_state(held)


def held(target):
    """What an object holds now, for `restore`. What it points to is numbered, and changes, by itself."""
    known = kinds.of(type(target))
    if known is not None:
        return known.parts(target)
    match target:
        case dict():
            return kinds.pairs(target)
        case np.random.Generator():
            return target.bit_generator.state
        case np.random.RandomState():
            return target.get_state(legacy=False)
    return target.copy()


def is_a_kind(kind: type) -> bool:
    """Whether instances of a class travel by value, at least as what they are a kind of."""
    return issubclass(kind, BY_VALUE) or kinds.of(kind) is not None or issubclass(kind, tables.kinds())


def can_change(kind: type) -> bool:
    """Whether instances of just this class travel by value and can hold something else afterwards, see `held`."""
    return kind in _CHANGING or kind in tables.kinds() or kinds.exactly(kind) is not None


def _is_foreign(value) -> bool:
    """Whether it is an array, or an item of one, of records and such."""
    return issubclass(type(value), np.ndarray | np.generic) and value.dtype.kind not in _NUMERIC_KINDS + "O"


def _tag(value) -> str:
    """The name of the content that an object which can change has."""
    known = kinds.of(type(value))
    if known is not None:
        return known.name
    match value:
        case _ if isinstance(value, tables.kinds()):
            return tables.form(value)
        case np.ma.MaskedArray():
            return "masked"
        case np.ndarray():
            return "objects" if value.dtype.hasobject else "matrix" if isinstance(value, np.matrix) else "array"
        case np.random.Generator() | np.random.RandomState():
            return "generator"
    return next(name for name, kind in _TAGS.items() if isinstance(value, kind))


# The single kinds


def _pack_int(value: int):
    if -(2**63) <= value < 2**64:
        return value
    size = value.bit_length() // 8 + 1
    if size > MAX_INTEGER:
        raise Unsendable(f"expected an integer of at most {MAX_INTEGER} bytes, got {size}")
    return ["int", value.to_bytes(size, "big", signed=True)]


def _unpack_int(exchange, data: bytes) -> int:
    if not isinstance(data, bytes) or len(data) > MAX_INTEGER:
        raise WireError("an integer that is too large")
    return int.from_bytes(data, "big", signed=True)


def _pack_scalar(value: np.generic) -> list:
    array = np.asarray(value)
    return ["scalar", array.dtype.str, array.tobytes()]


def _dtype(text: str) -> np.dtype:
    if not isinstance(text, str) or not _DTYPE.fullmatch(text):
        raise WireError("not the dtype of an array that travels")
    return np.dtype(text)


def _shape(shape: list) -> tuple[int, ...]:
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**48 for n in shape):
        raise WireError("not the shape of an array")
    return tuple(shape)


def _array(dtype: str, shape: list, data: bytes, order: str = "C") -> np.ndarray:
    """A read-only array on the received bytes."""
    kind, sizes = _dtype(dtype), _shape(shape)
    if order not in ("C", "F") or math.prod(sizes) * kind.itemsize != len(data):
        raise WireError("an array whose bytes do not fit its shape")
    by_columns = order == "F"
    if not data:
        return np.empty(sizes, kind, order="F" if by_columns else "C")
    return np.frombuffer(data, kind).reshape(sizes, order="F" if by_columns else "C")


def _array_parts(array: np.ndarray) -> list:
    """An array as `_array` takes it. In which order its items lie decides over the last bits of sums."""
    if array.dtype.kind not in _NUMERIC_KINDS:  # a masked one of objects
        raise Unsendable(f"arrays of dtype {array.dtype} do not travel")
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    return [array.dtype.str, list(array.shape), array.tobytes(order), order]  # type: ignore[arg-type]


def _same_form(new: np.ndarray, target: np.ndarray) -> None:
    if (new.shape, new.dtype) != (target.shape, target.dtype):
        raise WireError("an array that came back with another shape or dtype")


def _masked_parts(array: np.ma.MaskedArray) -> list:
    return [*_array_parts(np.asarray(np.ma.getdata(array))), *_mask_parts(array)]


def _mask_parts(array: np.ma.MaskedArray) -> list:
    """Where the mask is, None if nowhere; whether it is for good; what stands for masked items if that was chosen."""
    mask = None if array.mask is np.ma.nomask else np.ma.getmaskarray(array).tobytes()
    chosen = getattr(array, "_fill_value", None)  # set to the usual one as soon as somebody looks at it
    if chosen is not None and chosen == np.ma.default_fill_value(array.dtype):
        chosen = None
    return [mask, bool(array.hardmask), None if chosen is None else chosen.tobytes()]


def _fill_masked(target: np.ma.MaskedArray, data: np.ndarray, mask, hard, chosen) -> None:
    np.ma.getdata(target)[...] = data
    target.soften_mask()
    target.mask = np.ma.nomask if mask is None else np.frombuffer(mask, bool).reshape(data.shape)
    target.fill_value = None if chosen is None else np.frombuffer(chosen, data.dtype)[0]
    if hard:
        target.harden_mask()


def _objects(items: list) -> np.ndarray:
    """A flat object array of exactly these items: NumPy would take lists in it apart."""
    array = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        array[i] = item
    return array


def _named(exchange: Exchange, name, fields, items) -> tuple:
    values = tuple(exchange._unpack(item) for item in items)
    comparing = (value for field, value in zip(fields, values, strict=True) if field in kinds.COMPARING)
    if any(id(value) in exchange._references for value in comparing):
        return values  # `answer.equals(expected)` would ask the other side
    return namedtuple(name, fields)(*values)


def _built(exchange: Exchange, name, parts):
    values = [exchange._unpack(part) for part in parts]
    # A fraction of a text such as "1e1000000000" would take hours; a date of bytes has days that no month has.
    if name != "slice" and not all(issubclass(type(value), _PARTS.get(name, int)) for value in values):
        raise WireError("not what this is made of")
    return _BUILT[name][0](*values)


def _generator_state(generator) -> list:
    """The state of a random generator and, so that `spawn` works, of its seed."""
    if isinstance(generator, np.random.RandomState):
        return _freeze(generator.get_state(legacy=False))
    seed = getattr(generator.bit_generator, "seed_seq", None)
    state = dict(generator.bit_generator.state)
    if isinstance(seed, np.random.SeedSequence) and seed.entropy is not None:
        state["seed"] = {
            "entropy": seed.entropy,
            "spawn_key": list(seed.spawn_key),
            "n_children_spawned": seed.n_children_spawned,
        }
    return _freeze(state)


def _freeze(state):
    """A generator's nested state as packed data without numbered objects."""
    if isinstance(state, dict):
        return ["state", [[key, _freeze(value)] for key, value in state.items()]]
    if isinstance(state, np.ndarray):
        return ["words", state.dtype.str, state.tobytes()]
    if isinstance(state, list | tuple):
        return ["tuple", [_freeze(item) for item in state]]
    return _pack_int(int(state)) if isinstance(state, int | np.integer) else state


def _generator(modern: bool, state: dict):
    name = state["bit_generator"]
    if name not in _BIT_GENERATORS:
        raise WireError("an unknown random generator")
    seed = state.pop("seed", None)
    if seed and seed.keys() - {"entropy", "spawn_key", "n_children_spawned"}:  # such as a pool of any size
        raise WireError("not the seed of a random generator")
    sequence = np.random.SeedSequence(**seed) if seed else None
    bits = getattr(np.random, name)(sequence)
    return np.random.Generator(bits) if modern else np.random.RandomState(bits)


def _set_generator_state(generator, state: dict) -> None:
    # NumPy trusts these two positions and would read beyond its buffers.
    inner = state["state"]
    if not 0 <= inner.get("pos", 0) <= 624 or not 0 <= state.get("buffer_pos", 0) <= 4:
        raise WireError("not the state of a random generator")
    if isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


BY_VALUE = (*_BUILT_NAMES, *(np.ndarray, np.generic, np.dtype, np.random.Generator, np.random.RandomState))
BY_VALUE += (bool, int, float, str, bytes, bytearray, tuple, list, dict, set, frozenset)
"""What arrives as a value of its own. Whatever claims such a class and comes as a reference is something else."""
_TAGS: dict[str, type] = {"list": list, "dict": dict, "set": set, "bytearray": bytearray}
_CHANGING = frozenset(
    (*_TAGS.values(), np.ndarray, np.matrix, np.ma.MaskedArray, np.random.Generator, np.random.RandomState)
)
_LAST = {"objects": 0, "table": 2, "column": 2}
_CONSTANTS = {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented, "masked": np.ma.masked}
_OF_CONSTANTS = {type(value): name for name, value in _CONSTANTS.items()}
_UNPACK: dict[str, Callable] = {
    "@": Exchange._at,
    "tuple": lambda exchange, items: tuple(exchange._unpack(item) for item in items),
    "named": _named,
    "frozenset": lambda exchange, items: frozenset(exchange._unpack(item) for item in items),
    "int": _unpack_int,
    "scalar": lambda exchange, dtype, data: _array(dtype, [], data)[()],
    "dtype": lambda exchange, text: _dtype(text),
    "built": _built,
    "constant": lambda exchange, name: _CONSTANTS[name],
    "state": lambda exchange, pairs: {str(key): exchange._unpack(value) for key, value in pairs},
    "words": lambda exchange, dtype, data: np.frombuffer(data, _dtype(dtype)).copy(),
}
