import re
import subprocess
import sys
from dataclasses import asdict

import pytest
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, ClearHiddenTests

from autograder.course import LAYOUT, Course, CourseError, find_root
from autograder.exam.clock import Seconds
from autograder.inside.limits import Limits
from autograder.intake.upload import LARGEST_FILE, LARGEST_UPLOAD
from tests.autograder.conftest import NAME, ROOT


def configured(folder, *lines: str) -> Course:
    (folder / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines]))
    return Course.open(folder)


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
    course = configured(
        tmp_path, 'c.CourseDirectory.submitted_directory = "inbox"', 'c.CourseDirectory.db_url = "sqlite://"'
    )
    assert (course.submitted, course.db_url) == (tmp_path.resolve() / "inbox", "sqlite://")


@pytest.mark.parametrize(
    ("db_url", "wanted"),
    [
        ("sqlite:///gradebook.db", "sqlite:///{root}/gradebook.db"),
        ("sqlite:///data/g.db?timeout=9", "sqlite:///{root}/data/g.db?timeout=9"),
        ("sqlite:////elsewhere/g.db", "sqlite:////elsewhere/g.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg://ada:secret@host/db", "postgresql+psycopg://ada:secret@host/db"),
    ],
)
def test_the_gradebook_lies_where_nbgrader_run_from_the_course_folder_would_find_it(tmp_path, db_url, wanted):
    course = configured(tmp_path, f"c.CourseDirectory.db_url = {db_url!r}")
    assert course.db_url == wanted.format(root=tmp_path.resolve())


@pytest.mark.parametrize(
    ("db_url", "wanted"),
    [
        ("sqlite:///class/gradebook.db", "class"),
        ("sqlite:///gradebook.db", "."),
        ("sqlite://", "."),
        ("postgresql+psycopg://ada:secret@host/db", "."),
    ],
)
def test_tables_go_beside_the_gradebook(tmp_path, db_url, wanted):
    course = configured(tmp_path, f"c.CourseDirectory.db_url = {db_url!r}")
    assert course.tables == tmp_path.resolve() / wanted


def test_a_gradebook_alone_makes_a_course(tmp_path):
    (tmp_path / "gradebook.db").touch()
    course = Course.open(tmp_path)
    assert course.db_url == f"sqlite:///{tmp_path.resolve()}/gradebook.db"
    assert course.submitted_folder("hw1", "ada") == tmp_path.resolve() / "submitted" / "ada" / "hw1"


STRUCTURES = {  # structure → where ada's submission of hw1 lies, and the folder that holds all submissions
    "{nbgrader_step}/{student_id}/{assignment_id}": ("submitted/ada/hw1", "submitted"),
    "{nbgrader_step}/{assignment_id}/{student_id}": ("submitted/hw1/ada", "submitted"),
    "{assignment_id}/{nbgrader_step}/{student_id}": ("hw1/submitted/ada", "."),
    "all/{nbgrader_step}/{assignment_id}-{student_id}": ("all/submitted/hw1-ada", "all/submitted"),
    "{student_id}/{assignment_id}/{nbgrader_step}/of {student_id}": ("ada/hw1/submitted/of ada", "."),
}


@pytest.mark.parametrize("structure", STRUCTURES)
def test_all_places_follow_the_courses_own_structure(tmp_path, structure):
    course = configured(tmp_path, f"c.CourseDirectory.directory_structure = {structure!r}")
    root = tmp_path.resolve()
    place, common = STRUCTURES[structure]
    assert course.submitted_folder("hw1", "ada") == root / place
    assert course.submitted_notebook("hw1", "ada") == root / place / "hw1.ipynb"
    autograded = root / place.replace("submitted", "autograded")
    assert course.autograded_folder("hw1", "ada") == autograded
    assert course.autograded_notebook("hw1", "ada") == autograded / "hw1.ipynb"
    assert course.feedback_page("hw1", "ada") == root / place.replace("submitted", "feedback") / "hw1.html"
    assert course.submitted == root / common
    theirs = course.directory.format_path("submitted", "ada", "hw1")
    assert course.submitted_folder("hw1", "ada") == type(root)(theirs)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_students_are_found_in_the_courses_own_structure(tmp_path, structure):
    """Not those of another assignment, nor files, nor what has other names where a name stands twice."""
    course = configured(tmp_path, f"c.CourseDirectory.directory_structure = {structure!r}")
    for assignment, student in (("hw1", "chen"), ("hw1", "ada"), ("hw2", "dmitri"), ("hw[1]", "eve"), ("hw1", "[x]*")):
        course.submitted_folder(assignment, student).mkdir(parents=True)
    course.submitted_folder("hw1", "a_file").parent.mkdir(parents=True, exist_ok=True)
    course.submitted_folder("hw1", "a_file").touch()
    assert course.select_students("hw1") == ["[x]*", "ada", "chen"]
    assert course.select_students("hw[1]") == ["eve"]
    assert course.students() == ["[x]*", "ada", "chen", "dmitri", "eve"]


def test_a_name_that_stands_twice_in_the_structure_is_one_name(tmp_path):
    structure = "{nbgrader_step}/{student_id}/{assignment_id}/{student_id}"
    course = configured(tmp_path, f"c.CourseDirectory.directory_structure = {structure!r}")
    for folder in ("ada/hw1/ada", "ada/hw1/chen"):
        (course.root / "submitted" / folder).mkdir(parents=True)
    assert course.students("hw1") == ["ada"]


def test_the_instructors_folder_is_the_source_and_failing_that_the_release(course):
    assert course.instructor_folder(NAME) is None
    (course.release / NAME).mkdir(parents=True)
    assert course.instructor_folder(NAME) == course.release_folder(NAME) == course.root / "lectures" / NAME
    (course.source / NAME).mkdir(parents=True)
    assert course.instructor_folder(NAME) == course.source_folder(NAME) == course.root / "build" / "source" / NAME


def test_the_defaults_are_nbgraders():
    theirs = CourseDirectory()
    assert {name: getattr(theirs, name) for name in LAYOUT} == LAYOUT


def test_a_course_is_opened_without_loading_nbgrader():
    code = (
        "import sys; from pathlib import Path; from autograder.course import Course, find_root\n"
        "from autograder.exam.imports import imported_modules\n"
        "imported_modules(Course.open(find_root(Path('docs'))), '01'); print('nbgrader' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_course_of_a_folder_is_the_nearest_at_or_above_it(course, tmp_path):
    deep = course.root / "class" / "submitted" / "ada"
    deep.mkdir(parents=True)
    (course.root / "class" / "gradebook.db").touch()
    assert find_root(deep) == find_root(course.root) == course.root
    (deep / "nbgrader_config.py").touch()
    assert find_root(deep) == deep
    assert find_root(tmp_path) == tmp_path.resolve(), "no course at all: the folder itself"


def test_assignments_are_found_where_their_folders_are(course):
    for folder in (course.source_folder("hw2"), course.release_folder("hw1"), course.release_folder("hw2")):
        folder.mkdir(parents=True)
    assert course.assignments() == ["hw1", "hw2"]


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


# Settings


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("c.Seconds.cal = 3", "c.Seconds.cal is unknown: expected one of call, cell, check, notebook"),
        ("c.Seconds.call = 0", "c.Seconds.call: expected a positive number, got 0"),
        ("c.Seconds.cell = -1.5", "c.Seconds.cell: expected a positive number, got -1.5"),
        ("c.Seconds.check = '9'", "c.Seconds.check: expected a positive number, got '9'"),
        ("c.Seconds.call = True", "c.Seconds.call: expected a positive number, got True"),
        ("c.Seconds.call = float('nan')", "c.Seconds.call: expected a positive number, got nan"),
        ("c.Seconds.call = float('inf')", "c.Seconds.call: expected a positive number, got inf"),
        ("c.Seconds.call", "c.Seconds.call: expected a positive number, got "),
    ],
)
def test_time_limits_that_are_none(tmp_path, line, says):
    with pytest.raises(CourseError, match=f"nbgrader_config.py: {re.escape(says)}"):
        configured(tmp_path, line).numbers(Seconds)


def test_time_limits(tmp_path):
    assert configured(tmp_path).numbers(Seconds) == Seconds()
    assert configured(tmp_path, "c.Seconds.call = 7", "c.Seconds.cell = 0.5").numbers(Seconds) == Seconds(7, 0.5)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "c.Limits.ram = 3",
            "c.Limits.ram is unknown: expected one of memory, processes, file_size, disk, cpu_seconds",
        ),
        ("c.Limits.memory = 1e9", "c.Limits.memory: expected a positive whole number, got 1000000000.0"),
        ("c.Limits.disk = -1", "c.Limits.disk: expected a positive whole number, got -1"),
        ("c.Limits.memory = '4 GB'", "c.Limits.memory: expected a positive whole number, got '4 GB'"),
    ],
)
def test_limits_of_a_worker_that_are_none(tmp_path, line, says):
    with pytest.raises(CourseError, match=f"nbgrader_config.py: {re.escape(says)}"):
        configured(tmp_path, line).numbers(Limits)


def test_limits_of_a_worker(tmp_path):
    assert configured(tmp_path).numbers(Limits) == Limits()
    assert configured(tmp_path, "c.Limits.memory = 3 * 2**30").numbers(Limits) == Limits(memory=3 * 2**30)


def test_data_that_students_may_read_where_they_are(tmp_path):
    root, data = tmp_path / "course", tmp_path / "data"
    for folder in (root / "tables", data):
        folder.mkdir(parents=True)
    assert configured(root).readable == ()
    course = configured(root, f"c.Data.readable = ['tables', {str(data)!r}]")
    assert course.readable == (root / "tables", data)


@pytest.mark.parametrize("path", ["source", "source/hw1", ".", "..", "link", "submitted", "gradebook.db", "/"])
def test_data_never_show_what_students_must_not_see(tmp_path, path):
    root = tmp_path / "course"
    for folder in ("source/hw1", "submitted"):
        (root / folder).mkdir(parents=True)
    (root / "gradebook.db").touch()
    (root / "link").symlink_to(root / "source")
    course = configured(root, f"c.Data.readable = [{path!r}]")
    with pytest.raises(CourseError, match=rf"c.Data.readable: '{path}' would show students {root}"):
        _ = course.readable


@pytest.mark.parametrize(
    ("line", "says"),
    [("readable = ['gone']", "'gone' is not there"), ("readable = 'tables'", "a list of texts"), ("x = 1", "unknown")],
)
def test_data_that_are_none(tmp_path, line, says):
    with pytest.raises(CourseError, match=f"nbgrader_config.py: c.Data.*{says}"):
        _ = configured(tmp_path, f"c.Data.{line}").readable


@pytest.mark.parametrize(
    ("line", "ask", "says"),
    [
        ("source_directory = 3", lambda c: c.source, "source_directory: expected a text, got 3"),
        ("db_url = 3", lambda c: c.db_url, "db_url: expected a text, got 3"),
        ("db_url = 'nonsense'", lambda c: c.db_url, "db_url: .*Could not parse"),
        ("directory_structure = '{student_id}'", lambda c: c.submitted, r"expected {nbgrader_step}, {student_id} and"),
        ("directory_structure = '{'", lambda c: c.submitted, r"expected {nbgrader_step}, {student_id} and"),
        ("directory_structure = '{}/{0}'", lambda c: c.submitted, r"expected {nbgrader_step}, {student_id} and"),
        ("ignore = 3", lambda c: c.directory, "'ignore' trait of a CourseDirectory .* expected a list, not the int 3"),
    ],
)
def test_places_that_are_none(tmp_path, line, ask, says):
    course = configured(tmp_path, f"c.CourseDirectory.{line}")
    with pytest.raises(CourseError, match=f"nbgrader_config.py: .*{says}"):
        ask(course)


def test_parts_of_nbgrader_are_set_up_as_the_course_says(tmp_path):
    course = configured(
        tmp_path, "c.ClearHiddenTests.begin_test_delimeter = 'FROM'", "c.AssignLatePenalties.plugin_class = 'no.such'"
    )
    assert course.configured(ClearHiddenTests).begin_test_delimeter == "FROM"
    with pytest.raises(CourseError, match=r"nbgrader_config.py: .*no.such"):
        course.configured(AssignLatePenalties)


def test_the_manual_states_the_limits_as_they_are():
    text = (ROOT / "docs" / "instructor.md").read_text(encoding="utf-8")
    assert all(f"`c.Seconds.{name} = {value:g}`" in text for name, value in asdict(Seconds()).items())
    assert (
        f"up to {LARGEST_FILE / 1e6:g} MB each, nbgrader's own limit, and {LARGEST_UPLOAD / 1e6:g} MB together" in text
    )
