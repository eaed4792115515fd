"""A chapter that is released again, after students have handed it in and were graded."""

import pytest

from autograder.book.records import read_results
from autograder.build.release import release
from autograder.build.source import read_chapter
from autograder.course import CourseError
from tests.autograder.conftest import DEMO, NAME, copy_course, grade


def changed(course, *pairs):
    text = DEMO
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = course.root / "solutions" / f"{NAME}.md"
    path.write_text(text, encoding="utf-8")
    return read_chapter(path)


@pytest.mark.sandbox
def test_a_corrected_check_keeps_what_is_handed_in_and_says_what_changes(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "course")
    before = {result.student: result.score for result in read_results(course, NAME)}
    handed_in = course.submitted_notebook(NAME, "ada").read_bytes()
    release(course, changed(course, ("check: double\npoints: 2", "check: double\npoints: 4")))
    results = {result.student: result for result in grade(course, NAME, ["ada", "grace"])}
    assert course.submitted_notebook(NAME, "ada").read_bytes() == handed_in
    assert (results["ada"].earlier, results["ada"].score) == (before["ada"], before["ada"] + 2)
    assert (results["grace"].earlier, results["grace"].score) == (None, 0), "it is the same"
    again = {result.student: result for result in grade(course, NAME, ["ada"])}
    assert again["ada"].earlier is None, "nothing was graded anew"


@pytest.mark.sandbox
def test_a_new_hand_in_is_no_change_of_the_grader(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "course")
    folder = course.submitted_folder(NAME, "ada")
    (folder / f"{NAME}.ipynb").write_bytes(course.submitted_notebook(NAME, "grace").read_bytes())
    (folder / "timestamp.txt").write_text("2026-10-01 10:00:00 UTC")
    (result,) = grade(course, NAME, ["ada"])
    assert (result.score, result.earlier) == (0, None)


def test_an_exercise_that_goes_is_refused_and_all_stays(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "course")
    start = DEMO.index("```{code-cell} python\n---\nexercise: total")
    end = DEMO.index("Now in words.")
    places = (course.source_folder(NAME), course.release_folder(NAME))
    before = [{path: path.read_bytes() for path in place.rglob("*.ipynb")} for place in places]
    with pytest.raises(CourseError, match="has been handed in, so no exercise and no written answer can come or go"):
        release(course, changed(course, (DEMO[start:end], "")))
    assert [{path: path.read_bytes() for path in place.rglob("*.ipynb")} for place in places] == before
    assert all(before)
