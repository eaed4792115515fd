from collections import namedtuple

import numpy as np
import pytest

from autograder.build import spoil
from autograder.build.spoil import WAYS, NothingToSpoil, spoil_names

Pair = namedtuple("Pair", "mean spread")
WHOLE = ("an empty list", "an object that claims to be an array")  # ways that leave nothing of an answer


def _giving(answer):
    return lambda: answer


def answers(way, **functions):
    """What functions of these answers give when they are spoiled, and whose answers were."""
    namespace = {name: _giving(answer) for name, answer in functions.items()}
    for name, function in namespace.items():
        function.__name__ = name
    done = spoil_names(namespace, list(namespace), way)
    return {name: function() for name, function in namespace.items()}, done


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "answer", [1, 2.5, True, np.arange(6.0).reshape(2, 3), (1.0, [2.0]), {"a": 3.0}, Pair(1.0, 2.0)]
)
def test_no_way_leaves_an_answer_what_it_was(way, answer):
    got, done = answers(way, f=answer)
    assert repr(got["f"]) != repr(answer)
    assert done == ["f"]
    if isinstance(answer, Pair) and way not in WHOLE:
        assert type(got["f"]) is Pair


def test_none_is_no_answer_and_the_other_functions_are_spoiled():
    got, done = answers("constant", f=None, g=1.0)
    assert got == {"f": None, "g": 0.123}
    assert done == ["g"]


@pytest.mark.parametrize("answer", ["text", (), None.__class__, object()])
def test_what_is_no_number_becomes_one_that_is_none(answer):
    assert np.isnan(answers("infinite", f=answer)[0]["f"])


def test_without_a_function_there_is_nothing_to_spoil():
    with pytest.raises(NothingToSpoil, match="there is no function"):
        spoil_names({"Net": Pair, "n": 3}, ["Net", "n"], "NaN")


def test_a_fault_of_our_own_is_no_answer_of_the_check(monkeypatch):
    monkeypatch.setattr(spoil, "_spoil", lambda answer, way: 1 / 0)
    with pytest.raises(NothingToSpoil, match="an answer cannot be spoiled: ZeroDivisionError"):
        answers("NaN", f=1.0)
    assert not issubclass(NothingToSpoil, Exception), "no check catches it by accident"
