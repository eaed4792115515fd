"""Equal fingerprint, equal grade: whatever a grade depends on changes it, and nothing else does."""

import os
from dataclasses import replace
from datetime import datetime
from time import process_time

import pytest

from autograder.book import fingerprint
from autograder.book.instructor import read_assignment
from autograder.course import Course
from autograder.intake import upload
from autograder.intake.upload import read_upload
from tests.autograder.stock import HW


@pytest.fixture(scope="module")
def assignment(stock):
    return read_assignment(stock, HW)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "p1.ipynb").write_text("{}")
    (tmp_path / "data" / "points.csv").write_text("1,2")
    return tmp_path


SETTINGS = {"in_process": False, "seconds": {"call": 5.0}}


def test_a_batch_depends_on_assignment_files_and_settings(assignment, tmp_path):
    mark = fingerprint.of_batch(assignment, None, SETTINGS)
    assert mark == fingerprint.of_batch(assignment, None, dict(reversed(SETTINGS.items())))
    first, second = assignment.notebooks
    harder = replace(first, cells=(replace(first.cells[3], points=30.0), *first.cells[4:]))
    copied = {name: tmp_path / name for name in ("helper.py",)}
    copied["helper.py"].write_text("instructor = False\n")
    others = [
        fingerprint.of_batch(replace(assignment, notebooks=(harder, second)), None, SETTINGS),
        fingerprint.of_batch(replace(assignment, files={**assignment.files, **copied}), None, SETTINGS),
        fingerprint.of_batch(assignment, None, SETTINGS | {"in_process": True}),
        fingerprint.of_batch(assignment, None, SETTINGS | {"seconds": {"call": 6.0}}),
    ]
    solution = tmp_path / "solution"
    solution.mkdir()
    for text in ("x = 1", "x = 2"):  # a check may be graded in the light of what the solution does
        (solution / "p1.ipynb").write_text(text)
        others.append(fingerprint.of_batch(assignment, solution, SETTINGS))
    assert len({mark, *others}) == 7


def test_a_file_of_the_instructors_that_changes_in_its_place(assignment, tmp_path):
    helper = tmp_path / "helper.py"
    marks = set()
    for text in ("a = 1", "a = 2"):
        helper.write_text(text)
        marks.add(fingerprint.of_batch(replace(assignment, files={"helper.py": helper}), None, SETTINGS))
    assert len(marks) == 2


PLUGIN = """
from nbgrader.plugins import BasePlugin
from traitlets import Float

class Hourly(BasePlugin):
    rate = Float(1.0).tag(config=True)

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return self.rate * total_seconds_late / 3600
"""


def test_what_lateness_costs_depends_on_the_date_the_plug_in_and_its_settings(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    plugin = tmp_path / "hourly_penalty.py"
    plugin.write_text(PLUGIN)
    own = "c.AssignLatePenalties.plugin_class = 'hourly_penalty.Hourly'\n"
    marks = []

    def look(text, due=None):
        (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{text}")
        marks.append(fingerprint.of_lateness(Course.open(tmp_path), due))

    look("")
    look("c.NbGrader.logfile = 'other.log'\n")
    assert marks[0] == marks.pop()
    look("", datetime(2026, 1, 1))
    look("", datetime(2026, 1, 2))
    look("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    look(own)
    look(f"{own}c.Hourly.rate = 0.5\n")
    plugin.write_text(PLUGIN.replace("3600", "7200"))
    look(own)
    assert len(set(marks)) == 7


def test_a_mended_grader_grades_anew(assignment, tmp_path, monkeypatch):
    """The grader is its code and the libraries that it stands on."""
    package = tmp_path / "mended"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(fingerprint, "PACKAGES", ("mended",))
    marks = []

    def look():
        fingerprint.of_grader.cache_clear()
        fingerprint._of_code.cache_clear()
        marks.append(fingerprint.of_batch(assignment, None, SETTINGS))

    try:
        look()
        (package / "inner" / "rule.py").write_text("points = 1")
        look()
        (package / "inner" / "rule.py").write_text("points = 2")
        look()
        (package / "inner" / "rule.py").rename(package / "rule.py")
        look()
        monkeypatch.setattr(fingerprint, "version", lambda library: "99")
        look()
        monkeypatch.setattr(fingerprint.platform, "python_version", lambda: "4.0")
        look()
        assert len(set(marks)) == len(marks) == 6
    finally:
        fingerprint.of_grader.cache_clear()
        fingerprint._of_code.cache_clear()


def test_the_graders_own_code_is_in_it_and_is_read_once(monkeypatch):
    read = []
    path_read = fingerprint.Path.read_bytes
    monkeypatch.setattr(fingerprint.Path, "read_bytes", lambda path: read.append(path.as_posix()) or path_read(path))
    fingerprint.of_grader.cache_clear()
    fingerprint._of_code.cache_clear()
    assert fingerprint.of_grader() == fingerprint.of_grader()
    for part in ("autograder/book/fingerprint.py", "autograder/inside/wire.py", "nnkit/testing.py"):
        assert len([path for path in read if path.endswith(part)]) == 1


def test_a_library_that_is_not_installed_is_no_error(monkeypatch):
    monkeypatch.setattr(fingerprint, "LIBRARIES", ("no-such-library",))
    fingerprint.of_grader.cache_clear()
    fingerprint._of_code.cache_clear()
    try:
        assert fingerprint.of_grader()
    finally:
        fingerprint.of_grader.cache_clear()
        fingerprint._of_code.cache_clear()


def test_a_submission_is_its_files(folder):
    marks = [fingerprint.of_files(folder)]
    assert fingerprint.of_files(folder) == marks[0]

    def look():
        marks.append(fingerprint.of_files(folder))

    (folder / "data" / "points.csv").write_text("1,3")
    look()
    (folder / "data" / "points.csv").rename(folder / "points.csv")
    look()
    (folder / "empty.txt").touch()
    look()
    (folder / "p1.ipynb").write_text("{ }")
    look()
    assert len(set(marks)) == len(marks) == 5
    (folder / "data").rmdir()
    look()
    (folder / "link").symlink_to(folder / "p1.ipynb")
    look()
    assert set(marks[4:]) == {marks[4]}, "folders and links are not taken in"


def test_what_is_no_file_or_cannot_be_opened_stops_nobody(folder):
    os.mkfifo(folder / "pipe")
    (folder / "a\udcff.txt").touch()
    assert fingerprint.of_files(folder) == fingerprint.of_files(folder)


def test_a_file_larger_than_any_upload_is_not_read(folder):
    before = fingerprint.of_files(folder)
    with (folder / "huge.bin").open("wb") as file:
        file.truncate(30 * 10**9)  # sparse: it takes no room on the disk
    started = process_time()
    marks = {before, fingerprint.of_files(folder)}
    assert process_time() - started < 1, "thirty gigabytes take longer"
    os.truncate(folder / "huge.bin", 30 * 10**9 + 1)
    marks.add(fingerprint.of_files(folder))
    assert len(marks) == 3


def test_of_any_number_of_files_few_are_opened(folder, monkeypatch):
    """Intake takes in no more. The others count by their names, as far as somebody looks."""
    opened = []
    monkeypatch.setattr(fingerprint, "open_file", lambda path: opened.append(path) or upload.open_file(path))
    monkeypatch.setattr(fingerprint, "MOST_FILES", 10)
    monkeypatch.setattr(upload, "MOST_ENTRIES", 30)
    for number in range(100):
        (folder / f"{number:03}.txt").touch()
    marks = [fingerprint.of_files(folder)]
    assert len(opened) == 10
    assert opened[0].name == "p1.ipynb"
    for name in ("005.txt", "015.txt", "090.txt"):
        (folder / name).write_text("other")
        marks.append(fingerprint.of_files(folder))
    assert len(set(marks)) == 2
    (folder / "015.txt").unlink()
    assert fingerprint.of_files(folder) not in marks


def test_what_is_deeper_than_a_path_can_be_stops_nobody(folder):
    before = os.getcwd()
    os.chdir(folder)
    try:
        for _ in range(30):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
    finally:
        os.chdir(before)
    assert fingerprint.of_files(folder) == fingerprint.of_files(folder)
    (note,) = read_upload(folder).notes
    assert note.endswith("was left aside: it cannot be opened (File name too long)")


def test_files_beyond_the_limit_of_an_upload_count_by_size_and_date(folder, monkeypatch):
    """Notebooks first, as intake takes them in."""
    monkeypatch.setattr(fingerprint, "LARGEST_UPLOAD", 5)
    (folder / "a.bin").write_bytes(b"12345")
    os.utime(folder / "a.bin", ns=(1, 1))
    before = fingerprint.of_files(folder)
    (folder / "a.bin").write_bytes(b"54321")
    os.utime(folder / "a.bin", ns=(1, 1))
    assert fingerprint.of_files(folder) == before
    os.utime(folder / "a.bin", ns=(1, 2))
    assert fingerprint.of_files(folder) != before
    os.utime(folder / "a.bin", ns=(1, 1))
    times = (folder / "p1.ipynb").stat()
    (folder / "p1.ipynb").write_text("[]")
    os.utime(folder / "p1.ipynb", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert fingerprint.of_files(folder) != before


def test_a_fingerprint_is_taken_apart_again():
    whole = fingerprint.join("batch", "submission")
    assert fingerprint.submission_of(whole) == "submission"
    assert fingerprint.submission_of("") == ""
