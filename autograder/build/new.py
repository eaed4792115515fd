"""Begins a chapter: a source that verifies and releases as it stands, to be written over."""

import re
from pathlib import Path

from autograder.errors import UserError

TEMPLATE = Path(__file__).with_name("new_chapter.md")


def new_chapter(folder: Path, name: str) -> Path:
    """Write `NAME.md` into the folder of the chapter sources, which is made if need be. Returns its path.

    Raises UserError, and writes nothing, for a name that no chapter may have, and for a number that is taken.
    """
    if not re.fullmatch(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*", name):
        raise UserError(f"expected a chapter's name such as 14_convolutions: two digits, then words; got {name!r}")
    taken = sorted(path.stem for path in folder.glob("[0-9][0-9]_*.md"))
    if same := [other for other in taken if other[:2] == name[:2]]:
        free = next(f"{n:02}" for n in range(100) if f"{n:02}" not in {other[:2] for other in taken})
        raise UserError(f"the number {name[:2]} is taken by {same[0]}; {free} is free")
    path = folder / f"{name}.md"
    title = f"{name[:2]} {name[3:].replace('_', ' ').capitalize()}"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.read_text(encoding="utf-8").replace("# TITLE", f"# {title}", 1), encoding="utf-8")
    return path
