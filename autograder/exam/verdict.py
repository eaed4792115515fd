"""Who decides: how a cell ended → its score, its outcome, and what the student is told of it.

Pure functions of plain values: no worker is needed to know what they answer.
"""

import re
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self, TypeGuard

import numpy as np

from autograder.assignment import SourceCell
from autograder.exam.student import CallStopped, CannotLeave, Interruption, WorkerDied, WorkerLost, WorkerTimeout, told
from autograder.exam.student_files import Refused
from autograder.inside.cut import cut
from autograder.intake.restore import SubmittedCell
from autograder.results import ExerciseResult, Outcome
from nnkit.notebook import sentences
from nnkit.notebook.policy import ForbiddenModule
from nnkit.testing import CheckFailed, Credit

# Characters that are kept: of a name, a line, a sentence about an exercise, an exception's message.
NAME, LINE, SENTENCE, MESSAGE = 200, 500, 1_000, 10_100


class CheckTimeout(Interruption):
    """A check took too long. Not an Exception, so that no check catches it by accident."""


class CheckLost(BaseException):
    """A check that is not run, because grading came to no end when it was."""


_TITLES: dict[type, str] = {
    CheckLost: "not run",
    CannotLeave: "the check cannot go on",
    Refused: "the check cannot go on",
    WorkerLost: "your code cannot be asked",
    WorkerDied: "your code ended its process",
    WorkerTimeout: "out of time",
    CheckTimeout: "out of time",
    CallStopped: "StopIteration",
}


@dataclass(frozen=True)
class Ending:
    """How a check ended: the value of its last line, or what it raised, with the message of that."""

    value: object = None
    error: BaseException | None = None
    text: str = ""

    @classmethod
    def raised(cls, error: BaseException) -> Self:
        """An exception. Its message is taken now: it may quote an object of the student's, who is asked for it."""
        try:
            known = told(error)
            text = known.message if known else str(error)
        except BaseException:  # what is asked is the student's own code, which may end its process over it
            text = "(its message cannot be shown)"
        return cls(error=error, text=cut(text, MESSAGE))

    @property
    def is_students(self) -> bool:
        """Whether it was the student's code that raised, or that was not there to be asked."""
        return told(self.error) is not None or isinstance(self.error, WorkerLost | NameError)

    @property
    def title(self) -> str:
        """The exception's name, or what stands for it."""
        return _TITLES.get(type(self.error), cut(printable(type(self.error).__name__), NAME))

    @property
    def message(self) -> str:
        """One line: the sentence of a failed check, else the title and the first line of the exception's message."""
        if isinstance(self.error, CheckFailed):
            return cut("\n".join(map(printable, self.error.sentence.split("\n"))), SENTENCE)
        return one_line(self.title, self.text)

    @property
    def unknown_name(self) -> str:
        """The name that a NameError is about; "" for any other ending."""
        return unknown_name(one_line("NameError", self.text)) if isinstance(self.error, NameError) else ""


def unknown_name(message: str) -> str:
    """The name that a NameError's message, with its title, is about; "" for any other message."""
    about = re.match(r"NameError: name '(\w{1,200})' is not defined", message)
    return about[1] if about else ""


def one_line(name: str, text: str) -> str:
    """An exception in a sentence: its name, and the first line of its message."""
    lines = list(map(printable, text.strip().splitlines()))
    return f"{printable(name)}: {_FILE.sub(_LINE_ONLY, cut(lines[0], LINE))}" if lines else printable(name)


# What a kernel calls a cell, at the end of a SyntaxError, says nothing to anybody.
_FILE, _LINE_ONLY = re.compile(r" \(\d+\.py, (line \d+)\)$"), r" (\1)"


def printable(text: str) -> str:
    """Without what a terminal would obey, which is not for a student's code to say."""
    return "".join(filter(str.isprintable, text))


def of_check(cell: SubmittedCell, ending: Ending, meddling: Collection[str] = (), earlier: str = "") -> ExerciseResult:
    """Full points only for a check that ran to its end; a number as its last value is partial credit.

    A Credit says what for.

    meddling: functions of the student's that change what they are given, although that is not their task.
    earlier: what went wrong before, if the ending is a NameError that follows from that.
    """
    if ending.error is not None:
        message, words = ending.message, _words(ending, ending.error, cell)
        if earlier:
            message, words = f"{earlier}; so {message}", f"{earlier}; so `{ending.unknown_name}` is not defined"
        aside = f"; {meddled(meddling)}" if meddling else ""
        return _result(cell, 0.0, _outcome(ending.error, cell), message + aside, words + aside)
    value, points = ending.value, cell.points
    if not is_number(value) or value == points:
        return _result(cell, points, Outcome.PASSED, told=meddled(meddling) if meddling else "")
    if not 0 <= value <= points:  # also NaN
        return _result(cell, 0.0, Outcome.ERROR, f"the check gave {_shown(value)} of {points:g} points")
    sentence = cut(printable(value.sentence), SENTENCE) if type(value) is Credit else ""
    if value == 0:
        return _result(cell, 0.0, Outcome.FAILED, sentence or "none of the points")
    return _result(cell, float(value), Outcome.PARTIAL, sentence or "part of the points")


def meddled(functions: Collection[str]) -> str:
    """What is said of functions that change what they are given."""
    names = " and ".join(f"`{name}`" for name in functions)
    return f"your {names} changes what it is given: work on a copy"


def of_written(cell: SourceCell, *, unanswered: bool) -> ExerciseResult:
    """An answer that a person grades, unless nothing was answered."""
    if unanswered:
        return _result(cell, 0.0, Outcome.NOT_ANSWERED, "nothing was answered")
    return _result(cell, None, Outcome.WAITING, "a person has to grade this answer")


def of_unreadable(cell: SourceCell, problem: str) -> ExerciseResult:
    """Anything graded in a notebook that cannot be read."""
    return _result(cell, 0.0, Outcome.UNREADABLE, problem)


def lines_run(error: BaseException, cell: SubmittedCell) -> list[tuple[int, str]]:
    """The number and text of each line of the check that the exception came through, the outermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [(frame.lineno or 0, frame.line or "") for frame in frames if frame.filename == cell.filename]
    known = told(error)
    if lines or known is None:
        return lines
    # The check ran beside the student's code, and what is known of its way is what the worker says.
    source = cell.source.splitlines()
    numbers = map(int, re.findall(rf'File "{re.escape(cell.filename)}", line (\d{{1,6}})', known.story))
    return [(number, source[number - 1].strip()) for number in numbers if 0 < number <= len(source)]


def _result(
    cell: SubmittedCell | SourceCell, score: float | None, outcome: Outcome, message: str = "", told: str | None = None
) -> ExerciseResult:
    return ExerciseResult(cell.name, score, cell.points, outcome, message, message if told is None else told)


def _outcome(error: BaseException, cell: SubmittedCell) -> Outcome:
    if isinstance(error, WorkerTimeout | CheckTimeout):
        return Outcome.TIMEOUT
    if isinstance(error, WorkerLost | CheckLost):
        return Outcome.KILLED
    if isinstance(error, NotImplementedError) and cell.unfinished:  # an answer may raise it by right
        return Outcome.NOT_ANSWERED
    return Outcome.FAILED if isinstance(error, AssertionError | ForbiddenModule) else Outcome.ERROR


def _words(ending: Ending, error: BaseException, cell: SubmittedCell) -> str:
    """What a student reads of an exception: a sentence, and of a hidden line nothing that would give the test away."""
    known, seen = told(error), _may_be_told(error, cell)
    if isinstance(error, ForbiddenModule) and cell.settings.forbid:  # what stands above the exercise, whoever raised it
        named = [module for module in cell.settings.forbid if module in ending.text]
        return ForbiddenModule(named or cell.settings.forbid).sentence
    if known and known.steps:
        if isinstance(error, NotImplementedError) and (sentence := sentences.unfinished(known.steps)):
            return sentence
        sentence = sentences.stopped(ending.title, known.steps, known.given)
        return f"{sentence}; {ending.message}" if seen else sentence
    if seen:
        return ending.message
    if isinstance(error, AssertionError):
        return f"a test that you do not see failed ({ending.title})"
    kind = sentences.with_article(ending.title)
    return f"a test that you do not see stopped with {kind}: it could not go on with what it got from your code"


def _may_be_told(error: BaseException, cell: SubmittedCell) -> bool:
    """Whether a student may read the message: a sentence made for that, or one from lines that are no secret.

    What a hidden line says of itself may give the test away.
    """
    ours = CheckFailed | WorkerLost | CheckLost | CheckTimeout | CannotLeave | Refused
    return isinstance(error, ours) or _is_visible(error, cell)


def _is_visible(error: BaseException, cell: SubmittedCell) -> bool:
    """Whether all lines of the check that the exception came through are lines that students have seen."""
    lines = [line.strip() for _, line in lines_run(error, cell)]
    seen, whole = ([line.strip() for line in text.splitlines()] for text in (cell.released, cell.source))
    return bool(lines) and all(0 < seen.count(line) == whole.count(line) for line in lines)


def is_number(value) -> TypeGuard[float]:
    """Whether a value is a number. Its type decides: an object of the student's may claim to be of any class."""
    kind = type(value)
    return issubclass(kind, int | float | np.integer | np.floating) and not issubclass(kind, bool)


def _shown(number) -> str:
    try:
        return f"{number:g}"
    except OverflowError:  # an integer that no float holds
        return "too many"
