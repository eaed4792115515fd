import html
import re
from datetime import timedelta

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from autograder.book.headings import headings
from autograder.book.nbgrader_api import quiet
from autograder.book.records import read_results
from autograder.course import CourseError
from autograder.hidden import Hidden
from autograder.out.feedback import feedback_page, write_feedback
from autograder.out.pages import duration
from autograder.results import NOT_GRADED, ExerciseResult, Outcome, SubmissionResult
from tests.autograder.conftest import NAME, copy_course

# Parts of the hidden tests and the rubric of the demo.
SECRETS = ("hidden_number", "6.0, -10.0", "7 / 3", "HIDDEN", "Rubric", "sum of the doubles")


def write_page(course, student):
    (result,) = read_results(course, NAME, (student,))
    return write_feedback(course, result)


def words(page: str) -> str:
    """The text of a page without tags, styles and scripts, each run of white space one space."""
    page = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL).replace("</p>", " ")
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


@pytest.fixture(scope="module")
def copied(graded, tmp_path_factory):
    return copy_course(graded.course, tmp_path_factory.mktemp("feedback"))


@pytest.fixture(scope="module")
def pages(copied):
    """The feedback of five students, by name. Omar's file cannot be read."""
    students = ("ada", "dmitri", "grace", "noor", "omar")
    return {name: write_page(copied, name).read_text(encoding="utf-8") for name in students}


@pytest.mark.parametrize("student", ["dmitri", "grace", "noor"])
def test_no_hidden_test_is_on_the_page(pages, student):
    for secret in SECRETS:
        assert secret not in pages[student], secret


def test_no_solution_is_on_the_page_of_who_has_none(pages):
    for secret in ("SOLUTION", "obvious way", "running_total"):
        assert secret not in pages["dmitri"]
        assert secret not in pages["grace"]


def test_the_page_names_the_mistake(pages):
    text = words(pages["grace"])
    assert "you squared the number: that grows faster" in text
    assert "this is the mean, a total has no denominator" in text
    assert "CheckFailed" not in text


def test_the_page_says_what_else_went_wrong(pages):
    assert "NotImplementedError" not in words(pages["dmitri"]).split("Your notebook")[0]
    assert "this one still waits for your answer" in words(pages["dmitri"])
    told = "the cell 'total' stopped: SyntaxError: incomplete input (line 6); so `total` is not defined"
    assert told in words(pages["noor"])


def test_the_page_shows_the_visible_check_and_the_scores(pages):
    text = words(pages["grace"])
    assert 'check_close(double(0.0), 0.0, name="double(0)")' in text
    assert "squared_by_mistake" in text
    assert "0 of 5.5 points" in text
    assert "double failed 0 of 2" in text
    assert "3.5 of 5.5 points 2 more can come from the answers that a person has still to read" in words(pages["ada"])


def test_the_page_says_where_the_check_stopped(pages):
    assert "A hidden one, which tries your code on other data, did not." in words(pages["grace"])
    assert 'It stopped at check_that(total([]) == 0, "nothing adds up to nothing")' in words(pages["noor"])


def test_who_handed_in_a_broken_file_is_told(pages):
    assert "could not be graded as it is: the file is not JSON" in words(pages["omar"])


def test_a_page_needs_a_graded_submission(released):
    with pytest.raises(CourseError, match=f"ada has no graded {NAME}: run `autograder grade {NAME}` first"):
        write_feedback(released, SubmissionResult(NAME, "ada", (), problem=NOT_GRADED))


def test_comments_of_a_person_are_on_the_page(copied):
    with quiet(), Gradebook(copied.db_url, copied.directory.course_id) as gradebook:
        for name in ("why", "double"):
            comment = gradebook.find_comment(name, NAME, NAME, "ada")
            comment.manual_comment = f"<b>Well</b> said of {name}"
        grade = gradebook.find_grade("why", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    page = write_page(copied, "ada").read_text(encoding="utf-8")
    assert "From your instructor: <b>Well</b> said of double" in words(page)
    assert "graded by a person From your instructor: <b>Well</b> said of why" in words(page)
    assert "5 of 5.5 points" in words(page)


def test_stock_feedback_beside_ours(copied):
    path = write_page(copied, "chen")
    assert path.with_name("timestamp.txt").is_file()
    with quiet():
        api = NbGraderAPI(copied.directory, config=copied.config)
        assert api.generate_feedback(NAME, "chen", force=True)["success"]
    assert "Content-Security-Policy" not in path.read_text(encoding="utf-8")
    assert write_page(copied, "chen") == path
    assert "Content-Security-Policy" in path.read_text(encoding="utf-8")


# What follows needs no course: a page is made of a result and notebooks.


def role(name, **flags) -> dict:
    return {"nbgrader": {"grade_id": name, "grade": False, "solution": False, "locked": False, **flags}}


def answer(name, source="x = 1", **outputs):
    return new_code_cell(source, metadata=role(name, solution=True), **outputs)


def check(name, source="assert x == 1", **outputs):
    return new_code_cell(source, metadata=role(name, grade=True, locked=True), **outputs)


def failed(name, message="not yet", notebook="demo"):
    return ExerciseResult(name, 0.0, 1.0, Outcome.FAILED, message, message, notebook)


def page_of(*cells, exercises=(), **more) -> str:
    result = SubmissionResult("demo", "ada", tuple(exercises), **more)
    return feedback_page(result, {"demo": new_notebook(cells=list(cells))})


def error(line, text, name="AssertionError"):
    return new_output("error", ename=name, evalue="secret value", traceback=[f"----> {line} {text}", "secret value"])


def test_nothing_that_a_check_printed_is_on_the_page():
    printed = [new_output("stream", text="secret stream"), new_output("display_data", {"text/html": "secret html"})]
    page = page_of(check("a", outputs=[*printed, error(1, "assert x == 1")]), exercises=[failed("a")])
    assert "secret" not in page
    assert "It stopped at assert x == 1" in words(page)


@pytest.mark.parametrize(("line", "text"), [(2, "forged"), (9, "assert x == 1"), (999999, ""), (0, "forged")], ids=str)
def test_a_forged_traceback_says_nothing(line, text):
    page = page_of(check("a", outputs=[error(line, text)]), exercises=[failed("a")])
    assert "stopped at" not in page
    assert "forged" not in page


def test_a_passed_check_stopped_nowhere():
    passed = ExerciseResult("a", 1.0, 1.0, Outcome.PASSED, notebook="demo")
    assert "stopped" not in page_of(check("a", outputs=[error(1, "assert x == 1")]), exercises=[passed])


def test_the_course_says_what_is_hidden(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "copy")
    course.config.ClearHiddenTests.begin_test_delimeter = "check_close(double"
    for where, shown in ((graded.course, True), (course, False)):
        page = write_feedback(where, graded.results["farid"]).read_text(encoding="utf-8")
        assert ("check_close(double(0.0)" in re.sub(r"<[^>]+>", "", page)) == shown


def test_links_lead_to_check_answer_and_hints():
    hints = new_markdown_cell("Do it. <details><summary>Hint 1: look</summary>There.</details>")
    page = page_of(hints, answer("a"), check("check_a"), exercises=[failed("check_a")])
    for link, kind in (("cell-3", "check"), ("cell-2", "answer"), ("cell-1", "text")):
        assert f'href="#{link}"' in page
        assert f'<div class="cell {kind}" id="{link}">' in page
    assert "Task and hints" in page
    assert "Task and hints" not in page_of(answer("a"), check("check_a"), exercises=[failed("check_a")])


def test_titles_and_numbers_are_those_of_the_instructors_notebook(tmp_path):
    asked = [
        new_markdown_cell("# 03 A chapter\n```python\n# no heading\n```"),
        new_markdown_cell("### ◇ Exercise 3.4 · `a` · 8 minutes"),
        check("check_a"),
        new_markdown_cell("## Another section"),
        check("check_b"),
        new_markdown_cell(
            "## So what? (written question B)\n### BEGIN SOLUTION\n## No\n### END SOLUTION",
            metadata=role("why", grade=True, solution=True),
        ),
    ]
    nbformat.write(new_notebook(cells=asked), tmp_path / "demo.ipynb")
    named = headings(tmp_path, Hidden())
    assert named.titles == {"demo": "03 A chapter"}
    assert named.numbers == {("demo", "check_a"): "Exercise 3.4", ("demo", "why"): "Written question B"}
    result = SubmissionResult("demo", "ada", (failed("check_a"), failed("check_b")))
    page = feedback_page(result, {"demo": new_notebook(cells=[check("check_a")])}, named=named)
    assert words(page).startswith("03 A chapter: feedback for ada 03 A chapter Feedback for ada")
    assert "✗ Exercise 3.4 · a failed 0 of 1" in words(page)
    assert "✗ b failed 0 of 1" in words(page)


def test_formulas_of_a_comment_are_rendered_and_nothing_else_of_it():
    comment = r"**Look** at <b>$\frac{1}{n}$</b> and $$x^2$$: that is $5 and $10"
    page = page_of(check("a"), exercises=[failed("a")], comments={("demo", "a"): comment})
    assert "**Look** at &lt;b&gt;<math" in page
    assert "that is $5 and $10" in page
    assert "<mfrac>" in page
    assert page.count('<math display="block">') == page.count("<msup>") == 2  # in the list, and below the check


def test_headings_of_cells_go_down_by_one_level_at_a_time():
    cells = [new_markdown_cell(text) for text in ("<h1>Mine</h1>\n\n#### Deep", "## Less", "# Top")]
    page = page_of(*cells, check("a"), exercises=[failed("a")])
    assert re.findall(r"<(h\d)>", page.partition("Your notebook")[2]) == ["h3", "h4", "h4", "h3", "h4"]


def test_all_notebooks_of_an_assignment_are_on_one_page():
    notebooks = {name: new_notebook(cells=[check("check_a", f"assert {name}")]) for name in ("first", "second")}
    # The second notebook's exercise first: what stands where is no matter of order.
    exercises = (failed("check_a", "message two", "second"), failed("check_a", "message one", "first"))
    comments = {("first", "check_a"): "comment one", ("second", "check_a"): "comment two"}
    result = SubmissionResult("demo", "ada", exercises, comments=comments)
    page = feedback_page(result, notebooks)
    assert '<a href="#cell-2"><code>second/a</code></a>' in page
    assert '<a href="#cell-1"><code>first/a</code></a>' in page
    first, second = words(page).split("Notebook second")
    assert "assert first" in first
    assert "first/a: failed, 0 of 1 message one From your instructor: comment one" in first
    assert "second/a: failed, 0 of 1 message two From your instructor: comment two" in second


def test_a_submission_that_could_not_be_read():
    unreadable = ExerciseResult("check_a", 0.0, 3.0, Outcome.UNREADABLE)
    result = SubmissionResult("demo", "ada", (unreadable,), problem="the file is <not> JSON")
    text = words(feedback_page(result, {}))
    assert "could not be graded as it is: the file is <not> JSON" in text
    assert "a unreadable 0 of 3" in text


def test_names_and_sentences_are_escaped():
    evil = "<script>alert(1)</script>\u202e\ud800"
    exercise = ExerciseResult(evil, 0.5, 1.0, Outcome.PARTIAL, evil, evil, evil)
    result = SubmissionResult(evil, evil, (exercise,), problem=evil, notes=(evil,), comments={(evil, "a"): evil})
    page = feedback_page(result, {evil: new_notebook(cells=[answer("a", evil)])})
    assert "<script" not in page
    assert "\u202e" not in page
    assert page.encode("utf-8")


def test_a_late_penalty_is_taken_off_and_named():
    exercise = ExerciseResult("a", 3.0, 4.0, Outcome.PARTIAL, notebook="demo")
    page = page_of(answer("a"), exercises=[exercise], penalty=1.0)
    assert "2 of 4 points" in words(page)
    assert "Late penalty: 1 point, taken off above." in words(page)
    assert '<progress max="4.0" value="2.0"' in page
    page = page_of(answer("a"), exercises=[exercise], penalty=9.5)
    assert "0 of 4 points" in words(page)
    assert "Late penalty: 9.5 points," in words(page)
    assert "Late penalty" not in page_of(answer("a"), exercises=[exercise])


def test_a_page_has_an_end():
    flood = [new_output("stream", text="y" * 30_000) for _ in range(60)]
    prose = [new_markdown_cell("z" * 15_000) for _ in range(40)]
    page = page_of(answer("a", outputs=flood), *prose, check("b"), exercises=[failed("b")])
    assert len(page) < 800_000
    assert "More was printed, but the page is full" in page
    assert "Left out: the page is full" in page
    assert "b: failed, 0 of 1 not yet" in words(page)


@pytest.mark.parametrize(
    ("late", "said"),
    [
        ({}, ""),
        ({"seconds": 5}, "a moment"),
        ({"minutes": 1}, "1 minute"),
        ({"minutes": 59}, "59 minutes"),
        ({"hours": 3}, "3 hours"),
        ({"days": 1, "hours": 2}, "1 day"),
        ({"days": 9}, "9 days"),
    ],
)
def test_lateness_in_words(late, said):
    assert duration(timedelta(**late)) == said
    page = page_of(late=timedelta(**late))
    assert (f"Handed in {said} after the due date" in words(page)) == bool(said)
