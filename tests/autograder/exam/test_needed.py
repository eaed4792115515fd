# ruff: noqa: E501 (a lesson stands on one line)
"""What a submission needs is run, and nothing that is left out changes a grade."""

import json
import random
from dataclasses import dataclass
from functools import partial

import pytest

from autograder.assignment import Assignment, Role, SourceCell, SourceNotebook
from autograder.course import Course
from autograder.exam.clock import Seconds
from autograder.exam.grade import Task, grade_submission
from autograder.exam.needed import RUN_ALL, Outline
from autograder.exam.outlines import kept
from autograder.exam.sandbox import connect
from autograder.exam.sharing import Sharing
from autograder.exam.survey import SeenCell, Survey, survey
from autograder.intake.restore import SubmittedCell
from autograder.names import bound

PLAIN, GIVEN, ANSWER, CHECK = Role.PLAIN, Role.GIVEN, Role.ANSWER, Role.CHECK
F = "def f(x):\n    return 2 * x"


@dataclass(frozen=True)
class Lesson:
    """A notebook: role and text of each cell, and what a student wrote instead of the answers, in order."""

    cells: tuple[tuple[Role, str], ...]
    written: tuple[str, ...] = ()

    def source(self) -> SourceNotebook:
        cells = []
        for i, (role, text) in enumerate(self.cells):
            if role is not PLAIN:
                points = 1.0 if role is CHECK else 0.0
                locked = role in (GIVEN, CHECK)
                cells.append(SourceCell(f"cell{i}", "code", text, role, points, released=text, locked=locked))
        given = [text for role, text in self.cells if role is GIVEN]
        own = {name for role, text in self.cells if role in (ANSWER, PLAIN) for name in bound(text, imports=False)}
        return SourceNotebook(
            "lesson",
            tuple(cells),
            given_names=frozenset(name for text in given for name in bound(text)) - own,
            own_names=frozenset(own),
            plain=frozenset(text for role, text in self.cells if role is PLAIN),
            script=tuple(cell for cell in self.cells if cell[0] is not CHECK),
        )

    def submitted(self) -> list[tuple[str, Role, str]]:
        written = iter(self.written)
        return [
            (f"cell{i}" if role is not PLAIN else "", role, next(written, text) if role is ANSWER else text)
            for i, (role, text) in enumerate(self.cells)
        ]

    def hand_in(self, folder) -> None:
        cells = []
        for name, role, text in self.submitted():
            claims = {"grade_id": name, "schema_version": 3, "solution": role is ANSWER, "grade": role is CHECK}
            claims |= {"locked": role in (GIVEN, CHECK)} | ({"points": 1} if role is CHECK else {})
            node = {"cell_type": "code", "source": text, "outputs": [], "execution_count": None}
            cells.append(node | {"metadata": {"nbgrader": claims} if name else {}})
        folder.mkdir(parents=True)
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        (folder / "lesson.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def both(sandbox, tmp_path, monkeypatch):
    """Grades a lesson in part and whole: the results of its checks, and how many cells the first left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    count = iter(range(10_000))
    seconds = Seconds(call=2, cell=10, check=10)

    def graded(lesson: Lesson, outlines) -> list:
        folder = tmp_path / f"submission{next(count)}"
        lesson.hand_in(folder)
        into = folder / "into" / "graded"
        into.parent.mkdir()
        assignment = Assignment("lesson", (lesson.source(),), {})
        task = Task(assignment, folder, into, "", seconds, (), Sharing(), outlines)
        (notebook,) = grade_submission(task, partial(connect, sandbox.address)).notebooks
        return [(e.name, e.score, e.outcome, e.message, e.told) for e in notebook.exercises]

    def both(lesson: Lesson):
        source = lesson.source()
        seen = survey(Assignment("lesson", (source,), {}), partial(connect, sandbox.address), seconds)
        outline = Outline.of(source, seen["lesson"])
        plan = outline.plan([cell_of(*cell) for cell in lesson.submitted()])
        in_part, whole = graded(lesson, {"lesson": outline}), graded(lesson, {})
        assert in_part == whole
        return in_part, len(plan.in_worker)

    return both


def cell_of(name: str, role: Role, text: str) -> SubmittedCell:
    return SubmittedCell(name, role, "code", text, own=role is ANSWER)


def check(text: str) -> tuple[Role, str]:
    return CHECK, text


# Cells, what the student writes instead of the answer, how many cells are left out, and whether the check is passed.
TRAPS = {
    "a demonstration": ([(PLAIN, "X = [1]\nprint(X)"), (ANSWER, F), (PLAIN, "print(f(3))"), check("assert f(2) == 4")], F, 2, True),
    "a demonstration at the end": ([(ANSWER, F), check("assert f(2) == 4"), (PLAIN, "import numpy as np\nnp.random.seed(3)\ny = f(3)")], F, 1, True),
    "a getattr of the instructor's": ([(PLAIN, "print(2)"), (GIVEN, "def part(x):\n    return getattr(x, 'real')"), (ANSWER, F), check("assert part(f(2)) == 4")], F, 1, True),
    "a getattr that leads to other names": ([(PLAIN, "k = 2"), (GIVEN, "def k_of(g):\n    return getattr(g, '__globals__')['k']"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k_of(f) * x", 0, True),
    "imported by both": ([(PLAIN, "from math import floor\nprint(floor(2.5))"), (GIVEN, "from math import floor\ndef low(x):\n    return floor(x)"), (ANSWER, F), check("assert f(2.5) == 4")], "def f(x):\n    return 2 * low(x)", 1, True),
    "imported in between": ([(PLAIN, "k = 3"), (GIVEN, "def low(x):\n    return k * x\ny = low(1)\nfrom math import pi as k"), (ANSWER, F), check("assert f(2) == 3")], "def f(x):\n    return y", 0, True),
    "bound again after a helper": ([(GIVEN, "from math import floor\ndef low(x):\n    return floor(x)"), (PLAIN, "def floor(x):\n    return 7"), (ANSWER, F), check("assert f(2.5) == 14")], "def f(x):\n    return 2 * low(x)", 0, True),
    "data the answer reads": ([(PLAIN, "k = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k * x", 0, True),
    "data the check reads": ([(PLAIN, "k = 4"), (ANSWER, F), check("assert f(2) == k")], F, 0, True),
    "data the check reads and binds": ([(PLAIN, "k = 4"), (ANSWER, F), check("k = k + 0\nassert f(2) == k")], F, 1, True),
    "through another cell": ([(PLAIN, "j = 1"), (PLAIN, "k = j + 1"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k * x", 0, True),
    "bound again": ([(PLAIN, "k = 1"), (PLAIN, "k = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k * x", 1, True),
    "changed in place": ([(PLAIN, "k = []"), (PLAIN, "k.append(2)"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k[0] * x", 0, True),
    "changed in place under another name": ([(PLAIN, "k = [1]\nj = k"), (PLAIN, "j[0] = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k[0] * x", 0, True),
    "an attribute": ([(PLAIN, "class K: pass\nk = K()"), (PLAIN, "k.two = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k.two * x", 0, True),
    "deleted": ([(PLAIN, "k = 2"), (PLAIN, "del k"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k * x", 0, False),
    "a helper that reads a global": ([(PLAIN, "k = 2\ndef twice(x):\n    return k * x"), (PLAIN, "k = 3"), (ANSWER, F), check("assert f(2) == 6")], "def f(x):\n    return twice(x)", 0, True),
    "a default argument": ([(PLAIN, "k = 2"), (ANSWER, F), (PLAIN, "k = 3"), check("assert f(2) == 4")], "def f(x, by=k):\n    return by * x", 1, True),
    "a star import": ([(PLAIN, "from math import *"), (ANSWER, F), check("assert f(4) == 2")], "def f(x):\n    return sqrt(x)", 0, True),
    "names made by exec": ([(PLAIN, "exec('k = 2')"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k * x", 0, True),
    "names made through globals": ([(PLAIN, "globals()['k'] = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return k * x", 0, True),
    "a name in a text": ([(PLAIN, "k = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    return eval('k') * x", 0, True),
    "a part of a library": ([(PLAIN, "import math\nmath.two = 2"), (ANSWER, F), check("assert f(2) == 4")], "import math\ndef f(x):\n    return math.two * x", 0, True),
    "a seed": ([(PLAIN, "import numpy as np\nnp.random.seed(3)"), (ANSWER, F), check("assert f(1) == 0.5507979025745755")], "import numpy as np\ndef f(x):\n    return np.random.rand()", 0, True),
    "draws after a seed": ([(PLAIN, "import random\nrandom.seed(3)"), (PLAIN, "print(random.random())"), (ANSWER, F), check("assert f(1) == 0.5442292252959519")], "import random\ndef f(x):\n    return random.random()", 0, True),
    "a file": ([(PLAIN, "with open('k', 'w') as file:\n    file.write('2')"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    with open('k') as file:\n        return int(file.read()) * x", 0, True),
    "the environment": ([(PLAIN, "import os\nos.environ['K'] = '2'"), (ANSWER, F), check("assert f(2) == 4")], "import os\ndef f(x):\n    return int(os.environ['K']) * x", 0, True),
    "handling of errors": ([(PLAIN, "import numpy as np\nnp.seterr(all='raise')"), (ANSWER, F), check("assert f(0.0) == 0")], "import numpy as np\ndef f(x):\n    return np.float64(1) / x", 0, False),
    "on some path only": ([(PLAIN, "k = 2"), (ANSWER, F), check("assert f(2) == 4")], "def f(x):\n    try:\n        return k * x\n    except NameError:\n        return 0", 0, True),
    "counted calls": ([(ANSWER, F), (PLAIN, "f(1)"), check("assert f(2) == 2")], "calls = []\ndef f(x):\n    calls.append(x)\n    return len(calls)", 0, True),
    "a kept first answer": ([(ANSWER, F), (PLAIN, "f(1)"), check("assert f(2) == 4")], "def f(x, kept=[]):\n    kept.append(2 * x)\n    return kept[0]", 0, False),
    "an attribute of the function": ([(ANSWER, F), (PLAIN, "f(1)"), check("assert f(2) == 1")], "def f(x):\n    f.calls = getattr(f, 'calls', -1) + 1\n    return f.calls", 0, True),
    "a count in the class": ([(ANSWER, F), (PLAIN, "f(1)"), check("assert f(2) == 2")], "class N:\n    count = 0\ndef f(x):\n    N.count += 1\n    return N.count", 0, True),
    "a closure": ([(ANSWER, F), (PLAIN, "f(1)"), check("assert f(2) == 2")], "def make():\n    n = 0\n    def f(x):\n        nonlocal n\n        n += 1\n        return n\n    return f\nf = make()", 0, True),
    "an argument that is needed": ([(PLAIN, "X = [1]"), (ANSWER, F), (PLAIN, "f(X)"), check("assert X == [1, 2]")], "def f(x):\n    x.append(2)", 0, True),
    "an argument under another name": ([(PLAIN, "X = [1]\nY = [X]"), (ANSWER, F), (PLAIN, "f(Y)"), check("assert X == [1, 2]")], "def f(y):\n    y[0].append(2)", 0, True),
    "settings that are only looked at": ([(PLAIN, "o = {'by': 2}"), (ANSWER, F), (PLAIN, "print(f(3), dict(**o))"), check("assert f(2) == 4")], "def f(x):\n    return o['by'] * x", 1, True),
    "settings of a released function": ([(PLAIN, "o = {'by': 2}\ndef times(x, by):\n    return by * x\ndef twice(x):\n    return times(x, **o)"), (ANSWER, F), (PLAIN, "print(f(3))"), check("assert f(2) == 4")], "def f(x):\n    return twice(x)", 1, True),
    "settings that a demonstration hands on": ([(PLAIN, "o = {'by': 2}"), (ANSWER, F), (PLAIN, "f(o)"), check("assert f({}) == 3")], "def f(x):\n    x['by'] = 3\n    return o['by']", 0, True),
    "settings that are handed on under another name": ([(PLAIN, "o = {'by': 2}\np = o"), (ANSWER, F), (PLAIN, "f(p)"), check("assert f({}) == 3")], "def f(x):\n    x['by'] = 3\n    return o['by']", 0, True),
    "settings that the student's code changes": ([(PLAIN, "o = {'by': 2}"), (ANSWER, F), (PLAIN, "print(f(3))"), check("assert f(2) == 8")], "def f(x):\n    o['by'] += 1\n    return o['by'] * x", 0, True),
    "settings that the student's code hands on": ([(PLAIN, "o = {'by': 2}"), (ANSWER, F), (PLAIN, "print(f(3))"), check("assert f(2) == 8")], "def g(p):\n    p['by'] += 1\ndef f(x):\n    g(o)\n    return o['by'] * x", 0, True),
    "settings with something in them that changes": ([(PLAIN, "o = {'all': []}"), (ANSWER, F), (PLAIN, "f(3)"), check("assert f(2) == 2")], "def f(x):\n    o['all'].append(x)\n    return len(o['all'])", 0, True),
    "a demonstration that writes to the student's object": ([(ANSWER, "class f: pass\ng = f()"), (PLAIN, "g.two = 2"), check("assert g.two == 2")], "class f: pass\ng = f()", 0, True),
    "the last output": ([(PLAIN, "k = 2\nk"), (ANSWER, F), check("assert f(2) == 4")], "k2 = _\ndef f(x):\n    return k2 * x", 0, True),
    "a given class": ([(GIVEN, "class P:\n    def __init__(self, x):\n        self.x = x"), (ANSWER, F), check("assert f(P(2)) == 4")], "def f(p):\n    return 2 * p.x", 0, True),
    "given data for the check alone": ([(GIVEN, "X = [1, 2]"), (ANSWER, F), check("assert f(X) == [1, 2, 1, 2]")], F, 1, True),
    "a given cell that nobody needs": ([(GIVEN, "import statistics\nm = statistics.mean([1])"), (ANSWER, F), check("assert f(2) == 4")], F, 1, True),
    "a released cell that uses a student's": ([(ANSWER, F), (PLAIN, "def g(x):\n    return f(x) + 1"), check("assert g(2) == 5")], F, 0, True),
}  # fmt: skip


@pytest.mark.sandbox
@pytest.mark.parametrize("trap", TRAPS)
def test_what_is_left_out_changes_nothing(both, trap):
    cells, written, left_out, passed = TRAPS[trap]
    results, skipped = both(Lesson(tuple(cells), (written,)))
    assert skipped == left_out
    assert [score for _, score, *_ in results] == [float(passed)]


RELEASED = (
    "x = [1, 2]", "y = x", "y.append(3)", "x = [5]", "k = 2", "k += 1", "def h(v):\n    return [k * i for i in v]",
    "z = h(x)", "import math", "math.k = k", "print(f(x))", "w = f(x)", "f(y)", "class C:\n    k = 1", "c = C()\nc.v = x",
    "C.k = 3", "for i in x:\n    k = i", "del k", "import random\nrandom.seed(1)", "r = random.random()", "x[0] = 9",
)  # fmt: skip
WRITTEN = (
    "def f(v):\n    return list(v)", "def f(v):\n    return h(v)", "def f(v):\n    v.append(7)\n    return v",
    "def f(v):\n    return [k] + list(v)", "seen = []\ndef f(v):\n    seen.extend(v)\n    return list(seen)",
    "def f(v, kept={}):\n    kept[len(kept)] = 1\n    return [len(kept)]", "def f(v):\n    global x\n    x = [0]\n    return x",
    "def f(v):\n    return [C.k, *v]", "def f(v):\n    return [random.random()]", "k = 4\ndef f(v):\n    return [k]",
    "x.append(8)\ndef f(v):\n    return x", "def f(v):\n    raise NotImplementedError", "print(z)\ndef f(v):\n    return z",
)  # fmt: skip
CHECKS = (
    "assert f([1]) == [1]",
    "assert f(x) == x",
    "assert h([1]) == f([1])",
    "f(x)\nassert x == [5]",
    "assert k == 2",
)


def random_lesson(seed: int) -> Lesson:
    rng = random.Random(seed)
    cells = [(GIVEN if rng.random() < 0.2 else PLAIN, text) for text in rng.sample(RELEASED, 7)]
    cells.insert(rng.randrange(8), (ANSWER, F))
    cells.insert(rng.randrange(4, 9), (CHECK, rng.choice(CHECKS)))
    return Lesson((*cells, (CHECK, rng.choice(CHECKS))), (rng.choice(WRITTEN),))


@pytest.mark.slow
@pytest.mark.sandbox
def test_random_lessons_are_graded_the_same_in_part_and_whole(both):
    left_out = [both(random_lesson(seed))[1] for seed in range(60)]
    assert sum(map(bool, left_out)) > 10  # or the comparison says nothing


# The plan alone


def outline(*cells: tuple[Role, str], **seen) -> Outline:
    source = Lesson(cells).source()
    shown = [
        SeenCell(text, **seen.get(f"cell{i}", {})) for i, (role, text) in enumerate(cells) if role in (PLAIN, GIVEN)
    ]
    return Outline.of(source, Survey(tuple(shown), frozenset({"f", "np"})))


def plan(found: Outline, *cells: tuple[Role, str], own=ANSWER):
    return found.plan([SubmittedCell("", role, "code", text, own=role is own) for role, text in cells])


LESSON = ((PLAIN, "k = 1"), (ANSWER, F), (PLAIN, "print(f(2))"), (CHECK, "assert f(1)"))


def test_outputs_are_known_of_what_is_the_same_for_everybody():
    stream = {"output_type": "stream", "name": "stdout", "text": "1"}
    found = plan(outline(*LESSON, cell0={"outputs": (stream,)}), *LESSON)
    assert found.in_worker == {0, 2}
    assert found.outputs == {0: (stream,)}


@pytest.mark.parametrize(
    "cells",
    [
        LESSON[1:],
        (*LESSON, (PLAIN, "k = 1")),
        (LESSON[2], LESSON[1], LESSON[0], LESSON[3]),
        ((PLAIN, "k = 1"), (ANSWER, "from m import *"), *LESSON[2:]),
    ],
    ids=["one is gone", "one is there twice", "another order", "names from nowhere"],
)
def test_all_is_run_of_what_is_not_as_it_was_seen(cells):
    assert plan(outline(*LESSON), *cells) == RUN_ALL


def test_a_cell_that_changes_the_world_is_run_and_so_is_what_it_reads():
    """With it goes what might change `k` under another name: the student's function may do anything to an argument."""
    cells = ((PLAIN, "k = 1"), (PLAIN, "j = 1"), (PLAIN, "seed(k)"), *LESSON[1:])
    assert plan(outline(*cells, cell2={"world": ("random",)}), *cells).in_worker == {1}


def test_a_cell_that_failed_with_the_solution_is_run_where_it_uses_what_is_the_students():
    assert plan(outline(*LESSON, cell2={"failed": True}), *LESSON).in_worker == {0}


# The run that is seen


@pytest.mark.sandbox
def test_a_survey_says_what_each_cell_does(sandbox):
    lesson = Lesson(
        (
            (PLAIN, "import random\nx = [1]\ny = x"),
            (ANSWER, F),
            (PLAIN, "y.append(f(2))\nprint('hello')"),
            (PLAIN, "random.seed(1)"),
            (PLAIN, "1 / 0"),
            (PLAIN, "def a():\n    return b\ndef b():\n    return a"),
        )
    )
    seen = survey(Assignment("lesson", (lesson.source(),), {}), partial(connect, sandbox.address), Seconds())["lesson"]
    first, second, third, fourth, fifth = seen.cells
    assert first.changes == {"random", "x", "y"}
    assert second.changes == {"x", "y"}
    assert second.outputs == ({"output_type": "stream", "name": "stdout", "text": "hello\n"},)
    assert (second.world, third.world) == ((), ("random",))
    assert (third.failed, fourth.failed) == (False, True)
    assert fifth.changes == {"a", "b"}
    assert seen.fixed == {"random", "f", "a", "b"}


@pytest.mark.sandbox
def test_a_notebook_that_ends_its_process_is_run_whole_for_everybody(sandbox):
    lesson = Lesson(((PLAIN, "import os\nos._exit(1)"), (ANSWER, F)))
    found = survey(Assignment("lesson", (lesson.source(),), {}), partial(connect, sandbox.address), Seconds())
    assert found == {}


def test_what_was_seen_is_kept_as_long_as_the_key_is_the_same(tmp_path):
    seen = {
        "lesson": Survey(
            (SeenCell("k = 1", frozenset({"k"}), ("files",), outputs=({"output_type": "stream"},)),), frozenset("f")
        )
    }
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()")
    course = Course.open(tmp_path)
    assert kept(course, "lesson", "one", lambda: seen) == seen
    assert kept(course, "lesson", "one", lambda: pytest.fail("seen again")) == seen
    assert kept(course, "lesson", "two", dict) == {}
    for damaged in ("{", "[]", '{"key": "two", "found": {"lesson": {"cells": []}}}'):
        (course.tables / ".cache" / "lesson.released.json").write_text(damaged)
        assert kept(course, "lesson", "two", lambda: seen) == seen
