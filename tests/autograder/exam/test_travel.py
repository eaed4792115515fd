# ruff: noqa: E501 (programs stand on one line)
"""Values that travel between a check and the student's code: as what they are, or with a word about it."""

import pytest

from autograder.assignment import Role
from autograder.exam.sharing import Sharing
from autograder.results import Outcome
from tests.autograder.exam.test_examiner import cell, examine, make_examiner, passes


@pytest.fixture(scope="module")
def examiner(sandbox):
    with make_examiner(sandbox) as examiner:
        yield examiner


KINDS = {
    "a masked array": (
        "a = np.ma.masked_array([1, 2, 3], mask=[0, 1, 0])",
        "assert np.ma.isMaskedArray(a) and a.sum() == 4 and a[1] is np.ma.masked",
    ),
    "a masked array, with what stands for masked items": (
        "a = np.ma.masked_array([1.0, 2.0], mask=[0, 1], fill_value=7, hard_mask=True)",
        "assert a.filled().tolist() == [1, 7] and a.hardmask  # np.ma.MaskedArray",
    ),
    "a masked array without a mask": ("a = np.ma.masked_array([1, 2])", "assert a.mask is np.ma.nomask"),
    "a matrix": ("a = np.matrix([[1, 2], [3, 4]])", "assert type(a) is np.matrix and a[0].tolist() == [[1, 2]]"),
    "the order in memory": (
        "a = np.asfortranarray(np.ones((2, 3)))",
        "assert a.flags.f_contiguous and not a.flags.c_contiguous",
    ),
    "records": ("a = np.array([(1, 2.5)], dtype='i4,f8')", "assert a['f1'][0] == 2.5"),
    "a list with a method": (
        "class Stack(list):\n    def top(self): return self[-1]\na = Stack([1, 2])",
        "assert a.top() == 2 and a == [1, 2] and [1, 2] == a and len(a) == 2 and list(a) == [1, 2] and a != [1] and isinstance(a, Stack)\n"
        "a.append(5); assert a == [1, 2, 5] and a + [1] == [1, 2, 5, 1]",
    ),
    "a named tuple with a method": (
        "import typing\nclass P(typing.NamedTuple):\n    x: int\n    def far(self): return self.x > 9\na = P(3)",
        "assert not a.far() and a.x == 3 and a == (3,) and isinstance(a, (P, tuple)) and a in {(3,)} and a < (4,)",
    ),
    "a number with an attribute": (
        "class M(float):\n    pass\na = M(2.5); a.unit = 'm'",
        "assert a.unit == 'm' and a == 2.5 and a + 1 == 3.5 and 1 - a == -1.5 and abs(-a) == 2.5 and float(a) == 2.5 and a > 2",
    ),
    "an enumeration of numbers": (
        "import enum\nclass Color(enum.IntEnum):\n    RED = 1\n    BLUE = 2\na = Color.RED",
        "assert a == 1 and a.name == 'RED' and a == Color.RED and Color(2) == Color.BLUE > a and [0, 5][a] == 5",
    ),
    "an array with an attribute": (
        "class Q(np.ndarray):\n    pass\na = np.arange(3.0).view(Q); a.unit = 'm'",
        "assert a.unit == 'm'; np.testing.assert_allclose(a, [0, 1, 2])",
    ),
    "a result of a test": (
        "from scipy import stats\na = stats.linregress([1, 2, 3], [2, 4, 6.5])",
        "slope, *_ = a; assert slope == a.slope == a[0] and a.intercept_stderr > 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "check"), KINDS.values(), ids=KINDS)
def test_what_a_value_is_more_than_its_kind_is_not_lost(examiner, answer, check):
    examiner.run(cell(f"import numpy as np\n{answer}"))
    passes(examiner, check)


HOLLOW = """
class Hollow(list):
    def __len__(self): return 2
    def __iter__(self): return iter(())
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
    def top(self): return 1
class Sly(float):
    unit = "m"
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __sub__(self, other): return 0.0
    def __float__(self): return 3.0
    def __iter__(self): return iter(())
    __rsub__ = __sub__
    __hash__ = float.__hash__
class Void(tuple):
    size = 2
    def __len__(self): return 2
    def __iter__(self): return iter(())
hollow, sly, void = Hollow([1]), Sly(2.5), Void((1, 2))
"""


@pytest.mark.parametrize(
    "check",
    [
        "assert hollow == [1, 2]",
        "assert isinstance(hollow, list)",
        "assert hollow - 3 == 0",
        "assert sly == 3",
        "assert sly - 3 == 0 or 3 - sly == 0",
        "assert float(sly) == 3",
        "assert sly < 1",
        "assert sly in [3]",
        "assert {3: 1}[sly] == 1",
        "import math\nassert math.isclose(sly, 3)",
        "assert not list(void)",
        "for a, b in zip(void, [5, 6]):\n    assert a == b",
    ],
)
def test_a_subclass_has_no_say_in_what_its_value_is(examiner, check):
    examiner.run(cell(HOLLOW))
    assert examine(examiner, check).score == 0


def test_a_class_that_travels_by_value_cannot_be_claimed(examiner):
    examiner.run(
        cell(
            "import pandas\nclass Liar:\n    def __len__(self): return 0\n    def __iter__(self): return iter(())\n"
            "def lie(module, name):\n    Liar.__module__, Liar.__qualname__ = module, name\n    return Liar()"
        )
    )
    for module, name in (
        ("collections", "deque"),
        ("collections", "Counter"),
        ("types", "SimpleNamespace"),
        ("numpy.ma", "MaskedArray"),
        ("_io", "StringIO"),
        ("pathlib", "PosixPath"),
        ("pandas.core.frame", "DataFrame"),
    ):
        text = f"import {module} as m, collections\nassert isinstance(lie({module!r}, {name!r}), m.{name})"
        assert examine(examiner, text).score == 0, name


GIVEN = """
import sqlite3, threading, multiprocessing.dummy, matplotlib.pyplot as plt
connection = sqlite3.connect(":memory:")
lock = threading.Lock()
"""


@pytest.mark.parametrize(
    ("what", "check"),
    [
        ("a Connection", "use(connection)"),
        ("a lock", "use([lock])"),
        ("a ThreadPool", "with multiprocessing.dummy.Pool(1) as pool:\n    use(pool)"),
        ("an Axes", "use(plt.subplots()[1])"),
        ("an Axes", "use(plt.subplots(2)[1])"),
        ("a Figure", "use(x=plt.figure())"),
        ("a TextIOWrapper", "import os\nwith open(os.devnull) as file:\n    use(file)"),
        ("expected an integer of at most 65536 bytes, got 125001", "use(1 << 1_000_000)"),
        ("a Connection", "ask(lambda: connection)"),
        ("a lock", "ask(lambda: lock)"),
    ],
)
def test_a_check_that_hands_over_what_cannot_travel_is_to_blame_itself(sandbox, what, check):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(GIVEN, Role.GIVEN))
        examiner.run(cell("def use(x): return 1\ndef ask(f): return f()\nkept = 5"))
        result = examine(examiner, check)
        assert result.outcome is Outcome.ERROR
        remedy = f"this check hands over what cannot leave the examiner ({what}): set this cell's mode to `in_process`"
        assert result.told == result.message == f"the check cannot go on: {remedy}"
        assert examine(examiner, "assert use(1) == 1 and kept == 5").score == 3, "the worker lives"


def test_an_error_of_a_callback_is_the_checks_own(examiner):
    examiner.run(cell("def ask(f): return f()"))
    for error in ("FileNotFoundError('x')", "EOFError()", "TimeoutError('late')"):
        result = examine(examiner, f"def f():\n    raise {error}\nask(f)")
        assert (result.outcome, result.message.split(":")[0]) == (Outcome.ERROR, error.split("(")[0])


CODE = """
import asyncio
class Low(ValueError):
    "Too low."
    def __init__(self, v):
        super().__init__("low")
        self.v, self.message, self.seen = v, "mine", [v, {"a": v}]
        self._told = self.from_student = "no"
class R:
    "A class."
    def __init__(self, a=0):
        self.a = a
    def method(self):
        "Doc."
        return self.a
def chk(v):
    if v < 5: raise Low(v)
def leave(): raise SystemExit(3)
def read(): open("not there")
def first_two(it):
    it = iter(it)
    return [next(it), next(it)]
def all_of(it): return list(it)
async def aw(x=3):
    await asyncio.sleep(0)
    return x
async def fail(): raise Low(1)
async def count(n):
    for i in range(n): yield i
def echo(x): return x
def chosen(stat): return 'min' if stat is 'min' else 'other'
name = 'least'
"""
LIKE_PYTHON = {
    "attributes of an exception": "try:\n    chk(3)\nexcept Low as e:\n    assert e.v == 3 and e.seen == [3, {'a': 3}] and e.message == 'mine' and str(e) == 'low'\nelse:\n    1/0",
    "the code of an exit": "try:\n    leave()\nexcept SystemExit as e:\n    assert e.code == 3\nelse:\n    1/0",
    "the number of a system error": "import errno\ntry:\n    read()\nexcept OSError as e:\n    assert e.errno == errno.ENOENT and e.filename == 'not there'\nelse:\n    1/0",
    "the source of a method": "import inspect\nassert 'self.a = a' in inspect.getsource(R.__init__) and 'return self.a' in inspect.getsource(R.method)\n"
    "assert 'return self.a' in inspect.getsource(R(1).method) and len(inspect.getsourcelines(echo)[0]) == 1",
    "the source of a class": "import inspect\nassert 'def method' in inspect.getsource(R) and inspect.getdoc(R) == 'A class.'",
    "names and texts": "assert (R.__name__, R.method.__name__, R.method.__qualname__, R.method.__doc__, echo.__name__) == ('R', 'method', 'R.method', 'Doc.', 'echo')",
    "kinds of things": "import inspect\nassert inspect.isfunction(echo) and inspect.isfunction(R.method) and inspect.ismethod(R(1).method) and inspect.isclass(R)\n"
    "assert inspect.iscoroutinefunction(aw) and inspect.isasyncgenfunction(count) and not inspect.isfunction(R)\n"
    "assert list(inspect.signature(R(1).method).parameters) == [] and list(inspect.signature(R).parameters) == ['a']",
    "a generator of the check": "g = (i * i for i in range(10))\nassert first_two(g) == [0, 1] and next(g) == 4",
    "an iterator of the check": "g = iter([1, 2, 3])\nassert first_two(g) == [1, 2] and list(g) == [3] and all_of(zip('ab', [1, 2])) == [('a', 1), ('b', 2)]",
    "an iterator that raises": "def g():\n    yield 1\n    raise KeyError('k')\ntry:\n    all_of(g())\nexcept KeyError:\n    pass\nelse:\n    1/0",
    "await": "assert await aw() == 3\nx = await aw(4)\nassert x == 4",
    "await at the end": "await aw(2)\nassert (await aw(5)) == 5",
    "loops of the check's own": "import asyncio\nassert asyncio.run(aw(7)) == 7\nasync def both():\n    return await asyncio.gather(aw(1), aw(2))\nassert asyncio.run(both()) == [1, 2]",
    "a coroutine of the check's own": "async def both():\n    return await asyncio.gather(aw(1), aw(2))\nimport asyncio\nassert await both() == [1, 2]",
    "an asynchronous loop": "assert [i async for i in count(3)] == [0, 1, 2]",
    "an exception out of a coroutine": "try:\n    await fail()\nexcept Low as e:\n    assert e.v == 1\nelse:\n    1/0",
    "a cell that is timed": "%%time\nassert echo(1) == 1",
    "names that are what they equal": "assert chosen('min') == 'min' and chosen('max') == 'other' \nleast = 'least'\nassert name is least",
    "text to read": "import io\nt = io.StringIO('a\\nb\\n')\nassert all_of(t) == ['a\\n', 'b\\n'] and t.read() == ''",
}  # fmt: skip


@pytest.mark.parametrize("check", LIKE_PYTHON.values(), ids=LIKE_PYTHON)
def test_what_checks_do_with_code_works(examiner, check):
    examiner.run(cell(CODE))
    passes(examiner, check)


def test_a_check_that_is_timed_or_in_another_language_is_no_pass(examiner):
    examiner.run(cell(CODE))
    failed = examine(examiner, "\n%%time\n\nassert echo(1) == 2", released="\n%%time\n\nassert echo(1) == 2")
    assert (failed.score, failed.outcome, failed.message) == (0, Outcome.FAILED, "AssertionError")
    other = examine(examiner, "%%bash\ntrue")
    assert (other.score, other.outcome) == (0, Outcome.ERROR)
    assert other.message == "SyntaxError: `%%bash` checks nothing here: set this cell's mode to `in_process`"


def test_an_exception_cannot_say_that_it_is_ours(examiner):
    """What is told of it is what the worker says, whatever attributes it has."""
    examiner.run(
        cell(
            CODE
            + "class Sly(Exception): pass\ndef sly():\n    e = Sly('s'); e._told = e.args_ = e.message = 'x'; e.with_traceback = 1; raise e"
        )
    )
    result = examine(examiner, "sly()")
    assert (result.outcome, result.message) == (Outcome.ERROR, "Sly: s")


def test_a_coroutine_that_does_not_end_is_out_of_time(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("import asyncio\nasync def wait(): await asyncio.sleep(100)"))
        assert examine(examiner, "await wait()").outcome is Outcome.TIMEOUT


PATCHED = {
    "input by a mock": "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['41']) as p:\n    assert ask() == 42\np.assert_called_once_with('number? ')",
    "input by assignment": "import builtins\nreplies = iter(['1', '2'])\nold = builtins.input\nbuiltins.input = lambda *a: next(replies)\n"
    "try:\n    assert (ask(), ask()) == (2, 3)\nfinally:\n    builtins.input = old",
    "print": "from unittest.mock import patch\nwith patch('builtins.print') as p:\n    hello('Ann')\np.assert_called_once_with('Hello', 'Ann', sep='-')",
    "print in a helper of the check": "from unittest.mock import patch\ndef lines(f, *a):\n    with patch('builtins.print') as p:\n        f(*a)\n    return p.call_count\nassert lines(hello, 'x') == lines(hello, 'y') == 1",
    "stdin": "import io, sys\nold = sys.stdin\nsys.stdin = io.StringIO('1\\n2\\n3')\ntry:\n    assert one() == '1\\n' and read_sum() == 5\nfinally:\n    sys.stdin = old",
    "stdin read at once": "import io\nfrom unittest.mock import patch\nwith patch('sys.stdin', io.StringIO('a\\nb')):\n    assert read_all() == 'a\\nb'",
    "stdout": "import io\nfrom unittest.mock import patch\nwith patch('sys.stdout', new_callable=io.StringIO) as out:\n    hello('Bo')\nassert out.getvalue() == 'Hello-Bo\\n'",
}  # fmt: skip
READING = """
import sys
def ask(): return int(input('number? ')) + 1
def hello(name): print('Hello', name, sep='-')
def one(): return sys.stdin.readline()
def read_sum(): return sum(int(line) for line in sys.stdin)
def read_all(): return sys.stdin.read()
"""


@pytest.mark.parametrize("check", PATCHED.values(), ids=PATCHED)
def test_what_a_check_puts_in_place_of_pythons_own_is_what_the_student_meets(examiner, check):
    examiner.run(cell(READING))
    passes(examiner, check)
    assert "StdinNotImplementedError" in examine(examiner, "ask()").message, "no longer than the patch stands"
    assert examine(examiner, "hello('x')").score == 3


def test_a_patch_that_a_check_leaves_behind_is_not_the_next_ones_unless_it_stands(sandbox, monkeypatch):
    import builtins

    monkeypatch.setattr(builtins, "input", builtins.input)  # put back after the test
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(READING))
        assert examine(examiner, "import builtins\nbuiltins.input = lambda *a: '5'\nassert ask() == 6").score == 3
        assert examine(examiner, "assert ask() == 6").score == 3, "as in one process"


def test_a_student_cannot_answer_for_a_patched_function(examiner):
    """What a mock was called with is data; what the student's code does to its own `print` it does to that alone."""
    examiner.run(
        cell(
            "class Yes:\n    def __eq__(self, other): return True\n"
            "def hello(name): print(Yes(), Yes())\n"
            "def quiet(name):\n    import builtins\n    builtins.print = lambda *a, **k: None\n    print('Hello')"
        )
    )
    text = "from unittest.mock import patch\nwith patch('builtins.print') as p:\n    {}('Ann')\np.assert_called_once_with('Hello', 'Ann')"
    for function in ("hello", "quiet"):
        assert examine(examiner, text.format(function)).score == 0


GIVEN_CLASSES = """
from abc import ABC, abstractmethod
class Form:
    count = 0
    made = []
    def __init__(self, name):
        self.name = name
    def who(self):
        Form.count += 1
        Form.made.append(self.name)
        return 'I am ' + self.name
class Beast(ABC):
    @abstractmethod
    def noise(self): ...
class Empty(Exception):
    pass
class Items(list):
    pass
form = Form('f')
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int = 0
"""
DERIVED = """
class Quad(Form):
    def __init__(self, a):
        super().__init__('quad')
        self.a = a
    def area(self):
        return self.a**2
class Cat(Beast):
    def noise(self): return 'miau'
class Other: pass
class TooEmpty(Empty): pass
class Mine(Items):
    def __len__(self): return 2
    def __iter__(self): return iter(())
    def more(self): pass
def make(): return Form('made')
def fail(kind): raise {'e': Empty, 't': TooEmpty}[kind]('x')
def ask(form): return form.who()
def point(x): return Point(x)
class Sly(Point):
    def __eq__(self, other): return True
    def __init__(self): pass
    x = y = property(lambda self: Always())
class Always:
    def __eq__(self, other): return True
def kinds(): return [int, Form, Quad, None.__class__]
from fractions import Fraction
from sklearn.linear_model import LinearRegression
class Model(LinearRegression): pass
fitted = LinearRegression(fit_intercept=False)
"""
CLASSES = {
    "instances": "q = Quad(3); assert isinstance(q, Form) and isinstance(q, Quad) and not isinstance(Other(), Form) and not isinstance(q, Beast) and q.who() == 'I am quad'",
    "classes": "assert issubclass(Quad, Form) and Quad.__bases__ == (Form,) and Form in Quad.__mro__ and not issubclass(Other, Form)",
    "an abstract class": "assert Cat().noise() == 'miau' and isinstance(Cat(), Beast) and issubclass(Cat, Beast)",
    "an instance returned": "m = make(); assert isinstance(m, Form) and type(m) is Form and type(m) == Form and m.name == 'made'",
    "instances that compare": "assert point(1) == Point(1) and Point(1) == point(1) and point(1) != Point(2) and point(1) != 1 and point(1) == point(1)",
    "instances that lie": "p = Sly(); assert p != Point(1) and Point(1) != p and isinstance(p, Point)",
    "given exceptions": "for kind in 'et':\n    try:\n        fail(kind)\n    except Empty as e:\n        assert str(e) == 'x' and isinstance(e, Empty)\n    else:\n        1/0",
    "type of the student's": "q = Quad(3); assert type(q) == Quad and type(q) != Form and type(q) != Other and type(q).__name__ == 'Quad' and type(q) in (Other, Quad)",
    "type of a library": "from sklearn.linear_model import LinearRegression as L, Ridge\nassert type(fitted) == L and type(fitted) is L and type(fitted) != Ridge and isinstance(Model(), L) and type(Model()) != L and type(Model()) == Model",
    "type of plain data": "assert type([]) is list and type(3) == int and type(Quad) is type and type('X', (), {}).__name__ == 'X' and isinstance(int, type)",
    "classes returned": "i, f, q, n = kinds(); assert i is int and f is Form and q == Quad",
    "a name of the check's own": "def type(x): return 7\nassert type(Quad(1)) == 7\ndel type",
}  # fmt: skip


@pytest.fixture(scope="module")
def classes(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(GIVEN_CLASSES, Role.GIVEN))
        examiner.run(cell(DERIVED))
        yield examiner


@pytest.mark.parametrize("check", CLASSES.values(), ids=CLASSES)
def test_given_classes_are_the_same_on_both_sides(classes, check):
    passes(classes, check)


def test_a_given_class_is_put_back_after_a_check(sandbox):
    with make_examiner(sandbox, sharing=Sharing(everything=True)) as examiner:
        examiner.run(cell(GIVEN_CLASSES, Role.GIVEN))
        examiner.run(cell(DERIVED))
        for _ in range(2):
            assert examine(examiner, "assert Form.count == 0 and Form.made == []").score == 3
            check = "assert ask(form) == 'I am f' and Form.count == 1 and Form.made == ['f']"
            assert examine(examiner, check).score == 3


CLAIMING = """
import subprocess
class Right:
    def answer(self): return 0
    @classmethod
    def double(cls, x): return 0
def right(): return Right
def a_right(): return Right()
class Liar:
    def __len__(self): return 0
    def __iter__(self): return iter(())
Liar.__module__, Liar.__qualname__ = "__main__", "Items"
def lie(): return Liar()
class Int: pass
Int.__module__, Int.__qualname__ = "builtins", "int"
def an_int(): return Int()
def runner(): return subprocess.Popen
class Told(Exception): pass
Told.__qualname__ = "Signal"
def signal(): raise Told
"""


@pytest.mark.parametrize(
    "check",
    [
        "assert isinstance(lie(), Items)",
        "assert isinstance(Mine(), list) or isinstance(Mine(), Items)",
        "assert type(an_int()) is int",
        "assert isinstance(an_int(), int)",
        # A class of a check, which the student has never had, is not what the student calls by its name.
        "class Right:\n    def answer(self): return 7\n    def double(x): return 2 * x\nassert right() is Right or type(a_right()) is Right",
        "class Right:\n    def double(x): return 2 * x\nassert right().double(2) == 4",
        "class Right: pass\nassert isinstance(a_right(), Right)",
        "class Signal(Exception): pass\ntry:\n    signal()\nexcept Signal:\n    pass",
        # Nothing is called here that the student has chosen.
        "import subprocess\nassert runner() is subprocess.Popen",
    ],
)
def test_a_class_is_not_claimed(classes, check):
    classes.run(cell(CLAIMING))
    assert examine(classes, check).score == 0


EQUALS = """
import collections, types
from scipy.optimize import OptimizeResult
def yes(*a): return True
class Low(Exception): pass
def low():
    e = Low(); e.equals, e.v = yes, 1
    raise e
made = types.SimpleNamespace(equals=yes, v=1)
result = OptimizeResult(equals=yes, v=1)
class P(collections.namedtuple("P", "equals v")):
    def far(self): return True
point = P(yes, 1)
"""


@pytest.mark.parametrize("name", ["made", "result", "point"])
def test_a_container_has_no_method_by_which_it_compares(examiner, name):
    examiner.run(cell(EQUALS))
    assert examine(examiner, f"assert {name}.v == 1").score == 3
    assert "no say in 'equals'" in examine(examiner, f"assert {name}.equals(3)").message
    assert (
        examine(examiner, "try:\n    low()\nexcept Low as e:\n    assert e.v == 1 and not hasattr(e, 'equals')").score
        == 3
    )


def test_what_claims_a_method_by_which_it_compares_is_out_of_form():
    from autograder.inside.wire import Exchange, WireError

    for kind in ("SimpleNamespace", "OptimizeResult", "Bunch"):
        exchange = Exchange(lambda value, exchange: [], lambda reference, exchange: len)
        with pytest.raises(WireError):
            exchange.load([[kind, ["equals", ["mine", 0]]]])


def test_a_wrong_answer_does_not_hide_behind_a_mask(sandbox):
    """Comparisons pass over masked items; a check that does not speak of them looks at what lies below."""
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("import numpy as np\ndef f(): return [np.ma.array([1.0, 9, 9], mask=[0, 1, 1])][0]"))
        for check in ("assert np.allclose(f(), [1, 2, 3])", "assert (f() == [1, 2, 3]).all()"):
            assert examine(examiner, check).score == 0
        assert list(examiner.notes) == [
            "check sees what lies under masked and missing items of an answer: it names none"
        ]
        assert examine(examiner, "assert np.ma.isMaskedArray(f()) and f().sum() == 1").score == 3
