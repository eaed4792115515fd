"""Manual grading in nbgrader's formgrader, on what we have graded: with rubric, and what a person gives stays."""

import re

import pytest
from playwright.sync_api import expect

from autograder.book.records import read_results
from autograder.build.release import release
from autograder.build.source import read_chapter
from autograder.out.feedback import write_feedback
from autograder.results import Outcome
from tests.autograder.conftest import NAME, grade, make_course
from tests.autograder.handing_in import hand_in_answers
from tests.browser.axe import barriers
from tests.browser.jupyter_browser import PATIENCE, JupyterLab

ANSWERS = {
    "ada": "Twice a sum is the sum of doubles: $2(a+b)$ <img src='x' onerror='alert(1)'>\n\n    code\n\n    more",
    "blaise": "It just is. <script>alert(2)</script>",
}
WITHOUT_NETWORK = "window.MathJax = {Hub: {Config() {}, Startup: {signal: {Interest: (heard) => heard('End')}}}}"
"""Stands for the MathJax that formgrader fetches from elsewhere, and waits for."""

OURS = "#notebook :is(.text_cell_render, .jp-RenderedMarkdown, .output_area)"
"""Answers, rubrics and outputs; the fields around them are formgrader's."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("formgrader") / "course")
    release(course, read_chapter(course.root / "solutions" / f"{NAME}.md"))
    for student, answer in ANSWERS.items():
        hand_in_answers(course, NAME, student, {"why": answer})
    list(grade(course, NAME))
    return course


@pytest.fixture(scope="module")
def formgrader(course, browser_type_launch_args, tmp_path_factory):
    with JupyterLab(tmp_path_factory.mktemp("lab"), notebooks=course.root) as server:
        yield server


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.route(re.compile(r"https://.*MathJax", re.IGNORECASE), lambda route: route.fulfill(body=WITHOUT_NETWORK))
    page = context.new_page()
    page.alarms = []
    page.on("dialog", lambda dialog: (page.alarms.append(dialog.message), dialog.dismiss()))
    yield page
    context.close()


def open_answer(page, server, text: str) -> None:
    """Go through the submissions, which formgrader shows without names, to the one with this text."""
    with page.expect_response(re.compile("/formgrader/api/submitted_notebooks/"), timeout=2 * PATIENCE) as listed:
        page.goto(server.address(f"formgrader/gradebook/{NAME}/{NAME}"))
    assert listed.value.ok, listed.value.text()
    links = page.get_by_role("link", name="Submission #")
    expect(links).to_have_count(len(ANSWERS))
    for address in links.evaluate_all("links => links.map(link => link.href)"):
        page.goto(address)
        expect(page.locator("#why")).to_be_visible()
        if page.get_by_text(text).count():
            return
    raise AssertionError(f"no submission says {text!r}")


def result(course, student):
    return next(result for result in read_results(course, NAME) if result.student == student)


def test_points_and_comment_of_a_person_stay_and_reach_the_student(course, formgrader, page, screenshot):
    open_answer(page, formgrader, "Twice a sum")
    expect(page.get_by_text("One point for the sum, one point for the multiple.")).to_be_visible()
    expect(page.get_by_text("Because the double of a sum")).to_be_visible()
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        page.locator("#why").fill("1.5")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    comment = page.locator("#why-comment")
    expect(comment).to_be_focused()
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        page.keyboard.type("And of a multiple?")
        page.keyboard.press("Escape")
    screenshot(page, "formgrader")

    given = (1.5, "And of a multiple?")
    for _ in range(2):  # as it is, and graded anew
        ada = result(course, "ada")
        assert (ada.exercises[-1].score, ada.comments[NAME, "why"]) == given
        feedback = write_feedback(course, ada).read_text(encoding="utf-8")
        assert "And of a multiple?" in feedback
        assert "1.5 of 2" in feedback
        assert "One point for the sum" not in feedback
        list(grade(course, NAME, regrade=True))
    assert result(course, "blaise").exercises[-1].outcome is Outcome.WAITING


@pytest.mark.parametrize("text", ["Twice a sum", "It just is."])
def test_nothing_that_a_student_wrote_runs(formgrader, page, text):
    open_answer(page, formgrader, text)
    page.wait_for_load_state("networkidle")
    assert page.alarms == []


def test_what_a_student_wrote_is_read_as_it_was_meant(formgrader, page):
    open_answer(page, formgrader, "Twice a sum")
    assert page.locator("#notebook math").count() >= 1
    assert page.locator("#notebook pre", has_text="more").inner_text().strip() == "code\n\nmore"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_we_put_on_the_page_keeps_people_out(formgrader, page, scheme):
    page.emulate_media(color_scheme=scheme)
    open_answer(page, formgrader, "Twice a sum")
    assert page.locator(OURS).count() > 1
    assert barriers(page, OURS) == []
