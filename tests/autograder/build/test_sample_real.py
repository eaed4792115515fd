"""The sample class on a chapter of the course. A file of its own, so that it runs beside the other slow tests."""

import pytest

from autograder.build.source import read_chapter
from tests.autograder.conftest import ROOT, assert_graded_truly, grade_sample, make_course


@pytest.mark.slow
def test_every_grade_of_a_real_chapter_is_the_true_one(tmp_path):
    chapter = read_chapter(ROOT / "solutions" / "03_logistic_regression.md")
    assert_graded_truly(grade_sample(make_course(tmp_path / "course"), chapter))
