"""How long should the steps be, and when? Long at first to get there, short at the end to settle.

A schedule is anything that takes the number of a step, 0, 1, 2, …, and returns the learning rate of that step,
a Python float; so `lambda step: 0.1` is one. (One of your own may also return a vector, a rate for each parameter.)
Those here are small frozen records, which print, compare and pickle. Steps are optimizer steps: an epoch of n samples
in batches of m has ⌈n/m⌉ of them.

Source: UT "Setting the Learning Rate"; IITB "Learning Rate Schedule".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from numbers import Real

import numpy as np

from nnkit.checks import count, not_negative, positive

Schedule = Callable[[int], float | np.ndarray]


@dataclass(frozen=True)
class _Checked:
    """Steps are counted, a decay or an end may be 0, all else must be positive."""

    def __post_init__(self):
        kinds = {"steps": count, "every": count, "decay": not_negative, "end": not_negative}
        for field in fields(self):
            kinds.get(field.name, positive)(field.name, getattr(self, field.name))


@dataclass(frozen=True)
class Constant(_Checked):
    """η_t = η₀"""

    rate: float

    def __call__(self, step: int) -> float:
        return float(self.rate)


@dataclass(frozen=True)
class StepDecay(_Checked):
    """η_t = η₀ · factor^⌊t / every⌋: a staircase."""

    rate: float
    factor: float
    every: int

    def __call__(self, step: int) -> float:
        return float(self.rate * self.factor ** (step // self.every))


@dataclass(frozen=True)
class Exponential(_Checked):
    """η_t = η₀ e^{−k t}, k = decay per step."""

    rate: float
    decay: float

    def __call__(self, step: int) -> float:
        return float(self.rate * math.exp(-self.decay * step))


@dataclass(frozen=True)
class InverseTime(_Checked):
    """η_t = η₀ / (1 + k t), k = decay per step. Its steps add up to ∞, their squares do not: SGD converges.

    Source: Robbins and Monro 1951.
    """

    rate: float
    decay: float

    def __call__(self, step: int) -> float:
        return float(self.rate / (1 + self.decay * step))


@dataclass(frozen=True)
class Cosine(_Checked):
    """η_t = η_end + ½ (η₀ − η_end) (1 + cos(π t / steps)): slow, fast, slow. From t = steps on, η_end.

    Source: Loshchilov and Hutter 2017, "SGDR" (one period).
    """

    rate: float
    steps: int
    end: float = 0.0

    def __call__(self, step: int) -> float:
        progress = min(step / self.steps, 1.0)
        return float(self.end + 0.5 * (self.rate - self.end) * (1 + math.cos(math.pi * progress)))


@dataclass(frozen=True)
class WarmUp:
    """η_t = (t + 1) / steps · then(0) while t < steps, after that then(t − steps): up a ramp, on as planned.

    steps: length of the ramp.  then: a learning rate or a schedule.

    Source: Goyal et al. 2017, "Accurate, Large Minibatch SGD" (gradual warm-up).
    """

    steps: int
    then: float | Schedule

    def __post_init__(self):
        count("steps", self.steps)
        as_schedule(self.then)

    def __call__(self, step: int) -> float:
        then = as_schedule(self.then)
        if step < self.steps:
            return float((step + 1) / self.steps * then(0))
        return float(then(step - self.steps))


def as_schedule(rate: float | Schedule, name: str = "the learning rate") -> Schedule:
    """A number becomes a constant schedule; a schedule stays one.  Raises ValueError for anything else."""
    if callable(rate):
        return rate
    if not isinstance(rate, Real) or not 0 < rate < math.inf:
        raise ValueError(f"expected {name} to be a positive number or a schedule, got {rate!r}")
    return Constant(float(rate))
