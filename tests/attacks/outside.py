"""What lies outside of the sandbox, and whether it is still as it was."""

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

# Where a mark could be left by somebody who got out.
SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/etc/cron.d", "/var/spool/cron")
LIBRARIES = ("IPython", "matplotlib", "nbformat", "msgpack", "numpy", "numpy/testing", "ipykernel")


def state(course: Path, home: Path, project: Path) -> dict[str, str]:
    """Path → digest of what no submission may change: the course but for what grading writes, home, and code."""
    site = Path(sysconfig.get_path("purelib"))
    folders = [course / name for name in ("source", "release", "submitted")]
    folders += [home, project / "nnkit", project / "autograder"]
    files = [file for folder in folders for file in _files(folder)]
    files += [course / "nbgrader_config.py", course / "notes.txt"]
    files += [file for library in LIBRARIES for file in (site / library).glob("*.py")]
    files += [file for folder in (site, Path(sys.prefix)) for file in folder.glob("*") if file.is_file()]
    return {str(file): _digest(file) for file in files}


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The paths that came, went, or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def named(mark: str, *folders: Path) -> list[Path]:
    """Every file outside of the sandbox whose name holds the mark."""
    places = [*map(Path, SHARED), *folders, Path(sysconfig.get_path("purelib")), Path(sys.prefix)]
    found = [path for place in places for path in _walk(place) if mark in path.name]
    return found + [path for place in ("/", "/etc", "/root", "/home") for path in Path(place).glob(f"*{mark}*")]


def _files(folder: Path) -> Iterator[Path]:
    """Files and links; not what Python and its libraries keep for themselves."""
    for path in _walk(folder):
        if not {"__pycache__", ".cache", ".ipython", ".jupyter", ".local"} & set(path.parts[len(folder.parts) :]):
            yield path


def _walk(folder: Path) -> Iterator[Path]:
    for where, _, names in os.walk(folder):
        for name in names:
            yield Path(where, name)


def _digest(path: Path) -> str:
    """Links and pipes count by what they are; the content of huge files by its beginning and their size."""
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    if not path.is_file():
        return "no file"
    with path.open("rb") as file:
        return hashlib.sha256(file.read(2**24)).hexdigest() + f" {path.stat().st_size}"
