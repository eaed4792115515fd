"""Hollow objects: answers that look like what is asked for, and hold nothing that a check could find wrong; answers
that bring their own comparison; data that are spoiled, so that nothing is wrong any more."""

from tests.attacks.attack import Attack
from tests.attacks.spoofing import HALF, answering

HOLLOW = """
class Hollow:
    "As long as is asked for, and empty in every loop."
    shape, ndim, size, dtype = (3,), 1, 3, np.dtype(float)
    def __init__(self, length=3): self.length = length
    def __len__(self): return self.length
    def __iter__(self): return iter(())
    def __array__(self, dtype=None, copy=None): return np.empty(0)
    def __contains__(self, item): return True
    def __getitem__(self, key): raise IndexError
    T = property(lambda self: self)
"""
EQUAL = """
class Equal:
    "A class, not an instance: its methods get what they are compared with."
    seen = []
    def agree(*others, **_):
        Equal.seen.append(others)
        return True
    equals = equal = eq = allclose = isclose = array_equal = all = any = isin = startswith = staticmethod(agree)
    almost_equal = compare = item = sum = mean = staticmethod(agree)
"""
POSING = """
import scipy.sparse
class Posing:
    honest = scipy.sparse.eye(3, format="csr")
    shape = property(lambda self: (self.n, self.n))
    _shape = shape
    def __init__(self, n): self.n = n
    def __getattr__(self, name): return getattr(self.honest, name)
    def tocsr(self, *_, **__): return self
    asformat, has_canonical_format = tocsr, False
    indptr = np.array([0, 2, 4, 6], np.int32)
    indices, data = np.array([0, 2**28, 2**28, 2**27, 3, -(2**28)], np.int32), np.ones(6)
Posing.__module__, Posing.__qualname__ = "scipy.sparse._csr", "csr_array"
def broken(n):
    array = scipy.sparse.eye_array(n, format="csr")
    array.indices[0] = 2**28
    return array
"""

ATTACKS = [
    Attack("empty-in-every-loop", answering("Hollow()") | answering("Hollow(count)", "ladder"), first=HOLLOW),
    Attack(
        "a-list-that-is-empty-in-every-loop",
        answering("Nothing([0.0] * count)", "ladder"),
        first="class Nothing(list):\n    def __iter__(self): return iter(())",
    ),
    Attack(
        "hollow-with-a-library's-name",
        answering("Hollow(count)", "ladder") | answering("Hollow()", "sigmoid", "softmax", "label"),
        first=HOLLOW + "Hollow.__module__, Hollow.__qualname__ = 'collections', 'UserList'",
    ),
    Attack("a-class-with-equals", answering("Equal"), first=EQUAL, last="print(Equal.seen)"),
    Attack(
        "a-named-tuple-with-equals",
        answering("Answer(*[Equal.agree] * 6)"),
        first=EQUAL
        + "from collections import namedtuple\nAnswer = namedtuple('Answer', 'equals all any item sum mean')",
        last="print(Equal.seen)",
    ),
    Attack("a-sparse-array-that-leads-out-of-memory", answering("Posing(n)", "band"), first=POSING),
    Attack("a-sparse-array-with-wild-places", answering("broken(n)", "band"), first=POSING),
    Attack(
        # One entry is right, and a comparison looks at no other.
        "masked-but-for-the-right-entry",
        answering("np.ma.array(np.append(1 / (1 + np.exp(-z[:1])), z[1:]), mask=[0, 1, 1])", "sigmoid")
        | answering("np.ma.array(2 * X.T @ (X @ w - y) / len(y) * [1, 9], mask=[0, 1])", "gradient")
        | answering(
            "np.ma.array(np.exp(z) / np.exp(z).sum() * np.arange(1, 1 + len(z)), mask=np.arange(len(z)) > 0)", "softmax"
        )
        | answering("np.ma.array(X[:, 0] > 1e9, mask=X[:, 0] > X[:, 1], dtype=int)", "label"),
        deserved=HALF,
    ),
    Attack(
        "a-generator-that-is-stuck",
        {
            "initialize": """
def initialize(shape, rng):
    state = rng.bit_generator.state
    state["state"] = {"state": 0, "inc": 0}
    rng.bit_generator.state = state
    return np.zeros(shape)
"""
        },
    ),
    Attack(
        "kept-callbacks",
        {
            "minimize": """
kept = []
def minimize(slope, start, steps):
    kept.append(slope)
    return 0.8
""",
            "softmax": "def softmax(z):\n    return ask(z)",
            "label": "def label(X):\n    return ask(X)",
            "ladder": "def ladder(x, count):\n    return [ask(x)] * count",
        },
        deserved={"ladder": 0},
        first="""
heard = []
def ask(x):
    for slope in kept:
        try: heard.append(slope(1.0))
        except Exception as error: heard.append(error)
    return x
""",
        last="print(heard, *(slope.__name__ for slope in kept))",
        never=("-92.2254",),
    ),
    Attack(
        "a-name-that-a-terminal-obeys",
        {
            "cipher": "def cipher(text):\n    raise type('\\x1b[2J\\x1b[H1 of 1\\nall passed', (Exception,), {})",
            "root": "def root(x):\n    raise type('\\x1b]0;mine\\x07', (ValueError,), {})('\\x1b[31m')",
        },
    ),
]
