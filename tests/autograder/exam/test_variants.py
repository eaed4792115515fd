"""Numbers that depend on the student: graded by the true id, whatever a submission claims."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.book.instructor import read_assignment
from autograder.build.preflight import Kind, look
from autograder.course import Course
from autograder.exam import fork_server
from autograder.exam.sandbox import Sandbox
from nnkit import variant
from tests.autograder.conftest import grade, scores
from tests.autograder.handing_in import hand_in_answers
from tests.autograder.stock import CONFIG, answer, cell, check, run

HW = "hw9"
GIVEN = 'from nnkit.variant import own_rng\nslope, x0 = map(int, own_rng("line").integers(2, 1000, 2))\nslope'
CELLS = (
    cell("numbers", GIVEN, locked=True),
    answer("line", "def line(x):\n    ### BEGIN SOLUTION\n    return slope * x\n    ### END SOLUTION"),
    check("test_line", "assert line(3) == 3 * slope", 2),
    answer("value", "### BEGIN SOLUTION\nvalue = slope * x0\n### END SOLUTION"),
    check("test_value", "assert value == slope * x0", 3),
    new_code_cell("print('numbers of my own:', slope)"),
)
RIGHT = {"line": "def line(x):\n    return slope * x", "value": "value = slope * x0"}


def numbers(student: str) -> tuple[int, int]:
    variant._known = variant.normalized(student)
    slope, x0 = variant.own_rng("line").integers(2, 1000, 2)
    variant._known = ""
    return int(slope), int(x0)


@pytest.fixture
def course(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    (tmp_path / "source" / HW).mkdir(parents=True)
    nbformat.write(new_notebook(cells=list(CELLS)), tmp_path / "source" / HW / "p1.ipynb")
    course = Course.open(tmp_path)
    run(course, "generate_assignment", HW)
    return course


def copied(student: str) -> dict[str, str]:
    """The answers that are right for this student, numbers and all."""
    slope, x0 = numbers(student)
    return {"line": f"def line(x):\n    return {slope} * x", "value": f"value = {slope * x0}"}


def test_everybody_is_graded_with_their_own_numbers(course):
    assert read_assignment(course, HW).has_variants
    for student in ("ada", "Blaise"):
        hand_in_answers(course, HW, student, RIGHT)
    hand_in_answers(course, HW, "zoe", copied("zoe"))
    for result in grade(course, HW):
        assert scores(result) == {"test_line": 2.0, "test_value": 3.0}, result
        assert result.notes == ()
        graded = nbformat.read(course.autograded_folder(HW, result.student) / "p1.ipynb", as_version=4)
        slope, _ = numbers(result.student)
        assert graded.cells[0].outputs[0].data["text/plain"] == str(slope)
        assert graded.cells[-1].outputs[0].text == f"numbers of my own: {slope}\n"


CLAIMS = {
    "in an answer": 'import pathlib\npathlib.Path("student.txt").write_text("ada")\n',
    "by a hub": 'import os\nos.environ["JUPYTERHUB_USER"] = "ada"\n',
    "in the module": 'import nnkit.variant\nnnkit.variant._known = "ada"\n',
    "by other names": "slope, x0 = {numbers}\n",
    "by another generator": "import numpy as np\nnnkit_own = np.random.default_rng\n",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_whoever_claims_to_be_another_gets_nothing_for_the_others_numbers(course, claim):
    text = CLAIMS[claim].format(numbers=numbers("ada"))
    folder = hand_in_answers(course, HW, "eve", {name: text + source for name, source in copied("ada").items()})
    (folder / "student.txt").write_text("ada")
    notebook = nbformat.read(folder / "p1.ipynb", as_version=4)
    notebook.cells.insert(0, new_code_cell(text))
    nbformat.write(notebook, folder / "p1.ipynb")
    (result,) = grade(course, HW)
    assert scores(result) == {"test_line": 0.0, "test_value": 0.0}
    assert "student.txt says 'ada': graded with the numbers of 'eve'" in result.notes


def test_an_id_that_was_typed_otherwise_is_no_claim(course):
    folder = hand_in_answers(course, HW, "ada", RIGHT)
    (folder / "student.txt").write_text(" Ada\n")
    (result,) = grade(course, HW)
    assert result.score == 5
    assert result.notes == ()


def test_an_assignment_without_variants_knows_no_id(released):
    (name,) = released.assignments()
    assert not read_assignment(released, name).has_variants


def test_a_pre_flight_tries_the_numbers_of_two_students(course):
    """So a solution that is right for one of them only is found before the class."""
    slope, x0 = numbers("student 1")
    path = course.source_folder(HW) / "p1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].source = f"### BEGIN SOLUTION\nvalue = {slope * x0}\n### END SOLUTION"
    nbformat.write(notebook, path)
    run(course, "generate_assignment", HW)
    fork_server.start([])
    with Sandbox(unsafe=True) as first, Sandbox(unsafe=True) as second:
        found = look(course, read_assignment(course, HW), (first, second))
    assert [(finding.cell, finding.kind) for finding in found.findings] == [("test_value", Kind.CHANCE)]
