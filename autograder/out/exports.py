"""Writes results for other programs: a CSV table for spreadsheets and learning-management systems, JSON for scripts."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from autograder.results import SubmissionResult


def write_csv(results: Sequence[SubmissionResult], path: Path) -> Path:
    """One row per student: a column per exercise, then total, points possible, points waiting, hours late, problem."""
    names = _exercise_names(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["assignment", "student", *names, "score", "points", "waiting", "hours_late", "problem"])
        for result in results:
            scores = {exercise.name: exercise.score for exercise in result.exercises}
            hours = round(result.late.total_seconds() / 3600, 2)
            row = [result.assignment, result.student, *(scores.get(name) for name in names)]
            table.writerow([*row, result.score, result.points, result.waiting, hours, result.problem])
    return path


def write_json(results: Sequence[SubmissionResult], path: Path) -> Path:
    """The results as a list of objects with the fields of `SubmissionResult`; lateness in seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = [asdict(result) | {"late": result.late.total_seconds()} for result in results]
    path.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return path


def _exercise_names(results: Sequence[SubmissionResult]) -> list[str]:
    """All exercise names in the order in which they first appear."""
    return list(dict.fromkeys(exercise.name for result in results for exercise in result.exercises))
