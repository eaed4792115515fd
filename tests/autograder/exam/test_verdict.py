"""Who decides a score, an outcome and what a student is told: the whole table, without a worker."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from autograder.assignment import Role, Settings, SourceCell
from autograder.exam import verdict
from autograder.exam.stand_ins import Facts, StandIn
from autograder.exam.student import CannotLeave, Told, WorkerDied, WorkerLost, WorkerTimeout
from autograder.exam.student_files import Refused
from autograder.exam.verdict import CheckTimeout, Ending
from autograder.inside.cells import run_source
from autograder.intake.restore import SubmittedCell
from autograder.results import Outcome
from nnkit.notebook.policy import ForbiddenModule
from nnkit.notebook.sentences import STUB, Step
from nnkit.testing import CheckFailed, Credit

VISIBLE = "call()\nraise error  # seen\nraise error"
HIDDEN = "raise error  # hidden\nraise error\ndef call():\n    raise error  # hidden"
WAYS = {
    "a visible line": ("raise error  # seen", True),
    "a hidden line": ("raise error  # hidden", False),
    "a line that is visible once and hidden once": ("raise error", False),
    "a visible line that leads to a hidden one": ("def call():\n    raise error  # hidden\ncall()", False),
    "a line that nobody wrote": ("raise error  # elsewhere", False),
}


def check(points=3.0, **more):
    source = f"{VISIBLE}\n{HIDDEN}"
    return SubmittedCell("check_f", Role.CHECK, "code", source, points=points, released=VISIBLE, **more)


def raised(error, line, cell):
    """The error, raised from a line of a check."""
    with pytest.raises(type(error)) as caught:
        run_source(line, cell.filename, {"error": error.with_traceback(None)})
    return caught.value


def students(kind, message="told by them", story=""):
    """An exception out of the student's code, as it arrives."""
    error = kind.__new__(kind)
    error._told = Told(message, story)
    return error


def in_a_sentence(message, outcome):
    """What is told of a hidden line: the name of the exception alone would be no answer."""
    kind = message.partition(":")[0]
    if outcome is Outcome.FAILED and "Module" not in kind:
        return f"a test that you do not see failed ({kind})"
    article = "an" if kind[0] in "AEIOU" else "a"
    return (
        f"a test that you do not see stopped with {article} {kind}: it could not go on with what it got from your code"
    )


LATE = "the check took longer than 60 s"
# What was raised: the outcome, the message, and whether a student may read it wherever it was raised.
EXCEPTIONS = {
    "a sentence": (CheckFailed("too small", "expected 3, got 2"), Outcome.FAILED, "too small", True),
    "an assertion": (AssertionError("2 != 3"), Outcome.FAILED, "AssertionError: 2 != 3", False),
    "a bare assertion": (AssertionError(), Outcome.FAILED, "AssertionError", False),
    "many lines": (ValueError("\n  one\ntwo"), Outcome.ERROR, "ValueError: one", False),
    "a name that a terminal obeys": (
        students(type("\x1b[2J\n1 of 1", (Exception,), {}), ""),
        Outcome.ERROR,
        "[2J1 of 1",
        False,
    ),
    "a sentence that quotes": (CheckFailed("got \x1b[2J:\nthree"), Outcome.FAILED, "got [2J:\nthree", True),
    "what is missing": (students(NotImplementedError, ""), Outcome.ERROR, "NotImplementedError", False),
    "the student's": (students(KeyError), Outcome.ERROR, "KeyError: told by them", False),
    "the student's assertion": (students(AssertionError), Outcome.FAILED, "AssertionError: told by them", False),
    "a module": (ForbiddenModule(["a"]), Outcome.FAILED, "ForbiddenModule: this exercise does not allow a", False),
    "an exit": (SystemExit(0), Outcome.ERROR, "SystemExit: 0", False),
    "an interrupt": (KeyboardInterrupt(), Outcome.ERROR, "KeyboardInterrupt", False),
    "a late call": (WorkerTimeout("no answer in 5 s"), Outcome.TIMEOUT, "out of time: no answer in 5 s", True),
    "a late check": (CheckTimeout(LATE), Outcome.TIMEOUT, f"out of time: {LATE}", True),
    "a dead worker": (WorkerDied("it ended"), Outcome.KILLED, "your code ended its process: it ended", True),
    "a lost worker": (WorkerLost("gone"), Outcome.KILLED, "your code cannot be asked: gone", True),
    "a terminal's command": (ValueError("a\x1b[2Jb"), Outcome.ERROR, "ValueError: a[2Jb", False),
    "a long story": (ValueError("x" * 501), Outcome.ERROR, f"ValueError: {'x' * 500}… (1 more characters)", False),
}


@pytest.mark.parametrize("name", EXCEPTIONS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("points", [0.0, 3.0])
def test_a_check_that_raised(name, way, points):
    error, outcome, message, always = EXCEPTIONS[name]
    line, visible = WAYS[way]
    cell = check(points)
    result = verdict.of_check(cell, Ending.raised(raised(error, line, cell)))
    assert (result.name, result.score, result.points) == ("check_f", 0.0, points)
    assert (result.outcome, result.message) == (outcome, message)
    assert result.told == (message if visible or always else in_a_sentence(message, outcome))


UNFINISHED = {"what is missing": Outcome.NOT_ANSWERED}  # if a stub is still there


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_only_a_stub_that_was_met_is_no_answer(name):
    error, outcome, message, _ = EXCEPTIONS[name]
    result = verdict.of_check(check(unfinished=True), Ending.raised(error))
    assert (result.score, result.outcome, result.message) == (0.0, UNFINISHED.get(name, outcome), message)


def test_a_function_that_changes_what_it_is_given_is_named():
    aside = "your `f` and `g` changes what it is given: work on a copy"
    passed = verdict.of_check(check(), Ending(None), ("f", "g"))
    assert (passed.score, passed.outcome, passed.message, passed.told) == (3.0, Outcome.PASSED, "", aside)
    failed = verdict.of_check(check(), Ending.raised(ValueError("x")), ("f", "g"))
    assert (failed.score, failed.message, failed.told) == (
        0.0,
        f"ValueError: x; {aside}",
        f"{in_a_sentence('ValueError', Outcome.ERROR)}; {aside}",
    )
    assert verdict.of_check(check(), Ending.raised(ValueError("x"))).message == "ValueError: x"


def test_what_no_line_of_the_check_raised_is_not_told():
    told = verdict.of_check(check(), Ending.raised(ValueError("who?"))).told
    assert told == in_a_sentence("ValueError", Outcome.ERROR)


@pytest.mark.parametrize(("number", "visible"), [(2, True), (4, False), (3, False), (99, False), (0, False)])
def test_of_a_check_beside_the_students_code_the_worker_says_where_it_stopped(number, visible):
    story = f'  File "<check_f>", line {number}, in <module>\n    raise error\n  File "<ipython>", line 1, in f\n'
    ending = Ending.raised(students(ValueError, story=story))
    hidden = in_a_sentence("ValueError", Outcome.ERROR)
    assert verdict.of_check(check(), ending).told == ("ValueError: told by them" if visible else hidden)


STEPS = (Step("fit", "w = step(X)"), Step("step", "return X @ w", (("X", (3, 2)), ("w", (3,)))))


@pytest.mark.parametrize("line", ["raise error  # seen", "raise error  # hidden"])
def test_an_exception_of_the_students_is_a_sentence_with_its_line_and_the_shapes_that_met(line):
    error = ValueError()
    error._told = Told("matmul: 2 is not 3", "", STEPS, "an array (3, 2) and a number")
    told = verdict.of_check(check(), Ending.raised(raised(error, line, check()))).told
    sentence, _, message = told.partition("; ")
    assert sentence == (
        "your `fit` stopped with a ValueError, given an array (3, 2) and a number, in the line `return X @ w` of "
        "`step`, where X is (3, 2) and w is (3,)"
    )
    assert message == ("ValueError: matmul: 2 is not 3" if "seen" in line else "")


def test_an_unfinished_function_that_another_one_calls_is_named():
    error = NotImplementedError()
    error._told = Told("", "", (Step("fit", "w = step(X)"), Step("step", STUB)))
    result = verdict.of_check(check(), Ending.raised(error))
    assert (result.outcome, result.told) == (Outcome.ERROR, "`fit` calls your `step`, which is not written yet")


def test_what_an_exercise_forbids_is_told_in_the_words_that_stand_above_it():
    forbidding = check(settings=Settings(forbid=("scipy", "nnkit.linear")))
    for text, named in (("this exercise does not allow scipy", "scipy"), ("a secret", "nnkit.linear, scipy")):
        told = verdict.of_check(forbidding, Ending.raised(students(ForbiddenModule, text))).told
        assert told == f"this exercise does not allow {named}"


def test_what_stopped_a_cell_before_is_said_first():
    cell = check()
    ending = Ending.raised(raised(students(NameError, "name 'total' is not defined"), "raise error", cell))
    result = verdict.of_check(cell, ending, earlier="the cell 'total' stopped: SyntaxError: '(' was never closed")
    assert result.outcome is Outcome.ERROR
    first = "the cell 'total' stopped: SyntaxError: '(' was never closed; so "
    assert result.message == f"{first}NameError: name 'total' is not defined"
    assert result.told == f"{first}`total` is not defined"


def test_where_a_kernel_keeps_a_cell_is_not_said():
    said = "invalid syntax (1234.py, line 7)\nmore"
    assert verdict.one_line("SyntaxError", said) == "SyntaxError: invalid syntax (line 7)"
    assert verdict.one_line("SyntaxError", "in (1234.py, line 7) words") == "SyntaxError: in (1234.py, line 7) words"


@pytest.mark.parametrize("number", [0, 1, 6, 7, 8])
def test_the_worker_can_name_only_lines_that_are_there(number):
    cell = check()
    story = f'File "<check_f>", line {number}, in <module>'
    lines = cell.source.splitlines()
    assert len(lines) == 7
    found = verdict.lines_run(students(ValueError, story=story), cell)
    assert found == ([(number, lines[number - 1].strip())] if 0 < number < 8 else [])


STUDENTS = [(students(ValueError), True), (WorkerDied(), True), (NameError(), True), (ValueError(), False)]


@pytest.mark.parametrize(("error", "theirs"), STUDENTS)
def test_whose_exception_it_is(error, theirs):
    assert Ending.raised(error).is_students is theirs


def test_lines_run_are_those_of_the_check_from_the_outside_in():
    cell = check()
    error = raised(ValueError(), WAYS["a visible line that leads to a hidden one"][0], cell)
    assert verdict.lines_run(error, cell) == [(3, "call()"), (2, "raise error  # hidden")]
    assert verdict.lines_run(error, replace(cell, name="another")) == []


class Claims(StandIn):
    """An object of the student's that says it is a number."""

    def __getattribute__(self, name):
        return float if name == "__class__" else super().__getattribute__(name)


CLAIMS = Claims(Facts(None, 0, 0, ()))
NO_NUMBERS = [None, True, False, np.True_, "1", 1j, [1], np.ones(1), Fraction(1, 2), Decimal(1), CLAIMS]


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("points", [0.0, 2.5])
def test_a_check_that_ran_to_its_end_without_a_number_has_passed(value, points):
    result = verdict.of_check(check(points), Ending(value))
    assert (result.score, result.points, result.outcome) == (points, points, Outcome.PASSED)
    assert (result.message, result.told) == ("", "")


# points, value: score, outcome, message
NUMBERS = [
    (3.0, 3, 3.0, Outcome.PASSED, ""),
    (3.0, np.float32(3), 3.0, Outcome.PASSED, ""),
    (3.0, 1, 1.0, Outcome.PARTIAL, "part of the points"),
    (3.0, np.int8(2), 2.0, Outcome.PARTIAL, "part of the points"),
    (3.0, 2.999, 2.999, Outcome.PARTIAL, "part of the points"),
    (3.0, 5e-324, 5e-324, Outcome.PARTIAL, "part of the points"),
    (
        3.0,
        Credit(1, "read: 91 %; the next point needs 94 %"),
        1.0,
        Outcome.PARTIAL,
        "read: 91 %; the next point needs 94 %",
    ),
    (3.0, Credit(0, "read: 12 %"), 0.0, Outcome.FAILED, "read: 12 %"),
    (3.0, Credit(3, "read: 97 %"), 3.0, Outcome.PASSED, ""),
    (3.0, Credit(4, "read: 97 %"), 0.0, Outcome.ERROR, "the check gave 4 of 3 points"),
    (3.0, 0, 0.0, Outcome.FAILED, "none of the points"),
    (3.0, -0.0, 0.0, Outcome.FAILED, "none of the points"),
    (3.0, -0.001, 0.0, Outcome.ERROR, "the check gave -0.001 of 3 points"),
    (3.0, 3.001, 0.0, Outcome.ERROR, "the check gave 3.001 of 3 points"),
    (3.0, np.float64("nan"), 0.0, Outcome.ERROR, "the check gave nan of 3 points"),
    (3.0, float("-inf"), 0.0, Outcome.ERROR, "the check gave -inf of 3 points"),
    (3.0, 10**400, 0.0, Outcome.ERROR, "the check gave too many of 3 points"),
    (0.0, 0, 0.0, Outcome.PASSED, ""),
    (0.0, 0.0, 0.0, Outcome.PASSED, ""),
    (0.0, 1, 0.0, Outcome.ERROR, "the check gave 1 of 0 points"),
]


@pytest.mark.parametrize(("points", "value", "score", "outcome", "message"), NUMBERS)
def test_a_number_at_the_end_is_partial_credit(points, value, score, outcome, message):
    result = verdict.of_check(check(points), Ending(value))
    assert (result.score, result.points, result.outcome) == (score, points, outcome)
    assert (result.message, result.told) == (message, message)
    assert type(result.score) is float


def test_a_message_that_cannot_be_had_is_replaced():
    class Mute(Exception):
        def __str__(self):
            raise SystemExit

    assert Ending.raised(Mute()).message == "Mute: (its message cannot be shown)"


WRITTEN = SourceCell("why", "markdown", "Why?", Role.WRITTEN, points=2.0)


@pytest.mark.parametrize(
    ("unanswered", "score", "outcome", "message"),
    [
        (True, 0.0, Outcome.NOT_ANSWERED, "nothing was answered"),
        (False, None, Outcome.WAITING, "a person has to grade this answer"),
    ],
)
def test_a_written_answer_waits_for_a_person(unanswered, score, outcome, message):
    result = verdict.of_written(WRITTEN, unanswered=unanswered)
    assert (result.name, result.points) == ("why", 2.0)
    assert (result.score, result.outcome, result.message, result.told) == (score, outcome, message, message)


def test_what_cannot_be_read_earns_nothing_and_says_why():
    result = verdict.of_unreadable(WRITTEN, "the file is empty")
    assert (result.name, result.score, result.points, result.outcome) == ("why", 0.0, 2.0, Outcome.UNREADABLE)
    assert result.message == result.told == "the file is empty"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (NameError("name 'theta' is not defined"), "theta"),
        (NameError("free variable 'theta' referenced before assignment"), ""),
        (ValueError("name 'theta' is not defined"), ""),
    ],
)
def test_the_name_that_is_not_there_is_known(error, name):
    assert Ending.raised(error).unknown_name == name
    assert Ending(3).unknown_name == ""


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (verdict.CheckLost, "not run"),
        (CannotLeave, "the check cannot go on"),
        (Refused, "the check cannot go on"),
        (CheckTimeout, "out of time"),
    ],
)
def test_what_stopped_a_check_has_a_name_that_is_no_class(kind, title):
    assert Ending.raised(kind.__new__(kind)).title == title


def test_what_is_kept_of_words_is_bounded():
    kind = type("Q" * 3_000, (Exception,), {})
    ending = Ending.raised(kind("Q" * 30_000))
    assert (ending.title.count("Q"), ending.text.count("Q")) == (200, 10_100)
    assert Ending.raised(CheckFailed("Q" * 3_000)).message.count("Q") == 1_000
    assert Ending().text == ""
    assert Ending().error is None
