"""What an instructor's notebooks import: worth loading once, before there are many processes that need it."""

import ast
import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import nnkit
from autograder.abbreviations import full_name
from autograder.course import Course
from autograder.errors import UserError
from autograder.names import statements


def imported_modules(course: Course, assignment: str) -> list[str]:
    """The modules that the instructor's notebooks of an assignment import, and failing those the released ones; and
    those that functions of nnkit import only when they are called.

    assignment: its name, or the beginning of it.
    It only saves time: what cannot be read is passed over, and the gradebook, slow to open, is not asked.
    """
    found: dict[str, None] = {}
    used: set[str] = set()
    with suppress(UserError):
        assignment = full_name(assignment, course.assignments(), kind="assignment")
    folder = course.instructor_folder(assignment)
    for path in sorted(folder.glob("*.ipynb")) if folder else ():
        with suppress(OSError, ValueError, KeyError, TypeError):
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    nodes = [node for statement in statements("".join(cell["source"])) for node in ast.walk(statement)]
                    found.update(dict.fromkeys(_modules(nodes)))
                    used |= {name for node in nodes if (name := getattr(node, "attr", getattr(node, "id", None)))}
    for module in list(found):
        found.update(dict.fromkeys(_inside(module, used)))
    return list(found)


def _inside(module: str, used: Collection[str]) -> Iterator[str]:
    """What functions of a module of nnkit import when they are called, so that others need not wait for it.

    It is not loaded for that: the servers load it at the same time, and its libraries, once they know its name.
    """
    package, *parts = module.split(".")
    if package != "nnkit":
        return
    place = Path(nnkit.__file__).parent.joinpath(*parts)
    for file in (place / "__init__.py", place.with_suffix(".py")):
        with suppress(OSError):  # the name of a function, for one
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name in used:
                    yield from _modules(ast.walk(node))


def _modules(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            # What is imported may be a module, too; whoever loads these passes over those that are not.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
