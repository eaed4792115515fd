"""The command line: each verb is a few lines around a typed function.

Exit 0: done. 1: something could not be graded, or is not clean. 2: usage or configuration. Imports stand inside the
verbs, so that `autograder --help` does not wait for nbgrader.
"""

import gc
import sys
from datetime import datetime
from pathlib import Path

import click

from autograder.errors import UserError
from autograder.results import NOT_GRADED

# jsonschema, which comes with nbformat, would load a grammar of internet addresses: a second, for checks nobody makes.
sys.modules.setdefault("rfc3987_syntax", None)

FOLDER = click.Path(path_type=Path, file_okay=False)
CHAPTERS = click.argument("chapters", nargs=-1)
ASSIGNMENT = click.argument("assignment")
SOLUTIONS = click.option("--solutions", type=FOLDER, default=Path("solutions"), help="Folder of the chapter sources.")
COURSE = click.option("--course", type=FOLDER, default=Path(), help="Course folder (default: this one).")
STUDENTS = click.option("--student", "students", multiple=True, metavar="ID", help="Only this student; repeatable.")


class _Commands(click.Group):
    """Turns the errors that a user can mend into one line and exit code 2."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Build the course, run a class through it, and grade it."""


@main.command()
@CHAPTERS
@SOLUTIONS
def verify(chapters: tuple[str, ...], solutions: Path) -> None:
    """Test the tests of CHAPTERS (default: all): right answers pass, wrong ones are told what is wrong."""
    from autograder.build.source import select_chapters
    from autograder.build.verify import verify as run_trials
    from autograder.report import print_verification

    selected = select_chapters(solutions, chapters)
    clean = print_verification(selected, run_trials(selected))
    sys.exit(0 if clean else 1)


@main.command()
@CHAPTERS
@SOLUTIONS
@click.option("--lectures", type=FOLDER, default=Path("lectures"), help="Where the notebooks go.")
def lectures(chapters: tuple[str, ...], solutions: Path, lectures: Path) -> None:
    """Build the student notebooks of CHAPTERS (default: all) from their sources."""
    from autograder.build.author import build_lectures
    from autograder.build.source import select_chapters

    for path in build_lectures(select_chapters(solutions, chapters), lectures):
        click.echo(f"wrote {path}")


@main.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@click.option("--due", type=click.DateTime(), help="Due date and time, UTC.")
def release(chapters: tuple[str, ...], solutions: Path, course: Path, due: datetime | None) -> None:
    """Make CHAPTERS (default: all) assignments of the course: into the gradebook, and out to students."""
    from autograder.build.release import release as release_chapter
    from autograder.build.source import select_chapters
    from autograder.course import Course

    opened = Course.open(course)
    for chapter in select_chapters(solutions, chapters):
        release_chapter(opened, chapter, due=due)
        click.echo(f"released {chapter.name} to {opened.release_folder(chapter.name)}")


@main.command()
@click.argument("chapter")
@SOLUTIONS
@COURSE
def sample(chapter: str, solutions: Path, course: Path) -> None:
    """Hand in a sample class's submissions of CHAPTER, with known true grades."""
    from autograder.build.release import release as release_chapter
    from autograder.build.sample import DUE, STUDENTS, write_sample
    from autograder.build.source import select_chapters
    from autograder.course import Course

    opened = Course.open(course)
    (selected,) = select_chapters(solutions, (chapter,))
    write_sample(opened, selected)
    release_chapter(opened, selected, due=DUE)
    click.echo(f"{len(STUDENTS)} sample students handed in {selected.name} to {opened.submitted}")


@main.command()
@ASSIGNMENT
@COURSE
@STUDENTS
@click.option("--jobs", type=click.IntRange(min=1), help="How many at once (default: one for each processor).")
@click.option("--regrade", is_flag=True, help="Also what has not changed since it was graded.")
@click.option("--in-process", is_flag=True, help="Run the tests beside the student's code, which can then reach them.")
@click.option("--shared-arguments", is_flag=True, help="Tests see what a student's code changes in their data.")
@click.option("--unsafe", is_flag=True, help="Go on where this machine cannot wall the students' code in.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Also write the results to this file.")
def grade(
    assignment: str,
    course: Path,
    students: tuple[str, ...],
    jobs: int | None,
    regrade: bool,
    in_process: bool,
    shared_arguments: bool,
    unsafe: bool,
    json_path: Path | None,
) -> None:
    """Grade the submissions of ASSIGNMENT and show the class."""
    from autograder.course import Course
    from autograder.exam import fork_server
    from autograder.exam.imports import imported_modules
    from autograder.exam.sandbox import Sandbox

    opened = Course.open(course)
    modules = imported_modules(opened, assignment)
    with Sandbox(preload=modules, unsafe=unsafe) as sandbox:
        fork_server.start(modules)
        # Both load their libraries while we load ours.
        from autograder.book.instructor import read_assignment
        from autograder.exam.batch import grade_batch
        from autograder.out import export as out
        from autograder.report import print_class, with_progress

        gc.freeze()  # nothing so far is garbage; to look for it all the same, at the end, takes a third of a second
        released = read_assignment(opened, assignment)
        selected = opened.select_students(assignment, students)
        graded = grade_batch(
            opened,
            released,
            selected,
            sandbox,
            jobs=jobs,
            regrade=regrade,
            in_process=in_process,
            shared_arguments=shared_arguments,
        )
        shown = with_progress(graded, len(selected), f"Grading {assignment}")
        results = sorted(shown, key=lambda result: result.student)
    print_class(results)
    click.echo(f"gradebook: {opened.db_url}")
    if json_path:
        click.echo(f"results: {out.write(results, json_path, form='json')}")
    sys.exit(1 if any(result.problem for result in results) else 0)


@main.command()
def doctor() -> None:
    """Say which protections against students' code are in force on this machine."""
    from autograder.exam.protections import lacking
    from autograder.exam.sandbox import protections
    from autograder.report import print_protections

    found = protections()
    print_protections(found)
    sys.exit(1 if lacking(found) else 0)


@main.command()
@ASSIGNMENT
@COURSE
@STUDENTS
def feedback(assignment: str, course: Path, students: tuple[str, ...]) -> None:
    """Write a feedback page for every graded submission of ASSIGNMENT."""
    from autograder.book.records import read_results
    from autograder.course import Course
    from autograder.out.feedback import write_feedback
    from autograder.report import with_progress

    opened = Course.open(course)
    results = read_results(opened, assignment, students)
    graded = [result for result in results if result.problem != NOT_GRADED]
    if not graded:
        raise UserError(f"nothing of {assignment!r} is graded yet: run `autograder grade {assignment}` first")
    pages = (write_feedback(opened, result) for result in graded)
    written = list(with_progress(pages, len(graded), f"Feedback on {assignment}"))
    click.echo(f"{len(written)} feedback pages: {opened.feedback_page(assignment, 'STUDENT')}")


@main.command()
@ASSIGNMENT
@COURSE
@click.option("--to", "path", type=click.Path(path_type=Path), help="The file to write; its suffix chooses the format.")
def export(assignment: str, course: Path, path: Path | None) -> None:
    """Write the grades of ASSIGNMENT as a table, a row per student (default: CSV, beside the gradebook)."""
    from autograder.book.records import read_results
    from autograder.course import Course
    from autograder.out import export as out

    opened = Course.open(course)
    path = path or opened.tables / f"{assignment}.csv"
    click.echo(f"grades: {out.write(read_results(opened, assignment), path)}")
