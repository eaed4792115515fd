"""Numbers in sentences."""

import pytest

from nnkit.explore.words import count, number, place


@pytest.mark.parametrize(
    ("value", "form", "words"),
    [(-1.23456, ".3g", "−1.23"), (-0.0, ".3g", "0"), (1e-7, ".1e", "1.0e−07"), (-2, ".2f", "−2.00")],
)
def test_numbers_have_a_real_minus_and_zero_has_none(value, form, words):
    assert number(value, form) == words


def test_places_and_counts():
    assert place([0.5, -1]) == "(0.50, −1.00)"
    assert [count(n, "bump") for n in (0, 1, 2)] == ["0 bumps", "1 bump", "2 bumps"]
    assert count(2, "pass", "passes") == "2 passes"
