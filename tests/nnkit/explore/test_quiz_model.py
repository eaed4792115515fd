"""The self-quiz without a browser: its form, its memory, its words."""

import copy

import pytest
import traitlets

from nnkit import explore
from nnkit.explore import _quiz

GOOD = {
    "question": "Which shape has X @ w?",
    "right": {"(n,)": "One score for each row."},
    "wrong": {"(n, 1)": "That takes a table w.", "(d,)": "That axis is summed away."},
}


@pytest.fixture(autouse=True)
def forgets(monkeypatch):
    monkeypatch.setattr(_quiz, "_answers", {})


def test_every_option_keeps_its_reason_and_the_order_is_mixed_but_always_the_same():
    (asked,) = explore.quiz(GOOD).questions
    reasons = dict(zip(asked["options"], asked["reasons"], strict=True))
    assert reasons == {**GOOD["right"], **GOOD["wrong"]}
    assert asked["options"][asked["right"]] == "(n,)"
    assert explore.quiz(copy.deepcopy(GOOD)).questions == [asked]
    places = {explore.quiz({**GOOD, "question": f"{n}?"}).questions[0]["right"] for n in range(20)}
    assert places == {0, 1, 2}


def test_answers_are_remembered_when_the_cell_runs_again():
    other = {**GOOD, "question": "Another one?"}
    quiz = explore.quiz(GOOD, other)
    assert quiz.chosen == [-1, -1]
    quiz.chosen = [-1, 2]
    assert explore.quiz(GOOD, other).chosen == [-1, 2]
    changed = {**other, "right": {"(n, 2)": "As it is now."}, "wrong": {"other": "Not any more."}}
    assert explore.quiz(GOOD, changed).chosen == [-1, -1], "an option that is gone is no answer"


@pytest.mark.parametrize("chosen", [[3], [-2], [0, 0], []])
def test_only_an_option_can_be_chosen(chosen):
    quiz = explore.quiz(GOOD)
    with pytest.raises(traitlets.TraitError, match="expected an option, or −1, for each of 1 questions"):
        quiz.chosen = chosen


def test_the_text_has_questions_and_options_and_gives_nothing_away():
    quiz = explore.quiz(GOOD, {**GOOD, "question": "Another one?"})
    text = repr(quiz)
    for words in ("1. Which shape", "2. Another one?", "(n, 1)", "Run this cell to answer"):
        assert words in text
    assert not any(reason in text for reason in (*GOOD["right"].values(), *GOOD["wrong"].values()))
    quiz.chosen = [quiz.questions[0]["options"].index("(d,)"), -1]
    assert "You chose (d,), which is not right: That axis is summed away." in repr(quiz)
    quiz.chosen = [quiz.questions[0]["right"], -1]
    assert "You chose (n,), which is right: One score for each row." in repr(quiz)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ("Why?", TypeError, "question 2: expected a dict with"),
        ({"hint": "no"}, TypeError, "question 2: expected a dict with"),
        ({"question": " "}, ValueError, "question 2: expected a question in words"),
        ({"right": "(n,)"}, TypeError, "question 2: expected 'right' to be a dict from option to reason"),
        ({"wrong": {"(d,)": ""}}, TypeError, "question 2: expected 'wrong' to be a dict"),
        ({"wrong": {1: "one"}}, TypeError, "question 2: expected 'wrong' to be a dict"),
        ({"right": {}}, ValueError, "one right option and one to three wrong ones, got 0 and 2"),
        ({"wrong": {}}, ValueError, "got 1 and 0"),
        ({"wrong": dict.fromkeys("abcd", "no")}, ValueError, "got 1 and 4"),
        ({"wrong": {"(n,)": "no"}}, ValueError, r"got '\(n,\)' as right and as wrong"),
    ],
)
def test_a_question_of_another_form_is_refused_by_its_number(change, error, message):
    second = change if isinstance(change, str) else {**GOOD, **change}
    with pytest.raises(error, match=message):
        explore.quiz(GOOD, second)


def test_no_question_is_no_quiz():
    with pytest.raises(ValueError, match="expected at least one question"):
        explore.quiz()
