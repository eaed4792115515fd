"""Tables for people: what `verify` found, and how a class did."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograder.source import Chapter
from autograder.verify import Trial

console = Console()


def print_verification(chapters: list[Chapter], trials: Iterable[Trial]) -> bool:
    """Print one row per exercise as the trials come in, then every problem. True if there is none."""
    done = list(track(trials, "Running trials", total=None, console=console, transient=True))
    table = Table("exercise", "points", "right answers", "mistakes named", "stub fails", "")
    problems = [trial for trial in done if trial.problem]
    for chapter in chapters:
        table.add_section()
        for exercise in chapter.exercises:
            mine = [t for t in done if (t.chapter, t.exercise) == (chapter.name, exercise.name)]
            table.add_row(
                f"{chapter.name[:2]} {exercise.name}",
                f"{exercise.check.points:g}",
                _share(mine, "solution", "alternative"),
                _share(mine, "mistake"),
                _share(mine, "stub"),
                "ok" if not any(t.problem for t in mine) else "PROBLEM",
            )
    console.print(table)
    for trial in problems:
        where = f"{trial.chapter}: {trial.exercise}, {trial.variant} ({trial.part} check)"
        console.print(f"[bold]{where}[/bold]: {trial.problem}", highlight=False)
    count = sum(len(chapter.exercises) for chapter in chapters)
    console.print(f"{count} exercises, {len(done)} trials, {len(problems)} problems")
    return not problems


def _share(trials: list[Trial], *kinds: str) -> str:
    chosen = [t for t in trials if t.variant.split()[0] in kinds and t.part == "whole"]
    good = sum(not t.problem for t in chosen)
    return f"{good} of {len(chosen)}"
