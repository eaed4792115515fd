"""A small chapter with every kind of cell, and course folders to run it in. Grading is slow, so a class is shared."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.book import database
from autograder.book.instructor import read_assignment
from autograder.build.release import release
from autograder.build.sample import DUE, STUDENTS, true_scores, write_sample
from autograder.build.source import Chapter, read_chapter
from autograder.build.verify import LIBRARIES
from autograder.course import Course
from autograder.exam import fork_server
from autograder.exam.batch import grade_batch
from autograder.exam.imports import imported_modules
from autograder.exam.sandbox import Sandbox
from autograder.results import SubmissionResult
from tests.autograder.stock import make_stock_course
from tests.postgres import Server, programs

ROOT = Path(__file__).parents[2]
NAME = "07_demo"

DEMO = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# 07 A demo

Two functions to write, and one sentence.

```{code-cell} python
---
given: true
---
import numpy as np

from nnkit.testing import check_close, check_that
```

```{code-cell} python
---
explore: true
---
raise RuntimeError("a widget has nobody to talk to while grading")
```

Before you begin:

```{code-cell} python
print("a plain cell")
```

```{code-cell} python
---
exercise: double
forbid: [scipy]
equivalent: {x + x + 0 * x → x + x - 0 * x: zero times x is zero either way}
---
def double(x):
    \"\"\"Twice the number.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x  # the obvious way to a double
    ### END SOLUTION
```

```{raw-cell}
---
alternative: double
---
def double(x):
    return x + x + 0 * x
```

```{raw-cell}
---
mistake: double
says: you squared the number
---
def double(x):
    squared_by_mistake = x**2
    return squared_by_mistake
```

```{raw-cell}
---
mistake: double
says: half is the other direction
---
def double(x):
    halved_by_mistake = x / 2
    return halved_by_mistake
```

```{code-cell} python
---
check: double
points: 2
---
check_close(double(0.0), 0.0, name="double(0)")
### BEGIN HIDDEN TESTS
hidden_number = np.array([3.0, -5.0])
check_close(double(hidden_number), [6.0, -10.0], mistakes={
    "you squared the number: that grows faster": hidden_number**2,
    "half is the other direction": hidden_number / 2,
})
odd_numbers = np.array([1.2345678, 0.0, 1e-4, 500.0, 500.0])
check_close(double(odd_numbers), [2.4691356, 0.0, 2e-4, 1000.0, 1000.0])
check_close(odd_numbers, [1.2345678, 0.0, 1e-4, 500.0, 500.0], name="the x you were given")
check_close(double(np.array([-1.0])), [-2.0])
### END HIDDEN TESTS
```

```{code-cell} python
---
exercise: total
---
def total(numbers):
    ### BEGIN SOLUTION
    running_total = 0.0
    for number in numbers:
        running_total += number
    return running_total
    ### END SOLUTION
```

```{raw-cell}
---
alternative: total
---
def total(numbers):
    return float(np.sum(numbers))
```

```{raw-cell}
---
mistake: total
says: this is the mean
---
def total(numbers):
    return sum(numbers) / max(len(numbers), 1)
```

```{raw-cell}
---
mistake: total
says: the last number is missing
---
def total(numbers):
    return sum(numbers[:-1])
```

```{code-cell} python
---
check: total
points: 1.5
---
check_that(total([]) == 0, "nothing adds up to nothing")
### BEGIN HIDDEN TESTS
check_close(total([1.0, 2.0, 4.0]), 7.0, mistakes={
    "this is the mean, a total has no denominator": 7 / 3,
    "the last number is missing": 3.0,
})
odd_numbers = [1.2345678, 0.0, 1e-4]
check_close(total(odd_numbers), 1.2346678)
check_close(np.array(odd_numbers), [1.2345678, 0.0, 1e-4], name="the numbers you were given")
check_close(total([-500.0]), -500.0)
### END HIDDEN TESTS
```

Now in words.

+++ {"written": "why", "points": 2}

Why is doubling linear?

### BEGIN SOLUTION
Because the double of a sum is the sum of the doubles.

**Rubric.** One point for the sum, one point for the multiple.
### END SOLUTION
"""


@pytest.fixture(scope="session", autouse=True)
def surroundings(tmp_path_factory):
    """Kernels find nnkit whatever folder they start in, and nothing is written into the home of whoever tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
            patch.setenv(name, str(home / name.lower()))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running PostgreSQL. A test makes a database of its own in it, by a name that no other test uses."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with Server() as server:
        yield server


def on_server(course: Course, server: Server) -> Course:
    """The same course with its gradebook on a server, in a database that is called as the course's folder."""
    url = server.new_database(course.root.name).render_as_string(hide_password=False)
    file = course.gradebook_file
    with (course.root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(f"\nc.CourseDirectory.db_url = {url.rpartition('/')[0]!r} + '/' + root.name\n")
    moved = Course.open(course.root)
    if file and file.exists():
        database.copy_from_file(file, moved)
        file.unlink()
    return moved


def make_course(root: Path) -> Course:
    """A course folder with nothing but the repository's configuration and the demo chapter."""
    (root / "solutions").mkdir(parents=True)
    (root / "solutions" / f"{NAME}.md").write_text(DEMO, encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Course.open(root)


def copy_course(course: Course, root: Path) -> Course:
    """A course that a test may spoil."""
    shutil.copytree(course.root, root, dirs_exist_ok=True)
    return Course.open(root)


@pytest.fixture
def course(tmp_path) -> Course:
    return make_course(tmp_path / "course")


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Chapter:
    path = tmp_path_factory.mktemp("demo") / f"{NAME}.md"
    path.write_text(DEMO, encoding="utf-8")
    return read_chapter(path)


@pytest.fixture(scope="session")
def released(tmp_path_factory, demo) -> Course:
    """A course that has released the demo chapter. Copy it before changing it."""
    course = make_course(tmp_path_factory.mktemp("released") / "course")
    release(course, demo, due=DUE)
    return course


@pytest.fixture(scope="session")
def stock(tmp_path_factory) -> Course:
    """A course that nbgrader alone has made. Copy it before changing it."""
    return make_stock_course(tmp_path_factory.mktemp("stock"))


@dataclass(frozen=True)
class GradedClass:
    """A course, its chapter, and what grading said of each student."""

    course: Course
    chapter: Chapter
    results: dict[str, SubmissionResult]


def grade(course: Course, name: str, students: Iterable[str] = (), **options) -> Iterator[SubmissionResult]:
    """`autograder grade --unsafe`, without the table."""
    fork_server.start(LIBRARIES)  # one server for all tests of a process: it has what any of them needs
    with Sandbox(preload=imported_modules(course, name), unsafe=True) as sandbox:
        selected = course.select_students(name, students)
        yield from grade_batch(course, read_assignment(course, name), selected, sandbox, **options)


def grade_sample(course: Course, chapter: Chapter) -> GradedClass:
    """Hand in the sample class and grade everybody, as `make grade` does. The course has released the chapter."""
    write_sample(course, chapter)
    # The sample class is trusted: where there are no walls it is graded without.
    results = grade(course, chapter.name)
    return GradedClass(course, chapter, {result.student: result for result in results})


@pytest.fixture(scope="session")
def graded(tmp_path_factory, released, demo) -> GradedClass:
    """The sample class, graded on the demo chapter. Copy its course before changing it."""
    return grade_sample(copy_course(released, tmp_path_factory.mktemp("graded") / "course"), demo)


def scores(result) -> dict:
    return {exercise.name: exercise.score for exercise in result.exercises}


def assert_graded_truly(graded: GradedClass):
    """Every student earned what they deserve, was late as they were, and is told the mistake they made."""
    chapter = graded.chapter
    for student in STUDENTS:
        result = graded.results[student.name]
        truth = true_scores(chapter, student)
        if student.broken:
            assert set(scores(result).values()) == {0.0}
            assert result.problem.startswith("the file is not JSON")
            continue
        assert scores(result) == truth, student.name
        assert result.problem == ""
        assert result.late == max(student.late, timedelta(0))
        messages = {exercise.name: exercise.message for exercise in result.exercises}
        for i, exercise in enumerate(chapter.exercises):
            variant = student.choose(i, exercise)
            if variant in exercise.mistakes:
                assert variant.says in messages[f"check_{exercise.name}"], student.name
