"""What several verbs take, and the same with each of them."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.errors import UserError

if TYPE_CHECKING:
    from autograder.build.source import Chapter


def course_root(context: click.Context, option: click.Parameter, named: Path | None) -> Path:
    from autograder.course import find_root

    return find_root(Path()) if named is None else named


def selected_chapters(names: tuple[str, ...], solutions: Path | None, course: Path) -> "list[Chapter]":
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
    callback=course_root,
    help="Course folder (default: this one, or the nearest above it, with an nbgrader_config.py).",
)


def to_file(help: str):
    """The option `--to` of a verb that writes one file."""
    return click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), help=help)


UNSAFE = click.option("--unsafe", is_flag=True, help="Go on where this machine cannot wall the students' code in.")
STUDENTS = click.option("--student", "students", multiple=True, metavar="ID", help="Only this student; repeatable.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the results as JSON instead of tables.")
