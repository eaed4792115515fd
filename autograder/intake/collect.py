"""Puts what a learning-management system hands over where grading looks for it: `submitted/STUDENT/ASSIGNMENT/`.

Whose a file is says the roster, not the archive. What is there already is never overwritten.
"""

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from autograder.course import Course
from autograder.errors import UserError
from autograder.intake.archive import Member, against_path, members, opened_zip
from autograder.intake.names_of_files import Piece, piece, spellings
from autograder.intake.upload import LARGEST_FILE, LARGEST_UPLOAD, MOST_FILES, files_in, open_file
from autograder.results import Person

TIMESTAMP = "timestamp.txt"
EARLIER = "earlier"
"""The folder beside `submitted` that keeps hand-ins which newer ones have replaced."""


@dataclass
class Collected:
    """What came of an archive: students by what happened to their files.

    unmatched: as the archive calls them → who on the roster it might be.  notes: what was left aside, and why.
    untimed: of whom the archive does not say when they handed in.
    """

    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    untimed: list[str] = field(default_factory=list)
    unmatched: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """The assignment that is collected. notebooks: names without ending.  others: those of other assignments → theirs.

    due: UTC and naive.
    """

    assignment: str
    notebooks: tuple[str, ...]
    others: Mapping[str, str]
    due: datetime | None = None


def collect(
    course: Course,
    target: Target,
    source: Path,
    people: Mapping[str, Person],
    *,
    matches: Mapping[str, str] | None = None,
    update: bool = False,
) -> Collected:
    """Put the hand-ins of an archive or a folder into the course.

    people: who is on the roster.  matches: as the archive calls somebody → id.  update: newer hand-ins take the place
    of older ones, which are kept.
    Raises UserError, before anything is written, if the archive cannot be read, is of another assignment or holds no
    hand-in, if nobody is on the roster, or for a match with an id that is not.
    """
    if not people:
        raise UserError("nobody is on the roster: `autograder roster FILE` puts the class into the gradebook")
    for student in (matches or {}).values():
        if student not in people:
            raise UserError(f"--match: {student!r} is not on the roster")
    found = Collected()
    known = {who.casefold(): student for who, student in (matches or {}).items()}
    with _members(source, lambda path, reason: found.notes.append(f"{path} was left aside: {reason}")) as files:
        handed_in = _by_student(files, people, known, found)
        if not handed_in and not found.unmatched:
            raise UserError(f"{source}: there is nothing in it that a student handed in")
        _require_assignment(target, source, [piece for pieces in handed_in.values() for piece, _ in pieces])
        course.submitted.mkdir(parents=True, exist_ok=True)
        for student, pieces in sorted(handed_in.items()):
            _put(course, target, student, pieces, found, update)
    return found


@contextmanager
def _members(source: Path, refuse: Callable[[str, str], None]) -> Iterator[list[Member]]:
    if source.is_dir():
        yield [
            Member(path.relative_to(source).as_posix(), path.lstat().st_size, lambda path=path: _read(path))  # type: ignore[misc]
            for path in files_in(source, refuse)
        ]
    else:
        with opened_zip(source) as archive:
            yield list(members(archive, refuse))


def _read(path: Path) -> bytes:
    with open_file(path) as file:
        return file.read(LARGEST_FILE)


Pieces = list[tuple[Piece, Member]]


def _by_student(
    files: Iterable[Member], people: Mapping[str, Person], known: Mapping[str, str], found: Collected
) -> dict[str, Pieces]:
    """The files of each student, of the last attempt only; fills in who could not be matched."""
    called: dict[str, list[str]] = defaultdict(list)
    for student, person in people.items():
        for spelling in spellings(student, person):
            called[spelling].append(student)
    ids = {student.casefold(): student for student in people}
    handed_in: dict[str, Pieces] = defaultdict(list)
    for file in files:
        said = piece(file.path, ids)
        if said is None:
            continue
        could_be = [called.get(key.casefold(), []) for key in said.keys]
        sure = [students[0] for students in could_be if len(students) == 1]
        if student := known.get(said.who.casefold(), sure[0] if sure else ""):
            handed_in[student].append((said, file))
        else:
            found.unmatched[said.who] = sorted(set().union(*could_be))
    return {student: _last_attempt(pieces, student, found) for student, pieces in handed_in.items()}


def _last_attempt(pieces: Pieces, student: str, found: Collected) -> Pieces:
    """Where times tell attempts apart, the files of the last; of files of one name the one that came last."""
    last = max((said.time for said, _ in pieces if said.time), default=None)
    if last:
        pieces = [(said, file) for said, file in pieces if said.time == last]
    chosen: dict[str, tuple[Piece, Member]] = {}
    for said, file in sorted(pieces, key=lambda each: (each[0].attempt, each[1].path)):
        if said.file.casefold() in chosen:
            found.notes.append(f"{student}: {chosen[said.file.casefold()][1].path} is an earlier attempt")
        chosen[said.file.casefold()] = said, file
    return list(chosen.values())


def _require_assignment(target: Target, source: Path, pieces: Iterable[Piece]) -> None:
    """Raises UserError where nothing looks like this assignment, and something like another."""
    stems = {_stem(piece.file, (*target.notebooks, *target.others)) for piece in pieces}
    if not stems & set(target.notebooks) and (others := stems & target.others.keys()):
        other = min(others)
        raise UserError(
            f"{source}: expected {target.notebooks[0]}.ipynb of {target.assignment}, "
            f"got {other}.ipynb, which is of {target.others[other]}"
        )


def _stem(file: str, notebooks: Iterable[str]) -> str:
    """The name of a notebook without its ending, and without the number that Canvas or a browser has put to it."""
    stem = PurePosixPath(file).stem
    bare = re.sub(r"(-\d+| ?\(\d+\))$", "", stem)
    return bare if bare in notebooks else stem


def _put(course: Course, target: Target, student: str, pieces: Pieces, found: Collected, update: bool) -> None:
    """Write the files of one student beside their place, then move them there in one step."""
    time = _time(course, target, pieces)
    place = course.submitted_folder(target.assignment, student)
    with tempfile.TemporaryDirectory(prefix=".collecting-", dir=course.submitted) as scratch:
        folder = Path(scratch, "handed_in")
        folder.mkdir()
        _write(folder, target, student, pieces, found)
        if not any(folder.iterdir()):
            return None
        if time and not (folder / TIMESTAMP).exists():
            (folder / TIMESTAMP).write_text(f"{time:%Y-%m-%d %H:%M:%S} UTC\n")
        if place.exists():
            if _contents(place) == _contents(folder):
                return found.same.append(student)
            if not update:
                return found.kept.append(student)
            _keep(course, target, student, place)
            found.updated.append(student)
        else:
            found.new.append(student)
        place.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(place)
    if not (place / TIMESTAMP).exists():
        found.untimed.append(student)
    elif any(said.late for said, _ in pieces) or (time and target.due and time > target.due):
        found.late.append(student)
    return None


def _time(course: Course, target: Target, pieces: Pieces) -> datetime | None:
    """When it was handed in, UTC and naive. Of what is late, and nobody says by how much, the least that it can be."""
    time = max((said.time for said, _ in pieces if said.time), default=None)
    if time is None and target.due and any(said.late for said, _ in pieces):
        return target.due + timedelta(minutes=1)
    return course.utc(time) if time else None


def _write(folder: Path, target: Target, student: str, pieces: Pieces, found: Collected) -> None:
    room = LARGEST_UPLOAD
    for number, (said, file) in enumerate(pieces):
        name = PurePosixPath(said.file)
        if (stem := _stem(said.file, target.notebooks)) != name.stem:
            name = name.with_name(f"{stem}{name.suffix}")
        reason = "" if number < MOST_FILES else f"more than {MOST_FILES} files"
        reason = reason or ("" if file.size <= min(LARGEST_FILE, room) else "too large") or against_path(str(name))
        path = folder / name
        reason = reason or ("another file has the same name" if path.exists() else "")
        try:
            if not reason:
                data = file.read()
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                room -= len(data)
        # A damaged archive can raise anything: BadZipFile, zlib.error, EOFError, RuntimeError, …
        except Exception as error:
            reason = f"it cannot be read ({type(error).__name__})"
        if reason:
            found.notes.append(f"{student}: {file.path} was left aside: {reason}")


def _keep(course: Course, target: Target, student: str, place: Path) -> None:
    """Move an older hand-in to `earlier`, under a number of its own."""
    kept = course.submitted.with_name(EARLIER) / student / target.assignment
    kept.mkdir(parents=True, exist_ok=True)
    numbers = (n for n in range(1, 10**6) if not (kept / str(n)).exists())
    os.replace(place, kept / str(next(numbers)))


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
