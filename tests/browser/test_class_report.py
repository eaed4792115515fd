"""The report on a class, opened in a real browser: it loads nothing else, fits the window, and follows the theme."""

import re

import pytest

from autograder.out.report import write_report
from tests.autograder.out.report.classes import large
from tests.browser.axe import barriers


@pytest.fixture
def report(tmp_path):
    return write_report(large(40, 3), tmp_path).as_uri()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.seen = []
    page.on("request", lambda request: page.seen.append(request.url))
    page.on("console", lambda message: page.seen.append(message.text))
    page.on("pageerror", lambda error: page.seen.append(str(error)))
    yield page
    context.close()


def test_the_page_is_one_file_without_a_complaint(page, report):
    page.goto(report, wait_until="networkidle")
    assert page.seen == [report]
    assert page.get_by_role("heading", level=1).inner_text() == "hw01 · hw02 · hw03"
    assert page.get_by_role("img").count() == 7
    names = page.get_by_role("img").evaluate_all("figures => figures.map(f => f.getAttribute('aria-label').length)")
    assert min(names) > 50


@pytest.mark.parametrize("width", [1000, 380])
def test_nothing_is_wider_than_the_window(page, report, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def brightness(color: str) -> float:
    return sum(map(int, re.findall(r"\d+", color)[:3])) / 765


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_figures_follow_the_theme(page, report, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto(report)
    paper = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    ink = page.locator("svg text").first.evaluate("e => getComputedStyle(e).fill")
    assert (brightness(paper) > 0.5) == (scheme == "light")
    assert abs(brightness(paper) - brightness(ink)) > 0.5
    page.locator("details").evaluate_all("folded => folded.forEach((one) => (one.open = true))")
    assert barriers(page) == []


def test_a_keyboard_opens_what_is_folded(page, report):
    page.goto(report)
    summary = page.get_by_text("Everybody, 40 students")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("cell", name="First7 Last7 (s0007)").first.is_visible()


def test_on_paper_it_is_light_and_whole(page, report, tmp_path):
    page.emulate_media(color_scheme="dark")
    page.goto(report)
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
    page.emulate_media(media="print", color_scheme="dark")
    assert brightness(page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")) > 0.9
    assert not page.get_by_role("navigation").is_visible()
