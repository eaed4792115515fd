"""Assertions that name the mistake: what the check cells of the chapters are made of.

A failed check says, in this order: one plain sentence (the mistake itself, when we recognize it), the facts
behind it, and last where it happened. Every check looks at type and shape first, then at the kind of number,
then at the values, because that is the order in which mistakes are easiest to mend.
"""

import linecache
import os
import traceback
from collections.abc import Callable, Mapping

import numpy as np

from nnkit._diagnosis import diagnosis
from nnkit._wording import agreeing
from nnkit.gradcheck import gradient_report

_OURS = os.path.dirname(__file__)


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
        here = [frame for frame in traceback.extract_tb(self.__traceback__) if not frame.filename.startswith(_OURS)]
        notebook = [frame for frame in here if "site-packages" not in frame.filename]
        return lines + [f"\x1b[2mline {frame.lineno}: {_code(frame)}\x1b[0m" for frame in notebook]


class Credit(float):
    """Part of the points of a check, as its last value, and what the next part needs.

    Credit(4, "read: 91.3 %; the next two points need 94 %") counts as 4.0; the student reads the sentence.
    """

    sentence: str

    def __new__(cls, points: float, sentence: str) -> "Credit":
        credit = super().__new__(cls, points)
        credit.sentence = sentence
        return credit


LONGEST_CALL = 120  # characters


def _code(frame: traceback.FrameSummary) -> str:
    """The call that a frame stopped in, in one line: `check_close(` alone would not say which."""
    first = frame.lineno or 0
    numbers = range(first, (frame.end_lineno or first) + 1)
    call = " ".join(linecache.getline(frame.filename, number).strip() for number in numbers) or frame.line or ""
    return call if len(call) <= LONGEST_CALL else f"{call[: LONGEST_CALL - 1]}…"


def check_close(
    got,
    expected,
    *,
    mistakes: Mapping[str, object] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    name: str = "your result",
    nan: bool = False,
    about: str = "",
) -> None:
    """Check that numbers agree: |got − expected| ≤ atol + rtol |expected|, entry by entry.

    got: what the student's code returned.  expected: a number or an array; its shape is required exactly, and
    its kind too: bool wants bool, int wants int, float takes int or float.
    mistakes: sentence → the value that this mistake leads to (any shape). If `got` equals one of
    them, that sentence leads the message.  name: what to call `got`.
    about: what to say of this case where values are wrong in a way that no catalog lists: the kind of input, or how the
    numbers were worked by hand.
    nan: NaN is a right answer where `expected` has it. Without this no NaN is, and `expected` may hold none: one that
    slips in, from data that were spoiled, would make every NaN right.

    Raises CheckFailed; ValueError if a mistake has the right value, because then this input cannot tell, or if
    `expected` holds a NaN that was not asked for; TypeError if `expected` holds no real numbers.
    """
    expected = np.asarray(expected)
    if expected.dtype.kind not in _KINDS:
        raise TypeError(f"expected real numbers to compare with, got dtype {expected.dtype}: use check_equal")

    if not nan and expected.dtype.kind == "f" and np.isnan(expected).any():
        raise ValueError(f"expected numbers to compare {name} with, got NaN: pass nan=True where NaN is right")

    def same(a, b) -> bool:
        return _close(np.asarray(a), np.asarray(b), rtol, atol)

    mistakes = _real_mistakes(mistakes, expected, same)
    got = _as_numbers(got, expected, name)
    known = next((sentence for sentence, wrong in mistakes.items() if same(got, wrong)), None)
    if got.shape != expected.shape:
        facts = f"expected shape {expected.shape}, got shape {got.shape}"
        raise CheckFailed(known or agreeing(_shape_sentence(got, expected, name), name), facts)
    if got.dtype.kind not in _KINDS[expected.dtype.kind]:
        facts = f"expected {_KIND_NAMES[expected.dtype.kind]}, got {_KIND_NAMES[got.dtype.kind]}"
        raise CheckFailed(known or agreeing(f"{name} holds the wrong kind of value: {facts}", name), facts)
    wrong = ~_agree(got, expected, rtol, atol)
    if wrong.any():
        sentence = known or agreeing(_value_sentence(got, expected, wrong, same, name, about), name)
        raise CheckFailed(sentence, _facts(got, expected, wrong))


def check_equal(got, expected, *, mistakes: Mapping[str, object] | None = None, name: str = "your result") -> None:
    """Check plain values that are not numbers to be rounded: strings, tuples, lists, dicts, None.

    got, expected: the type of `expected` is required exactly; a NumPy scalar counts as its Python value.
    mistakes: sentence → wrong value, as in `check_close`.
    Raises CheckFailed; ValueError if a mistake has the right value.
    """
    mistakes = _real_mistakes(mistakes, expected, _equal)
    if got is None and expected is not None:
        raise CheckFailed(agreeing(f"{name} is None: is the `return` missing?", name))
    got = got.item() if isinstance(got, np.generic) else got
    if _equal(got, expected):
        return
    known = next((sentence for sentence, wrong in mistakes.items() if _equal(got, wrong)), None)
    sentence = known or agreeing(_unequal_sentence(got, expected, name), name)
    raise CheckFailed(sentence, f"expected {expected!r}\ngot      {got!r}")


def check_length(items, length: int, name: str = "your result", *, numbers: bool = False) -> list:
    """Check that `items` is a tuple or a list of this length, and give its items as a list of exactly so many.

    numbers: an array will do, too, with `length` along its first axis.
    A loop over what comes back has `length` rounds. One over an object that only claims a length may have none, and a
    check that compared nothing has not held.  Raises CheckFailed.
    """
    if items is None:
        raise CheckFailed(agreeing(f"{name} is missing: is there a `return`?", name))
    if not (isinstance(items, tuple | list) or (numbers and isinstance(items, np.ndarray) and items.ndim)):
        raise CheckFailed(f"{name} should be a tuple or a list", f"got {type(items).__name__}")
    found = list(items)
    if not len(found) == len(items) == length:
        facts = f"expected {length} items, got {len(found)}"
        raise CheckFailed(f"{name} should have {length} items: it has {len(found)}", facts)
    return found


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

    An unfinished function (NotImplementedError) passes on its own exception, and so does a rule that it breaks.
    Raises CheckFailed.
    """
    try:
        function(*args)
    except (NotImplementedError, CheckFailed):
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

    An unimplemented or constant function cannot pass: some measured slope must differ from zero.
    Raises CheckFailed; ValueError if a mistake has the right value.
    """
    x = np.asarray(x, dtype=np.float64)
    claimed = _as_numbers(gradient(x.copy()), x, name)
    if claimed.shape != x.shape:
        raise CheckFailed(
            agreeing(_shape_sentence(claimed, x, name), name), f"expected shape {x.shape}, got shape {claimed.shape}"
        )
    report = gradient_report(f, claimed, x, tolerance=tolerance)
    if not report.reacts:
        raise CheckFailed("every measured slope is zero here: does the function use its input?", str(report))
    atol = tolerance * report.floor
    if not report.passed:
        check_close(claimed, report.numerical, mistakes=mistakes, rtol=tolerance, atol=atol, name=name, nan=True)
        raise CheckFailed(agreeing(f"{name} differs from the measured slope", name), str(report))
    _real_mistakes(mistakes, report.numerical, lambda a, b: _close(np.asarray(a), b, rtol=tolerance, atol=atol))


# What may stand where a bool, an int, a float is expected. Complex numbers never.
_KINDS = {"b": "b", "i": "iu", "u": "iu", "f": "iuf"}
_KIND_NAMES = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats", "c": "complex numbers"}


def _as_numbers(got, expected: np.ndarray, name: str) -> np.ndarray:
    """`got` as an array of numbers, or a CheckFailed that says why it is none."""
    if got is None:
        raise CheckFailed(agreeing(f"{name} is None: is the `return` missing?", name))
    if not isinstance(got, np.ndarray | np.generic | bool | int | float | complex):
        wanted = f"a NumPy array with shape {expected.shape}" if expected.ndim else "a single number"
        raise CheckFailed(f"{name} should be {wanted}, got {type(got).__name__}")
    numbers = np.asarray(got)
    if numbers.dtype.kind not in _KIND_NAMES:
        raise CheckFailed(f"{name} should hold numbers, got an array with dtype {numbers.dtype}")
    return numbers


def _real_mistakes(mistakes: Mapping[str, object] | None, expected, same: Callable) -> dict:
    """The catalog of mistakes, or a ValueError if one of them has the right value."""
    for sentence, wrong in (mistakes or {}).items():
        if same(wrong, expected):
            raise ValueError(f"the mistake {sentence!r} leads to the right answer here: choose another input")
    return dict(mistakes or {})


def _equal(a, b) -> bool:
    """Same type and same value. Values whose == is no single truth value (arrays inside) are not equal."""
    try:
        return type(a) is type(b) and bool(a == b)
    except ValueError:
        return False


_ORDINALS = ("first", "second", "third", "fourth", "fifth")


def _unequal_sentence(got, expected, name: str) -> str:
    """What to say of a plain value that is another one: for a number, in which direction."""
    if type(got) is not type(expected):
        return f"{name} should be of type {type(expected).__name__}, got {type(got).__name__}"
    if type(expected) in (int, float) and (got > expected or got < expected):
        return f"{name} is too {'large' if got > expected else 'small'}"
    if isinstance(expected, tuple | list) and len(got) == len(expected) <= len(_ORDINALS):
        number, mine, right = next(x for x in zip(_ORDINALS, got, expected, strict=False) if not _equal(*x[1:]))
        if type(mine) is type(right) and type(right) in (int, float):
            return f"{name}: {_unequal_sentence(mine, right, f'the {number} of these')}"
    return f"{name} is not what the exercise asks for"


def _close(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> bool:
    if a.shape != b.shape or a.dtype.kind not in _KIND_NAMES or b.dtype.kind not in _KIND_NAMES:
        return False
    return bool(_agree(a, b, rtol, atol).all())


def _agree(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    with np.errstate(over="ignore"):  # a difference beyond the largest float is a difference
        return np.asarray(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def _shape_sentence(got: np.ndarray, expected: np.ndarray, name: str) -> str:
    if got.shape == expected.shape[::-1]:
        return f"{name} is transposed: rows and columns are exchanged"
    if got.ndim == 0:
        return f"{name} is a single number where an array is expected: did a sum run over every axis?"
    if expected.ndim == 1 and got.size == expected.size:
        return f"{name} has shape {got.shape}, not {expected.shape}: a column or row is no flat vector"
    if expected.ndim == 0 and got.size == 1:
        return f"{name} is an array with shape {got.shape}: a single number is asked for"
    if _without_ones(got.shape) == _without_ones(expected.shape) and got.ndim < expected.ndim:
        return f"{name} has shape {got.shape}, not {expected.shape}: an axis of length 1 has been dropped"
    if got.ndim == 2 and got.shape == expected.shape * 2:
        return f"{name} has shape {got.shape}: a column met a flat vector, and they broadcast to a table"
    extra = next(
        (axis for axis in range(got.ndim) if np.delete(got.shape, axis).tolist() == list(expected.shape)), None
    )
    if extra is not None:
        return f"{name} has shape {got.shape}, not {expected.shape}: is a sum or a mean over axis {extra} missing?"
    return f"{name} has the wrong shape: expected {expected.shape}, got {got.shape}"


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def _value_sentence(
    got: np.ndarray, expected: np.ndarray, wrong: np.ndarray, same: Callable, name: str, about: str
) -> str:
    """The most telling thing to say about values that are wrong in a way no catalog lists."""
    strange = ~np.isfinite(got) & wrong
    if strange.any():
        kind = "nan" if np.isnan(got[strange]).any() else "infinite"
        return f"{_count(strange, name)} {kind}: look for an overflow, a log of 0 or a division by 0"
    if got.ndim == 2 and same(got.T, expected):
        return f"{name} is transposed: rows and columns are exchanged"
    if got.dtype.kind in "iuf" and expected.dtype.kind in "iuf":
        ratio = _common_ratio(got, expected, same)
        if ratio == -1:
            return f"the sign of {name} is flipped"
        if ratio is not None and ratio > 1:
            return f"{name} is {ratio:.4g} times too large: is a factor missing, a mean perhaps?"
        if ratio is not None and ratio > 0:
            return f"{name} is {1 / ratio:.4g} times too small: is there a factor too many?"
        if np.isfinite(got).all() and np.isfinite(expected).all():
            sentence = diagnosis(got, expected, wrong, same, name, about)
            if sentence:
                return sentence
    return f"{_count(wrong, name)} wrong{about and f': {about}'}"


def _count(mask: np.ndarray, name: str) -> str:
    """The subject of a sentence about the entries in `mask`, with its verb."""
    count = int(mask.sum())
    if mask.ndim == 0:
        return f"{name} is"
    return f"{count} of {mask.size} entries of {name} {'is' if count == 1 else 'are'}"


def _common_ratio(got: np.ndarray, expected: np.ndarray, same: Callable) -> float | None:
    """r if got = r · expected, and r is a percent off 1 at least. Nonzero entries of one size show no pattern.

    To a part in a thousand, however much the check allows: a factor is said with four digits.
    """
    if len(np.unique(np.abs(expected[expected != 0]))) < 2 or not (
        np.isfinite(got).all() and np.isfinite(expected).all()
    ):
        return None
    largest = np.unravel_index(np.argmax(np.abs(expected)), expected.shape)
    with np.errstate(over="ignore"):  # what goes beyond the largest float agrees with nothing
        ratio = float(got[largest]) / float(expected[largest])
        if ratio == 0 or abs(ratio - 1) < 0.01 or not same(got / ratio, expected):
            return None
        if not np.allclose(got / ratio, expected, rtol=0, atol=1e-3 * float(np.abs(expected[largest]))):
            return None
        return -1.0 if same(got, -1.0 * expected) else ratio


def _facts(got: np.ndarray, expected: np.ndarray, wrong: np.ndarray) -> str:
    """Where the difference is largest, with both values."""
    if got.ndim == 0:
        return f"expected {expected[()]}, got {got[()]}"
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(got.astype(float) - expected.astype(float))
    # A NaN among the wrong entries counts as the largest difference, an entry that agrees as none.
    gap = np.where(wrong, np.nan_to_num(gap, nan=np.inf), -1.0)
    worst = np.unravel_index(np.argmax(gap), gap.shape)
    where = ", ".join(str(int(i)) for i in worst)
    return f"largest difference at [{where}]: expected {expected[worst]}, got {got[worst]}"
