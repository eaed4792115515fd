"""Runs nbgrader's own commands on a course, quietly, and says in one line why one failed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from nbgrader.apps.api import NbGraderAPI
from sqlalchemy.exc import SAWarning

from autograder.course import Course


def generate_assignment(course: Course, assignment: str) -> str:
    """`nbgrader generate_assignment`, over an existing release. Returns why it failed, or ""."""
    with quiet():
        return _reason(_api(course).generate_assignment(assignment))


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings that nbgrader 0.9 gives rise to under SQLAlchemy 2; they mean nothing to a user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def _api(course: Course) -> NbGraderAPI:
    return NbGraderAPI(course.directory, config=course.config)


def _reason(outcome: dict) -> str:
    if outcome["success"]:
        return ""
    said = (outcome.get("log", "") + outcome.get("error", "")).splitlines()
    lines = [line.strip() for line in said if line.strip()]
    return lines[-1] if lines else "nbgrader gave no reason"
