"""What a command prints: tables for people, JSON for programs, and a sign of life while either is made."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from itertools import accumulate
from shlex import quote
from typing import Any, TypeVar

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.book.roster import Enrolled
from autograder.build.bench import Trial
from autograder.build.preflight import Preflight
from autograder.build.source import Chapter
from autograder.course import CONFIG_FILE
from autograder.exam.sandbox import Protection
from autograder.intake.collect import Collected
from autograder.results import ExerciseResult, Key, Outcome, SubmissionResult, label, mean_score, names

ENGINES = ("trap", "mutant")
"""How the names of their trials begin."""
console = Console(highlight=False)
errors = Console(highlight=False, stderr=True)
Item = TypeVar("Item")


def with_progress(items: Iterable[Item], total: int | None, title: str) -> Iterator[Item]:
    """Pass items through, with a progress bar and an estimate of the time left while they come, on a terminal."""
    if not console.is_interactive:  # there, rich would leave an empty line
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total, description=title)


def working(title: str) -> AbstractContextManager:
    """Say what is going on while a step runs that has no parts to count."""
    return console.status(f"{title} …")


def say(line: str) -> None:
    """Print one line as it is, above a progress bar if there is one."""
    console.print(line, markup=False, soft_wrap=True)


def print_json(values: Sequence[Any]) -> None:
    """Print dataclasses of plain values as a list of JSON objects with their fields."""
    print(json.dumps([asdict(value) for value in values], indent=1))


def print_preflight(found: Preflight) -> None:
    """Print what was found in an assignment, and what to paste; one line if it is fine."""
    if not found.findings:
        fine = f"the solution passes {counted(found.checks, 'check')}, the released notebook none"
        console.print(f"[green]{escape(found.assignment)} is fine: {fine}[/green]", soft_wrap=True)
        return
    print_findings(found)
    if found.in_process:
        say(f"\nTo paste into {CONFIG_FILE}:\n\nc.InProcess.checks = {list(found.in_process)}")


def print_findings(found: Preflight, *, to_errors: bool = False) -> None:
    """Print the findings of an assignment, if there are any: cell and reason, and the remedy below."""
    if not found.findings:
        return
    to = errors if to_errors else console
    count = counted(len(found.findings), "finding")
    to.print(f"\n[bold yellow]{escape(found.assignment)}: {count} in {counted(found.checks, 'check')}[/bold yellow]")
    for finding in found.findings:
        place = "/".join(filter(None, (finding.notebook, finding.cell))) or found.assignment
        to.print(f"{place}: {finding.reason}", markup=False, soft_wrap=True)
        to.print(f"    → {finding.remedy}", markup=False, soft_wrap=True)


def counted(count: float, what: str) -> str:
    """A number of things: "1 check", "2 checks"."""
    return f"{count:g} {what}{'' if count == 1 else 's'}"


def print_enrolled(found: Enrolled) -> None:
    """Print what a roster has changed."""
    say(f"{counted(found.students, 'student')}: {len(found.new)} new, {len(found.changed)} changed")
    for assignment, count in found.extensions.items():
        say(f"{assignment}: {counted(count, 'extension')}")
    if found.missing:
        some = ", ".join(found.missing[:5]) + (", …" if len(found.missing) > 5 else "")
        say(f"in the gradebook and not on this roster, left as they are: {some}")


def print_collected(found: Collected, command: str) -> None:
    """Print what was collected, what was not, and the command that settles it."""
    counts = {"new": found.new, "updated": found.updated, "the same as before": found.same}
    say("collected: " + ", ".join(f"{len(students)} {word}" for word, students in counts.items()))
    for words, students in (
        ("late", found.late),
        ("the archive does not say when these came, so they do not count as late", found.untimed),
        ("handed in something else before, left as it is; --update puts the newer in its place", found.kept),
    ):
        if students:
            say(f"{words}: {', '.join(students)}")
    for note in found.notes:
        say(note)
    if found.unmatched:
        say("not on the roster by these names, nothing written for them:")
    for who, students in found.unmatched.items():
        say(f"  {who}" + (f" (may be {' or '.join(students)})" if students else ""))
    if found.unmatched:
        pairs = " ".join(f"--match {quote(f'{who}=ID')}" for who in found.unmatched)
        say(f"{command} {pairs}")


def print_class(results: Sequence[SubmissionResult]) -> None:
    """Print who earned what, the most frequent mistakes, the mean and the distribution."""
    labels = {key: label(name) for key, name in names(results).items()}
    points = {exercise.key: exercise.points for result in results for exercise in result.exercises}
    console.print(f"\n[bold]{escape(results[0].assignment)}[/bold]: {counted(len(results), 'submission')}")
    for table in _class_tables(results, list(labels)):
        console.print(table)
    for number, key in enumerate(labels, 1):
        worth = counted(points[key], "point") if points[key] else "optional"
        console.print(f"{number:3} {escape(labels[key])}, {worth}", style="dim")
    console.print("    - not answered   ? waits for a person   × unreadable   ! error", style="dim")
    for result in results:
        for sentence in filter(None, (result.problem, *result.notes)):
            console.print(f"{result.student}: {sentence}", markup=False)
    unprotected = sorted({name for result in results for name in result.unprotected})
    if unprotected:
        console.print(f"[bold red]graded without protection[/bold red]: {', '.join(unprotected)}")
    _print_changes(results)
    _print_mistakes(results, labels)
    _print_distribution(results)


WIDEST_STUDENT, WIDEST_REMARK = 24, 22  # characters of a column; what is longer goes on in the next line


def _class_tables(results: Sequence[SubmissionResult], columns: Sequence[Key]) -> Iterator[Table]:
    """The class, in as many tables as it takes for all exercises to fit the terminal; the last has the totals."""
    students = [escape(result.student) for result in results]
    marks = [{exercise.key: _mark(exercise) for exercise in result.exercises} for result in results]
    exercises = [[str(n), *(row.get(key, "") for row in marks)] for n, key in enumerate(columns, 1)]
    totals = ["total", *(f"{_number(result.score)}/{_number(result.points)}" for result in results)]
    remarks = ["", *map(_remark, results)]
    first = min(_width(students), WIDEST_STUDENT)
    last = _width(totals) + (min(_width(remarks), WIDEST_REMARK) if any(remarks) else 0)
    while True:
        fitting = _fitting(exercises, console.width - 1 - first)
        is_last = not exercises or sum(map(_width, exercises)) + last <= console.width - 1 - first
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        table.add_column("student", max_width=WIDEST_STUDENT, overflow="fold")
        for heading, *_ in exercises[:fitting]:
            table.add_column(heading, justify="right", no_wrap=True)
        cells = exercises[:fitting]
        if is_last:
            table.add_column("total", justify="right", no_wrap=True)
            table.add_column("", max_width=WIDEST_REMARK)
            cells = [*cells, totals, remarks]
        for row in zip(students, *(column[1:] for column in cells), strict=True):
            table.add_row(*row)
        yield table
        if is_last:
            return
        exercises = exercises[fitting:]


def _width(cells: Iterable[str]) -> int:
    """What a column takes of a line: its longest cell, and two blanks."""
    return 2 + max(Text.from_markup(cell).cell_len for cell in cells)


def _fitting(columns: Sequence[Sequence[str]], room: int) -> int:
    """How many of some columns fit into a line; at least one, if there are any."""
    ends = accumulate(map(_width, columns))
    return min(len(columns), max(1, sum(end <= room for end in ends)))


def _number(value: float) -> str:
    return f"{round(value, 2):g}"


# One sign per outcome, so that a row fits a terminal and nothing hangs on color.
_MARKS = {
    Outcome.PASSED: "[green]{score}[/green]",
    Outcome.PARTIAL: "[yellow]{score}[/yellow]",
    Outcome.FAILED: "[red]{score}[/red]",
    Outcome.NOT_ANSWERED: "[dim]-[/dim]",
    Outcome.WAITING: "[cyan]?[/cyan]",
    Outcome.UNREADABLE: "[red]×[/red]",
}


def _mark(exercise: ExerciseResult) -> str:
    mark = _MARKS.get(exercise.outcome, "[red]{score}![/red]")
    if exercise.optional:
        return mark.format(score="✓" if exercise.outcome is Outcome.PASSED else "✗")
    return mark.format(score=_number(exercise.score or 0))


def _remark(result: SubmissionResult) -> str:
    """What is worth saying about a submission besides its marks, and which kinds of error a `!` stands for."""
    if result.problem:
        return "could not be graded"
    minutes = result.late.total_seconds() / 60
    late = [f"late {minutes / 60:.0f} h" if minutes >= 60 else f"late {max(1, round(minutes))} min"] * (minutes > 0)
    penalty = [f"penalty {_number(result.penalty)}"] if result.penalty else []
    counts = [f"{result.count(o)} {o}" for o in Outcome if o not in _MARKS and result.count(o)]
    return ", ".join(late + penalty + counts)


def _print_changes(results: Sequence[SubmissionResult]) -> None:
    """Who has other points than the same hand-in had before: whoever loses some comes first."""
    changes = [(r.score - r.earlier, r) for r in results if r.earlier is not None]
    if changes:
        lose = sum(change < 0 for change, _ in changes)
        console.print(f"\nGraded anew, with other points than before: {len(changes) - lose} gain, {lose} lose")
    for change, result in sorted(changes, key=lambda each: (each[0], each[1].student)):
        say(f"  {result.student}: {_number(result.earlier or 0)} → {_number(result.score)} ({change:+.4g})")


def _print_mistakes(results: Sequence[SubmissionResult], labels: Mapping[Key, str], most: int = 5) -> None:
    """The mistakes that cost most often: what to talk about in class."""
    mistakes = Counter(
        (exercise.key, exercise.message)
        for result in results
        for exercise in result.exercises
        if exercise.outcome in (Outcome.FAILED, Outcome.ERROR)
    )
    if mistakes:
        console.print("\nMost frequent mistakes")
    for (key, message), count in mistakes.most_common(most):
        console.print(f"{count:3} × {labels[key]}: {message}", markup=False)


def _print_distribution(results: Sequence[SubmissionResult]) -> None:
    """Mean, and a histogram in steps of a fifth, of the share of points in what has been graded."""
    shares = [result.share for result in results if result.share is not None]
    if not shares:
        return
    if any(result.waiting for result in results):
        console.print(f"\nMean {np.mean(shares):.0%} of what is graded; some answers wait for a person")
    else:
        possible = max(result.points for result in results)
        console.print(f"\nMean {mean_score(results):.1f} of {possible:g}")
    counts, edges = np.histogram(shares, bins=5, range=(0, 1))
    widest = max(counts.max(), console.width - 30)
    for count, low, high in zip(counts, edges, edges[1:], strict=False):
        bar = "█" * round(count * (console.width - 30) / widest)
        console.print(f"{low:4.0%} to {high:4.0%}  {bar} {count}")
    console.print()


def print_protections(found: Sequence[Protection]) -> None:
    """Print one row per protection: whether it is in force, and what it does or why it is missing."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("protection", "in force", "grading needs it", "what it does, or why it is missing"):
        table.add_column(heading)
    for each in found:
        in_force, essential = ("yes" if value else "no" for value in (each.in_force, each.essential))
        table.add_row(each.name, in_force, essential, escape(each.detail))
    console.print(table)


def print_verification(chapters: Sequence[Chapter], trials: Sequence[Trial]) -> None:
    """Print one row per exercise, then every problem.

    right, wrong, traps, mutants: how many came out as they should, of how many.  named: the share of caught traps and
    mutants that are told what is wrong.
    """
    table = Table(box=SIMPLE_HEAD)
    for heading in ("exercise", "right", "wrong", "traps", "mutants", "named", "verdict"):
        table.add_column(heading, no_wrap=True)
    for chapter in chapters:
        for exercise in chapter.exercises:
            mine = [t for t in trials if (t.chapter, t.exercise) == (chapter.name, exercise.name)]
            table.add_row(
                f"{chapter.name[:2]} {exercise.name}",
                _share(mine, "solution", "alternative"),
                _share(mine, "mistake", "stub", "spoiled"),
                _share(mine, "trap"),
                _share(mine, "mutant"),
                _named(_caught(mine)),
                "ok" if not any(t.problem for t in mine) else "PROBLEM",
            )
    console.print(table)
    problems = [trial for trial in trials if trial.problem]
    for trial in problems:
        where = f"{trial.chapter}: {trial.exercise}, {trial.variant} ({trial.part} check)"
        console.print(f"{where}: {trial.problem}", markup=False, soft_wrap=True)
    count = sum(len(chapter.exercises) for chapter in chapters)
    idle = sum(trial.proves_nothing for trial in trials)
    console.print(
        f"{counted(count, 'exercise')}, {len(trials)} trials, {idle} that prove nothing or are allowed, "
        f"{len(problems)} problems; of the traps and mutants caught, {_named(_caught(trials))} are named",
        soft_wrap=True,
    )


def _share(trials: list[Trial], *kinds: str) -> str:
    """How many trials of these kinds came out as they should, against the whole check."""
    chosen = [t for t in trials if t.variant.split()[0] in kinds and t.part == "whole" and not t.proves_nothing]
    return f"{sum(not t.problem for t in chosen)}/{len(chosen)}"


def _caught(trials: Sequence[Trial]) -> list[Trial]:
    """The wrong answers of the engines that a check refuses."""
    return [t for t in trials if t.variant.split()[0] in ENGINES and not (t.problem or t.proves_nothing)]


def _named(trials: list[Trial]) -> str:
    """How many of these answers say what is wrong."""
    return f"{sum(not t.bare for t in trials) / len(trials):.0%}" if trials else ""
