"""A student's notebook as it was last saved: its cells, and how to run them elsewhere without being held up by one."""

import ast
import ctypes
import io
import json
import linecache
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from nnkit.notebook.sentences import STUB


class Role(StrEnum):
    """What a code cell is for; `OWN` is any that nbgrader does not know: demonstrations, and the student's own."""

    GIVEN = "given"
    ANSWER = "answer"
    CHECK = "check"
    OWN = "own"


class SavedCell(NamedTuple):
    """A code cell.  name: its nbgrader id, "" for one of its own."""

    role: Role
    name: str
    source: str


class Unreadable(Exception):
    """Why a file gives no cells, as the end of the sentence "because …"."""


class TooLong(Exception):
    """What was to end in time did not."""


class _Ended(BaseException):
    """What ends a thread that is late."""


_TIMED = ("time", "timeit", "capture", "prun")


def read_cells(path: Path) -> list[SavedCell]:
    """The code cells of a notebook in their order. Raises Unreadable."""
    try:
        cells = json.loads(Path(path).read_text("utf-8"))["cells"]
        return [_read(cell) for cell in cells if cell["cell_type"] == "code"]
    except OSError:
        raise Unreadable(f"there is no notebook {path}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unreadable(f"{path} cannot be read as a notebook") from None


def _read(cell: dict) -> SavedCell:
    flags, source = cell["metadata"].get("nbgrader", {}), "".join(cell["source"])
    name = flags.get("grade_id", "")
    if flags.get("grade"):
        return SavedCell(Role.CHECK, name, source)
    if flags.get("solution"):
        return SavedCell(Role.ANSWER, name, source)
    return SavedCell(Role.GIVEN if flags.get("locked") else Role.OWN, name, source)


def run(source: str, filename: str, namespace: dict) -> None:
    """Run a cell without its printed words. Its lines are kept for tracebacks; magics do nothing."""
    source = plain(source)
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace.setdefault("get_ipython", lambda: _NoShell(namespace))
    with redirect_stdout(io.StringIO()):
        exec(compile(source, filename, "exec"), namespace)


def run_helpers(source: str, filename: str, namespace: dict) -> None:
    """Run of a cell what others may stand on: functions, classes, imports and constants, each if it runs at all."""
    try:
        parts = ast.parse(plain(source)).body
    except SyntaxError:
        return
    for part in parts:
        if _is_helper(part):
            try:
                run(ast.unparse(part), f"{filename} {part.lineno}", namespace)
            except Exception:  # it stood on what does not run here
                continue


def _is_helper(part: ast.stmt) -> bool:
    if isinstance(part, ast.Assign | ast.AnnAssign):
        computes = (isinstance(node, ast.Call) or _is_read(node) for node in ast.walk(part))
        return not any(computes)
    return isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def plain(source: str) -> str:
    """A cell as Python: what IPython makes of magics and shell commands. A cell without any stays as it is."""
    try:
        ast.parse(source)
    except SyntaxError:
        try:
            from IPython.core.inputtransformer2 import TransformerManager
        except ImportError:
            return source
        return TransformerManager().transform_cell(source)
    return source


class _NoShell:
    """Stands in for IPython: of `%time` and the like it runs what is timed, anything else does nothing."""

    def __init__(self, namespace: dict):
        self._namespace = namespace

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in _TIMED:
            exec(compile(plain(cell), f"<%%{name}>", "exec"), self._namespace)

    def run_line_magic(self, name: str, line: str, *_) -> Any:
        if name not in _TIMED:
            return None
        try:
            return eval(compile(line.strip(), f"<%{name}>", "eval"), self._namespace)
        except SyntaxError:
            return exec(compile(line.strip(), f"<%{name}>", "exec"), self._namespace)

    def __getattr__(self, name: str) -> Callable:
        return lambda *arguments, **keywords: None


def is_stub(source: str) -> bool:
    """Whether some function of a cell still comes to the line that stood for its answer."""
    try:
        parts = ast.walk(ast.parse(plain(source)))
    except SyntaxError:
        return False
    return any(_comes_to_stub(node.body) for node in parts if isinstance(node, ast.FunctionDef))


def _comes_to_stub(body: list[ast.stmt]) -> bool:
    ends = (node for node in body if isinstance(node, ast.Return | ast.Raise))
    end = next(ends, None)
    return end is not None and ast.unparse(end) == STUB


def within(seconds: float, act: Callable[[], Any]) -> Any:
    """What act() returns or raises, SystemExit included; TooLong if it does not end in time.

    It runs in a thread of its own, so that nothing can hold us up. One that is late is ended if its code lets that
    happen, and left alone if not.
    """
    outcome: list[tuple[Any, BaseException | None]] = []

    def work() -> None:
        try:
            outcome.append((act(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:  # also when somebody interrupts us
        if thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_Ended))
            thread.join(1)
    if thread.is_alive() or not outcome or isinstance(outcome[0][1], _Ended):
        raise TooLong
    value, error = outcome[0]
    if error is not None:
        raise error
    return value
