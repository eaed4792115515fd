"""Serves the pages on which written answers are graded, to one person on this machine.

It listens on the loopback only. The way in is an address that nobody can guess, and what another site sends is refused
(`Host`, `Origin`), also if that site has a name which leads here. Nothing but points and comments comes in.
"""

import asyncio
import json
import math
import secrets
from collections.abc import Callable
from hmac import compare_digest

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from autograder.book.gradebook import Graded, open_gradebook
from autograder.course import Course
from autograder.errors import UserError
from autograder.out.written import Question, template

LONGEST_COMMENT = 20_000  # characters
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Desk:
    """The questions of an assignment, and where points and comments go."""

    def __init__(self, course: Course, assignment: str, questions: tuple[Question, ...]):
        self.assignment, self.questions = assignment, questions
        self._course = course

    def page(self, number: int) -> str:
        """The page of a question, with what is given so far."""
        question, marks, comments = self.questions[number], [], []
        with open_gradebook(self._course) as book:
            recorded = book.submissions(self.assignment)
        for answer in question.answers:
            known = recorded.get(answer.student)
            marks.append(known.grades.get(question.key) if known else None)
            comments.append(known.comments.get(question.key, "") if known else "")
        return template.render(
            assignment=self.assignment,
            questions=self.questions,
            number=number,
            question=question,
            rows=list(zip(question.answers, marks, comments, strict=True)),
            waiting=sum(map(_waits, marks)),
        )

    def give(self, number: int, place: int, points: float | None, comment: str) -> None:
        """Keep points and comment for an answer. Raises UserError for what cannot be given, or be kept."""
        question = self.questions[number]
        if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
            raise UserError(f"expected a comment of at most {LONGEST_COMMENT:,} characters")
        if points is not None and not _is_within(points, question.points):
            raise UserError(f"expected points from 0 to {question.points:g}, got {points!r}")
        with open_gradebook(self._course) as book:
            book.give(self.assignment, question.answers[place].student, question.key, points, comment.strip())

    def waiting(self) -> int:
        """How many answers nobody has graded."""
        with open_gradebook(self._course) as book:
            recorded = book.submissions(self.assignment)
        grades = (
            recorded[answer.student].grades.get(question.key)
            for question in self.questions
            for answer in question.answers
            if answer.student in recorded
        )
        return sum(map(_waits, grades))


def _waits(graded: Graded | None) -> bool:
    return graded is not None and (graded.score is None or graded.again)


def _is_within(points: object, most: float) -> bool:
    is_number = isinstance(points, int | float) and not isinstance(points, bool)
    return is_number and math.isfinite(points) and 0 <= points <= most  # type: ignore[arg-type, operator]


def serve(desk: Desk, announce: Callable[[str], None]) -> None:
    """Serve until the process is interrupted. announce: called with the address of the first page."""

    async def forever() -> None:
        token = secrets.token_urlsafe(24)
        (socket,) = bind_sockets(0, "127.0.0.1")
        host = f"127.0.0.1:{socket.getsockname()[1]}"
        known = {"desk": desk, "host": host, "token": token}
        pages = [(r"/([\w-]+)/(\d+)/", _Page, known), (r"/([\w-]+)/(\d+)/(\d+)", _Given, known)]
        server = HTTPServer(Application(pages, default_handler_class=_Nothing), max_body_size=2**20)
        server.add_socket(socket)
        try:
            announce(f"http://{host}/{token}/0/")
            await asyncio.Event().wait()
        finally:
            server.stop()
            await server.close_all_connections()

    asyncio.run(forever())


class _Handler(RequestHandler):
    """What both have in common: who may ask, and for which question."""

    def initialize(self, desk: Desk, host: str, token: str) -> None:
        self._desk, self._host, self._token = desk, host, token

    def set_default_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        mine = self.request.host == self._host
        if self.request.method != "GET":
            mine = mine and self.request.headers.get("Origin") == f"http://{self._host}"
        if not mine:
            raise HTTPError(403)
        if not compare_digest(self.path_args[0], self._token) or int(self.path_args[1]) >= len(self._desk.questions):
            raise HTTPError(404)


class _Page(_Handler):
    def get(self, _: str, number: str) -> None:
        try:
            self.finish(self._desk.page(int(number)))
        except UserError as error:
            self.set_status(503)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(str(error))


class _Given(_Handler):
    def put(self, _: str, number: str, place: str) -> None:
        if int(place) >= len(self._desk.questions[int(number)].answers):
            raise HTTPError(404)
        try:
            said = json.loads(self.request.body)
            self._desk.give(int(number), int(place), said["points"], said["comment"])
        except UserError as error:
            self.set_status(409)
            self.finish({"problem": str(error)})
        except (ValueError, KeyError, TypeError):
            raise HTTPError(400) from None


class _Nothing(RequestHandler):
    def prepare(self) -> None:
        raise HTTPError(404)
