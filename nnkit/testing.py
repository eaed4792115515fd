"""Assertions that name the mistake: what the check cells of the chapters are made of.

A failed check says, in this order: one plain sentence (the mistake itself, when we recognize it), the facts
behind it, and last where it happened. Every check looks at type and shape first, then at the kind of number,
then at the values, because that is the order in which mistakes are easiest to mend.
"""

import linecache
import traceback
from collections.abc import Callable, Mapping

import numpy as np

from nnkit.gradcheck import gradient_report


class CheckFailed(AssertionError):
    """A check that did not hold.

    sentence: what went wrong, in one line that gives no expected value away.
    details: the facts (expected against received), for the one who is debugging.
    """

    def __init__(self, sentence: str, details: str = ""):
        super().__init__(f"{sentence}\n{details}" if details else sentence)
        self.sentence = sentence
        self.details = details

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows: the sentence on top, then the facts, then the way here through the notebook."""
        lines = [f"\x1b[1;31m{self.sentence}\x1b[0m"]
        if self.details:
            lines.append(self.details)
        here = [frame for frame in traceback.extract_tb(self.__traceback__) if frame.filename != __file__]
        notebook = [frame for frame in here if "site-packages" not in frame.filename]
        for frame in notebook:
            code = (frame.line or linecache.getline(frame.filename, frame.lineno)).strip()
            lines.append(f"\x1b[2mline {frame.lineno}: {code}\x1b[0m")
        return lines


def check_close(
    got,
    expected,
    *,
    mistakes: Mapping[str, object] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    name: str = "your result",
) -> None:
    """Check that numbers agree: |got − expected| ≤ atol + rtol |expected|, entry by entry.

    got: what the student's code returned.  expected: a number or an array; its shape is required exactly, and
    its kind too: bool wants bool, int wants int, float takes int or float.
    mistakes: sentence → the value that this mistake leads to (any shape). If `got` equals one of
    them, that sentence leads the message.  name: what to call `got`.

    Raises CheckFailed; ValueError if a mistake has the right value, because then this input cannot tell.
    """
    expected = np.asarray(expected)
    mistakes = {sentence: np.asarray(wrong) for sentence, wrong in (mistakes or {}).items()}
    for sentence, wrong in mistakes.items():
        if _close(wrong, expected, rtol, atol):
            raise ValueError(f"the mistake {sentence!r} leads to the right answer here: choose another input")

    got = _as_numbers(got, expected, name)
    known = [sentence for sentence, wrong in mistakes.items() if _close(got, wrong, rtol, atol)]
    if got.shape != expected.shape:
        facts = f"expected shape {expected.shape}, got shape {got.shape}"
        raise CheckFailed(known[0] if known else _shape_sentence(got, expected, name), facts)
    if got.dtype.kind not in _KINDS[expected.dtype.kind]:
        facts = f"expected {_KIND_NAMES[expected.dtype.kind]}, got {_KIND_NAMES[got.dtype.kind]}"
        raise CheckFailed(known[0] if known else f"{name} holds the wrong kind of value: {facts}", facts)
    if _close(got, expected, rtol, atol):
        return
    raise CheckFailed(known[0] if known else _value_sentence(got, expected, rtol, atol, name), _facts(got, expected))


def check_equal(got, expected, *, mistakes: Mapping[str, object] | None = None, name: str = "your result") -> None:
    """Check plain values that are not numbers to be rounded: strings, tuples, lists, dicts, None.

    got, expected: the type of `expected` is required exactly.  mistakes: sentence → wrong value, as in
    `check_close`.  Raises CheckFailed; ValueError if a mistake has the right value.
    """
    mistakes = dict(mistakes or {})
    if expected in mistakes.values():
        raise ValueError("a mistake leads to the right answer here: choose another input")
    if got is None and expected is not None:
        raise CheckFailed(f"{name} is None: is the `return` missing?")
    known = [sentence for sentence, wrong in mistakes.items() if type(got) is type(wrong) and got == wrong]
    facts = f"expected {expected!r}\ngot      {got!r}"
    if type(got) is not type(expected):
        wanted, received = type(expected).__name__, type(got).__name__
        raise CheckFailed(known[0] if known else f"{name} should be a {wanted}, got a {received}", facts)
    if got != expected:
        raise CheckFailed(known[0] if known else f"{name} is not what the exercise asks for", facts)


def check_that(condition, sentence: str, details: str = "") -> None:
    """Check a property. `sentence` says what went wrong if it does not hold.

    condition: True or False (a NumPy bool will do). Write comparisons the positive way, `loss < 0.1`, so that
    a NaN fails.  Raises CheckFailed; TypeError if `condition` is not a truth value.
    """
    if not isinstance(condition, bool | np.bool_):
        raise TypeError(f"expected a condition that is True or False, got {type(condition).__name__}")
    if not condition:
        raise CheckFailed(sentence, details)


def check_raises(error: type[Exception], function: Callable, *args, name: str = "your function") -> None:
    """Check that `function(*args)` refuses bad input with the exception `error`.

    An unfinished function (NotImplementedError) passes on its own exception.  Raises CheckFailed.
    """
    try:
        function(*args)
    except NotImplementedError:
        raise
    except error:
        return
    except Exception as other:
        raise CheckFailed(f"{name} should raise {error.__name__} here, it raised {type(other).__name__}") from other
    raise CheckFailed(f"{name} should raise {error.__name__} here, it returned a value")


def check_gradient(
    f: Callable[[np.ndarray], float],
    gradient: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    *,
    mistakes: Mapping[str, object] | None = None,
    tolerance: float = 1e-6,
    name: str = "your gradient",
) -> None:
    """Check that `gradient(x)` is ∇f(x), with central differences as the referee.

    f: array → number.  gradient: array → array shaped like x.  x: any shape.  mistakes: as in `check_close`.

    An unimplemented or constant function cannot pass: `f` must react to x, and the gradient must not be zero.
    Raises CheckFailed.
    """
    x = np.asarray(x, dtype=np.float64)
    claimed = _as_numbers(gradient(x.copy()), x, name)
    if claimed.shape != x.shape:
        raise CheckFailed(_shape_sentence(claimed, x, name), f"expected shape {x.shape}, got shape {claimed.shape}")
    report = gradient_report(f, claimed, x, tolerance=tolerance)
    if not report.reacts:
        raise CheckFailed("the function does not react to its input: a zero gradient proves nothing here")
    if report.passed:
        return
    check_close(claimed, report.numerical, mistakes=mistakes, rtol=tolerance, atol=tolerance, name=name)
    raise CheckFailed(f"{name} differs from the measured slope", str(report))


# What may stand where a bool, an int, a float is expected. Complex numbers never.
_KINDS = {"b": "b", "i": "iu", "u": "iu", "f": "iuf"}
_KIND_NAMES = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats", "c": "complex numbers"}


def _as_numbers(got, expected: np.ndarray, name: str) -> np.ndarray:
    """`got` as an array of numbers, or a CheckFailed that says why it is none."""
    if got is None:
        raise CheckFailed(f"{name} is None: is the `return` missing?")
    if expected.ndim and not isinstance(got, np.ndarray):
        wanted = f"a NumPy array with shape {expected.shape}"
        raise CheckFailed(f"{name} should be {wanted}, got a {type(got).__name__}")
    if not isinstance(got, np.ndarray | np.generic | bool | int | float | complex):
        raise CheckFailed(f"{name} should be a single number, got a {type(got).__name__}")
    numbers = np.asarray(got)
    if numbers.dtype.kind not in _KIND_NAMES:
        raise CheckFailed(f"{name} should hold numbers, got an array with dtype {numbers.dtype}")
    return numbers


def _close(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> bool:
    if a.shape != b.shape or a.dtype.kind not in _KIND_NAMES or b.dtype.kind not in _KIND_NAMES:
        return False
    return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def _shape_sentence(got: np.ndarray, expected: np.ndarray, name: str) -> str:
    if got.shape == expected.shape[::-1]:
        return f"{name} is transposed: rows and columns are exchanged"
    if got.size == expected.size and got.ndim > expected.ndim:
        return f"{name} has {got.ndim} axes where {expected.ndim} would do: a column or row is not a flat vector"
    if got.ndim == 0:
        return f"{name} is a single number where an array is expected: did a sum run over every axis?"
    return f"{name} has the wrong shape: expected {expected.shape}, got {got.shape}"


def _value_sentence(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float, name: str) -> str:
    """The most telling thing to say about values that are wrong in a way no catalog lists."""
    strange = ~np.isfinite(got) & np.isfinite(expected)
    if strange.any():
        kind = "nan" if np.isnan(got[strange]).any() else "infinite"
        return f"{_count(strange)} of {name} are {kind}: look for an overflow, a log of 0 or a division by 0"
    if got.dtype.kind in "iuf" and expected.dtype.kind in "iuf":
        ratio = _common_ratio(got, expected, rtol, atol)
        if ratio is not None and np.isclose(ratio, -1):
            return f"the sign of {name} is flipped"
        if ratio is not None and ratio > 1:
            return f"{name} is {ratio:.4g} times too large: is a factor missing, a mean perhaps?"
        if ratio is not None and 0 < ratio < 1:
            return f"{name} is {1 / ratio:.4g} times too small: is there a factor too many?"
    wrong = ~np.isclose(got, expected, rtol=rtol, atol=atol)
    if got.ndim == 0:
        return f"{name} is not the right number"
    return f"{_count(wrong)} of {name} are wrong"


def _count(mask: np.ndarray) -> str:
    return f"{int(mask.sum())} of {mask.size} entries" if mask.ndim else "the value"


def _common_ratio(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> float | None:
    """r if got = r · expected, one r for all entries. Two nonzero ones at least, for one is no pattern."""
    if np.count_nonzero(expected) < 2 or not np.isfinite(got).all():
        return None
    got, expected = got.astype(float), expected.astype(float)
    ratio = float(np.vdot(expected, got) / np.vdot(expected, expected))
    if ratio == 0 or not np.allclose(got, ratio * expected, rtol=10 * rtol, atol=atol * max(1.0, abs(ratio))):
        return None
    return ratio


def _facts(got: np.ndarray, expected: np.ndarray) -> str:
    """Where the first difference is worst, with both values."""
    if got.ndim == 0:
        return (
            f"expected {expected:.6g}, got {got:.6g}" if got.dtype.kind in "iuf" else f"expected {expected}, got {got}"
        )
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(got.astype(float) - expected.astype(float))
    worst = np.unravel_index(np.argmax(np.where(np.isnan(gap), np.inf, gap)), gap.shape)
    where = ", ".join(str(int(i)) for i in worst)
    return f"largest difference at [{where}]: expected {expected[worst]}, got {got[worst]}"
