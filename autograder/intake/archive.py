"""ZIP archives that nobody has looked at: what is in them, as paths that lead nowhere else and bytes on demand."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import UserError

IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store"}
MOST_MEMBERS = 50_000  # of a whole class
LARGEST_UNPACKED, LARGEST_RATIO = 10**9, 100  # bytes that need no look; above, how many times the size of the archive
LONGEST_NAME, LONGEST_PATH, MOST_LEVELS = 255, 1000, 20  # bytes, bytes, folders: any disk can hold these


@dataclass(frozen=True)
class Member:
    """A file of an archive or a folder. path: inside it, with /.  size: in bytes; `read` never gives more."""

    path: str
    size: int
    read: Callable[[], bytes]


def path_of(member: zipfile.ZipInfo) -> str:
    return member.filename.replace("\\", "/").encode("utf-8", "replace").decode()


def against(member: zipfile.ZipInfo) -> str:
    """Why a member of an archive is left aside; "" if nothing is wrong with it."""
    path = PurePosixPath(path_of(member))
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "its path leads out of the archive"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link"
    return against_path(str(path))


def against_path(path: str) -> str:
    names = path.split("/")
    long = max(len(name.encode()) for name in names) > LONGEST_NAME or len(path.encode()) > LONGEST_PATH
    return "its name is too long" if long or len(names) > MOST_LEVELS else ""


def passed_over(path: str) -> bool:
    """Folders, and what file managers and Jupyter leave behind."""
    return path.endswith("/") or bool(IGNORED.intersection(PurePosixPath(path).parts))


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP archive of a whole class.

    Raises UserError for what is none, and for one that holds too many files, or unpacks to far more than its size.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size, unpacked = path.stat().st_size, sum(member.file_size for member in archive.infolist())
            if len(archive.infolist()) > MOST_MEMBERS:
                raise UserError(f"{path}: expected at most {MOST_MEMBERS} files, got {len(archive.infolist())}")
            if unpacked > max(LARGEST_UNPACKED, LARGEST_RATIO * size):
                raise UserError(
                    f"{path}: it would unpack to {unpacked / 1e9:.1f} GB, more than {LARGEST_RATIO} times its size"
                )
            yield archive
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UserError(f"{path} is no ZIP archive that can be read ({type(error).__name__}: {error})") from error


def members(archive: zipfile.ZipFile, refuse: Callable[[str, str], None]) -> Iterator[Member]:
    """The files of an archive. refuse: told the name of what is not among them, and why."""
    seen: set[str] = set()
    for info in archive.infolist():
        path = path_of(info)
        if passed_over(path):
            continue
        path = str(PurePosixPath(path))
        if reason := against(info) or ("another file has the same name" if path.casefold() in seen else ""):
            refuse(path, reason)
        elif info.flag_bits & 1:
            refuse(path, "it is encrypted")
        else:
            seen.add(path.casefold())
            yield Member(path, info.file_size, lambda info=info: _read(archive, info))  # type: ignore[misc]


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        return file.read(info.file_size)  # file_size is the archive's own claim; not a byte more is unpacked
