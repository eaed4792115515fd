"""Shortcuts: the exercise forbids a module, and the answer uses it all the same."""

from tests.attacks.attack import Attack

DIRECT = "def softmax(z):\n    from scipy.special import softmax\n    return softmax(z)"


KEPT = "from scipy.special import softmax as of_scipy\n"
LOADED = "import scipy.special\nname = '.'.join(['scipy', 'special'])\n"
HELPER = b"from scipy import special\ndef softmax(z):\n    return special.softmax(z)\n"


def answer(body: str, before: str = "") -> dict[str, str]:
    return {"softmax": f"{before}\ndef softmax(z):\n    {body}"}


ATTACKS = [
    Attack("import-in-the-function", {"softmax": DIRECT}),
    Attack("import-in-the-cell", {"softmax": "import scipy.special as sp\ndef softmax(z):\n    return sp.softmax(z)"}),
    Attack("import-of-the-answer", {"softmax": "from scipy.special import softmax"}),
    Attack("import-of-the-course-library", {"softmax": "from nnkit.activations import softmax"}),
    Attack(
        "import-in-another-cell",
        answer("return np.array(helper(z))"),
        first="import scipy.special as statistics\nhelper = lambda z: statistics.softmax(z)",
    ),
    Attack("import-by-name", answer("return __import__('sci' + 'py.special').special.softmax(z)")),
    Attack(
        "import-by-importlib",
        answer("return importlib.import_module('.special', 'scipy').softmax(z)", "import importlib"),
    ),
    Attack(
        "taken-from-the-loaded-modules",
        answer("return sys.modules['nnkit'].activations.softmax(z)", "import sys"),
        first="import nnkit.activations",
    ),
    Attack(
        "executed-from-a-string",
        answer("exec('from scipy import ' + 'special as s', g := {}); return g['s'].softmax(z)"),
    ),
    Attack(
        "default-argument",
        {"softmax": "import scipy.special\ndef softmax(z, by=scipy.special.softmax):\n    return by(z)"},
    ),
    Attack(
        "closure-and-partial",
        {"softmax": "import functools, scipy.special\nsoftmax = functools.partial(scipy.special.softmax, axis=-1)"},
    ),
    Attack(
        "callable-object",
        {
            "softmax": """
import scipy.special
class Softmax:
    by = scipy.special.softmax
    def __call__(self, z): return Softmax.by(z)
softmax = Softmax()
"""
        },
    ),
    Attack(
        "another-process",
        answer(
            "code = f'import scipy.special as s; print(list(map(float, s.softmax({z.tolist()}))))'; "
            "return np.array(eval(subprocess.check_output([sys.executable, '-c', code])))",
            "import subprocess, sys",
        ),
    ),
    Attack("in-a-list", answer("return kept[0](z)"), first="import scipy.special\nkept = [scipy.special.softmax]"),
    Attack("in-a-dict-in-a-tuple", answer("return box[1]['by'](z)", KEPT + "box = 0, {'by': of_scipy}")),
    Attack("in-a-set", answer("return next(iter(few))(z)", KEPT + "few = {of_scipy}")),
    Attack("in-an-array-of-objects", answer("return few[0](z)", KEPT + "few = np.array([of_scipy], dtype=object)")),
    Attack(
        "in-a-namespace", answer("return box.by(z)", KEPT + "import types; box = types.SimpleNamespace(by=of_scipy)")
    ),
    Attack("in-an-instance", answer("return box.by(z)", KEPT + "class Box: pass\nbox = Box(); box.by = of_scipy")),
    Attack(
        "in-an-instance-with-slots",
        answer("return box.by(z)", KEPT + "class Box:\n    __slots__ = 'by',\nbox = Box(); box.by = of_scipy"),
    ),
    Attack(
        "in-an-attribute-of-the-function",
        {"softmax": KEPT + "def softmax(z):\n    return softmax.by(z)\nsoftmax.by = of_scipy"},
    ),
    Attack(
        "keyword-default",
        {"softmax": KEPT + "def softmax(z, *, by=of_scipy):\n    return by(z)"},
    ),
    Attack("list-as-default", {"softmax": KEPT + "def softmax(z, by=[of_scipy]):\n    return by[0](z)"}),
    Attack(
        "closure-over-a-list",
        {"softmax": KEPT + "def make(few):\n    return lambda z: few[0](z)\nsoftmax = make([of_scipy])"},
    ),
    Attack(
        "vectorized", answer("return v(z) / v(z).sum()", "import scipy.special\nv = np.vectorize(scipy.special.exp2)")
    ),
    Attack(
        "universal-function-of-python",
        answer("return f([0], [z])[0]", KEPT + "f = np.frompyfunc(lambda _, z: of_scipy(z), 2, 1)"),
    ),
    Attack(
        "bound-by-getattr",
        answer("return getattr(getattr(scipy, 'spe' + word), 'softmax')(z)", "import scipy.special\nword = 'cial'"),
    ),
    Attack("by-vars-of-the-module", answer("return vars(sys.modules[name])['softmax'](z)", LOADED + "import sys")),
    Attack(
        "by-a-name-made-of-letters",
        answer("return getattr(sys.modules[name], 'soft' + 'max')(z)", LOADED + "import sys"),
    ),
    Attack("by-globals", answer("return globals()['of_scipy'](z)", KEPT)),
    Attack("by-eval", answer("return eval('of_scipy(z)')", KEPT)),
    Attack(
        "by-attrgetter",
        answer("return operator.attrgetter('softmax')(sys.modules[name])(z)", LOADED + "import operator, sys"),
    ),
    Attack(
        "by-import-of-a-name", answer("return importlib.import_module(name).softmax(z)", LOADED + "import importlib")
    ),
    Attack(
        "by-import-of-a-module-that-nobody-has",
        answer(
            "return importlib.import_module(name).softmax(z)", "import importlib\nname = '.'.join(['scipy', 'special'])"
        ),
    ),
    Attack(
        "by-pickle",
        answer("return pickle.loads(code)(z)", "import pickle\ncode = b'cscipy.spe' + b'cial\\nsoftmax\\n.'"),
    ),
    Attack("false-module", {"softmax": KEPT + "def softmax(z):\n    return of_scipy(z)\nsoftmax.__module__ = 'numpy'"}),
    Attack(
        "class-with-a-false-module",
        {
            "softmax": KEPT
            + "class By:\n    def __call__(self, z): return of_scipy(z)\nBy.__module__ = 'numpy'\nsoftmax = By()"
        },
    ),
    Attack(
        "false-module-of-the-library",
        {"softmax": "import scipy.special\nsoftmax = scipy.special.softmax\nsoftmax.__module__ = 'numpy'"},
    ),
    Attack("cached", {"softmax": KEPT + "import functools\nsoftmax = functools.cache(lambda z: of_scipy(z))"}),
    Attack(
        "a-method-of-a-class-of-mine", answer("return By.by(z)", KEPT + "class By:\n    by = staticmethod(of_scipy)")
    ),
    Attack("file-beside-the-notebook", {"softmax": "from helper import softmax"}, files={"helper.py": HELPER}),
    Attack(
        "module-beside-the-notebook",
        answer("return helper.softmax(z)", "import helper"),
        files={"helper.py": HELPER},
    ),
    Attack(
        "file-that-is-imported-late", answer("import helper; return helper.softmax(z)"), files={"helper.py": HELPER}
    ),
    Attack(
        "global-of-the-given-cell",
        answer("return check_close.__globals__['__builtins__']['__import__']('scipy.special').special.softmax(z)"),
    ),
]
