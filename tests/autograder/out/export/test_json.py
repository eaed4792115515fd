import json
from dataclasses import replace

from hypothesis import given

from autograder.out.export import json as format_json
from autograder.out.grades import of_assignment
from autograder.results import ExerciseResult, Outcome, SubmissionResult
from tests.autograder.out.export.test_csv import words
from tests.autograder.test_results import ADA, OMAR, TWICE


def render(results) -> bytes:
    return format_json.render(of_assignment(results))


def test_the_results_read_back():
    ada, omar = json.loads(render([ADA, OMAR]))
    assert ada["late"] == 26 * 3600
    assert ada["exercises"][2] == {
        "name": "why",
        "score": None,
        "points": 3.0,
        "outcome": "waiting",
        "message": "a person has to grade this answer",
        "told": "",
        "notebook": "",
    }
    assert (omar["student"], omar["exercises"], omar["problem"]) == ("omar", [], "the file is not JSON")


def test_the_score_is_what_the_late_penalty_leaves():
    (late,) = json.loads(render([replace(TWICE, penalty=3.5)]))
    assert (late["penalty"], late["score"]) == (3.5, 1.5)


def test_comments_of_equal_cells_in_two_notebooks():
    comments = {("p1", "square"): "good", ("p2", "square"): "see p1", ("p1", "half"): "too"}
    (item,) = json.loads(render([replace(TWICE, comments=comments)]))
    assert item["comments"] == {"p1": {"square": "good", "half": "too"}, "p2": {"square": "see p1"}}


@given(words, words)
def test_any_text_survives(student, problem):
    exercise = ExerciseResult("check_double", 0.5, 1.0, Outcome.PARTIAL, problem)
    (item,) = json.loads(render([SubmissionResult("07_demo", student, (exercise,), problem=problem)]))
    assert (item["student"], item["problem"], item["exercises"][0]["message"]) == (student, problem, problem)
