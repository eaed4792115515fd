"""What an instructor's notebooks import: worth loading once, before there are many processes that need it."""

import ast
import json
from collections.abc import Iterator
from contextlib import suppress

from autograder.abbreviations import full_name
from autograder.course import Course
from autograder.errors import UserError
from autograder.names import statements


def imported_modules(course: Course, assignment: str) -> list[str]:
    """The modules that the instructor's notebooks of an assignment import, and failing those the released ones.

    assignment: its name, or the beginning of it.
    It only saves time: what cannot be read is passed over, and the gradebook, slow to open, is not asked.
    """
    found: dict[str, None] = {}
    with suppress(UserError):
        assignment = full_name(assignment, course.assignments(), kind="assignment")
    folder = course.instructor_folder(assignment)
    for path in sorted(folder.glob("*.ipynb")) if folder else ():
        with suppress(OSError, ValueError, KeyError, TypeError):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    found.update(dict.fromkeys(_modules("".join(cell["source"]))))
    return list(found)


def _modules(source: str) -> Iterator[str]:
    for node in (node for statement in statements(source) for node in ast.walk(statement)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # What is imported may be a module, too; whoever loads these passes over those that are not.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
