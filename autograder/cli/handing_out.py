"""Verbs that hand out what is graded."""

from pathlib import Path

import click

from autograder.cli.options import ASSIGNMENT, COURSE, FOLDER, STUDENTS, to_file
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
@click.argument("assignments", nargs=-1)
@COURSE
@STUDENTS
@click.option(
    "--format", "form", metavar="FORMAT", help="csv, json, xlsx, canvas, moodle or blackboard (default: by the suffix)."
)
@to_file("File to write (default: beside the gradebook; without --format a CSV table).")
def export(
    assignments: tuple[str, ...], course: Path, students: tuple[str, ...], form: str | None, path: Path | None
) -> None:
    """Write grades to a file, a row per student: of one of ASSIGNMENTS, of several or all of them as a term."""
    from autograder.book.records import read_results
    from autograder.course import Course
    from autograder.out import export as out
    from autograder.out.grades import of_assignment, of_term
    from autograder.out.term import read_term
    from autograder.terminal import say, working

    opened = Course.open(course)
    suffix = out.suffix(form or out.DEFAULT)
    with working("Reading the grades"):
        if len(assignments) == 1:
            results = read_results(opened, assignments[0], students, enrolled=True)
            name, grades = results[0].assignment, of_assignment(results)
            waiting = sum(bool(result.waiting) for result in results)
        else:
            terms = read_term(opened, assignments, students)
            name, grades = "term", of_term(terms)
            waiting = sum(bool(term.waiting) for term in terms)
    path = path or opened.tables / f"{name}{f'-{form}' if form and suffix != f'.{form}' else ''}{suffix}"
    say(f"grades: {out.write(grades, path, form=form or '')}")
    if waiting:
        say(f"not final: answers of {waiting} of {len(grades.students)} students wait for a person")


@click.command()
@click.argument("assignments", nargs=-1)
@COURSE
@STUDENTS
@click.option("--to", "path", type=FOLDER, help="Folder to write to (default: `report` beside the gradebook).")
def report(assignments: tuple[str, ...], course: Path, students: tuple[str, ...], path: Path | None) -> None:
    """Write a page on the class, and its numbers as CSV tables: on ASSIGNMENTS (default: all) and over the term."""
    from autograder.book.gradebook import open_gradebook
    from autograder.course import Course
    from autograder.out.report import by_assignment, write_report
    from autograder.out.term import read_term
    from autograder.terminal import say, working

    opened = Course.open(course)
    with working("Reading the grades"):
        terms = read_term(opened, assignments, students)
        with open_gradebook(opened) as book:
            due = {name: opened.shown(date) for name in by_assignment(terms) if (date := book.due(name))}
    with working("Writing the report"):
        say(f"report: {write_report(terms, path or opened.tables / 'report', due)}")


@click.command()
@ASSIGNMENT
@COURSE
@to_file("File to write (default: beside the gradebook).")
def gradescope(assignment: str, course: Path, path: Path | None) -> None:
    """Write the autograder archive that Gradescope wants for ASSIGNMENT."""
    from autograder.course import Course
    from autograder.out.gradescope import build
    from autograder.terminal import say, working

    with working("Building the archive"):
        written = build(Course.open(course), assignment, path)
    say(f"for Gradescope: {written}")
