"""Reads a roster: a CSV file that says who is in the class, and who has more time for what.

The columns are those of `nbgrader db student import`, so that one file serves both, and `extension` besides.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from autograder.errors import UserError
from autograder.results import Person

ID, EXTENSION = "id", "extension"
PERSON = ("first_name", "last_name", "email", "lms_user_id")

LONGEST = 128  # characters that the gradebook keeps of each
_UNITS = {"day": 86400, "hour": 3600, "minute": 60}


@dataclass(frozen=True)
class Entry:
    """A line of a roster. Of the person, what the file does not say is empty.

    extensions: assignment as it is typed in the heading, "" for all of them → time after the due date, or a new one as
    the clock of the course shows it (naive); a time of 0 takes an extension back.
    """

    id: str
    person: Person
    extensions: Mapping[str, timedelta | datetime]


def read_roster(path: Path) -> list[Entry]:
    """The lines of a roster, in their order.

    Raises UserError, with the line, for a file that is no such table: not in UTF-8, without a column `id`, with a
    column nobody knows, an id or e-mail twice, an id that cannot name a folder, an extension that is none.
    """
    rows = list(_rows(path))
    headings = [heading.strip().lower() for heading in (rows[0][1] if rows else [])]
    known = (ID, *PERSON, EXTENSION)
    for heading, count in Counter(headings).items():
        if heading not in known and not heading.startswith(f"{EXTENSION} "):
            raise UserError(f"{path}: unknown column {heading!r}: expected {', '.join(known)} or extension ASSIGNMENT")
        if count > 1:
            raise UserError(f"{path}: column {heading!r} is there {count} times")
    if ID not in headings:
        raise UserError(f"{path}: expected a heading with a column id, got {', '.join(headings) or 'an empty file'}")
    for line, row in rows[1:]:
        if any(row) and len(row) != len(headings):
            raise UserError(f"{path}:{line}: expected {len(headings)} cells, got {len(row)}")
    entries = [_entry(f"{path}:{line}", dict(zip(headings, row, strict=True))) for line, row in rows[1:] if any(row)]
    for what, values in (("id", [e.id for e in entries]), ("e-mail", [e.person.email for e in entries])):
        # File systems and mailboxes that do not tell Ada from ada are common.
        for value, count in Counter(value.casefold() for value in values if value).items():
            if count > 1:
                raise UserError(f"{path}: {count} students have the {what} {value!r}")
    return entries


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}:{line}: expected text in UTF-8, got the byte {data[error.start]:#04x}: "
            "save the table as “CSV UTF-8”, or convert it: iconv -f LATIN1 -t UTF-8"
        ) from error
    heading = text.partition("\n")[0]
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=heading.count), strict=True)
    try:
        for row in table:
            yield table.line_num, [cell.strip() for cell in row]
    except csv.Error as error:
        raise UserError(f"{path}:{table.line_num}: this is no table in CSV: {error}") from error


def _entry(place: str, cells: dict[str, str]) -> Entry:
    student = cells[ID]
    if not student or student in (".", "..") or re.search(r"[/\\\0]|[^\S ]", student) or not student.isprintable():
        raise UserError(f"{place}: expected an id that can name a folder, got {student!r}")
    for column, value in cells.items():
        if len(value) > LONGEST:
            raise UserError(f"{place}: expected at most {LONGEST} characters in column {column}, got {len(value)}")
    person = Person(**{column: cells.get(column, "") for column in PERSON})
    headings = [heading for heading in cells if heading.startswith(EXTENSION) and cells[heading]]
    return Entry(student, person, {h.removeprefix(EXTENSION).strip(): _extension(place, cells[h]) for h in headings})


def _extension(place: str, text: str) -> timedelta | datetime:
    if match := re.fullmatch(r"(\d+(?:\.\d+)?) *(day|hour|minute)s?", text):
        seconds = float(match[1]) * _UNITS[match[2]]
        if seconds < 10 * 365 * 86400:
            return timedelta(seconds=seconds)
    if text == "0":
        return timedelta(0)
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        date = None
    if date is None or date.tzinfo:
        raise UserError(f"{place}: expected an extension such as 2 days, 36 hours or 2026-10-12 22:00, got {text!r}")
    return date
