"""Fills in the tables of the docs that the code knows best: `make tables`. A test fails where one is out of date.

A table stands between two comments, <!-- table: NAME --> and <!-- end of table -->.
"""

import re
from functools import cache
from pathlib import Path

from autograder.build import length, traps
from autograder.build.source import Chapter, read_chapters
from docs.concordance import slide_checks
from nnkit.explore import gallery

DOCS = Path(__file__).parent
TABLES = {
    "chapters": lambda: length.table(_chapters()),
    "explorers": gallery.table,
    "slide_checks": lambda: slide_checks(_chapters()),
    "traps": traps.table,
}


@cache
def _chapters() -> list[Chapter]:
    return read_chapters(DOCS.parent / "solutions")


def filled(text: str) -> str:
    """The page with its tables as they should be. Raises KeyError for a table that nobody makes."""
    return re.sub(
        r"(?<=<!-- table: )(\w+) -->.*?(?=<!-- end of table -->)",
        lambda place: f"{place[1]} -->\n{TABLES[place[1]]()}\n",
        text,
        flags=re.DOTALL,
    )


def main() -> None:
    for page in sorted(DOCS.glob("*.md")):
        page.write_text(filled(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
