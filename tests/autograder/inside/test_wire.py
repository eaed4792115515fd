"""Plain data survives the way there and back; anything else that arrives is a WireError and nothing worse."""

import io
import socket
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import OptimizeResult

from autograder.inside import wire
from autograder.inside.wire import Deadline, Exchange, WireError

NUMERIC = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="="),
    arrays.floating_dtypes(endianness="="),
    arrays.complex_number_dtypes(endianness="="),
    arrays.unicode_string_dtypes(endianness="="),
    arrays.datetime64_dtypes(endianness="="),
)
CONSTANT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.binary(),
    st.complex_numbers(),
    st.fractions(),
    st.decimals(allow_nan=False),
    st.dates(),
    st.timedeltas(),
    arrays.arrays(NUMERIC, ()).map(lambda array: array[()]),
)
PLAIN = st.recursive(
    CONSTANT | arrays.arrays(NUMERIC, arrays.array_shapes(min_dims=0, min_side=0, max_side=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=4),
        st.frozensets(st.integers(), max_size=4),
        st.sets(st.text(max_size=3), max_size=4),
    ),
    max_leaves=12,
)


def no_reference(value, exchange):
    raise WireError(f"{value!r} does not travel")


def sent(value):
    """The value as the other side gets it."""
    here, there = (Exchange(no_reference, no_reference) for _ in range(2))
    packed = here.pack(value)
    packed, contents = wire.parse(msgpack.packb([packed, here.new_contents()], unicode_errors="surrogatepass"))
    there.load(contents)
    return there.unpack(packed)


def same(a, b) -> bool:
    """Equal, of the same types all the way down; NaN counts as equal to NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return a == b or repr(a) == repr(b)


@given(PLAIN)
def test_plain_data_arrive_unchanged(value):
    assert same(value, sent(value))


@given(st.binary())
def test_any_bytes_are_a_message_or_an_error(data):
    try:
        message = wire.parse(data)
    except WireError:
        return
    assert isinstance(message, list)


JSON_LIKE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 700)
    | st.floats()
    | st.binary(max_size=9)
    | st.text(max_size=4)
    | st.sampled_from(
        ["@", "tuple", "array", "list", "dict", "set", "generator", "built", "scalar", "named", "<f8", "|O"]
    ),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=20,
)


def test_what_was_given_is_followed_further_but_for_what_is_large():
    here, there = (Exchange(no_reference, no_reference) for _ in range(2))
    small, large, items, drawing = np.zeros(2), np.zeros(200_000), [[1]], np.random.default_rng(1)
    packed = here.pack((small, large, items, drawing))
    there.load(here.new_contents())
    small_there, large_there, items_there, drawing_there = there.unpack(packed)
    for _ in range(3):
        given = here.given
        assert given == there.given == 5
        here, there = here.continued(given), there.continued(given)
        news = here.changes()
        there.load(here.new_contents())
        there.apply(news, {})
        there.catch_up()
        assert there.changes() == []
        small_there[0] += 1
        large_there[0] += 1
        items_there.append([2])
        drawing_there.random()
        changes = there.changes()
        here.load(there.new_contents())
        here.apply(changes, {})
        assert small.tolist() == small_there.tolist()
        assert items == items_there
        assert drawing.bit_generator.state == drawing_there.bit_generator.state
    assert large[0] == 0


@given(
    JSON_LIKE, st.lists(JSON_LIKE, max_size=4), st.lists(st.tuples(st.integers(-1, 5), JSON_LIKE).map(list), max_size=3)
)
def test_forged_tables_are_an_error_and_nothing_worse(packed, contents, changes):
    exchange = Exchange(no_reference, no_reference)
    try:
        exchange.load(contents)
        exchange.unpack(packed)
        exchange.apply(changes, {})
    except WireError:
        pass


@pytest.mark.parametrize(
    "forged",
    [
        ["array", "|O", [1], b"12345678", "C", True],
        ["array", "<f8", [2**40, 2**40], b"", "C", True],
        ["array", "<f8", [-1], b"", "C", True],
        ["array", "<f8", [3], b"12345678", "C", True],
        ["array", "<f8", [1], b"12345678", "K", True],
        ["array", "V99999999999", [1], b"1", "C", True],
        ["array", "f8,f8", [1], b"1" * 16, "C", True],
        ["masked", "|O", [1], b"12345678", "C", None, False, None],
        ["masked", "<f8", [1], b"12345678", "C", b"\0\0", False, None],
        ["masked", "<f8", [1], b"12345678", "C", b"\0", False, b"1"],
        ["masked", "<f8", [1], b"12345678", "C", b"\0"],
        ["generator", True, ["state", [["bit_generator", "Popen"], ["state", ["state", []]]]]],
    ],
)
def test_content_that_numpy_would_misread_is_refused(forged):
    with pytest.raises(WireError):
        Exchange(no_reference, no_reference).load([forged])


def generator_with(kind, **positions):
    """The content of a generator as it is sent, some of its positions replaced."""
    here = Exchange(no_reference, no_reference)
    here.pack(np.random.Generator(kind(0)))
    (content,) = here.new_contents()
    state = dict(content[2][1])
    for pairs in (content[2][1], state["state"][1]):
        for pair in pairs:
            pair[1] = positions.get(pair[0], pair[1])
    return content


POSITIONS = [(np.random.MT19937, "pos", 624), (np.random.Philox, "buffer_pos", 4)]


@pytest.mark.parametrize(("kind", "name", "last"), POSITIONS, ids=["MT19937", "Philox"])
def test_a_position_beyond_the_buffer_of_a_generator_is_refused(kind, name, last):
    """NumPy would read there whatever lies in memory; from 2.5 on it refuses, 0 for Philox as well."""
    for position in (1, last):
        Exchange(no_reference, no_reference).load([generator_with(kind, **{name: position})])
    for position in (-1, last + 1, 10**6, 2**70, "1", None):
        with pytest.raises(WireError):
            Exchange(no_reference, no_reference).load([generator_with(kind, **{name: position})])


def test_aliases_and_cycles_stay_what_they_are():
    shared = [1]
    loop = [shared, shared]
    loop.append(loop)
    got = sent(loop)
    assert got[0] is got[1]
    assert got[2] is got


def test_subclasses_become_what_they_are_a_kind_of():
    class Sly(float):
        def __eq__(self, other):
            return True

        __hash__ = float.__hash__

    class SlyArray(np.ndarray):
        pass

    assert same(sent(Sly(2.5)), 2.5)

    class SlyCounter(Counter):
        def __len__(self):
            return 7

    assert same(sent(np.arange(3).view(SlyArray)), np.arange(3))
    assert same(sent(SlyCounter("aab")), Counter("aab"))


class Stack(list):
    def top(self):
        return self[-1]


class Unit(float):
    pass


class Wrapped(np.ndarray):
    def __add__(self, other):
        return self


class Point(namedtuple("Point", "x y")):
    def far(self):
        return True


metre = Unit(2.0)
metre.unit = "m"


@pytest.mark.parametrize("value", [Stack(), metre, np.ones(2).view(Wrapped), Point(1, 2), np.zeros(2, "i4,f8")])
def test_what_is_more_than_its_kind_goes_by_reference(value):
    with pytest.raises(WireError, match="does not travel"):
        sent(value)


CONTAINERS = [
    Counter("aab"),
    OrderedDict(b=1, a=2),
    defaultdict(int, a=1),
    defaultdict(None),
    deque([1, [2]], maxlen=3),
    SimpleNamespace(a=1, b=[2]),
    OptimizeResult(x=1.5, success=True),
    io.StringIO("a\nb"),
    io.BytesIO(b"ab"),
    np.ma.masked_array([1, 2, 3], mask=[0, 1, 0], fill_value=9),
    np.ma.masked_array(np.ones((2, 3)).T),
    np.asfortranarray(np.ones((2, 3))),
    np.ones((1, 2)).view(np.matrix),
]


def held(value):
    """What a container holds, in a form that can be compared."""
    if isinstance(value, np.ma.MaskedArray):
        return value.data.tolist(), np.ma.getmaskarray(value).tolist(), value.fill_value, value.data.strides
    if isinstance(value, np.ndarray):
        return value.tolist(), value.strides
    if isinstance(value, io.StringIO | io.BytesIO):
        return value.getvalue(), value.tell()
    if isinstance(value, deque):
        return list(value), value.maxlen
    if isinstance(value, dict):
        return list(value.items()), getattr(value, "default_factory", None)
    return dict(vars(value))


def test_the_masked_item_is_the_masked_item():
    assert sent([np.ma.masked])[0] is np.ma.masked


@pytest.mark.parametrize("value", CONTAINERS, ids=lambda value: type(value).__name__)
def test_containers_arrive_as_what_they_are_and_changes_come_back(value):
    got = sent(value)
    assert type(got) is type(value)
    assert held(got) == held(value)
    here, there = (Exchange(no_reference, no_reference) for _ in range(2))
    packed = here.pack(deepcopy(value))
    there.load(here.new_contents())
    there.unpack(packed)
    assert there.changes() == []
    change, *_ = here.new_contents()
    before = {}
    here.apply([[0, change]], before)
    (target, earlier), *_ = before.values()
    wire.restore(target, earlier)
    assert held(target) == held(value)


def test_a_container_that_was_changed_is_put_back():
    for value, change in (
        (Counter("aab"), lambda v: v.update("cc")),
        (OrderedDict(b=1, a=2), lambda v: v.move_to_end("b")),
        (defaultdict(int, a=1), lambda v: v["b"]),
        (deque([1, 2]), lambda v: v.rotate(1)),
        (SimpleNamespace(a=1), lambda v: setattr(v, "b", 1)),
        (io.StringIO("ab"), lambda v: v.write("xyz")),
        (np.ma.masked_array([1, 2], mask=[0, 1]), lambda v: v.__setitem__(0, np.ma.masked)),
    ):
        here, there = (Exchange(no_reference, no_reference) for _ in range(2))
        was, packed, before = held(value), here.pack(value), {}
        there.load(here.new_contents())
        change(there.unpack(packed))
        here.apply(there.changes(), before)
        assert held(value) == held(there.unpack(packed)) != was
        wire.restore(*before.popitem()[1])
        assert held(value) == was


def test_a_container_of_another_kind_cannot_come_back():
    for value, content in (
        (Counter(), ["dict", []]),
        ({}, ["Counter", []]),
        (deque(), ["list", []]),
        (np.ma.masked_array([1.0]), ["array", "<f8", [1], b"12345678", "C", True]),
        (np.ones(1), ["masked", "<f8", [1], b"12345678", "C", None, False, None]),
    ):
        exchange = Exchange(no_reference, no_reference)
        exchange.pack(value)
        exchange.new_contents()
        with pytest.raises(WireError, match="another kind"):
            exchange.apply([[0, content]], {})


@pytest.mark.parametrize(
    "forged",
    [
        ["defaultdict", ["eval"]],
        ["defaultdict", [3]],
        ["defaultdict", []],
        ["Counter", ["a"]],
        ["Counter", [["@", 0], 1]],
        ["deque", ["x"]],
        ["deque", []],
        ["SimpleNamespace", [1, 2]],
        ["StringIO", ["a", -1]],
        ["StringIO", ["a", 2**40]],
        ["StringIO", [b"a", 0]],
        ["StringIO", ["a"]],
        ["Popen", []],
    ],
)
def test_a_container_out_of_form_is_refused(forged):
    with pytest.raises(WireError):
        Exchange(no_reference, no_reference).load([forged])


@pytest.mark.parametrize("name", ["Path", "Decimal", "date", "Fraction"])
def test_what_is_built_is_built_of_constants(name):
    there = Exchange(no_reference, lambda reference, exchange: pytest.fail("nobody should look at it"))
    there.load([["list", []]])
    with pytest.raises(WireError):
        there.unpack(["built", name, [["@", 0]]])


def test_named_tuples_keep_their_fields():
    got = sent(namedtuple("Fit", "slope offset")(2.0, 1.0))
    assert (got.slope, got.offset) == (2.0, 1.0)


@pytest.mark.parametrize(
    "value",
    [
        *(Fraction(1, 3), Decimal("1.10"), date(2026, 11, 21), timedelta(days=1), range(1, 9, 2)),
        *(Path("a/b.txt"), PurePosixPath("a"), PureWindowsPath("c:/a")),
    ],
)
def test_values_of_the_standard_library_are_rebuilt(value):
    assert same(sent(value), value)


@pytest.mark.parametrize("kind", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_a_generator_goes_on_where_it_was_and_spawns_the_same_children(kind):
    here = np.random.Generator(kind(3))
    here.integers(0, 9, dtype=np.int32)
    there = sent(here)
    assert there.normal() == here.normal()
    assert there.spawn(1)[0].normal() == here.spawn(1)[0].normal()


def test_what_the_other_side_changes_in_place_changes_here():
    rng = np.random.default_rng(0)
    arguments = (np.zeros(3), [1, 2], {"a": 1}, {1}, rng)
    here, there = (Exchange(no_reference, no_reference) for _ in range(2))
    packed, contents = here.pack(arguments), here.new_contents()
    there.load(contents)
    array, numbers, table, group, generator = there.unpack(packed)
    array[1] = 7
    numbers.append(array)
    table.clear()
    group.add(2)
    drawn = generator.normal()
    changes = there.changes()
    answer = there.pack(array)
    new = there.new_contents()
    here.load(new)
    here.apply(changes, {})
    assert here.unpack(answer) is arguments[0]
    assert arguments[0].tolist() == [0, 7, 0]
    assert arguments[1][2] is arguments[0]
    assert arguments[2:4] == ({}, {1, 2})
    assert rng.normal() != drawn == np.random.default_rng(0).normal()


def test_an_array_that_may_not_be_written_arrives_that_way():
    array = np.zeros(2)
    array.flags.writeable = False
    assert not sent(array).flags.writeable


def test_an_object_of_another_kind_cannot_come_back():
    exchange = Exchange(no_reference, no_reference)
    exchange.pack([1])
    exchange.new_contents()
    with pytest.raises(WireError, match="another kind"):
        exchange.apply([[0, ["dict", []]]], {})


@pytest.mark.parametrize("bits", [62, 63, 64, 65, 71, 72, 8 * wire.MAX_INTEGER - 1])
def test_an_integer_of_any_size_arrives(bits):
    for value in ((1 << bits) - 1, 1 - (1 << bits)):
        assert sent(value) == value


def test_an_integer_without_end_is_refused_on_either_side():
    """One of many digits would keep the receiver busy with a single operation."""
    longest = 8 * wire.MAX_INTEGER - 1  # one bit is the sign
    with pytest.raises(WireError, match=f"at most {wire.MAX_INTEGER} bytes, got {wire.MAX_INTEGER + 1}"):
        sent(1 << longest)
    receiver = Exchange(no_reference, no_reference)
    assert receiver.unpack(["int", b"\x01" * wire.MAX_INTEGER]) > 0
    for forged in (b"\x01" * (wire.MAX_INTEGER + 1), "1", 1, None):
        with pytest.raises(WireError, match="an integer that is too large"):
            receiver.unpack(["int", forged])


def test_memory_grows_with_what_has_come_not_with_what_was_announced():
    here, there = socket.socketpair()
    with here, there:
        here.sendall((200 * 2**20).to_bytes(8, "big") + bytes(1000))
        tracemalloc.start()
        with pytest.raises(TimeoutError):
            wire.receive(there, Deadline(0.05))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 3 * 2**20


@pytest.mark.parametrize("size", [0, 1, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20 + 5])
def test_a_message_of_any_size_arrives_whole(size):
    here, there = socket.socketpair()
    message = ["x", bytes(range(256)) * (size // 256) + b"y" * (size % 256), "z"]
    with here, there, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(wire.send, here, message, Deadline(20))
        assert wire.receive(there, Deadline(20)) == message
        sending.result()


def test_a_frame_that_is_announced_too_large_is_refused_before_it_is_read():
    here, there = socket.socketpair()
    with here, there:
        here.sendall((2**40).to_bytes(8, "big"))
        with pytest.raises(WireError, match="at most"):
            wire.receive(there, Deadline(5))


def test_a_silent_side_is_a_timeout_and_a_closed_one_the_end():
    here, there = socket.socketpair()
    with there:
        with here, pytest.raises(TimeoutError):
            wire.receive(there, Deadline(0.01))
        with pytest.raises(EOFError):
            wire.receive(there, Deadline(5))


class Thing:
    """Something that does not travel by value."""


def sides():
    """Two sides that send things by reference: the number under which their owner keeps them."""
    kept: dict[str, list] = {"here": [], "there": []}

    def side(mine, yours):
        def export(value, exchange):
            kept[mine].append(value)
            return ["mine", len(kept[mine]) - 1]

        def resolve(reference, exchange):
            match reference:
                case ["mine", int(number)]:
                    return ("of the other side", kept[yours][number])
            raise WireError("a reference of an unknown kind")

        return Exchange(export, resolve)

    return side("here", "there"), side("there", "here")


def test_what_does_not_travel_goes_by_reference():
    here, there = sides()
    thing = Thing()
    packed = here.pack([thing, {"again": thing}])
    there.load(here.new_contents())
    got = there.unpack(packed)
    assert got[0] == got[1]["again"] == ("of the other side", thing)
    with pytest.raises(WireError, match="unknown kind"):
        there.unpack(["yours", 0])


def test_a_reference_that_came_and_stayed_is_no_change():
    def export(value, exchange):
        return ["mine", 7]

    thing = Thing()
    there = Exchange(export, lambda reference, exchange: thing)
    there.load([["list", [["mine", 1]]]])
    got = there.unpack(["@", 0])
    assert got == [thing]
    assert there.changes() == []
    got.append(thing)
    assert there.changes() == [[0, ["list", [["mine", 7], ["mine", 7]]]]], (
        "what is sent goes out by a reference of ours"
    )
    assert there.pack(thing) == ["mine", 7]


def test_an_array_of_objects_keeps_lists_whole():
    array = np.empty(2, dtype=object)
    array[0], array[1] = [1, 2], [3, 4]
    got = sent(array)
    assert (got.shape, got[0], got[1]) == ((2,), [1, 2], [3, 4])
    table = np.array([[1, "a"], [None, 2.5]], dtype=object)
    assert sent(table).tolist() == table.tolist()


@pytest.mark.parametrize("data", [{"a": 1}, [], 3, None, "text", msgpack.ExtType(1, b"x"), [msgpack.ExtType(1, b"x")]])
def test_only_a_list_of_plain_data_is_a_message(data):
    with pytest.raises(WireError):
        wire.parse(msgpack.packb(data))


def test_a_message_that_is_too_large_is_not_sent(monkeypatch):
    here, there = socket.socketpair()
    monkeypatch.setattr(wire, "MAX_FRAME", 100)
    with here, there:
        wire.send(here, [b"x" * 90])
        assert wire.receive(there, Deadline(5)) == [b"x" * 90]
        with pytest.raises(WireError, match="at most"):
            wire.send(here, [b"x" * 100])
        with pytest.raises(TimeoutError):
            wire.receive(there, Deadline(0.01))


def test_a_side_that_does_not_read_is_a_timeout_and_one_that_has_gone_the_end():
    here, there = socket.socketpair()
    with here, there:
        with pytest.raises(TimeoutError):
            wire.send(here, [bytes(2**24)], Deadline(0.05))
        there.close()
        with pytest.raises(EOFError):
            wire.send(here, ["x"], Deadline(5))


@pytest.mark.parametrize("message", [[1 << 65], [object()], [1j]])
def test_what_is_not_plain_is_not_sent(message):
    with pytest.raises(WireError):
        wire.send(None, message)


def test_content_of_an_unknown_kind_is_refused():
    for content in (["what", []], [], "list", None, ["list", "no list"], ["generator", 1, []]):
        with pytest.raises(WireError, match="content of an unknown kind"):
            Exchange(no_reference, no_reference).load([content])


def test_an_integer_of_ten_thousand_digits_arrives():
    assert sent(10**10_000) == 10**10_000


def test_a_deadline_can_be_put_off():
    deadline = Deadline(0.0)
    with pytest.raises(TimeoutError, match="no answer within 0 s"):
        deadline.remaining()
    deadline.extend(100)
    assert 90 < deadline.remaining() <= 100
