import math
import pickle

import numpy as np
import pytest

from nnkit.schedules import Constant, Cosine, Exponential, InverseTime, StepDecay, WarmUp, as_schedule

ALL = [
    Constant(0.5),
    StepDecay(0.5, 0.1, 10),
    Exponential(0.5, 0.01),
    InverseTime(0.5, 0.01),
    Cosine(0.5, 100, 0.1),
    WarmUp(10, Cosine(0.5, 100)),
]


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        (Constant(0.5), {0: 0.5, 999: 0.5}),
        (StepDecay(0.8, 0.5, 3), {0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.2, 30: 0.8 * 0.5**10}),
        (Exponential(2.0, 0.1), {0: 2.0, 10: 2 / math.e, 20: 2 / math.e**2}),
        (InverseTime(1.0, 0.5), {0: 1.0, 1: 1 / 1.5, 2: 0.5, 18: 0.1}),
        (Cosine(1.0, 100), {0: 1.0, 50: 0.5, 25: 0.5 + math.sqrt(0.5) / 2, 100: 0.0, 1000: 0.0}),
        (Cosine(1.0, 100, 0.2), {0: 1.0, 50: 0.6, 100: 0.2, 200: 0.2}),
        (WarmUp(4, 0.4), {0: 0.1, 1: 0.2, 3: 0.4, 4: 0.4, 100: 0.4}),
        (WarmUp(2, StepDecay(0.8, 0.5, 3)), {0: 0.4, 1: 0.8, 2: 0.8, 4: 0.8, 5: 0.4}),
        (WarmUp(2, lambda step: 1.0 + step), {0: 0.5, 1: 1.0, 2: 1.0, 3: 2.0}),
    ],
)
def test_formulas(schedule, values):
    assert {step: schedule(step) for step in values} == pytest.approx(values, abs=1e-15)


@pytest.mark.parametrize("schedule", ALL, ids=repr)
def test_plain_floats_that_pickle(schedule):
    for step in (0, 7, 1000):
        assert type(schedule(step)) is float
    assert pickle.loads(pickle.dumps(schedule)) == schedule


@pytest.mark.parametrize("schedule", ALL[:-1], ids=repr)
def test_none_rises(schedule):
    rates = [schedule(step) for step in range(300)]
    assert rates == sorted(rates, reverse=True)
    assert min(rates) >= 0


def test_numpy_numbers_become_plain_ones():
    assert type(StepDecay(np.float64(0.1), np.float64(0.5), np.int64(3))(np.int64(2))) is float
    assert type(as_schedule(np.float64(0.1))(0)) is float


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Constant(0), "expected rate to be a positive number, got 0"),
        (lambda: StepDecay(0.1, -1, 5), "expected factor to be a positive number, got -1"),
        (lambda: StepDecay(0.1, 0.5, 0), "expected every to be an integer of at least 1, got 0"),
        (lambda: Exponential(0.1, -0.5), "expected decay to be 0 or a positive number, got -0.5"),
        (lambda: InverseTime(math.nan, 0.5), "expected rate to be a positive number, got nan"),
        (lambda: Cosine(0.1, 2.5), "expected steps to be an integer of at least 1, got 2.5"),
        (lambda: Cosine(0.1, 5, -1), "expected end to be 0 or a positive number, got -1"),
        (lambda: WarmUp(True, 0.1), "expected steps to be an integer of at least 1, got True"),
        (lambda: WarmUp(3, -0.1), "expected the learning rate to be a positive number or a schedule, got -0.1"),
        (lambda: as_schedule("fast"), "expected the learning rate to be a positive number or a schedule, got 'fast'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert str(caught.value) == message
