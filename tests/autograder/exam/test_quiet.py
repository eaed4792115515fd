"""Code that leaves no trace is told from code that may."""

import pytest

from autograder.exam.quiet import handed_on, is_quiet, is_transparent, quiet_names, settings_of

QUIET = """
import numpy as np
def f(x): return np.exp(x)
def f(x): x[0] = 1; x.sort(); x.total = 3
def f(x, n=3, how=abs, pair=(1, -2)): return how(n)
def f(rng): return rng.permutation(3), rng.random(2)
def f(seed): return np.random.default_rng(seed).normal()
def f(x): return [k for k in x if (lambda v: v)(k)]
def f(n): return 1 if n == 0 else n * f(n - 1)
f = lambda x: x + 1
SCALE = -2.5
def f(x):\\n    total = 0\\n    for k in x:\\n        total += k\\n    return total
class C:\\n    kind = "c"\\n    def __init__(self): self.made = []\\n    def add(self, x): self.made.append(x)
class C:\\n    def __add__(self, x): return x\\n    __radd__ = __add__
print(1)
""".strip().splitlines()
LOUD = """
count = []
def f(x): global count; count = x
def f(x): return data
def f(x, kept=[]): return kept
def f(x, *, kept={}): return kept
f = lambda x, kept=[]: kept
def f(x): f.last = x
def f(x): np.random.seed(0)
def f(x): return np.random.rand()
def f(x): r = np.random; return r.rand()
def f(x): return use(np.random)
def f(x): return np.seterr(all="raise")
def f(x): np.pi = 3
import random
import os
from numpy.random import rand
from numpy import random
from numpy import *
from functools import cache
import functools\\n@functools.lru_cache\\ndef f(x): return x
class C:\\n    made = []
class C:\\n    n = 0\\n    def f(self): C.n += 1
class C:\\n    n = 0\\n    def f(self): type(self).n = 1
class C(metaclass=M): pass
@decorated\\ndef f(x): return x
def f():\\n    n = 0\\n    def g():\\n        nonlocal n\\n        n += 1
def f(x): return eval("data")
def f(x): return globals()
def f(x): return open("data").read()
def f(x): return getattr(x, "data")
def f(x): return x.query("a > @data")
def f(x): return f.__globals__
for k in range(3): pass
x, y = 1, 2
""".strip().splitlines()


@pytest.mark.parametrize("source", QUIET)
def test_what_is_quiet(source):
    assert is_quiet([source.replace("\\n", "\n")], {"np"})


@pytest.mark.parametrize("source", LOUD)
def test_what_is_not(source):
    assert not is_quiet([source.replace("\\n", "\n")], {"np", "use"})


def test_cells_may_use_each_other():
    assert is_quiet(["def f(x):\n    return g(x)", "def g(x):\n    return x"], ())
    assert not is_quiet(["def f(x):\n    return g(x)", "g = []"], ())


def test_released_names_are_quiet_if_all_that_they_read_is():
    released = [
        "import numpy as np\nfrom nnkit import losses, explore",
        "def scaled(x):\n    return factor * mine(x)\nfactor = 2",
        "def logged(x):\n    log.append(x)\nlog = []",
        "def through(x):\n    return logged(x)",
        "def of_mine(x):\n    return mine(x)",
        "twice = 1",
        "twice = [1]",
    ]
    assert quiet_names(released, {"mine"}) == {"np", "losses", "scaled", "factor", "of_mine"}
    assert quiet_names(released, ()) == {"np", "losses", "factor"}


LOOKED_AT = (
    "f(**o)",
    "f(*o)",
    "o[0]",
    "for k in o:\n    print(k)",
    "[k for k in o]",
    "o[1:]",
    "def f():\n    return g(**o)",
    "del o",
)
HANDED_ON = (
    "f(o)", "p = o", "o[0] = 1", "del o[0]", "o[0] += 1", "o.update(a=1)", "print(o)", "o['a'], o = 1, f(o)", "[o]",
    "f(**o, by=o)", "x = f'{o}'", "o or 1", "lambda: o", "def f():\n    return o", "def f(x=o):\n    return x",
    "with o:\n    pass",
)  # fmt: skip


@pytest.mark.parametrize("source", LOOKED_AT)
def test_items_that_are_looked_at(source):
    assert "o" not in handed_on(source)


@pytest.mark.parametrize("source", HANDED_ON)
def test_what_is_handed_on(source):
    assert "o" in handed_on(source)


SETTINGS = "o = {'rate': 0.5, 'sizes': (2, 3)}"


@pytest.mark.parametrize("others", [(), (SETTINGS,), ("print(*o)",)])
def test_what_can_only_be_looked_at(others):
    assert settings_of([SETTINGS, *others]) == {"o"}


@pytest.mark.parametrize("source", ["o = [1, -2]", "o = {'a', 'b'}"])
def test_lists_and_sets_of_constants_are_settings(source):
    assert settings_of([source]) == {"o"}


@pytest.mark.parametrize(
    "sources",
    [
        (SETTINGS, "print(o)"),
        (SETTINGS, "o = make()"),
        (SETTINGS, "def f():\n    global o\n    o = make()"),
        (f"{SETTINGS}\no |= f()",),
        (f"for o in rows:\n    pass\n{SETTINGS}",),
        (f"if late:\n    o = make()\n{SETTINGS}",),
        ("o = {'all': []}",),
        ("o = {key: 1}",),
        ("o = {**p}",),
        ("o = [*p]",),
        ("o = p = [1]",),
        ("a, o = [1], [2]",),
    ],
    ids=" | ".join,
)
def test_what_may_change(sources):
    assert settings_of(sources) == set()


DARK = (
    "from m import *", "exec('x = 1')", "%run other.py", "!ls", "_", "_3", "_i", "In[1]", "import __main__",
    "from importlib import reload", "def f(): return vars()", "x.__dict__['y'] = 1", "import sys",
)  # fmt: skip


@pytest.mark.parametrize("source", DARK)
def test_names_that_a_text_does_not_show(source):
    assert not is_transparent(source)


@pytest.mark.parametrize(
    "source", ["x = 1", "_, x = pair\nprint(_)", "%matplotlib inline\nimport numpy", "def f(: pass"]
)
def test_names_that_it_does(source):
    assert is_transparent(source)
