from contextlib import nullcontext

import pytest

from autograder.inside.policy import ForbiddenModule, check_imports


def defined(source):
    namespace = {"__name__": "__main__"}
    exec(compile(source, "<student>", "exec"), namespace)
    return namespace


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import numpy as np\ndef f(): return np.ones(1)", False),
        ("def f(): import scipy", True),
        ("import scipy as s\ndef f(): return s.special", True),
        ("def f(): import scipyx", False),
        ("def f():\n    from scipy import special", True),
        ("from nnkit import activations\ndef f(): return activations.relu", True),
        ("import nnkit\ndef f(): return nnkit.activations.relu", True),
        ("def f():\n    from nnkit import linear", False),
        ("from nnkit.activations import relu\nf = relu", True),
        ("from scipy.special import expit\ndef g(): return expit\ndef f(): return g()", True),
        ("from scipy.special import expit\nf = lambda x, e=expit: e(x)", True),
        ("import functools, scipy.special\nf = functools.partial(scipy.special.expit, 1)", True),
        ("import scipy.special\nclass C:\n    def __call__(self): return scipy.special.expit\nf = C()", True),
        ("def f(): return __import__('scipy.special')", True),
        ("def f(): exec('import scipy')", True),
        ("def f():\n    'No scipy in here.'\n    return 'a scipyx'", False),
        ("def f(): return f()", False),
    ],
)
def test_what_a_function_uses(source, uses):
    namespace = defined(source)
    with pytest.raises(ForbiddenModule, match="does not allow") if uses else nullcontext():
        check_imports(namespace["f"], ("scipy", "nnkit.activations"), namespace)


def test_a_given_function_may_use_what_it_likes():
    namespace = defined("from scipy.special import expit\ndef given(x): return expit(x)")
    exec(compile("def f(x): return given(x)", "<answer>", "exec"), namespace)
    check_imports(namespace["f"], ("scipy",), namespace, {"<student>"})
    with pytest.raises(ForbiddenModule, match="does not allow scipy"):
        check_imports(namespace["f"], ("scipy",), namespace)
