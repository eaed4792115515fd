"""Verbs for authors of chapters, and for whoever hands their chapters out."""

import sys
from datetime import datetime
from pathlib import Path

import click

from autograder.cli.options import CHAPTERS, COURSE, DATE, FOLDER, JSON, SOLUTIONS, selected_chapters


@click.command()
@click.argument("chapter")
@SOLUTIONS
@COURSE
def new(chapter: str, solutions: Path | None, course: Path) -> None:
    """Begin CHAPTER, such as 14_convolutions: a source that verifies as it stands, to be written over."""
    from autograder.build.new import new_chapter
    from autograder.course import Course
    from autograder.terminal import say

    opened = Course.open(course)  # or there is none
    path = new_chapter(solutions or opened.root / "solutions", chapter)
    say(f"wrote {path}; next: autograder verify {chapter[:2]}")


@click.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@JSON
def verify(chapters: tuple[str, ...], solutions: Path | None, course: Path, as_json: bool) -> None:
    """Test the tests of CHAPTERS (default: all): right answers pass, wrong ones are told what is wrong."""
    from autograder.build.verify import verify as run_trials
    from autograder.terminal import print_json, print_verification, with_progress

    selected = selected_chapters(chapters, solutions, course)
    trials = list(with_progress(run_trials(selected), None, "Running trials"))
    if as_json:
        print_json(trials)
    else:
        print_verification(selected, trials)
    sys.exit(1 if any(trial.problem for trial in trials) else 0)


@click.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@click.option("--to", "folder", type=FOLDER, help="Folder to write to (default: the course's release folder).")
def lectures(chapters: tuple[str, ...], solutions: Path | None, course: Path, folder: Path | None) -> None:
    """Build the student notebooks of CHAPTERS (default: all) from their sources."""
    from autograder.build.author import build_lectures
    from autograder.course import Course
    from autograder.terminal import say, with_progress

    folder = folder or Course.open(course).release
    selected = selected_chapters(chapters, solutions, course)
    for chapter in with_progress(selected, len(selected), "Building lectures"):
        for path in build_lectures([chapter], folder):
            say(f"wrote {path}")


@click.command()
@CHAPTERS
@SOLUTIONS
@COURSE
@click.option("--due", type=DATE, help='Due date and time, in the time zone of the course: "2026-10-09 22:00".')
def release(chapters: tuple[str, ...], solutions: Path | None, course: Path, due: datetime | None) -> None:
    """Make CHAPTERS (default: all) assignments of the course: into the gradebook, and out to students."""
    from autograder.build.release import release as release_chapter
    from autograder.course import Course
    from autograder.terminal import say, with_progress

    opened = Course.open(course)
    due = opened.utc(due) if due else None
    until = f", due {opened.shown(due)}" if due else ""
    selected = selected_chapters(chapters, solutions, course)
    for chapter in with_progress(selected, len(selected), "Releasing"):
        release_chapter(opened, chapter, due=due)
        say(f"released {chapter.name} to {opened.release_folder(chapter.name)}{until}")


@click.command()
@click.argument("chapter")
@SOLUTIONS
@COURSE
def sample(chapter: str, solutions: Path | None, course: Path) -> None:
    """Hand in a sample class's submissions of CHAPTER, with known true grades."""
    from autograder.build.release import release as release_chapter
    from autograder.build.sample import DUE, STUDENTS, write_sample
    from autograder.course import Course
    from autograder.terminal import working

    opened = Course.open(course)
    (selected,) = selected_chapters((chapter,), solutions, course)
    with working(f"Handing in {selected.name}"):
        write_sample(opened, selected)
    with working(f"Releasing {selected.name}"):
        release_chapter(opened, selected, due=DUE)
    click.echo(f"{len(STUDENTS)} sample students handed in {selected.name} to {opened.submitted}")
