"""The first page of a workbook: a card for each chapter, how far you are in it, and what is next.

    python -m nnkit start          # in the folder of the chapters: writes start.md

The notebooks are read as they were last saved, and nothing is run: an exercise passes if the check below it said so
when it ran last. `nnkit progress` runs them anew.
"""

import html
import json
from dataclasses import dataclass
from pathlib import Path

from nnkit.notebook.header import Header
from nnkit.notebook.sentences import PASSES
from nnkit.progress import Chapter, Exercise, State, notebooks, up_next

PAGE = "start.md"
PICTURES = "pictures"
"""The folder beside the page that has a picture for each chapter, and what they show in `words.json`."""
_COLUMNS = 3


@dataclass(frozen=True)
class Card:
    """A chapter as it was saved, and what it calls itself."""

    chapter: Chapter
    title: str


def write(folder: str | Path = ".") -> Path:
    """Write the page of a folder that holds one folder for each chapter, and return where it is.

    Raises FileNotFoundError if it holds none.
    """
    folder = Path(folder).resolve()
    cards = [card(each) for each in notebooks(folder)]
    path = folder / PAGE
    path.write_text(page(cards, _pictures(folder / PICTURES)), "utf-8")
    return path


def card(path: Path) -> Card:
    """What a saved notebook says of its chapter."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        first = "".join(cells[0]["source"])
        exercises = tuple(filter(None, map(_exercise, cells)))
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return Card(Chapter(path.stem, problem="this notebook cannot be read"), path.stem)
    return Card(Chapter(path.stem, exercises), first.partition("\n")[0].lstrip("# ") or path.stem)


def _exercise(cell: dict) -> Exercise | None:
    """What a check said when it ran last; None of any other cell."""
    header = Header.read("".join(cell["source"])) if cell["cell_type"] == "code" else None
    if header is None:
        return None
    printed = "".join("".join(output.get("text", "")) for output in cell["outputs"])
    state = State.PASSES if f"{header.exercise}{PASSES}" in printed else State.FAILS
    return Exercise(header.exercise, state, not header.of)


def page(cards: list[Card], pictures: dict[str, str]) -> str:
    """The page in Markdown, as JupyterLab shows it.  pictures: of chapters by their names, with what each shows."""
    titles = {card.chapter: card.title for card in cards}
    next_one = ""
    if chapter := up_next(list(titles)):
        exercise = _link(chapter, f"<code>{html.escape(chapter.next)}</code>")
        next_one = f"<strong>Next:</strong> {exercise}, in {html.escape(titles[chapter])}.\n\n"
    rows = [cards[i : i + _COLUMNS] for i in range(0, len(cards), _COLUMNS)]
    table = "\n".join(f"<tr>\n{''.join(_cell(card, pictures) for card in row)}</tr>" for row in rows)
    return f"# Your workbook\n\n{next_one}<table>\n{table}\n</table>\n\n{_CLOSING}\n"


_CLOSING = (
    "An exercise passes here if the check below it said so when it ran last, in the notebook as you saved it. This "
    "page was written when JupyterLab started; `nnkit progress` in a terminal runs all checks anew."
)


def _cell(card: Card, pictures: dict[str, str]) -> str:
    chapter, picture = card.chapter, ""
    if chapter.name in pictures:
        image = f'<img src="{PICTURES}/{chapter.name}.webp" alt="{html.escape(pictures[chapter.name])}" width="250">'
        picture = f"{_link(chapter, image)}<br>\n"
    title = f"<strong>{_link(chapter, html.escape(card.title))}</strong>"
    return f'<td width="33%">\n{picture}{title}<br>\n{_words(chapter)}\n</td>\n'


def _words(chapter: Chapter) -> str:
    passed, number = chapter.passed, len(chapter.counted)
    if chapter.problem:
        return chapter.problem
    if not chapter.next:
        return f"✓ all {number} pass"
    bar = "▰" * passed + "▱" * (number - passed)
    return f"{bar}<br>\n{passed} of {number} exercises · next: <code>{html.escape(chapter.next)}</code>"


def _link(chapter: Chapter, inside: str) -> str:
    return f'<a href="{chapter.name}/{chapter.name}.ipynb">{inside}</a>'


def _pictures(folder: Path) -> dict[str, str]:
    words = folder / "words.json"
    return json.loads(words.read_text("utf-8")) if words.exists() else {}
