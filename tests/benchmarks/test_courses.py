"""The benchmark of other people's courses: what it compares, on a course that nbgrader and we see differently."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from benchmarks import courses


def cell(name, source, **flags):
    claims = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, "grade_id": name}
    return new_code_cell(source, metadata={"nbgrader": claims | flags})


def answer(name, body):
    source = f"def {name}(x):\n    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION"
    return cell(name, source, solution=True)


def check(name, source):
    return cell(name, source, grade=True, locked=True, points=0)


CELLS = (
    answer("double", "return 2 * x"),
    check("right", "assert double(2) == 4"),
    check("warns", "import warnings\nwarnings.warn('old')\nassert double(2) == 4"),
    answer("half", "return x / 2"),
    check("wrong", "assert half(2) == 2"),
    answer("kept", "global made\n    made = globals().get('made', [x])\n    return made"),
    check("same", "one = kept(1)\nassert kept(1) is one"),
)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mine" / "source" / "hw" / "p.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(
        new_notebook(cells=CELLS, metadata={"kernelspec": {"name": "elsewhere", "display_name": "Not here"}}), path
    )
    return tmp_path


@pytest.mark.slow
def test_a_course_is_compared_cell_by_cell(folder, capsys):
    comparison = courses.compare_course(folder / "mine")["hw"]
    assert comparison.problems == []
    found = {(c.name, c.student): (c.nbgrader, c.default, c.in_process, c.proposed) for c in comparison.cells}
    assert found == {
        ("right", "solved"): (1, 1, 1, 1),
        ("right", "half"): (1, 1, 1, 1),
        ("right", "stub"): (0, 0, 0, 0),
        ("warns", "solved"): (0, 1, 1, 1),  # nbgrader gives nothing when a check writes to stderr
        ("warns", "half"): (0, 1, 1, 1),
        ("warns", "stub"): (0, 0, 0, 0),
        ("wrong", "solved"): (0, 0, 0, 0),
        ("wrong", "half"): (0, 0, 0, 0),
        ("wrong", "stub"): (0, 0, 0, 0),
        ("same", "solved"): (1, 0, 1, 1),  # an object itself does not travel
        ("same", "half"): (1, 0, 1, 1),
        ("same", "stub"): (0, 0, 0, 0),
    }
    assert {c.name for c in comparison.cells if c.named} == {"wrong", "same"}
    assert not any(c.unnamed(mode) for c in comparison.cells for mode in courses.MODES)
    assert [(c.name, c.student) for c in comparison.cells if c.warned("default")] == [
        ("warns", "half"),
        ("warns", "solved"),
    ]
    assert not any(c.refused(mode) for c in comparison.cells for mode in courses.MODES)
    courses.print_table("mine", {"hw": comparison})
    row = "| hw | 12 | 4 | 8 | 4 | 2 | 0 | 0 | 10 | 2 | 2 | 0 | 0 | 10 | 2 | 2 | 0 | 0 |"
    assert row in capsys.readouterr().out


@pytest.mark.slow
def test_an_assignment_that_nbgrader_does_not_release_stops_nothing(folder):
    other = folder / "mine" / "source" / "broken" / "p.ipynb"
    other.parent.mkdir()
    two = [answer("double", "return 2 * x"), answer("double", "return x + x")]  # one id
    nbformat.write(new_notebook(cells=two), other)
    found = courses.compare_course(folder / "mine")
    assert found["broken"].cells == []
    assert found["broken"].problems[0].startswith("broken: RuntimeError: nbgrader does not release it")
    assert len(found["hw"].cells) == 12


@pytest.mark.parametrize(("reason", "warned"), [(courses.WARNED, True), ("AssertionError: no", False)])
def test_points_that_nbgrader_refused_for_a_warning_are_counted_apart(reason, warned):
    cell = courses.Cell("p", "a", "solved", 0.0, default=1.0, in_process=0.0, reason=reason)
    assert (cell.warned("default"), cell.refused("default")) == (warned, not warned)
    assert (cell.warned("in_process"), cell.refused("in_process")) == (False, False)
