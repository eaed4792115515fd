"""Every slip is made, one at a time, and a hole in a check lets it through."""

import ast

import pytest

from autograder.build.engines import try_mutants
from autograder.build.mutants import mutants
from tests.autograder.build.test_traps import bench

MADE = {
    "x + 1": {"x - 1", "x + 2"},
    "a - b": {"a + b", "b - a"},
    "a @ b": {"a * b"},
    "(a - b) ** c": {"(a + b) ** c", "(b - a) ** c", "(a - b) * c"},
    "abs(a - b)": {"abs(a + b)", "a - b"},
    "x < 0": {"x <= 0", "x < 1"},
    "-x": {"x"},
    "X.T": {"X"},
    "np.abs(z)": {"z"},
    "X.sum(axis=0)": {"X.mean(axis=0)", "X.sum()", "X.sum(axis=1)"},
    "X.max(keepdims=True)": {"X.min(keepdims=True)", "X.max()", "X.max(keepdims=False)"},
    "f(a, b)": {"f(b, a)"},
    "max(a, b)": set(),
    "a if b else c": {"a if not b else c"},
    "[a for a in b if c]": {"[a for a in b if not c]"},
}


@pytest.mark.parametrize("source", MADE)
def test_what_is_made_of_an_expression(source):
    assert {mutant.source for mutant in mutants(f"y = {source}")} == {f"y = {changed}" for changed in MADE[source]}


def test_statements_are_left_out_and_words_stay():
    source = 'def f(x: int = 3) -> int:\n    """Three."""\n    x += 1\n    raise ValueError("no 3")'
    made = {mutant.what for mutant in mutants(source)}
    assert made == {"x += 1 left out", "raise ValueError('no 3') left out", "x += 1 → x -= 1", "1 → 2", "3 → 4"}


def test_each_is_a_program_and_has_a_name_of_its_own():
    source = "def f(x):\n    y = x[0] + x[0]\n    return -np.abs(y.T) if y > 0 else y"
    made = list(mutants(source))
    assert len({mutant.what for mutant in made}) == len({mutant.source for mutant in made}) == len(made)
    assert all(ast.parse(mutant.source) for mutant in made)
    assert {"0 → 1", "0 → 1 (2)", "0 → 1 (3)"} <= {mutant.what for mutant in made}


MAX = "def double(x):\n    return x if x > 0 else 0.0 * x"


def problems(bench) -> dict[str, str]:
    return {trial.variant: trial.problem for trial in try_mutants(bench) if trial.variant.startswith("mutant ")}


def test_a_mutant_that_passes_is_a_problem_unless_it_computes_the_same(tmp_path):
    check = "check_close(double(2.0), 2.0)\ncheck_close(double(-3.0), 0.0)\ncheck_close(double(1.0), 1.0)"
    found = problems(bench(tmp_path, MAX, check))
    assert found["mutant x > 0 → x >= 0"] == "passes with this change of line 3"
    assert found["mutant 0 → 1"] == ""
    same = 'equivalent: {"x > 0 → x >= 0": "both give 0 at 0"}'
    assert problems(bench(tmp_path, MAX, check, same))["mutant x > 0 → x >= 0"] == ""


def test_what_earns_a_part_of_the_points_is_caught(tmp_path):
    check = "check_close(double(2.0), 2.0)\n2 if double(0.5) == 0.5 else Credit(1, 'right at 2, not at a half')\n"
    check = f"from nnkit.testing import Credit\n{check}"
    trials = {trial.variant: trial for trial in try_mutants(bench(tmp_path, MAX, check))}
    partly = trials["mutant 0 → 1"]
    assert (partly.problem, partly.message, partly.bare) == ("", "right at 2, not at a half", False)


def test_what_is_called_equivalent_for_nothing_is_a_problem(tmp_path):
    found = problems(bench(tmp_path, MAX, "check_close(double(2.0), 2.0)", 'equivalent: {"x → y": "why"}'))
    assert found["mutant x → y"] == "is called equivalent, but is no mutant that passes"


def test_a_mutant_without_end_is_caught(tmp_path):
    solution = "def double(x):\n    n = 0\n    while n < 2:\n        n += 1\n    return n * x"
    found = problems(bench(tmp_path, solution, "check_close(double(2.0), 4.0)\ncheck_close(double(-1.5), -3.0)"))
    assert found["mutant n += 1 left out"] == ""
