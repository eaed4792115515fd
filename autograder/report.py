"""Tables for people: what `verify` found, and how a class did."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.results import ExerciseResult, Outcome, SubmissionResult, mean_score
from autograder.source import Chapter
from autograder.verify import Trial

console = Console()
Item = TypeVar("Item")


def with_progress(items: Iterable[Item], total: int | None, title: str) -> Iterator[Item]:
    """Pass items through, with a progress bar and an estimate of the time left while they come."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total, description=title)


# One letter or sign per outcome, so that a row fits a terminal and nothing hangs on color.
_MARKS = {
    Outcome.PASSED: "[green]{score}[/green]",
    Outcome.PARTIAL: "[yellow]{score}[/yellow]",
    Outcome.FAILED: "[red]{score}[/red]",
    Outcome.NOT_ANSWERED: "[dim]-[/dim]",
    Outcome.WAITING: "[cyan]?[/cyan]",
    Outcome.UNREADABLE: "[red]×[/red]",
}


def print_class(results: Sequence[SubmissionResult]) -> None:
    """Print who earned what, why points are missing most often, the mean and the distribution."""
    names = list(dict.fromkeys(exercise.name for result in results for exercise in result.exercises))
    points = {exercise.name: exercise.points for result in results for exercise in result.exercises}
    table = Table(title=f"{results[0].assignment}: {len(results)} submissions", title_justify="left")
    table.add_column("student")
    for number, name in enumerate(names, 1):
        table.add_column(f"{number}\n/{points[name]:g}", justify="right")
    table.add_column("total", justify="right")
    table.add_column("outcome")
    for result in results:
        cells = {exercise.name: _mark(exercise) for exercise in result.exercises}
        total = f"{result.score:g} / {result.points:g}"
        marks = (cells.get(name, "") for name in names)
        # Names and messages are text: rich would take `weights[i]` in them for markup.
        table.add_row(escape(result.student), *marks, total, escape(_outcome(result)))
    console.print(table)
    legend = "  ".join(f"{i} {_label(name)}" for i, name in enumerate(names, 1))
    console.print(legend, highlight=False, style="dim")
    console.print("- not answered   ? waits for a person   × unreadable", highlight=False, style="dim")
    _print_distribution(results)


def _mark(exercise: ExerciseResult) -> str:
    mark = _MARKS.get(exercise.outcome, "[red]{score}![/red]")
    return mark.format(score=f"{exercise.score or 0:g}")


def _outcome(result: SubmissionResult) -> str:
    if result.problem:
        return f"unreadable: {result.problem}"
    counts = [f"{result.count(outcome)} {outcome}" for outcome in Outcome if result.count(outcome)]
    late = f"late {result.late.total_seconds() / 3600:.0f} h; " if result.late else ""
    return late + ", ".join(counts)


def _label(name: str) -> str:
    return name.removeprefix("check_")


def _print_distribution(results: Sequence[SubmissionResult]) -> None:
    """Mean, and a histogram of the share of points in steps of a fifth."""
    possible = max((result.points for result in results), default=0)
    if not possible:
        return
    waiting = " (answers that wait for a person not counted)" if any(result.waiting for result in results) else ""
    console.print(f"mean {mean_score(results):.1f} of {possible:g}{waiting}", highlight=False)
    counts, edges = np.histogram([result.score / possible for result in results], bins=5, range=(0, 1))
    for count, low, high in zip(counts, edges, edges[1:], strict=False):
        console.print(f"{low:4.0%} to {high:4.0%}  {'█' * int(count)} {count}", highlight=False)


def print_verification(chapters: list[Chapter], trials: Iterable[Trial]) -> bool:
    """Print one row per exercise as the trials come in, then every problem. True if there is none."""
    done = list(with_progress(trials, None, "Running trials"))
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
        console.print(f"[bold]{where}[/bold]: {escape(trial.problem)}", highlight=False)
    count = sum(len(chapter.exercises) for chapter in chapters)
    console.print(f"{count} exercises, {len(done)} trials, {len(problems)} problems")
    return not problems


def _share(trials: list[Trial], *kinds: str) -> str:
    chosen = [t for t in trials if t.variant.split()[0] in kinds and t.part == "whole"]
    good = sum(not t.problem for t in chosen)
    return f"{good} of {len(chosen)}"
