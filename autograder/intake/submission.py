"""Reads a submission: an upload → its notebooks put in order, or one sentence why not."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from importlib.machinery import PathFinder
from pathlib import PurePosixPath
from sys import stdlib_module_names

from autograder.assignment import Assignment, SourceNotebook
from autograder.errors import UserError
from autograder.inside.cut import cut
from autograder.intake.notebook import RawCell, Unreadable, parse_notebook
from autograder.intake.restore import SubmittedNotebook, count_known, restore
from autograder.intake.upload import LARGEST_FILE, LARGEST_UPLOAD, Upload, is_notebook
from nnkit.variant import FILE, normalized


def read_submission(upload: Upload, assignment: Assignment) -> list[SubmittedNotebook]:
    """One SubmittedNotebook for each notebook of the assignment, whatever was handed in."""
    notes = (*upload.notes, *_shadows(upload, assignment), *_claims(upload, assignment))
    read = (_read_notebook(upload, source, assignment) for source in assignment.notebooks)
    return [replace(notebook, notes=(*notes, *notebook.notes)) for notebook in read]


def files_beside(upload: Upload, assignment: Assignment) -> dict[str, bytes]:
    """The files beside the notebooks by their path in the folder: the student's, then the instructor's over them."""
    own = {path: data for path, data in upload.files.items() if not is_notebook(path)}
    return own | {path: file.read_bytes() for path, file in assignment.files.items()}


def require_room(assignment: Assignment) -> None:
    """Raises UserError if the instructor's own files are more than what may lie beside a notebook."""
    sizes = {name: path.stat().st_size for name, path in assignment.files.items()}
    largest, total = max(sizes, key=lambda name: sizes[name], default=""), sum(sizes.values())
    if sizes and (sizes[largest] > LARGEST_FILE or total > LARGEST_UPLOAD):
        raise UserError(
            f"expected files of at most {LARGEST_FILE // 10**6} MB beside the notebooks of {assignment.name}, "
            f"{LARGEST_UPLOAD // 10**6} MB together, got {total / 10**6:.0f} MB; the largest is {largest!r}"
        )


def _claims(upload: Upload, assignment: Assignment) -> Iterator[str]:
    """That somebody computed with the numbers of another one."""
    if FILE in assignment.files and FILE in upload.files:
        said = upload.files[FILE].decode("utf-8", "replace")
        true = assignment.files[FILE].read_text(encoding="utf-8")
        if normalized(said) != normalized(true):
            yield f"{FILE} says {cut(said.strip(), 80)!r}: graded with the numbers of {true!r}"


def _read_notebook(upload: Upload, source: SourceNotebook, assignment: Assignment) -> SubmittedNotebook:
    """The notebook of the right name; failing that, the one that has most of the cells."""
    wanted = f"{source.name}.ipynb"
    problems: list[str] = []
    named = sorted((p for p in upload.notebooks if _base(p) == wanted), key=lambda path: path.count("/"))
    for path, cells, remarks in _parsed(upload, named, problems):
        return restore(source, cells, _elsewhere(path, wanted, problems) + remarks)
    taken = {f"{notebook.name}.ipynb" for notebook in assignment.notebooks}
    others = [path for path in upload.notebooks if _base(path) not in taken]
    read = list(_parsed(upload, others, problems))
    if len(others) > 1 or len(assignment.notebooks) > 1:
        read = [found for found in read if count_known(source, found[1])]
    if read:
        path, cells, remarks = max(read, key=lambda found: _likeness(source, found[0], found[1]))
        return restore(source, cells, _elsewhere(path, wanted, problems) + remarks)
    return SubmittedNotebook(source.name, problem=problems[0] if problems else _nothing(upload, wanted))


def _parsed(upload: Upload, paths: list[str], problems: list[str]) -> Iterator[tuple[str, list[RawCell], list[str]]]:
    """The notebooks among some files, one by one; `problems` collects why the others are none."""
    for path in paths:
        try:
            yield path, *parse_notebook(upload.files[path])
        except Unreadable as error:
            problems.append(str(error))


def _likeness(source: SourceNotebook, path: str, cells: list[RawCell]) -> tuple[int, float, str]:
    return count_known(source, cells), SequenceMatcher(None, source.name, _base(path)).ratio(), path


def _elsewhere(path: str, wanted: str, problems: list[str]) -> list[str]:
    if path == wanted:
        return []
    reason = problems[0] if problems else "it was not handed in"
    return [f"{path!r} was read in the place of {wanted}: {reason}"]


def _nothing(upload: Upload, wanted: str) -> str:
    found = sorted(upload.files)[:5]
    return f"no file named {wanted} was handed in" + (f", only {', '.join(map(repr, found))}" if found else "")


def _base(path: str) -> str:
    return PurePosixPath(path).name


def _shadows(upload: Upload, assignment: Assignment) -> Iterator[str]:
    """Files that bear the name of a library and would be imported in its place by a Python started beside them."""
    for path in sorted(set(upload.files) - set(assignment.files)):
        name = path.partition("/")[0].removesuffix(".py")
        if path.endswith(".py") and (name in stdlib_module_names or PathFinder.find_spec(name)):
            yield f"{path!r} has the name of a library; the library is used"
