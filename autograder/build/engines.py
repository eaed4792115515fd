"""What thinks of wrong answers that nobody has written down, and tries them: an engine is a function of a `Bench`."""

from collections.abc import Iterator

from autograder.build.bench import Bench, Ran, Trial
from autograder.build.coincidences import COINCIDENCE
from autograder.build.mutants import mutants
from autograder.build.traps import TRAPS, Found
from autograder.names import bound, reads

NOTHING = Ran()
"""What there is to say of a trial that has no run of its own."""


def try_traps(bench: Bench) -> Iterator[Trial]:
    """Set every trap for a check: it has to fail, but for those that the exercise allows."""
    exercise = bench.exercise
    start = f"{exercise.solution.source}\nfrom autograder.build import traps as _traps\n"
    names = _tested(bench)
    seen = bench.run(f"{start}_noted = _traps.watched(globals(), {names})", bench.visible).noted or ()
    surveyed = bench.run(f"{start}_noted = _traps.surveyed(globals(), {names}, frozenset({seen!r}))")
    if surveyed.noted is None:
        yield bench.trial("traps", surveyed, f"no trap could be set: {surveyed.message}")
        return
    found = [Found(*each) for each in surveyed.noted]
    single = len({each.target for each in found}) == 1
    needed: set[str] = set()
    for each in found:
        trap, ran = TRAPS[each.trap], NOTHING
        if each.bites is False:
            if not each.matters:
                continue
            problem = f"nothing tries it with {each.matters}: {trap.says}"
        else:
            setting = f"globals(), {each.target!r}, {each.trap!r}, {each.place!r}, frozenset({seen!r})"
            ran = bench.run(f"{start}_traps.set_in({setting})", seconds=10 * surveyed.check_seconds + 2)
            problem = "" if ran.caught or not (each.bites or each.matters) else f"passes, although {trap.says}"
        name = each.called(single)
        allowed = {each.trap, name} & exercise.allows.keys() if problem else set()
        needed |= allowed
        yield bench.trial(f"trap {name}", ran, "" if allowed else problem, proves_nothing=bool(allowed))
    for name in sorted(exercise.allows.keys() - needed):
        # What may change an argument is for the grader to know, too; coincidences are allowed below.
        if name.split()[0] not in ("in_place", COINCIDENCE):
            yield bench.trial(f"trap {name}", NOTHING, "is allowed, but no check takes it for right")


def try_mutants(bench: Bench) -> Iterator[Trial]:
    """Change the solution and every alternative: a check has to fail, but for changes that change nothing."""
    exercise = bench.exercise
    needed: set[str] = set()
    right = [("mutant", exercise.solution)]
    right += [(f"mutant of alternative {i},", cell) for i, cell in enumerate(exercise.alternatives, 1)]
    for label, cell in right:
        seconds = 10 * bench.run(cell.source).check_seconds + 1
        for mutant in mutants(cell.source):
            ran = bench.run(mutant.source, seconds=seconds)
            problem = "" if ran.caught else f"passes with this change of line {mutant.line}"
            equivalent = bool(problem) and mutant.what in exercise.equivalent
            needed |= {mutant.what} if equivalent else set()
            variant = f"{label} {mutant.what}"
            yield bench.trial(variant, ran, "" if equivalent else problem, proves_nothing=equivalent)
    for what in sorted(exercise.equivalent.keys() - needed):
        yield bench.trial(f"mutant {what}", NOTHING, "is called equivalent, but is no mutant that passes")


def find_coincidences(bench: Bench) -> Iterator[Trial]:
    """Look for two mistakes with one value, and for what all visible cases have in common and should not."""
    start = f"{bench.exercise.solution.source}\nfrom autograder.build import coincidences as _coincidences\n"
    catalogs = bench.run(f"{start}_noted = _coincidences.watched(globals())")
    for one, other in sorted(set(catalogs.noted or ())):
        problem = f"in one case two mistakes have the same value: {one!r}, {other!r}"
        yield bench.trial(COINCIDENCE, NOTHING, problem)
    cases = bench.run(f"{start}_noted = _coincidences.visible(globals(), {_tested(bench)})", bench.visible)
    for what in cases.noted or ():
        variant = f"{COINCIDENCE} {what}"
        allowed = variant in bench.exercise.allows
        problem = "" if allowed else f"in every visible case {what}"
        yield bench.trial(variant, NOTHING, problem, part="visible", proves_nothing=allowed)


def _tested(bench: Bench) -> list[str]:
    """The names of an answer that its check uses."""
    return sorted(bound(bench.exercise.solution.source) & reads(bench.whole))
