"""A batch that is killed in the middle of writing, again and again: at a line of the writer's code, not at a time.

    python -m tests.autograder.exam.killed_writer COURSE GRADED TIMES

What the examiners found is played back from GRADED, another copy of the course, whose folder also holds their answers
(`recording`). So a batch is little more than its writing, and how fast the machine is does not matter. Prints how many
of the batches were killed; each goes on where the one before was killed, and after one that came to its end all
autograded folders are removed.
"""

import os
import pickle
import random
import shutil
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from autograder.book.instructor import read_assignment
from autograder.course import Course
from autograder.exam import batch
from autograder.exam.rehearsal import Rehearsal
from autograder.exam.sandbox import Sandbox

ANSWERS = "answers.pickle"
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


def killed_after(lines: int, run) -> int:
    """Fork, run, kill the child after so many lines of the writer. Returns how many were left: 0 if it was killed."""
    receiver, sender = os.pipe()
    if child := os.fork():
        os.close(sender)
        with os.fdopen(receiver) as answer:
            left = int(answer.read() or 0)
        os.waitpid(child, 0)
        return left

    def trace(frame: FrameType, event: str, _argument):
        nonlocal lines
        if event == "line":
            lines -= 1
            if not lines:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace if frame.f_code.co_filename.startswith(WRITERS) else None

    sys.settrace(trace)
    run()
    sys.settrace(None)
    os.write(sender, str(lines).encode())
    os._exit(0)


def main(root: str, graded: str, times: str) -> None:
    course = Course.open(Path(root))
    (assignment,) = course.assignments()
    released = read_assignment(course, assignment)
    play_back(Course.open(Path(graded)), assignment)

    def run():
        for _ in batch.grade_batch(course, released, course.select_students(assignment), Sandbox(), jobs=2):
            pass

    def begin_again():
        for folder in course.autograded.glob("*/"):
            shutil.rmtree(folder)

    many = 10**9
    whole = many - killed_after(many, run)
    rng, killed = random.Random(0), 0
    for _ in range(int(times)):
        if killed_after(rng.randrange(1, whole), run):
            begin_again()
        else:
            killed += 1
    print(killed)


if __name__ == "__main__":
    main(*sys.argv[1:])
