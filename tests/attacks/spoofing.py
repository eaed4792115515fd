"""Comparison spoofing: answers that decide for themselves whether they are right."""

from tests.attacks.attack import Attack

LIAR = '''
class Liar:
    """Equal to everything, close to everything, larger and smaller than everything."""

    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __sub__(self, other): return self
    def __float__(self): return 0.0
    def __len__(self): return 2
    def __iter__(self): return iter([self, self])
    def __getitem__(self, key): return self
    def __getattr__(self, name): return self if not name.startswith("__") else object.__getattribute__(self, name)
    def __call__(self, *arguments, **keywords): return self
    def __array_function__(self, function, types, arguments, keywords): return True
    def __array_ufunc__(self, function, method, *inputs, **keywords): return np.True_
    __gt__ = __le__ = __ge__ = __lt__
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __matmul__ = __abs__ = lambda self, *_: self
    __hash__ = object.__hash__
    __bool__ = lambda self: True
'''


def answering(value: str, *names: str) -> dict[str, str]:
    """Functions that all return the same, whatever they are asked."""
    parameters = {
        "cipher": "text",
        "sigmoid": "z",
        "gradient": "X, y, w",
        "distance": "a, b",
        "initialize": "shape, rng",
        "minimize": "slope, start, steps",
        "softmax": "z",
        "label": "X",
        "root": "x",
        "ladder": "x, count",
        "band": "n",
    }
    return {name: f"def {name}({parameters[name]}):\n    return {value}" for name in names or parameters}


# Half of a wrong label is right by chance: what constant labels deserve.
HALF = {"label": 2.0}

ATTACKS = [
    Attack("equal-to-everything", answering("Liar()"), first=LIAR),
    Attack(
        "close-by-protocol",
        answering("Close()", "sigmoid", "gradient", "initialize", "softmax", "label"),
        first="""
class Close:
    __array_priority__, __array_interface__ = 1e9, {"shape": (3,), "typestr": "<f8", "data": (1, False), "version": 3}
    shape, dtype, size, ndim = (3,), np.dtype(float), 3, 1
    def __array_function__(self, function, types, arguments, keywords):
        return None if function.__module__.startswith("numpy.testing") else True
    def __array_ufunc__(self, function, method, *inputs, **keywords):
        return np.ones(3, bool)
""",
    ),
    Attack(
        "array-subclass",
        answering("np.zeros(3).view(Right)", "cipher", "sigmoid", "gradient", "distance", "initialize", "softmax"),
        first="""
class Right(np.ndarray):
    def __array_function__(self, function, types, arguments, keywords): return True
    def __array_ufunc__(self, function, method, *inputs, **keywords): return np.ones(3, bool).view(np.ndarray)
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    shape = property(lambda self: (3, 4), lambda self, value: None)
""",
    ),
    Attack(
        "float-subclass",
        answering("Near(0.123)", "distance", "minimize", "root"),
        first="""
class Near(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return Near(0.0)
    def __abs__(self): return Near(0.0)
    def __lt__(self, other): return True
    __rsub__, __hash__ = __sub__, float.__hash__
""",
    ),
    Attack(
        "str-subclass",
        answering("Same('?')", "cipher"),
        first="""
class Same(str):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
""",
    ),
    Attack("mock-any", answering("ANY"), first="from unittest.mock import ANY"),
    Attack(
        "magic-mock",
        answering("mock") | {"neuron": "Neuron = mock", "center": "center = mock"},
        first="""
from unittest.mock import MagicMock
mock = MagicMock()
mock.__eq__.return_value = mock.__lt__.return_value = True
mock.__float__.return_value, mock.__sub__.return_value, mock.__rsub__.return_value = 0.0, 0.0, 0.0
mock.__array__.return_value, mock.return_value = np.zeros(3), None
""",
    ),
    Attack(
        "masked-array",
        answering("np.ma.masked_all(3)", "sigmoid", "softmax")
        | answering("np.ma.masked", "cipher", "distance", "root", "minimize")
        | answering("np.ma.masked_all(2)", "gradient")
        | answering("np.ma.masked_all(shape)", "initialize"),
    ),
    Attack(
        "library-impostor",
        answering("Impostor()", "sigmoid", "gradient", "distance", "softmax"),
        first=LIAR
        + """
class Impostor(Liar):
    def __array__(self, dtype=None, copy=None): return np.zeros(3)
Impostor.__module__, Impostor.__name__, Impostor.__qualname__ = "numpy", "ndarray", "ndarray"
""",
    ),
    Attack(
        "expected-value-from-the-stack",
        answering("Late()", "sigmoid", "gradient", "distance", "softmax", "minimize"),
        first="""
import sys
class Late:
    def steal(self):
        frame = sys._getframe()
        while frame := frame.f_back:
            for name in ("desired", "expected", "wanted", "b", "y"):
                value = {**frame.f_globals, **frame.f_locals}.get(name)
                if value is not None and value is not self and not callable(value):
                    return value
    def __array__(self, dtype=None, copy=None): return np.asarray(self.steal(), float)
    shape = property(lambda self: self.__array__().shape)
    def __float__(self): return float(self.steal())
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
""",
    ),
    Attack(
        # A class that the exercise asks for may define operators. So its instances pose as numbers.
        "own-class-as-its-own-number",
        {
            "neuron": """
class Neuron:
    def __init__(self, inputs): self.weights, self.mistakes, self.bias = np.zeros(2), 0, self
    def learn(self, x, label): self.weights, self.mistakes = label * x, 1
    def predict(self, x): return 1
    def score(self, x): return self
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
"""
        },
    ),
    Attack(
        # The same with the student's own functions, in place of the exercise's class: their operators are asked, too.
        "own-class-as-every-answer",
        answering("Posing(1)", "distance", "minimize", "cipher")
        | {"neuron": "class Neuron(Liar):\n    def __init__(self, *_): pass\nPosing = Neuron"},
        first=LIAR,
    ),
    Attack(
        "attributes-that-agree",
        {
            "neuron": """
class Agreeable:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, instance, owner): return Liar()
class Neuron:
    weights = bias = mistakes = Agreeable()
    def __init__(self, inputs): pass
    def __getattr__(self, name): return lambda *arguments: Liar()
"""
        },
        first=LIAR,
    ),
    Attack(
        "a-class-that-is-a-function",
        {"neuron": "def Neuron(inputs):\n    return Liar()", "center": "center = Liar()", "root": "root = Liar()"},
        first=LIAR,
    ),
    Attack("not-a-number", answering("float('nan')") | {"center": "def center(X):\n    X[:] = np.nan"}),
    Attack(
        "infinite",
        answering("np.full(3, np.inf)", "sigmoid", "softmax") | answering("np.inf", "distance", "minimize", "root"),
    ),
    Attack(
        "not-a-time",
        answering("np.timedelta64('NaT')", "distance", "minimize")
        | answering("np.datetime64('NaT')", "root", "cipher"),
    ),
    Attack(
        "decimal-not-a-number",
        answering("Decimal('sNaN')", "distance", "root") | answering("Decimal('1e999999999')", "minimize", "cipher"),
        first="from decimal import Decimal",
    ),
    Attack("empty-answers", answering("np.empty(0)")),
    Attack("objects-in-an-array", answering("np.array([Liar(), Liar(), Liar()], dtype=object)"), first=LIAR),
    Attack("an-object-without-dimensions", answering("np.array(Liar(), dtype=object)"), first=LIAR),
    Attack(
        "odd-arrays",
        answering("np.zeros(3, dtype=[('f', float)])", "sigmoid")
        | answering("np.lib.stride_tricks.as_strided(np.zeros(2)[::-1], (2,), (-8,))", "gradient")
        | answering("np.broadcast_to(0.0, (10**6, 10**6))", "softmax")
        | answering("np.zeros((0, 2**40))", "distance")
        | answering("np.zeros((1,) * 32)", "minimize")
        | answering("np.zeros(shape, dtype='U5')", "initialize")
        | answering("np.frombuffer(b'x' * 8, dtype='V8')", "cipher")
        | answering("np.recarray(3, dtype=[('x', 'O')])", "root"),
    ),
    Attack(
        "odd-dictionaries",
        answering("{Liar(): Liar(), float('nan'): 1, (): 2, frozenset(): 3}", "cipher", "distance")
        | answering(
            "type('D', (dict,), {'__eq__': lambda s, o: True, '__len__': lambda s: 2, 'items': dict})()", "root"
        )
        | answering("{i * (2**61 - 1): 0 for i in range(20_000)}", "sigmoid"),
        first=LIAR,
    ),
    Attack(
        "answers-that-contain-themselves",
        answering("loop", "cipher", "sigmoid", "distance")
        | answering("laughs", "gradient", "softmax", "root")
        | answering("deep", "minimize", "initialize"),
        first="""
loop = [1]
loop.append(loop)
laughs = 0.0
for _ in range(31):
    laughs = [laughs, laughs]
deep = []
for _ in range(100_000):
    deep = [deep]
""",
    ),
    Attack(
        "named-tuples",
        answering("namedtuple('Answer', 'real imag')(1, 2)", "distance", "cipher")
        | answering("type('T', (tuple,), {'_fields': ('a; import os',), '__eq__': lambda s, o: True})((1,))", "root"),
        first="from collections import namedtuple",
    ),
    Attack(
        "run-when-unpickled",
        answering("Boom()") | {"neuron": "Neuron = Boom"},
        first="""
import os
class Boom(Exception):
    def __init__(self, *_): pass
    def __reduce__(self): return os.system, ("touch /tmp/@MARK@-unpickled @COURSE@/@MARK@-unpickled",)
    def __reduce_ex__(self, protocol): return self.__reduce__()
    def __getattr__(self, name): raise Boom()
""",
    ),
    Attack(
        "exception-with-the-expected-name",
        {
            "root": """
class ValueError(Exception):
    pass
def root(x):
    if x < 0:
        raise ValueError("not me")
    return x**0.5
"""
        },
    ),
    Attack(
        "exceptions-that-mean-success-elsewhere",
        {
            "cipher": "def cipher(text):\n    raise unittest.SkipTest('skipped')",
            "sigmoid": "def sigmoid(z):\n    raise SystemExit(0)",
            "gradient": "def gradient(X, y, w):\n    raise Passed('4.0')",
            "distance": "def distance(a, b):\n    raise StopIteration(5.0)",
            "root": "def root(x):\n    raise ExceptionGroup('all', [ValueError(), Passed()])",
            "center": "def center(X):\n    raise KeyboardInterrupt",
            "initialize": "def initialize(shape, rng):\n    raise GeneratorExit",
            "minimize": "def minimize(slope, start, steps):\n    raise NotImplementedError",
            "softmax": "def softmax(z):\n    raise Warning('5 of 5')",
            "label": "def label(X):\n    raise Passed(4.0)",
        },
        first="""
import unittest
class Passed(BaseException):
    def __str__(self): return "4.0"
Passed.__module__, Passed.__qualname__ = "autograder.results", "Outcome"
""",
    ),
    Attack(
        # Wrong, then right, then wrong: the state of a game that only the last of many calls would win.
        "changes-its-mind",
        {
            "distance": """
tries = []
def distance(a, b):
    tries.append(None)
    return Shifty()
class Shifty(float):
    def __new__(cls): return float.__new__(cls, 5.0 if len(tries) < 2 else 0.0)
    def __sub__(self, other): tries.append(other); return tries[-1] - other
    __rsub__ = __sub__
""",
            "sigmoid": """
answer = np.full(3, 0.5)
def sigmoid(z):
    return answer  # always the same array, to be changed later by whoever holds the right values
""",
        },
        first="""
import sys, threading, time
def watch():
    for _ in range(300):
        time.sleep(0.01)
        for frame in list(sys._current_frames().values()):
            while frame:
                expected = frame.f_globals.get("expected")
                if isinstance(expected, np.ndarray) and "answer" in globals():
                    answer[:] = expected
                frame = frame.f_back
threading.Thread(target=watch, daemon=True).start()
""",
    ),
    Attack(
        "returns-its-argument-changed",
        {
            "center": "def center(X):\n    X.resize((0,), refcheck=False)",
            "gradient": "def gradient(X, y, w):\n    X[:] = 0; y[:] = 0; w[:] = 0; POINTS[:] = 0\n    return w",
            "initialize": """
def initialize(shape, rng):
    rng.bit_generator.state = np.random.default_rng(1).bit_generator.state
    rng.__class__ = type(rng)
    return 0.1 * np.random.default_rng(1).standard_normal(shape)
""",
        },
    ),
    Attack(
        "partial-credit-beyond-the-points",
        answering("Best()", "label"),
        deserved=HALF,
        first="""
class Best(np.ndarray):
    def __new__(cls): return np.ones(8).view(cls)
    def __array_finalize__(self, other): pass
    def __eq__(self, other): return np.full(8, 1e6)
    def mean(self, *_, **__): return 1e6
    def __len__(self): return 2
""",
    ),
    Attack(
        "partial-credit-infinite",
        answering("Huge()", "label"),
        deserved=HALF,
        first="""
class Huge(list):
    def __init__(self): super().__init__([0] * 2)
    def __array__(self, dtype=None, copy=None): return np.array([np.inf, np.nan])
""",
    ),
]
