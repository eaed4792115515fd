"""What changed of the random states is told, and nothing else."""

import random

import numpy as np
import pytest

from autograder.inside import global_state
from autograder.inside.global_state import GlobalState


@pytest.fixture(autouse=True)
def states_as_before():
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    random.setstate(before[0])
    np.random.set_state(before[1])  # noqa: NPY002


def test_the_bytes_are_those_of_pythons_state():
    """Where another CPython keeps them elsewhere, this says so."""
    random.seed(1)
    for _ in range(3):
        _, (*words, position), _ = random.getstate()
        assert global_state._python_bytes()[0] == np.array([position, *words], np.uint32).tobytes()
        random.random()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: None, set()),
        (lambda: random.getstate(), set()),
        (lambda: random.Random(1).random(), set()),
        (lambda: random.random(), {"python"}),
        (lambda: random.seed(2), {"python"}),
        (lambda: random.setstate(random.Random(2).getstate()), {"python"}),
        (lambda: random.shuffle([1, 2, 3]), {"python"}),
        (lambda: np.random.rand(), {"numpy"}),  # noqa: NPY002
        (lambda: np.random.seed(2), {"numpy"}),  # noqa: NPY002
    ],
)
def test_what_changed_is_told_once(change, told):
    known = GlobalState()
    change()
    assert known.changes().keys() == told
    assert known.changes() == {}


def test_a_normal_number_that_waits_is_told():
    random.seed(1)
    random.gauss(0, 1)
    known = GlobalState()
    random.gauss(0, 1)  # the second of a pair: the words stay as they are
    assert known.changes().keys() == {"python"}


def test_the_other_side_draws_the_same():
    here = GlobalState()
    random.seed(3)
    random.gauss(0, 1)
    changes, expected = here.changes(), (random.gauss(0, 1), random.random())
    random.seed(4)
    GlobalState().apply(changes)
    assert (random.gauss(0, 1), random.random()) == expected
