"""Verbs that hand out what is graded."""

from pathlib import Path

import click

from autograder.cli.options import ASSIGNMENT, COURSE, STUDENTS
from autograder.errors import UserError
from autograder.results import NOT_GRADED


@click.command()
@ASSIGNMENT
@COURSE
@STUDENTS
def feedback(assignment: str, course: Path, students: tuple[str, ...]) -> None:
    """Write a feedback page for every graded submission of ASSIGNMENT."""
    from autograder.book.records import read_results
    from autograder.course import Course
    from autograder.out.feedback import write_feedback
    from autograder.terminal import with_progress, working

    opened = Course.open(course)
    with working("Reading the grades"):
        results = read_results(opened, assignment, students)
    assignment = results[0].assignment
    graded = [result for result in results if result.problem != NOT_GRADED]
    if not graded:
        raise UserError(f"nothing of {assignment!r} is graded yet: run `autograder grade {assignment}` first")
    pages = (write_feedback(opened, result) for result in graded)
    written = list(with_progress(pages, len(graded), f"Feedback on {assignment}"))
    click.echo(f"{len(written)} feedback pages: {opened.feedback_page(assignment, 'STUDENT')}")


@click.command()
@ASSIGNMENT
@COURSE
@STUDENTS
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; its ending chooses the format (default: a CSV table beside the gradebook).",
)
def export(assignment: str, course: Path, students: tuple[str, ...], path: Path | None) -> None:
    """Write the grades of ASSIGNMENT to a file, a row per student."""
    from autograder.book.records import read_results
    from autograder.course import Course
    from autograder.out import export as out
    from autograder.terminal import working

    opened = Course.open(course)
    with working("Reading the grades"):
        results = read_results(opened, assignment, students, enrolled=True)
    path = path or opened.tables / f"{results[0].assignment}.csv"
    click.echo(f"grades: {out.write(results, path)}")
