"""The grader against a class whose true grades are known."""

import csv
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from autograder.book.records import read_results
from autograder.build.sample import DUE, STUDENTS, submission, true_scores, write_sample
from autograder.course import CourseError
from autograder.out import export
from autograder.out.grades import of_assignment
from autograder.results import Outcome
from tests.autograder.conftest import assert_graded_truly, copy_course, grade


def test_true_scores_are_what_the_students_did(demo):
    by_name = {student.name: true_scores(demo, student) for student in STUDENTS}
    assert by_name["ada"] == {"check_double": 2, "check_total": 1.5, "why": None}
    assert by_name["dmitri"] == {"check_double": 0, "check_total": 0, "why": 0}
    assert by_name["farid"] == {"check_double": 0, "check_total": 1.5, "why": None}
    assert by_name["noor"] == {"check_double": 2, "check_total": 0, "why": 0}
    assert by_name["omar"] == {"check_double": 0, "check_total": 0, "why": 0}


def test_a_submission_holds_what_the_student_chose(demo):
    by_name = {student.name: submission(demo, student) for student in STUDENTS}
    source = {name: {cell.id: cell.source for cell in notebook.cells} for name, notebook in by_name.items()}
    assert "return 2 * x" in source["ada"]["double"]
    assert "in my own words" in source["ada"]["why"]
    assert "x + x" in source["blaise"]["double"]
    assert "NotImplementedError" in source["dmitri"]["double"]
    assert "squared_by_mistake" in source["grace"]["double"]
    assert "halved_by_mistake" in source["hugo"]["double"]
    assert "my own notes" in source["maya"]["my-own-notes"]
    assert all("hidden_number" not in text for cells in source.values() for text in cells.values())


def test_every_grade_is_the_true_one(graded):
    assert len(graded.results) == len(STUDENTS)
    assert_graded_truly(graded)


def test_the_outcomes_say_why(graded):
    def outcomes(name):
        return [exercise.outcome for exercise in graded.results[name].exercises]

    assert outcomes("ada") == [Outcome.PASSED, Outcome.PASSED, Outcome.WAITING]
    assert outcomes("dmitri") == [Outcome.NOT_ANSWERED] * 3
    assert outcomes("grace") == [Outcome.FAILED, Outcome.FAILED, Outcome.NOT_ANSWERED]
    assert outcomes("noor")[:2] == [Outcome.PASSED, Outcome.ERROR]
    assert outcomes("omar") == [Outcome.UNREADABLE] * 3


def test_grading_again_changes_nothing(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "course")
    students = ["ada", "grace", "lena", "omar"]
    again = sorted(grade(course, graded.chapter.name, students), key=lambda result: result.student)
    assert again == [graded.results[name] for name in students]
    before, after = (read_results(c, graded.chapter.name) for c in (graded.course, course))
    assert after == before


def test_the_table_of_the_class(graded, tmp_path):
    path = export.write(of_assignment(read_results(graded.course, graded.chapter.name)), tmp_path / "grades.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert list(rows) == sorted(student.name for student in STUDENTS)
    for student in STUDENTS:
        earned = sum(score or 0 for score in true_scores(graded.chapter, student).values())
        assert float(rows[student.name]["score"]) == earned
        assert float(rows[student.name]["points"]) == 5.5
    assert float(rows["lena"]["hours_late"]) == 26
    assert rows["omar"]["problem"].startswith("the file is not JSON")


def nbgrader(course, *arguments) -> str:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    done = subprocess.run(
        command, cwd=course.root, capture_output=True, text=True, timeout=150, env=os.environ | {"PATH": path}
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def exported_by_nbgrader(course, path) -> dict[str, dict]:
    nbgrader(course, "export", f"--CsvExportPlugin.to={path}")
    with path.open(newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_stock_nbgrader_gives_the_same_scores_and_exports_ours(graded, tmp_path):
    name, students = graded.chapter.name, ("blaise", "grace", "noor")
    ours = exported_by_nbgrader(graded.course, tmp_path / "ours.csv")
    for student in STUDENTS:
        earned = sum(score or 0 for score in true_scores(graded.chapter, student).values())
        assert float(ours[student.name]["score"]) == earned, student.name
        assert float(ours[student.name]["max_score"]) == 5.5
    copied = copy_course(graded.course, tmp_path / "stock")
    for leftover in (copied.root / "class").rglob("*.ipynb"):
        if "autograded" in leftover.parts:
            leftover.unlink()
    (copied.root / "class" / "gradebook.db").unlink()
    nbgrader(copied, "generate_assignment", name, "--create", "--force")
    for student in students:
        nbgrader(copied, "autograde", name, "--student", student, "--create", "--force")
    nbgrader(copied, "generate_feedback", name, "--force")
    theirs = exported_by_nbgrader(copied, tmp_path / "theirs.csv")
    for student in students:
        assert theirs[student]["score"] == ours[student]["score"], student
        assert (copied.feedback / student / name / f"{name}.html").is_file()


def test_a_real_class_is_never_mixed_with_the_sample(course, demo):
    (course.submitted / "real_student" / demo.name).mkdir(parents=True)
    with pytest.raises(CourseError, match=r"holds the work of 1 real students \(real_student, …\)"):
        write_sample(course, demo)
    assert [folder.name for folder in course.submitted.iterdir()] == ["real_student"]


def test_the_sample_can_be_written_again(course, demo):
    write_sample(course, demo)
    write_sample(course, demo)
    assert sorted(folder.name for folder in course.submitted.iterdir()) == sorted(s.name for s in STUDENTS)
    stamp = course.submitted_notebook(demo.name, "lena").with_name("timestamp.txt").read_text()
    assert stamp == f"{DUE + timedelta(hours=26)} UTC\n"
    with pytest.raises(json.JSONDecodeError):
        json.loads(course.submitted_notebook(demo.name, "omar").read_text())
