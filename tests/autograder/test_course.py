import pytest

from autograder.course import Course, CourseError
from tests.autograder.conftest import NAME


def hand_in(course, student: str, assignment: str = NAME):
    path = course.submitted_notebook(assignment, student)
    path.parent.mkdir(parents=True)
    path.write_text('{"cells": []}')
    return path


def test_a_course_is_read_the_way_nbgrader_reads_it(course):
    assert course.db_url == f"sqlite:///{course.root}/class/gradebook.db"
    assert course.source == course.root / "build" / "source"
    assert course.release == course.root / "lectures"
    assert course.submitted_notebook("a", "ada") == course.root / "class" / "submitted" / "ada" / "a" / "a.ipynb"
    assert course.autograded_notebook("a", "ada") == course.root / "class" / "autograded" / "ada" / "a" / "a.ipynb"
    assert course.feedback_page("a", "ada") == course.root / "class" / "feedback" / "ada" / "a" / "a.html"


def test_other_folders_may_be_configured(tmp_path):
    text = 'c = get_config()\nc.CourseDirectory.submitted_directory = "inbox"\nc.CourseDirectory.db_url = "sqlite://"\n'
    (tmp_path / "nbgrader_config.py").write_text(text)
    course = Course.open(tmp_path)
    assert (course.submitted, course.db_url) == (tmp_path.resolve() / "inbox", "sqlite://")


@pytest.mark.parametrize(
    ("configured", "wanted"),
    [
        ("sqlite:///gradebook.db", "sqlite:///{root}/gradebook.db"),
        ("sqlite:///data/g.db?timeout=9", "sqlite:///{root}/data/g.db?timeout=9"),
        ("sqlite:////elsewhere/g.db", "sqlite:////elsewhere/g.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg://ada:secret@host/db", "postgresql+psycopg://ada:secret@host/db"),
    ],
)
def test_the_gradebook_lies_where_nbgrader_run_from_the_course_folder_would_find_it(tmp_path, configured, wanted):
    text = f"c = get_config()\nc.CourseDirectory.db_url = {configured!r}\n"
    (tmp_path / "nbgrader_config.py").write_text(text)
    assert Course.open(tmp_path).db_url == wanted.format(root=tmp_path.resolve())


def test_a_gradebook_alone_makes_a_course(tmp_path):
    (tmp_path / "gradebook.db").touch()
    course = Course.open(tmp_path)
    assert course.db_url == f"sqlite:///{tmp_path.resolve()}/gradebook.db"
    assert course.submitted_folder("hw1", "ada") == tmp_path.resolve() / "submitted" / "ada" / "hw1"


def test_the_folders_follow_the_courses_own_structure(tmp_path):
    structure = "c.CourseDirectory.directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}'"
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{structure}\n")
    course, root = Course.open(tmp_path), tmp_path.resolve()
    assert course.autograded_folder("hw1", "ada") == root / "autograded" / "hw1" / "ada"
    assert course.instructor_folders("hw1") == (root / "source" / "hw1" / ".", root / "release" / "hw1" / ".")


@pytest.mark.parametrize("folder", ["", "missing"])
def test_a_folder_without_configuration(tmp_path, folder):
    with pytest.raises(CourseError, match=r"expected a course folder with an nbgrader_config.py, there is none in "):
        Course.open(tmp_path / folder)


@pytest.mark.parametrize(("text", "says"), [("c = (", "SyntaxError"), ("1 / 0", "ZeroDivisionError: division by zero")])
def test_a_configuration_that_does_not_load(tmp_path, text, says):
    (tmp_path / "nbgrader_config.py").write_text(text)
    with pytest.raises(CourseError, match=f"nbgrader_config.py does not load: {says}"):
        Course.open(tmp_path)


def test_students_are_found_in_order_and_selected(course):
    for student in ("chen", "ada", "blaise"):
        hand_in(course, student)
    hand_in(course, "dmitri", "08_other")
    assert course.select_students(NAME) == ["ada", "blaise", "chen"]
    assert course.select_students(NAME, ["chen", "ada", "chen"]) == ["ada", "chen"]
    with pytest.raises(CourseError, match=f"'dmitri' has not handed in '{NAME}'"):
        course.select_students(NAME, ["ada", "dmitri"])
    with pytest.raises(CourseError, match="nobody has handed in '09_none'"):
        course.select_students("09_none")


def test_no_folder_of_submissions(course):
    with pytest.raises(CourseError, match=r"expected submissions in .*/class/submitted/STUDENT/07_demo, there is no"):
        course.select_students(NAME)
