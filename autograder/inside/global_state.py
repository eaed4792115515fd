"""What NumPy and Python keep globally around a call: error handling and the legacy random states.

A check that runs `np.random.seed(0)` or `with np.errstate(all="raise")` and then calls a student's function means that
function, too. So each message carries what changed on one side to the other.
"""

import ctypes
import random
from typing import Any

import numpy as np

from autograder.inside.wire import WireError, reading

_WORDS = 624  # of a Mersenne Twister


class GlobalState:
    """Tells what changed here since the other side last heard, and takes over what changed there."""

    def __init__(self):
        self._memorize()

    def changes(self) -> dict:
        """What the other side does not know yet, as plain data."""
        changed: dict[str, Any] = {}
        if np.geterr() != self._errstate:
            changed["errstate"] = np.geterr()
        # Reading NumPy's state properly takes 30 µs, so look at its bytes first. A second normal number waits outside
        # of them: while there is one, look properly.
        if self._normal_waits or _numpy_bytes() != self._numpy:
            _, words, position, has_gauss, gauss = _numpy_state()
            changed["numpy"] = [words.tobytes(), position, has_gauss, gauss]
        if random.getstate() != self._python:
            version, words, gauss = random.getstate()
            changed["python"] = [version, np.array(words[:-1], np.uint32).tobytes(), words[-1], gauss]
        if changed:
            self._memorize()
        return changed

    def forget(self) -> None:
        """The other side may know nothing: tell it the random states next time."""
        self._numpy, self._python = b"", ()

    def apply(self, changes: dict) -> None:
        """Take over the other side's `changes`. Raises WireError."""
        if not changes:
            return
        with reading():
            if "errstate" in changes:
                np.seterr(**changes["errstate"])
            if "numpy" in changes:
                words, position, has_gauss, gauss = changes["numpy"]
                np.random.set_state(("MT19937", _words(words), _position(position), has_gauss, gauss))  # noqa: NPY002
            if "python" in changes:
                version, words, position, gauss = changes["python"]
                random.setstate((version, (*_words(words).tolist(), _position(position)), gauss))
        self._memorize()

    def _memorize(self) -> None:
        self._errstate, self._numpy, self._python = np.geterr(), _numpy_bytes(), random.getstate()
        self._normal_waits = _numpy_state()[3]


def _numpy_state() -> Any:
    return np.random.get_state()  # noqa: NPY002 (the legacy state is meant)


def _numpy_bytes() -> bytes:
    return ctypes.string_at(np.random.mtrand.get_bit_generator().ctypes.state_address, 4 * _WORDS + 4)


def _words(data: bytes) -> np.ndarray:
    if not isinstance(data, bytes) or len(data) != 4 * _WORDS:
        raise WireError("not a random state")
    return np.frombuffer(data, np.uint32)


def _position(position: int) -> int:
    """NumPy does not check this index into its buffer."""
    if type(position) is not int or not 0 <= position <= _WORDS:
        raise WireError("not a random state")
    return position
