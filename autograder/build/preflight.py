"""Grades the instructor's own notebooks before any student's, to find what no submission can mend.

The solution has to pass every check, in every round, and the released notebook none. Where that is not so, the cell is
named, with the reason and the remedy. `look` does all of it; `glance` what a batch can afford.
"""

import ast
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from autograder.assignment import Assignment, Role, SourceCell
from autograder.book import cache, fingerprint
from autograder.course import Course
from autograder.errors import UserError
from autograder.exam.clock import Seconds
from autograder.exam.grade import GradedSubmission, Task
from autograder.exam.needed import Outline
from autograder.exam.outlines import outlines, settings
from autograder.exam.protections import lacking
from autograder.exam.rehearsal import Rehearsal
from autograder.exam.sandbox import Sandbox
from autograder.exam.sharing import Sharing
from autograder.exam.variants import of_student
from autograder.names import statements
from autograder.results import ExerciseResult, Key, Outcome

_MOST_ROUNDS = 3  # of looking for the checks that have to follow one which runs in process


class Kind(StrEnum):
    """What is wrong with a cell."""

    GIVEN = "given cell raises"
    SOLUTION = "solution fails"
    STUB = "stub passes"
    MODE = "modes differ"
    CHANCE = "chance"
    CLOCK = "clock"
    PROBLEM = "not graded"


@dataclass(frozen=True)
class Finding:
    """A cell of an assignment that is not as it should be. reason, remedy: a sentence each."""

    notebook: str
    cell: str
    kind: Kind
    reason: str
    remedy: str


@dataclass(frozen=True)
class Preflight:
    """What was found in an assignment.

    checks: how many there are.  in_process: what `c.InProcess.checks` should be, as far as findings call for that.
    """

    assignment: str
    checks: int
    findings: tuple[Finding, ...]
    in_process: tuple[str, ...] = ()


def look(course: Course, assignment: Assignment, sandboxes: Sequence[Sandbox]) -> Preflight:
    """Grade solution and release, in the modes that the course sets and in process; the solution twice.

    sandboxes: two of them, so that the student's code has another hash seed in the second round. Random states differ
    in any two rounds.
    Raises UserError if the instructor's notebooks, or the released ones, are not there.
    """
    return _Look(course, assignment, sandboxes).all()


def glance(course: Course, assignment: Assignment, sandbox: Sandbox) -> Preflight:
    """Grade solution and release once, as far as they are there; nothing, if neither has changed since the last time.

    It never raises: what is wrong with it is a finding.
    """
    try:
        mark = _mark(course, assignment, sandbox)
        with suppress(TypeError, KeyError, ValueError):  # nothing is kept, or by another version
            kept = cache.recall(course, assignment.name, "preflight", mark)
            findings = tuple(Finding(**found | {"kind": Kind(found["kind"])}) for found in kept)
            return Preflight(assignment.name, len(_checks(assignment)), findings)
        found = _Look(course, assignment, (sandbox, sandbox)).briefly()
    except Exception as error:
        why = f"it could not be graded before the class: {type(error).__name__}: {error}"
        finding = Finding("", "", Kind.PROBLEM, why, f"`autograder check {assignment.name}` may say more")
        return Preflight(assignment.name, len(_checks(assignment)), (finding,))
    cache.remember(course, assignment.name, "preflight", mark, [asdict(finding) for finding in found.findings])
    return found


Grades = Mapping[Key, ExerciseResult]


class _Look:
    """The rounds of one assignment."""

    def __init__(self, course: Course, assignment: Assignment, sandboxes: Sequence[Sandbox]):
        self._course, self._assignment, self._sandboxes = course, assignment, sandboxes
        self._seconds = course.numbers(Seconds)
        self._solution = course.source_folder(assignment.name)
        self._release = course.release_folder(assignment.name)
        self._checks = _checks(assignment)
        self._outlines: Mapping[str, Outline] = {}

    def all(self) -> Preflight:
        for folder, how in ((self._solution, "put them there"), (self._release, "release the assignment first")):
            if not folder.is_dir():
                raise UserError(f"expected the notebooks of {self._assignment.name} in {folder}: {how}")
        name, solved = self._assignment.name, partial(self._grade, self._solution)
        all_beside = partial(solved, self._assignment.in_process([name]))
        first, second, beside, stub = self._at_once(
            solved, partial(solved, sandbox=1), partial(all_beside, sandbox=1), partial(self._grade, self._release)
        )
        rounds, in_process = [self._results(first), self._results(second)], [self._results(beside)]
        if any(_passed(rounds[0][key]) != _passed(in_process[0][key]) for key in rounds[0]):
            more, beside = self._at_once(partial(solved, sandbox=1), all_beside)
            rounds.append(self._results(more))
            in_process.append(self._results(beside))
        findings = [*_given(first), *_problems(first), *self._clocks()]
        chosen: set[Key] = set()
        for key in rounds[0]:
            results = [grades[key] for grades in rounds], [grades[key] for grades in in_process]
            if _wants_process(*results):
                chosen.add(key)
            elif finding := _compare(key, *results):
                findings.append(finding)
        if chosen:
            chosen, stub = self._moved(chosen, in_process[0])
            findings += [self._mode(key, rounds[0][key]) for key in sorted(chosen)]
        findings += _stub(self._results(stub))
        return self._found(findings, chosen)

    def briefly(self) -> Preflight:
        findings = list(self._clocks())
        self._outlines = outlines(self._course, self._assignment, self._sandboxes[0])
        if self._solution.is_dir():
            solved = self._grade(self._solution)
            findings += [*_given(solved), *_problems(solved)]
            failing = filter(None, (_fails(key, result) for key, result in self._results(solved).items()))
            more = f"`autograder check {self._assignment.name}` says how to mend it"  # the mode may be all that it is
            findings += [replace(finding, remedy=more) for finding in failing]
        if self._release.is_dir():
            findings += _stub(self._results(self._grade(self._release)))
        return self._found(findings, set())

    def _found(self, findings: Iterable[Finding], chosen: set[Key]) -> Preflight:
        name = self._assignment.name
        order = {key: number for number, key in enumerate(self._checks)}
        ordered = sorted(findings, key=lambda finding: order.get((finding.notebook, finding.cell), -1))
        places = {*self._course.in_process, *_places(self._assignment, chosen)} if chosen else ()
        return Preflight(name, len(self._checks), tuple(ordered), tuple(sorted(places)))

    @staticmethod
    def _at_once(*rounds: Callable[[], GradedSubmission]) -> list[GradedSubmission]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(lambda grade: grade(), rounds))

    def _grade(self, folder: Path, assignment: Assignment | None = None, *, sandbox: int = 0) -> GradedSubmission:
        """Grade a folder as if a student had handed it in."""
        within = self._sandboxes[sandbox]
        missing = tuple(protection.name for protection in lacking(within.protections))
        # In the sandbox's own folder, which is cleared away even if this process is killed.
        with tempfile.TemporaryDirectory(dir=Path(within.address).parent) as place:
            into = Path(place) / "graded"
            whose = f"student {sandbox + 1}"  # where numbers depend on the student, each round has others
            task = Task(
                of_student(assignment or self._assignment, whose, Path(place)),
                folder,
                into,
                "",
                self._seconds,
                missing,
                Sharing(),
                self._outlines,
            )
            solution = self._solution if self._solution.is_dir() else None
            return Rehearsal(solution, within.address).grade(task)

    def _results(self, graded: GradedSubmission) -> Grades:
        """The checks; what a person grades says nothing here."""
        exercises = (exercise for notebook in graded.notebooks for exercise in notebook.exercises)
        return {exercise.key: exercise for exercise in exercises if exercise.key in self._checks}

    def _moved(self, chosen: set[Key], beside: Grades) -> tuple[set[Key], GradedSubmission]:
        """The checks that have to run in process so that all pass that can, and the release graded so.

        One that is moved takes the names along that it binds, and the checks that need these have to follow.
        """
        for _ in range(_MOST_ROUNDS):
            mixed = self._assignment.in_process(list(_places(self._assignment, chosen)))
            solved, stub = self._at_once(
                partial(self._grade, self._solution, mixed), partial(self._grade, self._release, mixed)
            )
            lost = {
                key for key, result in self._results(solved).items() if not _passed(result) and _passed(beside[key])
            }
            if not lost - chosen:
                break
            chosen = chosen | lost
        if lost:  # then all checks of their notebooks
            notebooks = {notebook for notebook, _ in lost}
            chosen = chosen | {key for key in beside if key[0] in notebooks}
            mixed = self._assignment.in_process(list(_places(self._assignment, chosen)))
            stub = self._grade(self._release, mixed)
        return chosen, stub

    def _mode(self, key: Key, alone: ExerciseResult) -> Finding:
        reason = (
            "what it needs is bound by a check in process, out of the examiner's reach"
            if _passed(alone)
            else f"the solution passes it beside the student's code only; in the examiner: {alone.message}"
        )
        place = "/".join((self._assignment.name, *key))
        return Finding(*key, Kind.MODE, reason, f"let it run in process: {place!r} in c.InProcess.checks")

    def _clocks(self) -> Iterator[Finding]:
        for key, cell in self._checks.items():
            if asked := _clocks_in(cell.source):
                reason = f"it asks the clock ({asked}): what passes today may fail next year, or on a busy machine"
                remedy = "hand the date to the function as an argument; count steps instead of seconds"
                yield Finding(*key, Kind.CLOCK, reason, remedy)


def _wants_process(rounds: Sequence[ExerciseResult], beside: Sequence[ExerciseResult]) -> bool:
    """Whether the solution passes a check in process in each round, and in none as the course has it."""
    return all(map(_passed, beside)) and not any(map(_passed, rounds))


def _compare(key: Key, rounds: Sequence[ExerciseResult], beside: Sequence[ExerciseResult]) -> Finding | None:
    """What the rounds of the solution say of a check that runs where it should; `beside` are those in process."""
    for results in (rounds, beside):
        if len({result.score for result in results}) > 1:
            messages = [result.message or "passed" for result in results]
            reason = f"the same solution comes out otherwise from round to round: {' / '.join(dict.fromkeys(messages))}"
            return Finding(*key, Kind.CHANCE, reason, "give each random generator a seed, and sort what a set holds")
    if _passed(rounds[0]) and not _passed(beside[0]):
        reason = f"the solution passes it in the examiner, but not beside the student's code: {beside[0].message}"
        remedy = "it may fail with nbgrader as well; here leave its mode as it is"
        return Finding(*key, Kind.MODE, reason, remedy)
    return _fails(key, rounds[0])


def _fails(key: Key, result: ExerciseResult) -> Finding | None:
    if _passed(result) or result.outcome is Outcome.UNREADABLE:  # that is said of the notebook
        return None
    of_points = f", {result.score:g} of {result.points:g} points" if result.score else ""
    reason = f"the solution does not pass it{of_points}: {result.message}"
    if result.outcome is Outcome.TIMEOUT:
        remedy = "give it more time in c.Seconds, or make it faster"
    elif result.outcome is Outcome.KILLED or "MemoryError" in result.message:
        remedy = "give it more room in c.Limits, or let it ask for less"
    else:
        remedy = "mend the solution or the check: whoever answers so loses these points"
    return Finding(*key, Kind.SOLUTION, reason, remedy)


def _stub(grades: Grades) -> Iterator[Finding]:
    for key, result in grades.items():
        if result.score or _passed(result):
            earned = f"earns {result.score:g} of {result.points:g} points" if result.points else "passes"
            reason = f"the notebook as it is released {earned}"
            yield Finding(*key, Kind.STUB, reason, "let the check ask for something that the stub does not do")


def _given(solved: GradedSubmission) -> Iterator[Finding]:
    for notebook in solved.notebooks:
        for cell, error in notebook.given_failures.items():
            yield Finding(notebook.name, cell, Kind.GIVEN, f"it raises {error}", _mending(error))


def _mending(error: str) -> str:
    kind = error.partition(":")[0]
    if kind in ("FileNotFoundError", "PermissionError", "NotADirectoryError"):
        return "put the file beside the notebook in the source folder, or name its place in c.Data.readable"
    if kind in ("ModuleNotFoundError", "ImportError"):
        return "install the module where autograder runs, or put its file beside the notebook in the source folder"
    if kind in ("URLError", "ConnectionError", "gaierror", "ConnectTimeout", "MaxRetryError", "HTTPError"):
        return "there is no network while grading: put what it fetches beside the notebook in the source folder"
    if kind == "NameError":
        return "bind the name in a given cell before: what a check binds is not there for the student's code"
    return "mend the cell: names that it should give are an error in every check after it"


def _problems(graded: GradedSubmission) -> Iterator[Finding]:
    for notebook in graded.notebooks:
        if notebook.problem:
            remedy = "put the notebook into the source folder, and release the assignment again"
            yield Finding(notebook.name, "", Kind.PROBLEM, f"the solution: {notebook.problem}", remedy)


def _passed(result: ExerciseResult) -> bool:
    return result.outcome is Outcome.PASSED


def _checks(assignment: Assignment) -> dict[Key, SourceCell]:
    return {
        (notebook.name, cell.name): cell
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.role is Role.CHECK
    }


def _places(assignment: Assignment, chosen: Collection[Key]) -> Iterator[str]:
    """What `c.InProcess.checks` calls some checks: by their assignment or notebooks where these have no others."""
    everything = set(_checks(assignment))
    if everything == set(chosen):
        yield assignment.name
        return
    for notebook in assignment.notebooks:
        mine = sorted(key for key in chosen if key[0] == notebook.name)
        if mine and len(mine) == sum(key[0] == notebook.name for key in everything):
            yield f"{assignment.name}/{notebook.name}"
        else:
            yield from ("/".join((assignment.name, *key)) for key in mine)


# What a check may ask for the time: the ends of dotted names, and functions that are imported by their own.
_CLOCKS = {
    *("time.time", "time.time_ns", "time.perf_counter", "time.monotonic", "time.process_time", "timeit.timeit"),
    *("datetime.now", "datetime.today", "datetime.utcnow", "date.today", "Timestamp.now", "Timestamp.today"),
    *("perf_counter", "monotonic", "process_time", "timeit"),
}


def _clocks_in(source: str) -> str:
    """The clocks that a cell asks, in a list; "" for none."""
    calls = (node for statement in statements(source) for node in ast.walk(statement) if isinstance(node, ast.Call))
    names = (".".join(ast.unparse(call.func).split(".")[-2:]) for call in calls)
    return ", ".join(dict.fromkeys(name for name in names if name in _CLOCKS))


def _mark(course: Course, assignment: Assignment, sandbox: Sandbox) -> str:
    """A digest of all that a pre-flight depends on."""
    solution, release = course.source_folder(assignment.name), course.release_folder(assignment.name)
    batch = fingerprint.of_batch(assignment, solution if solution.is_dir() else None, settings(course, sandbox))
    return fingerprint.join(batch, fingerprint.of_files(release))
