"""A feedback page full of attacks, opened in a real browser: nothing runs, nothing is fetched, nothing is covered."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.out.feedback import feedback_page
from autograder.results import ExerciseResult, Outcome, SubmissionResult
from tests.autograder.exam.hostile import EVIL, HTML, MARKDOWN
from tests.browser.axe import barriers

ROLE = {"grade": False, "solution": False, "locked": False}
SCRIPT = "<script>alert(1)</script>"


def hostile_page(html=HTML, markdown=MARKDOWN) -> str:
    """Every attack in markdown, in every kind of output, in names, sentences and comments."""
    cells = [new_markdown_cell(text) for text in (*markdown.values(), *html.values())]
    for text in html.values():
        kinds = {"text/html": text}, {"image/svg+xml": text}, {"text/markdown": text}, {"text/latex": text}
        outputs = [new_output("display_data", {**data, "application/javascript": "alert(1)"}) for data in kinds]
        outputs += [new_output("stream", text=text), new_output("error", ename=text, evalue=text, traceback=[text])]
        cells.append(new_code_cell(text, outputs=outputs))
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/html": SCRIPT}
    cells.append(new_code_cell("w", outputs=[new_output("display_data", widget)]))
    cells.append(new_code_cell("pass", metadata={"nbgrader": {**ROLE, "grade_id": "check_a", "grade": True}}))
    notebook = new_notebook(cells=cells, metadata={"widgets": {"application/vnd.jupyter.widget-state+json": SCRIPT}})
    failed = ExerciseResult("check_a", 0.0, 1.0, Outcome.FAILED, told=HTML["handler"] + SCRIPT, notebook=SCRIPT)
    result = SubmissionResult(SCRIPT, SCRIPT, (failed,), problem=SCRIPT, comments={(SCRIPT, "check_a"): SCRIPT})
    return feedback_page(result, {SCRIPT: notebook, '"><img src=x onerror=alert(1)>': new_notebook()})


class Watched:
    """A page in the browser, and what it tried to do."""

    def __init__(self, page, html, folder):
        self.page, self.events, self.refused = page, [], []
        self.path = folder / "page.html"
        self.path.write_text(html, encoding="utf-8")
        page.on("dialog", lambda dialog: (self.events.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("popup", lambda popup: self.events.append(f"popup {popup.url}"))
        page.on("request", lambda request: self.events.append(f"request {request.url[:200]}"))
        page.on("requestfailed", lambda request: request.failure == "csp" and self.refused.append(request.url[:200]))
        page.on("console", lambda message: self.events.append(f"console {message.text[:300]}"))
        page.on("pageerror", lambda error: self.events.append(f"error {error}"))
        page.on("worker", lambda worker: self.events.append(f"worker {worker.url}"))
        page.goto(self.path.as_uri(), wait_until="networkidle")

    @property
    def surprises(self):
        """All but the page itself, and the images that stand in it."""
        expected = (f"request {self.path.as_uri()}", "request data:image/")
        return [event for event in self.events if not event.startswith(expected)]


@pytest.fixture
def watch(browser, tmp_path):
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    yield lambda html: Watched(context.new_page(), html, tmp_path)
    context.close()


def test_a_browser_would_have_run_the_attacks(watch):
    """What is watched is seen: the same attacks, let through."""
    watched = watch(f"<!DOCTYPE html><title>x</title>{HTML['script']}{HTML['handler']}{HTML['remote image']}")
    assert any(event.startswith("dialog") for event in watched.surprises)
    assert any(EVIL in event for event in watched.surprises)


def test_nothing_runs_and_nothing_is_fetched(watch):
    watched = watch(hostile_page())
    assert watched.surprises == []
    assert watched.page.url == watched.path.as_uri()
    dangerous = "script, iframe, object, embed, form, input, svg, base, link, [style], [onerror], [onload], main style"
    assert watched.page.locator(dangerous).count() == 0
    assert watched.page.locator("meta[http-equiv]").count() == 1


def test_clicking_everything_runs_nothing(watch):
    watched = watch(hostile_page())
    watched.page.route(f"{EVIL}/**", lambda route: route.abort())
    for link in watched.page.locator("main a").all():
        href = link.get_attribute("href") or ""
        assert href.startswith(("#cell-", "https://")) or not href
        if href.startswith("#"):
            link.click()
    for summary in watched.page.locator("summary").all():
        summary.click()
    assert watched.surprises == []


def test_the_policy_alone_would_hold(watch):
    """The second wall, tried without the first: raw attacks in a page with our policy."""
    head, tail = hostile_page(html={}, markdown={}).split("</main>")
    raw = "".join(text for name, text in HTML.items() if name not in ("meta refresh", "open tags"))
    watched = watch(f"{head}{raw}</main>{tail}")
    # The browser announces what it was asked to fetch, and then that the policy did not let it.
    assert watched.refused
    refused = {f"request {url}" for url in watched.refused}
    assert {event for event in watched.surprises if not event.startswith("console")} <= refused


COVERING = ("cover", "math moved", "math wide", "huge image", "style sheet")


@pytest.mark.parametrize("attack", COVERING)
def test_nothing_leaves_its_box(watch, attack):
    watched = watch(hostile_page({attack: HTML[attack]}, {}))
    for width in (360, 1000):
        watched.page.set_viewport_size({"width": width, "height": 800})
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
        for selector in (".score", ".exercises h3 a", ".verdict > :first-child"):
            element = watched.page.locator(selector).first
            element.scroll_into_view_if_needed()
            on_top = "(e) => {const b = e.getBoundingClientRect();"
            on_top += "return e.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2))}"
            assert element.evaluate(on_top), (selector, width)


def test_even_with_styles_nothing_leaves_its_box(watch):
    """The third wall: a box clips whatever is in it, also if a style had come through."""
    cover = '<b id="cover" style="position:fixed;inset:-5000px;z-index:9;background:red">Full marks</b>'
    html = hostile_page({}, {"text": "a place for it"}).replace("a place for it", cover)
    start, rest = html.split('<meta http-equiv="Content-Security-Policy"', 1)
    watched = watch(start + rest.split(">", 1)[1])
    assert watched.page.locator("#cover").count() == 1
    assert watched.page.evaluate("document.elementFromPoint(200, 30).closest('header') !== null")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_its_style(watch, scheme, screenshot):
    table = "\n\n| | wide |\n|---|---|\n| $x$ | `" + "x" * 300 + "` |"
    html = {"many lines": "<pre>" + "line\n" * 99 + "</pre>", "heading": "<h6>Deep</h6>", "code": "<pre>" + "y" * 300}
    watched = watch(hostile_page(html, {"text": "## Some **words** and $x^2$." + table}))
    watched.page.emulate_media(color_scheme=scheme)
    assert barriers(watched.page) == []
    paper = watched.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]
    screenshot(watched.page, f"feedback_{scheme}")


def test_paper_holds_the_graded_answers_only(watch):
    watched = watch(hostile_page({}, {"text": "the lesson around"}))
    watched.page.emulate_media(media="print", color_scheme="dark")
    assert not watched.page.get_by_text("the lesson around").is_visible()
    assert watched.page.locator(".verdict > :first-child").is_visible()
    assert watched.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
