"""Verbs that bring in what grading needs: who is in the class, and what they handed in."""

import sys
from pathlib import Path

import click

from autograder.cli.options import ASSIGNMENT, COURSE

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=FILE)
@COURSE
def roster(file: Path, course: Path) -> None:
    """Put the students of a CSV FILE into the gradebook: ids, names, e-mails, and extensions of due dates."""
    from autograder.book.roster import enroll
    from autograder.course import Course
    from autograder.intake.roster import read_roster
    from autograder.terminal import print_enrolled

    print_enrolled(enroll(Course.open(course), read_roster(file)))


@click.command()
@click.argument("archive", type=click.Path(path_type=Path))
@ASSIGNMENT
@COURSE
@click.option("--match", "matches", multiple=True, metavar="NAME=ID", help="Whose NAME in the archive is; repeatable.")
@click.option("--update", is_flag=True, help="Newer hand-ins take the place of older ones, which are kept aside.")
def collect(archive: Path, assignment: str, course: Path, matches: tuple[str, ...], update: bool) -> None:
    """Put what Canvas, Moodle or Blackboard give for ASSIGNMENT, a ZIP or a folder, where grading looks for it."""
    from autograder.book.roster import target_of
    from autograder.course import Course
    from autograder.errors import UserError
    from autograder.intake.collect import collect as put
    from autograder.terminal import print_collected, working

    opened = Course.open(course)
    pairs = dict(match.rpartition("=")[::2] for match in matches)
    if "" in pairs:
        raise UserError("--match: expected NAME=ID, as the list of those who could not be matched shows it")
    target, people = target_of(opened, assignment)
    with working(f"Collecting {target.assignment}"):
        found = put(opened, target, archive, people, matches=pairs, update=update)
    print_collected(found, f"autograder collect {archive} {assignment}")
    sys.exit(1 if found.unmatched else 0)
