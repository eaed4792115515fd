"""The page on similar answers, opened in a real browser."""

import pytest

from autograder.out.similar import _template, similar_pairs
from tests.autograder.out.similar.test_similar import COPIED, OWN, a_class
from tests.browser.axe import barriers


@pytest.fixture
def page(browser, tmp_path):
    pairs = similar_pairs(a_class(ada=OWN, blaise=COPIED))
    called = {"ada": "Ada", "blaise": "Blaise"}
    path = tmp_path / "similar.html"
    path.write_text(_template.render(assignment="hw1", students=42, pairs=pairs, called=called, sure=15), "utf-8")
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.seen = []
    page.on("request", lambda request: page.seen.append(request.url))
    page.on("console", lambda message: page.seen.append(message.text))
    page.goto(path.as_uri(), wait_until="networkidle")
    yield page
    context.close()


def test_both_stand_side_by_side_and_nothing_is_fetched(page, screenshot):
    assert page.seen == [page.url]
    page.get_by_role("link", name="Ada and Blaise").click()
    left, right = (page.locator(f"pre[aria-label={name}]").bounding_box() for name in ("Ada", "Blaise"))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    assert page.locator("mark").count() >= 2
    screenshot(page, "similar")


@pytest.mark.parametrize("width", [1000, 380])
def test_nothing_is_wider_than_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_in_it_keeps_people_out(page, screenshot, scheme):
    page.emulate_media(color_scheme=scheme)
    screenshot(page, f"similar_{scheme}")
    assert barriers(page) == []
