"""Shortcuts: the exercise forbids a module, and the answer uses it all the same."""

from tests.attacks.attack import Attack

DIRECT = "def softmax(z):\n    from scipy.special import softmax\n    return softmax(z)"


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
    Attack(
        "global-of-the-given-cell",
        answer("return check_close.__globals__['__builtins__']['__import__']('scipy.special').special.softmax(z)"),
    ),
]
