"""Who has more time for what: a file beside the gradebook.

nbgrader keeps an extension with a submission, so before somebody hands in it has no place for one.
"""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from autograder.course import Course
from autograder.errors import UserError


def load(course: Course) -> dict[str, dict[str, timedelta]]:
    """Assignment → student → more time, of everybody who has been given any."""
    path = _file(course)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: {s: timedelta(seconds=float(t)) for s, t in times.items()} for name, times in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise UserError(
            f"{path} cannot be read ({type(error).__name__}): "
            "put a copy in its place, or remove it and give the extensions anew"
        ) from error


def save(course: Course, times: Mapping[str, Mapping[str, timedelta]]) -> None:
    path = _file(course)
    seconds = {name: {s: t.total_seconds() for s, t in sorted(each.items())} for name, each in times.items()}
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(seconds, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _file(course: Course) -> Path:
    return course.tables / "extensions.json"
