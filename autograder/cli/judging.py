"""Verbs for what a person has to judge."""

from contextlib import suppress
from pathlib import Path

import click

from autograder.cli.options import ASSIGNMENT, COURSE, STUDENTS, to_file


@click.command()
@ASSIGNMENT
@COURSE
@STUDENTS
def written(assignment: str, course: Path, students: tuple[str, ...]) -> None:
    """Grade the written answers of ASSIGNMENT in a browser: all to one question on one page, without names."""
    from autograder.book.instructor import read_assignment
    from autograder.course import Course
    from autograder.out.written import read_questions
    from autograder.out.written.desk import Desk, serve
    from autograder.terminal import counted, say, working

    opened = Course.open(course)
    with working("Reading the answers"):
        read = read_assignment(opened, assignment)
        desk = Desk(opened, read.name, read_questions(opened, read, students))
    say(f"{counted(desk.waiting(), 'answer')} to grade; open this in a browser, and end with Ctrl-C:")
    with suppress(KeyboardInterrupt):
        serve(desk, say)
    say(f"{counted(desk.waiting(), 'answer')} to grade")


@click.command()
@ASSIGNMENT
@COURSE
@STUDENTS
@to_file("File to write (default: beside the gradebook).")
def similar(assignment: str, course: Path, students: tuple[str, ...], path: Path | None) -> None:
    """Write a page on who wrote passages of ASSIGNMENT that few others wrote: places to look, no verdict."""
    from autograder.book.instructor import read_assignment
    from autograder.course import Course
    from autograder.out.similar import write_similar
    from autograder.terminal import counted, say, working

    opened = Course.open(course)
    with working("Comparing"):
        read = read_assignment(opened, assignment)
        path = path or opened.tables / f"{read.name}-similar.html"
        pairs = write_similar(opened, read, path, only=students)
    say(f"{counted(len(pairs), 'pair')} to look at: {path}")
