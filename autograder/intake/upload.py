"""Reads what a student handed in: an untrusted folder → its files in memory. No link and no archive leads elsewhere."""

import codecs
import errno
import io
import os
import stat
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from dateutil import parser, tz

from autograder.intake.archive import IGNORED, against, against_path, passed_over, path_of

# What is more is left aside, and a note says so. A worker has room for all of it: file_size and disk in `Limits`,
# MAX_FRAME on the way there.
LARGEST_FILE = 100_000_000  # bytes; nbgrader's own limit for a submitted file
LARGEST_UPLOAD = 200_000_000  # bytes, of all files together, the instructor's among them
MOST_FILES = 1000
MOST_ENTRIES = 20 * MOST_FILES  # files and folders that are looked at
MOST_NOTES = 20
_TIMESTAMP = "timestamp.txt"
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass
class Upload:
    """What was handed in, read once: the files by their path inside the folder (with /).

    notes: what was refused, in sentences.  timestamp: the text of the file that says when it came.
    given: path → size of the instructor's files; what the student has under their names is not read.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    timestamp: str = ""
    given: dict[str, int] = field(default_factory=dict)

    @property
    def submitted_at(self) -> datetime | None:
        """When it came, UTC and naive, as nbgrader reads it. None if it does not say."""
        try:
            return _utc(self.timestamp)
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

    def takes(self, path: str, size: int) -> bool:
        """Whether a file of that name and so many bytes is taken in; a note says why not."""
        reason = self._against_size(size) or against_path(path) or self._against_place(path)
        if reason:
            self.refuse(path, reason)
        return not reason

    def _against_size(self, size: int) -> str:
        if len(self.files) >= MOST_FILES:
            return f"more than {MOST_FILES} files"
        if size > LARGEST_FILE:
            return f"larger than {LARGEST_FILE // 10**6} MB"
        if sum(map(len, self.files.values())) + sum(self.given.values()) + size > LARGEST_UPLOAD:
            return f"the files are larger than {LARGEST_UPLOAD // 10**6} MB together"
        return ""

    def _against_place(self, path: str) -> str:
        """An archive, and student and instructor together, may have `a` and `a/b`; a folder of files cannot."""
        others = self.files.keys() | self.given.keys()
        if path in self.files:
            return "another file has the same name"
        if any(str(parent) in others for parent in PurePosixPath(path).parents):
            return "a file has the name of its folder"
        if any(other.startswith(f"{path}/") for other in others):
            return "a folder has the same name"
        return ""


def read_upload(folder: Path, given: Mapping[str, Path] | None = None) -> Upload:
    """The files in a folder; of a ZIP archive the files in it, if no notebook lies beside it.

    given: the instructor's files by their path in the same folder.
    """
    upload = Upload(given={name: path.stat().st_size for name, path in (given or {}).items()})
    for path in files_in(folder, upload.refuse):
        _read_file(folder, path, upload)
    # One inside an archive is the student's own word.
    if _TIMESTAMP in upload.files:
        upload.timestamp = _decoded(upload.files[_TIMESTAMP][:200]).strip()
        if doubt := _doubt(upload):
            upload.notes.append(doubt)
    if not upload.notebooks:
        for name in [name for name in upload.files if name.lower().endswith(_ARCHIVES)]:
            _unpack(name, upload)
    return upload


def _decoded(data: bytes) -> str:
    """The text of a file that some editors begin with a byte-order mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _utc(text: str) -> datetime:
    """The time that a text states, as `nbgrader.utils.parse_utc` reads it; to load that takes half a second."""
    parts = text.split(" ")
    if len(parts) == 3:
        try:
            zone = int(parts[2])
        except ValueError:
            zone = tz.gettz(parts[2])
        time = parser.parse(f"{parts[0]} {parts[1]} TZ", tzinfos={"TZ": zone})
    else:
        time = parser.parse(text)
    offset = time.utcoffset()
    return time if offset is None else (time - offset).replace(tzinfo=None)


def _doubt(upload: Upload) -> str:
    """What is wrong with the time that a submission states; "" for nothing."""
    time, shown = upload.submitted_at, repr(_shown(upload.timestamp))
    if time is None:
        return f"{_TIMESTAMP} states no date that can be read, {shown}: it is not known whether the submission was late"
    *_, zone = upload.timestamp.split(" ")
    try:
        if upload.timestamp.count(" ") == 2 and not (zone == "UTC" or zone.lstrip("+-").isdigit()):
            ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        return f"{_TIMESTAMP} names a time zone that is not known, {shown}: it was read as {time} UTC"
    return ""


def is_notebook(name: str) -> bool:
    return ".ipynb" in PurePosixPath(name).name.lower()


def files_in(folder: Path, refuse: Callable[[str, str], None] = lambda path, reason: None) -> list[Path]:
    """The files in a folder that may be taken in, in the order in which they are, links and leftovers apart.

    refuse: told the path inside the folder of what is not among them, and why.
    """
    found = list(_walk(folder, refuse))
    # These first: they must not fall to a limit that other files have used up.
    return sorted(found, key=lambda path: (path != folder / _TIMESTAMP and not is_notebook(path.name), path))


def _walk(folder: Path, refuse: Callable[[str, str], None]) -> Iterator[Path]:
    """Level by level, since what is asked for lies on top, and notebooks first in each folder."""
    folders, room = deque([folder]), MOST_ENTRIES
    while folders:
        parent = folders.popleft()
        try:
            names = os.listdir(parent)
        except OSError as error:
            refuse(_inside(folder, parent), f"it cannot be opened ({error.strerror})")
            continue
        for name in sorted(names, key=lambda name: (not is_notebook(name), name)):
            if name in IGNORED or name.endswith(".pyc"):
                continue
            if not room:
                return refuse(_inside(folder, parent / name), f"more than {MOST_ENTRIES} files and folders")
            room -= 1
            path = parent / name
            if os.path.islink(path):  # as the next, never an error
                refuse(_inside(folder, path), "it is a link")
            elif os.path.isdir(path):
                folders.append(path)
            else:
                yield path


def _inside(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix().encode("utf-8", "replace").decode()


def _read_file(folder: Path, path: Path, upload: Upload) -> None:
    name = _inside(folder, path)
    if name in upload.given:
        return
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if upload.takes(name, size):
                upload.files[name] = file.read(size)
    except OSError as error:
        upload.refuse(name, f"it cannot be opened ({error.strerror})")


@contextmanager
def open_file(path: Path) -> Iterator[io.BufferedReader]:
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
    elif data.count(b"PK\x01\x02") > 2 * MOST_FILES:  # counted before an object is made for each
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
    path = str(PurePosixPath(path_of(member)))
    if passed_over(path_of(member)) or path in upload.given:
        return
    if reason := against(member):
        upload.refuse(member.filename, reason)
    elif upload.takes(path, member.file_size):
        with archive.open(member) as file:
            # file_size is the archive's own claim; not a byte more is unpacked.
            upload.files[path] = file.read(member.file_size)


def _shown(path: str) -> str:
    """A file name as it may stand in a sentence: printable, of one line, not too long."""
    return "".join(c if c.isprintable() else "?" for c in path[:100])
