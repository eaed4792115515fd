import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nnkit.testing import CheckFailed, check_close, check_equal, check_gradient, check_length, check_raises, check_that
from tests.strategies import matrices, moderate, vectors

ROOT = Path(__file__).parents[2]
V, M = np.array([1.0, 2.0, 4.0]), np.array([[1.0, 2.0], [3.0, 5.0]])
WIDE = np.arange(6.0).reshape(2, 3)


def unfinished(*_):
    raise NotImplementedError


def raises(error):
    def function(*_):
        raise error

    return function


def square(x):
    return float(np.sum(x**2))


CASES = [
    # check_close: nothing there, or not a number
    (lambda: check_close(None, 1.0), "your result is None: is the `return` missing?"),
    (lambda: check_close(None, V, name="the slope"), "the slope is None: is the `return` missing?"),
    (
        lambda: check_close([1.0, 2.0, 4.0], V),
        "your result should be a NumPy array with shape (3,), got list",
    ),
    (lambda: check_close("1", 1.0), "your result should be a single number, got str"),
    (lambda: check_close([1.0], 1.0), "your result should be a single number, got list"),
    (lambda: check_close(np.array(["a"]), V), "your result should hold numbers, got an array with dtype <U1"),
    # check_close: a case about which the author says more
    (lambda: check_close(5.0, 4.0, about="a half of 8"), "your result is wrong: a half of 8"),
    (lambda: check_close(5.0, 4.0, about="a half of 8", mistakes={"one too many": 5.0}), "one too many"),
    # check_close: shape
    (lambda: check_close(WIDE.T, WIDE), "your result is transposed: rows and columns are exchanged"),
    (
        lambda: check_close(V.sum(), V),
        "your result is a single number where an array is expected: did a sum run over every axis?",
    ),
    (
        lambda: check_close(7, V),
        "your result is a single number where an array is expected: did a sum run over every axis?",
    ),
    (
        lambda: check_close(V[:, np.newaxis], V),
        "your result has shape (3, 1), not (3,): a column or row is no flat vector",
    ),
    (
        lambda: check_close(V[:, np.newaxis] - V, V),
        "your result has shape (3, 3): a column met a flat vector, and they broadcast to a table",
    ),
    (lambda: check_close(V[:2], V), "your result has the wrong shape: expected (3,), got (2,)"),
    (lambda: check_close(np.ones(1), 1.0), "your result is an array with shape (1,): a single number is asked for"),
    (
        lambda: check_close(V, V[np.newaxis]),
        "your result has shape (3,), not (1, 3): an axis of length 1 has been dropped",
    ),
    (
        lambda: check_close(np.ones((2, 3)), V),
        "your result has shape (2, 3), not (3,): is a sum or a mean over axis 0 missing?",
    ),
    # check_close: kind of number
    (
        lambda: check_close(V > 1, V),
        "your result holds the wrong kind of value: expected floats, got booleans",
    ),
    (
        lambda: check_close(V, np.array([1, 2, 4])),
        "your result holds the wrong kind of value: expected integers, got floats",
    ),
    (
        lambda: check_close(1, True),
        "your result holds the wrong kind of value: expected booleans, got integers",
    ),
    (
        lambda: check_close(V * 1j, V),
        "your result holds the wrong kind of value: expected floats, got complex numbers",
    ),
    # check_close: values
    (lambda: check_close(-V, V), "the sign of your result is flipped"),
    (lambda: check_close(np.array([-1, -2]), np.array([1, 2])), "the sign of your result is flipped"),
    (lambda: check_close(M.T, M), "your result is transposed: rows and columns are exchanged"),
    (
        lambda: check_close(17 * V, V),
        "your result is 17 times too large: is a factor missing, a mean perhaps?",
    ),
    (lambda: check_close(V / 4, V), "your result is 4 times too small: is there a factor too many?"),
    # A factor within a percent of 1 is no pattern, but an inexact result; beyond, it is one.
    (lambda: check_close(1.001 * V, V), "3 of 3 entries of your result are wrong"),
    (lambda: check_close(1.0099 * V, V), "3 of 3 entries of your result are wrong"),
    (lambda: check_close(0.9901 * V, V), "3 of 3 entries of your result are wrong"),
    (lambda: check_close(1.0101 * V, V), "your result is 1.01 times too large: is a factor missing, a mean perhaps?"),
    (lambda: check_close(0.9899 * V, V), "your result is 1.01 times too small: is there a factor too many?"),
    (lambda: check_close(V + np.array([0, 3, 1]), V), "2 of 3 entries of your result are wrong"),
    (lambda: check_close(2.0, 1.0), "your result is wrong"),
    (lambda: check_close(False, True), "your result is wrong"),
    (
        lambda: check_close(np.array([True, False]), np.array([True, True])),
        "1 of 2 entries of your result is wrong",
    ),
    (
        lambda: check_close(np.array([1, np.nan, 4]), V),
        "1 of 3 entries of your result is nan: look for an overflow, a log of 0 or a division by 0",
    ),
    (
        lambda: check_close(np.array([np.inf, np.inf, 4]), V),
        "2 of 3 entries of your result are infinite: look for an overflow, a log of 0 or a division by 0",
    ),
    (
        lambda: check_close(np.nan, 1.0),
        "your result is nan: look for an overflow, a log of 0 or a division by 0",
    ),
    (lambda: check_close(1.0, np.nan, nan=True), "your result is wrong"),
    (lambda: check_close(V, np.array([np.inf, 2, 4])), "1 of 3 entries of your result is wrong"),
    (
        lambda: check_close(np.array([1e308, 1]), np.array([-1e308, 1])),
        "your result has lost its minus signs: is there an absolute value too much?",
    ),
    # check_close: the catalog of mistakes comes first, whatever else is wrong
    (lambda: check_close(-V, V, mistakes={"stepping uphill": -V}), "stepping uphill"),
    (lambda: check_close(7.0, V, mistakes={"a sum over every axis": 7.0}), "a sum over every axis"),
    (lambda: check_close(V > 1, V, mistakes={"compared": V > 1}), "compared"),
    (lambda: check_close(3 * V, V, mistakes={"uphill": -V, "thrice": 3 * V}), "thrice"),
    (lambda: check_close(V**2 + 1, V, mistakes={"uphill": -V}), "3 of 3 entries of your result are wrong"),
    # check_equal
    (lambda: check_equal(None, "a"), "your result is None: is the `return` missing?"),
    (lambda: check_equal("b", "a"), "your result is not what the exercise asks for"),
    (lambda: check_equal(3, 2), "your result is too large"),
    (lambda: check_equal(-3, 2, name="your scores"), "your scores are too small"),
    (lambda: check_equal(float("nan"), 2.0), "your result is not what the exercise asks for"),
    (lambda: check_equal((4, 1), (4, 2)), "your result: the second of these is too small"),
    (lambda: check_equal((4, "a"), (4, "b")), "your result is not what the exercise asks for"),
    (lambda: check_equal([1], [1, 2]), "your result is not what the exercise asks for"),
    (lambda: check_equal((1, 2), [1, 2], name="the order"), "the order should be of type list, got tuple"),
    (lambda: check_equal("b", "a", mistakes={"the other one": "b"}), "the other one"),
    (lambda: check_equal([1], (1,), mistakes={"a list": [1]}), "a list"),
    (lambda: check_equal(1, True), "your result should be of type bool, got int"),
    (lambda: check_equal((np.arange(2),), ((0, 1),)), "your result is not what the exercise asks for"),
    (lambda: check_equal("a", None), "your result should be of type NoneType, got str"),
    # check_that, check_raises
    (lambda: check_that(False, "the loss went up"), "the loss went up"),
    (lambda: check_that(np.float64("nan") < 0.1, "the loss is too large"), "the loss is too large"),
    (
        lambda: check_raises(ValueError, lambda x: x, 1, name="`split`"),
        "`split` should raise ValueError here, it returned a value",
    ),
    (
        lambda: check_raises(ValueError, raises(KeyError("k"))),
        "your function should raise ValueError here, it raised KeyError",
    ),
    # check_gradient
    (lambda: check_gradient(square, lambda x: None, V), "your gradient is None: is the `return` missing?"),
    (
        lambda: check_gradient(square, lambda x: [1.0], V),
        "your gradient should be a NumPy array with shape (3,), got list",
    ),
    (
        lambda: check_gradient(square, lambda x: 2 * x[:, np.newaxis], V),
        "your gradient has shape (3, 1), not (3,): a column or row is no flat vector",
    ),
    (
        lambda: check_gradient(lambda x: 3.0, np.zeros_like, V),
        "every measured slope is zero here: does the function use its input?",
    ),
    (lambda: check_gradient(square, lambda x: -2 * x, V), "the sign of your gradient is flipped"),
    (
        lambda: check_gradient(square, lambda x: x, V),
        "your gradient is 2 times too small: is there a factor too many?",
    ),
    (
        lambda: check_gradient(square, np.zeros_like, V),
        "your gradient is all zeros: is something never filled in, multiplied by 0, or cut to whole numbers?",
    ),
    (
        lambda: check_gradient(square, lambda x: x, V, mistakes={"the 2 of the square is missing": V}),
        "the 2 of the square is missing",
    ),
    (
        lambda: check_gradient(square, lambda x: x * np.nan, V),
        "3 of 3 entries of your gradient are nan: look for an overflow, a log of 0 or a division by 0",
    ),
]


@pytest.mark.parametrize(("check", "first_line"), CASES, ids=[line for _, line in CASES])
def test_the_first_line_names_the_mistake(check, first_line):
    with pytest.raises(CheckFailed) as caught:
        check()
    assert str(caught.value).splitlines()[0] == first_line
    assert caught.value.sentence == first_line


@pytest.mark.parametrize(
    ("check", "facts"),
    [
        (lambda: check_close(2.5, 1.0), "expected 1.0, got 2.5"),
        (lambda: check_close(False, True), "expected True, got False"),
        (lambda: check_close(V[:2], V), "expected shape (3,), got shape (2,)"),
        (lambda: check_close(V + np.array([0, 0, 3]), V), "largest difference at [2]: expected 4.0, got 7.0"),
        (
            lambda: check_close(M + np.array([[0, 9], [0, 1]]), M),
            "largest difference at [0, 1]: expected 2.0, got 11.0",
        ),
        (
            lambda: check_close(np.array([np.inf, 2.5, 4]), np.array([np.inf, 2, 4])),
            "largest difference at [1]: expected 2.0, got 2.5",
        ),
        (
            lambda: check_close(np.array([9.0, np.nan, 4]), V),
            "largest difference at [1]: expected 2.0, got nan",
        ),
        (lambda: check_equal("b", "a"), "expected 'a'\ngot      'b'"),
        (lambda: check_that(False, "no", "12 of 20"), "12 of 20"),
    ],
)
def test_the_facts_follow(check, facts):
    with pytest.raises(CheckFailed) as caught:
        check()
    assert caught.value.details == facts
    assert str(caught.value) == f"{caught.value.sentence}\n{facts}"


@given(expected=vectors(st.floats(3.0, 9.0).map(lambda x: round(x, 3) + 1e-4), min_size=2), noise=moderate)
def test_the_first_line_gives_no_expected_value_away(expected, noise):
    assume(abs(noise) > 0.1)
    got = expected.copy()
    got[0] += noise
    with pytest.raises(CheckFailed) as caught:
        check_close(got, expected)
    for value in expected:
        assert f"{value:.4g}" not in re.sub(r"\d+ of \d+", "", caught.value.sentence)


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_close(V + 1e-12, V),
        lambda: check_close(np.array([1, 2, 4]), V),
        lambda: check_close(1, 1.0),
        lambda: check_close(np.float32(0.1), 0.1),
        lambda: check_close(np.True_, True),
        lambda: check_close(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]), nan=True),
        lambda: check_close(V, V.tolist()),
        lambda: check_close(1.3, 1.0, atol=0.5),
        lambda: check_close(V, V, mistakes={"uphill": -V, "no sum": V.sum(), "text": "a"}),
        lambda: check_equal({"a": [1, 2]}, {"a": [1, 2]}),
        lambda: check_equal(None, None),
        lambda: check_equal(np.bool_(True), True),
        lambda: check_equal(np.int64(3), 3),
        lambda: check_equal("a", "a", mistakes={"a list": ["a"]}),
        lambda: check_equal(1, 1, mistakes={"a float": 1.0, "a truth value": True}),
        lambda: check_that(np.bool_(True), "never said"),
        lambda: check_raises(ValueError, raises(ValueError("n"))),
        lambda: check_raises(LookupError, raises(KeyError("k")), 1, 2),
        lambda: check_gradient(square, lambda x: 2 * x, V, mistakes={"uphill": -2 * V}),
    ],
)
def test_right_answers_pass(check):
    assert check() is None


@given(x=matrices())
def test_equal_arrays_always_pass(x):
    check_close(x.copy(), x)


@given(x=matrices(), factor=moderate)
def test_different_arrays_never_pass(x, factor):
    wrong = x * factor
    assume(not np.allclose(wrong, x, rtol=1e-5, atol=1e-8))
    with pytest.raises(CheckFailed):
        check_close(wrong, x)


@pytest.mark.parametrize(
    ("check", "error", "message"),
    [
        (
            lambda: check_close(V, V, mistakes={"uphill": V}),
            ValueError,
            "the mistake 'uphill' leads to the right answer here: choose another input",
        ),
        (
            lambda: check_equal(1, (0, 1), mistakes={"swapped": (0, 1)}),
            ValueError,
            "the mistake 'swapped' leads to the right answer here: choose another input",
        ),
        (
            lambda: check_gradient(square, lambda x: 2 * x, V, mistakes={"halved": 2 * V}),
            ValueError,
            "the mistake 'halved' leads to the right answer here: choose another input",
        ),
        (
            lambda: check_close("a", "a"),
            TypeError,
            "expected real numbers to compare with, got dtype <U1: use check_equal",
        ),
        (
            lambda: check_that(V, "ambiguous"),
            TypeError,
            "expected a condition that is True or False, got ndarray",
        ),
    ],
)
def test_errors_of_the_author(check, error, message):
    with pytest.raises(error) as caught:
        check()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_close(unfinished(), V),
        lambda: check_raises(ValueError, unfinished),
        lambda: check_raises(NotImplementedError, unfinished),
        lambda: check_raises(Exception, unfinished),
        lambda: check_gradient(square, unfinished, V),
        lambda: check_gradient(unfinished, lambda x: 2 * x, V),
    ],
)
def test_unfinished_work_never_passes(check):
    with pytest.raises(NotImplementedError):
        check()


def test_a_gradient_that_writes_on_its_input_is_judged_by_its_value():
    def gradient(x):
        x *= 2
        return x

    x = V.copy()
    check_gradient(square, gradient, x)
    assert x.tolist() == V.tolist()


def test_the_notebook_shows_the_sentence_first(tmp_path):
    cell = "from nnkit.testing import check_close\ncheck_close(\n    2.0,\n    1.0,\n    name='the loss',\n)"
    code = f"from IPython.core.interactiveshell import InteractiveShell as S; S.instance().run_cell({cell!r})"
    environment = os.environ | {"IPYTHONDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in done.stdout.splitlines()]
    assert lines[:2] == ["the loss is wrong", "expected 1.0, got 2.0"]
    assert lines[-1] == "line 2: check_close( 2.0, 1.0, name='the loss', )"
    assert len(lines) == 3


def test_not_a_number_is_right_only_where_the_author_asks_for_it():
    spoiled = np.array([1.0, np.nan])
    with pytest.raises(ValueError, match="pass nan=True"):
        check_close(spoiled, spoiled)
    check_close(spoiled, spoiled, nan=True)
    with pytest.raises(CheckFailed, match="nan"):
        check_close(spoiled, np.array([np.nan, 1.0]), nan=True)


def test_a_sequence_comes_back_as_a_list_of_so_many_items():
    assert (
        check_length((1, 2), 2) == check_length([1, 2], 2) == check_length(np.array([1, 2]), 2, numbers=True) == [1, 2]
    )


class Hollow:
    """Claims to be an array of two, and is empty in a loop."""

    ndim, shape = 1, (2,)

    def __len__(self):
        return 2

    def __iter__(self):
        return iter(())


class HollowList(Hollow, list):
    """One that is a list as well."""


@pytest.mark.parametrize(
    ("items", "numbers", "sentence"),
    [
        (None, False, "it is missing: is there a `return`?"),
        (np.zeros(2), False, "it should be a tuple or a list"),
        (np.array(2.0), True, "it should be a tuple or a list"),
        (Hollow(), True, "it should be a tuple or a list"),
        (HollowList(), True, "it should have 2 items: it has 0"),
        ([1], False, "it should have 2 items: it has 1"),
        (np.zeros((3, 2)), True, "it should have 2 items: it has 3"),
    ],
)
def test_what_is_no_sequence_of_so_many_items(items, numbers, sentence):
    with pytest.raises(CheckFailed, match=re.escape(sentence)):
        check_length(items, 2, "it", numbers=numbers)
