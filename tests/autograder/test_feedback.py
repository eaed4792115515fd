import html
import re

import pytest

from autograder.course import CourseError
from autograder.feedback import write_feedback
from tests.autograder.conftest import NAME, copy_course

# Parts of the hidden tests and the rubric of the demo.
SECRETS = ("hidden_number", "6.0, -10.0", "7 / 3", "HIDDEN", "Rubric", "sum of the doubles")


def words(page: str) -> str:
    """The text of a page without tags, styles and scripts."""
    page = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", page))


@pytest.fixture(scope="module")
def pages(graded, tmp_path_factory):
    """The feedback of four students: what their pages say in words, by name."""
    course = copy_course(graded.course, tmp_path_factory.mktemp("feedback"))
    students = ("ada", "dmitri", "grace", "noor")
    return {name: write_feedback(course, NAME, name).read_text(encoding="utf-8") for name in students}


@pytest.mark.parametrize("student", ["dmitri", "grace", "noor"])
def test_no_hidden_test_is_on_the_page(pages, student):
    for secret in SECRETS:
        assert secret not in words(pages[student]), secret
        assert secret not in re.sub(r"<style.*?</style>", "", pages[student], flags=re.DOTALL), secret


def test_no_solution_is_on_the_page_of_who_has_none(pages):
    for secret in ("SOLUTION", "obvious way", "running_total"):
        assert secret not in pages["dmitri"]
        assert secret not in pages["grace"]


def test_the_page_names_the_mistake(pages):
    text = words(pages["grace"])
    assert "you squared the number: that grows faster" in text
    assert "this is the mean, a total has no denominator" in text
    assert "CheckFailed" not in text


def test_the_page_says_what_else_went_wrong(pages):
    assert "NotImplementedError" in words(pages["dmitri"])
    assert "NameError: name 'total' is not defined" in words(pages["noor"])


def test_the_page_shows_the_visible_check_and_the_scores(pages):
    text = words(pages["grace"])
    assert 'check_close(double(0.0), 0.0, name="double(0)")' in text
    assert "squared_by_mistake" in text
    assert re.search(r"Score:\s*0\.0 / 5\.5", text)
    assert re.search(r"Score:\s*3\.5 / 5\.5", words(pages["ada"]))


def test_a_page_needs_a_graded_submission(released):
    with pytest.raises(CourseError, match=f"ada has no graded {NAME}: run `autograder grade {NAME}` first"):
        write_feedback(released, NAME, "ada")
