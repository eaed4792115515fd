"""What the grade of a submission depends on, as a short text. Where it has not changed nothing is graded again.

BATCH-SUBMISSION: a digest of the assignment and its files, the instructor's solution, the settings, what lateness
costs, and the grader, its own code and the libraries that it stands on, so that a mended grader grades anew; and a
digest of what was handed in.
"""

import hashlib
import inspect
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from autograder.assignment import Assignment
from autograder.course import CONFIG_FILE, Course
from autograder.intake.upload import LARGEST_FILE, LARGEST_UPLOAD, MOST_FILES, files_in, open_file

PACKAGES = ("autograder", "nnkit")
CODE = "the code of autograder"
LIBRARIES = ("ipykernel", "ipython", "matplotlib", "nbgrader", "numpy", "scikit-learn", "scipy")


def join(batch: str, submission: str) -> str:
    return f"{batch}-{submission}"


def submission_of(fingerprint: str) -> str:
    return fingerprint.rpartition("-")[2]


def of_batch(assignment: Assignment, solution: Path | None, settings: Mapping[str, object]) -> str:
    """A digest of what all grades of a batch depend on.

    solution: the folder of the instructor's notebooks, if there is one.  settings: plain values.
    """
    solved = of_files(solution) if solution else None
    plain = json.dumps([asdict(assignment), solved, settings], sort_keys=True, default=_plain)
    digest = hashlib.sha256(of_grader() + hashlib.sha256(plain.encode()).digest())
    for name, path in sorted(assignment.files.items()):
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def of_files(folder: Path) -> str:
    """A digest of the files in a folder, a submission's for one.

    What intake does not take in is not read, for a file may claim any size, and there may be any number of them: of
    too large ones size and date count instead, of too many the names.
    """
    digest = hashlib.sha256()
    room = LARGEST_UPLOAD
    for number, path in enumerate(files_in(folder)):
        digest.update(f"{path.relative_to(folder)}\0".encode("utf-8", "surrogateescape"))
        if number >= MOST_FILES:
            continue
        try:
            with open_file(path) as file:
                status = os.fstat(file.fileno())
                if status.st_size <= min(LARGEST_FILE, room):
                    room -= status.st_size
                    digest.update(hashlib.file_digest(file, "sha256").digest())
                else:
                    digest.update(f"{status.st_size} bytes of {status.st_mtime_ns}\0".encode())
        except OSError as error:
            digest.update(f"{error.strerror}\0".encode())
    return digest.hexdigest()


def of_lateness(course: Course, due: datetime | None) -> str:
    """A digest of what lateness costs: the date, the plug-in that knows the price, its settings."""
    sections = {"AssignLatePenalties", "LateSubmissionPlugin"}
    digest = hashlib.sha256(f"{due}".encode())
    if "plugin_class" in course.config.get("AssignLatePenalties", {}):  # one of the course's own
        from nbgrader.preprocessors import AssignLatePenalties

        plugin = course.configured(AssignLatePenalties).plugin_class
        sections |= {kind.__name__ for kind in plugin.__mro__}
        with suppress(TypeError, OSError):  # of one that stands in the configuration itself there is no file
            digest.update(Path(inspect.getfile(plugin)).read_bytes())
        with suppress(OSError):
            digest.update((course.root / CONFIG_FILE).read_bytes())
    for name in sorted(sections):
        digest.update(f"{name} {sorted(course.config.get(name, {}).items())!r}\0".encode())
    return digest.hexdigest()


def of_machine(libraries: Iterable[str] = ()) -> dict[str, str]:
    """What grades depend on besides an assignment, by name and version: Python, the grader's code, its libraries and
    more of them.
    """
    versions = {library: _version(library) for library in sorted({*LIBRARIES, *libraries})}
    return {"Python": platform.python_version(), CODE: _of_code().hex()[:12], **versions}


def libraries_of(modules: Iterable[str]) -> set[str]:
    """The distributions that modules come from, Python's own and ours apart."""
    tops = {name.partition(".")[0] for name in modules} - {*PACKAGES, *sys.stdlib_module_names}
    known = packages_distributions()
    return {library for name in tops for library in known.get(name, ())}


@cache
def of_grader() -> bytes:
    """A digest of the grader: every module of its packages, the versions of its libraries, and of Python."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in LIBRARIES:
        digest.update(f"{library} {_version(library)}\0".encode())
    digest.update(_of_code())
    return digest.digest()


@cache
def _of_code() -> bytes:
    digest = hashlib.sha256()
    for package in PACKAGES:
        (folder,) = map(Path, import_module(package).__path__)
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"{package}/{path.relative_to(folder)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def _plain(value: frozenset | Path) -> list | str:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
