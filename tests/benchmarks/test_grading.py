"""The benchmark itself: both graders grade its classes, and give the same scores."""

import pytest
from nbgrader.api import Gradebook

from autograder.book.nbgrader_api import quiet
from benchmarks import grading


@pytest.mark.slow
def test_both_graders_give_the_class_of_the_benchmark_the_same_scores(tmp_path):
    course, name = grading.make_course(tmp_path / "course", 4, None)
    totals = []
    for grade in (grading.theirs, grading.ours):
        assert grade(course, name, 4) > 0
        with quiet(), Gradebook(course.db_url, course.directory.course_id) as book:
            totals.append([book.find_submission(name, f"student{number:04}").score for number in range(4)])
    assert totals == [[16, 16, 14, 0]] * 2
