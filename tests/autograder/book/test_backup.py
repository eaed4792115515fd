import sqlite3
import zipfile

import pytest

from autograder.book.backup import back_up, renew, restore
from autograder.book.gradebook import open_gradebook
from autograder.book.records import read_results
from autograder.book.roster import enroll
from autograder.course import Course
from autograder.errors import UserError
from autograder.intake.roster import Entry
from autograder.results import Person
from tests.autograder.conftest import NAME, copy_course


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".db"
    }


@pytest.fixture(scope="module")
def whole(graded, tmp_path_factory):
    course = copy_course(graded.course, tmp_path_factory.mktemp("whole") / "course")
    enroll(course, [Entry("ada", Person("Lovelace", "Ada"), {})])
    earlier = course.submitted.with_name("earlier") / "ada" / NAME / "1"
    earlier.mkdir(parents=True)
    (earlier / "notes.txt").write_text("an older hand-in")
    return course


def test_what_is_backed_up_comes_back(whole, tmp_path):
    count = back_up(whole, tmp_path / "backup.zip")
    again = restore(tmp_path / "backup.zip", tmp_path / "again")
    kept, found = contents(whole.root), contents(again.root)
    left_out = {path for path in kept if path not in found}
    assert all("/.cache/" in path or path.rpartition("/")[2].startswith(".") for path in left_out), left_out
    assert {path: kept[path] for path in found} == found
    assert len(found) + 1 == count
    assert read_results(again, NAME) == read_results(whole, NAME)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_gradebook_that_is_written_to_is_copied_as_it_stood(whole, tmp_path):
    course = copy_course(whole, tmp_path / "course")
    other = sqlite3.connect(course.tables / "gradebook.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE student SET first_name = 'Half done' WHERE id = 'ada'")
    back_up(course, tmp_path / "backup.zip")
    other.close()
    with open_gradebook(restore(tmp_path / "backup.zip", tmp_path / "again")) as book:
        assert book.person("ada").first_name == "Ada"


def test_nothing_is_overwritten(whole, tmp_path):
    (tmp_path / "backup.zip").write_text("something else")
    with pytest.raises(UserError, match="is there already"):
        back_up(whole, tmp_path / "backup.zip")
    back_up(whole, tmp_path / "new.zip")
    for begin in (lambda: restore(tmp_path / "new.zip", tmp_path), lambda: renew(whole, tmp_path)):
        with pytest.raises(UserError, match="expected a new or an empty folder"):
            begin()
    assert {path.name for path in tmp_path.iterdir()} == {"backup.zip", "new.zip"}


def pack(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def test_what_is_no_backup_leaves_nothing_behind(tmp_path):
    (tmp_path / "text.zip").write_text("no archive")
    manifest = '{"format": 1}'
    for path, sentence in (
        (tmp_path / "text.zip", "is no backup of a course"),
        (pack(tmp_path / "other.zip", a="1"), "is no backup of a course"),
        (pack(tmp_path / "later.zip", backup__json='{"format": 2}'), "expected a backup of format 1, got 2"),
        (pack(tmp_path / "evil.zip", backup__json=manifest, **{"____/evil": "1"}), "leads out of the archive"),
        (pack(tmp_path / "empty.zip", backup__json=manifest), "expected a course folder"),
    ):
        with pytest.raises(UserError, match=sentence):
            restore(path, tmp_path / "again")
    assert {path.suffix for path in tmp_path.iterdir()} == {".zip"}


def test_a_gradebook_that_nobody_keeps_is_said_to_be_none(whole, tmp_path):
    course = copy_course(whole, tmp_path / "course")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.CourseDirectory.db_url = 'sqlite://'\n")
    with pytest.raises(UserError, match="is no file: there is nothing to back up"):
        back_up(Course.open(course.root), tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()


def test_a_new_term_has_the_sources_and_nobody(whole, tmp_path):
    new = renew(whole, tmp_path / "spring")
    assert set(contents(new.root)) == {
        "nbgrader_config.py", f"solutions/{NAME}.md", f"build/source/{NAME}/{NAME}.ipynb"
    }  # fmt: skip
    with open_gradebook(new) as book:
        assert (book.enrolled(), book.assignments()) == (set(), [])


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("c.CourseDirectory.db_url = 'sqlite:///{root}/class/gradebook.db'", "names the gradebook of the old term"),
        ("c.CourseDirectory.submitted_directory = '{root}/class/submitted'", "belongs to the old term"),
    ],
)
def test_a_new_term_never_leads_to_the_old_one(whole, tmp_path, setting, sentence):
    course = copy_course(whole, tmp_path / "course")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\n" + setting.format(root=course.root) + "\n")
    with pytest.raises(UserError, match=sentence):
        renew(Course.open(course.root), tmp_path / "spring")
    assert {path.name for path in tmp_path.iterdir()} == {"course"}
