"""What a person grades by: model answer and rubric of each written answer, as the instructor's notebook has them.

Students never get them, and the gradebook does not keep them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.hidden import Hidden, Region
from autograder.results import Key


@dataclass(frozen=True)
class Line:
    """A line of a rubric: what earns points, and how many."""

    points: float
    text: str


@dataclass(frozen=True)
class Scheme:
    """Both as markdown; "" for what the instructor has not written."""

    model: str
    rubric: str

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that begin with points: `1 point: …`, `- 1½ points, data: …`. Others are words only."""
        found = list(_POINTS.finditer(self.rubric))
        ends = [*(match.start() for match in found), len(self.rubric)][1:]
        return tuple(_line(match, self.rubric[match.end() : end]) for match, end in zip(found, ends, strict=False))


def schemes(folder: Path | None, hidden: Hidden) -> dict[Key, Scheme]:
    """(notebook, cell) → scheme, of all cells that a person grades, from the notebooks of an assignment's folder."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")) if folder else ():
        for cell in nbformat.read(path, as_version=4).cells:
            info = cell.metadata.get("nbgrader", {})
            if info.get("task") or (info.get("grade") and info.get("solution")):
                found[path.stem, info["grade_id"]] = _scheme(cell, hidden)
    return found


def _scheme(cell: NotebookNode, hidden: Hidden) -> Scheme:
    solution, _, marking = (_inside(cell.source, region) for region in hidden.regions)
    heading = _HEADING.search(solution)
    model, rubric = (solution[: heading.start()], solution[heading.end() :]) if heading else (solution, "")
    if cell.cell_type == "code" and model.strip():
        model = f"```python\n{model.strip()}\n```"
    return Scheme(model.strip(), f"{rubric}\n\n{marking}".strip())


def _inside(source: str, region: Region) -> str:
    """The lines between the marks of a region."""
    lines, inside = [], False
    for line in source.split("\n"):
        if region.begin in line or region.end in line:
            inside = region.begin in line
        elif inside:
            lines.append(line)
    return "\n".join(lines)


_HEADING = re.compile(r"^[*#\s]*Rubric[.:*]*[ \t]*", re.MULTILINE)
_PARTS = {"½": 0.5, "¼": 0.25, "¾": 0.75, None: 0.0}
_POINTS = re.compile(
    r"(?:^[ \t]*[-*]?[ \t]*|(?<=[.!?)] ))"
    r"(?=[\d½¼¾])(?P<whole>\d+(?:\.\d+)?)?[ ]?(?P<part>[½¼¾])? points?\b(?! each)[:,]?\s*",
    re.MULTILINE,
)


def _line(points: re.Match, text: str) -> Line:
    """A line of these points: its text ends with the paragraph."""
    number = float(points["whole"] or 0) + _PARTS[points["part"]]
    return Line(number, " ".join(text.split("\n\n")[0].split()).rstrip("-* "))
