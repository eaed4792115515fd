"""Could a random generator have come to a state by drawing from it?

Drawing is what a generator is for, and no change of a check's data. Setting its state is one: from a state of zeros
come zeros for ever, and whoever answers zero is right.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

MOST_STEPS = 2**40  # where they can be counted without walking them
MOST_BLOCKS = 5_000  # of numbers, where they cannot; 624 each of a Mersenne Twister
_MASK = 2**128 - 1
# Of the congruential generators: x → multiplier x + increment, modulo 2^128.
_MULTIPLIERS = {"PCG64": 0x2360ED051FC65DA44385DF649FCCF645, "PCG64DXSM": 0xDA942042E4DD58B5}
_State = Mapping[str, Any]


def is_draw(generator: np.random.Generator | np.random.RandomState, after: _State) -> bool:
    """Whether drawing leads from the generator's state to that one. Raises whatever it meets in one out of form."""
    before = _state(generator)
    name = before["bit_generator"]
    if after["bit_generator"] != name:
        return False
    if name in _MULTIPLIERS:
        old, new = before["state"], after["state"]
        return new["inc"] == old["inc"] and _is_near(old["state"], new["state"], _MULTIPLIERS[name], old["inc"])
    return _walks(before, after, *_BLOCKS[name])


def _state(generator: np.random.Generator | np.random.RandomState) -> _State:
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return generator.bit_generator.state


def _is_near(old: int, new: int, multiplier: int, increment: int) -> bool:
    """Whether few steps lead from one state to the other. Their number is found bit by bit, as in the `distance` of
    O'Neill's PCG library.
    """
    step = 1
    while old != new and step < MOST_STEPS:
        if (old ^ new) & step:
            old = (multiplier * old + increment) & _MASK
        increment = (multiplier + 1) * increment & _MASK
        multiplier = multiplier * multiplier & _MASK
        step <<= 1
    return old == new


def _walks(before: _State, after: _State, is_in: Callable[[_State, _State], bool], left: Callable) -> bool:
    """Whether blocks of numbers lead there.

    is_in: whether a state lies in the block of another, and not before it.  left: how many numbers lead to the next.
    """
    bits = getattr(np.random, before["bit_generator"])()
    bits.state = before
    for _ in range(MOST_BLOCKS):
        here = bits.state
        if is_in(here, after):
            return True
        bits.random_raw(left(here), output=False)
    return False


def _is_in_twister(here: _State, after: _State) -> bool:
    old, new = here["state"], after["state"]
    return old["pos"] <= new["pos"] and np.array_equal(old["key"], new["key"])


def _is_in_philox(here: _State, after: _State) -> bool:
    kept = (here["state"]["counter"], here["state"]["key"], here["buffer"])
    new = (after["state"]["counter"], after["state"]["key"], after["buffer"])
    return here["buffer_pos"] <= after["buffer_pos"] and all(map(np.array_equal, kept, new))


def _is_sfc(here: _State, after: _State) -> bool:
    return np.array_equal(here["state"]["state"], after["state"]["state"])


_BLOCKS: dict[str, tuple[Callable[[_State, _State], bool], Callable[[_State], int]]] = {
    "MT19937": (_is_in_twister, lambda here: 625 - here["state"]["pos"]),
    "Philox": (_is_in_philox, lambda here: 5 - here["buffer_pos"]),
    "SFC64": (_is_sfc, lambda here: 1),
}
