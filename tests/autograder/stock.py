"""A stock nbgrader course that never heard of this package: two notebooks, cells of every kind, nothing of ours."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps.api import NbGraderAPI

from autograder.book.gradebook import quiet
from autograder.course import Course

HW = "hw1"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.db_url = "sqlite:///gradebook.db"
"""


def cell(grade_id: str, source: str, *, kind: str = "code", points: float | None = None, **flags: bool) -> NotebookNode:
    """A cell with the metadata that nbgrader's own toolbar writes."""
    claims = {"grade": False, "solution": False, "locked": False, "task": False} | flags
    claims |= {"schema_version": 3, "grade_id": grade_id}
    if points is not None:
        claims["points"] = points
    new_cell = new_code_cell if kind == "code" else new_markdown_cell
    return new_cell(source, id=grade_id, metadata={"nbgrader": claims})


def answer(grade_id: str, source: str) -> NotebookNode:
    return cell(grade_id, source, solution=True)


def check(grade_id: str, source: str, points: float) -> NotebookNode:
    return cell(grade_id, source, points=points, grade=True, locked=True)


def solved(source: str) -> str:
    """What students do not get, between nbgrader's marks."""
    return f"### BEGIN SOLUTION\n{source}\n### END SOLUTION"


FIRST = (
    new_markdown_cell("# Problem 1"),
    new_code_cell("import math\nfrom os import (path,\n    sep)\nx = 1"),
    new_code_cell("raise RuntimeError('a widget')", metadata={"tags": ["skip-execution"]}),
    cell("read_me", "Do not change this.", kind="markdown", locked=True),
    cell("setup", "import statistics as st", locked=True),
    answer("square", "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"),
    check(
        "test_square", "assert square(2) == 4\n### BEGIN HIDDEN TESTS\nassert square(-3) == 9\n### END HIDDEN TESTS", 3
    ),
    answer(
        "half",
        "%matplotlib inline\nimport fractions\ndef half(x):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION",
    ),
    check("test_half", "0.5 if half(2) is None else 2", 2),
    cell(
        "why",
        "Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION",
        kind="markdown",
        points=4,
        grade=True,
        solution=True,
    ),
    cell("plot", "# A figure\n### BEGIN SOLUTION\n1\n### END SOLUTION", points=5, grade=True, solution=True),
    cell(
        "essay",
        "Write.\n=== BEGIN MARK SCHEME ===\nfive\n=== END MARK SCHEME ===",
        kind="markdown",
        points=6,
        task=True,
        locked=True,
    ),
)
SECOND = (
    answer("square", "def square(x):\n    ### BEGIN SOLUTION\n    return x ** 2\n    ### END SOLUTION"),
    check("test_square", "assert square(5) == 25", 1),
)


def make_stock_course(root: Path) -> Course:
    """The course, released by nbgrader itself."""
    folder = root / "source" / HW
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    for name, cells in (("p1", FIRST), ("p2", SECOND)):
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2\n")
    (folder / "helper.py").write_text("instructor = True\n")
    course = Course.open(root)
    run(course, "generate_assignment", HW)
    return course


def run(course: Course, command: str, *arguments) -> None:
    """One of nbgrader's own commands; a test fails with its log if it fails."""
    directory = course.directory
    directory.db_url = course.db_url
    with quiet():
        outcome = getattr(NbGraderAPI(directory, config=course.config), command)(*arguments)
    assert outcome["success"], outcome


def hand_in(course: Course, student: str, *, timestamp: str = "", leave_out: str = "", **sources: str) -> Path:
    """Hand in both released notebooks with some cells of the first replaced. Returns the folder."""
    folder = course.submitted_folder(HW, student)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("p1", "p2"):
        notebook = nbformat.read(course.release / HW / f"{name}.ipynb", as_version=4)
        for node in notebook.cells if name == "p1" else ():
            node.source = sources.get(node.id, node.source)
        if name != leave_out:
            nbformat.write(notebook, folder / f"{name}.ipynb")
    if timestamp:
        (folder / "timestamp.txt").write_text(timestamp)
    return folder
