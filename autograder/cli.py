"""The command line: each verb is a few lines around a typed function.

Exit 0: done. 1: something could not be graded, or is not clean. 2: usage or configuration. Imports stand inside the
verbs, so that `autograder --help` does not wait for nbgrader.
"""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

import nnkit
from autograder.errors import UserError
from autograder.results import NOT_GRADED

if TYPE_CHECKING:
    from autograder.build.source import Chapter

# jsonschema, which comes with nbformat, would load a grammar of internet addresses: a second, for checks nobody makes.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None forbids the import

AUDIENCES = {
    "Authors of chapters": ("verify", "lectures"),
    "Instructors": ("check", "release", "sample", "grade", "feedback", "export", "doctor"),
}


class _Commands(click.Group):
    """Lists the verbs by who uses them, and turns errors that a user can mend into one line and exit code 2."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(2)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for audience, verbs in AUDIENCES.items():
            with formatter.section(audience):
                formatter.write_dl([(verb, self.commands[verb].get_short_help_str(limit=100)) for verb in verbs])


def _course_root(context: click.Context, option: click.Parameter, named: Path | None) -> Path:
    from autograder.course import find_root

    return find_root(Path()) if named is None else named


def _chapters(names: tuple[str, ...], solutions: Path | None, course: Path) -> "list[Chapter]":
    """The chapters that a command is about; the sources are those of the course unless named."""
    from autograder.build.source import select_chapters

    folder = solutions or course / "solutions"
    if not folder.is_dir():
        raise UserError(
            f"expected chapter sources in {folder}, there is no such folder: "
            "go to a course that has them, or name them with --solutions"
        )
    return select_chapters(folder, names)


FOLDER = click.Path(path_type=Path, file_okay=False)
DATE = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"])
CHAPTERS = click.argument("chapters", nargs=-1)
ASSIGNMENT = click.argument("assignment")
SOLUTIONS = click.option(
    "--solutions", type=FOLDER, help="Folder of the chapter sources (default: solutions in the course folder)."
)
COURSE = click.option(
    "--course",
    type=FOLDER,
    callback=_course_root,
    help="Course folder (default: this one, or the nearest above it, with an nbgrader_config.py).",
)
UNSAFE = click.option("--unsafe", is_flag=True, help="Go on where this machine cannot wall the students' code in.")
STUDENTS = click.option("--student", "students", multiple=True, metavar="ID", help="Only this student; repeatable.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the results as JSON instead of tables.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nnkit.__version__, prog_name="autograder", message="%(prog)s %(version)s")
def main() -> None:
    """Build the course, run a class through it, and grade it.

    A chapter or an assignment may be called by the beginning of its name: 03.
    """


@main.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@JSON
def verify(chapters: tuple[str, ...], solutions: Path | None, course: Path, as_json: bool) -> None:
    """Test the tests of CHAPTERS (default: all): right answers pass, wrong ones are told what is wrong."""
    from autograder.build.verify import verify as run_trials
    from autograder.report import print_json, print_verification, with_progress

    selected = _chapters(chapters, solutions, course)
    trials = list(with_progress(run_trials(selected), None, "Running trials"))
    if as_json:
        print_json(trials)
    else:
        print_verification(selected, trials)
    sys.exit(1 if any(trial.problem for trial in trials) else 0)


@main.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@click.option("--to", "folder", type=FOLDER, help="Folder to write to (default: the course's release folder).")
def lectures(chapters: tuple[str, ...], solutions: Path | None, course: Path, folder: Path | None) -> None:
    """Build the student notebooks of CHAPTERS (default: all) from their sources."""
    from autograder.build.author import build_lectures
    from autograder.course import Course
    from autograder.report import say, with_progress

    folder = folder or Course.open(course).release
    selected = _chapters(chapters, solutions, course)
    for chapter in with_progress(selected, len(selected), "Building lectures"):
        for path in build_lectures([chapter], folder):
            say(f"wrote {path}")


@main.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@click.option("--due", type=DATE, help='Due date and time, UTC: "2026-10-09 22:00".')
def release(chapters: tuple[str, ...], solutions: Path | None, course: Path, due: datetime | None) -> None:
    """Make CHAPTERS (default: all) assignments of the course: into the gradebook, and out to students."""
    from autograder.build.release import release as release_chapter
    from autograder.course import Course
    from autograder.report import say, with_progress

    opened = Course.open(course)
    selected = _chapters(chapters, solutions, course)
    for chapter in with_progress(selected, len(selected), "Releasing"):
        release_chapter(opened, chapter, due=due)
        say(f"released {chapter.name} to {opened.release_folder(chapter.name)}")


@main.command()
@click.argument("chapter")
@SOLUTIONS
@COURSE
def sample(chapter: str, solutions: Path | None, course: Path) -> None:
    """Hand in a sample class's submissions of CHAPTER, with known true grades."""
    from autograder.build.release import release as release_chapter
    from autograder.build.sample import DUE, STUDENTS, write_sample
    from autograder.course import Course
    from autograder.report import working

    opened = Course.open(course)
    (selected,) = _chapters((chapter,), solutions, course)
    with working(f"Handing in {selected.name}"):
        write_sample(opened, selected)
    with working(f"Releasing {selected.name}"):
        release_chapter(opened, selected, due=DUE)
    click.echo(f"{len(STUDENTS)} sample students handed in {selected.name} to {opened.submitted}")


@main.command()
@ASSIGNMENT
@COURSE
@UNSAFE
@JSON
def check(assignment: str, course: Path, unsafe: bool, as_json: bool) -> None:
    """Grade the solution and the released notebooks of ASSIGNMENT: what no student could get right is named."""
    from autograder.course import Course
    from autograder.exam import fork_server
    from autograder.exam.imports import imported_modules
    from autograder.exam.interpreter import move_to
    from autograder.exam.sandbox import Limits, Sandbox

    opened = Course.open(course)
    move_to(opened.python)
    modules = imported_modules(opened, assignment)
    sandbox = partial(Sandbox, opened.numbers(Limits), preload=modules, unsafe=unsafe, readable=opened.readable)
    with sandbox() as first, sandbox() as second:  # in each, Python orders sets in a way of its own
        fork_server.start(modules)
        from autograder.book.instructor import read_assignment
        from autograder.build.preflight import look
        from autograder.report import print_json, print_preflight, working

        released = read_assignment(opened, assignment)
        with working(f"Grading the solution and the release of {released.name}"):
            found = look(opened, released, (first, second))
    if as_json:
        print_json([found])
    else:
        print_preflight(found)
    sys.exit(1 if found.findings else 0)


@main.command()
@ASSIGNMENT
@COURSE
@STUDENTS
@click.option("--jobs", type=click.IntRange(min=1), help="How many at once (default: one for each processor).")
@click.option("--regrade", is_flag=True, help="Also what has not changed since it was graded.")
@click.option("--in-process", is_flag=True, help="Run the tests beside the student's code, which can then reach them.")
@click.option("--shared-arguments", is_flag=True, help="Tests see what a student's code changes in their data.")
@UNSAFE
@JSON
def grade(
    assignment: str,
    course: Path,
    students: tuple[str, ...],
    jobs: int | None,
    regrade: bool,
    in_process: bool,
    shared_arguments: bool,
    unsafe: bool,
    as_json: bool,
) -> None:
    """Grade the submissions of ASSIGNMENT and show the class."""
    from autograder.course import Course
    from autograder.exam import fork_server
    from autograder.exam.imports import imported_modules
    from autograder.exam.interpreter import move_to
    from autograder.exam.sandbox import Limits, Sandbox

    opened = Course.open(course)
    move_to(opened.python)
    modules = imported_modules(opened, assignment)
    with Sandbox(opened.numbers(Limits), preload=modules, unsafe=unsafe, readable=opened.readable) as sandbox:
        fork_server.start(modules)
        # Both load their libraries while we load ours.
        from autograder.book.instructor import read_assignment
        from autograder.build.preflight import glance
        from autograder.exam.batch import grade_batch
        from autograder.out.export import json
        from autograder.report import print_class, print_findings, with_progress, working

        gc.freeze()  # nothing so far is garbage; to look for it all the same, at the end, takes a third of a second
        released = read_assignment(opened, assignment)
        if in_process:
            released = released.in_process([released.name])
        selected = opened.select_students(released.name, students)
        beside = ThreadPoolExecutor(1).submit(glance, opened, released, sandbox)
        graded = grade_batch(
            opened,
            released,
            selected,
            sandbox,
            jobs=jobs,
            regrade=regrade,
            shared_arguments=shared_arguments,
        )
        shown = with_progress(graded, len(selected), f"Grading {released.name}")
        results = sorted(shown, key=lambda result: result.student)
        with working(f"Grading the solution and the release of {released.name}"):
            found = beside.result()
    print_findings(found, to_errors=as_json)
    if as_json:
        click.echo(json.render(results), nl=False)
    else:
        print_class(results)
        click.echo(f"gradebook: {opened.db_url}")
    sys.exit(1 if any(result.problem for result in results) else 0)


@main.command()
@ASSIGNMENT
@COURSE
@STUDENTS
def feedback(assignment: str, course: Path, students: tuple[str, ...]) -> None:
    """Write a feedback page for every graded submission of ASSIGNMENT."""
    from autograder.book.records import read_results
    from autograder.course import Course
    from autograder.out.feedback import write_feedback
    from autograder.report import with_progress, working

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


@main.command()
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
    from autograder.report import working

    opened = Course.open(course)
    with working("Reading the grades"):
        results = read_results(opened, assignment, students, enrolled=True)
    path = path or opened.tables / f"{results[0].assignment}.csv"
    click.echo(f"grades: {out.write(results, path)}")


@main.command()
@JSON
def doctor(as_json: bool) -> None:
    """Say which protections against students' code are in force on this machine."""
    from autograder.exam.protections import lacking
    from autograder.exam.sandbox import protections
    from autograder.report import print_json, print_protections

    found = protections()
    if as_json:
        print_json(found)
    else:
        print_protections(found)
    sys.exit(1 if lacking(found) else 0)
