import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from autograder.out.report import report_page, write_report
from autograder.out.term import Policy
from autograder.results import NOT_HANDED_IN, ExerciseResult, Outcome, Person, SubmissionResult
from tests.autograder.out.report.classes import large, result, terms

ADA = result("ada", (2, 3, None), person=Person("Lovelace", "Ada"), late=timedelta(hours=26), penalty=1.5)
DORA = result("dora", (2, 3, 5))
CLASS = [ADA, result("ben", (0, 0, 5)), result("chen", (0, 0, 5)), DORA, result("zoe", (0,) * 3, problem=NOT_HANDED_IN)]


@pytest.fixture
def tables(tmp_path):
    """Write a report; call it with terms for its tables, by their names."""

    def write(whole):
        assert write_report(whole, tmp_path / "new" / "report") == tmp_path / "new" / "report" / "report.html"
        paths = (tmp_path / "new" / "report").glob("*.csv")
        texts = {path.stem: path.read_bytes().decode() for path in paths}
        return {name: list(csv.DictReader(io.StringIO(text, newline=""))) for name, text in texts.items()}

    return write


def section(page: str, heading: str) -> str:
    return re.sub(r"<[^>]+>", " ", page.partition(f">{heading}</h3>")[2].partition("<h3>")[0])


def test_the_page_says_what_a_class_tells():
    page = report_page(terms(CLASS), {"hw1": "2026-10-09 22:00 CEST"})
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "4 of 5 handed in, 4 graded. Mean 68 %, median 60 % of the points that are graded. Due 2026-10-09" in text
    assert "wrong a" in section(page, "Mistakes")
    assert "ben, chen" in section(page, "Mistakes")
    assert "2" in section(page, "Mistakes that travel together")
    assert "c: 1" in section(page, "Written answers that nobody has graded")
    assert re.search(r"Ada Lovelace \(ada\)\s+1 day\s+1.5", section(page, "Late work"))
    assert section(page, "Nothing handed in").strip() == "zoe"
    assert "The term" not in text, "there is one assignment"


def test_every_figure_says_in_words_what_it_shows():
    page = report_page(terms(CLASS, [replace(r, assignment="hw2") for r in CLASS]))
    figures = re.findall(r'<svg[^>]*role="img"[^>]*aria-label="([^"]+)"', page)
    assert [label.split(".")[0] for label in figures] == [
        "Share of points over the term", *["Histogram of the share of points", "Bars of how each exercise came out"] * 2
    ]  # fmt: skip
    assert "hw2: median 60%" in figures[0]
    assert "50 to 60 %: 2" in figures[1]
    assert "a: 2 passed, 2 failed" in figures[2]


def test_the_term_has_everybody_and_the_rules():
    page = report_page(terms(CLASS, [replace(CLASS[1], assignment="hw2")], policy=Policy({}, 1, stated=True)))
    assert "The lowest of them does not count." in page
    assert "Everybody, 5 students" in page


def test_the_tables_have_the_numbers(tables):
    found = tables(terms(CLASS))
    assert set(found) == {"students", "exercises", "mistakes", "mistakes-together"}
    ada, *_, zoe = found["students"]
    assert (ada["name"], ada["hw1"], ada["term percent"], ada["look at"]) == ("Ada Lovelace", "0.7", "70.0", "")
    assert zoe["look at"] == "hw1: nothing was handed in"
    first = found["exercises"][0]
    assert (first["exercise"], first["difficulty"], first["failed"]) == ("a", "0.5", "2")
    assert found["mistakes"][0]["students"] == "ben chen"
    (pair,) = found["mistakes-together"]
    assert (pair["both"], pair["by chance"], pair["phi"]) == ("2", "1.0", "1.0")


def test_nothing_that_a_student_wrote_is_markup_or_a_formula(tables, tmp_path):
    evil = "<script>alert(1)</script>\x1b[31m"
    wrong = ExerciseResult("check_a", 0.0, 2.0, Outcome.ERROR, f"=1+1 {evil}")
    whole = terms([SubmissionResult("hw1", "ada", (wrong,), problem=evil, person=Person(evil, evil))])
    found = tables(whole)
    assert found["mistakes"][0]["message"].startswith("'=1+1")
    page = (tmp_path / "new" / "report" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page


def test_a_class_of_which_nothing_is_graded():
    page = report_page(terms([result("ada", (None, None, None))]))
    assert "1 of 1 handed in, 0 graded." in page
    assert "a: 1" in section(page, "Written answers that nobody has graded")


def test_a_large_class_is_shown_whole():
    page = report_page(large(300, 2))
    assert "300 of 300 handed in" in page
    assert "First299 Last299 (s0299)" in page
