"""Code that leaves no trace is told from code that may."""

import pytest

from autograder.exam.quiet import is_quiet, is_transparent, quiet_names

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
