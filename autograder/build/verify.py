"""Tests the tests: every check must pass what is right and name what is wrong, or a chapter is not released.

For each exercise we run its check against the solution, every alternative, the untouched stub, every mistake, and the
solution with its answers spoiled (`spoil.WAYS`: NaN, text, another shape, an object with nothing in it, …). Then come
the engines, which think of more wrong answers than an author does.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from autograder.build import spoil
from autograder.build.bench import Bench, Ran, Trial
from autograder.build.engines import find_coincidences, try_mutants, try_traps
from autograder.build.source import Chapter
from autograder.exam import fork_server

FEWEST_MISTAKES = 2
LIBRARIES = ("autograder.build.verify", "nnkit.linear", "nnkit.plots")
"""What most trials need: loaded once."""

Engine = Callable[[Bench], Iterator[Trial]]


def verify(chapters: Iterable[Chapter], *, jobs: int | None = None, engines: tuple[Engine, ...] | None = None):
    """Run every trial of the chapters and yield them in order. A clean chapter has no `problem`.

    engines: what runs besides the variants that the sources hold; all of them by default.
    """
    # A server that has imported the libraries once and forks for each exercise, which forks for each trial.
    fork_server.start(LIBRARIES)
    engines = ENGINES if engines is None else engines
    benches = [(Bench(chapter, exercise), engines) for chapter in chapters for exercise in chapter.exercises]
    with ProcessPoolExecutor(jobs or os.cpu_count(), mp_context=fork_server.CONTEXT, max_tasks_per_child=1) as pool:
        for trials in pool.map(_trials, benches):
            yield from trials


def _trials(task: tuple[Bench, tuple[Engine, ...]]) -> list[Trial]:
    bench, engines = task
    bench.setup()
    return [trial for engine in (variants, *engines) for trial in engine(bench)]


def variants(bench: Bench) -> Iterator[Trial]:
    """The trials of what a source holds for an exercise."""
    exercise = bench.exercise
    forbid = exercise.solution.settings.forbid
    right = [("solution", exercise.solution)]
    right += [(f"alternative {i}", cell) for i, cell in enumerate(exercise.alternatives, 1)]
    for variant, cell in right:
        for part, check in (("whole", bench.whole), ("visible", bench.visible)):
            ran = bench.run(cell.source, check, forbid=forbid)
            yield bench.trial(variant, ran, _not_right(ran), part=part)
    for part, check in (("whole", bench.whole), ("visible", bench.visible)):
        ran = bench.run(bench.stub, check)
        yield bench.trial("stub", ran, "" if ran.message else "passes, although nothing is implemented", part=part)
    for i, way in enumerate(spoil.WAYS, 1):
        ran = bench.run(exercise.solution.source, spoiled=way)
        yield bench.trial(f"spoiled {i}", ran, _not_refused(ran, way), proves_nothing=ran.proves_nothing)
    few = len(exercise.mistakes) < FEWEST_MISTAKES
    for i, cell in enumerate(exercise.mistakes, 1):
        ran = bench.run(cell.source, forbid=forbid)  # else a student hears of the ban, not of the mistake
        problem = f"the exercise has {i} mistake, it needs {FEWEST_MISTAKES}" if few else _not_named(ran, cell.says)
        yield bench.trial(f"mistake {i}", ran, problem)
    if not exercise.mistakes:
        yield bench.trial("solution", Ran(), f"the exercise has no mistakes, it needs {FEWEST_MISTAKES}")


def _not_right(ran: Ran) -> str:
    # nbgrader gives no points to a check cell with anything on stderr, so a right answer must not warn there.
    wrong = ran.message or (ran.warned and f"on stderr: {ran.warned}")
    wrong = wrong or (ran.short and f"only a part of the points: {ran.short}")
    return f"should pass, but: {wrong}" if wrong else ""


def _not_refused(ran: Ran, way: str) -> str:
    if ran.proves_nothing:
        return ""
    if not ran.message:
        return f"passes, although every answer is spoiled ({way})"
    return "" if ran.in_check else f"the check comes to no verdict: {ran.message}"


def _not_named(ran: Ran, says: str) -> str:
    message = ran.message or ran.short
    if not message:
        return "passes, although it is wrong"
    return "" if says in message else f"should be told {says!r}, but the answer is: {message}"


ENGINES: tuple[Engine, ...] = (try_traps, try_mutants, find_coincidences)
"""What thinks of wrong answers that nobody has written down."""
