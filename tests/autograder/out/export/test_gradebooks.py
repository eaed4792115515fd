"""Each file for another gradebook, read as that system documents that it reads it."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.out.export import blackboard, canvas, moodle
from autograder.out.grades import Grades, of_assignment
from autograder.results import NOT_HANDED_IN, Person
from tests.autograder.out.export.test_csv import shown, words
from tests.autograder.test_results import ADA, TWICE

LOVELACE = Person("Lovelace", 'Ada "the first", Countess', "ada@example.org", "4711")
BEN = replace(TWICE, assignment="07_demo", student="ben", problem=NOT_HANDED_IN)
WAITS = replace(ADA, student="chen", exercises=ADA.exercises[2:])
CLASS = of_assignment([replace(ADA, person=LOVELACE), BEN, WAITS])


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def read_canvas(content: bytes) -> tuple[dict, dict]:
    """Points by column, and scores by (ID, SIS User ID), as Canvas imports them."""
    header, possible, *students = rows(content)
    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"], "these, in this order"
    assert possible[0].strip() == "Points Possible"
    titles = header[5:]
    points = dict(zip(titles, map(float, possible[5:]), strict=True))
    assert all(row[1] or row[2] or row[3] for row in students), "who cannot be found is left out"
    scores = {(row[1], row[2]): dict(zip(titles, row[5:], strict=True)) for row in students}
    return points, scores


def read_moodle(content: bytes) -> dict:
    """Grades by “ID number”; an item is matched by its heading."""
    header, *students = rows(content)
    assert len(set(header)) == len(header)
    return {row[header.index("ID number")]: dict(zip(header, row, strict=True)) for row in students}


def read_blackboard(content: bytes) -> dict:
    """Grades by Username, with a cell in quotes everywhere."""
    for line in content.decode().removesuffix("\r\n").split("\r\n"):
        assert line.startswith('"')
        assert line.endswith('"')
    header, *students = rows(content)
    return {row[header.index("Username")]: dict(zip(header, row, strict=True)) for row in students}


def test_canvas():
    points, scores = read_canvas(canvas.render(CLASS))
    assert points == {"07_demo": 6.5}
    assert scores == {
        ("4711", "ada"): {"07_demo": "2.5"},
        ("", "ben"): {"07_demo": "5.0"},
        ("", "chen"): {"07_demo": ""},
    }
    assert rows(canvas.render(CLASS))[2][0] == 'Lovelace, Ada "the first", Countess'
    assert rows(canvas.render(CLASS))[3][0] == "ben", "a row without a name is no student"


def test_moodle():
    found = read_moodle(moodle.render(CLASS))
    assert found["ada"]["07_demo (Real)"] == "2.5"
    assert found["ada"]["Email address"] == "ada@example.org"
    assert found["chen"]["07_demo (Real)"] == "", "no grade is no zero"


def test_blackboard():
    found = read_blackboard(blackboard.render(CLASS))
    assert found["ada"] == {
        "Last Name": "Lovelace",
        "First Name": 'Ada "the first", Countess',
        "Username": "ada",
        "07_demo [Total Pts: 6.5]": "2.5",
    }
    assert found["ben"]["07_demo [Total Pts: 6.5]"] == "5.0"


@pytest.mark.parametrize("form", [canvas, moodle, blackboard])
@given(words, words, st.floats(0, 99))
def test_any_name_and_number_survives(form, last, first, score):
    exercise = replace(ADA.exercises[0], score=score, points=99.0)
    result = replace(ADA, exercises=(exercise,), person=Person(last, first))
    (*_, row) = rows(form.render(of_assignment([result])))
    name = f"{last}, {first}" if form is canvas else last
    assert shown(name) in row
    assert float(row[-1]) == score


def test_nobody():
    for form in (canvas, moodle, blackboard):
        assert len(rows(form.render(Grades((), (), (), ())))) <= 2
