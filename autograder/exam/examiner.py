"""The trusted side of grading one notebook: sends cells to a worker and runs the checks here; verdict.py scores them.

Cells go in the notebook's order. The student's cells run in the worker; given cells run there and here; check cells run
here only, as ordinary Python whose unknown names are the student's. A worker that dies or hangs costs the cell at hand:
a fresh one replays the cells before it.
"""

import ast
import contextlib
import io
import re
import socket
import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import copy
from functools import partial
from pathlib import Path
from time import monotonic

from IPython.core.inputtransformer2 import TransformerManager

from autograder.assignment import Role, SourceNotebook
from autograder.exam import our_code, verdict
from autograder.exam.cell_outputs import Outputs, new_output
from autograder.exam.clock import Budget, Seconds, alarm
from autograder.exam.effects import Effects, Settled
from autograder.exam.names import Names, is_of_a_cell
from autograder.exam.needed import RUN_ALL, Plan
from autograder.exam.sharing import Change, Sharing
from autograder.exam.stand_ins import facts, is_stand_in, sources_served
from autograder.exam.student import Student, WorkerDied, WorkerLost, WorkerTimeout, told
from autograder.exam.student_files import StudentFiles
from autograder.exam.verdict import CheckLost, CheckTimeout, Ending
from autograder.inside.cells import run_source
from autograder.inside.cut import cut
from autograder.intake.restore import SubmittedCell
from autograder.names import begun, bound, is_open, is_python
from autograder.results import ExerciseResult

MAX_OUTPUT = 100_000  # characters kept of what a check prints
NOT_RUN = "(not run while grading: nothing that is graded depends on it)\n"
# What a check says that expects masked or missing items.
_MISSING = re.compile(
    r"\bma\.|\bmasked_|MaskedArray|\.mask\b|\bNA\b|\b(is|not)na\b|\bisnull\b"
    r"|['\"](U?Int(8|16|32|64)|boolean|string)['\"]|\bassert_(frame|series|index|extension_array)_equal\b"
)
MOST_LINES = 20  # shown of the way that an exception took through a check


class Printed(io.StringIO):
    """What a check prints: the beginning of it."""

    def __init__(self):
        super().__init__()
        self._room, self._cut = MAX_OUTPUT, 0

    def write(self, text: str) -> int:
        kept = text[: self._room]
        super().write(kept)
        self._room -= len(kept)
        self._cut += len(text) - len(kept)
        return len(text)

    def outputs(self) -> list[dict]:
        """As those of a cell."""
        text = self.getvalue() + (f"\n… {self._cut} more characters" if self._cut else "")
        return [new_output("stream", name="stdout", text=text)] if text else []


class Examiner:
    """Grades one notebook, cell by cell.

    connect: opens a connection to a fresh worker.  files: name → bytes of what lies beside the notebook.
    source: the instructor's notebook.
    folder: where this process works, and checks find what the student's code writes; None if they need not.
    budget: the time for all checks of the submission; outputs: takes in what all its cells show.
    on_step: told the number of the cell at hand, from 0 in the order in which they are run, before anything runs; it
    answers why the cell is not run, "" if it is.
    sharing: which functions may change what a check hands them.
    plan: which cells are not run, since nothing that is graded depends on them.

    `changes` says which functions changed an argument; `contested` which of them were blamed for it, though it may be
    their task; `given_failures` which given cells and imports failed, here or in the worker, and how.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        *,
        files: Mapping[str, bytes],
        source: SourceNotebook,
        seconds: Seconds,
        sharing: Sharing,
        folder: Path | None = None,
        budget: Budget | None = None,
        outputs: Outputs | None = None,
        on_step: Callable[[int], str] = lambda number: "",
        plan: Plan = RUN_ALL,
    ):
        self._connect = connect
        self._files, self._source, self._sharing = files, source, sharing
        self._seconds = seconds
        self._budget, self._outputs = budget or Budget(seconds.checks), outputs or Outputs()
        self._before = copy(self._outputs)
        self._on_step, self._at = on_step, -1
        self._plan, self._count = plan, 0
        self._end = monotonic() + self._seconds.notebook
        self._names = Names(source.given_names, source.own_names, lambda: self._student)
        self._names.update(our_code.NAMES)
        self._given: dict[str, type] = {}
        self._student_files = StudentFiles(folder)
        self._ran: list[tuple[int, SubmittedCell | Settled]] = []
        self._places = {cell.name: i for i, cell in enumerate(source.cells, 1)}
        self._place = 0  # so many of the instructor's cells are over
        self._effects = Effects(self._names)  # of the last check
        self._lent: frozenset[str] = frozenset()
        self._notes: dict[str, None] = {}
        self._spent_before = self._budget.spent
        self._failed = False
        self.changes: set[Change] = set()
        self.contested: set[Change] = set()
        self.given_failures: dict[str, str] = {}
        self._stopped: dict[str, str] = {}  # names → the cell that would have bound them, and what it raised
        self._student = self._fresh()
        for statement in source.imports:
            self._define(statement, f"`{statement}`", statement)

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong with given cells, what was not run, and what was taken beyond what honest work takes."""
        spent = self._budget.spent - self._spent_before
        slow = f"the checks took {spent:.0f} s; all of a submission may take {self._budget.seconds:g} s together"
        full = "the outputs were cut: they take more room than those of a whole submission may"
        files = (f"`{name}` was not shown to the checks: {why}" for name, why in self._student_files.refused.items())
        return (*self._notes, *files, *[slow] * (spent > self._seconds.check), *[full] * self._outputs.full)

    def __enter__(self) -> "Examiner":
        return self

    def __exit__(self, *_) -> None:
        self._student.close()
        self._student_files.forget()

    @property
    def doubt(self) -> bool:
        """Whether a cell that was not run could explain what failed, or was asked for."""
        return bool(self._plan.in_worker) and (self._failed or self._names.looked_up_one_of(self._plan.names))

    def forget(self) -> None:
        """Give back the time and the room that this attempt took: another one follows."""
        self._budget.spent = self._spent_before
        vars(self._outputs).update(vars(self._before))

    def run(self, cell: SubmittedCell) -> list[dict]:
        """Run a student's or given cell; the outputs it leaves in the notebook."""
        self._hand_over(self._places.get(cell.name, 0))
        if refusal := self._begin(_called(cell), cell.source):
            if cell.role is Role.GIVEN:
                self._owe(cell.source, f"{_called(cell)}, which was not run")
            ending = Ending.raised(refusal)
            return [_error_output(ending, [ending.message])]
        self._count += 1
        if self._at in self._plan.in_worker:
            if cell.role is Role.GIVEN and self._at not in self._plan.here:
                self._define(cell.source, _called(cell), cell.name)
            shown = self._plan.outputs.get(self._at, (new_output("stream", name="stdout", text=NOT_RUN),))
            return self._outputs.read(list(shown))
        try:
            outputs = self._outputs.read(self._send(self._count, cell, here=self._at not in self._plan.here))
        except WorkerLost as lost:
            self._restart()
            if cell.role is Role.GIVEN:  # whatever the student's side made of it, what it gives is given
                self._define(cell.source, _called(cell), cell.name)
            ending = Ending.raised(lost)
            self._blame(cell, ending.message)
            return [_error_output(ending, [ending.message])]
        self._ran.append((self._count, cell))
        self._failed |= cell.own and any(output.get("ename") in ("NameError", "AttributeError") for output in outputs)
        if error := next((output for output in outputs if output["output_type"] == "error"), None):
            self._note_error(cell, verdict.one_line(cut(error["ename"], verdict.NAME), error["evalue"]))
        return outputs

    def _note_error(self, cell: SubmittedCell, error: str) -> None:
        """A cell stopped in the worker; of a given one, nobody else would tell."""
        who = _called(cell)
        self._blame(cell, error)
        if cell.role is Role.GIVEN and cell.name not in self.given_failures:
            self.given_failures[cell.name] = error
            self._notes[f"{who} failed beside the student's code: {error}"] = None

    def _blame(self, cell: SubmittedCell, error: str) -> None:
        """A cell stopped: a later NameError follows from it, and from what this one follows from."""
        first = self._stopped.get(verdict.unknown_name(error)) or f"{_called(cell)} stopped: {error}"
        self._stopped |= dict.fromkeys(self._binds(cell), first)

    def _binds(self, cell: SubmittedCell) -> Collection[str]:
        """The names that a cell binds, or would, if a student's text were Python."""
        if cell.role is Role.GIVEN or is_python(cell.source):
            return bound(cell.source)
        solved = (known.changes for known in self._source.cells if known.name == cell.name)
        return begun(cell.source).union(*solved)

    def check(self, cell: SubmittedCell) -> tuple[ExerciseResult, list[dict]]:
        """Run a check cell; its result, and the outputs it leaves in the notebook."""
        self._hand_over(self._places.get(cell.name, 0))
        if refusal := self._begin(cell.name, cell.source) or self._over_budget():
            ending = Ending.raised(refusal)
            self._names.owe(cell.source, f"the check {cell.name!r}, which was not run")
            return verdict.of_check(cell, ending), [_error_output(ending, [ending.message])]
        with self._names.bound_by_check():
            ending, printed, meddling = self._attempts(cell)
        self._settle(cell)
        outputs = printed.outputs()
        self._failed |= isinstance(ending.error, NameError | AttributeError)
        if ending.error is not None:
            outputs.append(_error_output(ending, _traceback(ending, cell)))
            self._names.owe(cell.source, f"the check {cell.name!r}, which failed")
        elif cell.settings.in_process:  # what it bound lies in the student's reach, and the next check out of it
            self._names.owe(cell.source, f"the check {cell.name!r}, which runs in process: this one has to, too")
        earlier = self._stopped.get(ending.unknown_name, "")
        return verdict.of_check(cell, ending, meddling, earlier), self._outputs.read(outputs)

    def _attempts(self, cell: SubmittedCell) -> tuple[Ending, Printed, list[str]]:
        """Run a check cell, again where once is not enough: how it ended, what it printed, who changed its data."""
        before = self._names.plain
        ending, printed = self._attempt(cell)
        if isinstance(ending.error, WorkerTimeout) and self._budget.left and not self._is_over():
            # Once more: that the machine stood still is no student's fault.
            self._undo(before)
            ending, printed = self._attempt(cell)
        changed = {} if self._student.lost else self._student.changed
        self.changes |= {self._change(cell, name) for name in changed}
        meddling = [
            name for name in changed if not self._sharing.allows(self._change(cell, name), returned=changed[name])
        ]
        self.contested |= {self._change(cell, name) for name in meddling}
        if meddling and ending.error is None:
            # It held, but looked at data that the student's code had changed. It has to hold without that, too.
            self._undo(before)
            ending, printed = self._attempt(cell, copies=True)
            self._notes[f"{cell.name}: {verdict.meddled(meddling)}"] = None
        return ending, printed, meddling

    def _attempt(self, cell: SubmittedCell, *, copies: bool = False) -> tuple[Ending, Printed]:
        """Run a check cell: how it ended, and what it printed.

        copies: of its data the student's functions change copies, unless changing them is their task.
        """
        printed = Printed()
        self._effects = Effects(self._names, cell.reach, cell.source, lent=self._lent, is_lost=self._is_lost)
        try:
            self._on_step(self._at)
            may_change = partial(self._may_change, cell) if copies else _anything
            self._student.missing, self._student.uncovered = bool(_MISSING.search(cell.source)), False
            self._student.begin_check(cell.settings, may_change, self._effects)
            with (
                self._surroundings(printed, self._time_for_check()),
                self._budget.running(),
                self._student_files.guarded(),
            ):
                ending = Ending(self._value(cell))
        except BaseException as error:  # also SystemExit: nothing that a check raises is a pass
            ending = Ending.raised(error)
        self._student.end_check()
        if self._student.uncovered:
            self._notes[f"{cell.name} sees what lies under masked and missing items of an answer: it names none"] = None
        if self._student.lost:
            ending = Ending.raised(self._student.lost)
        elif isinstance(ending.error, CheckTimeout):  # it may have come in the middle of an answer
            self._student.part(WorkerDied("the check was out of time"))
        return ending, printed

    def _undo(self, before: dict) -> None:
        """Forget an attempt at a check, also what the worker was told of it."""
        self._names.set_back(before)
        if self._student.lost or self._effects.told:
            self._restart()

    def _settle(self, cell: SubmittedCell) -> None:
        """Keep what stays of a check, and leave a worker that can go on."""
        settled = self._effects.settle()
        self._lent = self._effects.lends()
        for name in settled.left_out:
            why = f"binds {name!r}, which the solution reads, to an object that stays in the examiner"
            self._notes[f"{cell.name} {why}: only --in-process lets answers use it"] = None
        if settled:
            self._ran.append((self._count, settled))
        if not self._student.lost and (settled or self._effects.told):
            with contextlib.suppress(WorkerLost):  # then it is told again
                self._student.settle(*settled.for_worker(self._is_lost))
        if self._student.lost:
            self._restart()

    def _may_change(self, cell: SubmittedCell, function: str, returned: bool) -> bool:
        return self._sharing.allows(self._change(cell, function), returned=returned)

    def _change(self, cell: SubmittedCell, function: str) -> Change:
        return Change(self._source.name, cell.name, function)

    # What is not run

    def _begin(self, who: str, source: str) -> CheckLost | CheckTimeout | None:
        """The next cell is at hand. Why it is not run, and a note of that; None if it is."""
        self._at += 1
        if source.strip():
            self._names.history.append(source)
        if why := self._on_step(self._at):
            self._notes[f"{who} was not run: {why}"] = None
            return CheckLost(why)
        if self._is_over():
            why = f"the notebook took longer than {self._seconds.notebook:g} s"
            self._notes[f"{why}: what came after that was not run"] = None
            return CheckTimeout(why)
        return None

    def _over_budget(self) -> CheckTimeout | None:
        """Why no further check of the submission is run, and a note of that; None if it is."""
        if self._budget.left:
            return None
        why = f"the checks took longer than {self._budget.seconds:g} s together"
        self._notes[f"{why}: those that came after that were not run"] = None
        return CheckTimeout(why)

    def _is_over(self) -> bool:
        return monotonic() > self._end

    def _time_for_check(self) -> float:
        return max(min(self._seconds.check, self._budget.left), 0.001)  # none would mean: without an alarm

    def _owe(self, source: str, who: str) -> None:
        self._names.owe(source, who)
        if is_open(source):
            self._names.owe_all(who)

    # The worker

    def _fresh(self) -> Student:
        operators = self._source.operators
        student = Student(
            self._connect(),
            seconds=self._seconds.call,
            operators=operators,
            given=self._given,
            files=self._student_files,
        )
        # The first of all waits until the fork server has loaded its libraries.
        student.ask("files", self._files, seconds=self._seconds.cell)
        return student

    def _is_lost(self, value: object) -> bool:
        """Whether it is an object of a worker that is no more."""
        return is_stand_in(value) and facts(value).home is not self._student

    def _hand_over(self, place: int) -> None:
        """What answers of the instructor's notebook change, up to this place, is the student's from here on."""
        for known in self._source.cells[self._place : place]:
            self._names.hand_over(known.changes)
        self._place = max(self._place, place)

    def _send(self, count: int, cell: SubmittedCell | Settled, *, here: bool = True):
        """Run a cell in the worker, and a given one here as well; its outputs, as the worker says."""
        self._on_step(self._at)  # a sign of life
        if isinstance(cell, Settled):
            self._student.settle(*cell.for_worker(self._is_lost))
            return []
        self._hand_over(self._places.get(cell.name, 0))
        given, seconds = cell.role is Role.GIVEN, self._seconds.cell
        outputs = self._student.run(cell.source, count=count, given=given, figures=cell.own, seconds=seconds)
        if given and here:
            self._define(cell.source, _called(cell), cell.name)
        return outputs

    def _restart(self) -> None:
        """A fresh worker that has run what ran before, without the cell that lost the last one.

        Given cells run here again, too: what they made of the student's objects belonged to the last worker.
        """
        place = self._place
        while not self._is_over():  # then nothing is asked any more
            self._student.close()
            self._student_files.forget()
            self._student, self._place = self._fresh(), 0
            cell = None
            try:
                with self._names.replayed(self._is_lost):
                    for count, cell in self._ran:
                        self._send(count, cell)
                    self._hand_over(place)
                return
            except WorkerLost as lost:  # it went well the first time; without it, others still can
                self._ran = [(count, other) for count, other in self._ran if other is not cell]
                why = Ending.raised(lost).message
                self._notes[f"{_called(cell)} did not run again for a fresh worker, and was left out: {why}"] = None

    # Our own code

    def _define(self, source: str, who: str, name: str) -> None:
        """Run what the instructor gives. A cell that fails half way still gives its imports, functions and classes."""
        before = self._names.plain
        self._names.asked_student = False
        try:
            with (
                self._surroundings(Printed(), self._seconds.check),
                self._student_files.aside(),
                self._names.bound_by_given(),
            ):
                self._execute(source, "<given>")
        except BaseException as error:
            ending = Ending.raised(error)
            why = ending.message
            self.given_failures[name] = why
            if not (ending.is_students or self._is_over_an_answer(ending)):
                self._notes[f"{who} failed while grading: {why}"] = None
            for statement in _definitions(source):
                with contextlib.suppress(Exception, WorkerLost):
                    exec(compile(statement, "<given>", "exec"), self._names)
            self._owe(source, f"{who}, which failed: {why}")
        for name, value in self._names.plain.items():
            if isinstance(value, type) and before.get(name) is not value and is_of_a_cell(value):
                self._given[value.__qualname__] = value

    def _is_over_an_answer(self, ending: Ending) -> bool:
        """Whether a given cell uses what answers gave it, and so fails while they are not right."""
        return self._names.asked_student and not isinstance(ending.error, ImportError | OSError)

    def _value(self, cell: SubmittedCell):
        if cell.settings.in_process:
            return self._student.ask("check", _python(cell.source), cell.filename, seconds=self._time_for_check())
        if magic := _cell_magic(cell.source):
            raise SyntaxError(f"`{magic}` checks nothing here: set this cell's mode to `in_process`")
        return self._execute(cell.source, cell.filename)

    def _execute(self, source: str, filename: str):
        """Run a cell here; the value of its last expression, None if it ends with something else."""
        change = partial(our_code.as_examined, names=self._names.plain.keys() | self._source.own_names)
        return run_source(_python(source), filename, self._names, change=change)

    @contextmanager
    def _surroundings(self, printed: Printed, seconds: float):
        """Output caught, warnings shown once each, figures closed, and an alarm against checks without end."""
        with (
            warnings.catch_warnings(),
            redirect_stdout(printed),
            redirect_stderr(printed),
            sources_served(),
            self._names.shell_for_modules(),
            alarm(seconds, CheckTimeout(f"the check took longer than {seconds:g} s")),
        ):
            warnings.simplefilter("default")
            try:
                yield
            finally:
                if "matplotlib.pyplot" in sys.modules:
                    sys.modules["matplotlib.pyplot"].close("all")


def _anything(function: str, returned: bool) -> bool:
    return True


def _called(cell: SubmittedCell | Settled | None) -> str:
    if not isinstance(cell, SubmittedCell):
        return "what checks have bound"
    if cell.role is Role.GIVEN:
        return f"the given cell {cell.name!r}"
    return f"the cell {cell.name!r}" if cell.name else "a cell of the student's own"


# Magics for a whole cell that run it as it is, and look at how long it takes or what it prints.
_LOOKING_ON = ("%%time", "%%timeit", "%%capture", "%%prun")


def _cell_magic(source: str) -> str:
    """The magic that makes the whole cell something else than Python; "" if there is none."""
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return first.split()[0] if first.startswith("%%") and first.split()[0] not in _LOOKING_ON else ""


def _python(source: str) -> str:
    """A cell without IPython's special syntax."""
    first, newline, rest = source.lstrip().partition("\n")
    if first.split() and first.split()[0] in _LOOKING_ON:
        source = source[: -len(first + newline + rest)] + newline + rest
    return source if is_python(source) else TransformerManager().transform_cell(source)


def _definitions(source: str) -> list[ast.Module]:
    """The imports, functions and classes of a cell, each by itself."""
    try:
        tree = ast.parse(_python(source))
    except SyntaxError:
        return []
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return [ast.Module([statement], []) for statement in tree.body if isinstance(statement, kinds)]


def _traceback(ending: Ending, cell: SubmittedCell) -> list[str]:
    """The line of the check that failed, then the way through the student's code, then the message."""
    error = ending.error
    assert error is not None
    run = verdict.lines_run(error, cell)
    lines = [f"line {number}: {cut(line, verdict.LINE)}" for number, line in run[:MOST_LINES]]
    if len(run) > MOST_LINES:
        lines.append(f"… {len(run) - MOST_LINES} more lines")
    if known := told(error):
        lines.append(known.story)
    return [*lines, f"{ending.title}: {ending.text}"]


def _error_output(ending: Ending, lines: list[str]) -> dict:
    name = cut(type(ending.error).__name__, verdict.NAME)
    return new_output("error", ename=name, evalue=ending.text, traceback=lines)
