"""Tests the tests: every check must pass what is right and name what is wrong, or a chapter is not released.

For each exercise we run its check against the solution, every alternative, the untouched stub, every mistake, and the
solution with its answers spoiled (`spoil.WAYS`: NaN, text, another shape, an object with nothing in it, …). All
other exercises stay stubs, and plain cells are not run, so a check that leans on anything but the given cells is found.
"""

import contextlib
import io
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from autograder.build import spoil
from autograder.build.keys import Kind
from autograder.build.source import Chapter, Exercise
from autograder.exam import fork_server
from autograder.hidden import Hidden
from autograder.inside.cells import run_source
from nnkit.notebook.inputs import kept
from nnkit.notebook.policy import check_imports

SECONDS_PER_TRIAL = 60
FEWEST_MISTAKES = 2
LIBRARIES = ("autograder.build.verify", "nnkit.linear", "nnkit.plots")
"""What most trials need: loaded once."""


@dataclass(frozen=True)
class Trial:
    """One variant of an exercise against its check.

    variant: "solution", "alternative 1", "stub", "mistake 2", …  part: "whole" or "visible" (as released).
    message: the first line of the check's answer, empty if it passed.  problem: empty if the check did its work.
    proves_nothing: there was nothing to spoil; `message` says why.
    """

    chapter: str
    exercise: str
    variant: str
    part: str
    message: str
    problem: str
    proves_nothing: bool = False


def verify(chapters: Iterable[Chapter], *, jobs: int | None = None) -> Iterator[Trial]:
    """Run every trial of the chapters and yield them in order. A clean chapter has no `problem`.

    The sources are the instructor's own, so they run unprotected, but each in a fresh process.
    """
    # A server that has imported the libraries once and forks for each trial: a clean start in milliseconds.
    fork_server.start(LIBRARIES)
    attempts = [attempt for chapter in chapters for attempt in _attempts(chapter)]
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=fork_server.CONTEXT, max_tasks_per_child=1) as pool:
        for attempt, ran in zip(attempts, pool.map(_run, attempts), strict=True):
            yield attempt.trial(ran)


class _OutOfTime(BaseException):
    """A trial took too long. Not an Exception, so that no check takes it for its own."""


@dataclass(frozen=True)
class _Ran:
    """How a trial went.

    message: the first line of what was raised, "" if nothing was.  in_check: the check raised it.
    warned: the first line on stderr.  proves_nothing: there was nothing to spoil.
    """

    message: str = ""
    in_check: bool = False
    warned: str = ""
    proves_nothing: bool = False


@dataclass(frozen=True)
class _Attempt:
    """What to run for one trial, in order, and what is expected of it."""

    chapter: str
    exercise: str
    variant: str
    part: str
    cells: tuple[tuple[str, str], ...]
    says: str | None = None
    problem: str = ""
    spoiled: str = ""
    forbid: tuple[str, ...] = ()
    keeps_inputs: bool = False

    def trial(self, ran: _Ran) -> Trial:
        """What is to be said of it."""
        message, problem = ran.message or ran.warned, self.problem or self._problem(ran)
        return Trial(self.chapter, self.exercise, self.variant, self.part, message, problem, ran.proves_nothing)

    def _problem(self, ran: _Ran) -> str:
        kind = self.variant.split()[0]
        if kind in ("solution", "alternative"):
            # nbgrader gives no points to a check cell with anything on stderr, so a right answer must not warn there.
            wrong = ran.message or (ran.warned and f"on stderr: {ran.warned}")
            return f"should pass, but: {wrong}" if wrong else ""
        if ran.proves_nothing:
            return ""
        if not ran.message:
            return {
                "mistake": "passes, although it is wrong",
                "stub": "passes, although nothing is implemented",
                "spoiled": f"passes, although every answer is spoiled ({self.spoiled})",
            }[kind]
        if self.says is not None and self.says not in ran.message:
            return f"should be told {self.says!r}, but the answer is: {ran.message}"
        if kind == "spoiled" and not ran.in_check:
            return f"the check comes to no verdict: {ran.message}"
        return ""


def _attempts(chapter: Chapter) -> Iterator[_Attempt]:
    hidden = Hidden()
    for exercise in chapter.exercises:
        before, after = _surroundings(chapter, exercise, hidden)

        def attempt(
            variant,
            source,
            check,
            part,
            says=None,
            problem="",
            spoiled="",
            forbid=(),
            exercise=exercise,
            before=before,
            after=after,
        ):
            cells = (*before, (variant, source), *after, ("check", check))
            keeps = exercise.solution.settings.keeps_inputs
            return _Attempt(chapter.name, exercise.name, variant, part, cells, says, problem, spoiled, forbid, keeps)

        whole, visible = exercise.check.source, hidden.released(exercise.check.source)
        stub = hidden.stub(exercise.solution.source)
        right = [("solution", exercise.solution)]
        right += [(f"alternative {i}", cell) for i, cell in enumerate(exercise.alternatives, 1)]
        for variant, cell in right:
            forbid = exercise.solution.settings.forbid
            yield attempt(variant, cell.source, whole, "whole", forbid=forbid)
            yield attempt(variant, cell.source, visible, "visible", forbid=forbid)
        yield attempt("stub", stub, whole, "whole")
        yield attempt("stub", stub, visible, "visible")
        for i, way in enumerate(spoil.WAYS, 1):
            yield attempt(f"spoiled {i}", exercise.solution.source, whole, "whole", spoiled=way)
        few = len(exercise.mistakes) < FEWEST_MISTAKES
        for i, cell in enumerate(exercise.mistakes, 1):
            problem = f"the exercise has {i} mistake, it needs {FEWEST_MISTAKES}" if few else ""
            forbid = exercise.solution.settings.forbid  # else a student hears of the ban, not of the mistake
            yield attempt(f"mistake {i}", cell.source, whole, "whole", cell.says, problem, forbid=forbid)
        if not exercise.mistakes:
            problem = f"the exercise has no mistakes, it needs {FEWEST_MISTAKES}"
            yield attempt("solution", exercise.solution.source, whole, "whole", problem=problem)


def _surroundings(chapter: Chapter, exercise: Exercise, hidden: Hidden) -> tuple[list, list]:
    """What a check may rely on: given cells, with the other exercises as stubs. Before and after the exercise."""
    before: list[tuple[str, str]] = []
    after: list[tuple[str, str]] = []
    here = before
    for cell in chapter.cells:
        if cell is exercise.solution:
            here = after
        elif cell is exercise.check:
            break
        elif cell.kind is Kind.GIVEN:
            here.append((f"given line {cell.line}", cell.source))
        elif cell.kind is Kind.EXERCISE:
            here.append((cell.name, hidden.stub(cell.source)))
    return before, after


def _run(attempt: _Attempt) -> _Ran:
    """Run the cells of one trial in this process."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(SECONDS_PER_TRIAL)
    namespace: dict = {"__name__": "__main__"}
    given: set[str] = set()
    names: list[str] = []
    spoiled: list[str] | None = None
    label = ""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as warned:
            for label, source in attempt.cells:
                filename = f"<{attempt.chapter}: {attempt.exercise}, {label}>"
                before = set(namespace)
                if label.startswith("given"):
                    given.add(filename)
                with kept(namespace, names if label == "check" and attempt.keeps_inputs else ()):
                    run_source(source, filename, namespace)
                if label == attempt.variant:
                    names = sorted(set(namespace) - before)
                    for name in names:
                        check_imports(namespace[name], attempt.forbid, namespace, given)
                    if attempt.spoiled:
                        spoiled = spoil.spoil_names(namespace, names, attempt.spoiled)
    except spoil.NothingToSpoil as reason:
        return _Ran(str(reason), proves_nothing=True)
    except BaseException as error:  # also SystemExit: it would end verify itself, with the exit code of the trial
        return _Ran(
            first_line(error), in_check=label == "check" and not isinstance(error, _OutOfTime) and spoiled != []
        )
    finally:
        signal.alarm(0)
    if spoiled == []:
        return _Ran("no answer was given that could be spoiled", proves_nothing=True)
    return _Ran(warned=next(iter(warned.getvalue().splitlines()), ""))


def first_line(error: BaseException) -> str:
    """The sentence of a failed check; for any other exception its type and the first line of its message."""
    sentence = getattr(error, "sentence", None)
    if sentence is not None:
        return sentence
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _out_of_time(*_) -> None:
    raise _OutOfTime(f"ran longer than {SECONDS_PER_TRIAL} s")
