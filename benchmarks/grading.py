"""Grading side by side with nbgrader: the same class, the same machine, in turns; ratios of throughput.

    python -m benchmarks.grading                    a homework of eight test cells and two figures
    python -m benchmarks.grading --chapter 03       a chapter of the course
    python -m benchmarks.grading --course           all chapters, a row each
    python -m benchmarks.grading --students 1000    ours alone on a large class: time and memory

Both do the whole work: gradebook and autograded notebooks. nbgrader, which takes as long for each submission, grades a
part of the class.
"""

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.build.author import notebook_text
from autograder.build.release import release
from autograder.build.sample import STUDENTS, submission
from autograder.build.source import select_chapters
from autograder.course import Course

NAME = "homework"


def homework() -> nbformat.NotebookNode:
    """Instructor's version: imports, eight functions with a test each, two figures."""

    def cell(source, name="", **flags):
        flags = {"grade": False, "solution": False, "locked": False, "task": False} | flags
        data = {"nbgrader": {"schema_version": 3, "grade_id": name, **flags}} if name else {}
        return new_code_cell(source, metadata=data)

    cells = [cell("import numpy as np\nimport matplotlib.pyplot as plt\n%matplotlib inline", "setup", locked=True)]
    for i in range(1, 9):
        body = f"    ### BEGIN SOLUTION\n    return {i} * np.asarray(x) + 1\n    ### END SOLUTION"
        tests = [f"assert np.allclose(f{i}(np.arange(5.0)), {i} * np.arange(5.0) + 1)"]
        tests += [f"assert np.allclose(f{i}({k}), {i * k + 1})" for k in range(4)]
        hidden = f"### BEGIN HIDDEN TESTS\nassert np.asarray(f{i}(2.0)) == {2 * i + 1}\n### END HIDDEN TESTS"
        cells += [
            new_markdown_cell(f"## Exercise {i}\n\nReturn $ {i} x + 1 $."),
            cell(f"def f{i}(x):\n{body}", f"f{i}", solution=True),
            cell("\n".join([*tests, hidden]), f"test_f{i}", grade=True, locked=True, points=2),
        ]
        if i in (3, 6):
            cells.append(cell(f"plt.plot(np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** {i})\nplt.title('{i}')"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def make_course(root: Path, students: int, chapter: str | None) -> tuple[Course, str]:
    """A course with everybody's submission: three of four right, the others with a slip or unfinished."""
    root.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[1] / "nbgrader_config.py", root)  # folders as in a course of ours
    course = Course.open(root)
    course.tables.mkdir(exist_ok=True)  # for the gradebook; nbgrader makes no folder for it
    if chapter:
        (selected,) = select_chapters(Path("solutions"), (chapter,))
        release(course, selected)
        versions = [notebook_text(submission(selected, s)) for s in STUDENTS if not s.broken]
        name = selected.name
    else:
        name = NAME
        path = course.source_folder(name) / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(homework(), path)
        run(course, "nbgrader", "generate_assignment", name, "--create")
        released = (course.release_folder(name) / f"{name}.ipynb").read_text(encoding="utf-8")
        notebook = nbformat.reads(released, as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                number = int(cell.metadata.nbgrader.grade_id.removeprefix("f"))
                cell.source = f"def f{number}(x):\n    return {number} * np.asarray(x) + 1"
        right = nbformat.writes(notebook)
        versions = [right, right, right.replace("return 4 *", "return 5 *"), released]
    for number in range(students):
        path = course.submitted_notebook(name, f"student{number:04}")
        path.parent.mkdir(parents=True)
        path.write_text(versions[number % len(versions)], encoding="utf-8")
    return course, name


class Done(NamedTuple):
    """A command that came to its end: wall-clock seconds, what it printed, and what it logged on stderr."""

    seconds: float
    output: str
    log: str


def run(course: Course, *command: str, limit: float | None = None) -> Done:
    """Run a command in the course's folder. Raises RuntimeError if it fails, TimeoutExpired after `limit` seconds."""
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "PYTHONPATH": os.getcwd()}
    arguments = [sys.executable, "-m", *command]
    where = {"cwd": course.root, "env": environment}
    started = time.perf_counter()
    done = subprocess.run(arguments, **where, capture_output=True, text=True, check=False, timeout=limit)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Done(seconds, done.stdout, done.stderr)


def clear(course: Course) -> None:
    """Nothing is graded any more; the gradebook keeps its rows, as on a second run of either grader."""
    shutil.rmtree(course.autograded, ignore_errors=True)


def theirs(course: Course, name: str, count: int) -> float:
    """Seconds a submission with `nbgrader autograde` on the first `count` submissions."""
    clear(course)
    hidden = course.root / "later"
    hidden.mkdir()
    folders = sorted(course.submitted.iterdir())[count:]
    for folder in folders:
        folder.rename(hidden / folder.name)
    try:
        return run(course, "nbgrader", "autograde", name, "--create", "--force").seconds / count
    finally:
        for folder in hidden.iterdir():
            folder.rename(course.submitted / folder.name)
        hidden.rmdir()


def ours(course: Course, name: str, count: int) -> float:
    """Seconds a submission with `autograder grade`. What an earlier batch has seen of released cells is kept."""
    clear(course)
    return run(course, "autograder", "grade", name, "--regrade", "--unsafe").seconds / count


class Row(NamedTuple):
    """Seconds a submission: nbgrader, the first batch of ours, which sees what the released cells do, and the next."""

    chapter: str
    theirs: float
    first: float
    ours: float


def compare_chapter(root: Path, chapter: str, students: int, of_theirs: int) -> Row:
    course, name = make_course(root, students, chapter)
    first = ours(course, name, students)
    return Row(name, theirs(course, name, of_theirs), first, ours(course, name, students))


def compare_course(students: int, of_theirs: int) -> None:
    print(f"| chapter | nbgrader | first batch of {students} | here | ratio |\n|---|---|---|---|---|", flush=True)
    rows = []
    for path in sorted(Path("solutions").glob("*.md")):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row := compare_chapter(Path(folder) / "course", path.stem[:2], students, of_theirs))
        ratio = row.theirs / row.ours
        print(f"| {row.chapter} | {row.theirs:.1f} | {row.first:.2f} | {row.ours:.2f} | {ratio:.0f} |", flush=True)
    median, most = statistics.median(row.ours for row in rows), max(row.ours for row in rows)
    least = min(row.theirs / row.ours for row in rows)
    print(f"\nmedian chapter {median:.2f} s (≤ 0.2), slowest {most:.2f} s (≤ 0.4), least ratio {least:.0f} (≥ 20)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chapter", help="a chapter of the course instead of the homework")
    parser.add_argument("--course", action="store_true", help="all chapters of the course")
    parser.add_argument("--students", type=int, default=200, help="size of the class (default: 200)")
    parser.add_argument("--nbgrader", type=int, default=10, help="how many of them nbgrader grades in each turn")
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, nbgrader {version('nbgrader')}, ipykernel {version('ipykernel')}\n")
    if arguments.course:
        compare_course(arguments.students, arguments.nbgrader)
        return
    with tempfile.TemporaryDirectory() as folder:
        course, name = make_course(Path(folder) / "course", arguments.students, arguments.chapter)
        if arguments.students > 200:
            seconds = ours(course, name, arguments.students)
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{name}: {arguments.students} submissions, {seconds * 1000:.0f} ms each, largest process {peak:.0f} MB"
            )
            return
        print(f"{name}, a class of {arguments.students}; seconds a submission, {arguments.turns} turns")
        ratios = []
        for _ in range(arguments.turns):
            their, our = (
                theirs(course, name, min(arguments.nbgrader, arguments.students)),
                ours(course, name, arguments.students),
            )
            ratios.append(their / our)
            print(f"nbgrader {their:6.2f}   here {our:6.3f}   ratio {their / our:5.1f}")
        print(f"median ratio {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main()
