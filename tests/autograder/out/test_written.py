"""Who may ask the desk at which written answers are graded, and what it takes."""

import asyncio
import json
import threading
from contextlib import suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.book.gradebook import open_gradebook, quiet
from autograder.book.instructor import read_assignment
from autograder.book.rows import NotebookGrades
from autograder.errors import UserError
from autograder.out.written import read_questions
from autograder.out.written.desk import Desk, serve
from tests.autograder.conftest import copy_course
from tests.autograder.stock import HW, hand_in

ESSAY = ("p1", "essay")


@pytest.fixture(scope="module")
def course(stock, tmp_path_factory):
    """Two of three answered, recorded without running anything."""
    course = copy_course(stock, tmp_path_factory.mktemp("written") / "course")
    for student, sources in {"ada": {"why": "Because!", "plot": "1 / 0"}, "blaise": {"why": "So."}, "zoe": {}}.items():
        folder = hand_in(course, student, **sources)
        for path in folder.glob("*.ipynb"):
            notebook = nbformat.read(path, as_version=4)
            if student == "ada" and path.stem == "p1":
                notebook.cells.append(nbformat.v4.new_markdown_cell("My <b onclick='x'>essay</b>."))
            place = course.autograded_folder(HW, student) / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, place)
        with open_gradebook(course) as book:
            unanswered = frozenset({"why", "plot"} - sources.keys())
            book.record(HW, student, [NotebookGrades("p1", unanswered=unanswered), NotebookGrades("p2")])
    return course


@pytest.fixture
def desk(course):
    return Desk(course, HW, read_questions(course, read_assignment(course, HW)))


def test_answers_stand_under_their_questions_without_the_text_that_was_there(desk):
    found = {
        question.key: ({answer.student: answer.html for answer in question.answers}, question.blank)
        for question in desk.questions
    }
    assert list(found) == [("p1", "why"), ("p1", "plot"), ESSAY]
    assert found["p1", "why"] == ({"ada": "<p>Because!</p>\n", "blaise": "<p>So.</p>\n"}, 1)
    assert found[ESSAY] == ({"ada": "<p>My <b>essay</b>.</p>\n"}, 2)
    answers, blank = found["p1", "plot"]
    assert set(answers) == {"ada"}
    assert blank == 2
    assert [question.scheme.rubric for question in desk.questions] == ["", "", "five"]
    assert [question.scheme.model for question in desk.questions] == ["Because.", "```python\n1\n```", ""]


def test_the_order_of_answers_is_the_same_each_time(course):
    questions = read_questions(course, read_assignment(course, HW))
    again = read_questions(course, read_assignment(course, HW))
    assert questions == again


@pytest.mark.parametrize("given", [(2.5, "Well said."), (0, ""), (None, "Come and see me.")])
def test_what_is_given_stands_in_the_gradebook(desk, course, given):
    place = [answer.student for answer in desk.questions[0].answers].index("ada")
    desk.give(0, place, *given)
    with open_gradebook(course) as book:
        recorded = book.submission(HW, "ada")
    assert recorded.grades["p1", "why"].score == given[0]
    assert recorded.comments.get(("p1", "why"), "") == given[1]


@pytest.mark.parametrize(
    ("points", "comment", "sentence"),
    [
        (5, "", "expected points from 0 to 4, got 5"),
        (-1, "", "expected points from 0 to 4, got -1"),
        (float("nan"), "", "expected points from 0 to 4, got nan"),
        (True, "", "expected points from 0 to 4, got True"),
        ("4", "", "expected points from 0 to 4, got '4'"),
        (1, "x" * 20_001, "expected a comment of at most 20,000 characters"),
        (1, None, "expected a comment of at most 20,000 characters"),
    ],
)
def test_what_cannot_be_given_changes_nothing(desk, course, points, comment, sentence):
    with open_gradebook(course) as book:
        before = book.submissions(HW)
    with pytest.raises(UserError, match=sentence):
        desk.give(0, 0, points, comment)
    with open_gradebook(course) as book:
        assert book.submissions(HW) == before


def test_extra_credit_of_formgrader_stays_beside_the_points(desk, course):
    place = [answer.student for answer in desk.questions[0].answers].index("blaise")
    with quiet(), Gradebook(course.db_url, "stock") as book:
        book.find_grade("why", "p1", HW, "blaise").extra_credit = 0.5
        book.db.commit()
    desk.give(0, place, 3.0, "")
    with open_gradebook(course) as book:
        assert book.submission(HW, "blaise").grades["p1", "why"].score == 3.5
    assert 'value="3"></label> of 4 and 0.5 extra' in desk.page(0)


@pytest.fixture
def address(desk):
    """The desk, served in a thread."""
    found, ready = [], threading.Event()

    def announce(url):
        found.extend((url, asyncio.get_running_loop(), asyncio.current_task()))
        ready.set()

    def run():
        with suppress(asyncio.CancelledError):
            serve(desk, announce)

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(30)
    url, loop, task = found
    yield urlsplit(url)
    loop.call_soon_threadsafe(task.cancel)
    thread.join(30)


def ask(address, method="GET", path=None, body=None, **headers):
    connection = HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request(method, path or address.path, body, {name.title(): text for name, text in headers.items()})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply, text


def test_the_page_is_for_the_one_who_has_its_address(address):
    reply, text = ask(address)
    assert reply.status == 200
    assert "Because!" in text
    assert reply.headers["Cache-Control"] == "no-store"
    token = address.path.split("/")[1]
    for path in ("/", "/0/", f"/{token[:-1]}/0/", f"/{token}x/0/", f"/{token}/9/", f"/{token}/0/../", "/favicon.ico"):
        assert ask(address, path=path)[0].status == 404, path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", ""])
def test_a_name_that_leads_here_leads_nowhere(address, host):
    assert ask(address, host=host)[0].status in (400, 403)


def put(address, said, **headers):
    said = said if isinstance(said, str) else json.dumps(said)
    return ask(address, "PUT", f"{address.path}0", said, **headers)


def test_another_site_gives_no_points(address, course):
    with open_gradebook(course) as book:
        before = book.submissions(HW)
    said = {"points": 4, "comment": "bribed"}
    for origin in ({}, {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1"}):
        assert put(address, said, **origin)[0].status == 403
    assert ask(address, "POST", f"{address.path}0", "{}")[0].status in (403, 405)
    with open_gradebook(course) as book:
        assert book.submissions(HW) == before


def test_what_the_page_says_is_kept_and_what_is_no_grade_is_refused(address, course):
    mine = {"origin": f"http://{address.netloc}"}
    assert put(address, {"points": 3, "comment": "Yes."}, **mine)[0].status == 200
    with open_gradebook(course) as book:
        given = [recorded.comments.get(("p1", "why")) for recorded in book.submissions(HW).values()]
    assert "Yes." in given
    reply, text = put(address, {"points": 9, "comment": ""}, **mine)
    assert (reply.status, json.loads(text)) == (409, {"problem": "expected points from 0 to 4, got 9"})
    for broken in (
        "",
        "[]",
        "{}",
        "{",
        '"x"',
        '{"points": 1}',
        "\udcff".encode("utf-8", "surrogateescape").decode("latin1"),
    ):
        assert put(address, broken, **mine)[0].status == 400, broken
    assert ask(address, "PUT", f"{address.path}77", "{}", **mine)[0].status == 404


def test_nothing_to_grade_is_said(course, stock):
    with pytest.raises(UserError, match="'omar' has not handed in"):
        read_questions(course, read_assignment(course, HW), ["omar"])
    with pytest.raises(UserError, match=r"expected submissions in|nobody has handed in|is graded yet"):
        read_questions(stock, read_assignment(stock, HW))
