"""The slide checks of all chapters in one place: what docs/slides.md ends with.

A slide check says where a deck and the course differ, and which reading the course takes. In a chapter it is folded,

    <details><summary>Slide check (UT, "A Simple Method"): it starts at random, we start at zero.</summary>

    The whole story, in as many paragraphs as it takes.

    </details>
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from autograder.build.source import Chapter

SLIDE_CHECK = re.compile(
    r"^<details><summary>(?P<line>Slide check[^\n]*)</summary>\n(?P<body>.*?)^</details>$"
    r"|^> \*\*Slide check[^\n]*(?:\n>[^\n]*)*",  # as first editions have it, open on the page
    re.MULTILINE | re.DOTALL,
)
_FENCED = re.compile(r"^(```+|~~~+).*?^\1[`~]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (?!Exercise |Written )(.+)$", re.MULTILINE)


def github_anchor(heading: str) -> str:
    """Lower case; letters, marks, decimal digits, _ and - stay; a blank becomes a hyphen; all else goes."""
    kept = [
        c
        for c in heading.lower()
        if c in " -" or unicodedata.category(c)[:1] in "LM" or unicodedata.category(c) in ("Nd", "Pc")
    ]
    return "".join(kept).replace(" ", "-")


def slide_checks(chapters: Iterable[Chapter]) -> str:
    """Markdown: each chapter's, each under the section in which it stands."""
    parts = []
    for chapter in chapters:
        found = list(_found(chapter))
        parts += [f"### {chapter.title}", *(_entry(chapter, heading, check) for heading, check in found)]
    return "\n\n".join(parts)


def _found(chapter: Chapter) -> Iterator[tuple[str, re.Match[str]]]:
    """Each slide check, and the heading of the section that it stands in."""
    heading = chapter.title
    for cell in chapter.cells:
        if cell.type != "markdown":
            continue
        text = _FENCED.sub(lambda block: " " * len(block[0]), cell.source)
        headings = list(_HEADING.finditer(text))
        for check in SLIDE_CHECK.finditer(cell.source):
            above = [each[1] for each in headings if each.start() < check.start()]
            yield above[-1] if above else heading, check
        heading = headings[-1][1] if headings else heading


def _entry(chapter: Chapter, heading: str, check: re.Match[str]) -> str:
    place = f"[{heading}](../solutions/{chapter.name}.md#{github_anchor(heading)})"
    if check["line"]:
        return f"In {place}: **{check['line']}**\n\n{check['body'].strip()}"
    return f"In {place}: {re.sub('^> ?', '', check[0], flags=re.MULTILINE)}"
