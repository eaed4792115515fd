"""How far you are: which exercises of which chapter pass their visible check, and what is next.

    python -m nnkit progress          # in the folder of the chapters, or in one of them

Each notebook is read as it was last saved, and run in a process of its own: given cells, answers, visible checks.
Nothing is sent anywhere, and no grade depends on it; grading runs hidden checks as well.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nnkit.notebook.header import Header
from nnkit.notebook.kernel import rules
from nnkit.notebook.saved import Role, SavedCell, TooLong, Unreadable, is_stub, read_cells, run, run_helpers, within

SECONDS_CELL, SECONDS_CHAPTER = 20, 120


class State(StrEnum):
    """Where an exercise stands; its value is the sign for it."""

    PASSES = "✓"
    FAILS = "✗"
    BLANK = "–"


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter.  optional: it does not count."""

    name: str
    state: State
    optional: bool


@dataclass(frozen=True)
class Chapter:
    """A chapter's notebook.  problem: why nothing is known of it, "" if something is."""

    name: str
    exercises: tuple[Exercise, ...] = ()
    problem: str = ""

    @property
    def counted(self) -> tuple[Exercise, ...]:
        return tuple(exercise for exercise in self.exercises if not exercise.optional)

    @property
    def passed(self) -> int:
        return sum(exercise.state is State.PASSES for exercise in self.counted)

    @property
    def next(self) -> str:
        """The first exercise that does not pass yet, "" if all do."""
        return next((exercise.name for exercise in self.counted if exercise.state is not State.PASSES), "")


def show(folder: str | Path = ".") -> None:
    """Say it in a notebook, where one that stands alone is no error.  folder: as in `chapters`."""
    try:
        report(chapters(folder))
    except FileNotFoundError as error:
        print(f"Nothing to tell: {error}")


def report(chapters: Iterator[Chapter]) -> None:
    """Print a line for each chapter, as soon as it is known, and what is next."""
    found = []
    for chapter in chapters:
        found.append(chapter)
        print(_line(chapter), flush=True)
    if following := up_next(found):
        print(f"Next: {following.next}, in {following.name}")
    elif not any(chapter.problem for chapter in found):
        print("All done.")
    print(f"{State.PASSES} visible check passes   {State.FAILS} not yet   {State.BLANK} not written   (…) optional")


def up_next(chapters: Sequence[Chapter]) -> Chapter | None:
    """The first chapter that is begun and not done, else the first that is not done."""
    todo = [chapter for chapter in chapters if chapter.next]
    return next((chapter for chapter in todo if chapter.passed), todo[0] if todo else None)


def chapters(folder: str | Path = ".") -> Iterator[Chapter]:
    """The chapters of a folder that holds one folder for each, or of the folder above, one after the other.

    Raises FileNotFoundError if neither does.
    """
    here = Path(folder).resolve()
    return map(_look, notebooks(here, here.parent))


def notebooks(*folders: Path) -> list[Path]:
    """The chapters' notebooks in the first of these that holds one folder for each. FileNotFoundError if none does."""
    for folder in folders:
        if paths := sorted(path for path in folder.glob("*/*.ipynb") if path.stem == path.parent.name):
            return paths
    raise FileNotFoundError(f"expected chapters, each in a folder of its own, in {folders[0]}, found none")


def _look(path: Path) -> Chapter:
    try:
        cells = read_cells(path)
    except Unreadable as reason:
        return Chapter(path.stem, problem=str(reason))
    headers = [header for cell in cells if (header := Header.read(cell.source))]
    stubs = {cell.name for cell in cells if cell.role is Role.ANSWER and is_stub(cell.source)}
    written = [header.exercise for header in headers if header.exercise not in stubs]
    passed = _passed(path) if written else set()
    return Chapter(path.stem, tuple(_exercise(header, stubs, passed) for header in headers))


def _exercise(header: Header, stubs: set[str], passed: set[str]) -> Exercise:
    name = header.exercise
    state = State.PASSES if name in passed else State.BLANK if name in stubs else State.FAILS
    return Exercise(name, state, not header.of)


def _passed(path: Path) -> set[str]:
    """The exercises whose visible check passes, told by another process one by one, until it ends or is ended."""
    command = [sys.executable, "-m", "nnkit.progress", path.name]
    with subprocess.Popen(command, cwd=path.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            told, _ = process.communicate(timeout=SECONDS_CHAPTER)
        except subprocess.TimeoutExpired:
            process.kill()
            told, _ = process.communicate()
    return set(map(_name, filter(None, told.decode("utf-8", "replace").splitlines())))


def _name(line: str) -> str:
    try:
        return str(json.loads(line)["passes"])
    except (ValueError, TypeError, KeyError):  # something that a student's code wrote past us
        return ""


def passing(cells: Iterable[SavedCell]) -> Iterator[str]:
    """Run the cells, and give the name of each exercise whose visible check passes."""
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells, 1):
        header = Header.read(cell.source)
        if cell.role is Role.OWN:
            run_helpers(cell.source, f"<cell {number}>", names)
        elif header and _ends_well(cell, names, header):
            yield header.exercise
        elif cell.role is not Role.CHECK:
            _ends_well(cell, names)


def _ends_well(cell: SavedCell, names: dict, header: Header | None = None) -> bool:
    def act() -> None:
        if header is None:
            return run(cell.source, f"<{cell.name}>", names)
        with rules(header, names):
            return run(cell.source, f"<{cell.name}>", names)

    try:
        within(SECONDS_CELL, act)
    except (Exception, SystemExit, TooLong):
        return False
    return True


def _line(chapter: Chapter) -> str:
    signs = " ".join(f"({e.state})" if e.optional else str(e.state) for e in chapter.exercises)
    if chapter.problem:
        return f"{chapter.name:36} {chapter.problem}"
    return f"{chapter.name:36} {chapter.passed:2} of {len(chapter.counted):2}   {signs}"


if __name__ == "__main__":
    for name in passing(read_cells(Path(sys.argv[1]))):
        print(json.dumps({"passes": name}), flush=True)
