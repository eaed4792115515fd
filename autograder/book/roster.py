"""The roster goes into the gradebook: names, and more time for those who have it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from autograder.book import extensions
from autograder.book.gradebook import Book, open_gradebook
from autograder.course import Course
from autograder.errors import UserError
from autograder.intake.collect import Target
from autograder.intake.roster import Entry
from autograder.results import Person


@dataclass(frozen=True)
class Enrolled:
    """What a roster has changed: ids that are new, ids whose names are, ids that the gradebook has and it has not.

    extensions: assignment → how many students have one, by this roster or an earlier one.
    """

    students: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    extensions: Mapping[str, int]


def enroll(course: Course, entries: Iterable[Entry]) -> Enrolled:
    """Put everybody on a roster into the gradebook, with names and extensions, all or nothing.

    What it does not say stays as it is, and nobody is removed. Late penalties follow extensions at once.
    Raises UserError for an unknown assignment, and for an extension that ends before the assignment is due.
    """
    entries = list(entries)
    with open_gradebook(course) as book:
        known = book.people()
        people = {entry.id: _merged(known.get(entry.id, Person()), entry.person) for entry in entries}
        times = extensions.load(course)
        for entry in entries:
            for assignment, time in _times(course, book, entry).items():
                times.setdefault(assignment, {})[entry.id] = time
        kept = {name: {s: time for s, time in each.items() if time} for name, each in times.items()}
        book.enroll(people, times, save=lambda: extensions.save(course, kept))
    return Enrolled(
        len(entries),
        tuple(student for student in people if student not in known),
        tuple(student for student, person in people.items() if student in known and known[student] != person),
        tuple(sorted(known.keys() - people.keys())),
        {name: len(each) for name, each in kept.items() if each},
    )


def target_of(course: Course, typed: str) -> tuple[Target, dict[str, Person]]:
    """What collecting an assignment needs of the gradebook: the assignment, and who is in the class."""
    with open_gradebook(course) as book:
        name = book.find_assignment(typed)
        notebooks = {other: [notebook.name for notebook in book.notebooks(other)] for other in book.assignments()}
        others = {notebook: other for other, found in notebooks.items() if other != name for notebook in found}
        target = Target(name, tuple(notebooks[name]), others, book.due(name))
        return target, book.people()


def _merged(known: Person, said: Person) -> Person:
    return Person(**{name: new or getattr(known, name) for name, new in vars(said).items()})


def _times(course: Course, book: Book, entry: Entry) -> dict[str, timedelta]:
    """Assignment → more time. What is said of one goes before what is said of all."""
    times: dict[str, timedelta] = {}
    for typed, value in sorted(entry.extensions.items()):
        names = [book.find_assignment(typed)] if typed else book.assignments()
        for name in names:
            times[name] = _time(course, name, book.due(name), value)
    return times


def _time(course: Course, assignment: str, due: datetime | None, value: timedelta | datetime) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if due is None:
        raise UserError(f"{assignment} has no due date to extend until {value:%Y-%m-%d %H:%M}: release it with --due")
    if course.utc(value) < due:
        raise UserError(
            f"expected an extension of {assignment} that ends after {course.shown(due)}, got {value:%Y-%m-%d %H:%M}"
        )
    return course.utc(value) - due
