"""Reads what a student handed in: an untrusted folder → its files in memory. No link and no archive leads elsewhere."""

import errno
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

LARGEST_FILE = 100_000_000  # bytes; nbgrader's own limit for a submitted file
LARGEST_UPLOAD = 200_000_000  # bytes, of all files together
MOST_FILES = 1000
MOST_NOTES = 20
_TIMESTAMP = "timestamp.txt"
_IGNORED = {".ipynb_checkpoints", "__pycache__", "__MACOSX", ".DS_Store"}
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass
class Upload:
    """What was handed in, read once: the files by their path inside the folder (with /).

    notes: what was refused, in sentences.  timestamp: the text of the file that says when it came.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    timestamp: str = ""

    @property
    def submitted_at(self) -> datetime | None:
        """When it came, UTC and naive, as nbgrader reads it. None if it does not say."""
        from nbgrader.utils import parse_utc

        try:
            return parse_utc(self.timestamp)
        # dateutil's answers to what is no date: ParserError, OverflowError, TypeError, …
        except (ValueError, ArithmeticError, TypeError, AttributeError):
            return None

    @property
    def notebooks(self) -> list[str]:
        """The paths of what may be notebooks. Browsers like to add an extension of their own: `a.ipynb.txt`."""
        return [path for path in self.files if is_notebook(path)]

    def refuse(self, path: str, reason: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(f"{_shown(path)} was left aside: {reason}")
        elif len(self.notes) == MOST_NOTES:
            self.notes.append("more files were left aside")

    def has_room(self, path: str, size: int) -> bool:
        """Whether a file of so many bytes may be taken in; a note says why not."""
        if len(self.files) >= MOST_FILES:
            self.refuse(path, f"more than {MOST_FILES} files")
        elif size > LARGEST_FILE:
            self.refuse(path, f"larger than {LARGEST_FILE // 10**6} MB")
        elif sum(map(len, self.files.values())) + size > LARGEST_UPLOAD:
            self.refuse(path, f"the files are larger than {LARGEST_UPLOAD // 10**6} MB together")
        else:
            return True
        return False


def read_upload(folder: Path) -> Upload:
    """The files in a folder; of a ZIP archive the files in it, if no notebook lies beside it."""
    upload = Upload()
    found = sorted(_regular_files(folder, upload))
    # These first: they must not fall to a limit that other files have used up.
    needed = [path for path in found if path == folder / _TIMESTAMP or is_notebook(path.name)]
    for path in dict.fromkeys((*needed, *found)):
        _read_file(folder, path, upload)
    # One inside an archive is the student's own word.
    upload.timestamp = upload.files.get(_TIMESTAMP, b"")[:100].decode("utf-8", "replace").strip()
    if not upload.notebooks:
        for name in [name for name in upload.files if name.lower().endswith(_ARCHIVES)]:
            _unpack(name, upload)
    return upload


def is_notebook(name: str) -> bool:
    return ".ipynb" in PurePosixPath(name).name.lower()


def _regular_files(folder: Path, upload: Upload) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED]
        for name in (*folders, *names):
            path = Path(parent, name)
            if path.is_symlink():
                upload.refuse(str(path.relative_to(folder)), "it is a link")
            elif name in names and name not in _IGNORED and not name.endswith(".pyc"):
                yield path


def _read_file(folder: Path, path: Path, upload: Upload) -> None:
    name = path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if upload.has_room(name, size):
                upload.files[name] = file.read(size)
    except OSError as error:
        upload.refuse(name, f"it cannot be opened ({error.strerror})")


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading. Raises OSError for a link, and for what is no file: a pipe would never end."""
    with open(os.open(path, os.O_RDONLY | _NO_LINKS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        yield file


def _unpack(name: str, upload: Upload) -> None:
    """Put the files of an archive beside it. Its members are read in memory; their paths are checked, never used."""
    data = upload.files[name]
    if not name.lower().endswith(".zip"):
        upload.refuse(name, "the only archives that are read are ZIP files")
    elif data.count(zipfile.stringCentralDir) > 2 * MOST_FILES:  # counted before an object is made for each
        upload.refuse(name, f"it holds more than {MOST_FILES} files")
    else:
        upload.notes.append(f"the files were read from the archive {_shown(name)}")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for member in archive.infolist():
                    _read_member(archive, member, upload)
        # A broken archive can raise anything: BadZipFile, zlib.error, struct.error, RuntimeError (encrypted), …
        except Exception as error:
            upload.refuse(name, f"the archive is damaged or encrypted ({type(error).__name__})")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, upload: Upload) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if member.is_dir() or _IGNORED.intersection(path.parts):
        return
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        upload.refuse(member.filename, "its path leads out of the archive")
    elif stat.S_ISLNK(member.external_attr >> 16):
        upload.refuse(member.filename, "it is a link")
    elif upload.has_room(member.filename, member.file_size):
        with archive.open(member) as file:
            # file_size is the archive's own claim; not a byte more is unpacked.
            content = file.read(member.file_size)
        upload.files.setdefault(path.as_posix().encode("utf-8", "replace").decode(), content)


def _shown(path: str) -> str:
    """A file name as it may stand in a sentence: printable, of one line, not too long."""
    return "".join(c if c.isprintable() else "?" for c in path[:100])
