"""The rules of check cells, and calm words, in Jupyter: what a student's own kernel does around a cell that it runs.

A check cell is known by its first line (`header`). While it runs, its exercise's functions may neither change what they
are given nor use what is not allowed; if it passes, it says so. An exercise that is not written yet answers with one
line, and so does a cell that waits for it. The exceptions stay what they are: nbgrader sees the same as ever.
"""

import symtable
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import FrameType, FunctionType, ModuleType, TracebackType

from nnkit.notebook import sentences
from nnkit.notebook.header import Header
from nnkit.notebook.inputs import kept
from nnkit.notebook.policy import check_imports

_HIDDEN_TESTS = "BEGIN HIDDEN TESTS"
_BOLD, _GREEN, _DIM, _PLAIN = "\x1b[1;31m", "\x1b[1;32m", "\x1b[2m", "\x1b[0m"


def attach(shell) -> None:
    """Let an IPython shell follow the rules. Once is enough, and more does no harm."""
    if not any(
        isinstance(getattr(known, "__self__", None), _Rules) for known in shell.events.callbacks["pre_run_cell"]
    ):
        rules = _Rules(shell.user_ns)
        shell.events.register("pre_run_cell", rules.before)
        shell.events.register("post_run_cell", rules.after)
        shell.set_custom_exc((Exception,), rules.show)


def rules(header: Header, names: dict) -> AbstractContextManager:
    """While it lasts, the functions of a check's exercise keep its rules.  names: the global names of the cells."""
    watched = header.answers if header.keeps_inputs or header.forbid else ()
    return kept(names, watched, before=_refuse(header.forbid, names), changes=not header.keeps_inputs)


class _Rules:
    """What is known of the cells of a notebook while they run.

    names: the global names of the cells.
    """

    def __init__(self, names: dict):
        self._names = names
        self._header: Header | None = None
        self._around = ExitStack()
        self._passed: set[str] = set()
        self._waits: dict[str, str] = {}  # names that are not there → the function that has to be written first
        self._missing = ""

    def before(self, info) -> None:
        """A cell is about to run."""
        self._around.close()  # of a cell that was stopped
        self._header, self._missing = Header.read(info.raw_cell or ""), ""
        if self._header:
            self._around.enter_context(rules(self._header, self._names))

    def after(self, result) -> None:
        """A cell has run."""
        self._around.close()
        if self._missing:
            self._waits |= dict.fromkeys(_bound(result.info.raw_cell) - self._names.keys(), self._missing)
        header = self._header
        if header and result.success and _HIDDEN_TESTS not in result.info.raw_cell:
            if header.of:
                self._passed.add(header.exercise)
            done = f"{len(self._passed)} of {header.of} exercises" if header.of else "optional"
            print(f"{_GREEN}✓ {header.exercise}{sentences.PASSES}{_PLAIN} · {done}")

    def show(self, shell, kind: type, error: BaseException, trace: TracebackType, tb_offset=None) -> None:
        """Show an exception that came out of a cell: in one line where that is enough, else as IPython does."""
        if self._is_ours() and not hasattr(error, "_render_traceback_"):
            lines = self._words(error, trace)
            if lines:
                error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]  # as IPython has it
        runs = any(frame.f_globals is self._names for frame, _ in traceback.walk_tb(trace))  # or it was not compiled
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=runs)

    def _is_ours(self) -> bool:
        """Whether the notebook uses nnkit: any other is none of our business."""
        values = list(self._names.values())
        homes = [value.__name__ for value in values if isinstance(value, ModuleType)]
        homes += [value.__module__ for value in values if isinstance(value, FunctionType | type)]
        return any(isinstance(home, str) and home.partition(".")[0] == "nnkit" for home in homes)

    def _words(self, error: BaseException, trace: TracebackType) -> list[str]:
        steps = sentences.way(trace, self._belongs(trace))
        if isinstance(error, NotImplementedError) and (sentence := sentences.unfinished(steps)):
            self._missing = steps[-1].function
            return [sentence]
        if isinstance(error, NameError) and error.name in self._waits:
            self._missing = self._waits[error.name]
            return [f"`{error.name}` waits for `{self._missing}`, which is not written yet"]
        if self._header is None:
            return []
        if sentence := getattr(error, "sentence", ""):
            return [f"{_BOLD}{sentence}{_PLAIN}"]
        steps = [step for step in steps if step.function != "<module>"]
        if not steps:
            return []
        sentence = sentences.stopped(type(error).__name__, steps)
        places = [f"{_DIM}`{step.function}`: {step.line}{_PLAIN}" for step in steps]
        return [f"{_BOLD}{sentence}{_PLAIN}", *str(error).splitlines(), *places]

    def _belongs(self, trace: TracebackType) -> Callable[[FrameType], bool]:
        """Whether a frame is of a student's function: of another cell than that which runs, or where it all ended."""
        frames = []
        step: TracebackType | None = trace
        while step:
            frames.append(step.tb_frame)
            step = step.tb_next
        cells = [frame for frame in frames if frame.f_globals is self._names]
        running = cells[0].f_code.co_filename if cells else ""
        return lambda frame: (
            frame.f_globals is self._names and (frame is frames[-1] or frame.f_code.co_filename != running)
        )


def _refuse(forbid: tuple[str, ...], names: dict) -> Callable[[FunctionType], None]:
    """Looks at each function once, and refuses one that uses a forbidden module."""
    seen: set[int] = set()

    def refuse(function: FunctionType) -> None:
        if id(function) not in seen:
            check_imports(function, forbid, names)
            seen.add(id(function))

    return refuse


def _bound(source: str) -> set[str]:
    """The names that a cell binds on its top level; none if it is no plain Python."""
    try:
        symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    except SyntaxError:
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
