import io
from dataclasses import replace

from hypothesis import given
from openpyxl import load_workbook

from autograder.out.export import xlsx
from autograder.out.grades import of_assignment
from tests.autograder.out.export.test_csv import words
from tests.autograder.test_results import ADA, OMAR


def read(results) -> list[list]:
    book = load_workbook(io.BytesIO(xlsx.render(of_assignment(results))))
    return [list(row) for row in book["grades"].iter_rows()]


def test_numbers_are_numbers_and_texts_are_texts():
    header, ada, omar = read([ADA, OMAR])
    row = {heading.value: cell for heading, cell in zip(header, ada, strict=True)}
    assert header[0].font.bold
    assert (row["check_double"].value, row["check_double"].data_type) == (2, "n")
    assert row["why"].value is None
    assert (row["student"].value, row["score"].value) == ("ada", 2.5)
    assert omar[-1].value == "the file is not JSON"


def test_no_text_is_a_formula():
    _, ada = read([replace(ADA, problem="=1+1", student="@ada")])
    assert [(cell.value, cell.data_type) for cell in (ada[1], ada[-1])] == [("@ada", "s"), ("=1+1", "s")]


def test_what_no_cell_may_hold_is_left_out():
    _, ada = read([replace(ADA, problem="bell\x07 " + "x" * 40_000)])
    assert ada[-1].value.startswith("bell x")
    assert len(ada[-1].value) == 32_767


@given(words)
def test_any_text_comes_back(problem):
    _, ada = read([replace(ADA, problem=problem)])
    kept = "".join(c for c in problem if c in "\t\n\r" or c >= " ").replace("\r\n", "\n").replace("\r", "\n")
    assert (ada[-1].value or "").replace("\r", "\n").strip() == kept.strip()
