"""Patched libraries and builtins: the yardstick is bent instead of the answer mended."""

from tests.attacks.attack import EVERYTHING, Attack
from tests.attacks.target import wrong

ATTACKS = [
    Attack(
        "numpy-comparisons",
        wrong("sigmoid", "gradient", "neuron", "center", "initialize", "label"),
        deserved={"label": 0.0},
        first="""
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
np.mean = lambda *a, **k: 1.0
for name in dir(np.testing):
    if name.startswith("assert_"):
        setattr(np.testing, name, lambda *a, **k: None)
np.testing._private.utils.assert_array_compare = lambda *a, **k: None
""",
    ),
    Attack(
        "nnkit-testing",
        wrong("softmax", "label"),
        first="""
import sys, types
import nnkit.testing as t
silent = lambda *a, **k: None
for name in list(vars(t)):
    if name.startswith("check_"):
        getattr(t, name).__code__ = silent.__code__
        setattr(t, name, silent)
t.CheckFailed = type("CheckFailed", (Warning,), {})
sys.modules["nnkit.testing"] = types.SimpleNamespace(check_close=silent, check_that=silent)
""",
    ),
    Attack(
        "builtins",
        wrong("distance", "minimize", "neuron"),
        first="""
import builtins
builtins.abs = lambda x: -1.0
builtins.AssertionError = Warning
builtins.__build_class__ = builtins.__build_class__
""",
    ),
    Attack(
        "variables-of-the-caller",
        {
            "distance": """
import sys
def distance(a, b):
    sys._getframe(1).f_globals["wanted"] = 5.0
    return 5.0
""",
            "sigmoid": """
import inspect
def sigmoid(z):
    for record in inspect.stack():
        record.frame.f_globals["expected"] = np.full(3, 0.5)
    return np.full(3, 0.5)
""",
        },
    ),
    Attack(
        "names-of-the-checks",
        wrong("distance", "minimize", "softmax", "label", "gradient"),
        first="""
abs = lambda x: -1.0
check_close = check_that = print_result = lambda *a, **k: None
agreement = lambda predicted, truth: 1.0
AssertionError = StopIteration
POINTS[:] = 0.0
""",
    ),
    Attack(
        "numpy-replaced",
        wrong("sigmoid", "gradient", "center"),
        hurts=("neuron", "initialize", "softmax", "distance", "label"),
        first="""
import sys
class Fake:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __eq__(self, other): return True
np = sys.modules["numpy"] = sys.modules["numpy.testing"] = Fake()
""",
    ),
    Attack(
        "given-data",
        {
            "center": """
def center(X):
    X[:] = [[-1], [1]] if len(X) == 2 else 0.0
    POINTS[:] = 0.0
"""
        },
        hurts=("gradient",),
        first="POINTS[:] = 0.0",
    ),
    Attack(
        # What the check hands over is the given array itself, and a function may change its arguments.
        "given-data-through-an-argument",
        {
            "gradient": "def gradient(X, y, w):\n    X[:] = 0.0\n    return w",
            "center": "def center(X):\n    X[:] = [[-1], [1]] if len(X) == 2 else 0.0",
        },
    ),
    Attack(
        "compiler",
        wrong(),
        first="""
import ast, builtins
real_compile, real_parse = builtins.compile, ast.parse
class Strip(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
def strip(tree): return ast.fix_missing_locations(Strip().visit(tree))
def parse(source, *a, **k): return strip(real_parse(source, *a, **k))
def compile(source, *a, **k): return real_compile(strip(source) if isinstance(source, ast.AST) else source, *a, **k)
ast.parse, builtins.compile = parse, compile
get_ipython().compile.ast_parse = parse
""",
    ),
    Attack(
        "trace-jumps-over-asserts",
        wrong("cipher", "distance", "sigmoid", "label"),
        hurts=EVERYTHING,
        first="""
import sys, linecache, threading
def local(frame, event, argument):
    if event == "line" and "assert" in linecache.getline(frame.f_code.co_filename, frame.f_lineno):
        try: frame.f_lineno += 1
        except ValueError: pass
    return local
def trace(frame, event, argument):
    frame.f_trace_opcodes = False
    return local
sys.settrace(trace); threading.settrace(trace)
frame = sys._getframe()
while frame:
    frame.f_trace, frame = local, frame.f_back
""",
    ),
    Attack(
        "types-of-the-interpreter",
        wrong("distance", "cipher", "sigmoid"),
        hurts=EVERYTHING,
        first="""
import ctypes, gc
class Liar:
    def __eq__(self, other): return True
for kind in (float, str):
    namespace = gc.get_referents(kind.__dict__)[0]
    namespace["__eq__"] = namespace["__lt__"] = lambda self, other: True
    namespace["__sub__"] = namespace["__rsub__"] = lambda self, other: 0.0
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
    ctypes.memmove(id(kind) + 200, id(Liar) + 200, 8)  # tp_richcompare: look it up
""",
    ),
    Attack(
        "false-is-true",
        wrong("cipher", "distance", "label"),
        hurts=EVERYTHING,
        first="""
import ctypes
size = int.__basicsize__
ctypes.memmove(id(False) + size - 8, id(True) + size - 8, 16)
""",
    ),
    Attack(
        "random-numbers",
        wrong("initialize"),
        first="""
class Constant:
    def __init__(self, *a, **k): pass
    def __getattr__(self, name): return lambda shape=(), *a, **k: np.full(shape, 1.23)
np.random.default_rng = np.random.Generator = np.random.RandomState = Constant
np.random.seed = lambda *a: None
""",
    ),
    Attack(
        "import-machinery",
        wrong("softmax", "gradient", "label"),
        hurts=EVERYTHING,
        first="""
import builtins, sys
real = builtins.__import__
class Yes:
    def __getattr__(self, name): return lambda *a, **k: 1.0
def fake(name, *a, **k):
    return Yes() if name.startswith(("nnkit", "numpy.testing")) else real(name, *a, **k)
builtins.__import__ = fake
class Finder:
    def find_spec(self, name, *a): raise SystemExit(0)
sys.meta_path.insert(0, Finder())
""",
    ),
    Attack(
        "number-settings",
        first="""
import decimal, locale, sys, warnings
np.seterr(all="call")
np.seterrcall(lambda *a: (_ for _ in ()).throw(SystemExit(0)))
np.set_printoptions(formatter={"all": lambda x: "4.0"})
decimal.getcontext().prec = 1
sys.set_int_max_str_digits(0)
sys.setswitchinterval(1e-9)
warnings.simplefilter("error")
""",
        hurts=("sigmoid", "softmax"),
    ),
    Attack("tiny-recursion-limit", first="import sys; sys.setrecursionlimit(60)", hurts=EVERYTHING),
    Attack(
        "no-more-builtins",
        last="None",
        first="""
import builtins
for name in list(vars(builtins)):
    if not name.startswith("_"):
        setattr(builtins, name, None)
""",
        hurts=EVERYTHING,
    ),
    Attack(
        # The student's helper spoils the class for everybody in the process; each of their answers is right before.
        "garbage-collector-finds-the-test-values",
        wrong("sigmoid", "gradient", "softmax"),
        first="""
import gc
def overwrite():
    for found in gc.get_objects():
        if isinstance(found, dict):
            for name in ("expected", "desired", "powers"):
                if isinstance(found.get(name), np.ndarray):
                    found[name] = np.full(len(found[name]), 0.5 if name == 'expected' else 1.0)
""",
        edit=lambda notebook: _call_overwrite(notebook),
    ),
]


def _call_overwrite(notebook) -> None:
    for cell in notebook.cells:
        if cell.source.startswith(("def sigmoid", "def gradient", "def softmax")):
            cell.source = cell.source.replace("return", "overwrite(); return")
