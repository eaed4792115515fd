"""Verbs that keep a course: in one file, back from it, and into the next term."""

from datetime import datetime
from pathlib import Path

import click

from autograder.cli.options import COURSE, FOLDER, to_file


@click.command()
@COURSE
@to_file("File to write (default: one with today's date beside the course folder).")
def backup(course: Path, path: Path | None) -> None:
    """Put the course into one file: configuration, sources, releases, hand-ins, grades and feedback."""
    from autograder.book.backup import back_up
    from autograder.course import Course
    from autograder.terminal import say, working

    opened = Course.open(course)
    path = path or opened.root.with_name(f"{opened.root.name}-{datetime.now():%Y-%m-%d-%H%M%S}.zip")
    with working(f"Writing {path}"):
        count = back_up(opened, path)
    say(f"backup: {path}, {count} files")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("folder", type=FOLDER)
def restore(file: Path, folder: Path) -> None:
    """Unpack a backup FILE into a new FOLDER."""
    from autograder.book.backup import restore as unpack
    from autograder.terminal import say, working

    with working(f"Unpacking {file}"):
        course = unpack(file, folder)
    say(f"restored: {course.root}")


@click.command()
@click.argument("folder", type=FOLDER)
@COURSE
def renew(folder: Path, course: Path) -> None:
    """Begin a new term in FOLDER: the same configuration and sources, nobody's work."""
    from autograder.book.backup import renew as begin
    from autograder.course import Course
    from autograder.terminal import say

    say(f"new term: {begin(Course.open(course), folder).root}; release its assignments there")
