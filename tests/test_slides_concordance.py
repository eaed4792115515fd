"""docs/slides.md, the concordance: no heading of the decks is missing, every link leads somewhere, slips are mended.

The decks are not part of the project. What is needed of them stands in `slides_headings.json`: `headings`, per deck in
its order, each with the number of pages that carry it, as `headings_of` finds them; and `slips`, the known mistakes,
each with the headings where it occurs and a phrase of the section that mends it. Where the decks are at hand, in
../shared beside the project, both lists are compared with what stands there.

How a heading is recognized: NEU, USC and AU mark them all with #. UT does so from its eighth page on. Before that, and
in all of IITB, a title is a line of at most 81 characters that stands alone between blank lines, begins with a capital,
has no formula and does not end like a sentence; the lines of that form that are no titles are listed in NO_HEADING.
"""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from docs.concordance import SLIDE_CHECK, github_anchor
from tests.browser.jupyter_browser import ROOT

SHARED = ROOT.parent / "shared"
SLIDES = ROOT / "docs" / "slides.md"
FACTS = json.loads(Path(__file__).with_name("slides_headings.json").read_text(encoding="utf-8"))
DECKS = {
    "NEU": "000_6b3c003c81b78c08.txt",
    "UT": "001_ae477276b4929235.txt",
    "IITB": "002_d3f9c7d438bf664c.txt",
    "USC": "003_d378a2c40688e5fb.txt",
    "AU": "004_12db2e3a66ccec41.txt",
}
NO_HEADING = {
    "UT": {
        "Mohammad-Reza A. Dehaqani",
        "Based on MIT 6.S191",
        "Will I pass this class?",
        "Let's start with a simple two feature model",
        "The loss of our network measures the cost incurred from incorrect predictions",
        "The empirical loss measures the total loss over our entire dataset",
        "Predicted Actual",
    },
    "IITB": {
        "FALL 2024",
        "Instructor: Preethi Jyothi",
        "Randomly initialize θ",
        "Return: θ",
        "Randomly pick an initial (θ0, θ1)",
        "Take small step in opposite direction of gradient",
        "Repeat until convergence",
        "Define the Loss function to be minimised as a node L",
        "Goal: Learn weights for the neural network which minimise L",
        "Algorithm: Backpropagation",
        "Key fact: Chain rule of differentiation",
        "Then, the chain rule gives",
        "Where values computed in the forward pass are needed",
        "Animation from: <http://cs231n.github.io/neural-networks-3/>",
        "Good reference for optimizers: <https://ruder.io/optimizing-gradient-descent/>",
    },
}


def headings_of(deck, text):
    """How often each heading occurs, in the order of the first time."""
    lines = text.splitlines()
    first_mark = next((i for i, line in enumerate(lines) if line.startswith("#")), len(lines))
    unmarked = ["", *lines[:first_mark], ""] if deck in NO_HEADING else []
    titles = [
        without_markup(line)
        for before, line, after in zip(unmarked, unmarked[1:], unmarked[2:], strict=False)
        if not before.strip() and not after.strip() and re.fullmatch(r"[A-Z][^$\\]{,79}[^$.:,]", line.strip())
    ]
    marked = [without_markup(line.lstrip("#")) for line in lines if re.match("#{1,6} ", line)]
    return Counter([title for title in titles if title not in NO_HEADING[deck]] + marked)


def without_markup(line):
    return " ".join(re.sub(r"</?sub>|[*$•_]", "", line).split())


@cache
def parsed(path):
    markdown = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
    markdown.use(anchors_plugin, max_level=6, slug_func=github_anchor)
    return SyntaxTreeNode(markdown.parse(path.read_text(encoding="utf-8"))).children


@cache
def sections(path):
    """Anchor → (heading, text down to the next heading of its level or a higher one)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    headings = [node for node in parsed(path) if node.type == "heading"]
    found = {}
    for i, node in enumerate(headings):
        end = next((later.map[0] for later in headings[i + 1 :] if later.tag <= node.tag), len(lines))
        found[node.attrs["id"]] = (plain(node), "\n".join(lines[node.map[0] : end]))
    return found


def plain(node):
    return "".join(part.content for part in node.walk() if part.type in ("text", "code_inline"))


def links(node):
    """[(text, file, anchor)] of a cell."""
    parts = [(plain(part), *part.attrs["href"].partition("#")[::2]) for part in node.walk() if part.type == "link"]
    return [(text, (SLIDES.parent / file).resolve() if file else SLIDES, anchor) for text, file, anchor in parts]


def tables():
    """Deck → [(heading, number of pages, cell "taught in", cell "mended")]."""
    found, deck = {}, None
    for node in parsed(SLIDES):
        if node.type == "heading":
            deck = plain(node)
        if node.type == "table" and deck in DECKS:
            found[deck] = [row(*line.children) for line in node.children[1].children]
    return found


def row(slide, taught, mended):
    heading, pages = re.fullmatch(r"(.*?)(?: \((\d+) ×\))?", plain(slide)).groups()
    return heading, int(pages or 1), taught, mended


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("3.4 The gradient, link by link", "34-the-gradient-link-by-link"),
        ("1.6 Why it stops: the bound (R/γ)²", "16-why-it-stops-the-bound-rγ"),
        ("Written question A · 8 minutes", "written-question-a--8-minutes"),
        ("One-versus-all, in snake_case", "one-versus-all-in-snake_case"),
    ],
)
def test_anchors_follow_the_rules_of_github(heading, anchor):
    assert github_anchor(heading) == anchor


@pytest.mark.parametrize("deck", DECKS)
def test_every_heading_of_a_deck_has_its_row_in_the_deck_s_order(deck):
    assert [(heading, pages) for heading, pages, _, _ in tables()[deck]] == list(FACTS["headings"][deck].items())


@pytest.mark.parametrize("deck", DECKS)
def test_every_row_has_a_link_or_is_marked_as_organization(deck):
    for heading, _, taught, _ in tables()[deck]:
        assert links(taught) or plain(taught).startswith("organization"), heading


def test_every_link_leads_to_a_heading_and_carries_its_name_or_number():
    targets = [link for node in parsed(SLIDES) for link in links(node)]
    assert len(targets) > 300
    for text, file, anchor in targets:
        assert file.is_file(), f"{text}: there is no {file.name}"
        assert anchor in sections(file), f"{text}: {file.name} has no heading #{anchor}"
        heading = sections(file)[anchor][0]
        number = heading.removeprefix("◇ ").split()[0]
        assert file == SLIDES or text in (heading, number), f"{text}: the heading is {heading}"


@pytest.mark.parametrize("slip", FACTS["slips"], ids=lambda slip: f"{slip['deck']} {slip['where']}")
def test_every_slip_is_mended_in_the_table_and_in_the_chapter(slip):
    for deck, heading, phrase in slip["mended"]:
        [mended] = [mended for title, _, _, mended in tables()[deck] if title == heading]
        texts = [sections(file)[anchor][1] for _, file, anchor in links(mended)]
        assert any(phrase in text and deck in text for text in texts), f"{heading}: no linked section says {phrase}"


def test_every_slide_check_of_the_chapters_is_linked():
    linked = {
        deck: "\n".join(sections(file)[anchor][1] for *_, mended in rows for _, file, anchor in links(mended))
        for deck, rows in tables().items()
    }
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "solutions").glob("*.md"))]
    checks = [check[0] for text in texts for check in SLIDE_CHECK.finditer(text)]
    assert len(checks) == sum(
        len(re.findall(r"^(?:> \*\*|<details.*>)Slide check", text, re.MULTILINE)) for text in texts
    )
    assert len(checks) > 40
    for check in checks:
        decks = [deck for deck in DECKS if re.search(rf"\b{deck}\b", check)] or list(DECKS)
        assert any(check in linked[deck] for deck in decks), check


@pytest.mark.parametrize("deck", DECKS)
def test_the_list_of_headings_is_that_of_the_deck(deck):
    path = SHARED / "seeds" / DECKS[deck]
    if not path.is_file():
        pytest.skip("the decks are not part of the project, and ../shared/seeds is not there")
    assert list(headings_of(deck, path.read_text(encoding="utf-8")).items()) == list(FACTS["headings"][deck].items())


def test_the_list_of_slips_is_that_of_the_course_map():
    path = SHARED / "COURSE_MAP.md"
    if not path.is_file():
        pytest.skip("the course map is not part of the project, and ../shared is not there")
    table = path.read_text(encoding="utf-8").partition("## Slips")[2]
    rows = [line.strip("| ").split(" | ")[:2] for line in table.splitlines() if line.startswith("| ")][1:]
    assert [[slip["deck"], slip["where"]] for slip in FACTS["slips"]] == rows
