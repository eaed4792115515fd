"""How names go from cell to cell, as the instructor's notebook says."""

import pytest

from autograder.assignment import NOWHERE, Reach, Role, SourceCell
from autograder.book.flow import Step, with_flow

KINDS = {"p": Role.PLAIN, "g": Role.GIVEN, "a": Role.ANSWER, "c": Role.CHECK, "w": Role.WRITTEN}


def flow(*texts: str) -> dict[str, SourceCell]:
    """The cells of a notebook, each given as its kind and its text: "a x = 1"; called a0, c1, … by their places."""
    steps = []
    for i, text in enumerate(texts):
        kind, _, source = text.partition(" ")
        steps.append(Step("" if kind == "p" else f"{kind}{i}", KINDS[kind], source))
    cells = [SourceCell(step.name, "code", step.source, step.role) for step in steps if step.name]
    return {cell.name: cell for cell in with_flow(cells, steps)}


def test_what_a_solution_binds_or_changes():
    cells = flow("g items = []", "a import numpy as np\nitems.append(1)\nx = 2", "c items.append(3)", "w y = 1")
    assert cells["a1"].changes == {"items", "x"}
    assert cells["w3"].changes == {"y"}
    assert cells["g0"].changes == cells["c2"].changes == frozenset()


@pytest.mark.parametrize(
    ("texts", "reach"),
    [
        (("a def f(x): return x * N", "c N = 5"), Reach(during=frozenset("N"))),
        (("g N = 3", "a def f(x): return x * N", "c N = 5"), Reach(during=frozenset("N"))),
        (("a def f(x): return x * N", "c d = 1", "c N[0] = d"), Reach(during=frozenset("N"))),
        (("g import numpy as N", "a def f(x): return N.abs(x)", "c N.add(1, 2)"), NOWHERE),
        (("a def f(x): return N.abs(x)", "c import numpy as N"), Reach(during=frozenset("N"))),
        (("a N = 2\ndef f(x): return x * N", "c N = 5"), NOWHERE),
        (("a def f(x): return x * 2", "p N = 2", "c N = 5"), NOWHERE),
        (("a def f(expected): return expected", "c expected = 5"), NOWHERE),
        (("g def f(x): return x * N", "c N = 5"), NOWHERE),
        (("a def load(): pass", "c N = load()", "a print(N)"), Reach(after=frozenset("N"))),
        (("c N = 1", "p print(N)"), Reach(after=frozenset("N"))),
        (("c N = 1", "a N = 2\nprint(N)"), NOWHERE),
        (("c N = 1", "g N = 2", "a print(N)"), NOWHERE),
        (("a print(N)", "c N = 1"), NOWHERE),
        (("a def h(): pass\ndef f(): h()", "c h = print"), Reach(helpers=frozenset("h"))),
        (("a def h(): pass\ndef f(): h()", "c keep = h\ndel h"), Reach(helpers=frozenset("h"))),
        (("a def h(n): return h(n - 1)", "c def h(n): return 1"), NOWHERE),
    ],
)
def test_where_names_of_a_check_are_to_be_seen(texts, reach):
    cells = flow(*texts)
    assert [cell.reach for cell in cells.values() if cell.role is Role.CHECK][-1] == reach


def test_without_the_instructors_notebook_nothing_goes_anywhere():
    cell = SourceCell("check", "code", "N = 5", Role.CHECK)
    assert list(with_flow([cell], [])) == [cell]
