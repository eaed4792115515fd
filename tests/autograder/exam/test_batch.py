"""A batch is a writer that may die at any moment."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from autograder.book.records import read_results
from autograder.build.author import notebook_text, released_notebook
from autograder.build.sample import write_sample
from autograder.build.source import read_chapter
from autograder.course import Course
from autograder.errors import UserError
from tests.autograder import conftest
from tests.autograder.conftest import NAME, ROOT, copy_course, on_server
from tests.autograder.exam.disturbed_writer import recording
from tests.autograder.exam.test_grade import hand_in
from tests.postgres import Server, programs


@pytest.fixture
def course(released, demo, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    write_sample(course, demo)
    return course


def grade(course, **options):
    return {result.student: result for result in conftest.grade(course, NAME, **options)}


def assert_whole(course, expected):
    """A last run finishes what is left: everybody has the grade that a class graded at one go has, and once."""
    assert grade(course) == expected
    assert {r.student: r for r in read_results(course, NAME)} == expected
    students = set(course.select_students(NAME))
    assert {folder.name for folder in course.autograded.glob("[!.]*")} <= students
    assert not list(course.autograded.glob(".grading-*"))


@pytest.fixture
def whole(course, tmp_path):
    """A copy of the course in which all were graded at one go, and the results."""
    copy = copy_course(course, tmp_path / "whole")
    with recording(copy):
        return copy, grade(copy)


def disturb(course, graded, *options: str) -> int:
    """Disturb batches; how many of them did not come to their end."""
    command = [sys.executable, "-m", "tests.autograder.exam.disturbed_writer", course.root, graded.root, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "times", "least"), [("killed", "50", 25), ("full", "10", 3), ("away", "10", 0)])
def test_a_batch_disturbed_at_any_line_of_its_writing_loses_and_doubles_nothing(course, whole, how, times, least):
    graded, expected = whole
    assert disturb(course, graded, how, times) >= least
    assert_whole(course, expected)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("how", ["killed", "away"])
def test_the_same_with_a_gradebook_on_a_server(course, whole, postgres, how):
    graded, expected = whole
    server = on_server(copy_course(course, course.root.with_name(f"on_server_{how}")), postgres)
    disturb(server, graded, how, "10")
    assert_whole(server, expected)


@pytest.mark.slow
@pytest.mark.postgres
def test_the_same_with_a_server_whose_disk_is_full(course, whole, tmp_path):
    graded, expected = whole
    disk = Path(tempfile.mkdtemp(prefix="disk-"))  # pytest's own folder is open to nobody else, nor to the server
    disk.chmod(0o755)
    small = ["mount", "-t", "tmpfs", "-o", "size=120M", "tmpfs", str(disk)]
    if programs() is None or os.getuid() or subprocess.run(small, check=False, capture_output=True).returncode:
        pytest.skip("no PostgreSQL, or no small disk to be had")
    try:
        with Server(disk) as postgres:
            server = on_server(copy_course(course, tmp_path / "on_full"), postgres)
            disturb(server, graded, "full", "5", str(postgres.folder))
            assert_whole(server, expected)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
        disk.rmdir()


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_command_killed_at_any_time_loses_and_doubles_nothing(course, whole):
    _, expected = whole
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--course", str(course.root), "--unsafe"]
    started = time.monotonic()
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    longest = time.monotonic() - started
    for moment in range(1, 8):
        for folder in course.autograded.glob("*/"):
            shutil.rmtree(folder)
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(longest * moment / 8)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert_whole(course, expected)


@pytest.mark.sandbox
def test_whoever_is_killed_nothing_stays_behind(course, tmp_path, monkeypatch):
    """The next run clears what a dead one left, with the processes that were at work."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    hold = "import time\ntime.sleep(30)\ndef double(x):\n    return 2 * x"
    notebook = released_notebook(read_chapter(course.root / "solutions" / f"{NAME}.md"))
    for cell in notebook.cells:
        cell.source = hold if cell.id == "double" else cell.source
    path = course.submitted_notebook(NAME, "aaron")
    path.parent.mkdir(parents=True)
    path.write_text(notebook_text(notebook))
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--course", str(course.root), "--unsafe"]
    with subprocess.Popen(
        [*command, "--student", "aaron"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as batch:
        assert soon(lambda: list(course.autograded.glob(".grading-*/examiner-*")))
        family = psutil.Process(batch.pid).children(recursive=True)
        batch.kill()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive, "no examiner goes on without its batch"
    assert list(course.autograded.glob(".grading-*"))
    assert list(temporary.glob("autograder-sandbox-*"))
    path.write_text(notebook_text(released_notebook(read_chapter(course.root / "solutions" / f"{NAME}.md"))))
    assert grade(course, students=["aaron"])["aaron"].problem == ""
    assert list(course.autograded.glob(".*")) == [course.autograded / ".lock"]
    assert list(temporary.glob("autograder-*")) == []


def test_a_batch_that_nobody_reads_to_its_end_clears_what_it_began(course):
    running = conftest.grade(course, NAME, jobs=1)
    next(running)
    running.close()
    assert list(course.autograded.glob(".*")) == [course.autograded / ".lock"]


def soon(condition, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


def test_what_has_not_changed_is_not_graded_again_unless_asked(course, demo):
    first = grade(course)
    times = {student: _graded_at(course, student) for student in ("ada", "grace")}
    assert grade(course) == first
    assert {student: _graded_at(course, student) for student in times} == times
    shutil.rmtree(course.tables / ".cache")
    grade(course, students=times)  # without the one that cannot be read, which is tried each time
    assert not (course.tables / ".cache").exists(), "nothing to grade, and released cells were run"
    path = course.submitted_notebook(NAME, "grace")
    path.write_text(path.read_text().replace("squared", "halved"))
    again = grade(course)
    assert _graded_at(course, "ada") == times["ada"]
    assert again["ada"] == first["ada"]
    notebook = released_notebook(demo)
    path.write_text(notebook_text(notebook))
    grade(course)
    assert _graded_at(course, "grace") != times["grace"]
    grade(course, regrade=True)
    assert _graded_at(course, "ada") != times["ada"]


def _graded_at(course, student):
    return course.autograded_notebook(NAME, student).stat().st_mtime_ns


def test_two_batches_at_once_are_refused(course):
    running = conftest.grade(course, NAME)
    next(running)
    with pytest.raises(UserError, match="another `autograder grade` is at work"):
        grade(course)
    running.close()


def test_where_protections_are_missing_every_result_says_so(course, demo, monkeypatch):
    from autograder.exam import sandbox

    hand_in(course, demo, "zoe")
    monkeypatch.setattr(sandbox.Sandbox, "_start_strongest", _without_walls)
    (result,) = conftest.grade(course, NAME, ["zoe"])
    assert "namespaces" in result.unprotected


def _without_walls(self):
    self.protections = self._start("none")


def test_a_setting_that_is_wrong_ends_the_batch_and_is_nobodys_problem(course):
    """It is about the course: said once, not once for every student."""
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.AssignLatePenalties.plugin_class = 'no.such'\n")
    with pytest.raises(UserError, match=r"nbgrader_config\.py: .*no\.such"):
        list(conftest.grade(Course.open(course.root), NAME, ["lena"]))
