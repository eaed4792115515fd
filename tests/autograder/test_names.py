"""What the text of a cell says about names."""

import pytest

from autograder.names import bound, changed, helpers, is_open, read_first, read_later

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


@pytest.mark.parametrize(
    ("source", "names"),
    {
        "x += 1": {"x"},
        "d['k']['j'] = 1": {"d"},
        "del d['k']": {"d"},
        "del d": set(),
        "a[0], b.c = 1, 2": {"a", "b"},
        "k.toys.append(1)": {"k", ".toys"},
        "names.sort()": {"names"},
        "df.dropna(inplace=True)": {"df"},
        "df.dropna(inplace=False)": set(),
        "random.shuffle(cards)": {"cards"},
        "heappush(heap, 3)": {"heap"},
        "np.fill_diagonal(grid, 0)": {"grid"},
        "for row in grid:\n    row[0] = 1": {"row"},
        "def f():\n    names.append(1)": {"names"},
        "def f(names):\n    names.append(1)": set(),
        "def f():\n    names = []\n    names.append(1)": set(),
        "x = names.copy()\nprint(names, sorted(names))": set(),
        "%magic\nd['k'] = 1": {"d"},
        "no python": set(),
    }.items(),
)
def test_what_a_cell_changes_in_place(source, names):
    assert changed(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    {
        "y = x": {"x"},
        "x = 1\ny = x": set(),
        "x = x + 1": {"x"},
        "x += 1": {"x"},
        "x = 1\nx += 1": set(),
        "d['k'] = v": {"d", "v"},
        "for c in cols:\n    c": {"cols"},
        "[c for c in cols]\nc": {"cols", "c"},
        "{k: w for k in a for w in k}": {"a"},
        "if (n := m) > 1:\n    n": {"m"},
        "with a as b:\n    b": {"a"},
        "try:\n    f()\nexcept E as e:\n    e": {"f", "E"},
        "import m.n as o, p.q\no, p": set(),
        "def f(a=b):\n    return c\nf": {"b"},
        "class C(B):\n    x = y\n    z = x\n    def f(self): return w\nC, x": {"B", "y", "x"},
        "match v:\n    case [a, *b]:\n        a, b": {"v"},
        "lambda a=b: c": {"b"},
        "x: int\ny: int = z\ny": {"z"},
    }.items(),
)
def test_what_a_cell_reads_before_it_binds_it(source, names):
    assert read_first(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    {
        "def f(x):\n    return x * FACTOR": {"FACTOR"},
        "def f():\n    return f()": set(),
        "def f():\n    return g()\ndef g():\n    return f()": {"f", "g"},
        "def f():\n    def inner():\n        return A\n    return inner": {"A"},
        "class C:\n    def f(self):\n        return C, A": {"A"},
        "class C:\n    x = A": set(),
        "[A for _ in B]": set(),
        "f = lambda: A": {"A"},
        "def f():\n    return [A for _ in range(3)]": {"A", "range"},
        "def f():\n    A = 1\n    return A": set(),
        "A": set(),
    }.items(),
)
def test_what_functions_of_a_cell_read(source, names):
    assert read_later(source) == names


def test_what_counts_as_a_function():
    assert helpers("def f(): pass\nclass C: pass\ng = lambda: 1\nx = 1") == {"f", "C", "g"}


def test_a_name_that_is_deleted_counts_as_bound():
    assert bound("del x") == {"x"}
