"""Numbers that cannot tell one slip from another are found."""

import pytest

from autograder.build.engines import find_coincidences
from tests.autograder.build.test_traps import DOUBLE, MEAN, bench


def problems(bench) -> list[str]:
    return [trial.problem for trial in find_coincidences(bench) if trial.problem]


def test_two_mistakes_with_one_value(tmp_path):
    check = "check_close(double(2.0), 4.0, mistakes={'squared': 2.0**3, 'four times': 8.0, 'halved': 1.0})"
    says = "in one case two mistakes have the same value: 'squared', 'four times'"
    assert problems(bench(tmp_path, DOUBLE, check)) == [says]
    assert problems(bench(tmp_path, DOUBLE, check.replace("8.0", "9.0"))) == []


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("np.array([[1.0, 2.0], [3.0, 4.0]])", "X is square"),
        ("np.array([[1.0, 2.0], [2.0, 4.0]])", "X is square and symmetric"),
        ("np.array([[1.0, 2.0, 3.0]])", "X has one row or one column"),
        ("np.full((3, 2), 5.0)", "all entries of X are equal"),
    ],
)
def test_what_all_visible_cases_have_in_common(tmp_path, table, what):
    check = f"X = {table}\ncheck_close(double(X), X.mean(axis=0))"
    assert problems(bench(tmp_path, MEAN, check)) == [f"in every visible case {what}"]
    assert problems(bench(tmp_path, MEAN, check, f'allows: {{coincidence {what}: "there is no other"}}')) == []
    other = "X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 0.0]])\ncheck_close(double(X), X.mean(axis=0))"
    assert problems(bench(tmp_path, MEAN, f"{check}\n{other}")) == []


def test_hidden_cases_do_not_help_who_looks_at_the_visible_ones(tmp_path):
    check = "check_close(double(np.eye(2)), [0.5, 0.5])\n---\ncheck_close(double(np.full((3, 2), 5.0)), [5.0, 5.0])"
    assert problems(bench(tmp_path, MEAN, check)) == ["in every visible case X is square and symmetric"]
