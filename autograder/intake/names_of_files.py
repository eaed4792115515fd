"""How learning-management systems name what they hand over, file by file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from autograder.results import Person


@dataclass(frozen=True)
class Piece:
    """What the name of a file says. who: as it is there, what --match takes.  file: its path in the hand-in.

    keys: ids and names to look for, the surest first.  time: when it came, by the clock of the course; None if it does
    not say.  late: the system says so.  attempt: the later, the greater.
    """

    who: str
    file: str
    keys: tuple[str, ...]
    time: datetime | None = None
    late: bool = False
    attempt: int = 0


_BLACKBOARD = re.compile(r"(?P<head>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<info>\.txt))")
_CANVAS = re.compile(r"(?P<who>[^_/]+)(?P<late>_LATE)?_(?P<user>\d+)_(?P<attempt>\d+)_(?P<file>[^/]+)", re.IGNORECASE)
_MOODLE = re.compile(r"(?P<who>[^/]+)_\d+_assignsubmission_(?P<kind>[a-z]+)(?:_(?!/)|_?/)(?P<file>.+)")


def piece(path: str, ids: Mapping[str, str]) -> Piece | None:
    """What the name of a file says; None for a file that is nobody's: a list, a text that the system wrote.

    ids: of students, as file names may spell them → as they are.
    """
    name = PurePosixPath(path).name
    if found := _BLACKBOARD.fullmatch(name):
        # ASSIGNMENT_USER_attempt_…: where both hold underscores, the roster tells where the user begins.
        parts = found["head"].split("_")
        tails = ["_".join(parts[n:]) for n in range(1, len(parts))]
        known = [tail for tail in tails if tail.casefold() in ids]
        who = (known or tails[-1:] or [found["head"]])[0]
        try:
            time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S")
        except ValueError:
            time = None
        attempt = int(found["time"].replace("-", ""))
        return None if found["info"] else Piece(who, found["file"], (who,), time, attempt=attempt)
    if found := _MOODLE.fullmatch(path):
        return Piece(found["who"], found["file"], (found["who"],)) if found["kind"] == "file" else None
    if found := _CANVAS.fullmatch(name):
        who, late = f"{found['who']}_{found['user']}", bool(found["late"])
        return Piece(who, found["file"], (found["user"], found["who"]), late=late, attempt=int(found["attempt"]))
    top, _, rest = path.partition("/")
    if rest:
        return Piece(top, rest, (top,))
    stem = PurePosixPath(name).stem
    begins = [stem[:end] for end in range(len(stem), 0, -1) if not stem[end : end + 1].isalnum()]
    who = next((begin for begin in begins if begin.casefold() in ids), stem)
    return Piece(who, name, (who,)) if who.casefold() in ids or name.endswith(".ipynb") else None


def spellings(student: str, person: Person) -> set[str]:
    """How a student may be called in the name of a file, case aside."""
    first, last = person.first_name, person.last_name
    called = {student, person.email, person.email.partition("@")[0], person.lms_user_id}
    called |= {f"{first} {last}", f"{last} {first}", f"{last}, {first}", _letters(f"{last}{first}")} if last else set()
    return {each.strip().casefold() for each in called if each.strip()}


def _letters(name: str) -> str:
    """What Canvas leaves of a name."""
    return "".join(filter(str.isalnum, name))
