"""Runs variants of an exercise against its check: each in a process of its own, forked from one that is set up once.

All other exercises are stubs, and plain cells are not run, so a check that leans on anything but the given cells is
found. The sources are the instructor's own and run unprotected, but for limits against loops and arrays without end.
"""

import contextlib
import io
import os
import pickle
import signal
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.build import spoil
from autograder.build.keys import Kind
from autograder.build.source import Chapter, Exercise
from autograder.exam import verdict
from autograder.hidden import Hidden
from autograder.inside.cells import run_source
from autograder.inside.limits import GiB, Limits
from nnkit.notebook import sentences
from nnkit.notebook.inputs import kept
from nnkit.notebook.policy import check_imports
from nnkit.testing import CheckFailed

SECONDS_PER_TRIAL = 60
NOTED = "_noted"
"""A variant may leave plain data in the namespace under this name: see `Ran.noted`."""


@dataclass(frozen=True)
class Trial:
    """One variant of an exercise against its check.

    variant: "solution", "alternative 1", "stub", "mistake 2", …  part: "whole" or "visible" (as released).
    message: the first line of the check's answer, empty if it passed.  problem: empty if the check did its work.
    bare: the answer names nothing: an exception of the check's, or "is wrong".
    proves_nothing: there was nothing to try, or it is allowed; `message` says why.
    """

    chapter: str
    exercise: str
    variant: str
    part: str
    message: str
    problem: str
    bare: bool = False
    proves_nothing: bool = False


@dataclass(frozen=True)
class Ran:
    """How a variant went.

    message: the first line of what was raised, "" if nothing was.  in_check: the check raised it.
    bare: it says no more than that something is wrong.  warned: the first line on stderr.
    short: what is said of an answer that earns a part of the points, "" if it earns all.
    proves_nothing: there was nothing to spoil.  noted: what the variant left under that name; a function, what it says.
    check_seconds: of processor, until the check had ended.
    """

    message: str = ""
    in_check: bool = False
    bare: bool = False
    warned: str = ""
    short: str = ""
    proves_nothing: bool = False
    noted: Any = None
    check_seconds: float = 0.0

    @property
    def caught(self) -> str:
        """What is said of an answer that does not earn all points, "" of one that does."""
        return self.message or self.short


class _OutOfTime(BaseException):
    """A trial took too long. Not an Exception, so that no check takes it for its own."""


@dataclass
class Bench:
    """An exercise with what stands around it. `setup` has to be called once, in a process of its own."""

    chapter: Chapter
    exercise: Exercise
    _before: list[tuple[str, str]] = field(default_factory=list)
    _after: list[tuple[str, str]] = field(default_factory=list)
    _namespace: dict = field(default_factory=lambda: {"__name__": "__main__"})
    _given: set[str] = field(default_factory=set)
    _broken: Ran | None = None

    def __post_init__(self):
        hidden = Hidden()
        self.stub = hidden.stub(self.exercise.solution.source)
        self.whole = self.exercise.check.source
        self.visible = hidden.released(self.whole)
        here = self._before
        for cell in self.chapter.cells:
            if cell is self.exercise.solution:
                here = self._after
            elif cell is self.exercise.check:
                break
            elif cell.kind is Kind.GIVEN:
                here.append((f"given line {cell.line}", cell.source))
            elif cell.kind is Kind.EXERCISE:
                here.append((cell.name, hidden.stub(cell.source)))

    def setup(self) -> "Bench":
        """Run what stands before the exercise."""
        with _quiet():
            try:
                for label, source in self._before:
                    self._run(label, source)
            except BaseException as error:  # each trial says so
                self._broken = _failure(error, in_check=False)
        return self

    def run(
        self,
        source: str,
        check: str = "",
        *,
        forbid: tuple[str, ...] = (),
        spoiled: str = "",
        seconds: float = SECONDS_PER_TRIAL,
    ) -> Ran:
        """Run a variant of the answer and a check (default: the whole one) in a fork of this process.

        spoiled: in which way its answers are.  seconds: of processor; by the clock on the wall, `SECONDS_PER_TRIAL`.
        """
        if self._broken:
            return self._broken
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                with open(writer, "wb") as answer:
                    answer.write(pickle.dumps(self._ran(source, check or self.whole, forbid, spoiled, seconds)))
            finally:
                os._exit(0)
        os.close(writer)
        with open(reader, "rb") as answer:
            found = answer.read()
        os.waitpid(child, 0)
        return pickle.loads(found) if found else Ran("the process ended without an answer", bare=True)

    def trial(self, variant: str, ran: Ran, problem: str = "", *, part: str = "whole", **more) -> Trial:
        """What is to be said of a run."""
        message = ran.message or ran.warned or ran.short
        return Trial(self.chapter.name, self.exercise.name, variant, part, message, problem, ran.bare, **more)

    def _ran(self, source: str, check: str, forbid: tuple[str, ...], spoiled: str, seconds: float) -> Ran:
        _limit(seconds)
        done: list[str] | None = None
        label, value = "", None
        try:
            with _quiet() as warned:
                before = set(self._namespace)
                self._run(label := "answer", source)
                names = sorted(set(self._namespace) - before)
                for name in names:
                    check_imports(self._namespace[name], forbid, self._namespace, self._given)
                if spoiled:
                    done = spoil.spoil_names(self._namespace, names, spoiled)
                for label, text in self._after:
                    self._run(label, text)
                watched = names if self.exercise.solution.settings.keeps_inputs else ()
                with kept(self._namespace, watched):
                    value = self._run(label := "check", check)
        except spoil.NothingToSpoil as reason:
            return Ran(str(reason), proves_nothing=True)
        except BaseException as error:  # also SystemExit: it would end the process without a word
            judged = label == "check" and not isinstance(error, _OutOfTime) and done != []
            found = _failure(error, in_check=judged)
            return replace(found, bare=found.bare and not _has_a_line(error, self._filename("answer")))
        finally:
            signal.alarm(0)
            signal.setitimer(signal.ITIMER_PROF, 0)
        if done == []:
            return Ran("no answer was given that could be spoiled", proves_nothing=True)
        used = sum(os.times()[:2])
        first = next(iter(warned.getvalue().splitlines()), "")
        noted = self._namespace.get(NOTED)
        short = self._short(value) if check == self.whole else ""
        return Ran(warned=first, short=short, noted=noted() if callable(noted) else noted, check_seconds=used)

    def _short(self, value) -> str:
        """What is said of partial credit, which a number is at the end of a check."""
        points = self.exercise.check.points
        if not verdict.is_number(value) or value == points:
            return ""
        return getattr(value, "sentence", f"{value:g} of {points:g} points")

    def _filename(self, label: str) -> str:
        return f"<{self.chapter.name}: {self.exercise.name}, {label}>"

    def _run(self, label: str, source: str):
        filename = self._filename(label)
        if label.startswith("given"):
            self._given.add(filename)
        return run_source(source, filename, self._namespace)


def first_line(error: BaseException) -> str:
    """The sentence of a failed check; for any other exception its type and the first line of its message."""
    sentence = getattr(error, "sentence", None)
    if sentence is not None:
        return sentence
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def is_bare(error: BaseException) -> bool:
    """Whether what a student is told of a failed check names nothing: an exception, or that values are wrong."""
    words = first_line(error)
    return not isinstance(error, CheckFailed) or words.endswith((" wrong", " not what the exercise asks for"))


def _failure(error: BaseException, *, in_check: bool) -> Ran:
    return Ran(first_line(error), in_check=in_check, bare=is_bare(error))


def _has_a_line(error: BaseException, answer: str) -> bool:
    """Whether an exception came out of a line of the answer: a student is told which, and the shapes that met there."""
    steps = sentences.way(error.__traceback__, lambda frame: frame.f_code.co_filename == answer)
    return isinstance(error, Exception) and bool(steps and steps[-1].line)


@contextlib.contextmanager
def _quiet():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as warned:
        yield warned


def _limit(seconds: float) -> None:
    """Let this process, a fork, take so much time of the processor, and no memory without end."""

    def ring(*_):
        raise _OutOfTime(f"ran longer than {seconds:g} s")

    signal.signal(signal.SIGALRM, ring)
    signal.signal(signal.SIGPROF, ring)
    signal.alarm(SECONDS_PER_TRIAL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    Limits(memory=GiB, cpu_seconds=int(seconds) + 5).apply()
