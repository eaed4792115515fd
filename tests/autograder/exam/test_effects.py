# ruff: noqa: E501 (programs stand on one line)
"""What a check does to the student's names and objects reaches them, and what should not travel does not."""

from dataclasses import replace

import pytest

from autograder.assignment import Reach, Role, SourceCell
from autograder.exam.clock import Seconds
from autograder.results import Outcome
from tests.autograder.exam.test_examiner import cell, examine, make_examiner, passes, source

HELPERS = Reach(helpers=frozenset({"price"}))
STUDENT = """
def price(): return 10
def bill(n): return n * price()
def scaled(x): return x * FACTOR
def name_there(name): return name in globals()
def peek(name): return globals().get(name)
hyper = {"descent": {"rate": 1.0}, "list": [1]}
def rate(): return hyper["descent"]["rate"]
class Kid:
    def __init__(self, *toys): self.toys, self.kids = list(toys), []
    def buy(self, toy): self.toys.append(toy)
    def count(self): return 1 + sum(kid.count() for kid in self.kids)
"""


def reach(during="", after="", helpers=""):
    return Reach(*(frozenset(names.split()) for names in (during, after, helpers)))


@pytest.fixture
def examiner(sandbox):
    with make_examiner(sandbox, source=source(own_names=frozenset({"price", "bill", "hyper", "Kid"}))) as examiner:
        assert examiner.run(cell(STUDENT)) == []
        yield examiner


# Names


def test_a_function_reads_what_a_check_binds_and_binds_again(examiner):
    passes(examiner, "FACTOR = 5\nassert scaled(2) == 10\nFACTOR = 6\nassert scaled(2) == 12", reach=reach("FACTOR"))
    passes(examiner, "assert scaled(2) == 12")
    passes(examiner, "def f():\n    global FACTOR\n    FACTOR = 7\nf()\nassert scaled(2) == 14", reach=reach("FACTOR"))


def test_a_name_that_the_solution_does_not_read_stays_in_the_examiner(examiner):
    passes(examiner, "expected = FACTOR = 5\nassert not name_there('expected')", reach=reach("FACTOR"))
    passes(examiner, "assert not name_there('expected')")
    assert examine(examiner, "FACTOR = 9\nassert peek('FACTOR') == 9").score == 0


def test_what_a_check_changes_of_its_own_under_such_a_name_is_seen_too(examiner):
    text = "A = np.zeros(2)\nassert peek('A').sum() == 0\nA[0] = 3\nassert peek('A').sum() == 3"
    passes(examiner, text, reach=reach("A"))


def test_a_later_cell_reads_what_a_check_has_bound_and_no_function_before(examiner):
    passes(examiner, "data = [1, 2]\nassert not name_there('data')\ndata.append(3)", reach=reach(after="data"))
    assert examiner.run(cell("total = sum(data)")) == []
    passes(examiner, "assert total == 6")


def test_a_given_name_that_a_check_binds_anew(examiner):
    examiner.run(cell("FACTOR = 3", Role.GIVEN))
    passes(examiner, "assert scaled(1) == 3\nFACTOR = 5\nassert scaled(1) == 5", reach=reach("FACTOR"))
    examiner.run(cell("FACTOR = 4", Role.GIVEN))
    passes(examiner, "assert scaled(1) == FACTOR == 4")


def test_a_module_reaches_later_cells(examiner):
    passes(examiner, "import math as m", reach=reach(after="m"))
    assert examiner.run(cell("found = m.floor(1.5)")) == []
    passes(examiner, "assert found == 1")


def test_what_cannot_travel_is_left_out_and_named(examiner):
    passes(examiner, "import sqlite3\ncon = sqlite3.connect(':memory:')", reach=reach(after="con"))
    (note,) = examiner.notes
    assert note.startswith("check binds 'con', which the solution reads, to an object that stays in the examiner")
    passes(examiner, "assert not name_there('con')")


def test_a_function_of_a_check_does_not_reach_later_cells(examiner):
    passes(examiner, "def shown(): return 1", reach=reach(after="shown"))
    assert len(examiner.notes) == 1
    assert examiner.run(cell("shown()"))[0]["output_type"] == "error"


def test_a_function_of_a_check_is_lent_while_checks_run(examiner):
    passes(examiner, "FACTOR = type('F', (), {'__rmul__': lambda self, x: 7})", reach=reach("FACTOR"))
    passes(examiner, "assert peek('FACTOR') is FACTOR", reach=reach("FACTOR"))
    (error,) = examiner.run(cell("FACTOR"))
    assert error["output_type"] == "error"


# Helpers


def test_a_helper_is_deleted_and_put_back(examiner):
    text = """
keep = price
del price
try:
    bill(3)
except NameError:
    pass
else:
    raise AssertionError
finally:
    price = keep
assert bill(3) == 30
"""
    passes(examiner, text, reach=HELPERS)
    passes(examiner, "assert bill(3) == 30 and price() == 10")
    examiner.run(cell("def price(): return 11"))
    passes(examiner, "assert bill(3) == 33 and price() == 11"), "it is still the student's"


def test_a_helper_that_nobody_puts_back_is_there_again_all_the_same(examiner):
    assert examine(examiner, "del price\nbill(3)", reach=HELPERS).message.startswith("NameError")
    passes(examiner, "assert bill(3) == 30 and price() == 10")
    passes(examiner, "del price", reach=HELPERS)
    passes(examiner, "assert bill(3) == 30 and price() == 10")


def test_a_helper_is_replaced_for_checks_and_no_cell(examiner):
    passes(examiner, "price = lambda: 7\nassert bill(3) == 21", reach=HELPERS)
    examiner.run(cell("told = bill(3)"))
    passes(examiner, "assert told == 30 and price() == 7 and bill(3) == 21")
    passes(
        examiner,
        "from unittest.mock import Mock\nprice = Mock(return_value=2)\nassert bill(3) == 6\nprice.assert_called_once_with()",
        reach=HELPERS,
    )
    passes(examiner, "assert bill(2) == 4")


def test_what_a_check_expects_does_not_travel_under_the_name_of_a_helper(examiner):
    passes(examiner, "price = [1, 4, 9]\nassert peek('price') is not None and callable(peek('price'))", reach=HELPERS)
    passes(examiner, "assert bill(1) == 10")


def test_a_helper_of_the_students_is_not_called_by_the_check_that_replaced_it(examiner):
    examiner.run(cell("def price(): return 10\ndef bill(n): return 21"))
    assert examine(examiner, "price = lambda: 8\nassert bill(3) == 24", reach=HELPERS).score == 0


# Objects


def test_an_object_that_is_looked_at_twice_is_the_same(examiner):
    passes(examiner, "assert hyper is hyper and hyper['list'] is hyper['list']")
    passes(
        examiner,
        "k = Kid('ball')\ntoys = k.toys\nassert k.toys is toys\nk.buy('car')\nassert k.toys == ['ball', 'car']",
    )


def test_what_the_check_remembers_of_an_object_the_student_does_not_change(examiner):
    """Else an answer that changes its object would seem to have left it as it was."""
    spoil = "class M:\n    def __init__(self): self.rows = []\n    def turned(self): self.rows = [[9]]; return self"
    examiner.run(cell(spoil))
    text = "row, m = [1, 2], M()\nm.rows.append(row)\nbefore = m.rows\nm.turned()\n"
    assert examine(examiner, text + "assert m.rows == before").score == 0
    assert examine(examiner, text + "assert m.rows[0] == row").score == 0
    passes(examiner, text + "assert before == [[1, 2]] and before[0] is row and m.rows == [[9]]")


def test_what_a_check_changes_of_the_students_is_changed_there(examiner):
    passes(examiner, "hyper['descent']['rate'] = 0.5\nassert rate() == 0.5 == hyper['descent']['rate']")
    passes(examiner, "assert rate() == 0.5 and hyper['descent']['rate'] == 0.5")
    passes(
        examiner,
        "k = Kid()\nk.toys.append('car')\nassert k.toys == ['car']\nk.toys[0] = 'bus'\nk.buy('ball')\nassert k.toys == ['bus', 'ball']",
    )
    passes(examiner, "k = Kid()\nk.kids.append(Kid())\nk.kids += [Kid(), Kid()]\nassert k.count() == 4")
    passes(examiner, "k = Kid()\nk.toys = [1]\nk.toys.append(2)\nk.toys = [3]\nassert k.toys == [3]")


def test_large_objects_are_changed_where_the_check_names_them(examiner):
    examiner.run(cell("big = list(range(10**5))\ndef first(): return big[0]"))
    passes(examiner, "big[0] = 7\nassert first() == 7 == big[0]")


def test_many_objects_are_changed_before_the_next_question(examiner):
    examiner.run(cell("; ".join(f"l{i} = [0]" for i in range(40)) + "\ndef both(): return l0[0] + l39[0]"))
    passes(examiner, "; ".join(f"l{i}[0] = {i} + 1" for i in range(40)) + "\nassert both() == 41")


def test_an_object_that_holds_itself_is_no_trouble(examiner):
    examiner.run(cell("loop = [1]\nloop.append(loop)\ndef first(): return loop[0]"))
    passes(examiner, "loop[0] = 2\nassert first() == 1 and loop[1][1][0] == 1")


def test_a_property_that_gives_a_copy_or_raises_costs_nothing(examiner):
    examiner.run(
        cell(
            "class Odd:\n    n = 0\n    @property\n    def copy(self):\n        self.n += 1\n        if self.n > 1: raise KeyError\n        return [1]\n    def one(self): return 1"
        )
    )
    passes(examiner, "o = Odd()\nc = o.copy\nc.append(2)\nassert o.one() == 1 and c == [1, 2]")


# The worker and attempts


LEAVE = "import os\ndef leave(): os._exit(0)"


def test_what_checks_did_is_done_again_for_a_fresh_worker(examiner):
    passes(
        examiner, "FACTOR, data = 5, [1]\nhyper['list'].append(2)\nassert scaled(1) == 5", reach=reach("FACTOR", "data")
    )
    examiner.run(cell(LEAVE + "\ntotal = sum(data)"))
    assert examine(examiner, "leave()").outcome is Outcome.KILLED
    passes(examiner, "assert scaled(1) == 5 and total == 1 and hyper['list'] == [1, 2]")


def test_what_a_check_did_before_the_worker_was_lost_stays_too(examiner):
    examiner.run(cell(LEAVE))
    assert examine(examiner, "FACTOR = 5\nleave()", reach=reach("FACTOR")).outcome is Outcome.KILLED
    passes(examiner, "assert scaled(1) == 5")
    text = "keep = price\ndel price\ntry:\n    leave()\nfinally:\n    price = keep"
    assert examine(examiner, text, reach=HELPERS).outcome is Outcome.KILLED
    passes(examiner, "assert bill(1) == price() == 10")


def test_an_object_of_a_lost_worker_costs_the_check_that_needs_it_and_says_so(examiner):
    examiner.run(cell(LEAVE))
    passes(examiner, "kid = Kid()\nKid = Kid")
    examine(examiner, "leave()")
    assert "has ended" in examine(examiner, "kid.count()").message
    passes(examiner, "assert Kid().count() == 1")


def test_a_check_that_is_run_again_finds_what_it_found_before(examiner):
    examiner.run(cell("def spoil(x): x.clear(); return len(hyper['list'])"))
    text = "hyper['list'].append(2)\nn = globals().get('n', 0) + 1\nassert spoil([1]) == 2 == len(hyper['list']) and n == 1"
    result = examine(examiner, text)
    assert result.score == 3
    assert result.told == "your `spoil` changes what it is given: work on a copy"


def test_a_call_that_is_late_once_is_asked_again_with_the_names_as_they_were(sandbox):
    with make_examiner(sandbox, seconds=Seconds(call=1)) as examiner:
        examiner.run(
            cell("import time\ndef late(x): time.sleep(3 * x)\ndef price(): return 1\ndef bill(): return price()")
        )
        asked = []
        examiner._names["asked"] = asked
        text = "asked.append(1)\nkeep = price\nprice = lambda: 3\nlate(len(asked) == 1)\nassert bill() == 3 and keep() == 1"
        passes(examiner, text, reach=HELPERS)
        assert len(asked) == 2


# Whose a name is


def test_what_the_solution_changes_is_the_students_from_that_answer_on(sandbox):
    cells = [
        SourceCell(name, "code", "", role, changes=frozenset(changes))
        for name, role, changes in (
            ("g1", Role.GIVEN, ()),
            ("c1", Role.CHECK, ()),
            ("a1", Role.ANSWER, {"items", "table", "np", "fresh"}),
            ("c2", Role.CHECK, ()),
            ("g2", Role.GIVEN, ()),
            ("c3", Role.CHECK, ()),
        )
    ]
    instructors = source(given_names=frozenset({"items", "table", "other"}), own_names=frozenset({"fresh"}))

    def named(name, text, role):
        return replace(cell(text, role), name=name)

    with make_examiner(sandbox, source=replace(instructors, cells=tuple(cells))) as examiner:
        examiner.run(named("g1", "import numpy as np\nitems, table, other = [1], {}, [1]", Role.GIVEN))
        assert examiner.check(named("c1", "assert items == [1]\nfresh = 1", Role.CHECK))[0].score == 3
        examiner.run(
            named("a1", "items.append(2); other.append(2); table['k'] = 1; np.allclose = None\nfresh = 2", Role.ANSWER)
        )
        text = "assert items == [1, 2] and table == {'k': 1} and other == [1] and np.allclose(1, 1) and fresh == 2"
        assert examiner.check(named("c2", text, Role.CHECK))[0].message == ""
        examiner.run(named("", "import os\ndef leave(): os._exit(0)", Role.PLAIN))
        assert examiner.check(named("c2", "leave()", Role.CHECK))[0].score == 0
        assert examiner.check(named("c2", text, Role.CHECK))[0].message == "", "a fresh worker changes nothing"
        examiner.run(named("g2", "items = [5]", Role.GIVEN))
        examiner.run(named("", "items.append(6)", Role.PLAIN))
        assert examiner.check(named("c3", "assert items == [5]", Role.CHECK))[0].message == ""


def test_an_answer_that_was_deleted_hands_over_all_the_same(sandbox):
    cells = (
        SourceCell("a1", "code", "", Role.ANSWER, changes=frozenset({"items"})),
        SourceCell("check", "code", "", Role.CHECK),
    )
    with make_examiner(sandbox, source=replace(source(given_names=frozenset({"items"})), cells=cells)) as examiner:
        examiner.run(cell("items = [1]\nitems.append(2)"))
        passes(examiner, "assert items == [1, 2]")


LOOKED_FOR = {
    "in globals": "assert 'mine' in globals() and 'nobodys' not in globals() and globals()['mine'] == 42",
    "get": "assert globals().get('mine') == 42 and globals().get('nobodys', 1) == 1 and globals().get('__loader__') is None",
    "dir": "assert 'mine' in dir() and 'np' in dir() and 'verify' not in dir()",
    "locals and vars": "assert 'mine' in locals() and vars()['mine'] == 42",
    "in a function": "def f():\n    return 'mine' in globals()\nassert f()",
    "the shell": "assert get_ipython().user_ns['mine'] == 42 and 'mine' in get_ipython().user_ns",
    "all of them": "assert dict(globals().items())['mine'] == 42 and 42 in [v for v in globals().values() if isinstance(v, int)]",
    "a loop": "assert [name for name in globals().keys() if name == 'mine'] == ['mine']",
    "a copy": "assert dict(globals())['np'] is np and {**globals()}['np'] is np",
    "one that the check deletes": "del mine\nassert 'mine' not in globals() and 'mine' not in dir()",
}


@pytest.mark.parametrize("text", LOOKED_FOR.values(), ids=LOOKED_FOR)
def test_names_can_be_looked_for(sandbox, text):
    with make_examiner(sandbox, source=source(given_names=frozenset({"verify"}))) as examiner:
        examiner.run(cell("mine = 42\nverify = print\nprint = len\nimport json as odd"))
        passes(examiner, text)
        assert examine(examiner, "globals()['verify']").outcome is Outcome.ERROR
        passes(examiner, "assert 'verify' not in globals() and 'print' not in globals()")


def test_a_given_cell_that_uses_answers_is_no_error_of_the_assignment(sandbox):
    with make_examiner(sandbox, source=source(own_names=frozenset({"f"}))) as examiner:
        examiner.run(cell("def f(x): return None"))
        examiner.run(cell("first = f(1)[0]", Role.GIVEN))
        assert examiner.notes == ()
        assert examine(examiner, "assert first == 1").message.startswith("NotGiven: 'first' comes from the given cell")
        examiner.run(cell("def f(x): return [x]"))
        examiner.run(cell("first = f(1)[0]", Role.GIVEN))
        passes(examiner, "assert first == 1")
        examiner.run(cell("f(1)\nopen('nowhere')", Role.GIVEN))
        assert len(examiner.notes) == 1, "a file that is missing is no answer's fault"


# A worker that lies

WORKER = "import gc\nworker = next(found for found in gc.get_objects() if type(found).__name__ == 'Worker')\n"
LIES = {
    "changes what it is told": (
        "def lie(bound, deleted, filled):\n    [value.clear() for value in bound.values()]\n    [each[2].clear() for each in filled]\nworker.do_change = lie",
        "FACTOR = [1]\nl = hyper['list']\nl.append(3)\nh = hyper\nh['k'] = 1\nprice()\nassert FACTOR == [1] and l[-1] == 3 and h['k'] == 1",
    ),
    "raises over it": (
        "def lie(*a): raise SystemExit\nworker.do_change = lie\nworker.do_settle = lie",
        "FACTOR = [1]\nprice()\nassert FACTOR == [1]",
    ),
    "says that a name of the instructor's is its own": (
        "worker.do_has = lambda name: True\nworker.do_names = lambda: ['verify', 'print', '__builtins__']",
        "assert 'verify' not in globals() and 'verify' not in dir() and 'print' not in dir()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("lie", "text"), LIES.values(), ids=LIES)
def test_a_worker_that_lies_about_it_changes_nothing_here(sandbox, lie, text):
    with make_examiner(sandbox, source=source(given_names=frozenset({"verify"}))) as examiner:
        examiner.run(cell(STUDENT))
        examiner.run(cell(WORKER + lie))
        passes(examiner, text, reach=reach("FACTOR"))


@pytest.mark.parametrize(
    "lie", ["worker.do_has = lambda name: print", "worker.do_names = lambda: [1]", "worker.do_names = lambda: 3"]
)
def test_a_worker_that_answers_out_of_form_costs_the_check_that_asked(sandbox, lie):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell("def one(): return 1"))
        examiner.run(cell(WORKER + lie))
        assert examine(examiner, "assert 'x' in globals() or 'x' in dir()").outcome is Outcome.KILLED
        passes(examiner, "assert one() == 1")


def test_a_property_that_hangs_when_it_is_told_costs_its_check(sandbox):
    with make_examiner(sandbox, seconds=Seconds(call=1)) as examiner:
        examiner.run(
            cell(
                "class Slow:\n    asked = 0\n    @property\n    def items(self):\n        self.asked += 1\n        while self.asked > 1: pass\n        return [1]\n    def one(self): return 1"
            )
        )
        assert examine(examiner, "s = Slow()\ns.items.append(2)\ns.one()").outcome is Outcome.TIMEOUT
        passes(examiner, "assert Slow().one() == 1")


def test_a_worker_that_ends_when_the_check_is_over_costs_nobody_anything(sandbox):
    with make_examiner(sandbox) as examiner:
        examiner.run(cell(STUDENT))
        examiner.run(cell("import os\n" + WORKER + "worker.do_settle = lambda *a: os._exit(0)"))
        passes(examiner, "FACTOR = 5\nassert scaled(1) == 5", reach=reach("FACTOR"))
        passes(examiner, "assert price() == 10")
        assert [note[:46] for note in examiner.notes] == ["what checks have bound did not run again for a"]
