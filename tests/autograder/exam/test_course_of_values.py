# ruff: noqa: E501 (programs stand on one line)
"""A stock course whose checks lean on what values are: its solution earns everything, a stub and a wrong answer nothing."""

import importlib.util
from typing import NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_notebook

from autograder.course import Course
from autograder.results import Outcome
from tests.autograder.conftest import grade
from tests.autograder.stock import CONFIG, HW, answer, cell, check, run

pytestmark = pytest.mark.sandbox


class Case(NamedTuple):
    """An exercise: its solution, its check, a wrong answer; what is given before it."""

    solution: str
    check: str
    wrong: str
    given: str = ""
    needs: str = ""


CASES = {
    "await": Case("async def aw():\n    return 3", "r = await aw()\nassert r == 3", "async def aw():\n    return 4"),
    "file_by_answer": Case(
        "with open('cell_out.csv', 'w') as f:\n    f.write('x,y\\n1,2\\n')",
        "import csv\nwith open('cell_out.csv') as f:\n    assert list(csv.DictReader(f)) == [{'x': '1', 'y': '2'}]",
        "with open('cell_out.csv', 'w') as f:\n    f.write('x,y\\n1,3\\n')",
    ),
    "file_by_function": Case(
        "def save(name, lines):\n    with open(name, 'w') as f:\n        f.write('\\n'.join(lines))",
        "import os\nsave('made.txt', ['a', 'b'])\nassert os.path.exists('made.txt')\nwith open('made.txt') as f:\n    assert f.read() == 'a\\nb'",
        "def save(name, lines):\n    open(name, 'w').close()",
    ),
    "mock_input": Case(
        "def ask():\n    return int(input('number? ')) + 1",
        "from unittest.mock import patch\nwith patch('builtins.input', side_effect=['41']):\n    assert ask() == 42",
        "def ask():\n    return int(input('number? '))",
    ),
    "mock_print": Case(
        "def hello(name):\n    print('Hello', name)",
        "from unittest.mock import patch\nwith patch('builtins.print') as p:\n    hello('Ann')\np.assert_called_once_with('Hello', 'Ann')",
        "def hello(name):\n    print('Hello')",
    ),
    "given_class": Case(
        "class Quad(Form):\n    def __init__(self, a):\n        super().__init__('quad')\n        self.a = a",
        "assert isinstance(Quad(3), Form) and issubclass(Quad, Form) and Quad.__bases__ == (Form,) and Quad(3).who() == 'I am quad'",
        "class Quad:\n    def __init__(self, a):\n        self.a = a\n    def who(self):\n        return 'I am quad'",
        given="class Form:\n    def __init__(self, name):\n        self.name = name\n    def who(self):\n        return 'I am ' + self.name",
    ),
    "source_of_method": Case(
        "class R:\n    def __init__(self, a=0):\n        self.a = a",
        "import inspect\nassert 'self.a = a' in inspect.getsource(R.__init__)",
        "class R:\n    def __init__(self, a=0):\n        self.b = a",
    ),
    "counter": Case(
        "from collections import Counter\ncounted = Counter('aab')",
        "from collections import Counter\nassert isinstance(counted, Counter) and counted['zz'] == 0 and counted.most_common(1) == [('a', 2)]",
        "counted = {'a': 2, 'b': 1}",
    ),
    "default": Case(
        "from collections import defaultdict\ncounts = defaultdict(int)",
        "from collections import defaultdict\nassert isinstance(counts, defaultdict) and counts['zz'] == 0",
        "counts = {'zz': 0}",
    ),
    "deque": Case(
        "from collections import deque\nqueue = deque([1, 2])",
        "from collections import deque\nassert queue == deque([1, 2]) and queue.popleft() == 1",
        "queue = [1, 2]",
    ),
    "path": Case(
        "from pathlib import Path\nwhere = Path('a') / 'b.txt'",
        "from pathlib import Path\nassert where == Path('a/b.txt') and where.suffix == '.txt'",
        "where = 'a/b.txt'",
    ),
    "result": Case(
        "from scipy.optimize import minimize_scalar\nfound = minimize_scalar(lambda v: (v - 1)**2)",
        "assert abs(found.x - 1) < 1e-3 and found['success']",
        "found = 1.0",
    ),
    "masked": Case(
        "import numpy as np\nmasked = np.ma.masked_array([1, 2, 3], mask=[0, 1, 0])",
        "import numpy as np\nassert np.ma.isMaskedArray(masked) and masked.sum() == 4",
        "import numpy as np\nmasked = np.array([1, 2, 3])",
    ),
    "generator": Case(
        "def first_two(it):\n    it = iter(it)\n    return [next(it), next(it)]",
        "g = (i * i for i in range(10))\nassert first_two(g) == [0, 1] and next(g) == 4",
        "def first_two(it):\n    return [0, 1]",
    ),
    "attribute_of_exception": Case(
        "class Low(ValueError):\n    def __init__(self, v):\n        super().__init__('low')\n        self.v = v\ndef chk(v):\n    if v < 5: raise Low(v)",
        "try:\n    chk(3)\nexcept Low as e:\n    assert e.v == 3\nelse:\n    assert False",
        "class Low(ValueError):\n    pass\ndef chk(v):\n    if v < 5: raise Low(v)",
    ),
    "module_beside": Case(
        "value = 1",
        "import beside, os, sys\nassert beside.right(value) and not {os.getcwd(), '', '.'} & set(sys.path)",
        "value = 2\nwith open('beside.py', 'w') as f:\n    f.write('def right(v): return True')",
    ),
    "kinds_seen_by_module": Case(
        "import beside\nclass Pear(beside.Fruit):\n    pass\nbasket = [beside.Fruit(), Pear()]",
        "import beside\nassert beside.kinds(basket) == [beside.Fruit, Pear] and beside.only_fruit(Pear)",
        "class Fruit:\n    pass\nclass Pear:\n    pass\nbasket = [Fruit(), Pear()]",
    ),
    "shell_of_module": Case(
        "seven = 7",
        "import beside\nfrom beside import *\ndisplay(seven, 8)\nshow(seven)\nassert beside.shell and days * weeks == 7 == seven",
        "seven = 8",
        given="days = 7\ndisplay(days)\nweeks = 1",
    ),
    "method_of_instance": Case(
        "class Cone:\n    def __init__(self, balls=1):\n        self.balls = balls\n    def __str__(self):\n        return 'cone'",
        "import inspect\nc = Cone()\nassert 'balls=1' in str(inspect.signature(c.__init__))\n"
        "assert 'self.balls' in inspect.getsource(c.__init__) and \"'cone'\" in inspect.getsource(c.__str__) and c.__str__() == 'cone'",
        "class Cone:\n    def __init__(self, balls):\n        pass\n    def __str__(self):\n        return 'cone'",
    ),
    "timed": Case("def one():\n    return 1", "%%time\nassert one() == 1", "def one():\n    return 2"),
    "formula": Case(
        "import sympy as sp\nxs = sp.symbols('x')\nderiv = sp.diff(xs**3, xs)",
        "import sympy as sp\nx_ = sp.symbols('x')\nassert sp.simplify(deriv - 3 * x_**2) == 0 and deriv == 3 * x_**2 and deriv.subs(x_, 2) == 12",
        "import sympy as sp\nxs = sp.symbols('x')\nderiv = xs**2",
        needs="sympy",
    ),
    "table": Case(
        "import pandas as pd\ndef add(df):\n    df['b'] = df['a'].astype('category')",
        "import pandas as pd\ndf = pd.DataFrame({'a': ['x', 'y']})\nadd(df)\nassert df['b'].dtype == 'category' and list(df['b'].cat.categories) == ['x', 'y']",
        "import pandas as pd\ndef add(df):\n    df['b'] = df['a']",
        needs="pandas",
    ),
}  # fmt: skip
HANDED_OVER = Case(
    "def draw_on(ax):\n    ax.set_title('T')",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\ndraw_on(ax)\nassert ax.get_title() == 'T'",
    "def draw_on(ax):\n    pass",
)
BESIDE = """
shell = get_ipython()
class Fruit: pass
def show(v): display(v)
def right(v): return v == 1
def kinds(things): return [type(thing) for thing in things]
def only_fruit(kind): return issubclass(kind, Fruit)
"""
THERE = {name: case for name, case in CASES.items() if not case.needs or importlib.util.find_spec(case.needs)}


def cells(cases: dict[str, Case]):
    for name, case in cases.items():
        if case.given:
            yield cell(f"given_{name}", case.given, locked=True)
        yield answer(name, f"### BEGIN SOLUTION\n{case.solution}\n### END SOLUTION")
        yield check(f"test_{name}", case.check, 1)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What became of the solution, of wrong answers, and of the release as it was."""
    root = tmp_path_factory.mktemp("values")
    (root / "nbgrader_config.py").write_text(CONFIG)
    folder = root / "source" / HW
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[*cells(THERE), *cells({"axes": HANDED_OVER})]), folder / "p1.ipynb")
    (folder / "beside.py").write_text(BESIDE)
    course = Course.open(root)
    run(course, "generate_assignment", HW)
    for student, field in (("ada", "solution"), ("wrong", "wrong"), ("stub", "")):
        notebook = nbformat.read(course.release / HW / "p1.ipynb", as_version=4)
        for node in notebook.cells:
            case = {**THERE, "axes": HANDED_OVER}.get(node.id)
            node.source = getattr(case, field) if case and field else node.source
        path = course.submitted_folder(HW, student) / "p1.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
    return {
        result.student: {exercise.name.removeprefix("test_"): exercise for exercise in result.exercises}
        for result in grade(course, HW)
    }


@pytest.mark.parametrize("name", CASES)
def test_the_solution_earns_the_points_and_nothing_else_does(results, name):
    if name not in THERE:
        pytest.skip(f"{CASES[name].needs} is for tests of courses that use it")
    right = results["ada"][name]
    assert (right.score, right.message) == (1, "")
    assert results["wrong"][name].score == 0
    assert results["stub"][name].score == 0


def test_what_cannot_be_handed_over_is_named_with_the_remedy(results):
    result = results["ada"]["axes"]
    assert (result.score, result.outcome) == (0, Outcome.ERROR)
    assert result.told.endswith("what cannot leave the examiner (an Axes): set this cell's mode to `in_process`")
