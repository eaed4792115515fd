"""What is a draw from a random generator, and what is a change of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.exam.draws import _state, is_draw
from autograder.exam.sandbox import Sandbox
from tests.autograder.exam.test_examiner import cell, examine, make_examiner

KINDS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
SEED = 471
ZEROS = """
import numpy as np
def drawn(rng):
    return rng.random((2, 700))
def stuck(rng):
    inner = getattr(rng, "bit_generator", rng)
    state = inner.state if inner is not rng else rng.get_state(legacy=False)
    for name, value in state["state"].items():
        state["state"][name] = value * 0
    if inner is rng:
        rng.set_state(state)
    else:
        inner.state = state
    return 0.0
def raises(X):
    X[:] = 0
    raise ValueError
def total(X):
    return 0.0
"""


def made(kind: str, modern: bool):
    bits = getattr(np.random, kind)(SEED)
    return np.random.Generator(bits) if modern else np.random.RandomState(bits)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(KINDS), st.booleans(), st.integers(0, 3000), st.integers(0, 5))
def test_drawing_is_a_draw_and_going_back_is_none(kind, modern, count, normal):
    generator, drawn = made(kind, modern), made(kind, modern)
    drawn.random(count) if modern else drawn.random_sample(count)
    drawn.normal(size=normal)
    assert is_draw(generator, _state(drawn))
    if count:
        assert not is_draw(drawn, _state(generator))


@pytest.mark.parametrize("kind", KINDS)
def test_another_stream_is_none(kind):
    other = np.random.Generator(getattr(np.random, kind)(SEED + 1))
    assert not is_draw(made(kind, True), _state(other))
    assert not is_draw(made(kind, True), _state(made("MT19937" if kind == "PCG64" else "PCG64", True)))


@pytest.fixture(scope="module")
def examiner():
    with Sandbox(unsafe=True) as sandbox, make_examiner(sandbox) as examiner:
        assert examiner.run(cell(ZEROS)) == []
        yield examiner


@pytest.mark.parametrize(
    "rng",
    [
        "np.random.default_rng(3)",
        "np.random.RandomState(3)",
        *(f"np.random.Generator(np.random.{kind}(3))" for kind in KINDS[1:]),
    ],
)
def test_a_generator_that_is_set_to_zeros_makes_no_zero_right(examiner, rng):
    setup = f"rng, twin = {rng}, {rng}\ndraw = lambda rng: getattr(rng, 'random_sample', rng.random)((2, 700))"
    honest = f"{setup}\nassert np.array_equal(drawn(rng), draw(twin)) and np.array_equal(draw(rng), draw(twin))"
    assert examine(examiner, honest).score == 3
    result = examine(examiner, f"{setup}\nassert stuck(rng) == 0\nX = draw(rng)\nassert total(X) == X.sum()")
    assert result.score == 0


def test_who_raises_gives_something_too(examiner):
    """Without a solution to ask, only functions that give nothing may change what they are given."""
    from autograder.exam.sharing import Sharing

    examiner._sharing, before = Sharing(None), examiner._sharing
    check = "X = np.ones(3)\ntry: raises(X)\nexcept ValueError: pass\nassert total(X) == X.sum()"
    assert examine(examiner, check).score == 0
    examiner._sharing = before
