"""Writes grades for other programs. A format is one file of this folder, found by its name.

Such a file holds `render(grades) -> bytes`, and `SUFFIX`, how names of its files end.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from autograder.errors import UserError
from autograder.out.grades import Grades

DEFAULT = "csv"


def formats() -> list[str]:
    """The formats that there are."""
    return sorted(module.name for module in iter_modules(__path__))


def suffix(form: str) -> str:
    """How names of files in a format end, with the dot. Raises UserError for a format that is none."""
    return f".{_module(form).SUFFIX}"


def write(grades: Grades, path: Path, *, form: str = "") -> Path:
    """Write grades to a file, making its folder, and return its path.

    form: one of `formats()`; without it the suffix of the file says which, and a file without suffix gets the default.
    Raises UserError for a format or a suffix that is none.
    """
    by_suffix = [each for each in formats() if suffix(each) == f".{each}"]
    named = path.suffix.removeprefix(".").lower() or DEFAULT
    if not form and named not in by_suffix:
        raise UserError(f"expected a file that ends in .{' or .'.join(by_suffix)}, got {path.name}")
    content = _module(form or named).render(grades)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _module(form: str):
    if form not in formats():
        raise UserError(f"unknown format {form!r}; there are: {', '.join(formats())}")
    return import_module(f"{__name__}.{form}")
