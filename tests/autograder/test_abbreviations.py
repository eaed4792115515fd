import pytest

from autograder.abbreviations import full_name
from autograder.errors import UserError

NAMES = ("03_logistic_regression", "03_logistic", "04_softmax", "hw1", "hw10")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("04", "04_softmax"),
        ("04_softmax", "04_softmax"),
        ("hw1", "hw1"),
        ("hw10", "hw10"),
        ("03_logistic", "03_logistic"),
    ],
)
def test_a_whole_name_wins_then_the_only_one_that_begins_so(typed, found):
    assert full_name(typed, NAMES, kind="chapter") == found


@pytest.mark.parametrize("typed", ["05", "softmax", "04_softmax_regression", "", "04_S"])
def test_a_name_that_nothing_has(typed):
    known = ", ".join(sorted(NAMES))
    with pytest.raises(UserError, match=f"^unknown chapter '{typed}'; there are: {known}$"):
        full_name(typed, NAMES, kind="chapter")


def test_a_beginning_of_several_names_lists_them():
    with pytest.raises(UserError, match="assignment 'hw' may be any of hw1, hw10: type more of the name"):
        full_name("hw", NAMES, kind="assignment")
