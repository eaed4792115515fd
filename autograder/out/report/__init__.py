"""Writes the report on a class: one HTML page that needs nothing else and runs nothing, and its numbers as CSV tables.

The page holds what students wrote only as text: their names, and what checks quoted of their exceptions.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from autograder.out.cells import csv_table
from autograder.out.feedback import duration, inert
from autograder.out.report import figures, statistics
from autograder.out.report.statistics import Class
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
    for name, rows in _tables(terms):
        (folder / f"{name}.csv").write_bytes(csv_table(rows))
    path = folder / PAGE
    path.write_text(report_page(terms, due), encoding="utf-8")
    return path


def report_page(terms: Sequence[TermResult], due: Mapping[str, str] | None = None) -> str:
    """The HTML page."""
    classes = by_assignment(terms)
    parts = [_part(number, name, results) for number, (name, results) in enumerate(classes.items(), 1)]
    return _template.render(
        title=" · ".join(classes) if len(classes) < 4 else f"{len(classes)} assignments",
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        parts=[part | {"due": (due or {}).get(part["name"], "")} for part in parts],
        term=_term(terms, classes) if len(classes) > 1 else None,
        rules=terms[0].policy.sentences,
        look_at=statistics.look_at(classes),
        called={term.student: next(iter(term.results.values())).called for term in terms},
        key=[(kind, word) for kind, word, _ in _KINDS],
        style=Markup(_STYLE),  # the project's own
        policy=Markup(POLICY),
    )


def by_assignment(terms: Sequence[TermResult]) -> dict[str, Class]:
    names = dict.fromkeys(name for term in terms for name in term.results)
    return {name: [term.results[name] for term in terms if name in term.results] for name in names}


def _part(number: int, name: str, results: Class) -> dict:
    """What the page says of one assignment."""
    shares = [share for result in statistics.graded(results) if (share := result.share) is not None]
    exercises, mistakes = statistics.exercises(results), statistics.mistakes(results)
    bars = [(e.name, [(k, w, sum(e.outcomes.get(o, 0) for o in which)) for k, w, which in _KINDS]) for e in exercises]
    missing = [result.student for result in results if result.problem == NOT_HANDED_IN]
    return {
        "id": f"assignment-{number}",
        "name": name,
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
        "pairs": statistics.pairs(mistakes, len(shares)),
        "stopped": statistics.stopped(results)[:MOST_ROWS],
        "waiting": statistics.waiting(exercises),
        "late": sorted((result for result in results if result.late), key=lambda result: result.late, reverse=True),
        "missing": missing,
    }


def _term(terms: Sequence[TermResult], classes: Mapping[str, Class]) -> dict:
    quartiles = []
    for results in classes.values():
        shares = [share for result in statistics.graded(results) if (share := result.share) is not None]
        low, middle, high = np.quantile(shares or [0.0], [0.25, 0.5, 0.75])
        quartiles.append((float(low), float(middle), float(high)))
    return {"rows": terms, "figure": figures.progress(list(classes), quartiles)}


def _tables(terms: Sequence[TermResult]) -> Iterator[tuple[str, list[tuple]]]:
    """The tables beside the page, by the names of their files."""
    classes = by_assignment(terms)
    reasons = statistics.look_at(classes)
    rows: list[tuple] = [("student", "name", *classes, "term percent", "look at")]
    for term in terms:
        shares = [result.share if (result := term.results.get(name)) else None for name in classes]
        why = "; ".join(reasons.get(term.student, ()))
        rows.append((term.student, term.person.name, *map(_rounded, shares), _rounded(term.percent), why))
    yield "students", rows
    rows = [("assignment", "exercise", "points", "difficulty", "discrimination", *Outcome)]
    for name, results in classes.items():
        for exercise in statistics.exercises(results):
            numbers = (exercise.points, _rounded(exercise.difficulty), _rounded(exercise.discrimination))
            rows.append((name, exercise.name, *numbers, *(exercise.outcomes.get(outcome, 0) for outcome in Outcome)))
    yield "exercises", rows
    found = {name: statistics.mistakes(results) for name, results in classes.items()}
    rows = [("assignment", "exercise", "message", "count", "students")]
    for name, mistakes in found.items():
        rows += [(name, m.exercise, m.message, len(m.students), " ".join(m.students)) for m in mistakes]
    yield "mistakes", rows
    rows = [("assignment", "exercise", "message", "other exercise", "other message", "both", "by chance", "phi")]
    for name, mistakes in found.items():
        for pair in statistics.pairs(mistakes, len(statistics.graded(classes[name]))):
            first, second = pair.first, pair.second
            numbers = (len(pair.students), _rounded(pair.expected), _rounded(pair.phi))
            rows.append((name, first.exercise, first.message, second.exercise, second.message, *numbers))
    yield "mistakes-together", rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


_FOLDER = Path(__file__).parent
_STYLE = "".join(path.read_text(encoding="utf-8") for path in (_FOLDER.parent / "colors.css", _FOLDER / "page.css"))
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"

_environment = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
)
_environment.filters |= {"shown": inert.shown, "points": "{:g}".format, "duration": duration}
_template = _environment.get_template("page.html")
