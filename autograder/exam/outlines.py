"""What is known of an assignment's released cells: worked out once for a class, and kept beside the gradebook."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from threading import Lock

from autograder.assignment import Assignment
from autograder.book import cache, fingerprint
from autograder.course import Course
from autograder.exam.clock import Seconds
from autograder.exam.needed import Outline
from autograder.exam.sandbox import Sandbox, SandboxError, connect
from autograder.exam.survey import SeenCell, Survey, Surveys, survey

_LOCK = Lock()  # who comes second finds what the first has kept


def settings(course: Course, sandbox: Sandbox) -> dict:
    """What code may take and read while a course is graded, as plain data for a fingerprint."""
    return {
        "seconds": asdict(course.numbers(Seconds)),
        "limits": asdict(sandbox.limits),
        "readable": list(map(str, sandbox.readable)),
    }


def outlines(course: Course, assignment: Assignment, sandbox: Sandbox) -> dict[str, Outline]:
    """Notebook → its outline. Of one whose run came to no end, or could not begin, there is none, and all of it is run
    for everybody; so it is where what cells show depends on the student.
    """
    if assignment.has_variants:
        return {}
    seconds, source = course.numbers(Seconds), course.source_folder(assignment.name)
    key = fingerprint.of_batch(assignment, source if source.is_dir() else None, settings(course, sandbox))
    seen: Surveys = {}
    with _LOCK, suppress(SandboxError):
        seen = kept(
            course, assignment.name, key, lambda: survey(assignment, partial(connect, sandbox.address), seconds)
        )
    found = (notebook for notebook in assignment.notebooks if notebook.name in seen)
    return {notebook.name: Outline.of(notebook, seen[notebook.name]) for notebook in found}


def kept(course: Course, assignment: str, key: str, make: Callable[[], Surveys]) -> Surveys:
    """What an earlier batch saw, if it was of the same cells and grader, as `key` says; else what is made now."""
    with suppress(KeyError, TypeError, AttributeError):  # a damaged file, or one of another version
        plain = cache.recall(course, assignment, "released", key)
        return {name: _from_plain(**seen) for name, seen in plain.items()}
    found = make()
    cache.remember(course, assignment, "released", key, {name: asdict(seen) for name, seen in found.items()})
    return found


def _from_plain(cells: list[dict], fixed: list[str]) -> Survey:
    return Survey(
        tuple(
            SeenCell(
                cell["source"],
                frozenset(cell["changes"]),
                tuple(cell["world"]),
                frozenset(cell["opaque"]),
                cell["failed"],
                tuple(cell["outputs"]),
            )
            for cell in cells
        ),
        frozenset(fixed),
    )
