"""Writes results for other programs. A format is one file of this folder, found by its name, which is the suffix.

Such a file holds `render(results) -> bytes`: what is written for the results of a class, one for each student.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from autograder.errors import UserError
from autograder.results import SubmissionResult

DEFAULT = "csv"


def formats() -> list[str]:
    """The formats that there are."""
    return sorted(module.name for module in iter_modules(__path__))


def write(results: Sequence[SubmissionResult], path: Path, *, form: str = "") -> Path:
    """Write results to a file, making its folder, and return its path.

    form: one of `formats()`; without it the suffix of the file says which, and a file without suffix gets the default.
    Raises UserError for a suffix that is none.
    """
    form = form or path.suffix.removeprefix(".").lower() or DEFAULT
    if form not in formats():
        raise UserError(f"expected a file that ends in .{' or .'.join(formats())}, got {path.name}")
    content = import_module(f"{__name__}.{form}").render(results)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
