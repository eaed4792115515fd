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
from functools import partial
from time import monotonic

from IPython.core.inputtransformer2 import TransformerManager

from autograder.assignment import Role, SourceNotebook
from autograder.exam import verdict
from autograder.exam.cell_outputs import new_output, read_outputs
from autograder.exam.sharing import Change, Sharing
from autograder.exam.stand_ins import sources_served
from autograder.exam.student import Student, WorkerLost, WorkerTimeout
from autograder.exam.verdict import CheckTimeout, Ending
from autograder.inside.cells import run_source
from autograder.intake.restore import SubmittedCell
from autograder.names import bound, is_open
from autograder.results import ExerciseResult

MAX_OUTPUT = 100_000  # characters that a check may print


@dataclass(frozen=True)
class Seconds:
    """Time limits: one call of a student's function, one cell, one check with all its calls, one notebook."""

    call: float = 5.0
    cell: float = 60.0
    check: float = 60.0
    notebook: float = 600.0


class NotGiven(NameError):
    """A name that the instructor's cells should have made, and did not. The student's own of that name is not it."""


class Names(dict):
    """The global names of given and check cells: their own first, then Python's, then the student's.

    given, own: names that are the instructor's, and the student's, as the assignment says.
    """

    def __init__(self, given: Iterable[str], own: Collection[str], lookup: Callable[[str], object]):
        super().__init__(__name__="__main__", __builtins__=builtins, get_ipython=_Magics)
        self._lookup, self._own = lookup, own
        self._owed = dict.fromkeys(given, "a given cell that has not run")
        self._any_owed = ""

    def __missing__(self, name: str):
        if hasattr(builtins, name):
            raise KeyError(name)
        owing = self._owed.get(name) or (self._any_owed if name not in self._own else "")
        if owing:
            raise NotGiven(f"{name!r} comes from {owing}")
        return self._lookup(name)

    def owe(self, source: str, who: str) -> None:
        """A cell of the instructor's did not run to its end: what it did not bind must not be the student's now."""
        self._owed |= dict.fromkeys(bound(source) - self._own, who)

    def owe_all(self, who: str) -> None:
        """One that may bind names which its text does not show did not run to its end."""
        self._any_owed = who


class Examiner:
    """Grades one notebook, cell by cell.

    connect: opens a connection to a fresh worker.  files: name → bytes of what lies beside the notebook.
    source: the instructor's notebook.
    in_process: run the checks in the worker, where the student's code can reach them.
    on_step: told the name of a check before it runs, "" before any other cell runs.
    skip: checks that are not run again because they brought an earlier examiner down.
    sharing: which functions may change what a check hands them.

    `notes` says what went wrong with given cells; `changes` which functions changed an argument; `contested` which of
    them lost a check over it, that would have held otherwise.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        *,
        files: Mapping[str, bytes],
        source: SourceNotebook,
        seconds: Seconds,
        sharing: Sharing,
        in_process: bool = False,
        on_step: Callable[[str], None] = lambda name: None,
        skip: Collection[str] = frozenset(),
    ):
        self._connect = connect
        self._files, self._source, self._skip, self._sharing = files, source, skip, sharing
        self._seconds, self._in_process, self._on_step = seconds, in_process, on_step
        self._end = monotonic() + self._seconds.notebook
        self._names = Names(source.given_names, source.own_names, lambda name: self._student.lookup(name))
        self._ran: list[SubmittedCell] = []
        self.notes: dict[str, None] = {}
        self.changes: set[Change] = set()
        self.contested: set[Change] = set()
        self._student = self._fresh()
        for statement in source.imports:
            self._define(statement, f"`{statement}`")

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
            if cell.role is Role.GIVEN:  # whatever the student's side made of it, what it gives is given
                self._define(cell.source, _called(cell))
            ending = Ending.raised(lost)
            return [_error_output(ending, [ending.message])]
        self._ran.append(cell)
        return outputs

    def check(self, cell: SubmittedCell) -> tuple[ExerciseResult, list[dict]]:
        """Run a check cell; its result, and the outputs it leaves in the notebook."""
        ending, printed = self._attempt(cell)
        if isinstance(ending.error, WorkerTimeout):  # once more: that the machine stood still is no student's fault
            ending, printed = self._attempt(cell)
        changed = self._student.changed
        self.changes |= {self._change(cell, name) for name in changed}
        meddling = [
            name for name in changed if not self._sharing.allows(self._change(cell, name), returned=changed[name])
        ]
        if meddling and ending.error is None:
            # It held, but looked at data that the student's code had changed. It has to hold without that, too.
            ending, printed = self._attempt(cell, copies=True)
            self.contested |= {self._change(cell, name) for name in meddling if ending.error}
            self.notes[f"{cell.name}: {verdict.meddled(meddling)}"] = None
        outputs = _stream_outputs(printed)
        if ending.error is not None:
            outputs.append(_error_output(ending, _traceback(ending, cell)))
            self._names.owe(cell.source, f"the check {cell.name!r}, which failed")
        return verdict.of_check(cell, ending, meddling), outputs

    def _attempt(self, cell: SubmittedCell, *, copies: bool = False) -> tuple[Ending, io.StringIO]:
        """Run a check cell: how it ended, and what it printed. Leaves a worker that can go on.

        copies: of its data the student's functions change copies, unless changing them is their task.
        """
        printed = io.StringIO()
        try:
            if cell.name in self._skip:
                raise CheckTimeout("this check could not be brought to an end")
            self._require_time()
            self._on_step(cell.name)
            self._student.begin_check(cell.settings.forbid, partial(self._may_change, cell) if copies else _anything)
            with self._surroundings(printed):
                ending = Ending(self._value(cell))
        except BaseException as error:  # also SystemExit: nothing that a check raises is a pass
            ending = Ending.raised(error)
        self._student.end_check()
        if self._student.lost or isinstance(ending.error, CheckTimeout):  # it may have come in the middle of an answer
            if self._student.lost:
                ending = Ending.raised(self._student.lost)
            self._restart()
        return ending, printed

    def _may_change(self, cell: SubmittedCell, function: str, returned: bool) -> bool:
        return self._sharing.allows(self._change(cell, function), returned=returned)

    def _change(self, cell: SubmittedCell, function: str) -> Change:
        return Change(self._source.name, cell.name, function)

    # The worker

    def _fresh(self) -> Student:
        student = Student(self._connect(), seconds=self._seconds.call, operators=self._source.operators)
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
            self._define(cell.source, _called(cell))
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

    def _define(self, source: str, who: str) -> None:
        """Run what the instructor gives. A cell that fails half way still gives its imports, functions and classes."""
        try:
            with self._surroundings(io.StringIO()):
                self._execute(source, "<given>")
        except BaseException as error:
            ending = Ending.raised(error)
            why = ending.message
            if not ending.is_students:
                self.notes[f"{who} failed while grading: {why}"] = None
            for statement in _definitions(source):
                with contextlib.suppress(Exception, WorkerLost):
                    exec(compile(statement, "<given>", "exec"), self._names)
            self._names.owe(source, f"{who}, which failed: {why}")
            if is_open(source):
                self._names.owe_all(f"{who}, which failed: {why}")

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


def _anything(function: str, returned: bool) -> bool:
    return True


def _called(cell: SubmittedCell) -> str:
    return f"the given cell {cell.name!r}"


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
