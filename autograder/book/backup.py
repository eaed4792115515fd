"""A course in one file and back, and the next term from this one.

A backup is a ZIP archive of what a term depends on: configuration, sources, what is released, handed in and graded, the
feedback, and the gradebook as it stood at one moment, even while somebody writes to it.
"""

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

import nnkit
from autograder.book import database
from autograder.course import CONFIG_FILE, GRADEBOOK, Course, CourseError
from autograder.errors import UserError
from autograder.intake.archive import against, path_of
from autograder.intake.collect import EARLIER

MANIFEST = "backup.json"
FORMAT = 1
SOURCES = "solutions"
_LEFT_OUT = (".ipynb_checkpoints", "__pycache__")


def back_up(course: Course, path: Path) -> int:
    """Write a backup to a file that is not there yet, and return the number of its files.

    Raises CourseError for a gradebook that is in memory, for parts of the course that lie outside its folder, and if
    the file exists.
    """
    book = _gradebook(course)
    if path.exists():
        raise CourseError(f"{path} is there already: name another file with --to")
    files = sorted(set(_files(course)) - {book, path.resolve()})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(_manifest(course, book), indent=1) + "\n")
            copy = Path(scratch, GRADEBOOK)
            if copied := _copy_gradebook(course, copy):
                archive.write(copy, _inside(course, book))
            for file in files:
                archive.write(file, _inside(course, file))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return len(files) + copied


def restore(archive: Path, folder: Path) -> Course:
    """Unpack a backup into a folder that is not there yet, or empty, and return its course.

    Raises UserError, and writes nothing, for a folder with something in it, and for an archive that is no backup.
    """
    _require_empty(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=folder.parent) as scratch:
        unpacked, book = Path(scratch, "course"), None
        unpacked.mkdir()
        try:
            with zipfile.ZipFile(archive) as backup:
                manifest = json.loads(backup.read(MANIFEST))
                if manifest.get("format") != FORMAT:
                    raise UserError(f"{archive}: expected a backup of format {FORMAT}, got {manifest.get('format')!r}")
                for member in backup.infolist():
                    if reason := against(member):
                        raise UserError(f"{archive}: {path_of(member)!r}: {reason}")
                    if member.filename != MANIFEST:
                        backup.extract(member, unpacked)
                    if member.filename == manifest.get("gradebook"):
                        book = folder / member.filename
        # A damaged archive can raise anything: BadZipFile, zlib.error, EOFError, …
        except UserError:
            raise
        except Exception as error:
            raise UserError(f"{archive} is no backup of a course ({type(error).__name__}: {error})") from error
        Course.open(unpacked)
        _install(unpacked, folder)
    course = Course.open(folder)
    if book and not course.gradebook_file:
        _fill_gradebook(course, book)
    return course


def renew(course: Course, folder: Path) -> Course:
    """Begin a term in a folder that is not there yet, or empty: the same configuration and sources, nobody's work.

    Raises UserError, and leaves nothing behind, for a folder with something in it, and if the configuration would lead
    the new term to what belongs to the old one.
    """
    _require_empty(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".renewing-", dir=folder.parent) as scratch:
        new = Path(scratch, "course")
        new.mkdir()
        for file in _of_authors(course):
            target = new / _inside(course, file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        _require_apart(course, Course.open(new))
        _install(new, folder)
    return Course.open(folder)


def _manifest(course: Course, book: Path) -> dict:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"format": FORMAT, "made": made, "version": nnkit.__version__, "gradebook": _inside(course, book)}


def _gradebook(course: Course) -> Path:
    """Where the gradebook is in a backup: where its file is in the course; that of one on a server lies on top."""
    url = make_url(course.db_url)
    if url.get_backend_name() == "sqlite" and not course.gradebook_file:
        raise CourseError(f"the gradebook {course.gradebook} is no file: there is nothing to back up")
    return (course.gradebook_file or course.root / GRADEBOOK).resolve()


def _copy_gradebook(course: Course, copy: Path) -> bool:
    """Copy the gradebook as it stands at one moment, while others may write to it. Returns whether there is one."""
    book = course.gradebook_file
    if not book:
        database.copy_to_file(course, copy)
    elif book.is_file():
        try:
            with closing(sqlite3.connect(book, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)  # SQLite's own way
        except sqlite3.Error as error:
            raise CourseError(f"the gradebook {book} cannot be copied: {error}") from error
    return copy.is_file()


def _fill_gradebook(course: Course, copy: Path) -> None:
    """Put a copied gradebook into the database that the course names. If that fails nothing of the course stays."""
    try:
        database.copy_from_file(copy, course)
        copy.unlink()
    except BaseException:
        shutil.rmtree(course.root)
        raise


def _of_authors(course: Course) -> Iterator[Path]:
    """The files that a new term begins with."""
    folders = [course.root / SOURCES, *(course.source_folder(name) for name in course.assignments())]
    yield from _in_folders([course.root / CONFIG_FILE, *folders])


def _files(course: Course) -> Iterator[Path]:
    """The files of a course but its gradebook."""
    yield from _of_authors(course)
    places = [course.tables / "extensions.json", course.submitted.with_name(EARLIER)]
    for name in {*course.assignments(), *_handed_in(course)}:
        places.append(course.release_folder(name))
        for student in course.students(name):
            places += [course.submitted_folder(name, student), course.autograded_folder(name, student)]
            places.append(course.feedback_page(name, student).parent)
    yield from _in_folders(places)


def _handed_in(course: Course) -> list[str]:
    """Assignments in the gradebook, which may have folders of no instructor's."""
    from autograder.book.gradebook import open_gradebook

    with open_gradebook(course) as book:
        return book.assignments()


def _in_folders(places: list[Path]) -> Iterator[Path]:
    for place in places:
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        for path in found:
            if path.is_file() and not path.is_symlink() and not set(_LEFT_OUT).intersection(path.parts):
                yield path.resolve()


def _inside(course: Course, path: Path) -> str:
    if not path.is_relative_to(course.root):
        raise CourseError(f"{path} lies outside of the course {course.root}: back it up and copy it by hand")
    return path.relative_to(course.root).as_posix()


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"expected a new or an empty folder, there is something in {folder}")


def _require_apart(course: Course, new: Course) -> None:
    if new.db_url == course.db_url:
        raise CourseError(
            f"{CONFIG_FILE}: c.CourseDirectory.db_url names the gradebook of the old term, {new.gradebook}: "
            "make it a path inside the course folder, or let the name of the database be that of the folder"
        )
    for place in (new.submitted, new.autograded, new.feedback):
        if not place.resolve().is_relative_to(new.root):
            raise CourseError(f"{CONFIG_FILE}: {place} belongs to the old term: name a folder inside the course folder")


def _install(new: Path, folder: Path) -> None:
    if folder.exists():
        folder.rmdir()
    new.rename(folder)
