"""Runs nbgrader's own commands on a course, quietly; one line of the log is the problem of one that failed."""

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI
from sqlalchemy.exc import SAWarning

from autograder.course import Course


def generate_assignment(course: Course, assignment: str) -> str:
    """`nbgrader generate_assignment`, over an existing release. Returns the problem, "" if there was none."""
    with quiet():
        return _problem(_api(course).generate_assignment(assignment))


@contextmanager
def quiet() -> Iterator[None]:
    """nbgrader at work: without the warnings of version 0.9 under SQLAlchemy 2, which mean nothing to a user.

    And with `alembic`, which it calls to make a database, on the path, where this Python was started by its full name.
    """
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join((commands, os.environ["PATH"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


_RAISED = re.compile(r"[\w.]*(Error|Exception): (?!Please see)")
"""The line of a traceback that says what was wrong; the last line of the log refers to it."""


def _api(course: Course) -> NbGraderAPI:
    return NbGraderAPI(course.directory, config=course.config)


def _problem(outcome: dict) -> str:
    if outcome["success"]:
        return ""
    log = (outcome.get("log", "") + outcome.get("error", "")).splitlines()
    lines = [line.strip() for line in log if line.strip()]
    raised = [line for line in lines if _RAISED.match(line)]
    return (raised or lines or ["nbgrader does not say what went wrong"])[-1]
