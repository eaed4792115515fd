"""The benchmark itself: both graders grade its classes, and give the same scores."""

import csv

import pytest

from benchmarks import grading


@pytest.mark.slow
def test_both_graders_give_the_class_of_the_benchmark_the_same_scores(tmp_path, monkeypatch):
    course, name = grading.make_course(tmp_path / "course", 4, None)
    totals = []
    for grade in (grading.theirs, grading.ours):
        assert grade(course, name, 4) > 0
        grading.run(course, "nbgrader", "export", f"--CsvExportPlugin.to={tmp_path / 'grades.csv'}")
        with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
            totals.append([float(row["score"]) for row in csv.DictReader(file)])
    assert totals == [[16, 16, 14, 0]] * 2
