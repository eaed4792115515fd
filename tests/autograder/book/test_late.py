from datetime import timedelta

import pytest
from traitlets.config import Config

from autograder.book.gradebook import open_gradebook
from autograder.book.late import PerDay
from autograder.book.rows import NotebookGrades
from autograder.build.sample import DUE
from autograder.course import Course
from tests.autograder.conftest import NAME, copy_course

HOUR = 3600


def plugin(**settings) -> PerDay:
    return PerDay(config=Config(PerDay=settings))


@pytest.mark.parametrize(
    ("settings", "seconds", "penalty"),
    [
        ({}, 1, 1.0),
        ({}, 24 * HOUR, 1.0),
        ({}, 25 * HOUR, 2.0),
        ({}, 1000 * HOUR, 10.0),
        ({"percent": 25.0}, 1, 2.5),
        ({"grace_minutes": 15.0}, 15 * 60, None),
        ({"grace_minutes": 15.0}, 15 * 60 + 1, 1.0),
        ({"last_day": 2.0}, 48 * HOUR, 2.0),
        ({"last_day": 2.0}, 48 * HOUR + 1, 10.0),
    ],
)
def test_a_day_begun_costs_its_share(settings, seconds, penalty):
    assert plugin(**settings).late_submission_penalty("ada", 10.0, seconds) == penalty


def test_grading_charges_it(released, tmp_path):
    course = copy_course(released, tmp_path / "copy")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.AssignLatePenalties.plugin_class = 'autograder.book.late.PerDay'\nc.PerDay.percent = 50\n")
    with open_gradebook(Course.open(course.root)) as book:
        graded = NotebookGrades(NAME, scores={"check_double": 2.0})
        book.record(NAME, "ada", [graded], submitted_at=DUE + timedelta(hours=1))
        assert book.submission(NAME, "ada").penalty == 1.0
