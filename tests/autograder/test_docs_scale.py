"""The commands of docs/scale.md do what the page says: typed as they stand there, but for addresses."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.book.records import read_results
from autograder.course import Course
from tests.autograder.conftest import NAME, ROOT, copy_course
from tests.postgres import PASSWORD, programs

TEXT = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def lines(beginning: str, kind: str = "") -> list[str]:
    """The lines of the page's blocks that begin so."""
    blocks = (block.splitlines() for known, block in BLOCKS if known == kind)
    return [line for block in blocks for line in block if line.startswith(beginning)]


def shell(commands: str, folder: Path, **environment: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), str(programs() or ""), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def course(graded, tmp_path):
    return copy_course(graded.course, tmp_path / "course")


def configure(course, line: str) -> None:
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"\nimport os\n{line}\n")


@pytest.mark.slow
@pytest.mark.postgres
def test_a_course_moves_to_a_server_as_the_page_says(postgres, course, tmp_path):
    there = f"127.0.0.1:{postgres.port}"
    settings = lines("c.CourseDirectory.db_url", "python")
    assert len(settings) == 2
    connection = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "grader", "PGPASSWORD": PASSWORD}
    before = read_results(course, NAME)
    configure(course, settings[1])
    commands = [
        *lines("createdb"),
        *lines("autograder backup"),
        *lines("export GRADEBOOK"),
        *lines("autograder restore"),
    ]
    said = shell("\n".join(commands).replace("db.example.org", there), course.root, **connection)
    assert said.splitlines()[-1] == f"restored: {tmp_path / 'autumn'}"
    moved = Course.open(tmp_path / "autumn")
    assert moved.gradebook_file, "without the variable it is the file"
    configure(moved, settings[0].replace("grader@db.example.org", f"grader:{PASSWORD}@{there}"))
    moved = Course.open(moved.root)
    assert moved.gradebook == f"postgresql+psycopg://grader:***@{there}/autumn"
    assert read_results(moved, NAME) == before


@pytest.mark.slow
@pytest.mark.sandbox
def test_machines_are_added_as_the_page_says(course, graded, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.rmtree(course.autograded)

    def here(line: str) -> str:
        return (
            line.replace("grading.example.org", "127.0.0.1")
            .replace("8786", str(port))
            .replace("threads 16", "threads 1")
        )

    (scheduler,), (worker,), (grade,) = lines("dask scheduler"), lines("dask worker"), lines("autograder grade 03")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    running = []
    try:
        for number, line in enumerate((scheduler, worker)):
            with (tmp_path / f"{number}.log").open("w") as log:
                command = [str(Path(sys.executable).with_name("dask")), *here(line).split()[1:]]
                running.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log))
            deadline = time.monotonic() + 60
            while not number and time.monotonic() < deadline:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
        shell(here(grade).replace(" 03 ", f" {NAME} ") + " --unsafe || test $? -eq 1", course.root)
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()
    assert {result.student: result for result in read_results(course, NAME)} == graded.results
