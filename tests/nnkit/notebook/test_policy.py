import importlib
import sys
import types
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from autograder.inside.tripwires import Tripwires
from nnkit.notebook.policy import ForbiddenModule, Origins, check_imports
from tests.attacks import shortcuts
from tests.attacks.target import SOLUTIONS


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


FORBID = ("scipy", "nnkit")


@contextmanager
def armed(forbid=FORBID, given_files=(), beside=""):
    """As in a worker while a check runs."""
    tripwires = Tripwires()
    tripwires.lay(tuple(forbid), Origins(frozenset(given_files), beside))
    try:
        yield
    finally:
        tripwires.take_up()


def asked(namespace, given_files=(), beside=""):
    """What comes of looking up `softmax` and calling it in a check."""
    with armed(FORBID, given_files, beside):
        check_imports(namespace["softmax"], FORBID, namespace, given_files, beside)
        return namespace["softmax"](np.array([0.5, -1.0, 2.0]))


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """The folder of the notebook, which can be imported from."""
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    sys.modules.pop("helper", None)


@pytest.mark.parametrize("attack", shortcuts.ATTACKS, ids=lambda attack: attack.name)
def test_every_shortcut_is_found(attack, beside):
    for name, data in attack.files.items():
        (beside / name).write_bytes(data)
    namespace = {"__name__": "__main__"}
    given = "from nnkit.testing import check_close\nimport numpy as np"
    for filename, source in (("<given>", given), ("<first>", attack.first), ("<answer>", attack.answers["softmax"])):
        exec(compile(source, filename, "exec"), namespace)
    with pytest.raises(ForbiddenModule, match="does not allow"):
        asked(namespace, {"<given>"}, str(beside))


HONEST = {
    "the solution": SOLUTIONS["softmax"],
    "another library": "from sklearn.utils.extmath import softmax as s\ndef softmax(z): return s(z[None])[0]",
    "an estimator that uses it": "from sklearn.linear_model import LogisticRegression\n"
    "def softmax(z): return LogisticRegression().fit(z[:, None], [0, 1, 0]).predict_proba(z[:, None])[:, 0]",
    "a function that was given": "def softmax(z): return given_softmax(z)",
    "an instance of a given class": "box = Given()\ndef softmax(z): return box.by(z)",
    "Python's tools": "import inspect, warnings, copy\ndef softmax(z):\n    inspect.getmodule(sorted)\n"
    "    warnings.warn('x')\n    return copy.deepcopy(z)",
    "a fallback of one's own": "def softmax(z):\n    try:\n        return __import__(f'sc{chr(105)}py').fft.fft(z)\n"
    "    except ImportError:\n        return z",
    "words about it": "def softmax(z):\n    'Not with scipy.'\n    return z + len('of scipy')",
    "globals that are used": "import scipy.special as unused\ndef softmax(z): return globals()['np'].exp(z)",
    "vectorized": "import math\nsoftmax = np.vectorize(math.exp)",
}


@pytest.mark.filterwarnings("ignore:x")
@pytest.mark.parametrize("source", HONEST.values(), ids=HONEST)
def test_honest_code_is_left_alone(source):
    namespace = {"__name__": "__main__"}
    given = (
        "import numpy as np\nfrom scipy.special import softmax as of_scipy\ndef given_softmax(z): return of_scipy(z)\n"
        "class Given:\n    how = of_scipy\n    def by(self, z): return of_scipy(z)"
    )
    exec(compile(given, "<given>", "exec"), namespace)
    exec(compile(source, "<answer>", "exec"), namespace)
    assert np.shape(asked(namespace, {"<given>"})) == (3,)


def test_tripwires_leave_nothing_behind():
    import scipy.special

    kind, finders = type(scipy.special), list(sys.meta_path)
    with armed():
        assert type(scipy.special) is not kind
        assert scipy.special.expit(0.0) == 0.5, "a library, as this file is, may ask"
    assert (type(scipy.special), sys.meta_path) == (kind, finders)


def test_a_module_that_is_not_loaded_yet_is_caught_when_it_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "this", raising=False)
    namespace = {"__name__": "__main__"}
    exec("def f(): return __import__('th' + 'is')", namespace)
    with armed(("this",)), pytest.raises(ForbiddenModule):
        namespace["f"]()


def test_what_a_forbidden_module_has_from_numpy_is_everybodys(monkeypatch):
    held = {"uniform": np.random.uniform, "randn": np.random.randn, "exp": np.exp, "MethodType": types.MethodType}
    monkeypatch.setitem(sys.modules, "shelf", types.ModuleType("shelf"))
    vars(sys.modules["shelf"]).update(held)
    namespace = defined("import numpy as np\ndef f(): return m(), np.random.uniform() + np.random.randn() + np.exp(0)")
    namespace["m"] = np.random.randn  # a method, whose class is Python's
    check_imports(namespace["f"], ["shelf"], namespace)
    fetching = defined("import shelf\ndef f(): return shelf.uniform()")
    with pytest.raises(ForbiddenModule):
        check_imports(fetching["f"], ["shelf"], fetching)
