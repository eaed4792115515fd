"""The chapters of the course: their names without reading them, and each read once in a process.

A chapter is of the second edition if it opens with a quiz: then more is asked of it (tests/test_chapters.py).
"""

import subprocess
from functools import cache

from autograder.build.source import Chapter, read_chapter
from tests.browser.jupyter_browser import ROOT
from tests.touched import changed_files

NAMES = sorted(path.stem for path in (ROOT / "solutions").glob("[0-9][0-9]_*.md"))
SECOND_EDITION = [
    name for name in NAMES if "\nexplore.quiz(" in (ROOT / "solutions" / f"{name}.md").read_text(encoding="utf-8")
]


@cache
def chapter_named(name: str) -> Chapter:
    return read_chapter(ROOT / "solutions" / f"{name}.md")


def all_chapters() -> list[Chapter]:
    return [chapter_named(name) for name in NAMES]


def changed_chapters() -> set[str]:
    """Those whose sources a change touches; none where git does not know."""
    try:
        return {path.stem for path in changed_files() if path.parts[0] == "solutions"} & set(NAMES)
    except (OSError, subprocess.CalledProcessError):
        return set()
