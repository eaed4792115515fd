"""Names in stock courses: the solved source earns all points, a wrong answer and the stub none."""

from typing import NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.course import Course
from tests.autograder.conftest import grade, scores
from tests.autograder.stock import CONFIG, HW, answer, cell, check, run


class Case(NamedTuple):
    """Cells of a notebook: a given one, the solution of an answer, a wrong answer, a check.

    again: a later answer with another solution and another wrong one, and its check.
    """

    given: str
    solved: str
    wrong: str
    check: str
    again: tuple[str, str, str] | None = None


CASES = {
    "append": Case("fruit = ['y']", "fruit.append('z')", "fruit.append('x')", "assert fruit == ['y', 'z']"),
    "key": Case("stock = {'fig': 1}", "stock['pear'] = 2", "del stock['fig']", "assert stock == {'fig': 1, 'pear': 2}"),
    "item": Case(
        "import numpy as np\ngrid = np.zeros((2, 2))",
        "import numpy as np\ngrid[1, 1] = 7",
        "grid = np.full((2, 2), 7)",
        "assert grid[1, 1] == 7 and grid.sum() == 7",
    ),
    "rebind": Case("rows = [1, 2]", "rows = [n for n in rows if n > 1]", "rows = rows[:0]", "assert rows == [2]"),
    "augmented": Case("level = 1", "level += 1", "level -= 1", "assert level == 2"),
    "delete": Case("cone = ['a', 'b', 'c']", "del cone[1]", "cone = ['a', 'b']", "assert cone == ['a', 'c']"),
    "twice": Case(
        "queue = [1]",
        "queue.append(2)",
        "queue.append(0)",
        "assert queue == [1, 2]",
        ("queue.pop(0)", "queue.pop()", "assert queue == [2]"),
    ),
    "helper deleted": Case(
        "",
        "def sq(n):\n    return [i * i for i in range(n)]\ndef total(n):\n    return sum(sq(n))",
        "def sq(n):\n    return [i * i for i in range(n)]\ndef total(n):\n    return sum(i * i for i in range(n))",
        "keep = sq\ndel sq\ntry:\n    total(3)\nexcept NameError:\n    pass\n"
        "else:\n    raise AssertionError('total does not use sq')\nfinally:\n    sq = keep",
        ("def last(n):\n    return sq(n)[-1]", "def last(n):\n    return n * n", "assert last(3) == 4"),
    ),
    "helper replaced": Case(
        "",
        "def price():\n    return 10\ndef bill(n):\n    return n * price()",
        "def price():\n    return 10\ndef bill(n):\n    return n * 10",
        "price = lambda: 7\nassert bill(3) == 21",
    ),
    "in globals": Case(
        "", "answer = 42", "solution = 42", "assert 'answer' in globals()\nassert globals()['answer'] == 42"
    ),
    "in dir": Case("", "found = 43", "founded = 43", "assert 'found' in dir() and found == 43"),
    "in the shell": Case("", "shown = 44", "shown = 45", "assert get_ipython().user_ns['shown'] == 44"),
    "history": Case(
        "from IPython.core.getipython import get_ipython",
        "pairs = sorted([2, 1])",
        "pairs = [2, 1]\npairs.sort()",
        "assert get_ipython().user_ns['In'][-2] == In[-2] == 'pairs = sorted([2, 1])'\n"
        "assert In[-1].startswith('assert') and pairs == [1, 2]",
    ),
    "display": Case(
        "",
        "def display(tree):\n    return tree",
        "def show(tree):\n    return tree",
        "assert display([1]) == [1]",
    ),
    "an attribute": Case(
        "",
        "class Kid:\n    def __init__(self):\n        self.toys = []",
        "class Kid:\n    @property\n    def toys(self):\n        return []",
        "k = Kid()\nk.toys.append('car')\nassert k.toys == ['car']",
    ),
    "a tree": Case(
        "",
        "class Tree:\n    def __init__(self, v):\n        self.v, self.kids = v, []\n"
        "def total_of(t):\n    return t.v + sum(total_of(k) for k in t.kids)",
        "class Tree:\n    def __init__(self, v):\n        self.v, self.kids = v, []\ndef total_of(t):\n    return t.v",
        "t = Tree(1)\nt.kids.append(Tree(2))\nt.kids += [Tree(3)]\nassert total_of(t) == 6",
    ),
    "settings": Case(
        "",
        "hyper = {'descent': {'rate': 1.0}}\ndef step(x, rate):\n    return x - rate",
        "hyper = {'descent': {'rate': 1.0}}\ndef step(x, rate):\n    return x",
        "hyper['descent']['rate'] = 0.5\nassert step(2, hyper['descent']['rate']) == 1.5",
        ("def go(x):\n    return step(x, hyper['descent']['rate'])", "go = lambda x: x - 1.0", "assert go(2) == 1.5"),
    ),
    "a global of the check": Case(
        "FACTOR = 3",
        "def scaled(x):\n    return x * FACTOR",
        "def scaled(x):\n    return x * 3",
        "FACTOR = 5\nassert scaled(2) == 10",
    ),
    "a slip": Case(
        "",
        "def largest(a):\n    return max(A)",
        "def largest(a):\n    return a[0]",
        "A = [1, 3]\nassert largest(A) == 3",
    ),
    "read by a later answer": Case(
        "",
        "def read_data():\n    return [1, 2]",
        "def read_data():\n    return []",
        "data = read_data()\nassert len(data) == 2",
        ("data.append(3)\ntotal = sum(data)", "total = 5", "assert total == 6 and data == [1, 2, 3]"),
    ),
}
STUDENTS = ("solved", "wrong", "stub")
LEAKS = {
    "expected": Case(
        "",
        "def double(x):\n    return 2 * x",
        "def double(x):\n    return expected",
        "expected = 6\nassert double(3) == 6",
    ),
    "under a name of the solution": Case(
        "",
        "def cube(x):\n    return x**3\nx = 2\ny = cube(x)\ndef told():\n    return x, y",
        "def cube(x):\n    return y\nx, y = 2, 0",
        "x = 3\ny = 27\nassert cube(x) == y",
    ),
    "under the name of a function": Case(
        "",
        "def row(n):\n    return [1] * n\ndef pair(n):\n    return row(n), row(n)",
        "def row(n):\n    return row\ndef pair(n):\n    return row, row",
        "got = row(2)\nrow = [1, 1]\nassert got == row",
    ),
    "of a function that calls itself": Case(
        "",
        "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)",
        "def fib(n):\n    f = globals()['fib']\n    return 0 if f.__module__ == '__main__' else f(n)",
        "theirs = fib\ndef fib(n):\n    return [0, 1, 1, 2, 3][n]\nassert theirs(4) == fib(4)",
    ),
}


def cells_of(name: str, case: Case):
    """The instructor's cells of a case."""
    key = name.replace(" ", "_")
    if case.given:
        yield cell(f"given_{key}", case.given, locked=True)
    yield answer(f"answer_{key}", solution(case.solved))
    yield check(f"check_{key}", case.check, 1)
    if case.again:
        yield answer(f"again_{key}", solution(case.again[0]))
        yield check(f"check_again_{key}", case.again[2], 1)


def solution(source: str) -> str:
    return f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"


def answers_of(name: str, case: Case, student: str) -> dict[str, str]:
    if student == "stub":
        return {}
    key = name.replace(" ", "_")
    texts = {f"answer_{key}": case.solved if student == "solved" else case.wrong}
    return texts | ({f"again_{key}": case.again[0 if student == "solved" else 1]} if case.again else {})


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Student → cell → score."""
    root = tmp_path_factory.mktemp("names")
    (root / "source" / HW).mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    cases = CASES | LEAKS
    cells = [cell for name, case in cases.items() for cell in cells_of(name, case)]
    nbformat.write(new_notebook(cells=[new_code_cell("import math"), *cells]), root / "source" / HW / "p1.ipynb")
    course = Course.open(root)
    run(course, "generate_assignment", HW)
    for student in STUDENTS:
        folder = course.submitted_folder(HW, student)
        folder.mkdir(parents=True)
        notebook = nbformat.read(course.release / HW / "p1.ipynb", as_version=4)
        texts = {key: text for name, case in cases.items() for key, text in answers_of(name, case, student).items()}
        for node in notebook.cells:
            node.source = texts.get(node.id, node.source)
        nbformat.write(notebook, folder / "p1.ipynb")
    return {result.student: (scores(result), result) for result in grade(course, HW)}


@pytest.mark.parametrize("name", CASES | LEAKS)
def test_the_solution_earns_all_points_and_nothing_else_any(graded, name):
    key = name.replace(" ", "_")
    for student in STUDENTS:
        found, result = graded[student]
        of_case = {cell: score for cell, score in found.items() if cell in (f"check_{key}", f"check_again_{key}")}
        messages = {e.name: e.message for e in result.exercises if e.name in of_case}
        assert set(of_case.values()) == {1 if student == "solved" else 0}, (student, messages)


def test_nobody_is_told_of_an_error_of_the_assignment(graded):
    for student in STUDENTS:
        assert graded[student][1].notes == ()
