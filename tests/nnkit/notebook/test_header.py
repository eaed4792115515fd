from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit.notebook.header import Header

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
modules = st.lists(names, min_size=1, max_size=2).map(".".join)
headers = st.builds(
    Header,
    exercise=names,
    number=st.integers(1, 20),
    of=st.integers(1, 20),
    answers=st.lists(names, min_size=1, max_size=3).map(tuple),
    forbid=st.lists(modules, max_size=3).map(tuple),
    keeps_inputs=st.booleans(),
)


@given(headers | headers.map(lambda header: replace(header, number=0, of=0)), st.text())
def test_what_stands_in_a_header_is_read_back(header, rest):
    assert Header.read(f"{header}\n{rest}") == header


def test_it_reads_as_a_sentence():
    assert str(Header("fit", 2, 9, ("fit",))) == "# Check of fit · exercise 2 of 9"
    assert str(Header("fit", 0, 0, ("fit",))) == "# Check of fit · optional"
    whole = Header("engine", 1, 7, ("Value", "relu"), ("scipy", "nnkit.graph"), keeps_inputs=False)
    rules = "looks at Value, relu · without scipy, nnkit.graph · may change its inputs"
    assert str(whole) == f"# Check of engine · exercise 1 of 7 · {rules}"


@pytest.mark.parametrize("source", ["", "x = 1", "# Check of fit", "\n# Check of fit · exercise 2 of 9", "# Check · 2"])
def test_a_cell_without_one_has_none(source):
    assert Header.read(source) is None
