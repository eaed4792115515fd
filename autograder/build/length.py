"""How long a chapter is: words, exercises, points and minutes, so that "it reads in an hour" can be checked."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.build.prose import Line, Reader
from autograder.build.source import Chapter
from autograder.hidden import SOLUTION

WORDS_A_MINUTE = 150
"""How fast such a text is read, formulas and figures included."""
_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`+[^`\n]+`+")
_TAG = re.compile(r"<[^>]+>")
_MINUTES = re.compile(r" · (\d+) minutes?\b")


@dataclass(frozen=True)
class Length:
    """main, folded, optional: words of prose outside code on the main line, in its <details>, and in optional tracks.

    exercises, extra: how many are on the main line, and in optional tracks.  points: of the main line.
    minutes: to read the main line at WORDS_A_MINUTE, and to work through its exercises and questions as they say.
    """

    main: int
    folded: int
    optional: int
    exercises: int
    extra: int
    points: float
    minutes: int


def length(chapter: Chapter) -> Length:
    """Of what students get: model answers do not count."""
    reader = Reader()
    lines: list[Line] = []
    for cell in chapter.cells:
        if cell.type == "markdown":
            lines += reader.lines(cell.source.partition(SOLUTION.begin)[0])
    main = [line for line in lines if not line.optional]
    words = count(line.text for line in main if not line.folded and not line.code)
    extra = sum(exercise.optional for exercise in chapter.exercises)
    return Length(
        main=words,
        folded=count(line.text for line in main if line.folded and not line.code),
        optional=count(line.text for line in lines if line.optional and not line.code),
        exercises=len(chapter.exercises) - extra,
        extra=extra,
        points=sum(cell.points for cell in chapter.cells),
        minutes=round(words / WORDS_A_MINUTE) + sum(int(n) for line in main if line.heading for n in _of(line)),
    )


def count(lines: Iterable[str]) -> int:
    """Words of markdown. A formula is one word, and so is code in a line; of links the text counts."""
    text = _TAG.sub(" ", _LINK.sub(r"\1", _CODE.sub(" code ", _FORMULA.sub(" formula ", "\n".join(lines)))))
    return sum(any(map(str.isalnum, word)) for word in text.split())


def table(chapters: Iterable[Chapter]) -> str:
    """Markdown, one row for each chapter."""
    rows = [
        "| chapter | words, main line | folded | optional | exercises | optional | points | minutes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for chapter in chapters:
        n = length(chapter)
        words = f"{n.main:,} | {n.folded:,} | {n.optional:,}"
        rows.append(f"| {chapter.title} | {words} | {n.exercises} | {n.extra} | {n.points:g} | {n.minutes} |")
    return "\n".join(rows)


def _of(line: Line) -> list[str]:
    return _MINUTES.findall(line.text)
