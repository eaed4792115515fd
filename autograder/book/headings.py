"""What the instructor's notebooks call themselves and their exercises, as students read it there."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.hidden import Hidden
from autograder.results import Key


@dataclass
class Headings:
    """titles: notebook → its first heading.  numbers: exercise → "Exercise 3.4", where the heading above says so."""

    titles: dict[str, str] = field(default_factory=dict)
    numbers: dict[Key, str] = field(default_factory=dict)


def headings(folder: Path | None, hidden: Hidden) -> Headings:
    """Those of the notebooks in an assignment's folder; none of None."""
    found = Headings()
    for path in sorted(folder.glob("*.ipynb")) if folder else ():
        _read(path.stem, json.loads(path.read_text(encoding="utf-8")).get("cells", ()), hidden, found)
    return found


def _read(notebook: str, cells: Iterable[dict], hidden: Hidden, found: Headings) -> None:
    number, level = "", 0
    for cell in cells:
        if cell["cell_type"] == "markdown":
            text = _FENCED.sub("", "".join(cell["source"]))
            for region in hidden.regions:  # what is not for students comes last in a cell
                text = text.partition(region.begin)[0]
            for marks, heading in _HEADING.findall(text):
                found.titles.setdefault(notebook, heading)
                if named := _NUMBER.search(heading):
                    number, level = f"{named[1].capitalize()} {named[2]}", len(marks)
                elif len(marks) <= level:  # another section
                    number = ""
        info = cell.get("metadata", {}).get("nbgrader", {})
        if number and (info.get("grade") or info.get("task")):
            found.numbers[notebook, info["grade_id"]] = number


_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*\S)", re.MULTILINE)
_NUMBER = re.compile(r"\b(exercise|problem|task|written question|question) (\d[\d.]*\b|[A-Z]\b)", re.IGNORECASE)
