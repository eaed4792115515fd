"""Messages and notebooks out of form, by the million: real ones with something in them changed.

    python -m tests.attacks.fuzz --messages 1000000 --notebooks 100000 [--seed 0]

prints whatever is raised that is not a named refusal: `WorkerLost` for a message, `Unreadable` for a notebook.
"""

import argparse
import contextlib
import io
import json
import random
import struct
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path

import msgpack
import numpy as np

from autograder.assignment import Role, SourceNotebook
from autograder.book.instructor import read_assignment
from autograder.exam import student as examiners_end
from autograder.exam.cell_outputs import Outputs
from autograder.exam.examiner import Examiner, Seconds
from autograder.exam.sandbox import Sandbox, connect
from autograder.exam.sharing import Sharing
from autograder.exam.student import Student, WorkerLost
from autograder.exam.student_files import StudentFiles
from autograder.inside import wire
from autograder.intake.notebook import Unreadable, parse_notebook
from autograder.intake.restore import SubmittedCell, restore
from tests.attacks.course import make_course
from tests.attacks.target import NAME, submission, wrong

STUDENT = """
import collections, fractions, datetime, io, pathlib, types, warnings
import numpy as np
import scipy.optimize
class Stack(list):
    def top(self): return self[-1]
class Point(collections.namedtuple("Point", "x y")):
    def far(self): return True
import scipy.sparse
Callable = collections.namedtuple("Callable", "equals n")
Fit = collections.namedtuple("Fit", "slope offset")
class Model:
    def __init__(self, f): self.f, self.w = f, np.ones(3)
    def __len__(self): return 3
    def __iter__(self): return iter([1, 2, 3])
    def __float__(self): return 1.5
    def __add__(self, other): return 2
    def fit(self, X, *, rate=0.1): X[0] = 7; return self
class Odd(ValueError): pass
def everything(x):
    warnings.warn("careful", RuntimeWarning); print("printed")
    return [x, (1, 2.5, None), {"a": {1}, 2: b"x"}, np.arange(6).reshape(2, 3), np.float32(1), Fit(1, 2), 10**30,
            ..., fractions.Fraction(1, 3), datetime.date(2026, 1, 1), 1j, slice(1, 2), np.dtype("<f8"), "text",
            np.array(["a", None], dtype=object), np.random.default_rng(0),
            np.random.RandomState(0),
            np.random.Generator(np.random.MT19937(1)), frozenset([1]), bytearray(b"y"), everything, Model, Model(x),
            Odd, np, np.array("2026-01-01", "M8[s]"), collections.Counter("aab"), collections.OrderedDict(b=1),
            collections.defaultdict(int, a=1), collections.defaultdict(change), collections.deque([1, 2], 3),
            types.SimpleNamespace(a=1), scipy.optimize.OptimizeResult(x=1), io.StringIO("a"), pathlib.Path("a/b"),
            np.ma.masked_array([1.0, 2.0], mask=[0, 1], fill_value=7), np.ma.masked, np.ones((2, 3), order="F"),
            Stack([1]), Point(1, 2), Callable(everything, 1),
            scipy.sparse.eye(3, format="csr"), scipy.sparse.coo_array(np.array([1, 0, 2]))]
def change(x, table, rng): x[0] = 9; table["k"] = [1]; rng.normal(); return x
def refuse(x): raise Odd("no", x)
def use(f): return f(1.0) + f.rate if hasattr(f, "rate") else f(1.0)
def pass_on(f):
    try: return f(0)
    except ZeroDivisionError: raise
"""
CHECKS = """
import inspect
got = everything([1, 2])
change(np.zeros(3), {}, np.random.default_rng(0))
m = Model(lambda z: 2 * z)
len(m), list(m), float(m), m.fit(np.zeros(2)), m.w, str(m), repr(m), inspect.signature(m.fit), m + 1
use(lambda z: z), use(np.sin)
for call in (refuse, pass_on):
    try: call(lambda z: 1 / z)
    except (ValueError, ZeroDivisionError): pass
"""
ATOMS = [
    *(None, True, False, 0, 1, -1, 2, 700, 2**63, -(2**63), 2**64 - 1, 0.5, float("nan"), float("inf"), -0.0),
    *("", "@", "tuple", "named", "frozenset", "int", "scalar", "dtype", "built", "constant", "state", "words", "list"),
    *("dict", "set", "bytearray", "array", "objects", "generator", "masked", "matrix", "Counter", "OrderedDict"),
    *("defaultdict", "deque", "SimpleNamespace", "OptimizeResult", "Bunch", "StringIO", "BytesIO", "valued", "C", "F"),
    *("yours", "mine", "module", "error class", "error", "sparse", "csr", "formula", "pandas"),
    *("table", "ask", "returned", "raised", "call", "getattr", "pickle", "builtins", "ExceptionGroup", "numpy", "A\0"),
    *("UnicodeDecodeError", "__main__", "<f8", "|O", ",", "f8,f8", "<U99999999", "M8[zs]", "PCG64", "Philox", "\ud800"),
    *(b"", b"\0" * 8, b"\xff" * 16, [], {}, [[]], ["@", 0], ["@", 99], ["tuple", []], ["state", []], {"a": 1}),
    *(
        ["int", b"\xff" * 40],
        ["array", "<f8", [2], b"\0" * 16, "C", True],
        ["list", []],
        ["table", ["tuple", [1, 2, 3]]],
    ),
    *(
        ["error", 0, [["builtins", "ExceptionGroup"]], [], ["", "", []], []],
        ["f", "f(x)", [["x", [2**70]]]],
        ["yours", 0],
        ["mine", 1, "class", 2, [["a", "b"]]],
    ),
]


BATCH = 10_000


class Line:
    """A connection on which the other side has said all that it will say."""

    def __init__(self, data: bytes):
        self._data = io.BytesIO(data)

    def settimeout(self, seconds: float | None) -> None:
        """Nothing to wait for."""

    def sendall(self, data: bytes) -> None:
        """Nobody hears it."""

    def recv_into(self, room: memoryview) -> int:
        return self._data.readinto(room)

    def close(self) -> None:
        """Nothing to close."""


def real_messages() -> list[list]:
    """What a worker said in a conversation about all kinds of values."""
    said, receive = [], wire.receive

    def overheard(connection, deadline=None):
        message = receive(connection, deadline)
        said.append(deepcopy(message))
        return message

    source = SourceNotebook("p1", (), imports=("import numpy as np",), operators={"Model": frozenset({"__add__"})})
    wire.receive = overheard
    try:
        with (
            warnings.catch_warnings(record=True),
            Sandbox(unsafe=True) as sandbox,
            Examiner(
                partial(connect, sandbox.address), files={}, source=source, seconds=Seconds(), sharing=Sharing()
            ) as examiner,
        ):
            for role, text in ((Role.PLAIN, STUDENT), (Role.CHECK, CHECKS)):
                cell = SubmittedCell("check", role, "code", text, points=1.0)
                result = examiner.check(cell)[0] if role is Role.CHECK else examiner.run(cell)
            assert result.score == 1, result
    finally:
        wire.receive = receive
    return said


# Changes


def _places(node, path: tuple = ()) -> Iterator[tuple]:
    yield path
    if len(path) > 40:
        return
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        yield from _places(item, (*path, key))


def _at(node, path: tuple):
    for key in path:
        node = node[key]
    return node


def changed(message, others: list, draw: random.Random):
    """A message with one to three things in it changed. others: where parts come from that stand elsewhere."""
    holder = [deepcopy(message)]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        path = draw.choice(list(_places(holder))[1:] or [(0,)])
        parent, key = _at(holder, path[:-1]), path[-1]
        match draw.randrange(6):
            case 0 | 1:
                parent[key] = deepcopy(draw.choice(ATOMS))
            case 2:
                other = draw.choice(others)
                parent[key] = deepcopy(_at(other, draw.choice(list(_places(other)))))
            case 3 if len(path) > 1:
                del parent[key]
            case 4 if isinstance(parent, list):
                parent.insert(draw.randrange(len(parent) + 1), deepcopy(draw.choice([*ATOMS, parent[key]])))
            case 5:
                parent[key] = _nudged(parent[key], draw)
        if not holder:
            holder = [None]
    if draw.random() < 0.02:
        parent = _at(holder, draw.choice(list(_places(holder)))[:-1])
        for key in parent if isinstance(parent, dict) else range(len(parent)):
            for _ in range(draw.choice((1, 2, 2000))):
                parent[key] = [parent[key]]
    return holder[0]


def _nudged(value, draw: random.Random):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + draw.choice((-1, 1, 2**31))
    if isinstance(value, bytes | str) and value:
        at = draw.randrange(len(value))
        spare = bytes([draw.randrange(256)]) if isinstance(value, bytes) else chr(draw.choice((0, 44, 0x41, 0x20AC)))
        return value[:at] + spare + value[at + draw.randrange(2) :]
    return draw.sample(value, len(value)) if isinstance(value, list) else None


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Bytes with some of them changed, cut off or doubled."""
    data = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(len(data) or 1)
        match draw.randrange(4):
            case 0:
                data[at : at + 1] = bytes([draw.randrange(256)])
            case 1:
                del data[at : at + draw.choice((1, 4, 100))]
            case 2:
                data[at:at] = data[at : at + draw.choice((1, 9, 100))]
            case _:
                data[at:at] = draw.choice(
                    (
                        b"\xc1",
                        b"\xdf\xff\xff\xff\xff",
                        b"\xc7\xff",
                        b"[" * 3000,
                        b"\xed\xa0\x80",
                        b'"',
                        b"{}",
                        b"\\ud800",
                    )
                )
    return bytes(data)


# What must hold


def hear(data: bytes, operation: str) -> str:
    """What comes of one message in answer to a question: "value", "exception", "lost"; else what went wrong."""
    student = Student(
        Line(data), seconds=5, operators={"Model": frozenset({"__add__"})}, given={}, files=StudentFiles(None)
    )
    student._ours += [len, _Rated()]
    student._raised += [ZeroDivisionError("ours")]
    arguments: tuple = ([1, 2], np.zeros(3), {"a": 1}, np.random.default_rng(0))
    if operation == "call":
        arguments = (_stand_in(student), arguments, (("b", 1),))
    try:
        if operation == "run":
            json.dumps(Outputs().read(student.run("", count=1, given=False, figures=False, seconds=5)))
        elif operation == "signature":
            student.signature(_stand_in(student))
        elif operation == "len":
            len(_stand_in(student))
        elif operation == "text":
            repr(_stand_in(student))
        else:
            value = student.ask(operation, *arguments)
            examiners_end.is_stand_in(value)
        return "value"
    except WorkerLost:
        return "lost" if student.lost else "lost without a word"
    except BaseException as error:
        known = examiners_end.told(error) or error is student._raised[0]
        stopped = isinstance(error, RuntimeError) and "StopIteration" in str(error)
        return "exception" if known or stopped else repr(error)


class _Rated:
    rate = 1.0


_Rated.__module__ = "__main__"


def _stand_in(student: Student):
    return student.resolve(["mine", 3, "callable", 4, [["__main__", "Model"]]], None)


def framed(message) -> bytes:
    """A message as it comes over a connection."""
    data = message if isinstance(message, bytes) else msgpack.packb(message, unicode_errors="surrogatepass")
    return struct.pack("!Q", len(data)) + data


def fuzz_messages(count: int, seed: int, said: list[list]) -> Counter:
    """What came of so many messages. said: real ones."""
    draw = random.Random(seed)
    seen: Counter = Counter()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as out:
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(out):
            for number in range(count):
                message = changed(draw.choice(said), said, draw)
                if isinstance(message, list) and len(message) > 1 and message[0] in ("returned", "raised"):
                    message[1] = 1 if draw.random() < 0.98 else message[1]  # else most were answers to another question
                try:
                    data = msgpack.packb(message, unicode_errors="surrogatepass")
                except (ValueError, OverflowError, RecursionError):
                    data = draw.randbytes(draw.randrange(60))
                if draw.random() < 0.2:
                    data = damaged(data, draw)
                operation = draw.choice((*["call"] * 9, *("run", "signature", "len", "text", "next", "getattr")))
                seen[hear(framed(data), operation)] += 1
                if number % 10_000 == 0:
                    out.truncate(0)
                    out.seek(0)
    return seen


def fuzz_notebooks(count: int, seed: int, source: SourceNotebook, files: list[bytes]) -> Counter:
    """What came of so many damaged notebooks. source: of the assignment.  files: real hand-ins."""
    draw = random.Random(seed)
    documents = [json.loads(data) for data in files]
    seen: Counter = Counter()
    for _ in range(count):
        if draw.random() < 0.5:
            document = changed(draw.choice(documents), documents, draw)
            try:
                data = json.dumps(document, default=str).encode("utf-8", "surrogatepass")
            except (ValueError, RecursionError, TypeError):
                continue
        else:
            data = damaged(draw.choice(files), draw)
        seen[_restored(data, source)] += 1
    return seen


def _restored(data: bytes, source: SourceNotebook) -> str:
    try:
        cells, notes = parse_notebook(data)
        restored = restore(source, cells, notes)
        json.dumps(restored.notebook).encode()
    except Unreadable:
        return "unreadable"
    except BaseException as error:
        return repr(error)
    return "read"


def hand_ins(folder: Path) -> tuple[SourceNotebook, list[bytes]]:
    """The notebook of an assignment that is released in a folder, and files that were handed in for it."""
    (source,) = read_assignment(make_course(folder / "course"), NAME).notebooks
    notebooks = [submission({}), submission(wrong()), submission({"cipher": "def cipher(text): ..."})]
    old = json.loads(json.dumps(notebooks[0]))
    old |= {"nbformat": 3, "worksheets": [{"cells": old.pop("cells")}]}
    return source, [json.dumps(each).encode() for each in (*notebooks, old)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=0)
    parser.add_argument("--notebooks", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        said, handed_in = real_messages(), hand_ins(Path(folder))
        fuzzers = {
            "messages": lambda batch: fuzz_messages(BATCH, options.seed + batch, said),
            "notebooks": lambda batch: fuzz_notebooks(BATCH, options.seed + batch, *handed_in),
        }
        for what, fuzz in fuzzers.items():
            if getattr(options, what):
                started = time.process_time()
                seen: Counter = Counter()
                for batch in range(-(-getattr(options, what) // BATCH)):
                    seen += fuzz(batch)
                    print(f"{sum(seen.values())} {what}", file=sys.stderr)
                print(f"{sum(seen.values())} {what} in {time.process_time() - started:.0f} s of processor time")
                for came, times in seen.most_common():
                    print(f"{times:9} {came}")


if __name__ == "__main__":
    main()
