import pickle
import re
import shutil
from dataclasses import replace

import nbformat
import pytest

from autograder.assignment import Role
from autograder.book import gradebook
from autograder.book.instructor import read_assignment
from autograder.course import Course, CourseError
from autograder.errors import UserError
from tests.autograder.conftest import NAME, copy_course
from tests.autograder.stock import CONFIG, HW, hand_in


def test_a_chapter(released):
    assignment = read_assignment(released, NAME)
    (notebook,) = assignment.notebooks
    assert (assignment.name, notebook.name, assignment.files) == (NAME, NAME, {})
    given = notebook.cells[0].name
    assert [(cell.name, cell.role, cell.points, cell.settings.forbid, cell.locked) for cell in notebook.cells] == [
        (given, Role.GIVEN, 0, (), True),
        ("double", Role.ANSWER, 0, ("scipy",), False),
        ("check_double", Role.CHECK, 2, ("scipy",), True),
        ("total", Role.ANSWER, 0, (), False),
        ("check_total", Role.CHECK, 1.5, (), True),
        ("why", Role.WRITTEN, 2, (), False),
    ]
    assert notebook.explorers == {'raise RuntimeError("a widget has nobody to talk to while grading")'}
    assert notebook.imports == ()


def test_hidden_tests_are_in_the_source_and_not_in_what_was_released(released):
    (notebook,) = read_assignment(released, NAME).notebooks
    check = next(cell for cell in notebook.cells if cell.name == "check_double")
    assert "hidden_number" in check.source
    header = "# Check of double · exercise 1 of 2 · without scipy"
    assert check.released == f'{header}\ncheck_close(double(0.0), 0.0, name="double(0)")'


def test_a_check_knows_the_answers_that_it_grades(stock):
    first, _ = read_assignment(stock, HW).notebooks
    graded = {cell.name: cell.answers for cell in first.cells if cell.answers}
    assert graded == {"test_square": ("square",), "test_half": ("half",)}
    assert {cell.name for cell in first.cells if cell.stub} == {"square", "half"}
    assert {line for cell in first.cells for line in cell.stub} == {"raise NotImplementedError()"}


def test_a_setting_that_cannot_be_is_named_with_its_cell(released, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    path = course.source / NAME / f"{NAME}.ipynb"
    path.write_text(re.sub(r'"forbid": \[\s*"scipy"\s*\]', '"forbid": "scipy"', path.read_text()))
    with pytest.raises(CourseError, match="cell double, metadata 'autograder': expected `forbid` to be a list of mod"):
        read_assignment(course, NAME)


def in_process(course) -> set[str]:
    """The checks that run beside the student's code."""
    assignment = read_assignment(course, HW)
    return {
        f"{notebook.name}/{cell.name}"
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.role is Role.CHECK and cell.settings.in_process
    }


@pytest.mark.parametrize(
    ("places", "chosen"),
    [
        ("[]", set()),
        ("['hw1']", {"p1/test_square", "p1/test_half", "p2/test_square"}),
        ("['hw1/p2', 'other/p1/no_such']", {"p2/test_square"}),
        ("['hw1/p1/test_half', 'hw1/p2/test_square']", {"p1/test_half", "p2/test_square"}),
    ],
)
def test_the_configuration_says_which_checks_run_in_process(stock, tmp_path, places, chosen):
    course = copy_course(stock, tmp_path / "copy")
    (course.root / "nbgrader_config.py").write_text(f"{CONFIG}c.InProcess.checks = {places}\n")
    assert in_process(Course.open(course.root)) == chosen


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("checks = ['hw1/p3']", "there is no 'hw1/p3'; the checks are hw1/p1/test_square, hw1/p1/test_half, hw1/p2/te"),
        ("checks = ['hw1/p1/half']", "there is no 'hw1/p1/half'; the checks are"),  # it is an answer
        ("checks = 'hw1'", "expected a list of texts, got 'hw1'"),
        ("check = ['hw1']", "check is unknown: expected checks"),
    ],
)
def test_a_place_that_is_none_is_named(stock, tmp_path, line, says):
    course = copy_course(stock, tmp_path / "copy")
    (course.root / "nbgrader_config.py").write_text(f"{CONFIG}c.InProcess.{line}\n")
    with pytest.raises(CourseError, match=f"nbgrader_config.py: c.InProcess.*{says}"):
        read_assignment(Course.open(course.root), HW)


def test_the_metadata_of_the_instructors_check_or_answer_say_so_and_a_students_do_not(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")

    def mark(folder, *cells):
        path = folder / "p1.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for node in notebook.cells:
            if node.metadata.get("nbgrader", {}).get("grade_id") in cells:
                node.metadata["autograder"] = {"in_process": True}
        nbformat.write(notebook, path)

    mark(hand_in(course, "ada"), "test_square", "test_half", "half")
    assert in_process(course) == set()
    mark(course.source_folder(HW), "test_square")
    assert in_process(course) == {"p1/test_square"}
    mark(course.source_folder(HW), "half")
    assert in_process(course) == {"p1/test_square", "p1/test_half"}


def test_a_stock_course(stock):
    assignment = read_assignment(stock, HW)
    first, second = assignment.notebooks
    assert {path: file.read_text() for path, file in assignment.files.items()} == {
        "data/points.csv": "1,2\n",
        "helper.py": "instructor = True\n",
    }
    assert [(cell.name, cell.cell_type, cell.role, cell.points, cell.locked) for cell in first.cells] == [
        ("read_me", "markdown", Role.GIVEN, 0, True),
        ("setup", "code", Role.GIVEN, 0, True),
        ("square", "code", Role.ANSWER, 0, False),
        ("test_square", "code", Role.CHECK, 3, True),
        ("half", "code", Role.ANSWER, 0, False),
        ("test_half", "code", Role.CHECK, 2, True),
        ("why", "markdown", Role.WRITTEN, 4, False),
        ("plot", "code", Role.WRITTEN, 5, False),
        ("essay", "markdown", Role.WRITTEN, 6, True),
    ]
    essay = first.cells[-1]
    assert (essay.task, "five" in essay.source, "five" in essay.released) == (True, True, False)
    assert [cell.name for cell in second.cells] == ["square", "test_square"]
    assert first.imports == ("import math", "from os import path, sep", "import fractions")
    assert first.explorers == {"raise RuntimeError('a widget')"}


def test_everything_can_be_sent_to_another_process(stock):
    assignment = read_assignment(stock, HW)
    assert pickle.loads(pickle.dumps(assignment)) == assignment


def test_the_released_notebooks_serve_where_the_sources_are_gone(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    shutil.rmtree(course.source)
    with_source, with_release = read_assignment(stock, HW), read_assignment(course, HW)
    released, solved = ([replace(n, script=()) for n in found.notebooks] for found in (with_release, with_source))
    assert released == solved
    assert set(with_release.files) == set(with_source.files)


def test_the_gradebook_alone_suffices_and_keeps_the_order(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    shutil.rmtree(course.source)
    shutil.rmtree(course.release)
    assignment = read_assignment(course, HW)
    for alone, full in zip(assignment.notebooks, read_assignment(stock, HW).notebooks, strict=True):
        assert alone.cells == full.cells
    assert assignment.notebooks[0].imports == ("import fractions",)
    assert (assignment.notebooks[0].explorers, assignment.files) == (frozenset(), {})


def test_the_instructors_notebook_gives_the_order(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    path = course.source / HW / "p1.ipynb"
    notebook = nbformat.read(path, as_version=4)
    gradebook_order = [cell.name for cell in read_assignment(course, HW).notebooks[0].cells]
    notebook.cells.reverse()
    nbformat.write(notebook, path)
    assert [cell.name for cell in read_assignment(course, HW).notebooks[0].cells] == gradebook_order[::-1]


def test_a_file_that_students_shall_change_is_not_put_over_theirs(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    course.config.Autograde.exclude_overwriting = {HW: ["helper.py"]}
    assert set(read_assignment(course, HW).files) == {"data/points.csv"}


def test_points_and_texts_come_from_the_gradebook_alone(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    path = course.source / HW / "p1.ipynb"
    path.write_text(path.read_text().replace('"points": 3', '"points": 30').replace("square(2) == 4", "True"))
    assert read_assignment(course, HW).notebooks == read_assignment(stock, HW).notebooks


def test_an_unknown_assignment(stock):
    with pytest.raises(UserError, match="unknown assignment 'hw9'; there are: hw1"):
        read_assignment(stock, "hw9")


def test_the_beginning_of_a_name_is_enough(stock):
    assert read_assignment(stock, HW[:2]) == read_assignment(stock, HW)


def test_nothing_released_yet(course):
    with pytest.raises(UserError, match="no assignment is in the gradebook yet: release '07' first"):
        read_assignment(course, "07")


def test_a_notebook_in_another_language(stock, monkeypatch):
    stored = gradebook.StoredNotebook("p1", '{"language": "R"}', ())
    monkeypatch.setattr(gradebook.Book, "notebooks", lambda book, name: (stored,))
    with pytest.raises(CourseError, match="expected notebooks in Python, p1 is in R"):
        read_assignment(stock, HW)
