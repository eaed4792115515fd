"""The student's side: runs cells and answers questions about what they defined. Lives and dies inside the sandbox.

Nothing here is trusted: student code can change every byte of this process. That is why it holds nothing but the
student's own work, and why the examiner takes nothing from it but plain data.
"""

import ast
import builtins
import importlib
import inspect
import io
import operator
import os
import socket
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType, FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np

from autograder.inside import formulas, tables
from autograder.inside.cells import run_source
from autograder.inside.conversation import Conversation
from autograder.inside.cut import cut
from autograder.inside.filling import fill
from autograder.inside.observer import Observer
from autograder.inside.shell import Shell, prepare
from autograder.inside.tripwires import Tripwires
from autograder.inside.wire import Exchange, is_a_kind
from autograder.inside.written import Written
from nnkit.notebook.policy import Origins, check_imports
from nnkit.notebook.sentences import way

MAX_TRACEBACK = 20  # frames
MAX_STEPS = 20
MAX_ATTRIBUTES = 100
MAX_MESSAGE, MAX_STORY = 10_000, 50_000  # characters of an exception's message, and of its traceback

_NOTHING = object()
RUNS_LATER = (Iterator, AsyncIterator, Coroutine)
"""What a call may give back before it has done its work."""

prepare()  # imported by the fork server: done once for all workers


def serve(connection: socket.socket) -> None:
    """Serve one submission until the examiner hangs up."""
    # Files beside the notebook can be imported, but never in place of a library.
    here = os.getcwd()
    sys.path[:] = [path for path in sys.path if path not in ("", here)] + [here]
    np.random.seed()  # noqa: NPY002 (the fork server's state is the same for everybody)
    # Two processes on one connection would both answer, and the second answer would cost the check that comes next.
    os.register_at_fork(after_in_child=connection.close)
    Worker(connection).serve()


class Worker(Conversation):
    """Answers the examiner. Operations are the methods named `do_…`, and Python's own operators."""

    def __init__(self, connection: socket.socket):
        super().__init__(connection)
        self._shell = Shell()
        self._handles: list = []
        self._numbers: dict[int, int] = {}
        self._given_files: set[str] = set()
        self._check_files: set[str] = set()
        self._replaced: dict[str, object] = {}  # names that the running check has bound or deleted: what they were
        self._forbid: tuple[str, ...] = ()
        self._patched: dict[str, Any] = {}
        self._folder = os.getcwd()
        self._written = Written(self._folder)
        self._tripwires = Tripwires()
        self._observer: Observer | None = None
        self._going_on: dict[int, Exchange] = {}  # the exchanges of calls that gave an object whose code runs later

    def resume(self, going_on: list) -> Exchange:
        number, numbers, _ = going_on
        self._going_on = {each: exchange for each, exchange in self._going_on.items() if each in numbers}
        return self.new_exchange() if number is None else self._going_on[number]

    def answered(self, going_on: list, exchange: Exchange, given: int, value) -> None:
        number = going_on[0]
        if number is None and given and isinstance(value, RUNS_LATER):
            number = self._hold(value)
        if number is not None:
            self._going_on[number] = exchange.continued(given)

    def plan(self, operation: str, arguments: tuple) -> Callable[[], object]:
        work = getattr(self, f"do_{operation}", None) or getattr(operator, operation)
        return partial(work, *arguments)

    # Operations

    def do_files(self, files: dict[str, bytes]) -> None:
        for name, data in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self._written.know(files)

    def do_run(self, source: str, count: int, given: bool, figures: bool) -> list[dict]:
        """Run a cell, the count-th of its notebook; the outputs that it leaves there."""
        self._shell.execution_count = count
        self._tripwires.take_up()
        before = self._function_files()
        run = self._shell.run(source, figures=figures)
        if given:
            self._given_files |= self._function_files() - before
        return run.outputs

    def do_observe(self, source: str) -> list:
        """Run a released cell; the outputs that it leaves, and what it changed."""
        self._observer = self._observer or Observer(self._shell.namespace)
        outputs = self._shell.run(source).outputs
        return [outputs, self._observer.look()]

    def do_policy(self, forbid: list[str]) -> None:
        """The modules that the exercise of the coming check forbids."""
        self._forbid = tuple(forbid)
        self._patched = {}
        self._tripwires.lay(self._forbid, Origins(frozenset(self._given_files), self._folder))

    def do_patch(self, patched: dict[str, Callable]) -> None:
        """What stands for `input`, `print` and `sys.stdin` while the check that runs asks."""
        self._patched = {name: Lines(value) if name == "stdin" else value for name, value in patched.items()}

    def do_lookup(self, name: str):
        """What a global name is bound to. Raises KeyError."""
        value = self._shell.namespace[name]
        check_imports(value, self._forbid, self._shell.namespace, self._given_files, self._folder)
        return value

    def do_has(self, name: str) -> bool:
        return name in self._shell.namespace

    def do_names(self) -> list[str]:
        return [name for name in self._shell.namespace if isinstance(name, str)]

    def do_change(self, bound: dict[str, object], deleted: list[str], filled: list) -> None:
        """Do what a check has done: bind names, delete names, and make objects hold what they hold there.

        filled: the object that has it, or None for a global name; the name; the content.
        """
        namespace = self._shell.namespace
        for name in (*bound, *deleted):
            self._replaced.setdefault(name, namespace.get(name, _NOTHING))
        namespace.update(bound)
        for name in deleted:
            namespace.pop(name, None)
        for owner, name, content in filled:
            with suppress(Exception):
                fill(namespace[name] if owner is None else getattr(owner, name), content)

    def do_settle(self, bound: dict[str, object], filled: list) -> None:
        """The check is over: put back the names that it has bound or deleted, but for what stays of it."""
        for name, value in self._replaced.items():
            self._shell.namespace.pop(name, None)
            if value is not _NOTHING:
                self._shell.namespace[name] = value
        self.do_change(bound, [], filled)
        self._replaced.clear()

    def do_check(self, source: str, filename: str):
        """Run a check here, beside the student's code, for courses whose tests need that."""
        self._tripwires.take_up()
        self._check_files.add(filename)
        with self._shell.in_history(source):
            value = run_source(source, filename, self._shell.namespace, complete=self._shell.complete)
        return value if isinstance(value, bool | int | float | np.number | np.bool_) else None

    def do_call(self, function, arguments: tuple, keywords: tuple):
        return function(*arguments, **dict(keywords))

    def do_getattr(self, target, name: str):
        return getattr(target, name)

    def do_setattr(self, target, name: str, value) -> None:
        setattr(target, name, value)

    def do_delattr(self, target, name: str) -> None:
        delattr(target, name)

    def do_dir(self, target) -> list[str]:
        return dir(target)

    def do_len(self, target) -> int:
        return len(target)

    def do_iter(self, target):
        return iter(target)

    def do_next(self, target):
        return next(target)

    def do_await(self, target):
        """What comes of a coroutine."""
        return self._shell.complete(target)

    def do_close(self, target) -> None:
        target.close()

    def do_aiter(self, target):
        return aiter(target)

    def do_anext(self, target):
        return self._shell.complete(anext(target))

    def do_text(self, target, how: str) -> str:
        texts: dict[str, Callable] = {"repr": repr, "str": str}
        return texts[how](target)

    def do_number(self, target, kind: str):
        kinds: dict[str, Callable] = {
            "float": float,
            "int": int,
            "complex": complex,
            "bool": bool,
            "index": operator.index,
        }
        return kinds[kind](target)

    def do_value(self, target):
        """What an instance of a subclass of list, dict, … is a kind of, as it is now."""
        return Base(target)

    def do_array(self, target):
        array = np.asarray(target)
        if array.dtype.hasobject and array.shape == ():
            raise TypeError(f"expected numbers, got an object of your class {type(target).__name__}")
        return array

    def do_reflected(self, target, name: str, other):
        """`other OPERATOR target` for a plain `other`: Python itself decides between the two sides."""
        return getattr(operator, name)(other, target)

    def do_isinstance(self, value, kind) -> bool:
        return isinstance(value, kind)

    def do_issubclass(self, value, kind) -> bool:
        return issubclass(value, kind)

    def do_enter(self, target):
        return type(target).__enter__(target)

    def do_exit(self, target, kind: str | None, message: str) -> bool:
        """Leave a context; `kind` is the name of the exception that leaves with it."""
        if kind is None:
            return bool(type(target).__exit__(target, None, None, None))
        found = getattr(builtins, kind, Exception)
        error = found(message) if isinstance(found, type) and issubclass(found, BaseException) else Exception(message)
        return bool(type(target).__exit__(target, type(error), error, None))

    def do_source(self, target) -> str:
        try:
            return inspect.getsource(target)
        except OSError:
            return _source_of_class(target)

    def do_signature(self, target) -> list:
        """Its parameters: name, kind, whether there is a default, and that default where it is plain."""
        plain = (bool, int, float, str, type(None))
        return [
            (p.name, int(p.kind), p.default is not p.empty, p.default if isinstance(p.default, plain) else ...)
            for p in inspect.signature(target).parameters.values()
        ]

    def _function_files(self) -> set[str]:
        """The file names that the functions defined so far were compiled under: one for each cell."""
        functions = (value for value in self._shell.namespace.values() if isinstance(value, FunctionType))
        return {value.__code__.co_filename for value in functions if value.__module__ == "__main__"}

    # References

    def export(self, value, exchange: Exchange) -> list:
        if isinstance(value, Callback):
            return ["yours", value._number]
        if isinstance(value, Base):
            return exchange.pack_base(value.value)
        if isinstance(value, ModuleType):
            return ["module", value.__name__]
        plain = tables.constant(value)
        if plain is not None:
            return ["pandas", exchange.pack(plain)]
        nodes = formulas.parts(value)
        if nodes is not None:
            return ["formula", exchange.pack(nodes)]
        plain = _plain_sparse(value)
        if plain is not None:
            return ["sparse", exchange.pack(plain)]
        if isinstance(value, type) and issubclass(value, BaseException):
            return ["error class", self._hold(value), _lineage(value)]
        kind = type(value)
        lineage = _shown(value if isinstance(value, type) else kind)
        if is_a_kind(kind) and not isinstance(value, tables.kinds()):
            constant = issubclass(kind, str | bytes | int | float | tuple | frozenset)
            plain = exchange.pack_base(value) if constant else None
            return ["mine", self._hold(value), "valued", self._hold(kind), lineage, plain]
        return ["mine", self._hold(value), _how_it_is_seen(value), self._hold(kind), lineage]

    def _hold(self, value) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._handles)
            self._handles.append(value)
        return number

    def resolve(self, reference: list, exchange: Exchange):
        match reference:
            case ["yours", int(number)]:
                return self._handles[number]
            case ["mine", int(number), str(kind), str(name)]:
                return _callback(kind, name)(self, number, name)
            case ["module", str(name)]:
                with suppress(Exception):  # such as one that the exercise forbids
                    return importlib.import_module(name)
                return None
            case ["pickle", bytes(data)]:
                import pickle  # from the examiner, which we trust

                return pickle.loads(data)
        raise LookupError(f"unknown reference {reference[0]!r}")

    # Exceptions

    def export_exception(self, error: BaseException, exchange: Exchange) -> list:
        if hasattr(error, "_from_examiner"):
            return ["yours", error._from_examiner]
        try:
            plain = (str, int, float, bool, type(None))
            arguments = [a if type(a) in plain else type(a).__name__ for a in error.args]
            message, story = cut(str(error), MAX_MESSAGE), cut(_story(error), MAX_STORY)
        except BaseException:  # what is asked here is the student's own code, too
            arguments, message, story = [], "(its message cannot be shown)", ""
        steps = way(error.__traceback__, self._is_of_a_cell)
        attributes = [[name, exchange.pack(value)] for name, value in _attributes(error)]
        told = [message, story, steps[:1] + steps[1:][1 - MAX_STEPS :]]
        return ["error", self._hold(type(error)), _lineage(type(error)), arguments, told, attributes]

    def _is_of_a_cell(self, frame: FrameType) -> bool:
        """Whether a frame is of the student's code, or a given cell's; not of a check that runs here."""
        is_check = frame.f_code.co_filename in self._check_files
        return frame.f_globals is self._shell.namespace and not is_check and frame.f_code.co_name != "<module>"

    def resolve_exception(self, packed: list, exchange: Exchange) -> BaseException:
        match packed:
            case ["mine", int(number), list(names), str(message)]:
                kinds = [getattr(builtins, name, None) for name in names]
                kind = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseException)), Exception)
                error: Any = kind.__new__(kind)
                error.args = (message,)
                error._from_examiner = number
                return error
        raise LookupError("an exception in an unknown form")

    @contextmanager
    def observe(self, operation: str, notes: dict):
        """What a call prints and warns about. A cell that is run shows that itself."""
        if operation in ("run", "observe"):
            yield
            return
        with self._patches(), self._shell.captured() as printed, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                yield
            finally:
                printed.close()
                if files := self._written.changes(thorough=operation == "policy"):
                    notes["files"] = files
                notes["streams"] = list(printed)
                notes["warnings"] = [[_lineage(w.category), cut(str(w.message), 1_000)] for w in warned[:100]]

    @contextmanager
    def _patches(self):
        """What the check has put in place of Python's own while it asks."""
        places = {name: sys if name == "stdin" else builtins for name in self._patched}
        before = {name: getattr(place, name) for name, place in places.items()}
        for name, place in places.items():
            setattr(place, name, self._patched[name])
        try:
            yield
        finally:
            for name, place in places.items():
                setattr(place, name, before[name])


class Lines(io.TextIOBase):
    """A stream of text whose lines are asked for."""

    def __init__(self, ask: Callable[..., str]):
        self._ask = ask

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        return self._ask() if size is None or size < 0 else self._ask(size)

    def read(self, size: int | None = -1, /) -> str:
        return "".join(self) if size is None or size < 0 else self.readline(size)


class Callback:
    """An object of the examiner's that student code was given: its attributes and its call are a question away."""

    def __init__(self, worker: Worker, number: int, name: str):
        self._worker, self._number, self.__name__ = worker, number, name

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._worker.ask("getattr", self, name)


class CallableCallback(Callback):
    """One that can be called."""

    def __call__(self, *arguments, **keywords):
        return self._worker.ask("call", self, arguments, tuple(keywords.items()))


class IteratorCallback(Callback):
    """One that is gone through."""

    def __iter__(self):
        return self

    def __next__(self):
        return self._worker.ask("next", self)


_CALLBACKS = {"object": Callback, "callable": CallableCallback, "iterator": IteratorCallback}


def _callback(kind: str, name: str) -> type[Callback]:
    """The class of such an object, under the name that Python's messages about it should say."""
    shown = {"callable": "function", "iterator": "iterator"}.get(kind, name)
    return type(shown, (_CALLBACKS[kind],), {})


class Base:
    """A value that is to travel as what it is a kind of."""

    def __init__(self, value):
        self.value = value


def _how_it_is_seen(value) -> str:
    if isinstance(value, type):
        return "class"
    if inspect.iscoroutine(value):
        return "coroutine"
    return "callable" if callable(value) else "iterator" if isinstance(value, RUNS_LATER) else "object"


def _source_of_class(target) -> str:
    """The text of a class of a cell, where Python says no more than that it is of `__main__`: that around its methods.

    Raises OSError.
    """
    for method in vars(target).values() if isinstance(target, type) else ():
        if isinstance(method, FunctionType):
            text = "".join(inspect.findsource(method)[0])
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, ast.ClassDef) or node.name != target.__name__:
                    continue
                if node.lineno <= method.__code__.co_firstlineno <= (node.end_lineno or 0):
                    return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno]) + "\n"
    raise OSError("could not find class definition")


def _shown(kind: type) -> list:
    """Module and name of a class and its bases, up to the first that is not of a cell."""
    lineage = _lineage(kind) or [["builtins", "object"]]
    last = next((at for at, (module, _) in enumerate(lineage) if module != "__main__"), len(lineage))
    return lineage[: last + 1]


def _lineage(kind: type) -> list:
    """Module and name of a class and its bases."""
    return [[str(base.__module__), str(base.__qualname__)] for base in kind.__mro__ if base is not object]


def _attributes(error: BaseException) -> list[tuple[str, object]]:
    """What an exception holds besides its arguments: what the student gave it, and what Python keeps of some."""
    held: dict[str, object] = {}
    for name in ("code", "errno", "strerror", "filename", "value", "name"):
        for base in type(error).__mro__:
            if isinstance(vars(base).get(name), MemberDescriptorType | GetSetDescriptorType):
                held[name] = vars(base)[name].__get__(error)
    held |= {str(name): value for name, value in vars(error).items() if not str(name).startswith("_")}
    return list(held.items())[:MAX_ATTRIBUTES]


def _story(error: BaseException) -> str:
    """The traceback through the student's cells."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_ours(frame.filename)]
    return "".join(traceback.format_list(frames[:MAX_TRACEBACK]))


def _is_ours(filename: str) -> bool:
    return filename.startswith(os.path.dirname(__file__))


def _plain_sparse(value):
    """A sparse matrix of SciPy's as its format, whether it is an array, shape, entries, and where each of them stands;
    None for anything else.
    """
    sparse = sys.modules.get("scipy.sparse")
    if sparse is None or not sparse.issparse(value):
        return None
    entries = value.tocoo()
    return value.format, isinstance(value, sparse.sparray), value.shape, entries.data, tuple(entries.coords)
