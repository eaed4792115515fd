"""Releases a chapter: solved notebook to the build folder, cells to the gradebook, lecture to the students."""

from datetime import datetime

from nbgrader.apps.api import NbGraderAPI

from autograder import gradebook
from autograder.author import build_sources
from autograder.course import Course, CourseError
from autograder.source import Chapter


def release(course: Course, chapter: Chapter, *, due: datetime | None = None) -> None:
    """Make `chapter` an assignment of `course`, ready to be handed out and graded.

    due: the due date in UTC, without time zone.  Raises CourseError with nbgrader's log if nbgrader refuses.
    """
    build_sources([chapter], course.source)
    gradebook.add_assignment(course, chapter.name, due=due)
    outcome = NbGraderAPI(course.directory, config=course.config).generate_assignment(chapter.name)
    if not outcome["success"]:
        raise CourseError(f"nbgrader could not release {chapter.name}:\n{outcome.get('log') or outcome.get('error')}")
