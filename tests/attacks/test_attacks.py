"""No undeserved point, no deserved point lost beyond the attacked exercise, nothing leaked, nothing outside changed,
and the batch goes on. One class of attacks only: `pytest tests/attacks --attacks leaks`."""

import html
import json
import re
from html.parser import HTMLParser

import pytest

from tests.attacks.attack import Attack
from tests.attacks.corpus import ATTACKS
from tests.attacks.course import HONEST, grades
from tests.attacks.target import CANARY, CHAPTER, NAME, POINTS, SECRETS

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
MOST_FEEDBACK = 20 * 2**20  # bytes of a page: a browser must be able to open it
LIVE = {"script", "iframe", "frame", "object", "embed", "applet", "base", "form", "portal"}
CHECKS = tuple(exercise.check.source.strip() for exercise in CHAPTER.exercises)
EVERY_ATTACK = pytest.mark.parametrize("name", ATTACKS)


@pytest.fixture
def attack(graded, name) -> Attack:
    if name not in graded.attacks:
        pytest.skip("not among the attacks of this run")
    return graded.attacks[name]


def scores(graded, name: str) -> dict[str, float]:
    """Exercise → points in nbgrader's gradebook; what it does not have counts nothing."""
    found = grades(graded.course, name)
    return {exercise: found.get(f"check_{exercise}") or 0.0 for exercise in POINTS}


def shown(graded, name: str) -> str:
    """The text of an autograded notebook but for the checks, which are the instructor's to see."""
    path = graded.course.autograded_notebook(NAME, name)
    if not path.is_file():
        return ""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    others = [cell for cell in cells if not "".join(cell["source"]).strip().endswith(CHECKS)]  # a header stands above
    return "\n".join(text for cell in others for text in _texts([cell["source"], cell.get("outputs", [])]))


def _texts(value) -> list[str]:
    """All strings in plain data, lists of lines put together."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return ["".join(value)] if all(isinstance(v, str) for v in value) else [t for v in value for t in _texts(v)]
    return []


def pages(graded, name: str) -> list[str]:
    folder = graded.course.feedback / name
    return [page.read_text(encoding="utf-8") for page in folder.rglob("*.html")]


def leaked(text: str, attack: Attack) -> set[str]:
    needles = {*SECRETS, *attack.never, "BREACH"}
    return {needle for needle in needles if needle in text} | set(CANARY.findall(text))


@EVERY_ATTACK
def test_no_undeserved_point(graded, attack, name):
    undeserved = {e: points for e, points in scores(graded, name).items() if not 0 <= points <= attack.most(e)}
    assert not undeserved
    written = grades(graded.course, name).get("why")
    assert not written, "a written answer was graded without anybody reading it"


@EVERY_ATTACK
def test_no_deserved_point_is_lost_beyond_the_attacked_exercise(graded, attack, name):
    lost = {exercise: points for exercise, points in scores(graded, name).items() if points < attack.least(exercise)}
    assert not lost


@EVERY_ATTACK
def test_nothing_leaks(graded, attack, name):
    assert not leaked(shown(graded, name), attack)
    for page in pages(graded, name):
        assert not leaked(html.unescape(re.sub("<[^>]*>", "", page)), attack)


@EVERY_ATTACK
def test_feedback_is_inert(graded, attack, name):
    for page in pages(graded, name):
        assert len(page.encode()) < MOST_FEEDBACK
        assert not _Live().found_in(page)


def test_the_batch_goes_on(graded):
    assert all(code in (0, 1) for code in graded.codes), graded.said[-2000:]
    ungraded = [name for name in graded.attacks | HONEST if not grades(graded.course, name)]
    assert not ungraded


def test_nobody_speaks_on_the_terminal(graded):
    assert "\x1b" not in graded.said
    assert "BREACH" not in graded.said


@pytest.mark.parametrize("name", HONEST)
def test_honest_students_get_what_they_deserve(graded, name):
    assert scores(graded, name) == {exercise: HONEST[name].most(exercise) for exercise in POINTS}
    assert grades(graded.course, name)["why"] is None, "a person has to grade the written answer"
    assert pages(graded, name)


def test_nothing_outside_is_changed(graded):
    assert graded.changed == []
    assert graded.marked == []


def test_nothing_is_left_behind(graded):
    assert set(graded.left) <= {".lock", *graded.attacks, *HONEST}


def test_nobody_is_reached(graded):
    assert graded.visitors == []


def test_nothing_lives_on(graded):
    assert graded.survivors == []


class _Live(HTMLParser):
    """Finds what a browser would run, load or obey in a page."""

    def __init__(self):
        super().__init__()
        self._found: list[str] = []

    def found_in(self, page: str) -> list[str]:
        self.feed(page)
        self.close()
        return self._found

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in LIVE:
            self._found.append(tag)
        for name, value in attributes:
            address = re.sub(r"[\s\x00]", "", value or "").lower()
            remote = name in ("src", "srcset", "href", "action", "background", "poster", "xlink:href", "formaction")
            loads = tag != "a" and re.match(r"(https?:)?//", address)
            if name.startswith("on") or (remote and (loads or address.startswith(("javascript:", "vbscript:")))):
                self._found.append(f"{tag} {name}={value}")
            if (tag, name) == ("meta", "http-equiv") and address == "refresh":
                self._found.append("meta refresh")
