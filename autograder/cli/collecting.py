"""Verbs that bring in what grading needs: who is in the class, and what they handed in."""

from pathlib import Path

import click

from autograder.cli.options import COURSE

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


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
