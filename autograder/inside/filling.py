"""Makes containers hold what others hold, in place: whoever else has them sees it."""

from itertools import zip_longest

import numpy as np

FILLED = (list, dict, set, bytearray, np.ndarray)
"""What is filled. A subclass may hold more than its items; it is not."""


def fill(target, value) -> bool:
    """Make `target` hold what `value` holds; containers that both have at the same place are filled in turn.

    Returns whether that was possible: both are of one kind, and arrays of one shape and dtype.
    """
    if type(target) is not type(value) or type(target) not in FILLED:
        return False
    if isinstance(target, np.ndarray):
        if (target.shape, target.dtype) != (value.shape, value.dtype) or not target.flags.writeable:
            return False
        target[...] = value
    elif isinstance(target, dict):
        for key in [key for key in target if key not in value]:
            del target[key]
        target.update({key: _filled(target.get(key), item) for key, item in value.items()})
    elif isinstance(target, list):
        pairs = zip_longest(target[: len(value)], value)
        target[:] = [_filled(old, new) for old, new in pairs]
    elif isinstance(target, set):
        target.intersection_update(value)
        target.update(value)
    else:
        target[:] = value
    return True


def _filled(old, new):
    return old if fill(old, new) else new
