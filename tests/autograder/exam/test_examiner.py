# ruff: noqa: E501 (programs stand on one line)
"""Checks as people write them, against student code on the other side of the process boundary."""

import json
import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignment import Role, Settings, SourceNotebook
from autograder.exam.clock import Seconds
from autograder.exam.examiner import Examiner
from autograder.exam.sandbox import connect
from autograder.exam.sharing import Change, Sharing
from autograder.intake.restore import SubmittedCell
from autograder.results import Outcome
from tests.autograder.inside.test_wire import PLAIN, same

STUDENT = """
import os, random, warnings
import numpy as np

def double(x):
    print("doubling")
    return 2 * x

def same(x):
    return x

def fill(x):
    x[0] = 99
    return x

def refuse(x):
    raise ValueError(f"no {x}")

class Unhappy(Exception):
    pass

def complain():
    raise Unhappy("mine")

def unfinished():
    raise NotImplementedError

def hang():
    while True:
        pass

def leave():
    os._exit(0)

class Vector:
    def __init__(self, x):
        self.x = x
    def __add__(self, other):
        return Vector(self.x + getattr(other, "x", other))
    __radd__ = __add__
    def __eq__(self, other):
        return self.x == other.x
    def scaled(self, by):
        return Vector(self.x * by)

class Yes:
    "Agrees with everything."
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
    def __contains__(self, other): return True

def agree(*_):
    return Yes()

def three(f):
    return [f(i) for i in range(3)]

def count(n):
    yield from range(n)

def draw(rng):
    return rng.normal()

def legacy():
    return np.random.rand(), random.random()

def warn():
    warnings.warn("careful", RuntimeWarning)
    return 1

def root(x):
    return np.sqrt(x)

def has(model, X):
    return model.predict(X).sum() + model.bias

secret = [1, 2]
def recall():
    return secret
"""


@pytest.fixture(scope="module")
def examiner(sandbox):
    with make_examiner(sandbox) as examiner:
        assert examiner.run(cell(STUDENT)) == []
        yield examiner


def make_examiner(sandbox, **changed):
    settings = {
        "files": {},
        "source": source(),
        "seconds": Seconds(call=1.5),
        "sharing": Sharing(frozenset({Change("p1", "check", "fill")})),
    }
    return Examiner(partial(connect, sandbox.address), **(settings | changed))


def source(**fields):
    asked_for = {"Vector": frozenset({"__add__", "__radd__"})}
    return SourceNotebook("p1", (), **({"imports": ("import numpy as np",), "operators": asked_for} | fields))


def cell(source, role=Role.PLAIN, **fields):
    return SubmittedCell("check", role, "code", source, points=3.0, **fields)


def examine(examiner, source, **fields):
    result, _ = examiner.check(cell(source, Role.CHECK, **fields))
    return result


def passes(examiner, source, **fields):
    result = examine(examiner, source, **fields)
    assert (result.outcome, result.message) == (Outcome.PASSED, ""), source


PASSING = {
    "a value": "assert double(3) == 6",
    "a dtype": "assert double(np.ones(2, np.float32)).dtype == np.float32",
    "an array changed in place": "x = np.arange(3.0); y = fill(x); assert x[0] == 99 and y is x",
    "a list changed in place": "x = [1, 2]; fill(x); assert x == [99, 2]",
    "one of two names for a list": "x = [1]; z = [x, x]; fill(z); assert z == [99, x]",
    "an exception of Python's": "try:\n    refuse(3)\nexcept ValueError as e:\n    assert str(e) == 'no 3'\nelse:\n    1/0",
    "an exception of the student's": "try:\n    complain()\nexcept Unhappy as e:\n    assert str(e) == 'mine'\nelse:\n    1/0",
    "an instance": "v = Vector(2).scaled(3); assert v.x == 6 and isinstance(v, Vector) and v == Vector(6)",
    "operators of a class that the exercise asks for": "assert (1 + Vector(2) + Vector(3)).x == 6",
    "an attribute set": "v = Vector(1); v.x = 5; assert v.scaled(2).x == 10",
    "a callback": "assert three(lambda i: i**2) == [0, 1, 4]",
    "a function of a library": "assert three(np.negative) == [0, -1, -2]",
    "an exception out of a callback": "try:\n    three(lambda i: 1 / i)\nexcept ZeroDivisionError:\n    pass\nelse:\n    1/0",
    "a generator": "assert list(count(4)) == [0, 1, 2, 3]",
    "a random generator that goes on": "a, b = np.random.default_rng(1), np.random.default_rng(1)\n"
    "assert draw(a) == b.normal() and a.normal() == b.normal()",
    "the legacy seeds": "import random\nnp.random.seed(1); random.seed(1); got = legacy()\n"
    "np.random.seed(1); random.seed(1); assert got == (np.random.rand(), random.random())",
    "errstate": "try:\n    with np.errstate(all='raise'):\n        root(-1.0)\nexcept FloatingPointError:\n    pass\nelse:\n    1/0",
    "warnings caught": "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter('always')\n    warn()\n"
    "assert [str(w.message) for w in seen] == ['careful'] and seen[0].category is RuntimeWarning",
    "output caught": "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    double(1)\nassert out.getvalue() == 'doubling\\n'",
    "a global": "assert secret == [1, 2]",
    "a signature and a source": "import inspect\nassert list(inspect.signature(draw).parameters) == ['rng']\n"
    "assert inspect.getsource(draw).startswith('def draw')",
    "a stand-in of the check's own": "class Model:\n    bias = 1\n    def predict(self, X):\n        return X\nassert has(Model(), np.ones(3)) == 4",
    "an estimator of a library": "from nnkit.linear import Perceptron\nassert type(same(Perceptron(epochs=3)).epochs) is int",
    "a magic": "%matplotlib inline\nassert double(1) == 2",
}


@pytest.mark.parametrize("source", PASSING.values(), ids=PASSING)
def test_checks_stay_ordinary_python(examiner, source):
    passes(examiner, source)


@settings(max_examples=60, deadline=None)
@given(value=PLAIN)
def test_a_call_gives_what_a_direct_call_would(examiner, value):
    assert same(examiner._student.lookup("same")(value), value)


SPOOFED = [
    "assert agree() == 3",
    "assert abs(agree() - 3) < 0.1",
    "assert 3 - agree() == 0",
    "assert agree() < 3",
    "assert 3 in agree()",
    "assert np.allclose(agree(), 3)",
    "np.testing.assert_allclose(agree(), [1, 2])",
    "assert Vector(1) == 1",
]


@pytest.mark.parametrize("source", SPOOFED)
def test_an_object_of_the_students_decides_nothing(examiner, source):
    assert examine(examiner, source).score == 0


@pytest.mark.parametrize(
    ("source", "outcome", "message"),
    [
        ("assert double(1) == 3", Outcome.FAILED, "AssertionError"),
        ("unfinished()", Outcome.ERROR, "NotImplementedError"),
        ("refuse(1)", Outcome.ERROR, "ValueError: no 1"),
        ("not_there()", Outcome.ERROR, "NameError: name 'not_there' is not defined"),
        ("raise SystemExit", Outcome.ERROR, "SystemExit"),
        ("from nnkit.testing import check_that\ncheck_that(double(1) == 3, 'it is not doubled')", Outcome.FAILED, "it is not doubled"),
        ("hang()", Outcome.TIMEOUT, "out of time: no answer within 1.5 s"),
        ("try:\n    hang()\nexcept BaseException:\n    pass", Outcome.TIMEOUT, "out of time: no answer within 1.5 s"),
        ("leave()", Outcome.KILLED, "your code ended its process: it ended, or was ended by a limit, before it answered"),
        ("4", Outcome.ERROR, "the check gave 4 of 3 points"),
        ("float('nan')", Outcome.ERROR, "the check gave nan of 3 points"),
        ("-1", Outcome.ERROR, "the check gave -1 of 3 points"),
    ],
)  # fmt: skip
def test_anything_but_running_to_the_end_is_no_pass(examiner, source, outcome, message):
    result = examine(examiner, source)
    assert (result.score, result.outcome, result.message) == (0, outcome, message)
    assert examine(examiner, "assert double(2) == 4").score == 3, "the next check has a worker again"


def test_a_message_that_quotes_an_object_costs_its_own_check_only(sandbox):
    """The student's code is asked for the words; it may hang, end its process or raise over it."""
    with make_examiner(sandbox, seconds=Seconds(call=1)) as examiner:
        examiner.run(
            cell(
                "import os\nclass Mute:\n    def __init__(self, how):\n        self.how = how\n    def __str__(self):\n"
                "        return {'leave': lambda: os._exit(0), 'raise': lambda: 1 / 0}[self.how]()\n    __repr__ = __str__"
            )
        )
        outcomes = {"leave": Outcome.KILLED, "raise": Outcome.FAILED}
        for how, outcome in outcomes.items():
            assert examine(examiner, f"assert False, Mute({how!r})").outcome is outcome
            assert examine(examiner, "assert Mute('leave').how == 'leave'").score == 3


def test_an_object_that_claims_to_be_a_number_is_none(examiner):
    examiner.run(cell("class Half:\n    pass\nHalf.__module__, Half.__qualname__ = 'builtins', 'float'\nhalf = Half()"))
    assert examine(examiner, "half").outcome is Outcome.PASSED


def test_a_number_at_the_end_is_partial_credit(examiner):
    assert examine(examiner, "1.5").score == 1.5
    assert examine(examiner, "0").score == 0
    assert examine(examiner, "double(1) == 2").score == 3, "a truth value is no number"


def test_a_cell_that_ends_its_process_costs_that_cell_only(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("a = 1"))
        (error,) = examiner.run(cell("import os; os._exit(0)"))
        assert error["output_type"] == "error"
        examiner.run(cell("b = 2"))
        assert examine(examiner, "assert (a, b) == (1, 2)").score == 3


def test_names_of_given_cells_cannot_be_taken_over(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("def reference(x):\n    return x + 1", Role.GIVEN))
        examiner.run(cell("def reference(x):\n    return 0\nnp = None\ndef abs(x):\n    return 0"))
        assert examine(examiner, "assert reference(1) == 2 and np.abs(-1) == 1 and abs(-1) == 1").score == 3


def test_a_given_cell_that_fails_here_still_gives_its_functions(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("open('only_there')\ndef helper():\n    return 7", Role.GIVEN))
        assert examine(examiner, "assert helper() == 7").score == 3


@pytest.mark.parametrize(
    ("given", "check"),
    {
        "a module that is not there": ("from nowhere import verify", "verify(1)"),
        "a star that leads nowhere": ("from nowhere import *", "verify(1)"),
        "an error before a definition by assignment": ("1/0\nverify = print", "verify(1)"),
        "an error before an exec": ("1/0\nexec('verify = print')", "verify(1)"),
        "a name bound in a function": ("def f():\n    global verify\n    verify = print\n1/0\nf()", "verify(1)"),
        "a name deep in the check": ("import nowhere as n", "def f():\n    return n.verify(1)\nf()"),
    }.values(),
)
def test_what_a_given_cell_failed_to_give_is_not_the_students(sandbox, given, check):
    with make_examiner(sandbox, source=source(own_names={"same"})) as examiner:
        examiner.run(cell("class n:\n    verify = print\nverify = print\ndef same(x): return x"))
        examiner.run(cell(given, Role.GIVEN))
        result = examine(examiner, check)
        assert (result.score, result.outcome) == (0, Outcome.ERROR)
        assert "comes from the given cell 'check', which failed:" in result.message
        assert [note[:45] for note in examiner.notes] == ["the given cell 'check' failed while grading: "]
        assert examine(examiner, "assert same(1) == 1").score == 3


def test_a_name_of_a_given_cell_is_never_the_students_wherever_that_cell_stands(sandbox):
    with make_examiner(sandbox, source=source(given_names={"verify"})) as examiner:
        examiner.run(cell("def verify(*a): pass"))
        assert examine(examiner, "verify(1)").message == "NotGiven: 'verify' comes from a given cell that has not run"
        examiner.run(cell("def verify(x): assert x == 2", Role.GIVEN))
        assert examine(examiner, "verify(1)").score == 0
        assert examine(examiner, "verify(2)").score == 3


def test_a_given_cell_that_ends_the_worker_still_gives_its_names(sandbox):
    with make_examiner(sandbox) as examiner:
        spoiled = "import builtins, os, nnkit.testing\nbuiltins.quit = lambda *a: os._exit(0)\ndef helper(): return 8"
        examiner.run(cell(spoiled))
        examiner.run(cell("def helper(): return 7\nquit", Role.GIVEN))
        examiner.run(cell("quit()\ndef checker(): return helper()", Role.GIVEN))
        assert examine(examiner, "assert checker() == helper() == 7").score == 3


def test_what_a_failed_check_did_not_bind_is_not_the_students(sandbox):
    with make_examiner(sandbox, source=source(own_names={"answer"})) as examiner:
        examiner.run(cell("tolerance = 1e9\nanswer = 3\ndef same(x): return x"))
        assert examine(examiner, "assert same(1) == 2\ntolerance = 1e-9\nanswer = 4").score == 0
        assert examine(examiner, "assert abs(same(1) - 2) < tolerance").score == 0
        assert examine(examiner, "assert answer == 3").score == 3


SPOILING = """
import numpy as np
def zero(X): X[...] = 0; return 0
def nans(X): X[...] = np.nan; return np.full(3, np.nan)
def empty(items): items.clear(); return 0
def nothing(X): X[...] = 0
class Model:
    def fit(self, X, y): X[...] = 0; y[...] = 0; return self
    def predict(self, X): return np.zeros(len(X))
def double(x): x *= 2; return x.copy()
def sort(items): items.sort()
"""


@pytest.mark.parametrize(
    "check",
    {
        "the reference after the call": "X = np.ones(3); assert zero(X) == X.sum()",
        "not a number equals itself": "X = np.ones(3); np.testing.assert_allclose(nans(X), X)",
        "an emptied list": "items = [1, 2]; assert empty(items) == sum(items)",
        "a callback's argument": "X = np.ones(3)\ndef again(f): return f(X)\nassert again(zero) == X.sum()",
        "nothing returned": "X = np.ones(3); nothing(X); assert X.sum() == 0",
        "a model and its data": "X, y = np.ones((3, 1)), np.ones(3); assert (Model().fit(X, y).predict(X) == y).all()",
    }.values(),
)
def test_a_wrong_answer_is_not_made_right_by_changing_the_data(sandbox, check):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(SPOILING))
        result = examine(examiner, check)
        assert (result.score, result.outcome) == (0, Outcome.FAILED)
        assert result.told.endswith("changes what it is given: work on a copy")
        assert examiner.contested == examiner.changes != set()


def test_a_right_answer_that_changes_its_data_is_told_so(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(SPOILING))
        result = examine(examiner, "assert (double(np.ones(3)) == 2).all()")
        assert (result.score, result.message) == (3, "")
        assert result.told == "your `double` changes what it is given: work on a copy"
        assert list(examiner.notes) == [f"check: {result.told}"]
        assert examiner.contested == examiner.changes != set(), "the solution is asked whether that is its task"
        assert examine(examiner, "x = np.ones(3); double(x); assert (x == 1).all()").score == 0


def test_without_a_solution_to_ask_only_what_returns_nothing_may_change_data(sandbox):
    with make_examiner(sandbox, sharing=Sharing()) as examiner:
        examiner.run(cell(SPOILING))
        assert examine(examiner, "items = [2, 1]; sort(items); assert items == [1, 2]").score == 3
        assert examine(examiner, "X = np.ones(3); assert zero(X) == X.sum()").score == 0


def test_a_module_leads_to_our_own_copy_and_only_under_its_usual_name(sandbox):
    with make_examiner(sandbox, source=source(imports=())) as examiner:
        examiner.run(cell("import numpy as np, math, json as almost\nnp.allclose = lambda *a: True"))
        assert examine(examiner, "assert not np.allclose(1, 2) and math.pi > 3").score == 3
        assert examine(examiner, "almost.dumps(1)").score == 0


def test_a_library_that_the_exercise_forbids_is_found_wherever_it_was_imported(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("import nnkit\nfrom nnkit.linear import Perceptron as P"))
        ways = (
            "return P()",
            "from nnkit.linear import Perceptron; return Perceptron()",
            "from nnkit import linear; return linear.Perceptron()",
            "return nnkit.linear.Perceptron()",
            "return helper()",
            "import importlib; return importlib.import_module('nnkit.linear').Perceptron()",
        )
        examiner.run(cell("def helper():\n    return P()"))
        for way in ways:
            examiner.run(cell(f"def solve():\n    {way}"))
            result = examine(examiner, "solve()", settings=Settings(forbid=("nnkit.linear",)))
            assert (result.score, result.outcome) == (0, Outcome.FAILED), way
            assert result.message == "ForbiddenModule: this exercise does not allow nnkit.linear"
            assert examine(examiner, "solve()").score == 3


def test_files_beside_the_notebook_can_be_read_and_imported_but_replace_no_library(sandbox):
    files = {"data.csv": b"1,2", "mine.py": b"x = 5", "numpy.py": b"raise SystemError", "sub/more.txt": b"yes"}
    with make_examiner(sandbox, files=files) as examiner:
        examiner.run(cell("import numpy, mine\ngot = open('data.csv').read(), mine.x, open('sub/more.txt').read()"))
        assert examine(examiner, "assert got == ('1,2', 5, 'yes') and np.pi > 3").score == 3


def test_checks_can_run_beside_the_students_code(sandbox):
    with make_examiner(sandbox) as examiner:
        beside = partial(examine, examiner, settings=Settings(in_process=True))
        examiner.run(cell("x = 5"))
        assert beside("x += 1\nassert x == 6").score == 3
        assert beside("assert x == 7, 'so it is'").message == "AssertionError: so it is"
        hidden = beside("1\nassert x == 8, 'a secret'", released="1")
        assert (hidden.message, hidden.told) == (
            "AssertionError: a secret",
            "a test that you do not see failed (AssertionError)",
        )
        seen = beside("1\nassert x == 8, 'no secret'", released="1\nassert x == 8, 'no secret'")
        assert seen.told == "AssertionError: no secret"
        assert beside("1.5").score == 1.5
        stub = "def f():\n    raise NotImplementedError()"
        examiner.run(cell(stub))
        assert beside("f()", unfinished=True).outcome is Outcome.NOT_ANSWERED


def test_names_of_a_check_in_process_are_never_the_students_in_a_later_one(examiner):
    """They lie where the student can replace them: `verify`, run beside the student's code, is out of our hands."""
    examiner.run(cell("def f(x):\n    import __main__\n    __main__.verify = lambda *a: None\n    return x"))
    beside = Settings(in_process=True)
    assert examine(examiner, "f(1)\ndef verify(a): assert a == 2\nverify(2)", settings=beside).score == 3
    later = examine(examiner, "f(1); verify(f(1))")
    assert (later.score, later.outcome) == (0, Outcome.ERROR)
    assert "'verify' comes from the check 'check', which runs in process: this one has to, too" in later.message
    assert examine(examiner, "assert double(3) == 6").score == 3, "a check of its own is judged as ever"


def test_the_first_error_leads_and_the_name_that_is_missing_for_it_follows(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("import numpy as np\nbig = np.ones(2**50)\nlast = float(big[-1])"))
        result = examine(examiner, "assert last == 1")
        assert result.message.startswith("the cell 'check' stopped: MemoryError: Unable to allocate 8.00 PiB")
        assert result.message.endswith("; so NameError: name 'last' is not defined")
        assert result.told.endswith("; so `last` is not defined")
        examiner.run(cell("first = (\ndef use(): return later"))
        examiner.run(cell("later = first + 1"))
        assert examine(examiner, "assert later == 2").told == (
            "the cell 'check' stopped: SyntaxError: '(' was never closed (line 1); so `later` is not defined"
        )
        assert examine(examiner, "assert other == 1").message == "NameError: name 'other' is not defined"
        examiner.run(cell("import os\nos._exit(0)\ngone = 1"))
        message = examine(examiner, "gone").message
        assert message.startswith("the cell 'check' stopped: your code ended its process")
        assert message.endswith("; so NameError: name 'gone' is not defined")


def test_a_given_cell_that_fails_beside_the_students_code_alone_is_a_note(sandbox, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("a b c")
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(f"from pathlib import Path\nraw = Path({str(words)!r}).read_text()", Role.GIVEN))
        examiner.run(cell("n = len(raw)"))
        first = "the given cell 'check' stopped: FileNotFoundError: "
        assert examine(examiner, "n > 0").message.startswith(first), "what the cell of `n` stopped for comes first"
        (note,) = examiner.notes
        assert note.startswith("the given cell 'check' failed beside the student's code: FileNotFoundError: ")
        assert list(examiner.given_failures) == ["check"]


def test_worker_data_are_drawn_anew_for_each_submission(sandbox):
    drawn = []
    for _ in range(2):
        with make_examiner(sandbox) as examiner:
            examiner.run(cell("import numpy as np\ndrawn = np.random.rand()"))
            drawn.append(examiner._student.lookup("drawn"))
    assert isinstance(drawn[0], float | np.floating)
    assert drawn[0] != drawn[1]


@pytest.mark.parametrize(
    "source", ["print('x' * 10**7)", "print(chr(0xD800))", "1/0", "from IPython.display import HTML; HTML('<b>')"]
)
def test_outputs_are_bounded_and_can_be_written(examiner, source):
    outputs = examiner.run(cell(source))
    assert outputs
    assert len(str(outputs).encode("utf-8")) < 5_000_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda i: st.lists(i) | st.dictionaries(st.text(max_size=9), i),
    )
)
def test_any_claim_about_outputs_is_read_or_left_out(claim):
    from autograder.exam.cell_outputs import Outputs

    data = {"application/json": claim}
    read = Outputs().read(
        [claim, *({"output_type": "display_data", "data": d, "metadata": claim} for d in (claim, data))]
    )
    assert json.loads(json.dumps(read, allow_nan=False)) == read, "a notebook is JSON for others than Python, too"


def test_an_operator_that_the_exercise_does_not_ask_for_is_not_passed_on(examiner):
    examiner.run(cell("Vector.__sub__ = lambda self, other: 0.0"))
    assert examine(examiner, "assert abs(Vector(1) - 3) < 1").outcome is Outcome.ERROR


def test_what_an_answer_changes_of_given_data_is_taken_back_after_the_check(sandbox):
    with make_examiner(sandbox, sharing=Sharing(everything=True)) as examiner:
        examiner.run(cell("import numpy as np\nDATA, TABLE = np.ones(3), {'a': [1]}", Role.GIVEN))
        examiner.run(cell("def spoil(x, t):\n    x[:] = 0\n    t['a'].append(2)\n    t['b'] = 3"))
        assert (
            examine(examiner, "spoil(DATA, TABLE); assert DATA.sum() == 0 and TABLE == {'a': [1, 2], 'b': 3}").score
            == 3
        )
        assert examine(examiner, "assert DATA.sum() == 3 and TABLE == {'a': [1]}").score == 3


def test_a_list_of_functions_goes_over_and_stays_what_it_is(examiner):
    examiner.run(cell("def first(fs):\n    return fs[0](3)"))
    assert examine(examiner, "fs = [abs, lambda x: x]; assert first(fs) == 3 and fs[0] is abs").score == 3
    assert examine(examiner, "fs = [lambda x: 2 * x]; assert first(fs) == 6 and fs[0](1) == 2").score == 3


def test_a_given_cell_draws_the_same_numbers_on_both_sides(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("import numpy as np\nnp.random.seed(42)", Role.GIVEN))
        examiner.run(cell("np.random.rand(3)"))
        examiner.run(cell("X = np.random.randn(5, 2)", Role.GIVEN))
        examiner.run(cell("m = X.mean(axis=0)"))
        assert examine(examiner, "assert np.allclose(m, X.mean(axis=0))").score == 3


def test_the_student_does_not_choose_the_numbers_that_a_check_draws(examiner):
    examiner.run(
        cell("def fix():\n    np.random.set_state(('MT19937', np.zeros(624, 'u4'), 624))\n    return 0.0\nfix()")
    )
    assert examine(examiner, "fix(); assert np.random.rand(9).any()").score == 3


def test_a_plain_call_cannot_end_the_loop_of_a_check(examiner):
    examiner.run(cell("def stop(x):\n    raise StopIteration"))
    assert examine(examiner, "for a, b in zip(map(stop, [1]), [1]):\n    assert a == b").score == 0


def test_a_warning_cannot_name_a_file_of_ours(examiner, tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("the secret line")
    examiner.run(cell(f"def tell():\n    warnings.warn_explicit('w', UserWarning, {str(path)!r}, 1)"))
    with pytest.warns(UserWarning, match="w") as told:
        _, outputs = examiner.check(cell("tell()", Role.CHECK))
    assert "the secret line" not in str(outputs)
    assert told[0].filename != str(path)


def test_a_forked_copy_of_the_worker_cannot_answer(examiner):
    examiner.run(cell("import os\ndef two(x):\n    os.fork()\n    return x"))
    for _ in range(5):
        assert examine(examiner, "assert two(1) == 1").score == 3


def test_a_call_that_is_late_once_is_asked_again(sandbox, tmp_path):
    """The machine may have stood still. Here the student's function does, and forgets it with its process."""
    with make_examiner(sandbox, seconds=Seconds(call=1)) as examiner:
        examiner.run(cell("import time\ndef late(x):\n    time.sleep(3 * x)\n    return x"))
        asked = []
        examiner._names["asked"] = asked
        text = "asked.append(1)\nassert late(len(asked) == 1) == (len(asked) == 1)"
        assert examine(examiner, text).outcome is Outcome.PASSED
        assert len(asked) == 2
        assert examine(examiner, "late(1)").outcome is Outcome.TIMEOUT


def test_a_check_out_of_time_does_not_cost_the_next_one(sandbox):
    with make_examiner(sandbox, seconds=Seconds(call=5, check=1)) as examiner:
        examiner.run(cell("import time\ndef slow(x):\n    time.sleep(0.4)\n    return x"))
        assert examine(examiner, "for i in range(9): slow(i)").outcome is Outcome.TIMEOUT
        assert examine(examiner, "assert slow(1) == 1").score == 3


def test_a_class_is_not_told_what_is_expected_either(examiner):
    examiner.run(cell("class All:\n    @staticmethod\n    def equals(other): return True\n    any = all = equals"))
    for asked in ("All.equals(3)", "All.all(3)", "All().equals(3)"):
        assert examine(examiner, f"assert {asked}").score == 0


def test_a_comparison_that_the_exercise_asks_for_is_the_students(sandbox):
    asked_for = {"Card": frozenset({"equals"})}
    with make_examiner(sandbox, source=source(operators=asked_for)) as examiner:
        examiner.run(
            cell("class Card:\n    def __init__(self, n): self.n = n\n    def equals(self, n): return self.n == n")
        )
        assert examine(examiner, "assert Card(2).equals(2) and not Card(2).equals(3)").score == 3


HOLLOW = """
class Hollow:
    ndim, shape, size = 1, (2,), 2
    def __len__(self): return 2
    def __iter__(self): return iter(())
hollow = Hollow
class Liar(Hollow): pass
Liar.__module__, Liar.__qualname__ = "builtins", "list"
def lie(): return Liar()
"""


@pytest.mark.parametrize(
    "check",
    [
        "assert isinstance(lie(), list)",
        "assert isinstance(lie(), (tuple, np.ndarray, int))",
        "from nnkit.testing import check_length\ncheck_length(lie(), 2)",
        "from nnkit.testing import check_length\ncheck_length(hollow(), 2, numbers=True)",
    ],
)
def test_an_object_with_nothing_in_it_is_no_list(examiner, check):
    examiner.run(cell(HOLLOW))
    assert examine(examiner, check).score == 0


KEEPING = """
kept = []
def keep(f):
    kept.append(f)
    return f(1)
def again():
    return kept[-1](1)
def first():
    return kept[0](1)
def keep_error(f):
    try:
        f()
    except ZeroDivisionError as error:
        kept.append(error)
def raise_again():
    raise kept[-1]
"""


def test_what_a_check_handed_out_cannot_be_used_in_the_next(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(KEEPING))
        assert examine(examiner, "assert keep(lambda x: 7) == again() == 7").score == 3
        lost = examine(examiner, "assert again() == 7")
        assert (lost.score, lost.outcome) == (0, Outcome.ERROR)
        assert "belongs to it" in lost.message
        assert examine(examiner, "kept").score == 3, "it may still be looked at"
        assert examine(examiner, "keep_error(lambda: 1 / 0)").score == 3
        assert examine(examiner, "try:\n    raise_again()\nexcept ZeroDivisionError:\n    pass").score == 0
        assert examine(examiner, "assert keep(lambda x: 8) == 8").score == 3


def test_what_given_cells_handed_out_stays(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(KEEPING))
        examiner.run(cell("kept.clear() if 'kept' in globals() else None\nkeep(lambda x: 7)", Role.GIVEN))
        for _ in range(2):
            assert examine(examiner, "assert first() == 7").score == 3


ACCOUNTS = """
class Account:
    def __init__(self):
        self.balance, self.log = 1, [np.zeros(2)]
    def put(self, amount):
        self.balance += amount
        self.log[0][:] = amount
        self.log.append(amount)
class Slotted:
    __slots__ = "balance", "log", "note"
    __init__, put = Account.__init__, Account.put
account, slotted = Account(), Slotted()
"""


@pytest.mark.parametrize("account", ["account", "slotted"])
def test_an_instance_of_a_given_class_is_put_back_after_a_check(sandbox, account):
    sharing = Sharing(frozenset({Change("p1", "check", "enrich"), Change("p1", "check", "by")}))
    with make_examiner(sandbox, sharing=sharing) as examiner:
        examiner.run(cell(ACCOUNTS, Role.GIVEN))
        examiner.run(cell("def enrich(a): a.put(5)\ndef by(put): put(5)"))
        for call in (f"enrich({account})", f"by({account}.put)"):
            check = f"{call}; assert {account}.balance == 6 and len({account}.log) == 2"
            assert examine(examiner, check).score == 3
            check = f"assert {account}.balance == len({account}.log) == 1 and not {account}.log[0].any()"
            assert examine(examiner, check).score == 3


@pytest.mark.parametrize("account", ["account", "slotted"])
def test_what_methods_change_because_a_student_calls_them_makes_no_wrong_answer_right(sandbox, account):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(ACCOUNTS, Role.GIVEN))
        examiner.run(cell("def worth(a):\n    a.put(-1)\n    return 0\ndef look(a):\n    return a.balance"))
        result = examine(examiner, f"assert worth({account}) == {account}.balance")
        assert (result.score, "`worth` changes what it is given" in result.told) == (0, True)
        assert examiner.contested == {Change("p1", "check", "worth")}
        check = f"{account}.put(2)\nassert look({account}) == {account}.balance == 3\n"
        assert (
            examine(examiner, f"{check}{account}.put(2)\nassert look({account}) == {account}.balance == 5").score == 3
        )
        assert examiner.contested == {Change("p1", "check", "worth")}, "what the check changes is its own business"


def test_an_attribute_that_a_function_of_ours_does_not_have_is_missing_and_no_more(examiner):
    examiner.run(cell("def rate(f): return getattr(f, 'rate', 3), hasattr(f, '__wrapped__')"))
    assert examine(examiner, "assert rate(lambda: 1) == (3, False)").score == 3


def test_a_question_whose_answer_is_never_read_is_no_longer_waited_for(sandbox):
    """The examiner's answers fill the connection; it must not stand still over the one that does not fit."""
    deaf = """
import gc
def flood(f):
    worker = next(found for found in gc.get_objects() if type(found).__name__ == "Worker")
    from autograder.inside import wire
    for mark in range(10**6):
        wire.send(worker._connection, ["ask", 1, "call", ["tuple", [["yours", f._number], ["tuple", []], ["tuple", []]]], [], {}])
"""
    with make_examiner(sandbox, seconds=Seconds(call=1)) as examiner:
        examiner.run(cell(deaf))
        assert examine(examiner, "flood(lambda: 'x' * 10**6)").outcome is Outcome.TIMEOUT
        assert examine(examiner, "1").score != 0


def test_a_check_out_of_time_in_a_callback_is_not_for_the_student_to_catch(sandbox):
    with make_examiner(sandbox, seconds=Seconds(call=9, check=1)) as examiner:
        examiner.run(cell("def catch(f):\n    try:\n        f()\n    except BaseException:\n        return 1"))
        result = examine(examiner, "def wait():\n    while True: pass\nassert catch(wait) == 1")
        assert result.outcome is Outcome.TIMEOUT


def test_a_cell_that_does_not_run_again_for_a_fresh_worker_is_a_note(sandbox):
    with make_examiner(sandbox, seconds=Seconds(call=1, cell=20)) as examiner:
        examiner.run(cell("import time; time.sleep(1.5)\ndef slow(): return 1"))
        examiner.run(cell("import os\ndef leave(): os._exit(0)\ndef fine(): return 1"))
        examiner._seconds = Seconds(call=1, cell=1)  # as if the machine had become slower
        examine(examiner, "leave()")
        assert examine(examiner, "assert fine() == 1").score == 3
        lost = "did not run again for a fresh worker, and was left out: out of time: no answer within 1 s"
        assert examiner.notes == (f"the cell 'check' {lost}",)


def test_when_the_time_of_a_notebook_is_over_nothing_more_is_run(sandbox):
    connections = []
    with make_examiner(sandbox, seconds=Seconds(notebook=1)) as examiner:
        examiner.run(cell("import time; time.sleep(1)\ndef one(): return 1"))
        connect = examiner._connect
        examiner._connect = lambda: connections.append(1) or connect()
        (output,) = examiner.run(cell("def one(): return 2"))
        assert output["evalue"] == "the notebook took longer than 1 s"
        result = examine(examiner, "assert one() == 1")
        assert (result.outcome, result.told) == (Outcome.TIMEOUT, "out of time: the notebook took longer than 1 s")
        assert examiner.notes == ("the notebook took longer than 1 s: what came after that was not run",)
    assert connections == []


@pytest.mark.parametrize("special", ["judge?", "?judge", "%matplotlib inline", "judge??"])
def test_a_given_cell_with_a_question_of_ipythons_is_given(sandbox, special):
    """Else its names would be the student's."""
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(f"def judge(x): assert x == 1\n{special}", Role.GIVEN))
        examiner.run(cell("def judge(x): pass"))
        assert examine(examiner, "judge(0)").score == 0
        assert examine(examiner, "judge(1)").score == 3
        assert examiner.notes == ()


def test_what_a_check_in_a_function_that_is_handed_out_expects_is_not_told(examiner):
    examiner.run(cell("def told(f):\n    try: f(1.0)\n    except Exception as error: return str(error)"))
    check = "from nnkit.testing import check_close\ndef f(x): check_close(x, 47.11)\n"
    assert examine(examiner, f"{check}assert told(f) == 'your result is wrong'").score == 3


KEEPS_INPUTS = Settings(keeps_inputs=True)
OVERWRITING = """
import numpy as np
def half(X, y=None):
    X /= 2
    return X
def pairs(layers):
    layers[0][1].fill(0)
def use(f, X):
    return f(X)
def draw(rng, n):
    return rng.normal(size=n)
class Model:
    def __init__(self, w):
        self.w = w
    def step(self, g):
        self.w = self.w - g
    def spoil(self, g):
        g += 1
def make(rate):
    def step(w):
        w -= rate
    return step
def shuffled(X, rng):
    X[:] = X[rng.permutation(len(X))]
    for row in X:
        yield row
def last(X):
    yield 1
    X[0] = 9
def mapped(X):
    return map(lambda k: X.__setitem__(0, k), [1, 2])
class Reader:
    def __init__(self, items):
        self.items = items
    def __iter__(self):
        return self
    def __next__(self):
        if not self.items:
            raise StopIteration
        return self.items.pop()
async def later(X):
    X[0] = 2
    return 1
def walk(rng, steps):
    for _ in range(steps):
        yield rng.integers(1000)
def grow(items):
    for k in range(3):
        items.append([k])
        yield len(items)
"""


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("X = np.ones(2); assert half(X)[0] == 7", "X"),
        ("half(y=1, X=np.ones(2))", "X"),
        ("pairs([(1, np.ones(2))])", "layers"),
        ("Model(np.ones(2)).spoil(np.ones(2))", "g"),
        ("make(1.0)(np.ones(2))", "w"),
        ("next(shuffled(rng=np.random.default_rng(1), X=np.arange(9)))", "X"),
        ("list(last(np.ones(2)))", "X"),
        ("list(mapped(np.ones(2)))", "X"),
        ("list(Reader([1, 2]))", "items"),
        ("import asyncio; asyncio.run(later(np.ones(2)))", "X"),
        ("first = [last(np.ones(2)) for _ in range(32)]; list(first[0])", "X"),
    ],
)
def test_a_call_that_changes_what_it_was_given_fails_before_any_number(sandbox, check, name):
    with make_examiner(sandbox, sharing=Sharing(everything=True)) as examiner:
        examiner.run(cell(OVERWRITING))
        result = examine(examiner, check, settings=KEEPS_INPUTS)
        sentence = f"your function changed the {name} it was given: work on a copy"
        assert (result.score, result.outcome, result.message) == (0, Outcome.FAILED, sentence)
        assert result.told == sentence
        assert not examiner.notes


def test_what_may_change_is_no_fault_and_other_courses_know_no_such_rule(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(OVERWRITING))
        passes(examiner, "m = Model(np.ones(2)); m.step(np.ones(2)); assert m.w[0] == 0", settings=KEEPS_INPUTS)
        passes(examiner, "rng = np.random.default_rng(1); assert draw(rng, 3).shape == (3,)", settings=KEEPS_INPUTS)
        passes(examiner, "x = [0]\nassert use(lambda y: y[0] + 1, x) == 1", settings=KEEPS_INPUTS)
        assert examine(examiner, "assert half(np.ones(2)) is not None").score == 3


def test_a_generator_draws_from_the_generator_that_the_check_has(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(OVERWRITING))
        start = "new = np.random.default_rng; rng, expected = new(1), new(1).integers(1000, size=6).tolist()\n"
        both = (
            "a, b = walk(rng, 2), walk(rng, 3)\ngot = [next(a), next(b), rng.integers(1000), next(b), next(a), next(b)]"
        )
        passes(examiner, f"{start}{both}\nassert got == expected", settings=KEEPS_INPUTS)
        passes(examiner, f"{start}got = [next(walk(rng, 2)) for _ in range(6)]\nassert got == expected")


def test_what_a_generator_and_a_check_change_each_sees_of_the_other(sandbox):
    with make_examiner(sandbox, sharing=Sharing(everything=True)) as examiner:
        examiner.run(cell(OVERWRITING))
        passes(examiner, "items = []; assert [*grow(items)] == [1, 2, 3] and items == [[0], [1], [2]]")
        check = "items = [1]; steps = grow(items); next(steps); items[:] = [[5], [6], [7]]; assert next(steps) == 4"
        passes(
            examiner, f"{check}\nitems[0].append(1); assert next(steps) == 5 and items == [[5, 1], [6], [7], [1], [2]]"
        )
        assert examiner.changes
        passes(
            examiner, "X = np.zeros(2); steps = last(X); next(steps); X[1] = 4; next(steps, 0); assert [*X] == [9, 4]"
        )
        passes(examiner, "X = np.zeros(200_000); [*last(X)]; assert X[0] == 0", settings=KEEPS_INPUTS)


def test_generators_that_are_never_used_up_are_given_up(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(OVERWRITING))
        many = "X = np.zeros(2); many = [last(X) for _ in range(1000)]; assert [next(steps) for steps in many][-1] == 1"
        passes(
            examiner, f"{many}\nassert len(many[0].__class__.__name__) and list(many[0]) == []", settings=KEEPS_INPUTS
        )
        assert not examiner._student._going_on


FAILING = """
import numpy as np
def layer(A, W):
    return A @ W
def forward(X, rate=1.0):
    return layer(X, np.ones((3, 2)))
class Net:
    def __init__(self):
        self.W = np.ones((4, 4))
    def forward(self, X):
        return X @ self.W
def empty(X):
    return None
def step(w):
    # YOUR CODE HERE
    raise NotImplementedError()
def fit(w):
    return step(w)
def first(x):
    return next(k for k in range(3) if k > x)
"""
HIDDEN_EXCEPTIONS = {
    "a missing transpose": (
        "forward(np.ones((5, 2)), 0.5)",
        "your `forward` stopped with a ValueError, given an array (5, 2) and a number, in the line `return A @ W` of "
        "`layer`, where A is (5, 2) and W is (3, 2)",
    ),
    "in a method": (
        "Net().forward(np.ones(3, int))",
        "your `Net.forward` stopped with a ValueError, given an array (3,) of integers, in the line `return X @ self.W`, "
        "where X is (3,) and self.W is (4, 4)",
    ),
    "what the check makes of it": (
        "empty(1)[0]",
        "a test that you do not see stopped with a TypeError: it could not go on with what it got from your code",
    ),
    "a search without a find": (
        "first(3)",
        "your `first` stopped with a StopIteration, given a number, in the line `return next(k for k in range(3) if k > x)`",
    ),
    "an unfinished one": ("step(1)", "`step` is not written yet"),
    "an unfinished one behind another": ("fit(1)", "`fit` calls your `step`, which is not written yet"),
}


@pytest.mark.parametrize("name", HIDDEN_EXCEPTIONS)
def test_of_an_exception_in_a_hidden_line_a_sentence_is_told(sandbox, name):
    check, sentence = HIDDEN_EXCEPTIONS[name]
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(FAILING))
        assert examine(examiner, check, released="").told == sentence


LEAKING = """
import linecache
def leak(secret):
    code = leak.__code__
    linecache.cache[code.co_filename] = (1, None, [f"secret {secret}"] * 20, code.co_filename)
    raise ValueError(secret)
def rename(secret):
    def inner():
        raise ValueError(secret)
    inner.__code__ = inner.__code__.replace(co_name=f"s{secret}", co_qualname=f"s{secret}")
    inner()
"""


@pytest.mark.parametrize("name", ["leak", "rename"])
def test_what_a_hidden_test_calls_a_function_with_does_not_come_out_by_its_way(sandbox, name):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(LEAKING))
        result = examine(examiner, f"{name}(1234)", released="")
        assert result.told.startswith(f"your `{name}` stopped with a ValueError, given a number")
        assert "1234" not in result.told
        assert "1234" in result.message


@pytest.mark.parametrize(
    "check",
    [
        "Vector(1) + 'a'",
        "Vector(1)[0]",
        "len(Vector(1))",
        "double.x",
        "Vector.y",
        "from nnkit.testing import check_equal; check_equal(Vector(1), 2)",
    ],
)
def test_what_python_says_of_a_students_object_names_its_class_and_none_of_ours(examiner, check):
    told = examine(examiner, check, released=check).told
    assert told
    assert not re.search(r"StandIn|Callback|Remote|Proxy", told)


def test_a_stand_in_has_the_name_of_the_students_class(examiner):
    passes(examiner, "v = Vector(1)\nassert type(v).__name__ == 'Vector'")
    result = examine(examiner, "from nnkit.testing import check_close\ncheck_close(Vector(1), 2.0)")
    assert result.told == "your result should be a single number, got Vector"
