from datetime import datetime, timedelta

import pytest
from nbgrader.api import Gradebook

from autograder import gradebook
from autograder.course import CourseError
from autograder.gradebook import Graded
from tests.autograder.conftest import NAME, copy_course


@pytest.fixture
def course(released, tmp_path):
    return copy_course(released, tmp_path / "copy")


def test_the_cells_of_an_assignment(released):
    assert gradebook.graded_cells(released, NAME) == {
        "check_double": Graded("check_double", None, 2.0),
        "check_total": Graded("check_total", None, 1.5),
        "why": Graded("why", None, 2.0),
    }
    assert gradebook.assignments(released) == [NAME]


def test_an_unknown_assignment(released):
    with pytest.raises(CourseError, match=f"unknown assignment '08_other'; in the gradebook: {NAME}"):
        gradebook.graded_cells(released, "08_other")


def test_a_fresh_course_has_a_gradebook_in_a_folder_made_for_it(tmp_path, released):
    course = copy_course(released, tmp_path / "fresh")
    (course.root / "class" / "gradebook.db").unlink()
    (course.root / "class").rmdir()
    with pytest.raises(CourseError, match=f"unknown assignment '{NAME}'; in the gradebook: none"):
        gradebook.graded_cells(course, NAME)


def test_no_submission_has_no_grades_and_is_not_late(released):
    assert gradebook.grades(released, NAME, "ada") == {}
    assert gradebook.lateness(released, NAME, "ada") == timedelta(0)


def test_give_zero_records_zero_points_and_nothing_waits(course):
    for _ in range(2):
        gradebook.give_zero(course, NAME, "omar")
        grades = gradebook.grades(course, NAME, "omar")
        assert {name: grade.score for name, grade in grades.items()} == {
            "check_double": 0.0,
            "check_total": 0.0,
            "why": 0.0,
        }


def test_give_zero_takes_nothing_away(course):
    with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
        book.add_student("ada")
        (notebook,) = book.add_submission(NAME, "ada").notebooks
        for grade in notebook.grades:
            grade.auto_score, grade.needs_manual_grade = 1.25, False
        book.db.commit()
    gradebook.give_zero(course, NAME, "ada")
    assert {grade.score for grade in gradebook.grades(course, NAME, "ada").values()} == {1.25}


def test_a_manual_grade_ends_the_waiting(course):
    with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
        book.add_student("ada")
        (notebook,) = book.add_submission(NAME, "ada").notebooks
        grade = next(grade for grade in notebook.grades if grade.name == "why")
        grade.needs_manual_grade = True
        book.db.commit()
    assert gradebook.grades(course, NAME, "ada")["why"].score is None
    with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
        grade = book.find_grade("why", NAME, NAME, "ada")
        grade.manual_score = 0.5
        book.db.commit()
    assert gradebook.grades(course, NAME, "ada")["why"].score == 0.5


def test_lateness_is_measured_from_the_due_date(course):
    gradebook.add_assignment(course, NAME, due=datetime(2026, 3, 1, 12))
    for student, hour in (("early", 11), ("late", 15)):
        with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
            book.add_student(student)
            book.add_submission(NAME, student, timestamp=datetime(2026, 3, 1, hour))
    assert gradebook.lateness(course, NAME, "early") == timedelta(0)
    assert gradebook.lateness(course, NAME, "late") == timedelta(hours=3)
    gradebook.add_assignment(course, NAME)
    assert gradebook.lateness(course, NAME, "late") == timedelta(hours=3)
