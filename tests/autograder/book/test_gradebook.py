import csv
from datetime import datetime, timedelta
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins.export import CsvExportPlugin
from nbgrader.preprocessors import AssignLatePenalties

import autograder.book.rows
from autograder.book import gradebook
from autograder.book.gradebook import Graded, NotebookGrades, open_gradebook
from autograder.book.instructor import read_assignment
from autograder.book.records import read_results
from autograder.course import Course, CourseError
from autograder.intake.submission import read_submission
from autograder.intake.upload import read_upload
from tests.autograder.conftest import NAME, copy_course
from tests.autograder.stock import CONFIG, HW, hand_in, run


@pytest.fixture
def course(released, tmp_path):
    return copy_course(released, tmp_path / "copy")


def recorded(course, student):
    with open_gradebook(course) as book:
        return book.submission(NAME, student)


def grades(course, student) -> dict:
    return {cell: graded.score for (_, cell), graded in recorded(course, student).grades.items()}


def test_an_unknown_assignment(released):
    with open_gradebook(released) as book, pytest.raises(CourseError, match=f"'08_other'; in the gradebook: {NAME}"):
        book.notebooks("08_other")


def test_a_fresh_course_has_a_gradebook_in_a_folder_made_for_it(tmp_path, released):
    course = copy_course(released, tmp_path / "fresh")
    (course.root / "class" / "gradebook.db").unlink()
    (course.root / "class").rmdir()
    with open_gradebook(course) as book, pytest.raises(CourseError, match="in the gradebook: none"):
        book.notebooks(NAME)


def test_nothing_is_recorded_of_who_never_handed_in(released):
    assert recorded(released, "ada") is None


def test_a_manual_grade_ends_the_waiting(course):
    with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
        book.add_student("ada")
        (notebook,) = book.add_submission(NAME, "ada").notebooks
        grade = next(grade for grade in notebook.grades if grade.name == "why")
        grade.needs_manual_grade = True
        book.db.commit()
    assert grades(course, "ada")["why"] is None
    with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
        grade = book.find_grade("why", NAME, NAME, "ada")
        grade.manual_score = 0.5
        book.db.commit()
    assert grades(course, "ada")["why"] == 0.5


def test_lateness_is_measured_from_the_due_date(course):
    gradebook.add_assignment(course, NAME, due=datetime(2026, 3, 1, 12))
    for student, hour in (("early", 11), ("late", 15)):
        with gradebook.quiet(), Gradebook(course.db_url, "neural-networks") as book:
            book.add_student(student)
            book.add_submission(NAME, student, timestamp=datetime(2026, 3, 1, hour))
    assert recorded(course, "early").late == timedelta(0)
    assert recorded(course, "late").late == timedelta(hours=3)
    gradebook.add_assignment(course, NAME)
    assert recorded(course, "late").late == timedelta(hours=3)


# Recording, beside what nbgrader records of the same submission

DUE = datetime(2026, 3, 1, 12)
RIGHT, WRONG = "def square(x): return x * x", "def square(x): return x + x"
UNTOUCHED = NotebookGrades("p1", {}, frozenset({"square", "half", "why", "plot"}))
SECOND = NotebookGrades("p2", {}, frozenset({"square"}))
HONEST = {  # what is handed in → what a grader says of p1
    "untouched": ({}, UNTOUCHED),
    "all_done": (
        {"square": RIGHT, "half": "def half(x): return x / 2", "why": "Because.", "plot": "1"},
        NotebookGrades("p1", {"test_square": 3.0, "test_half": 2.0}),
    ),
    "partly_right": (
        {"square": WRONG, "half": "def half(x): pass", "why": "Because."},
        NotebookGrades("p1", {"test_half": 0.5}, frozenset({"plot"})),
    ),
    "a_day_late": ({"square": RIGHT}, NotebookGrades("p1", {"test_square": 3.0}, UNTOUCHED.unanswered - {"square"})),
    "without_p2": ({}, UNTOUCHED),
}
TIMESTAMPS = {"all_done": "2026-02-28 11:00:00 UTC", "a_day_late": "2026-03-02 13:30:00 CET"}


def rows(course, student: str) -> dict:
    """All that nbgrader's tables say of a submission, but the keys of the rows."""
    with gradebook.quiet(), Gradebook(course.db_url, "stock") as book:
        submission = book.find_submission(HW, student)
        found = {"timestamp": submission.timestamp, "late": submission.total_seconds_late, "score": submission.score}
        for notebook in submission.notebooks:
            found[notebook.name] = (
                notebook.late_submission_penalty,
                notebook.failed_tests,
                notebook.needs_manual_grade,
            )
            for g in notebook.grades:
                scores = (g.auto_score, g.manual_score, g.extra_credit, g.score, g.max_score)
                found[notebook.name, g.name] = (*scores, g.needs_manual_grade, g.failed_tests)
            for c in notebook.comments:
                found[notebook.name, c.name, "comment"] = (c.auto_comment, c.manual_comment, c.comment)
        return found


def record(course, student: str, *graded: NotebookGrades, submitted_at: datetime | None = None) -> None:
    with gradebook.open_gradebook(course) as book:
        book.record(HW, student, graded, submitted_at=submitted_at)


@pytest.fixture(scope="module")
def by_nbgrader(stock, tmp_path_factory):
    """A class that nbgrader has graded, late penalties included, and beside it the same class not graded yet."""
    theirs = copy_course(stock, tmp_path_factory.mktemp("theirs"))
    (theirs.root / "nbgrader_config.py").write_text(CONFIG + 'c.LateSubmissionPlugin.penalty_method = "zero"\n')
    theirs = Course.open(theirs.root)
    gradebook.add_assignment(theirs, HW, due=DUE)
    for student, (sources, _) in HONEST.items():
        left_out = "p2" if student == "without_p2" else ""
        hand_in(theirs, student, timestamp=TIMESTAMPS.get(student, ""), leave_out=left_out, **sources)
    ours = copy_course(theirs, tmp_path_factory.mktemp("ours"))
    for student in HONEST:
        run(theirs, "autograde", HW, student)
    return theirs, ours


@pytest.mark.parametrize("student", HONEST)
def test_what_is_recorded_equals_what_nbgrader_records(by_nbgrader, student):
    theirs, ours = by_nbgrader
    second = NotebookGrades("p2", problem="no file") if student == "without_p2" else SECOND
    submitted_at = read_upload(ours.submitted_folder(HW, student)).submitted_at
    for _ in range(2):
        record(ours, student, HONEST[student][1], second, submitted_at=submitted_at)
        assert rows(ours, student) == rows(theirs, student)


def test_what_a_person_has_graded_survives(by_nbgrader, tmp_path):
    """A regraded cell with a manual score is up for review, as with nbgrader; comments stay."""
    both = [copy_course(course, tmp_path / str(i)) for i, course in enumerate(by_nbgrader)]
    theirs, ours = both
    student, (_, graded) = "all_done", HONEST["all_done"]
    record(ours, student, graded, SECOND, submitted_at=datetime(2026, 2, 28, 11))
    for course in both:
        with gradebook.quiet(), Gradebook(course.db_url, "stock") as book:
            for name, score in (("why", 3.5), ("test_half", 1.0), ("essay", 5.0)):
                grade = book.find_grade(name, "p1", HW, student)
                grade.manual_score, grade.extra_credit, grade.needs_manual_grade = score, 0.25, False
            book.find_comment("why", "p1", HW, student).manual_comment = "Well said."
            book.db.commit()
    run(theirs, "autograde", HW, student)
    record(ours, student, graded, SECOND)
    assert rows(ours, student) == rows(theirs, student)
    assert rows(ours, student)["p1", "why"][:4] == (None, 3.5, 0.25, 3.75)
    with gradebook.open_gradebook(ours) as book:
        assert book.submission(HW, student).grades["p1", "why"] == Graded("why", 3.75, 4.0, again=True, extra=0.25)


PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin

class Penalty(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        assert (student_id, score, total_seconds_late) == ("ada", 3.0, 86400.0)
        return {penalty}

c.AssignLatePenalties.plugin_class = Penalty
"""


@pytest.mark.parametrize("penalty", [-2.0, 0.0, 1.5, 3.0, 100.0])
def test_a_late_penalty_is_kept_between_nothing_and_the_score_as_nbgrader_keeps_it(stock, tmp_path, penalty):
    course = copy_course(stock, tmp_path / "copy")
    (course.root / "nbgrader_config.py").write_text(CONFIG + PLUGIN.format(penalty=penalty))
    course = Course.open(course.root)
    gradebook.add_assignment(course, HW, due=DUE)
    record(course, "ada", HONEST["a_day_late"][1], submitted_at=DUE + timedelta(days=1))
    kept = AssignLatePenalties()._check_late_penalty(SimpleNamespace(score=3.0), penalty)
    assert rows(course, "ada")["p1"][0] == kept
    with gradebook.open_gradebook(course) as book:
        assert book.submission(HW, "ada").penalty == kept


@pytest.mark.parametrize(("penalty", "late"), [("None", timedelta(days=1)), ("100.0", timedelta(0))])
def test_without_a_penalty_and_in_time_nothing_is_kept(stock, tmp_path, penalty, late):
    course = copy_course(stock, tmp_path / "copy")
    (course.root / "nbgrader_config.py").write_text(CONFIG + PLUGIN.format(penalty=penalty))
    course = Course.open(course.root)
    gradebook.add_assignment(course, HW, due=DUE)
    record(course, "ada", HONEST["a_day_late"][1], submitted_at=DUE + late)
    assert rows(course, "ada")["p1"][0] is None


def test_a_plug_in_that_is_not_there_is_an_error_of_the_course(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    (course.root / "nbgrader_config.py").write_text(CONFIG + "c.AssignLatePenalties.plugin_class = 'no.such'\n")
    course = Course.open(course.root)
    gradebook.add_assignment(course, HW, due=DUE)
    with pytest.raises(CourseError, match=r"nbgrader_config.py: .*no\.such"):
        record(course, "ada", UNTOUCHED, submitted_at=DUE + timedelta(days=1))


def test_scores_and_penalties_are_those_of_nbgraders_own_export(by_nbgrader, tmp_path):
    """Also when points come later, after which a penalty is no longer all there is."""
    ours = copy_course(by_nbgrader[1], tmp_path / "copy")
    for student in HONEST:
        submitted_at = read_upload(ours.submitted_folder(HW, student)).submitted_at
        record(ours, student, HONEST[student][1], SECOND, submitted_at=submitted_at)
    for points in (None, 4.0):
        with gradebook.quiet(), Gradebook(ours.db_url, "stock") as book:
            grade = book.find_grade("why", "p1", HW, "a_day_late")
            grade.manual_score = points
            book.db.commit()
            CsvExportPlugin(to=str(tmp_path / "grades.csv")).export(book)
        with (tmp_path / "grades.csv").open(newline="") as file:
            exported = {row["student_id"]: row for row in csv.DictReader(file)}
        results = {result.student: result for result in read_results(ours, HW)}
        assert set(results) == set(exported) == set(HONEST)
        for student, row in exported.items():
            assert results[student].penalty == float(row["late_submission_penalty"])
            assert results[student].score == float(row["score"])
        late = results["a_day_late"]
        assert (late.penalty, late.score) == (3.0, points or 0.0)


def test_comments_on_equal_cells_of_two_notebooks_are_two(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    record(course, "ada", UNTOUCHED, SECOND)
    with gradebook.quiet(), Gradebook(course.db_url, "stock") as book:
        for notebook in ("p1", "p2"):
            book.find_comment("square", notebook, HW, "ada").manual_comment = f"on {notebook}"
        book.db.commit()
    with gradebook.open_gradebook(course) as book:
        comments = book.submission(HW, "ada").comments
    assert comments == {("p1", "square"): "on p1", ("p2", "square"): "on p2"}


def test_an_unreadable_hand_in_gets_zero_and_nobody_waits_for_it(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    unread = [NotebookGrades(name, problem="the file is empty") for name in ("p1", "p2")]
    for _ in range(2):
        record(course, "omar", *unread, submitted_at=DUE)
        found = rows(course, "omar")
        assert (found["timestamp"], found["score"], found["p1"]) == (DUE, 0, (None, True, False))
        with gradebook.open_gradebook(course) as book:
            assert {graded.score for graded in book.submission(HW, "omar").grades.values()} == {0.0}


def test_an_unreadable_hand_in_takes_nothing_from_an_earlier_one(stock, tmp_path):
    """Grades, comments and date stay those of the hand-in that was graded, and that is what is read back."""
    course = copy_course(stock, tmp_path / "copy")
    record(course, "lena", HONEST["all_done"][1], SECOND, submitted_at=DUE)
    before = rows(course, "lena")
    unread = [NotebookGrades(name, problem="the file is empty") for name in ("p1", "p2")]
    record(course, "lena", *unread, submitted_at=DUE + timedelta(days=3))
    assert rows(course, "lena") == before
    with gradebook.open_gradebook(course) as book:
        grades = book.submission(HW, "lena").grades
    assert (grades["p1", "test_square"].score, grades["p1", "why"].score, grades["p1", "essay"].score) == (
        3,
        None,
        None,
    )


def test_a_readable_hand_in_after_an_unreadable_one_counts_whole(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    for student, hand_ins in {"ada": ("",), "omar": ("the file is empty", "")}.items():
        for problem in hand_ins:
            first = NotebookGrades("p1", problem=problem) if problem else HONEST["all_done"][1]
            record(course, student, first, SECOND)
    assert rows(course, "omar") == rows(course, "ada")


def test_a_notebook_that_cannot_be_read_costs_the_other_one_nothing(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    record(course, "ada", HONEST["all_done"][1], NotebookGrades("p2", problem="the file is empty"))
    with gradebook.open_gradebook(course) as book:
        grades = book.submission(HW, "ada").grades
    assert (grades["p1", "test_square"].score, grades["p2", "test_square"].score) == (3.0, 0.0)


def test_what_nbgrader_left_half_done_is_zero_when_the_next_hand_in_is_unreadable(stock, tmp_path):
    """nbgrader adds a submission before it grades it; where it was killed in between, the checks have no score."""
    course = copy_course(stock, tmp_path / "copy")
    with gradebook.quiet(), Gradebook(course.db_url, "stock") as book:
        book.add_student("ada")
        book.add_submission(HW, "ada")
    record(course, "ada", NotebookGrades("p1", problem="the file is empty"))
    assert rows(course, "ada")["p1", "test_square"][0] == 0.0


def test_a_submission_is_written_whole_or_not_at_all(stock, tmp_path, monkeypatch):
    course = copy_course(stock, tmp_path / "copy")
    record(course, "ada", UNTOUCHED, SECOND)
    before = rows(course, "ada")
    write, calls = autograder.book.rows.write_grades, []

    def fail_on_the_second(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(*arguments)

    monkeypatch.setattr("autograder.book.rows.write_grades", fail_on_the_second)
    for student in ("ada", "new"):
        calls.clear()
        with pytest.raises(KeyboardInterrupt):
            record(course, student, HONEST["all_done"][1], SECOND)
    assert rows(course, "ada") == before
    with gradebook.open_gradebook(course) as book:
        assert book.submission(HW, "new") is None


def test_nbgraders_own_commands_work_after_us(by_nbgrader, tmp_path):
    ours = copy_course(by_nbgrader[1], tmp_path / "copy")
    assignment = read_assignment(ours, HW)
    submitted = read_submission(read_upload(ours.submitted_folder(HW, "all_done")), assignment)
    folder = ours.autograded_folder(HW, "all_done")
    folder.mkdir(parents=True)
    for notebook in submitted:
        nbformat.write(nbformat.from_dict(notebook.notebook), folder / f"{notebook.name}.ipynb")
    graded = (HONEST["all_done"][1], NotebookGrades("p2", {"test_square": 1.0}))
    record(ours, "all_done", *graded)
    run(ours, "generate_feedback", HW, "all_done")
    page = (ours.feedback / "all_done" / HW / "p1.html").read_text()
    assert "Score: 5.0 / 20.0" in page
    table = tmp_path / "grades.csv"
    with gradebook.quiet(), Gradebook(ours.db_url, "stock") as book:
        CsvExportPlugin(to=str(table)).export(book)
    assert "hw1" in table.read_text()
    assert ",6.0," in table.read_text()


def test_a_database_that_is_none(stock, tmp_path):
    course = copy_course(stock, tmp_path / "copy")
    (course.root / "gradebook.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(
        CourseError, match=r"the gradebook sqlite:.*gradebook.db cannot be used: file is not a database"
    ):
        read_assignment(course, HW)
