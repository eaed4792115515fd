"""Tests the tests: every check must pass what is right and name what is wrong, or a chapter is not released.

For each exercise we run its check against the solution, every alternative, the untouched stub, every mistake, and the
solution with its answers spoiled (NaN, infinite, text, objects, another shape, a constant). All
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
from autograder.build.author import cut_hidden_tests, stub
from autograder.build.source import Chapter, Exercise, Kind
from autograder.exam import fork_server
from autograder.inside.cells import run_source
from autograder.inside.policy import check_imports

SECONDS_PER_TRIAL = 60
FEWEST_MISTAKES = 2
LIBRARIES = ("autograder.build.verify", "nnkit.linear", "nnkit.plots")
"""What most trials need: loaded once."""


@dataclass(frozen=True)
class Trial:
    """One variant of an exercise against its check.

    variant: "solution", "alternative 1", "stub", "mistake 2", …  part: "whole" or "visible" (as released).
    message: the first line of the check's answer, empty if it passed.  problem: empty if the check did its work.
    """

    chapter: str
    exercise: str
    variant: str
    part: str
    message: str
    problem: str


def verify(chapters: Iterable[Chapter], *, jobs: int | None = None) -> Iterator[Trial]:
    """Run every trial of the chapters and yield them in order. A clean chapter has no `problem`.

    The sources are the instructor's own, so they run unprotected, but each in a fresh process.
    """
    # A server that has imported the libraries once and forks for each trial: a clean start in milliseconds.
    fork_server.start(LIBRARIES)
    attempts = [attempt for chapter in chapters for attempt in _attempts(chapter)]
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=fork_server.CONTEXT, max_tasks_per_child=1) as pool:
        for attempt, message in zip(attempts, pool.map(_run, attempts), strict=True):
            yield attempt.verdict(message)


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

    def verdict(self, message: str) -> Trial:
        problem = self.problem or self._problem(message)
        return Trial(self.chapter, self.exercise, self.variant, self.part, message, problem)

    def _problem(self, message: str) -> str:
        kind = self.variant.split()[0]
        if kind in ("solution", "alternative"):
            return "" if not message else f"should pass, but: {message}"
        if not message:
            return {
                "mistake": "passes, although it is wrong",
                "stub": "passes, although nothing is implemented",
                "spoiled": f"passes, although every answer is spoiled ({self.spoiled})",
            }[kind]
        if self.says is not None and self.says not in message:
            return f"should be told {self.says!r}, but the answer is: {message}"
        return ""


def _attempts(chapter: Chapter) -> Iterator[_Attempt]:
    for exercise in chapter.exercises:
        before, after = _surroundings(chapter, exercise)

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
            return _Attempt(chapter.name, exercise.name, variant, part, cells, says, problem, spoiled, forbid)

        whole, visible = exercise.check.source, cut_hidden_tests(exercise.check)
        right = [("solution", exercise.solution)]
        right += [(f"alternative {i}", cell) for i, cell in enumerate(exercise.alternatives, 1)]
        for variant, cell in right:
            forbid = tuple(exercise.solution.forbid)
            yield attempt(variant, cell.source, whole, "whole", forbid=forbid)
            yield attempt(variant, cell.source, visible, "visible", forbid=forbid)
        yield attempt("stub", stub(exercise.solution), whole, "whole")
        yield attempt("stub", stub(exercise.solution), visible, "visible")
        for i, way in enumerate(spoil.WAYS, 1):
            yield attempt(f"spoiled {i}", exercise.solution.source, whole, "whole", spoiled=way)
        few = len(exercise.mistakes) < FEWEST_MISTAKES
        for i, cell in enumerate(exercise.mistakes, 1):
            problem = f"the exercise has {i} mistake, it needs {FEWEST_MISTAKES}" if few else ""
            yield attempt(f"mistake {i}", cell.source, whole, "whole", cell.says, problem)
        if not exercise.mistakes:
            problem = f"the exercise has no mistakes, it needs {FEWEST_MISTAKES}"
            yield attempt("solution", exercise.solution.source, whole, "whole", problem=problem)


def _surroundings(chapter: Chapter, exercise: Exercise) -> tuple[list, list]:
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
            here.append((cell.name, stub(cell)))
    return before, after


def _run(attempt: _Attempt) -> str:
    """Run the cells of one trial in this process; "" if all went well, else the first line of what went wrong."""
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(SECONDS_PER_TRIAL)
    namespace: dict = {"__name__": "__main__"}
    given: set[str] = set()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as warned:
            for label, source in attempt.cells:
                filename = f"<{attempt.chapter}: {attempt.exercise}, {label}>"
                before = set(namespace)
                if label.startswith("given"):
                    given.add(filename)
                run_source(source, filename, namespace)
                if label == attempt.variant:
                    names = sorted(set(namespace) - before)
                    for name in names:
                        check_imports(namespace[name], attempt.forbid, namespace, given)
                    if attempt.spoiled:
                        spoil.spoil_names(namespace, names, attempt.spoiled)
    except BaseException as error:  # also SystemExit: it would end verify itself, with the exit code of the trial
        return first_line(error)
    finally:
        signal.alarm(0)
    # nbgrader gives no points to a check cell with anything on stderr, so a right answer must not warn there.
    return f"on stderr: {warned.getvalue().splitlines()[0]}" if warned.getvalue() else ""


def first_line(error: BaseException) -> str:
    """The sentence of a failed check; for any other exception its type and the first line of its message."""
    sentence = getattr(error, "sentence", None)
    if sentence is not None:
        return sentence
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _out_of_time(*_) -> None:
    raise TimeoutError(f"ran longer than {SECONDS_PER_TRIAL} s")
