import json
import sqlite3
from datetime import datetime, timedelta

import pytest

from autograder.book.gradebook import open_gradebook
from autograder.book.records import read_results
from autograder.book.roster import enroll
from autograder.book.rows import NotebookGrades
from autograder.build.sample import DUE
from autograder.course import Course
from autograder.errors import UserError
from autograder.intake.roster import Entry
from autograder.results import Person
from tests.autograder.conftest import NAME, copy_course

LENA = Person("Müller", "Lena", "lena@example.org", "4711")


def entry(student: str, person: Person = Person(), **extensions) -> Entry:  # noqa: B008  (frozen)
    return Entry(student, person, {name.removeprefix("all"): time for name, time in extensions.items()})


@pytest.fixture
def course(graded, tmp_path):
    """The graded sample class; lena handed in 26 hours late, and that costs all of it."""
    course = copy_course(graded.course, tmp_path / "course")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.LateSubmissionPlugin.penalty_method = 'zero'\nc.Exchange.timezone = 'Europe/Berlin'\n")
    return Course.open(course.root)


def of_lena(course):
    (result,) = read_results(course, NAME, ["lena"])
    return result


def test_who_is_on_a_roster_is_in_the_gradebook(course):
    found = enroll(course, [entry("lena", LENA), entry("zoe", Person("Zorn"))])
    assert (found.students, found.new, found.changed) == (2, ("zoe",), ("lena",))
    assert "ada" in found.missing
    assert of_lena(course).person == LENA
    assert of_lena(course).called == "Lena Müller (lena)"
    again = enroll(course, [entry("lena", Person(email="l@example.org")), entry("zoe")])
    assert (again.new, again.changed) == ((), ("lena",))
    assert of_lena(course).person == Person("Müller", "Lena", "l@example.org", "4711"), "what is not said stays"


def test_an_extension_moves_lateness_and_its_penalty(course):
    enroll(course, [entry("lena", all=timedelta(0))])
    assert (of_lena(course).late, of_lena(course).penalty) == (timedelta(hours=26), 3.5)
    found = enroll(course, [entry("lena", all=timedelta(hours=20))])
    assert found.extensions == {NAME: 1}
    assert (of_lena(course).late, of_lena(course).penalty) == (timedelta(hours=6), 3.5)
    enroll(course, [entry("lena", all=timedelta(hours=20), **{"07": timedelta(hours=30)})])
    assert (of_lena(course).late, of_lena(course).penalty) == (timedelta(0), 0)
    enroll(course, [entry("lena", **{"07": datetime(2026, 10, 4, 1, 0)})])  # 23:00 of the 3rd in UTC: 25 hours
    assert of_lena(course).late == timedelta(hours=1)
    found = enroll(course, [entry("lena", all=timedelta(0))])
    assert found.extensions == {}
    assert of_lena(course).late == timedelta(hours=26)


def test_an_extension_given_before_anything_is_handed_in(course):
    enroll(course, [entry("zoe", **{"07": timedelta(hours=10)})])
    with open_gradebook(course) as book:
        book.record(NAME, "zoe", [NotebookGrades(NAME)], submitted_at=DUE + timedelta(hours=12))
        assert book.submission(NAME, "zoe").late == timedelta(hours=2)


@pytest.mark.parametrize(
    ("extensions", "sentence"),
    [
        ({"08": timedelta(1)}, "unknown assignment '08'"),
        ({"07": datetime(2026, 10, 2)}, "that ends after 2026-10-03 00:00 CEST, got 2026-10-02 00:00"),
    ],
)
def test_what_cannot_be_given_changes_nothing(course, extensions, sentence):
    with pytest.raises(UserError, match=sentence):
        enroll(course, [entry("lena", LENA), entry("zoe", Person(), **extensions)])
    assert of_lena(course).person == Person()
    assert not (course.tables / "extensions.json").exists()


def test_a_gradebook_that_is_locked_loses_nothing(course, monkeypatch):
    monkeypatch.setattr("sqlalchemy.dialects.sqlite.pysqlite.SQLiteDialect_pysqlite.create_connect_args", _impatient)
    other = sqlite3.connect(course.tables / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UserError, match=r"locked.*another program is writing to it") as raised:
        enroll(course, [entry("lena", LENA, all=timedelta(1))])
    other.close()
    assert "\n" not in str(raised.value)
    assert not (course.tables / "extensions.json").exists()
    assert of_lena(course).person == Person()


def _impatient(self, url):
    return [url.database], {"timeout": 0.1, "check_same_thread": False}


def test_a_gradebook_of_another_version(course):
    other = sqlite3.connect(course.tables / "gradebook.db", isolation_level=None)
    other.execute("ALTER TABLE student RENAME COLUMN lms_user_id TO other")
    other.close()
    with pytest.raises(UserError, match=r"no such column.*run `nbgrader db upgrade`") as raised:
        enroll(course, [entry("lena", LENA)])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", ["[1]", "{", json.dumps({"07_demo": {"ada": "x"}})])
def test_a_file_of_extensions_that_is_damaged(course, content):
    (course.tables / "extensions.json").write_text(content)
    with pytest.raises(UserError, match=r"extensions\.json cannot be read"):
        enroll(course, [entry("lena", LENA)])
    assert of_lena(course).person == Person()
