"""A batch that is disturbed in the middle of writing, again and again: at a line of the writer's code, not at a time.

    python -m tests.autograder.exam.disturbed_writer COURSE GRADED HOW TIMES [DISK]

HOW: `killed`, the process ends; `full`, nothing more can be written (to DISK, where the gradebook is on a server whose
data lie there); `away`, the server hangs up, or somebody locks the file for a while.

What the examiners found is played back from GRADED, another copy of the course, whose folder also holds their answers
(`recording`). So a batch is little more than its writing, and how fast the machine is does not matter. Prints how many
of the batches did not come to their end; each goes on where the one before stopped, and after one that came to its end
all that was graded is removed.
"""

import os
import pickle
import random
import resource
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from autograder.book import database
from autograder.book.instructor import read_assignment
from autograder.course import Course
from autograder.errors import UserError
from autograder.exam import batch
from autograder.exam.rehearsal import Rehearsal
from autograder.exam.sandbox import Sandbox

ANSWERS = "answers.pickle"
BALLAST = "ballast"
_BROKEN = 3  # the exit code of a batch that failed for a reason of its own
OF_SUBMISSIONS = ("grade", "comment", "submitted_notebook", "submitted_assignment")
WRITERS = (batch.__file__, str(Path(batch.__file__).parents[1] / "book"), shutil.__file__)


@contextmanager
def recording(course: Course):
    """Keep what the examiners answer in the course's folder."""
    answers, grade = {}, Rehearsal.grade

    def grade_and_keep(rehearsal, task):
        answers[task.folder.parent.name] = graded = grade(rehearsal, task)
        return graded

    Rehearsal.grade = grade_and_keep
    try:
        yield
    finally:
        Rehearsal.grade = grade
        (course.root / ANSWERS).write_bytes(pickle.dumps(answers))


def play_back(graded: Course, assignment: str) -> None:
    """From now on every submission is answered as it was when `graded` was."""
    answers = pickle.loads((graded.root / ANSWERS).read_bytes())

    def grade(rehearsal, task):
        student = task.folder.parent.name
        written = graded.autograded_folder(assignment, student)
        if written.is_dir():
            shutil.copytree(written, task.into)
        return answers[student]

    Rehearsal.grade = grade
    batch.outlines = lambda *_: {}  # what released cells do; nothing of them is run, and no sandbox has to be there


def disturbed_after(lines: int, run: Callable[[], None], disturb: Callable[[], None]) -> int:
    """Fork, run, disturb the child after so many lines of the writer.

    Returns how many were left when it ended in good order, 0 if it did not.
    """
    receiver, sender = os.pipe()
    if child := os.fork():
        os.close(sender)
        with os.fdopen(receiver) as answer:
            left = int(answer.read() or 0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) != _BROKEN, "a batch did not do what it is here for"
        return left

    def trace(frame: FrameType, event: str, _argument):
        nonlocal lines
        if event == "line":
            lines -= 1
            if not lines:
                disturb()
        return trace if frame.f_code.co_filename.startswith(WRITERS) else None

    sys.settrace(trace)
    try:
        run()
    except UserError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(_BROKEN)
    sys.settrace(None)
    os.write(sender, str(max(lines, 1)).encode())
    os._exit(0)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill() -> None:
    """From here on no file of this process grows beyond some bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))


def fill_disk(disk: Path) -> None:
    with (disk / BALLAST).open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(2**16))
    with (disk / BALLAST).open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0")


def lock(course: Course) -> None:
    """Somebody else writes to the file for half a second."""
    if os.fork():
        return
    with closing(sqlite3.connect(course.gradebook_file, isolation_level=None)) as other, suppress(sqlite3.Error):
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(0.5)
    os._exit(0)


def hang_up(course: Course) -> None:
    execute(
        course, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IS NOT NULL "
        "AND pid <> pg_backend_pid()",
    )  # fmt: skip


def execute(course: Course, *commands: str) -> None:
    engine = create_engine(course.db_url)
    with engine.begin() as connection:
        for command in commands:
            connection.execute(text(command))
    engine.dispose()


def main(root: str, graded: str, how: str, times: str, disk: str = "") -> None:
    course = Course.open(Path(root))
    (assignment,) = course.assignments()
    released = read_assignment(course, assignment)
    play_back(Course.open(Path(graded)), assignment)
    disturb = {
        "killed": kill,
        "full": partial(fill_disk, Path(disk)) if disk else fill,
        "away": partial(lock if course.gradebook_file else hang_up, course),
    }[how]
    database.PAUSES = (0.05, 0.5, 1.0) if how == "away" else (0.05,)

    def run():
        for result in batch.grade_batch(course, released, course.select_students(assignment), Sandbox(), jobs=2):
            # Where nothing can be written, that is each one's problem, too.
            assert how == "full" or not result.problem.startswith("grading failed"), result.problem

    def begin_again():
        for folder in course.autograded.glob("*/"):
            shutil.rmtree(folder)
        execute(course, *(f"DELETE FROM {table}" for table in OF_SUBMISSIONS))

    many = 10**9
    whole = many - disturbed_after(many, run, kill)
    begin_again()
    rng, stopped = random.Random(0), 0
    for _ in range(int(times)):
        ended = disturbed_after(rng.randrange(1, whole), run, disturb)
        if disk:
            (Path(disk) / BALLAST).unlink(missing_ok=True)
            await_answer(course)
        if ended:
            begin_again()
        else:
            stopped += 1
    print(stopped)


def await_answer(course: Course) -> None:
    """A server that could not write starts anew."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return execute(course, "SELECT 1")
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
