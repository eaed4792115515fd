"""The messages of the commands, as they stand in the code: what an instructor can meet, with … for what differs."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from autograder.course import CONFIG_FILE

PACKAGE = Path(__file__).parents[1] / "autograder"
ERRORS = {"UserError", "CourseError", "ArchiveError", "SandboxError", "CollectError", "RosterError"}
"""What the command line prints as one line, with exit code 2."""


@cache
def messages() -> frozenset[str]:
    """Every text that such an error is raised with."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
                text = "".join(_parts(node.args[0]))
                if text.strip("… :"):
                    found.add(text)
    return frozenset(found)


def _parts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            yield from _parts(value)
    else:
        named = {"CONFIG_FILE": CONFIG_FILE, "setting": f"{CONFIG_FILE}: …"}
        name = getattr(node.value, "id", "") if isinstance(node, ast.FormattedValue) else ""
        yield named.get(name, "…")


def says(message: str, listed: str) -> bool:
    """Whether a message of the code is one that a page lists, with … for what differs."""
    place = 0
    for piece in filter(None, map(str.strip, listed.split("…"))):
        place = message.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True
