"""What you wrote in an earlier chapter, at work in a later one; and nnkit's version, as long as yours is not ready.

    WHOSE = "mine"  # or "nnkit"
    forward = mine("forward", chapter="06_mlp_forward", otherwise=mlp_forward, use=WHOSE)

Your notebook is read as it was last saved, from the folder beside the present chapter's. Its given cells and its
exercise cells, up to the one that defines the name, run in a namespace of their own; of all other cells the functions,
classes, imports and constants. Whatever they do, the chapter goes on: a loop without end is left after 20 seconds.

No grade depends on this: submissions are graded one notebook at a time.
"""

import functools
import io
import re
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from nnkit.notebook.saved import Role, SavedCell, TooLong, Unreadable, is_stub, read_cells, run, run_helpers, within
from nnkit.notebook.sentences import STUB
from nnkit.testing import CheckFailed, check_close, check_equal

SECONDS = 20
"""What the cells of a notebook may take, and a trial."""


def mine(
    name: str,
    *,
    chapter: str | Path,
    otherwise: Callable,
    use: str = "mine",
    try_on: tuple | None = None,
) -> Callable:
    """The student's own function `name`, or `otherwise`; one printed line says which, and why.

    name: a function (or class) that an exercise of the chapter defines.
    chapter: its name, for the notebook ../NAME/NAME.ipynb, or the path of a notebook.
    otherwise: what comes back if there is no such notebook or exercise, if it is unfinished, or if it fails.
    use: "mine", or "nnkit" to get `otherwise` without a look at the notebook.
    try_on: arguments for both, given as copies. The student's function is refused if it raises on them or returns
    another result than `otherwise`: numbers and arrays, in tuples, lists or dicts, agree to five digits. Lists, or
    tuples, where `otherwise` has the other or an array, are made what it has, then and in every later call.

    Raises ValueError for another `use`; whatever `otherwise` raises on `try_on`.
    """
    if use not in ("mine", "nnkit"):
        raise ValueError(f"expected use='mine' or use='nnkit', got {use!r}")
    chosen, why = otherwise, "as chosen"
    if use == "mine":
        expected = None if try_on is None else otherwise(*deepcopy(try_on))
        try:
            chosen = _defined_by_student(name, _notebook(chapter))
            if try_on is not None:
                chosen = _tried(chosen, try_on, expected)
            why = ""
        except _NotReady as reason:
            chosen, why = otherwise, f"because {reason}"
    print(f"{name}: nnkit's, {why}" if why else f"{name}: yours, from {Path(chapter).stem}")
    return chosen


class _NotReady(Exception):
    """Why the student's function cannot be used, as the end of the sentence "nnkit's, because …"."""


def _notebook(chapter: str | Path) -> list[SavedCell]:
    """The code cells of the student's notebook."""
    path = Path(chapter)
    if path.suffix != ".ipynb":
        path = Path("..", path, f"{path}.ipynb")
    try:
        return read_cells(path)
    except Unreadable as reason:
        raise _NotReady(str(reason)) from None


def _defined_by_student(name: str, cells: list[SavedCell]):
    """What `name` means after all cells up to the one that defines it."""
    namespace = {"__name__": "__main__"}
    running = ""

    def run_all() -> Any:
        nonlocal running
        for number, cell in enumerate(cells):
            running = cell.name or f"code cell {number + 1}"
            wanted = cell.role is Role.ANSWER and re.search(rf"^(def|class) {name}\b", cell.source, re.MULTILINE)
            if cell.role is Role.OWN:
                run_helpers(cell.source, f"<cell {number + 1}>", namespace)
            elif cell.role is not Role.CHECK:
                _run_in_order(cell, namespace, needed=bool(wanted) or cell.role is Role.GIVEN)
            if wanted:
                if is_stub(cell.source):
                    raise _NotReady("yours is unfinished")
                return namespace[name]
        raise _NotReady("your notebook has no exercise that defines it")

    return _in_time(run_all, lambda: f"your notebook is not done after {SECONDS} seconds, in {running}")


def _run_in_order(cell: SavedCell, namespace: dict, *, needed: bool) -> None:
    """Another exercise may wait; the one we came for may not, nor may the cells it stands on."""
    try:
        run(cell.source, f"<{cell.name}>", namespace)
    except (Exception, SystemExit) as error:
        if needed:
            raise _NotReady(_failure(error)) from None


def _tried(function: Callable, arguments: tuple, expected) -> Callable:
    """The function, if it gives what is expected, with its results in the form of that."""
    got = _in_time(
        lambda: _called(function, arguments), lambda: f"yours is not done after {SECONDS} seconds on a trial"
    )
    try:
        _compare(_like(got, expected), expected)
    except CheckFailed as difference:
        raise _NotReady(f"yours gives another result on a trial: {difference.sentence}") from None

    @functools.wraps(function)
    def in_form(*given, **named):
        return _like(function(*given, **named), expected)

    return in_form


def _called(function: Callable, arguments: tuple):
    try:
        return function(*deepcopy(arguments))
    except (Exception, SystemExit) as error:
        raise _NotReady(_failure(error)) from None


def _in_time(act: Callable[[], Any], late: Callable[[], str]):
    try:
        with redirect_stdout(io.StringIO()):
            return within(SECONDS, act)
    except TooLong:
        raise _NotReady(late()) from None


def _like(value, model):
    """The value in the form of the model: arrays, tuples and lists where that has them."""
    if isinstance(model, np.ndarray) and isinstance(value, list | tuple):
        try:
            return np.asarray(value, dtype=model.dtype)
        except (TypeError, ValueError):  # rows of different lengths
            return value
    if isinstance(model, list | tuple) and isinstance(value, list | tuple) and model:
        models = model if len(model) == len(value) else [model[0]] * len(value)
        return type(model)(_like(item, of) for item, of in zip(value, models, strict=True))
    if isinstance(model, dict) and isinstance(value, dict):
        return {key: _like(item, model.get(key)) for key, item in value.items()}
    return value


def _compare(got, expected) -> None:
    """CheckFailed if plain data differ."""
    if isinstance(expected, tuple | list):
        check_equal(type(got).__name__, type(expected).__name__, name="the type of the result")
        check_equal(len(got), len(expected), name="the length of the result")
        for one, other in zip(got, expected, strict=True):
            _compare(one, other)
    elif isinstance(expected, dict):
        check_equal(type(got).__name__, "dict", name="the type of the result")
        check_equal(sorted(got), sorted(expected), name="the keys of the result")
        for key in expected:
            _compare(got[key], expected[key])
    elif expected is None or isinstance(expected, str):
        check_equal(got, expected, name="the result")
    else:
        check_close(got, expected, rtol=1e-5, atol=1e-7, name="the result")


def _failure(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, NotImplementedError) and frames[-1].line == STUB:  # another one is an answer, too
        return "yours is unfinished"
    if isinstance(error, SystemExit):
        return "yours ends the program: leave out `exit()`"
    return f"yours raised {type(error).__name__}: {error}".rstrip(": ")
