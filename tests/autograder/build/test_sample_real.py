"""The sample class on a chapter of the course. A file of its own, so that it runs beside the other slow tests."""

import pytest

from autograder.build.release import release
from autograder.build.sample import DUE
from tests.autograder.conftest import assert_graded_truly, grade_sample, make_course
from tests.chapters import chapter_named


@pytest.mark.slow
def test_every_grade_of_a_real_chapter_is_the_true_one(tmp_path):
    chapter = chapter_named("03_logistic_regression")
    course = make_course(tmp_path / "course")
    release(course, chapter, due=DUE)
    assert_graded_truly(grade_sample(course, chapter))
