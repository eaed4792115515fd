import csv
import io
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import UserError
from autograder.intake.roster import Entry, read_roster
from autograder.results import Person


@pytest.fixture
def file(tmp_path):
    """Write a roster; call it with text or bytes, for its path."""

    def write(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


ADA = Entry("ada", Person("Lovelace", "Ada", "ada@example.org", "4711"), {})


@pytest.mark.parametrize(
    "text",
    [
        "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,4711\n",
        "\ufeffID, First_Name ,last_name,email,lms_user_id\r\nada,Ada,Lovelace,ada@example.org,4711\r\n\r\n",
        "id;first_name;last_name;email;lms_user_id\nada;Ada;Lovelace;ada@example.org;4711\n;;;;",
        'id\temail\tfirst_name\tlast_name\tlms_user_id\nada\tada@example.org\t"Ada"\tLovelace\t4711',
    ],
)
def test_tables_as_programs_write_them(file, text):
    assert read_roster(file(text)) == [ADA]
    assert read_roster(file(text.replace("\ufeff", "").encode("utf-16"))) == [ADA]


def test_extensions_of_all_assignments_and_of_one(file):
    (entry,) = read_roster(file("id,extension,extension hw1,extension hw2,extension hw3\nada,2 days,36 hours,,0\n"))
    assert entry.extensions == {"": timedelta(days=2), "hw1": timedelta(hours=36), "hw3": timedelta(0)}
    (entry,) = read_roster(file("id,extension hw1\nada,2026-10-12 22:00\n"))
    assert entry.extensions == {"hw1": datetime(2026, 10, 12, 22)}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "expected a heading with a column id, got an empty file"),
        ("name,email\nAda,a@b\n", "unknown column 'name': expected id, first_name, last_name, email, lms_user_id"),
        ("email\na@b\n", "expected a heading with a column id, got email"),
        ("id,email,email\nada,a,b\n", "column 'email' is there 2 times"),
        ("id,email\nada\n", ":2: expected 2 cells, got 1"),
        ("id,email\nada,a@b,c\n", ":2: expected 2 cells, got 3"),
        ("id,email\nada,a@b\nben,x\nada,c@d\n", "2 students have the id 'ada'"),
        ("id\nada\nAda\n", "2 students have the id 'ada'"),
        ("id,email\nada,a@b\nben,A@b\n", "2 students have the e-mail 'a@b'"),
        ("id\nada\na/b\n", ":3: expected an id that can name a folder, got 'a/b'"),
        ("id\n..\n", "expected an id that can name a folder, got '..'"),
        ("id,email\n,a@b\n", "expected an id that can name a folder, got ''"),
        ('id,email\n"a\nb",x\n', "expected an id that can name a folder"),
        ("id,email\nada," + 200 * "x" + "\n", "expected at most 128 characters in column email, got 200"),
        ("id,extension\nada,soon\n", "expected an extension such as 2 days, 36 hours or 2026-10-12 22:00, got 'soon'"),
        ("id,extension\nada,2\n", "got '2'"),
        ("id,extension\nada,99999999 days\n", "got '99999999 days'"),
        ('id,email\nada,"a"b\n', ":2: this is no table in CSV"),
        (
            "id,first_name\nlena,Lena\nmuller,Müller\n".encode("latin-1"),
            ":3: expected text in UTF-8, got the byte 0xfc",
        ),
    ],
)
def test_a_file_that_is_no_roster(file, content, sentence):
    with pytest.raises(UserError) as raised:
        read_roster(file(content))
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")


def test_two_students_of_one_name_are_two_students(file):
    found = read_roster(file("id,first_name,last_name\nada1,Ada,Lovelace\nada2,Ada,Lovelace\n"))
    assert [entry.id for entry in found] == ["ada1", "ada2"]


names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)


@given(st.lists(names, min_size=1, max_size=5, unique_by=lambda name: name.casefold()))
def test_any_name_survives(tmp_path_factory, people):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("id", "last_name"), *((f"s{n}", name) for n, name in enumerate(people))])
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    path.write_bytes(text.getvalue().encode())
    assert [entry.person.last_name for entry in read_roster(path)] == people
