"""A scratch course, stock nbgrader: the target released, a small class, every attack handed in, secrets planted."""

import socket
import threading
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.book.nbgrader_api import quiet
from autograder.build.release import release
from autograder.course import Course
from tests.attacks.attack import Attack
from tests.attacks.target import CHAPTER, NAME, PLANTED, SOLUTIONS

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "attacked"
c.CourseDirectory.root = {root!r}
# Tighter than usual: many attacks end at a limit, and nobody honest comes near.
c.Seconds.call = 2
c.Seconds.cell = c.Seconds.check = 10
c.Seconds.notebook = 100
"""
HONEST = {
    # Graded before, between and after the attacks: students are graded in the order of their names.
    "ada": Attack("ada", last=f"# {PLANTED['classmate']}"),
    "mia": Attack(
        "mia", {"cipher": "def cipher(text):\n    return text[::-1]", "label": SOLUTIONS["label"]}, {"label": 4}
    ),
    "zoe": Attack("zoe"),
}


def make_course(root: Path) -> Course:
    """A course that has released the target, with secrets beside it and a stranger in its gradebook."""
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG.format(root=str(root)), encoding="utf-8")
    (root / "notes.txt").write_text(PLANTED["disk"], encoding="utf-8")
    course = Course.open(root)
    release(course, CHAPTER)
    with quiet(), Gradebook(course.db_url, course.directory.course_id) as book:
        book.add_student("grace", first_name=PLANTED["gradebook"], email=f"{PLANTED['gradebook']}@example.org")
    return course


def make_home(folder: Path) -> Path:
    """The home of whoever grades, with a password in it."""
    folder.mkdir()
    (folder / ".netrc").write_text(f"machine example.org password {PLANTED['home']}\n", encoding="utf-8")
    return folder


def hand_in(course: Course, attack: Attack, names: dict[str, str]) -> None:
    """Put an attack, or an honest submission, where nbgrader collects it."""
    attack.hand_in(course.submitted / attack.name / NAME, names)


def grades(course: Course, student: str) -> dict[str, float | None]:
    """The points of each graded cell as nbgrader's own gradebook has them; None where a person has to grade."""
    with quiet(), Gradebook(course.db_url, course.directory.course_id) as book:
        return {
            grade.name: None if grade.needs_manual_grade else grade.score
            for notebook in book.find_submission(NAME, student).notebooks
            for grade in notebook.grades
        }


@contextmanager
def listening(mark: str):
    """A TCP port and an abstract socket of the machine that nobody may reach; yields the port and who came."""
    visitors: list[str] = []
    tcp, abstract = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0{mark}")
    abstract.listen()

    def answer(door: socket.socket, name: str) -> None:
        while True:
            try:
                visitor, _ = door.accept()
            except OSError:
                return
            visitors.append(name)
            visitor.close()

    for door, name in ((tcp, "tcp"), (abstract, "abstract socket")):
        threading.Thread(target=answer, args=(door, name), daemon=True).start()
    try:
        yield tcp.getsockname()[1], visitors
    finally:
        for door in (tcp, abstract):
            door.shutdown(socket.SHUT_RDWR)
            door.close()
