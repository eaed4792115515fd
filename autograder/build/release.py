"""Releases a chapter: solved notebook to the build folder, cells to the gradebook, lecture to the students."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from autograder.book import gradebook, nbgrader_api
from autograder.build.author import solved_notebook, write_notebook
from autograder.build.source import Chapter
from autograder.course import Course, CourseError
from autograder.hidden import Hidden


def release(course: Course, chapter: Chapter, *, due: datetime | None = None) -> None:
    """Make `chapter` an assignment of `course`, ready to be handed out and graded.

    due: the due date in UTC, without time zone.  Raises CourseError with nbgrader's log if nbgrader refuses, and before
    anything is written if the course has other marks for what is hidden than chapter sources have.
    """
    if unknown := Hidden(course).unknown_marks:
        raise CourseError(
            f"nbgrader would release what is hidden in {chapter.name}: the course's configuration does not cut at "
            f"{', '.join(map(repr, unknown))}"
        )
    with _as_it_was(course.source_folder(chapter.name), course.release_folder(chapter.name)):
        write_notebook(solved_notebook(chapter), course.source_folder(chapter.name) / f"{chapter.name}.ipynb")
        gradebook.add_assignment(course, chapter.name, due=due)
        problem = nbgrader_api.generate_assignment(course, chapter.name)
        if "Cannot add or remove cells" in problem:
            problem = (
                "it has been handed in, so no exercise and no written answer can come or go; "
                "texts and points may change"
            )
        if problem:
            raise CourseError(f"nbgrader could not release {chapter.name}: {problem}")


@contextmanager
def _as_it_was(*folders: Path) -> Iterator[None]:
    """After an error these folders are what they were: students may have the release, and grading reads the source."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = {folder: Path(scratch, str(n)) for n, folder in enumerate(folders) if folder.is_dir()}
        for folder, copy in kept.items():
            shutil.copytree(folder, copy)
        try:
            yield
        except BaseException:
            for folder, copy in kept.items():
                shutil.copytree(copy, folder, dirs_exist_ok=True)
            raise
