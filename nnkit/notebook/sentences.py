"""Words for an exception that came out of a student's code: what stopped where, and which shapes met there."""

import re
import traceback
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import NamedTuple

import numpy as np

STUB = "raise NotImplementedError()"
PASSES = ": visible part passes"  # behind the name of an exercise
"""The line of a released exercise that stands where the answer is to be written."""
MOST_SHAPES = 4
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


class Step(NamedTuple):
    """A step of the way that an exception took through a student's code.

    function: where that was.  line: of code.  shapes: (name, shape) of the arrays that this line names.
    """

    function: str
    line: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()


def way(trace: TracebackType | None, belongs: Callable[[FrameType], bool]) -> list[Step]:
    """The steps through frames that belong to the student, the outermost first. Only the last one has shapes."""
    frames = [(frame, number) for frame, number in traceback.walk_tb(trace) if belongs(frame)]
    lines = traceback.StackSummary.extract(iter(frames))
    steps = [Step(_called(frame), line.line or "") for (frame, _), line in zip(frames, lines, strict=True)]
    if steps:
        steps[-1] = steps[-1]._replace(shapes=_shapes(steps[-1].line, frames[-1][0]))
    return steps


def unfinished(steps: Sequence[Step]) -> str:
    """What is said if the way ended where an answer is still to be written; "" if it did not."""
    if not steps or steps[-1].line != STUB:
        return ""
    missing = steps[-1].function
    callers = [step.function for step in steps[:-1] if not step.function.startswith("<")]
    calls = f"`{callers[-1]}` calls your `{missing}`, which" if callers else f"`{missing}`"
    return f"{calls} is not written yet"


def stopped(kind: str, steps: Sequence[Step], given: str = "") -> str:
    """What is said of any other exception.

    kind: its name.  steps: at least one.  given: what the first function was called with, see `described`.
    """
    first, last = steps[0], steps[-1]
    sentence = f"your `{first.function}` stopped with {with_article(kind)}"
    if given:
        sentence += f", given {given},"
    if last.line:
        sentence += f" in the line `{last.line}`"
    if last.function != first.function:
        sentence += f" of `{last.function}`"
    shapes = [f"{name} is {shape}" for name, shape in last.shapes]
    return f"{sentence}, where {' and '.join(shapes)}" if shapes else sentence


def with_article(kind: str) -> str:
    """The name of a class in a sentence. It may be any text, also none: a student's code chooses it."""
    return f"{'an' if re.match('[AEIOaeio]|Un', kind) else 'a'} {kind}"


def described(value) -> str:
    """What kind of value it is, in a few words that say nothing of the numbers in it."""
    if isinstance(value, np.ndarray):
        kinds = {"i": " of integers", "u": " of integers", "b": " of booleans"}
        return f"an array {value.shape}{kinds.get(value.dtype.kind, '')}"
    if isinstance(value, bool | np.bool_) or value is None:
        return "None" if value is None else "a truth value"
    if isinstance(value, int | float | complex | np.number):
        return "a number"
    if isinstance(value, list | tuple):
        return f"a {'list' if isinstance(value, list) else 'tuple'} of {len(value)}"
    if isinstance(value, str):
        return "a text"
    return "a function" if callable(value) else "an object"


def _called(frame: FrameType) -> str:
    """The name of a frame's function, with its class if it has one."""
    return frame.f_code.co_qualname.rpartition("<locals>.")[2]


def _shapes(line: str, frame: FrameType) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The arrays that a line names, with their shapes. No code of the student's is run to find out."""
    found: dict[str, tuple[int, ...]] = {}
    for dotted in _NAME.findall(line):
        name, *attributes = dotted.split(".")
        value = frame.f_locals.get(name, frame.f_globals.get(name))
        while attributes and not isinstance(value, np.ndarray):
            attribute = attributes.pop(0)
            held = getattr(value, "__dict__", None) if type(value).__module__ == "__main__" else None
            value, name = held.get(attribute) if isinstance(held, dict) else None, f"{name}.{attribute}"
        if isinstance(value, np.ndarray):
            found[name] = value.shape
    return tuple(found.items())[:MOST_SHAPES]
