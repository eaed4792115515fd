"""What the text of a cell says about names."""

import pytest

from autograder.names import bound, is_open

BINDS = {
    "[y := i for i in range(3)]": {"y"},
    "match x:\n  case {'a': z, **rest}: pass": {"z", "rest"},
    "try: pass\nexcept E as e: pass": {"e"},
    "x = 1\ndel x": {"x"},
    "def f():\n  global g\n  g = 1": {"f", "g"},
    "def f():\n  global g\n  import g": {"f", "g"},
    "class C:\n  global k\n  k = 1": {"C", "k"},
    "import a.b": {"a"},
    "import a.b.c as d": {"d"},
    "for i, (j, *k) in x: pass": {"i", "j", "k"},
    "def f():\n  y = 1": {"f"},
    "help?\nx = 3": {"x"},
    "files = !ls\nx = 3": {"files", "x"},
    "%timeit f()\nx = 3": {"x"},
    "x[0] = y.z = 1": set(),
    "this is no Python": set(),
}
OPEN = ("from m import *", "exec('x = 1')", "globals()['x'] = 1", "files = !ls", "%run other", "help?")


@pytest.mark.parametrize("source", BINDS)
def test_what_a_cell_binds(source):
    assert bound(source) == BINDS[source]


@pytest.mark.parametrize("source", OPEN)
def test_what_may_bind_more(source):
    assert is_open(source)
    assert not is_open("from m import n\nx = f(3)")
