import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from autograder.out.report import statistics
from autograder.out.report.statistics import Mistake
from autograder.results import NOT_GRADED, NOT_HANDED_IN, ExerciseResult, Outcome, SubmissionResult
from tests.autograder.out.report.classes import result


def test_difficulty_is_the_mean_share_of_those_who_are_graded():
    results = [result("ada", (2, 3, None)), result("ben", (0, 3, 1)), result("chen", (1, 0, None))]
    found = statistics.exercises([*results, result("zoe", (0, 0, 0), problem=NOT_HANDED_IN)])
    assert [exercise.name for exercise in found] == ["a", "b", "c"]
    assert [exercise.difficulty for exercise in found] == [0.5, pytest.approx(2 / 3), 0.2]
    assert found[2].outcomes == {Outcome.PARTIAL: 1, Outcome.WAITING: 2}


def test_what_nobody_has_graded_has_no_difficulty():
    (*_, found) = statistics.exercises([result("ada", (2, 3, None)), result("ben", (0, 3, None))])
    assert (found.difficulty, found.discrimination) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 5)), min_size=3, max_size=20))
def test_discrimination_is_the_correlation_with_the_rest(rows):
    scores = np.array(rows, dtype=float)
    found = statistics.exercises([result(f"s{n}", row) for n, row in enumerate(rows)])
    for number, exercise in enumerate(found):
        mine, rest = scores[:, number], np.delete(scores, number, axis=1).sum(axis=1)
        if np.ptp(mine) == 0 or np.ptp(rest) == 0:
            assert exercise.discrimination is None
        else:
            assert exercise.discrimination == pytest.approx(pearsonr(mine, rest).statistic)


def test_mistakes_by_how_often_and_by_whom():
    results = [result("ada", (0, 3, 5)), result("ben", (0, 0, 5)), result("chen", (2, 3, 5))]
    graded_by_hand = ExerciseResult("check_a", 0.0, 2.0, Outcome.FAILED, "graded by a person")
    found = statistics.mistakes([*results, SubmissionResult("hw1", "dora", (graded_by_hand,))])
    assert found == [Mistake("a", "wrong a", ("ada", "ben")), Mistake("b", "wrong b", ("ben",))]


def test_mistakes_that_travel_together():
    both = [result(f"both{n}", (0, 0, 5)) for n in range(3)]
    one = [result("one", (0, 3, 5)), result("other", (2, 3, 0))]
    neither = [result(f"neither{n}", (2, 3, 5)) for n in range(5)]
    results = [*both, *one, *neither]
    (pair,) = statistics.pairs(statistics.mistakes(results), len(results))
    assert (pair.first.exercise, pair.second.exercise) == ("a", "b")
    assert pair.students == ("both0", "both1", "both2")
    assert pair.expected == pytest.approx(4 * 3 / 10)
    a, b = [1] * 4 + [0] * 6, [1] * 3 + [0] * 7
    assert pair.phi == pytest.approx(pearsonr(a, b).statistic)


def test_what_everybody_gets_wrong_travels_with_nothing():
    results = [result(f"s{n}", (0, 0, 5)) for n in range(4)]
    assert statistics.pairs(statistics.mistakes(results), len(results)) == []


def test_students_to_look_at_and_why():
    best = [result(f"s{n}", (2, 3, 5)) for n in range(12)]
    low = result("low", (0, 0, 1))
    blank = tuple(ExerciseResult(f"check_{n}", 0.0, 1.0, Outcome.NOT_ANSWERED) for n in range(2))
    killed = tuple(ExerciseResult(f"check_{n}", 0.0, 1.0, Outcome.KILLED) for n in range(2))
    found = statistics.look_at(
        {
            "hw1": [
                *best,
                low,
                SubmissionResult("hw1", "blank", blank),
                SubmissionResult("hw1", "killed", killed),
                result("away", (0, 0, 0), problem=NOT_HANDED_IN),
                result("ungraded", (0, 0, 0), problem=NOT_GRADED),
            ]
        }
    )
    assert found["blank"] == ["hw1: 0% of the points", "hw1: 2 of 2 exercises not answered"]
    assert found["killed"] == ["hw1: 0% of the points", "hw1: 2 of 2 exercises stopped with an error or out of time"]
    assert found["away"] == ["hw1: nothing was handed in"]
    assert "ungraded" not in found
    assert not {"s0", "s1"} & found.keys()
    assert [len(reasons) for reasons in found.values()] == sorted(map(len, found.values()), reverse=True)


def test_a_fall_is_measured_against_the_class():
    def whole_class(assignment, ada, others):
        return [result("ada", ada, assignment=assignment)] + [
            result(f"s{n}", others, assignment=assignment) for n in range(5)
        ]

    first = whole_class("hw1", (2, 3, 5), (2, 3, 0))
    harder = statistics.look_at({"hw1": first, "hw2": whole_class("hw2", (2, 3, 0), (2, 0, 0))})
    assert "ada" not in harder, "it was harder for everybody"
    found = statistics.look_at({"hw1": first, "hw2": whole_class("hw2", (2, 3, 0), (2, 3, 0))})
    assert found == {"ada": ["50% of the points below their own earlier work, measured against the class"]}


def test_nobody():
    assert statistics.exercises([]) == statistics.mistakes([]) == []
    assert statistics.look_at({"hw1": []}) == {}
