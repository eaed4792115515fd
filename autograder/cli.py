"""The command line: each verb is a few lines around a typed function. Exit 0 done, 1 not everything succeeded, 2 usage.

Imports stand inside the verbs, so that `autograder --help` does not wait for nbgrader.
"""

import sys
from pathlib import Path

import click

CHAPTERS = click.argument("chapters", nargs=-1)
SOURCES = click.option(
    "--solutions",
    type=click.Path(path_type=Path),
    default=Path("solutions"),
    help="Folder of the chapter sources.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Build the course, run a class through it, and grade it."""


@main.command()
@CHAPTERS
@SOURCES
def verify(chapters: tuple[str, ...], solutions: Path) -> None:
    """Test the tests of CHAPTERS (default: all): right answers pass, wrong ones are told what is wrong."""
    from autograder.report import print_verification
    from autograder.verify import verify as run_trials

    selected = _read(solutions, chapters)
    clean = print_verification(selected, run_trials(selected))
    sys.exit(0 if clean else 1)


@main.command()
@CHAPTERS
@SOURCES
@click.option("--lectures", type=click.Path(path_type=Path), default=Path("lectures"), help="Where they go.")
def lectures(chapters: tuple[str, ...], solutions: Path, lectures: Path) -> None:
    """Build the student notebooks of CHAPTERS (default: all) from their sources."""
    from autograder.author import build_lectures

    for path in build_lectures(_read(solutions, chapters), lectures):
        click.echo(f"wrote {path}")


def _read(solutions: Path, names: tuple[str, ...]):
    """The chapters asked for by name or number; a usage error says which there are."""
    from autograder.source import SourceError, read_chapters

    try:
        chapters = read_chapters(solutions)
    except (SourceError, FileNotFoundError) as error:
        raise click.UsageError(str(error)) from error
    unknown = [name for name in names if not any(_is_called(chapter, name) for chapter in chapters)]
    if unknown:
        known = ", ".join(chapter.name for chapter in chapters)
        raise click.UsageError(f"unknown chapter {unknown[0]!r}; there are: {known}")
    return [c for c in chapters if not names or any(_is_called(c, name) for name in names)]


def _is_called(chapter, name: str) -> bool:
    return name in (chapter.name, chapter.name[:2])
