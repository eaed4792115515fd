"""What is filled in place stays what it is, for whoever else has it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.inside.filling import fill

PLAIN = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda items: st.lists(items, max_size=4) | st.dictionaries(st.text(max_size=2), items, max_size=4),
)


@given(st.lists(PLAIN), st.lists(PLAIN))
def test_a_list_holds_what_the_other_holds(target, value):
    assert fill(target, value)
    assert target == value


@given(st.dictionaries(st.text(max_size=2), PLAIN), st.dictionaries(st.text(max_size=2), PLAIN))
def test_a_dictionary_holds_what_the_other_holds(target, value):
    assert fill(target, value)
    assert target == value


def test_what_lies_inside_is_filled_too_where_both_have_it():
    inner, items, numbers = {"rate": 1.0}, [1], np.zeros(2)
    target = {"inner": inner, "items": items, "numbers": numbers, "gone": 1}
    fill(target, {"inner": {"rate": 0.5}, "items": [2, 3], "numbers": np.ones(2), "new": {1}})
    assert target["inner"] is inner
    assert inner == {"rate": 0.5}
    assert target["items"] is items
    assert items == [2, 3]
    assert target["numbers"] is numbers
    assert numbers.tolist() == [1, 1]
    assert target["new"] == {1}
    assert "gone" not in target


@pytest.mark.parametrize(
    ("target", "value"),
    [([1], (1,)), ({}, []), (np.zeros(2), np.zeros(3)), (np.zeros(2), np.zeros(2, int)), ("a", "a"), (1, 1)],
)
def test_nothing_else_is_filled(target, value):
    before = repr(target)
    assert not fill(target, value)
    assert repr(target) == before


def test_an_array_that_cannot_be_written_stays():
    target = np.zeros(2)
    target.flags.writeable = False
    assert not fill(target, np.ones(2))


def test_sets_and_bytes():
    members, data = {1, 2}, bytearray(b"ab")
    assert fill(members, {2, 3})
    assert fill(data, bytearray(b"c"))
    assert (members, data) == ({2, 3}, b"c")
