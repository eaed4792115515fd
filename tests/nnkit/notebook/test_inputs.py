import inspect
import sys

import numpy as np
import pytest
from hypothesis import given

from nnkit.notebook.inputs import kept
from nnkit.testing import CheckFailed
from tests.strategies import matrices

CHANGES = {
    "an array": (lambda X: X.fill(7), np.ones(3), "X"),
    "an array, by an operator": ("def f(w, rate):\n    w -= rate\n    return w", np.ones(3), "w"),
    "a view of it": (lambda X: X.T[0].sort(), np.array([[2.0, 1.0], [1.0, 2.0]]), "X"),
    "its shape": ("def f(X):\n    X.shape = (4,)", np.ones((2, 2)), "X"),
    "a list": (lambda items: items.append(1), [], "items"),
    "an item of it": (lambda items: items.__setitem__(0, 2), [1], "items"),
    "an array in a list": (lambda layers: layers[0].fill(0), [np.ones(2)], "layers"),
    "an array in a pair in a list": (lambda layers: layers[0][1].fill(0), [(np.ones(2), np.ones(1))], "layers"),
    "a dictionary": (lambda table: table.pop("a"), {"a": 1}, "table"),
    "what lies in a dictionary": (lambda table: table["a"].append(2), {"a": [1]}, "table"),
    "a set": (lambda seen: seen.add(1), set(), "seen"),
    "bytes": (lambda data: data.extend(b"x"), bytearray(b"a"), "data"),
}


def watched(function, **options):
    namespace = {"__name__": "__main__", "f": function}
    if isinstance(function, str):
        exec(function, namespace)
    return namespace, kept(namespace, ["f", "not there"], **options)


@pytest.mark.parametrize("name", CHANGES)
def test_a_call_that_changes_what_it_was_given_fails_in_one_wording(name):
    function, argument, called = CHANGES[name]
    namespace, watching = watched(function)
    arguments = (argument, 1.0) if "rate" in str(function) else (argument,)
    with watching, pytest.raises(CheckFailed) as failure:
        namespace["f"](*arguments)
    assert failure.value.sentence == f"your function changed the {called} it was given: work on a copy"


LATER = """
def f(X, rounds):
    for k in range(rounds):
        if k == 1:
            X[0] = k
        got = yield X.sum() + k
        if got:
            X[0] = got

def at_its_end(X):
    yield 1
    X[0] = 1

def by_map(X):
    return map(lambda k: X.__setitem__(0, k) or k, [1, 2])

def helped(X):
    X = X.copy()
    yield overwrite(X)

def overwrite(X):
    X[0] = 5
    return X.sum()

def summed(items):
    return sum(items)
"""


@pytest.fixture
def later():
    namespace = {"__name__": "__main__"}
    exec(LATER, namespace)
    with kept(namespace, ["f", "at_its_end", "by_map", "helped", "overwrite", "summed"]):
        yield namespace


def test_what_a_generator_does_after_its_call_counts_too(later):
    steps = later["f"](np.zeros(2), 3)
    assert inspect.isgenerator(steps)
    assert next(steps) == 0
    with pytest.raises(CheckFailed, match="changed the X it was given"):
        next(steps)
    for name in ("at_its_end", "by_map"):
        with pytest.raises(CheckFailed, match="changed the X it was given"):
            list(later[name](np.zeros(2)))
    steps = later["f"](np.zeros(2), 1)
    assert next(steps) == 0
    with pytest.raises(CheckFailed, match="changed the X it was given"):
        steps.send(3)


def test_a_generator_that_is_watched_is_still_one(later):
    assert list(later["helped"](np.zeros(2))) == [5]
    assert later["summed"](later["f"](np.zeros(2), 1)) == 0
    with pytest.raises(CheckFailed, match="changed the X"):
        later["overwrite"](np.zeros(2))
    steps = later["f"](np.zeros(2), 1)
    next(steps)
    steps.close()
    assert list(steps) == []
    steps = later["f"](np.zeros(2), 1)
    next(steps)
    with pytest.raises(KeyError):
        steps.throw(KeyError("k"))


def test_an_argument_by_name_and_one_of_many_count_too():
    namespace, watching = watched(lambda x, y=None, *more, **others: y.fill(0))
    with watching, pytest.raises(CheckFailed, match="changed the y it was given"):
        namespace["f"](1, y=np.ones(2))
    namespace, watching = watched(lambda *more: more[1].fill(0))
    with watching, pytest.raises(CheckFailed, match="changed the input it was given"):
        namespace["f"](1, np.ones(2))


FINE = {
    "a copy": (lambda x: np.sort(x), np.array([2.0, 1.0])),
    "changed and put back": ("def f(w):\n    w[0] += 1\n    w[0] -= 1", np.zeros(2)),
    "nan stays nan": (lambda x: x + 1, np.array([np.nan])),
    "drawing from a generator": (lambda rng: rng.normal(), np.random.default_rng(1)),
    "an object with a state": (lambda model: setattr(model, "w", 1), type("Model", (), {})()),
    "the same number written again": (lambda items: items.__setitem__(0, items[0] * 1.0), [1.5]),
}


@pytest.mark.parametrize("name", FINE)
def test_what_leaves_its_inputs_alone_or_may_not_does_not_fail(name):
    function, argument = FINE[name]
    namespace, watching = watched(function)
    with watching:
        namespace["f"](argument)


@given(matrices())
def test_reading_any_array_is_no_change(array):
    namespace, watching = watched(lambda x: x.copy())
    with watching:
        np.testing.assert_array_equal(namespace["f"](array), array)


def test_functions_may_change_what_they_hand_to_each_other():
    source = "def center(x):\n    x -= x.mean()\n\ndef f(x):\n    x = x.copy()\n    center(x)\n    return x"
    namespace = {}
    exec(source, namespace)
    with kept(namespace, ["f", "center"]):
        assert namespace["f"](np.array([1.0, 3.0])).tolist() == [-1.0, 1.0]
        with pytest.raises(CheckFailed):
            namespace["center"](np.array([1.0, 3.0]))


STATEFUL = """
class f:
    def __init__(self, w):
        self.w = w
    def step(self, g):
        self.w -= g
    def spoil(self, g):
        g *= 2
    def twice(self, g):
        self.spoil(g := g.copy())
        return g
"""


def test_a_method_may_change_its_object_but_not_its_arguments():
    namespace, watching = watched(STATEFUL)
    kind = namespace["f"]
    plain = dict(vars(kind))
    with watching:
        thing = kind(np.zeros(2))
        thing.step(np.ones(2))
        assert thing.twice(np.ones(2)).tolist() == [2, 2]
        with pytest.raises(CheckFailed, match="changed the g"):
            thing.spoil(np.ones(2))
    assert dict(vars(kind)) == plain


def test_a_function_that_comes_back_is_watched_as_well():
    namespace, watching = watched("def f(rate):\n    def step(w):\n        w -= rate\n    return step")
    with watching, pytest.raises(CheckFailed, match="changed the w"):
        namespace["f"](1.0)(np.ones(2))


def test_a_recursion_is_as_deep_as_without():
    namespace, watching = watched("def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)")
    deep = sys.getrecursionlimit() * 3 // 4
    with watching:
        assert namespace["f"](deep) == deep


def test_afterwards_everything_is_what_it_was():
    def function(x):
        return x

    namespace, watching = watched(function)
    with watching:
        assert namespace["f"] is not function
        assert inspect.getsource(namespace["f"]) == inspect.getsource(function)
    assert namespace["f"] is function
    with watched(function)[1]:
        namespace["f"] = "something else"
    assert namespace["f"] == "something else"


def test_an_exception_comes_first():
    namespace, watching = watched("def f(x):\n    x.fill(0)\n    raise KeyError('k')")
    with watching, pytest.raises(KeyError):
        namespace["f"](np.ones(2))


def test_where_changing_is_the_task_only_the_other_rules_hold():
    def refuse(function):
        raise LookupError(function.__name__)

    namespace, watching = watched(CHANGES["a list"][0], changes=True)
    with watching:
        namespace["f"]([])
    namespace, watching = watched(lambda: None, changes=True, before=refuse)
    with watching, pytest.raises(LookupError, match="<lambda>"):
        namespace["f"]()
