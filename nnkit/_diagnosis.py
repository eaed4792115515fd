"""What wrong numbers say of themselves: a phrase for a slip that shows in the values, whatever the exercise.

Private, for `nnkit.testing`. Each phrase holds for the numbers at hand and gives no expected value away.
"""

from collections.abc import Callable, Iterator

import numpy as np

Same = Callable[[np.ndarray, np.ndarray], bool]
NEARLY = 1e-4
"""Off by a smaller part than this everywhere: the idea is right, the precision is not."""


SEVERAL = 4
"""So many rows or entries tell an edge from any other place."""


def diagnosis(got: np.ndarray, expected: np.ndarray, wrong: np.ndarray, same: Same, name: str, about: str = "") -> str:
    """A sentence about finite numbers of the right shape, some of which are wrong; "" if they say nothing.

    wrong: which ones, a mask.  same: whether two arrays agree, by the tolerance of the check.  name: of `got`.
    about: what the check has to say of this case. It says more than where wrong numbers stand, and than our questions.
    """
    if "c" in got.dtype.kind + expected.dtype.kind or got.dtype.kind == "b" or not wrong.any():
        return ""
    got, expected = got.astype(float), expected.astype(float)
    finders = (_of_every_number, _of_places) if got.ndim and not about else (_of_every_number,)
    with np.errstate(all="ignore"):  # a number may be as large as they come
        found = (each for find in finders for each in find(got, expected, wrong, same, name))
        fact, question = next(found, ("", ""))
    more = about or question
    return f"{fact}: {more}" if fact and more else fact


def _of_every_number(got, expected, wrong, same: Same, name: str) -> Iterator[tuple[str, str]]:
    """Facts and the questions that they raise, or other advice."""
    if not got.any():  # first: what is small is 0 rounded, cut, or without its negative numbers, too
        yield f"{name} is all zeros", "is something never filled in, multiplied by 0, or cut to whole numbers?"
    if same(got, np.trunc(expected)):
        yield f"{name} is cut to whole numbers", "is there an array of integers, or an int(), on the way?"
    for digits in range(1, 8):
        if np.allclose(got, np.round(expected, digits), rtol=0, atol=1e-13):
            yield f"{name} is rounded to {digits} digits", "return what you computed, unrounded"
    if same(got, -expected):
        yield f"the sign of {name} is flipped", ""
    if same(got, np.abs(expected)):
        yield f"{name} has lost its minus signs", "is there an absolute value too much?"
    if same(got, np.maximum(expected, 0)):
        yield f"{name} is 0 where it should be negative", "is something cut off at 0?"
    if len(np.unique(got)) > 1:  # of a single number too much would be a power, or one over it
        if same(got, expected**2):
            yield f"{name} is the square of what is asked for", "is there a square too much, or a root missing?"
        if same(got**2, expected):
            yield f"{name} is the root of what is asked for", "is there a root too much, or a square missing?"
        if same(got * expected, np.ones_like(got)):
            yield f"{name} is one over what is asked for", "is there a division for a product, or the other way round?"
    for table, right, what in ((got, expected, "row"), (got.T, expected.T, "column")):
        if got.ndim == 2 and _have_own_factors(table, right, same):
            yield f"each {what} of {name} is off by a factor of its own", "by what is it divided?"
    part = (np.abs(got - expected)[wrong] / np.abs(expected)[wrong]).max()
    if 0 < part < NEARLY:
        yield (
            f"{name} is nearly right, but off by one part in {10 ** round(-np.log10(part)):,}",
            "is something measured by differences, computed in single precision, rounded, or a small number added?",
        )


def _of_places(got, expected, wrong, same: Same, name: str) -> Iterator[tuple[str, str]]:
    rows = ("row", "column") if got.ndim == 2 else ("entry",)
    for axis, what in enumerate(rows[: got.ndim]):
        along = np.moveaxis(wrong, axis, 0)
        # Of few the last one is wrong by chance as often as by a loop.
        ends, starts = ("does a loop or a slice end too early?", "does a loop or a slice start too late?")
        if len(along) < SEVERAL:
            ends = starts = "all others are right"
        if len(along) > 1 and along[-1].any() and not along[:-1].any():
            yield f"only the last {what} of {name} is wrong", ends
        if len(along) > 1 and along[0].any() and not along[1:].any():
            yield f"only the first {what} of {name} is wrong", starts
    if got.ndim == 2 and _are_alike(got, same) and not _are_alike(expected, same):
        yield f"all rows of {name} are the same", "does it look at one example only?"
    if np.ptp(got) == 0 and np.ptp(expected) > 0:
        yield f"all entries of {name} are the same number", "is there a sum or a mean too much?"
    if got.size > 2 and same(np.sort(got, axis=None), np.sort(expected, axis=None)):
        yield f"{name} holds the right values in another order", ""
    if got.size > 2 and same(got - got.flat[0], expected - expected.flat[0]):
        yield f"every entry of {name} is off by the same amount", "is a constant missing, or one too many?"
    if got.size > 2 and np.count_nonzero(wrong) == 1:
        yield f"only one entry of {name} is wrong", "what is special about its input?"
    if np.array_equal(wrong, expected < 0) and not wrong.all():
        yield f"{name} is wrong only where it should be negative", ""
    if np.array_equal(wrong, expected == 0) and not wrong.all():
        yield f"{name} is wrong only where it should be 0", ""


def _have_own_factors(table: np.ndarray, right: np.ndarray, same: Same) -> bool:
    """Whether the rows of a table are multiples of the right ones, each by another factor."""
    if len(table) < 2 or (np.count_nonzero(right, axis=1) < 2).any():
        return False
    factors = (table * right).sum(axis=1) / (right**2).sum(axis=1)
    return bool(np.unique(factors.round(6)).size > 1 and factors.all() and same(table, factors[:, np.newaxis] * right))


def _are_alike(table: np.ndarray, same: Same) -> bool:
    """Whether all rows of a table are the same, and there are several."""
    return len(table) > 1 and same(table, np.broadcast_to(table[:1], table.shape))
