"""Written answers graded on one page, by keyboard, in a real browser against the command itself."""

import os
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from autograder.book.gradebook import open_gradebook
from autograder.book.records import read_results
from autograder.build.release import release
from autograder.build.source import read_chapter
from autograder.out.feedback import write_feedback
from autograder.results import Outcome
from tests.autograder.conftest import DEMO, NAME, ROOT, copy_course, grade, make_course
from tests.autograder.exam.hostile import HTML, MARKDOWN
from tests.autograder.handing_in import hand_in_answers
from tests.browser.axe import barriers

RUBRIC = "**Rubric**\n\n- 1½ points: the sum, for $a < b$.\n- ½ point: the multiple."
ANSWERS = {
    "ada": "Twice a sum is the sum of both doubles.",
    "blaise": "It just is.",
    "mallory": "\n\n".join((*HTML.values(), *MARKDOWN.values())),
    "zoe": None,
}
KEY = (NAME, "why")
SECOND = """
+++ {"written": "why_not", "points": 1}

And why not?

### BEGIN SOLUTION
So.

**Rubric**
### END SOLUTION
"""


def make_class(root):
    """Two questions, as far as the page can tell, and four who handed in; one of them did not answer."""
    course = make_course(root)
    path = course.root / "solutions" / f"{NAME}.md"
    text = DEMO.replace("**Rubric.** One point for the sum, one point for the multiple.", RUBRIC)
    path.write_text(text + SECOND, encoding="utf-8")
    release(course, read_chapter(path))
    for student, answer in ANSWERS.items():
        hand_in_answers(course, NAME, student, {} if answer is None else {"why": answer})
    list(grade(course, NAME))
    return course


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    return make_class(tmp_path_factory.mktemp("written") / "course")


@pytest.fixture
def course(graded, tmp_path):
    return copy_course(graded, tmp_path / "course")


class Command:
    """`autograder written` as somebody types it, in a process of its own."""

    def __init__(self, course):
        line = [sys.executable, "-m", "autograder", "written", NAME, "--course", str(course.root)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment)
        self.said = [self.process.stdout.readline() for _ in range(2)]
        self.address = self.said[1].strip()

    def interrupt(self) -> str:
        """Ctrl-C; what it says then."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=60)
        return rest


@pytest.fixture
def command(course):
    command = Command(course)
    yield command
    if command.process.poll() is None:
        command.process.kill()
        command.process.communicate()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.seen = []
    page.on("dialog", lambda dialog: (page.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: page.seen.append(f"request {request.url[:100]}"))
    page.on("console", lambda message: page.seen.append(message.text))
    page.on("pageerror", lambda error: page.seen.append(str(error)))
    yield page
    context.close()


def results(course) -> dict:
    return {result.student: result for result in read_results(course, NAME)}


def points(course) -> dict:
    return {
        student: {exercise.key: exercise.score for exercise in result.exercises}[KEY]
        for student, result in results(course).items()
    }


def answer(page, text):
    return page.locator(".answer").filter(has_text=text)


def test_points_and_comments_are_given_with_the_keyboard_alone(course, command, page, screenshot):
    assert command.said[0] == "3 answers to grade; open this in a browser, and end with Ctrl-C:\n"
    page.goto(command.address)
    expect(page.locator("#waiting")).to_have_text("3")
    assert page.get_by_text("1 left it as it was").is_visible()
    assert not [name for name in ANSWERS if name in page.content()]
    first = page.locator(".answer:focus")
    expect(first).to_have_count(1)
    while "Twice a sum" not in page.locator(".answer:focus").inner_text():
        page.keyboard.press("n")
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("2")
    lines = answer(page, "Twice a sum").get_by_role("button")
    expect(lines.nth(0)).to_have_attribute("aria-pressed", "mixed")
    expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("c")
    page.keyboard.type("f12: what of\na multiple?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#waiting")).to_have_text("2")
    screenshot(page, "written")
    assert points(course) == {"ada": 1.5, "blaise": None, "mallory": None, "zoe": 0.0}

    page.keyboard.press("w")
    while "It just is." not in page.locator(".answer:focus").inner_text():
        page.keyboard.press("w")
    page.keyboard.press("t")
    page.keyboard.type("0.25")
    page.keyboard.press("Enter")
    expect(page.locator("#waiting")).to_have_text("1")
    page.keyboard.press("f")
    expect(page.locator("#waiting")).to_have_text("0")
    assert points(course) == {"ada": 1.5, "blaise": 0.25, "mallory": 2.0, "zoe": 0.0}
    page.reload()
    assert answer(page, "Twice a sum").get_by_label("Points").input_value() == "1.5"
    assert answer(page, "Twice a sum").get_by_label("Comment").input_value() == "f12: what of\na multiple?"
    page.get_by_role("link", name="why_not").click()
    expect(page.get_by_text("Nobody has answered.")).to_be_visible()
    assert command.interrupt() == "0 answers to grade\n"
    assert command.process.returncode == 0

    list(grade(course, NAME, regrade=True))
    assert points(course) == {"ada": 1.5, "blaise": 0.25, "mallory": 2.0, "zoe": 0.0}
    feedback = write_feedback(course, results(course)["ada"]).read_text(encoding="utf-8")
    assert "what of\na multiple?" in feedback
    assert "the sum, for" not in feedback


def test_what_is_graded_anew_is_looked_at_again(course, page):
    with open_gradebook(course) as book:
        book.give(NAME, "ada", KEY, 1.0, "")
    list(grade(course, NAME, regrade=True))
    command = Command(course)
    try:
        assert command.said[0].startswith("3 answers")
        page.goto(command.address)
        expect(answer(page, "Twice a sum").get_by_role("status")).to_contain_text("look again")
        answer(page, "Twice a sum").get_by_label("Points").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#waiting")).to_have_text("2")
    finally:
        assert command.interrupt() == "2 answers to grade\n"


def test_nothing_that_a_student_wrote_runs(command, page):
    page.goto(command.address, wait_until="networkidle")
    for summary in page.locator(".answer summary").all():
        summary.click()
    page.wait_for_timeout(300)
    assert [event for event in page.seen if not event.startswith(("request data:", f"request {command.address}"))] == []
    assert page.locator(".answer script, .answer iframe, .answer form, .answer [style], .answer [onerror]").count() == 0


def test_what_cannot_be_kept_is_said_and_stays_on_the_page(course, command, page):
    page.goto(command.address)
    mine = answer(page, "It just is.")
    mine.get_by_label("Points").fill("7")
    page.keyboard.press("Enter")
    expect(mine.get_by_role("status")).to_have_text("not saved: expected points from 0 to 2, got 7")
    mine.get_by_label("Comment").fill("A long thought.")
    command.interrupt()
    mine.get_by_label("Points").fill("1")
    page.keyboard.press("Enter")
    expect(mine.get_by_role("status")).to_have_text("not saved: nobody answers: is the command still running?")
    assert mine.get_by_label("Comment").input_value() == "A long thought."
    assert results(course)["blaise"].exercises[-2].outcome is Outcome.WAITING


def test_every_control_has_a_name_and_the_page_fits(command, page):
    page.goto(command.address)
    for width in (1200, 380):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    tree = page.locator(".answer").first.aria_snapshot()
    expect(page.get_by_role("region", name="Answer 1")).to_be_visible()
    assert 'spinbutton "Points"' in tree
    assert 'textbox "Comment"' in tree
    assert 'group "Lines of the rubric"' in tree


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_in_it_keeps_people_out(command, page, screenshot, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(command.address)
    for summary in page.locator(".answer summary").all():
        summary.click()
    screenshot(page, f"written_{scheme}")
    # What students wrote is theirs, and some of it is hostile here.
    page.locator(".untrusted").evaluate_all("texts => texts.forEach((text) => text.remove())")
    assert barriers(page) == []
