"""What numbers say of a slip, and that numbers which say nothing are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnkit.testing import CheckFailed, check_close

V = np.array([1.23456, -2.34567, 0.0, 4.56789])
M = np.array([[1.5, -2.25], [3.125, 4.75], [5.5, 6.0625]])
SAID = {
    "cut to whole numbers": (np.trunc(V), V),
    "rounded to 2 digits": (np.round(V, 2), V),
    "the sign of your result is flipped": (-2.5, 2.5),
    "has lost its minus signs": (np.abs(V), V),
    "is 0 where it should be negative": (np.maximum(V, 0), V),
    "is all zeros": (0 * V, V),
    "is the square of what is asked for": (M**2, M**2 / np.abs(M)),
    "is the root of what is asked for": (np.abs(M), M**2),
    "is one over what is asked for": (1 / M, M),
    "each row of your result is off by a factor of its own": (M * np.array([[2], [3], [1]]), M),
    "each column of your result is off by a factor of its own": (M * np.array([0.5, 3]), M),
    "off by one part in 1,000,000": (V * (1 + 1e-6 * np.array([1, 0.9, 1, 0.8])), V),
    "only the last row of your result is wrong": (M + np.array([[0], [0], [1]]), M),
    "only the first row of your result is wrong": (M + np.array([[1], [0], [0]]), M),
    "only the last column of your result is wrong": (M + np.array([0, 1]), M),
    "only the first column of your result is wrong": (M + np.array([1, 0]), M),
    "only the last entry of your result is wrong": (V + np.array([0, 0, 0, 1]), V),
    "all rows of your result are the same": (np.repeat(M[1:2], 3, axis=0), M),
    "all entries of your result are the same number": (np.full(4, 7.0), V),
    "holds the right values in another order": (V[[1, 0, 3, 2]], V),
    "off by the same amount": (V + 3, V),
    "only one entry of your result is wrong": (V + np.array([0, 1, 0, 0]), V),
    "wrong only where it should be negative": (np.where(V[[0, 1, 1, 3]] < 0, [0, 5, 6, 0], V), V[[0, 1, 1, 3]]),
    "wrong only where it should be 0": (V[[2, 2, 1, 0]] + np.array([1, 2, 0, 0]), V[[2, 2, 1, 0]]),
}


@pytest.mark.parametrize("words", SAID)
def test_a_slip_that_shows_in_the_values_is_named(words):
    got, expected = SAID[words]
    with pytest.raises(CheckFailed) as caught:
        check_close(got, expected, rtol=1e-9)
    assert words in caught.value.sentence


ALIKE = np.array([[1.5, -2.25], [1.5, -2.25]])
NOT_SAID = {
    "square of what": (np.array([4.0, 4.0]), np.array([2.0, 2.0])),
    "factor of its own": (M * 2 + np.array([[0, 0], [0, 0], [0, 1]]), M),
    "are the same: does it look at one example only": (ALIKE + np.array([1.25, -0.75]), ALIKE),
    "are the same number": (np.full(2, 3.5), np.zeros(2)),
    "wrong only where it should be negative": (np.array([-3.0, 7.5]), np.array([-1.0, -2.0])),
    "wrong only where it should be 0": (np.array([1.0, 2.0]), np.zeros(2)),
}


@pytest.mark.parametrize("words", NOT_SAID)
def test_what_holds_for_the_right_values_as_well_is_not_said(words):
    got, expected = NOT_SAID[words]
    with pytest.raises(CheckFailed) as caught:
        check_close(got, expected, rtol=1e-9)
    assert words not in caught.value.sentence


@pytest.mark.parametrize("small", [0.25 * V / np.abs(V).max(), 0.04 * V / np.abs(V).max()])
def test_zeros_are_not_said_to_be_cut_or_rounded(small):
    with pytest.raises(CheckFailed, match="is all zeros"):
        check_close(0 * V, small, rtol=1e-9)


def said_of_a_case(got, expected) -> str:
    with pytest.raises(CheckFailed) as caught:
        check_close(got, expected, rtol=1e-9, about="here are four numbers")
    return caught.value.sentence


def test_a_slip_that_shows_is_named_where_the_case_is_described_as_well():
    assert said_of_a_case(np.trunc(V), V) == "your result is cut to whole numbers: here are four numbers"


def test_the_description_of_a_case_says_more_than_a_place():
    assert (
        said_of_a_case(V + np.array([0, 0, 0, 1]), V) == "1 of 4 entries of your result is wrong: here are four numbers"
    )


def test_a_loose_check_finds_no_factor_where_there_is_none():
    expected = np.linspace(8.0, 68.0, 7)
    with pytest.raises(CheckFailed) as caught:
        check_close(0.7 * expected + np.array([0, 2, -2, 1, 2, -1, 0]), expected, rtol=0, atol=4.5)
    assert "times too" not in caught.value.sentence


def test_the_catalog_of_an_exercise_comes_first():
    with pytest.raises(CheckFailed, match="the curve falls"):
        check_close(-V, V, mistakes={"the curve falls": -V})


numbers = arrays(float, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(-1e300, 1e300))


def sentence(got, expected) -> str:
    try:
        check_close(got, expected)
    except CheckFailed as failed:
        return failed.sentence
    return "right"


@given(numbers, st.data())
def test_any_wrong_numbers_get_one_sentence_and_no_warning(expected, data):
    got = data.draw(arrays(float, expected.shape, elements=st.floats(-1e300, 1e300)))
    assert len(sentence(got, expected).splitlines()) == 1
