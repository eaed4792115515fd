# ruff: noqa: E501 (programs stand on one line)
"""Each trap goes through a check that is blind to it, and is caught by one that is not."""

import re

import numpy as np
import pytest

from autograder.build import calls, engines, traps
from autograder.build.bench import Bench
from autograder.build.source import SourceError, read_chapter
from tests.autograder.conftest import DEMO, NAME

SOLUTION = 'def double(x):\n    """Twice the number."""\n    ### BEGIN SOLUTION\n    return 2 * x  # the obvious way to a double'
FIRST, LAST = DEMO.index('check_close(double(0.0), 0.0, name="double(0)")'), DEMO.index("### END HIDDEN TESTS")


def bench(tmp_path, solution: str, check: str, allows: str = "") -> Bench:
    """An exercise with this solution and this check, whose hidden part begins at `---`."""
    check = check.replace("---", "### BEGIN HIDDEN TESTS") if "---" in check else f"{check}\n### BEGIN HIDDEN TESTS"
    begin, end = "    ### BEGIN SOLUTION\n", "\n    ### END SOLUTION"
    head, _, body = solution.partition("\n")
    text = DEMO[:FIRST] + check + "\n" + DEMO[LAST:]
    text = text.replace(SOLUTION, f"{head}\n{begin}{body}", 1)
    text = re.sub(r"forbid: .scipy.\nequivalent: .*", allows, text, count=1)
    assert end in text
    path = tmp_path / f"{NAME}.md"
    path.write_text(text, encoding="utf-8")
    chapter = read_chapter(path)
    return Bench(chapter, chapter.exercises[0]).setup()


def found(bench: Bench, monkeypatch, *names: str) -> dict[str, str]:
    """What is said of these traps: variant → problem, "" if it is caught."""
    chosen = {name: traps.TRAPS[name] for name in names}
    monkeypatch.setattr(traps, "TRAPS", chosen)
    return {trial.variant: trial.problem for trial in engines.try_traps(bench)}


DOUBLE = "def double(x):\n    return 2 * x"
MEAN = "def double(X):\n    return X.mean(axis=0)"
PICK = "def double(z):\n    return z.argmax(axis=1)"
DRAW = "def double(rng, n):\n    return rng.normal(size=n)"
PAIR = "def double(a, b):\n    return a - 2 * b, a + b"
LABELS = "def double(y):\n    return np.bincount(y)"
CHAIN = "def double(weights):\n    return sum(w.sum() for w in weights)"
BIG = "X = np.random.default_rng(1).normal(size=(5, 3))\n"
# trap: the solution, a check that does not see it, what makes it see.
HOLES = {
    "truncates": (DOUBLE, "check_close(double(np.full(2, 3.0)), [6.0, 6.0])", "check_close(double(1.2), 2.4)"),
    "rounds": (DOUBLE, "check_close(double(1.25), 2.5)", "check_close(double(1.23456789), 2.46913578)"),
    "integer_dtype": (MEAN, BIG + "check_close(double(X), X.mean(axis=0))", "check_close(double(np.array([[1], [2]])), [1.5])"),
    "last_row": (MEAN, "check_close(double(np.full((3, 2), 3.0)), [3.0, 3.0])", BIG + "check_close(double(X), X.mean(axis=0))"),
    "first_row": (MEAN, "check_close(double(np.full((3, 2), 3.0)), [3.0, 3.0])", BIG + "check_close(double(X), X.mean(axis=0))"),
    "last_column": (MEAN, BIG + "check_close(double(X)[0], X[:, 0].mean())", BIG + "check_close(double(X), X.mean(axis=0))"),
    "first_column": (MEAN, BIG + "check_close(double(X)[1], X[:, 1].mean())", BIG + "check_close(double(X), X.mean(axis=0))"),
    "last_entry": (DOUBLE, "check_close(double(np.full(2, 3.0))[0], 6.0)", "check_close(double(np.full(2, 3.0)), [6.0, 6.0])"),
    "last_class": (PICK, "check_close(double(np.array([[2.0, 1], [3, 4]]))[0], 0)", "check_close(double(np.array([[2.0, 1], [3, 4]])), [0, 1])"),
    "missing_class": (LABELS, "check_close(double(np.array([0, 1, 1])), [1, 2])", "check_close(double(np.array([0, 2])), [1, 0, 1])"),
    "two_columns": (MEAN, BIG + "check_close(double(X[:, :2]), X[:, :2].mean(axis=0))", BIG + "check_close(double(X), X.mean(axis=0))"),
    "one_sample": (MEAN, "check_close(double(np.full((3, 2), 3.0)), [3.0, 3.0])", BIG + "check_close(double(X), X.mean(axis=0))"),
    "square": (MEAN, "check_close(double(np.eye(2)), [0.5, 0.5])", BIG + "check_close(double(X), X.mean(axis=0))"),
    "equal_widths": (CHAIN, "check_close(double([np.eye(2), np.eye(2)]), 4.0)", "check_close(double([np.eye(2), np.eye(3)]), 5.0)"),
    "squeezes": (MEAN, BIG + "check_close(double(X), X.mean(axis=0))", "check_close(double(np.full((3, 1), 3.0)), [3.0])"),
    "column": (DOUBLE, "check_close(double(np.full(2, 3.0)).sum(), 12.0)", "check_close(double(np.full(2, 3.0)), [6.0, 6.0])"),
    "visible_sizes": (DOUBLE, "check_close(double(np.full(2, 3.0)), [6.0, 6.0])", "---\ncheck_close(double(np.full(3, 3.0)), [6.0, 6.0, 6.0])"),
    "visible_values": (DOUBLE, "check_close(double(1.0), 2.0)", "---\ncheck_close(double(3.0), 6.0)"),
    "first_answer": (DOUBLE, "check_close(double(1.0), 2.0)", "check_close(double(3.0), 6.0)"),
    "state": (DOUBLE, "check_close(double(1.0), 2.0)", "check_close(double(1.0), 2.0)"),
    "other_rng": (DRAW, "assert double(np.random.default_rng(1), 3).shape == (3,)", "check_close(double(np.random.default_rng(1), 3), np.random.default_rng(1).normal(size=3))"),
    "reseeds": (DRAW, "check_close(double(np.random.default_rng(0), 3), np.random.default_rng(0).normal(size=3))", "check_close(double(np.random.default_rng(1), 3), np.random.default_rng(1).normal(size=3))"),
    "one_draw_more": (DRAW, "check_close(double(np.random.default_rng(0), 3), np.random.default_rng(0).normal(size=3))", "rng, other = (np.random.default_rng(1) for _ in 'ab')\ndouble(rng, 3), other.normal(size=3)\ncheck_close(rng.random(), other.random())"),
    "swapped_arguments": (PAIR, "check_close(np.array(double(1.0, 1.0)), [-1.0, 2.0])", "check_close(double(3.0, 1.0)[0], 1.0)"),
    "swapped_results": (PAIR, "assert sum(double(1.0, 2.0)) == 0.0", "check_close(double(3.0, 1.0)[0], 1.0)"),
    "result_1": (PAIR, "check_close(double(1.0, 2.0)[1], 3.0)", "check_close(double(1.0, 2.0)[0], -3.0)"),
    "result_2": (PAIR, "check_close(double(1.0, 2.0)[0], -3.0)", "check_close(double(1.0, 2.0)[1], 3.0)"),
    "absolute": (DOUBLE, "check_close(double(np.full(2, 3.0)), [6.0, 6.0])", "check_close(double(-3.0 * np.ones(2)), [-6.0, -6.0])"),
    "absolute_result": (DOUBLE, "check_close(double(np.full(2, 3.0)), [6.0, 6.0])", "check_close(double(-1.0), -2.0)"),
    "sign": (DOUBLE, "check_close(double(1.0) ** 2, 4.0)", "check_close(double(1.0), 2.0)"),
    "one_less": (DRAW, "assert double(np.random.default_rng(0), 3).ndim == 1", "assert len(double(np.random.default_rng(0), 3)) == 3"),
    "one_more": (DRAW, "assert double(np.random.default_rng(0), 3).ndim == 1", "assert len(double(np.random.default_rng(0), 3)) == 3"),
    "ties_last": (PICK, BIG + "check_close(double(X), X.argmax(axis=1))", "check_close(double(np.array([[1.0, 1.0]])), [0])"),
    "ties_first": ("def double(z):\n    return z.shape[1] - 1 - z[:, ::-1].argmax(axis=1)", BIG + "check_close(double(X), X.argmax(axis=1))", "check_close(double(np.array([[1.0, 1.0]])), [1])"),
    "edge_above": ("def double(z):\n    return (z > 0).astype(float)", BIG + "check_close(double(X), (X > 0).astype(float))", "check_close(double(np.zeros(1)), [0.0])"),
    "edge_below": ("def double(z):\n    return (z >= 0).astype(float)", BIG + "check_close(double(X), (X > 0).astype(float))", "check_close(double(np.zeros(1)), [1.0])"),
    "large": (DOUBLE, BIG + "check_close(double(X), 2 * X)", "check_close(double(np.array([1e3])), [2e3])"),
    "tiny": (DOUBLE, BIG + "check_close(double(X), 2 * X)", "check_close(double(np.array([1e-4])), [2e-4])"),
    "zero": (DOUBLE, BIG + "check_close(double(X), 2 * X)", "check_close(double(np.zeros(1)), [0.0])"),
    "negative": (DOUBLE, "check_close(double(np.full(2, 3.0)), [6.0, 6.0])", BIG + "check_close(double(X), 2 * X)"),
    "repeated": (MEAN, BIG + "check_close(double(X), X.mean(axis=0))", "check_close(double(np.array([[1.0], [1.0], [4.0]])), [2.0])"),
    "unsorted": ("def double(x):\n    return x[0]", "check_close(double(np.arange(3.0)), 0.0)", "check_close(double(np.array([2.0, 1.0])), 2.0)"),
    "differences": ("def double(x):\n    \"\"\"The slope of x².\"\"\"\n    return 2 * x", "check_close(double(1.5), 3.0)", "check_close(double(1.5), 3.0, rtol=1e-10)"),
}  # fmt: skip


def test_there_is_a_hole_for_each():
    assert set(HOLES) == set(traps.TRAPS) - {"in_place", "result_3", "result_4"}


def test_a_changed_argument_is_caught_whatever_the_check_looks_at(tmp_path):
    blind = bench(tmp_path, DOUBLE, "check_close(double(np.full(2, 3.0)), [6.0, 6.0])")
    (trial,) = (trial for trial in engines.try_traps(blind) if trial.variant == "trap in_place (x)")
    assert (trial.problem, trial.message) == ("", "your function changed the x it was given: work on a copy")


def test_an_argument_that_changes_after_the_call_is_caught_as_well(tmp_path):
    steps = "def double(x):\n    for item in x:\n        yield 2 * item"
    blind = bench(tmp_path, steps, "assert list(double(np.full(2, 3.0))) == [6.0, 6.0]")
    (trial,) = (trial for trial in engines.try_traps(blind) if trial.variant == "trap in_place (x)")
    assert (trial.problem, trial.message) == ("", "your function changed the x it was given: work on a copy")


def test_a_trap_that_earns_a_part_of_the_points_is_caught(tmp_path, monkeypatch):
    check = "check_close(double(1.0), 2.0)\n1 if double(-1.0) > 0 else 2"
    assert found(bench(tmp_path, DOUBLE, check), monkeypatch, "absolute_result") == {"trap absolute_result": ""}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_is_found_and_a_check_that_looks_catches_the_trap(tmp_path, monkeypatch, name):
    solution, blind, seeing = HOLES[name]
    says = traps.TRAPS[name].says
    alive = found(bench(tmp_path, solution, blind), monkeypatch, name)
    assert any(problem.endswith(says) for problem in alive.values()), alive
    monkeypatch.undo()
    caught = found(bench(tmp_path, solution, f"{blind}\n{seeing}"), monkeypatch, name)
    assert caught, "the trap was not set at all"
    assert set(caught.values()) == {""}


def test_what_the_exercise_allows_is_no_problem(tmp_path, monkeypatch):
    check = "check_close(double(np.full(2, 3.0)), [6.0, 6.0])"
    allows = 'allows: {in_place: "the task is to double x itself"}'
    assert found(bench(tmp_path, DOUBLE, check, allows), monkeypatch, "in_place") == {"trap in_place (x)": ""}
    allows = 'allows: {in_place (x): "the task is to double x itself"}'
    assert found(bench(tmp_path, DOUBLE, check, allows), monkeypatch, "in_place") == {"trap in_place (x)": ""}


def test_what_is_allowed_for_nothing_is_one(tmp_path, monkeypatch):
    check = "check_close(double(np.full(2, 3.0)), [6.0, 6.0])"
    problems = found(bench(tmp_path, DOUBLE, check, 'allows: {sign: "signs do not matter"}'), monkeypatch, "sign")
    assert problems == {"trap sign": "is allowed, but no check takes it for right"}


@pytest.mark.parametrize(
    "allows", ["allows: [in_place]", "allows: {sings: why}", 'allows: {sign: ""}', "allows: {sign: 3}"]
)
def test_unknown_traps_and_missing_reasons_are_errors(tmp_path, allows):
    with pytest.raises(SourceError, match="needs `allows:`, a reason for each trap"):
        bench(tmp_path, DOUBLE, "check_close(double(1.0), 2.0)", allows)


CLASS = "class double:\n    def __init__(self, x):\n        self.x = x\n    def step(self, by):\n        self.x = self.x + by"


def test_methods_are_trapped_and_what_they_change_is_spoiled(tmp_path, monkeypatch):
    blind = "it = double(1.0)\nit.step(2.0)\nassert it.x > 0"
    seeing = "check_close(it.x, 3.0)\nit.step(-4.5)\ncheck_close(it.x, -1.5)"
    problems = found(bench(tmp_path, CLASS, blind), monkeypatch, "truncates")
    assert problems["trap truncates (in double.step)"].startswith("nothing tries it with")
    monkeypatch.undo()
    caught = found(bench(tmp_path, CLASS, f"{blind}\n{seeing}"), monkeypatch, "sign")
    assert caught["trap sign (in double.step)"] == ""


def test_inputs_that_the_docstring_excludes_are_not_asked_for(tmp_path, monkeypatch):
    solution = 'def double(p):\n    """Twice.  p: (n,) probabilities.  Returns (n,)."""\n    return 2 * p'
    check = "p = np.array([0.1, 0.7])\ncheck_close(double(p), 2 * p)"
    assert found(bench(tmp_path, solution, check), monkeypatch, "negative", "large") == {}


def test_integers_are_not_asked_for_where_the_docstring_says_floats(tmp_path, monkeypatch):
    solution = 'def double(x):\n    """Half.  x: (n,) floats.  Returns (n,)."""\n    return x / 2'
    check = "x = np.array([0.5, 7.0])\ncheck_close(double(x), x / 2)"
    assert found(bench(tmp_path, solution, check), monkeypatch, "integer_dtype") == {}


def test_differing():
    assert not calls.differ(np.array([1.0]), np.array([1.0 + 1e-9]), 1e-6)
    assert calls.differ(np.array([1.0]), np.array([1]), 1e-6)
    assert calls.differ([1.0, {"a": 2}], [1.0, {"a": 3}], 1e-6)
    assert calls.differ("ValueError", ([1.0],), 1e-6)
