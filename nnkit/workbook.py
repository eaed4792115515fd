"""What you wrote in an earlier chapter, at work in a later one; and nnkit's version, as long as yours is not ready.

    WHOSE = "mine"  # or "nnkit"
    forward = mine("forward", chapter="06_mlp_forward", otherwise=mlp_forward, use=WHOSE)

Your notebook is read as it was last saved, from the folder beside the present chapter's. Its given cells and its
exercise cells, up to the one that defines the name, run in a namespace of their own; nothing else of it runs.

No grade depends on this: submissions are graded one notebook at a time.
"""

import ast
import io
import json
import linecache
import re
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from pathlib import Path

from nnkit.notebook.sentences import STUB
from nnkit.testing import CheckFailed, check_close, check_equal


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
    another result than `otherwise`: numbers and arrays, in tuples, lists or dicts, agree to five digits.

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
                _try(chosen, try_on, expected)
            why = ""
        except _NotReady as reason:
            chosen, why = otherwise, str(reason)
    print(f"{name}: nnkit's, {why}" if why else f"{name}: yours, from {Path(chapter).stem}")
    return chosen


class _NotReady(Exception):
    """Why the student's function cannot be used, as the end of the sentence "nnkit's, …"."""


def _notebook(chapter: str | Path) -> list[dict]:
    """The code cells of the student's notebook that have an nbgrader id."""
    path = Path(chapter)
    if path.suffix != ".ipynb":
        path = Path("..", path, f"{path}.ipynb")
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        return [cell for cell in cells if cell["cell_type"] == "code" and "grade_id" in _nbgrader(cell)]
    except OSError:
        raise _NotReady(f"because there is no notebook {path}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _NotReady(f"because {path} cannot be read as a notebook") from None


def _defined_by_student(name: str, cells: list[dict]):
    """What `name` means after the given cells and the exercises up to the one that defines it."""
    namespace = {"__name__": "__main__"}
    for cell in cells:
        source, flags = "".join(cell["source"]), _nbgrader(cell)
        wanted = re.search(rf"^(def|class) {name}\b", source, re.MULTILINE)
        if flags.get("grade") or not (flags.get("solution") or flags.get("locked")):
            continue
        try:
            _run(source, f"<{flags['grade_id']}>", namespace)
        except Exception as error:
            # Another exercise may wait; the one we came for may not, nor may the cells it stands on.
            if wanted or flags.get("locked"):
                raise _NotReady(_failure(error)) from None
        if wanted and flags.get("solution"):
            if _is_stub(source):
                raise _NotReady("because yours is unfinished")
            return namespace[name]
    raise _NotReady("because your notebook has no exercise that defines it")


def _run(source: str, filename: str, namespace: dict) -> None:
    """Run one cell without its printed words. Its lines are kept for tracebacks."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    with redirect_stdout(io.StringIO()):
        exec(compile(source, filename, "exec"), namespace)


def _is_stub(source: str) -> bool:
    """Whether some function of the cell still comes to the line that stood for its answer."""
    return any(_comes_to_stub(node.body) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))


def _comes_to_stub(body: list[ast.stmt]) -> bool:
    ends = (node for node in body if isinstance(node, ast.Return | ast.Raise))
    end = next(ends, None)
    return end is not None and ast.unparse(end) == STUB


def _try(function: Callable, arguments: tuple, expected) -> None:
    try:
        with redirect_stdout(io.StringIO()):
            got = function(*deepcopy(arguments))
    except Exception as error:
        raise _NotReady(_failure(error)) from None
    try:
        _compare(got, expected)
    except CheckFailed as difference:
        raise _NotReady(f"because yours gives another result on a trial: {difference.sentence}") from None


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


def _failure(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, NotImplementedError) and frames[-1].line == STUB:  # another one is an answer, too
        return "because yours is unfinished"
    return f"because yours raised {type(error).__name__}: {error}".rstrip(": ")


def _nbgrader(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})
