"""The chapters of the course: their names without reading them, and each read once in a process."""

from functools import cache

from autograder.build.source import Chapter, read_chapter
from tests.browser.jupyter_browser import ROOT

NAMES = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.md"))


@cache
def chapter_named(name: str) -> Chapter:
    return read_chapter(ROOT / "solutions" / f"{name}.md")


def all_chapters() -> list[Chapter]:
    return [chapter_named(name) for name in NAMES]
