"""The trusted side of grading one notebook: sends cells to a worker and runs the checks here; verdict.py scores them.

Cells go in the notebook's order. The student's cells run in the worker; given cells run there and here; check cells run
here only, as ordinary Python whose unknown names are the student's. A worker that dies or hangs costs the cell at hand:
a fresh one replays the cells before it.
"""

import ast
import builtins
import contextlib
import io
import signal
import socket
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from time import monotonic

from IPython.core.inputtransformer2 import TransformerManager

from autograder.book.assignment import Role
from autograder.exam import verdict
from autograder.exam.cell_outputs import new_output, read_outputs
from autograder.exam.stand_ins import sources_served
from autograder.exam.student import Student, WorkerLost, WorkerTimeout
from autograder.exam.verdict import CheckTimeout, Ending
from autograder.inside.cells import run_source
from autograder.intake.restore import SubmittedCell
from autograder.results import ExerciseResult

MAX_OUTPUT = 100_000  # characters that a check may print


@dataclass(frozen=True)
class Seconds:
    """Time limits: one call of a student's function, one cell, one check with all its calls, one notebook."""

    call: float = 5.0
    cell: float = 60.0
    check: float = 60.0
    notebook: float = 600.0


class Names(dict):
    """The global names of given and check cells: their own first, then Python's, then the student's."""

    def __init__(self, lookup: Callable[[str], object]):
        super().__init__(__name__="__main__", __builtins__=builtins, get_ipython=_Magics)
        self._lookup = lookup

    def __missing__(self, name: str):
        if hasattr(builtins, name):
            raise KeyError(name)
        return self._lookup(name)


class Examiner:
    """Grades one notebook, cell by cell.

    connect: opens a connection to a fresh worker.  files: name → bytes of what lies beside the notebook.
    operators: class → operators that an exercise asks for.  imports: import statements that checks may rely on.
    in_process: run the checks in the worker, where the student's code can reach them.
    on_step: told the name of a check before it runs, "" before any other cell runs.
    skip: checks that are not run again because they brought an earlier examiner down.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        *,
        files: Mapping[str, bytes],
        operators: Mapping[str, Collection[str]],
        imports: Iterable[str],
        seconds: Seconds,
        in_process: bool = False,
        on_step: Callable[[str], None] = lambda name: None,
        skip: Collection[str] = frozenset(),
    ):
        self._connect = connect
        self._files, self._operators, self._skip = files, operators, skip
        self._seconds, self._in_process, self._on_step = seconds, in_process, on_step
        self._end = monotonic() + self._seconds.notebook
        self._names = Names(lambda name: self._student.lookup(name))
        self._ran: list[SubmittedCell] = []
        self._student = self._fresh()
        for statement in imports:
            self._define(statement)

    def __enter__(self) -> "Examiner":
        return self

    def __exit__(self, *_) -> None:
        self._student.close()

    def run(self, cell: SubmittedCell) -> list[dict]:
        """Run a student's or given cell; the outputs it leaves in the notebook."""
        try:
            outputs = self._send(cell)
        except WorkerLost as lost:
            self._restart()
            ending = Ending.raised(lost)
            return [_error_output(ending, [ending.message])]
        self._ran.append(cell)
        return outputs

    def check(self, cell: SubmittedCell) -> tuple[ExerciseResult, list[dict]]:
        """Run a check cell; its result, and the outputs it leaves in the notebook."""
        ending, printed = self._attempt(cell)
        if isinstance(ending.error, WorkerTimeout):  # once more: that the machine stood still is no student's fault
            ending, printed = self._attempt(cell)
        outputs = _stream_outputs(printed)
        if ending.error is not None:
            outputs.append(_error_output(ending, _traceback(ending, cell)))
        return verdict.of_check(cell, ending), outputs

    def _attempt(self, cell: SubmittedCell) -> tuple[Ending, io.StringIO]:
        """Run a check cell: how it ended, and what it printed. Leaves a worker that can go on."""
        printed = io.StringIO()
        try:
            if cell.name in self._skip:
                raise CheckTimeout("this check could not be brought to an end")
            self._require_time()
            self._on_step(cell.name)
            self._student.begin_check(cell.forbid)
            with self._surroundings(printed):
                ending = Ending(self._value(cell))
        except BaseException as error:  # also SystemExit: nothing that a check raises is a pass
            ending = Ending.raised(error)
        self._student.take_back()
        if self._student.lost or isinstance(ending.error, CheckTimeout):  # it may have come in the middle of an answer
            if self._student.lost:
                ending = Ending.raised(self._student.lost)
            self._restart()
        return ending, printed

    # The worker

    def _fresh(self) -> Student:
        student = Student(self._connect(), seconds=self._seconds.call, operators=self._operators)
        # The first of all waits until the fork server has loaded its libraries.
        student.ask("files", self._files, seconds=self._seconds.cell)
        return student

    def _send(self, cell: SubmittedCell) -> list[dict]:
        """Run a cell in the worker, and a given one here as well."""
        self._require_time()
        self._on_step("")
        given = cell.role is Role.GIVEN
        ran = self._student.run(cell.source, given=given, figures=cell.own, seconds=self._seconds.cell)
        outputs = read_outputs(ran)
        if given:
            self._define(cell.source)
        return outputs

    def _restart(self) -> None:
        """A fresh worker that has run what ran before, without the cell that lost the last one.

        Given cells run here again, too: what they made of the student's objects belonged to the last worker.
        """
        while True:
            self._student.close()
            self._student = self._fresh()
            try:
                for cell in self._ran:
                    self._send(cell)
                return
            except WorkerLost:  # it went well the first time; without it, others still can
                self._ran.remove(cell)

    def _require_time(self) -> None:
        if monotonic() > self._end:
            raise WorkerTimeout(f"the notebook took longer than {self._seconds.notebook:g} s")

    # Our own code

    def _define(self, source: str) -> None:
        """Run a given cell here. One that fails half way still gives its imports, functions and classes."""
        try:
            with self._surroundings(io.StringIO()):
                self._execute(source, "<given>")
        except BaseException:
            for statement in _definitions(source):
                with contextlib.suppress(Exception):
                    exec(compile(statement, "<given>", "exec"), self._names)

    def _value(self, cell: SubmittedCell):
        if self._in_process:
            return self._student.ask("check", _python(cell.source), cell.filename, seconds=self._seconds.check)
        return self._execute(cell.source, cell.filename)

    def _execute(self, source: str, filename: str):
        """Run a cell here; the value of its last expression, None if it ends with something else."""
        return run_source(_python(source), filename, self._names)

    @contextmanager
    def _surroundings(self, printed: io.StringIO):
        """Output caught, warnings shown once each, figures closed, and an alarm against checks without end."""
        with (
            warnings.catch_warnings(),
            redirect_stdout(printed),
            redirect_stderr(printed),
            sources_served(),
            _alarm(self._seconds.check),
        ):
            warnings.simplefilter("default")
            try:
                yield
            finally:
                if "matplotlib.pyplot" in sys.modules:
                    sys.modules["matplotlib.pyplot"].close("all")


class _Magics:
    """What `get_ipython()` gives to our own cells: magics say how to show things, and here nobody is looking."""

    def run_line_magic(self, name: str, line: str) -> None:
        """Do nothing."""

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Do nothing: a cell in another language, or one that is only timed, checks nothing."""


def _python(source: str) -> str:
    """A cell without IPython's special syntax."""
    special = any(line.lstrip().startswith(("%", "!", "?")) for line in source.splitlines())
    return TransformerManager().transform_cell(source) if special else source


def _definitions(source: str) -> list[ast.Module]:
    """The imports, functions and classes of a cell, each by itself."""
    try:
        tree = ast.parse(_python(source))
    except SyntaxError:
        return []
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return [ast.Module([statement], []) for statement in tree.body if isinstance(statement, kinds)]


@contextmanager
def _alarm(seconds: float):
    def ring(*_):
        raise CheckTimeout(f"the check took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _traceback(ending: Ending, cell: SubmittedCell) -> list[str]:
    """The line of the check that failed, then the way through the student's code, then the message."""
    lines = [f"line {number}: {line}" for number, line in verdict.lines_run(ending.error, cell)]
    if getattr(ending.error, "from_student", False):
        lines.append(ending.error.story)
    return [*lines, f"{ending.title}: {ending.text}"]


def _error_output(ending: Ending, lines: list[str]) -> dict:
    return new_output("error", ename=type(ending.error).__name__, evalue=ending.text, traceback=lines)


def _stream_outputs(printed: io.StringIO) -> list[dict]:
    text = printed.getvalue()
    if len(text) > MAX_OUTPUT:
        text = f"{text[:MAX_OUTPUT]}\n… {len(text) - MAX_OUTPUT} more characters"
    return [new_output("stream", name="stdout", text=text)] if text else []
