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
_PYTHONS: Any = random.getstate.__self__  # type: ignore[attr-defined]  # the generator behind `random.random` and such


class GlobalState:
    """Tells what changed here since the other side last heard, and takes over what changed there."""

    def __init__(self):
        self._python: tuple[bytes, float | None] | None = None
        self._memorize()

    def changes(self) -> dict:
        """What the other side does not know yet, as plain data."""
        changed: dict[str, Any] = {}
        if np.geterr() != self._errstate:
            changed["errstate"] = np.geterr()
        # Reading and comparing a state properly takes 15 to 30 µs, twice for every question, so look at its bytes
        # first. NumPy's second normal number waits outside of them: while there is one, look properly.
        if self._normal_waits or _numpy_bytes() != self._numpy:
            _, words, position, has_gauss, gauss = _numpy_state()
            changed["numpy"] = [words.tobytes(), position, has_gauss, gauss]
        if _python_bytes() != self._python:
            version, words, gauss = random.getstate()
            changed["python"] = [version, np.array(words[:-1], np.uint32).tobytes(), words[-1], gauss]
        if changed:
            self._memorize()
        return changed

    def forget(self) -> None:
        """The other side may know nothing: tell it the random states next time."""
        self._numpy, self._python = b"", None

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
        self._errstate, self._numpy, self._python = np.geterr(), _numpy_bytes(), _python_bytes()
        self._normal_waits = _numpy_state()[3]


def _numpy_state() -> Any:
    return np.random.get_state()  # noqa: NPY002 (the legacy state is meant)


def _numpy_bytes() -> bytes:
    return ctypes.string_at(np.random.mtrand.get_bit_generator().ctypes.state_address, 4 * _WORDS + 4)


def _python_bytes() -> tuple[bytes, float | None]:
    """The same of Python's, which CPython has behind the head of the object; and its waiting normal number."""
    return ctypes.string_at(id(_PYTHONS) + object.__basicsize__, 4 + 4 * _WORDS), _PYTHONS.gauss_next


def _words(data: bytes) -> np.ndarray:
    if not isinstance(data, bytes) or len(data) != 4 * _WORDS:
        raise WireError("not a random state")
    return np.frombuffer(data, np.uint32)


def _position(position: int) -> int:
    """NumPy does not check this index into its buffer."""
    if type(position) is not int or not 0 <= position <= _WORDS:
        raise WireError("not a random state")
    return position
