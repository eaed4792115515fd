"""Imports go one way: from what is asked for, at the top, down to what everything stands on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.autograder.conftest import ROOT

# Each may import what stands before it, and its own. docs/design.md states the same order.
ORDER = (
    *("errors", "names", "abbreviations", "results", "assignment", "course", "hidden"),
    *("inside", "intake", "book", "exam", "build", "out", "terminal", "cli", "__main__"),
)
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("autograder", "nnkit")
    for path in (ROOT / package).rglob("*.py")
}


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it that stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports name the whole way"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in FILES else node.module for name in inner)


IMPORTS = {module: set(imported(path)) for module, path in FILES.items()}
OURS = {module: {name for name in found if name in FILES} for module, found in IMPORTS.items()}


def room(module: str) -> str:
    return module.split(".")[1]


def test_every_room_has_its_place():
    assert {room(module) for module in FILES if module.startswith("autograder.")} == set(ORDER)


@pytest.mark.parametrize("place", ORDER)
def test_imports_between_rooms_go_one_way(place):
    below = ORDER[: ORDER.index(place) + 1]
    upward = {
        (module, other)
        for module in FILES
        if module.startswith("autograder.") and room(module) == place
        for other in OURS[module]
        if other.startswith("autograder.") and room(other) not in below
    }
    assert upward == set()


def test_what_runs_between_the_walls_needs_nothing_of_the_grader():
    inside = [name for module in FILES if module.startswith("autograder.inside") for name in OURS[module]]
    assert {name for name in inside if not name.startswith(("autograder.inside", "nnkit"))} == set()


def test_of_the_examiner_only_a_batch_knows_the_gradebook():
    files_only = {"autograder.book", "autograder.book.cache", "autograder.book.fingerprint"}
    knows = {
        module
        for module in FILES
        if module.startswith("autograder.exam.") and any(".book" in o and o not in files_only for o in OURS[module])
    }
    assert knows == {"autograder.exam.batch"}


def test_the_library_does_not_know_its_grader():
    found = {
        module for module in FILES if module.startswith("nnkit") for name in IMPORTS[module] if "autograder" in name
    }
    assert found == set()


def test_nothing_imports_itself_through_others():
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way[way.index(module) :], module))
        if module not in done:
            for other in OURS[module] - {module}:
                walk(other, (*way, module))
            done.add(module)

    for module in FILES:
        walk(module, ())


def test_the_order_is_documented():
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    stated = " ← ".join(f"`{place}`" for place in ORDER if place != "__main__")
    assert stated in text
