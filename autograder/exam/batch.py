"""Grades many submissions, each in a process of its own; one process, this one, writes.

One that fails costs its own result, never the batch. A submission counts as graded when its autograded notebook is in
place, and that happens last: whatever kills a batch, the next run finishes what is left and doubles nothing.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

from autograder.assignment import Assignment
from autograder.book import fingerprint
from autograder.book.gradebook import Book, Recorded, open_gradebook
from autograder.book.records import is_current, read_result
from autograder.book.rows import NotebookGrades
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
from autograder.exam.verdict import SENTENCE
from autograder.inside.cut import cut
from autograder.intake.submission import require_room
from autograder.results import SubmissionResult

_PARTIAL = ".grading-"


@dataclass(frozen=True)
class Examiners:
    """Who grades a task, of how many at a time, and how many tasks to have under way: few, so memory stays flat."""

    grade: Callable[[Task], GradedSubmission]
    most: int
    under_way: Callable[[], int]


def grade_batch(
    course: Course,
    assignment: Assignment,
    students: Iterable[str],
    sandbox: Sandbox,
    *,
    jobs: int | None = None,
    regrade: bool = False,
    shared_arguments: bool = False,
    all_cells: bool = False,
    cluster: str | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Iterator[SubmissionResult]:
    """Grade what `students` handed in and yield each result when it is there, in no particular order.

    jobs: how many at once (default: one for each processor).
    cluster: address of a scheduler whose workers grade instead of this machine.  tell: told what happens to them.
    regrade: also what has not changed since it was graded.
    shared_arguments: checks see whatever a student's function changes in the data that it is given.
    all_cells: run the released cells that no grade depends on, too.
    Raises UserError if another batch runs, if a setting of the course is not right, or if its files are too large.
    """
    seconds = course.numbers(Seconds)
    require_room(assignment)
    course.autograded.mkdir(parents=True, exist_ok=True)
    with _only_writer(course.autograded), open_gradebook(course) as book:
        chosen = settings(course, sandbox) | {
            "shared_arguments": shared_arguments,
            "all_cells": all_cells,
            "late": fingerprint.of_lateness(course, book.due(assignment.name)),
        }
        source = course.source_folder(assignment.name)
        solution = source if source.is_dir() else None
        same_for_all = fingerprint.of_batch(assignment, solution, chosen)
        missing = tuple(protection.name for protection in lacking(sandbox.protections))

        @cache
        def known() -> Mapping[str, Outline]:
            """What is known of the released cells; asked for when there is something to grade."""
            return {} if all_cells else outlines(course, assignment, sandbox)

        before = book.submissions(assignment.name)

        def plan(student: str) -> Task | None:
            """What to do for a student; None if nothing has changed since it was done."""
            folder = course.submitted_folder(assignment.name, student)
            current = fingerprint.join(same_for_all, fingerprint.of_files(folder))
            if not regrade and is_current(book, course, assignment, student, current):
                return None
            into = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=course.autograded))
            mine = of_student(assignment, student, into)
            return Task(mine, folder, into / "graded", current, seconds, missing, Sharing(), known())

        def work(task: Task | Exception | None):
            if isinstance(task, Exception):
                raise task
            return task and examiners.grade(task)

        def plan_or_error(student: str) -> Task | Exception | None:
            try:
                return plan(student)
            except Exception as error:  # a file that may not be read, for one
                return error

        tasks = ((student, plan_or_error(student)) for student in students)
        with ExitStack() as stack:
            if cluster:
                examiners = stack.enter_context(_elsewhere(cluster, sandbox, solution, shared_arguments, tell))
            else:
                here = Rehearsal(solution, sandbox.address, shared=shared_arguments)
                number = jobs or os.cpu_count() or 1
                examiners = Examiners(here.grade, number, lambda: 2 * number)
            for student, task, future in _in_parallel(work, tasks, examiners):
                yield _finish(book, course, assignment, student, task, future, before.get(student))


@contextmanager
def _elsewhere(
    address: str, sandbox: Sandbox, solution: Path | None, shared: bool, tell: Callable[[str], None]
) -> Iterator[Examiners]:
    """The examiners of other machines: a thread here waits for each submission that is there."""
    try:
        from autograder.exam.cluster import MOST_AT_ONCE, Cluster
    except ImportError as error:
        raise UserError(
            f"--cluster needs {error.name}, which is not installed: it comes with this package's extra `cluster`"
        ) from error
    with Cluster(address, sandbox, solution, shared=shared, tell=tell) as cluster:
        yield Examiners(cluster.grade, MOST_AT_ONCE, cluster.at_once)


def _finish(
    book: Book,
    course: Course,
    assignment: Assignment,
    student: str,
    task: Task | Exception | None,
    future: Future,
    before: Recorded | None,
) -> SubmissionResult:
    """Write what came out of grading one submission: the gradebook first, the autograded notebook last."""
    earlier = None
    try:
        graded = future.result()
        if graded is not None:
            notebooks = [
                NotebookGrades(
                    notebook.name,
                    scores={e.name: e.score for e in notebook.exercises if e.score is not None},
                    unanswered=notebook.unanswered,
                    problem=notebook.problem,
                )
                for notebook in graded.notebooks
            ]
            book.record(assignment.name, student, notebooks, submitted_at=graded.submitted_at)
            if before and graded.submitted_at in (None, before.submitted_at):
                earlier = before.score
            assert isinstance(task, Task)  # or nothing would have been graded
            if not all(notebook.problem for notebook in graded.notebooks):
                _install(task.into, course.autograded_folder(assignment.name, student))
        result = read_result(book, course, assignment, student)
        return replace(result, earlier=earlier) if earlier not in (None, result.score) else result
    except UserError:  # it is about the course, and so about everybody
        raise
    except Exception as error:
        problem = cut(f"grading failed: {type(error).__name__}: {error}", SENTENCE)
        return SubmissionResult(assignment.name, student, exercises=(), problem=problem)
    finally:
        if isinstance(task, Task):
            shutil.rmtree(task.into.parent, ignore_errors=True)


def _install(new: Path, target: Path) -> None:
    """Put a finished folder in its place in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        target.rename(new.with_name("earlier"))
    new.rename(target)


def _in_parallel(work: Callable, items: Iterable[tuple], examiners: Examiners) -> Iterator[tuple]:
    """(student, task, future of work(task)) as they finish."""
    items = iter(items)
    with ThreadPoolExecutor(examiners.most) as pool:
        running: dict[Future, tuple] = {}
        while True:
            for student, task in islice(items, max(0, examiners.under_way() - len(running))):
                running[pool.submit(work, task)] = (student, task)
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield *running.pop(future), future


@contextmanager
def _only_writer(autograded: Path) -> Iterator[None]:
    """One batch at a time in a course; what it leaves half done, or a killed one has left, is cleared away."""
    with (autograded / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"another `autograder grade` is at work in {autograded}: wait until it has ended") from None
        _clear(autograded)
        try:
            yield
        finally:
            _clear(autograded)


def _clear(autograded: Path) -> None:
    for half_done in autograded.glob(f"{_PARTIAL}*"):
        shutil.rmtree(half_done, ignore_errors=True)
