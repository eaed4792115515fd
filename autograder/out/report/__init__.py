"""Writes the report on a class: one HTML page that needs nothing else and runs nothing, and its numbers as CSV tables.

The page holds what students wrote only as text: their names, and what checks quoted of their exceptions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from autograder.out import pages
from autograder.out.cells import csv_table
from autograder.out.report import figures, statistics
from autograder.out.report.statistics import Class, Exercise, Mistake, Pair
from autograder.out.term import TermResult
from autograder.results import NOT_HANDED_IN, Outcome

PAGE = "report.html"
MOST_ROWS = 60  # of a table of mistakes or errors on the page; the CSV tables have all

_KINDS = (
    ("good", "passed", (Outcome.PASSED,)),
    ("part", "partial", (Outcome.PARTIAL,)),
    ("bad", "failed", (Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.KILLED, Outcome.UNREADABLE)),
    ("open", "not answered, or waiting", (Outcome.NOT_ANSWERED, Outcome.WAITING)),
)


def write_report(terms: Sequence[TermResult], folder: Path, due: Mapping[str, str] | None = None) -> Path:
    """Write page and tables on one assignment or several into a folder, and return the path of the page.

    terms: everybody's results, as `read_term` gives them.  due: assignment → when it was due, as people read it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    summaries, reasons = _summaries(terms)
    for name, rows in _tables(terms, summaries, reasons):
        (folder / f"{name}.csv").write_bytes(csv_table(rows))
    path = folder / PAGE
    path.write_text(_page(terms, due, summaries, reasons), encoding="utf-8")
    return path


def report_page(terms: Sequence[TermResult], due: Mapping[str, str] | None = None) -> str:
    """The HTML page."""
    return _page(terms, due, *_summaries(terms))


@dataclass(frozen=True)
class _Summary:
    """The numbers of one assignment, worked out once for page and tables."""

    name: str
    results: Class

    @cached_property
    def shares(self) -> list[float]:
        return [share for result in statistics.graded(self.results) if (share := result.share) is not None]

    @cached_property
    def exercises(self) -> list[Exercise]:
        return statistics.exercises(self.results)

    @cached_property
    def mistakes(self) -> list[Mistake]:
        return statistics.mistakes(self.results)

    @cached_property
    def pairs(self) -> list[Pair]:
        return statistics.pairs(self.mistakes, len(self.shares))


Reasons = Mapping[str, Sequence[str]]
"""Student → why to look at what they do."""


def _summaries(terms: Sequence[TermResult]) -> tuple[list[_Summary], Reasons]:
    classes = by_assignment(terms)
    return [_Summary(name, results) for name, results in classes.items()], statistics.look_at(classes)


def _page(
    terms: Sequence[TermResult], due: Mapping[str, str] | None, summaries: Sequence[_Summary], reasons: Reasons
) -> str:
    names = [summary.name for summary in summaries]
    parts = [_part(number, summary) for number, summary in enumerate(summaries, 1)]
    return _template.render(
        title=" · ".join(names) if len(names) < 4 else f"{len(names)} assignments",
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        parts=[part | {"due": (due or {}).get(part["name"], "")} for part in parts],
        term=_term(terms, summaries) if len(names) > 1 else None,
        rules=terms[0].policy.sentences,
        look_at=reasons,
        called={term.student: next(iter(term.results.values())).called for term in terms},
        key=[(kind, word) for kind, word, _ in _KINDS],
    )


def by_assignment(terms: Sequence[TermResult]) -> dict[str, Class]:
    names = dict.fromkeys(name for term in terms for name in term.results)
    return {name: [term.results[name] for term in terms if name in term.results] for name in names}


def _part(number: int, summary: _Summary) -> dict:
    """What the page says of one assignment."""
    results, shares, exercises, mistakes = summary.results, summary.shares, summary.exercises, summary.mistakes
    bars = [(e.name, [(k, w, sum(e.outcomes.get(o, 0) for o in which)) for k, w, which in _KINDS]) for e in exercises]
    missing = [result.student for result in results if result.problem == NOT_HANDED_IN]
    return {
        "id": f"assignment-{number}",
        "name": summary.name,
        "students": len(results),
        "handed_in": len(results) - len(missing),
        "graded": len(shares),
        "mean": float(np.mean(shares)) if shares else None,
        "median": float(np.median(shares)) if shares else None,
        "distribution": figures.distribution(shares),
        "outcomes": figures.outcomes(bars),
        "exercises": exercises,
        "mistakes": mistakes[:MOST_ROWS],
        "more_mistakes": max(0, len(mistakes) - MOST_ROWS),
        "pairs": summary.pairs,
        "stopped": statistics.stopped(results)[:MOST_ROWS],
        "waiting": statistics.waiting(exercises),
        "late": sorted((result for result in results if result.late), key=lambda result: result.late, reverse=True),
        "missing": missing,
    }


def _term(terms: Sequence[TermResult], summaries: Sequence[_Summary]) -> dict:
    quartiles = []
    for summary in summaries:
        low, middle, high = np.quantile(summary.shares or [0.0], [0.25, 0.5, 0.75])
        quartiles.append((float(low), float(middle), float(high)))
    return {"rows": terms, "figure": figures.progress([summary.name for summary in summaries], quartiles)}


def _tables(
    terms: Sequence[TermResult], summaries: Sequence[_Summary], reasons: Reasons
) -> Iterator[tuple[str, list[tuple]]]:
    """The tables beside the page, by the names of their files."""
    names = [summary.name for summary in summaries]
    rows: list[tuple] = [("student", "name", *names, "term percent", "look at")]
    for term in terms:
        shares = [result.share if (result := term.results.get(name)) else None for name in names]
        why = "; ".join(reasons.get(term.student, ()))
        rows.append((term.student, term.person.name, *map(_rounded, shares), _rounded(term.percent), why))
    yield "students", rows
    rows = [("assignment", "exercise", "points", "difficulty", "discrimination", *Outcome)]
    for summary in summaries:
        for exercise in summary.exercises:
            numbers = (exercise.points, _rounded(exercise.difficulty), _rounded(exercise.discrimination))
            counts = (exercise.outcomes.get(outcome, 0) for outcome in Outcome)
            rows.append((summary.name, exercise.name, *numbers, *counts))
    yield "exercises", rows
    rows = [("assignment", "exercise", "message", "count", "students")]
    for summary in summaries:
        for m in summary.mistakes:
            rows.append((summary.name, m.exercise, m.message, len(m.students), " ".join(m.students)))
    yield "mistakes", rows
    rows = [("assignment", "exercise", "message", "other exercise", "other message", "both", "by chance", "phi")]
    for summary in summaries:
        for pair in summary.pairs:
            first, second = pair.first, pair.second
            numbers = (len(pair.students), _rounded(pair.expected), _rounded(pair.phi))
            rows.append((summary.name, first.exercise, first.message, second.exercise, second.message, *numbers))
    yield "mistakes-together", rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_template = pages.template(Path(__file__).parent, pages.TABLES)
