"""What is worked out once for an assignment, and kept beside the gradebook as long as what it depends on is the same.

It only saves time: a file that is damaged, or cannot be written, is as good as none.
"""

import json
from contextlib import suppress
from pathlib import Path

from autograder.course import Course


def recall(course: Course, assignment: str, what: str, key: str):
    """Plain data that was kept under this key; None if there are none, or those of another one."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads(_file(course, assignment, what).read_text(encoding="utf-8"))
        if stored["key"] == key:
            return stored["found"]
    return None


def remember(course: Course, assignment: str, what: str, key: str, found) -> None:
    """Keep plain data in place of what was kept before. Sets become lists."""
    path = _file(course, assignment, what)
    new = path.with_suffix(".new")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"key": key, "found": found}, default=sorted), encoding="utf-8")
        new.replace(path)


def _file(course: Course, assignment: str, what: str) -> Path:
    return course.tables / ".cache" / f"{assignment}.{what}.json"
