"""Where the things of a course are: any nbgrader course folder, its configuration read the way nbgrader reads it.

Nothing here loads nbgrader before it must: that takes two seconds, and what grading starts first needs paths only.
"""

import glob
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from numbers import Integral, Real
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from traitlets import TraitError
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from autograder.errors import UserError

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy.engine import URL

CONFIG_FILE = "nbgrader_config.py"
GRADEBOOK = "gradebook.db"
LAYOUT = {
    "directory_structure": "{nbgrader_step}/{student_id}/{assignment_id}",
    "source_directory": "source",
    "release_directory": "release",
    "submitted_directory": "submitted",
    "autograded_directory": "autograded",
    "feedback_directory": "feedback",
}
"""What nbgrader takes where `c.CourseDirectory` says nothing; a test compares it with nbgrader's own."""

_DB_URL = ("db_url", f"sqlite:///{GRADEBOOK}")
_SOUGHT, _ANY = "\0", "\1"  # stand for a name that is looked for, and for any other, in a path
Part = TypeVar("Part", bound=Configurable)
Numbers = TypeVar("Numbers")


class CourseError(UserError):
    """Something a course needs is not there or not right. The message says what, and what to do."""


def find_root(start: Path) -> Path:
    """The course folder that `start` lies in: the nearest one, itself or above, with an `nbgrader_config.py`.

    `start` itself if there is none.
    """
    start = Path(start).resolve()
    return next((folder for folder in (start, *start.parents) if (folder / CONFIG_FILE).is_file()), start)


@dataclass(frozen=True)
class Course:
    """A course folder and its nbgrader configuration."""

    root: Path
    config: Config

    @classmethod
    def open(cls, root: Path) -> "Course":
        """The course in a folder.

        Raises CourseError if it holds neither a readable `nbgrader_config.py` nor nbgrader's `gradebook.db`.
        """
        root = Path(root).resolve()
        config = Config()
        if (root / CONFIG_FILE).is_file():
            try:
                config = PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config()
            except Exception as error:
                raise CourseError(f"{root / CONFIG_FILE} does not load: {type(error).__name__}: {error}") from error
        elif not (root / GRADEBOOK).is_file():  # nbgrader needs no configuration; its defaults make a course, too
            raise CourseError(
                f"expected a course folder with an {CONFIG_FILE}, there is none in {root}: "
                "go to one, or to any folder below it, or name it with --course"
            )
        config.CourseDirectory.root = str(root)
        return cls(root, config)

    # Settings

    @property
    def directory(self) -> "CourseDirectory":
        """nbgrader's own view of the folder: a fresh one, since nbgrader changes it as it works."""
        from nbgrader.coursedir import CourseDirectory

        return self.configured(CourseDirectory)

    def configured(self, part: type[Part]) -> Part:
        """One of nbgrader's parts, set up as the course says. Raises CourseError for a value that does not fit."""
        try:
            return part(config=self.config)
        except (TraitError, ImportError) as error:
            raise CourseError(f"{CONFIG_FILE}: {error}") from error

    def numbers(self, kind: type[Numbers]) -> Numbers:
        """A dataclass of positive numbers, filled from the section that bears its name: `c.Seconds.call = 10`.

        Raises CourseError for a name that the class does not have, and for a value that is no positive number, or not
        a whole one where the class has whole ones.
        """
        section = self.config.get(kind.__name__, {})
        allowed = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]  # no public type
        for name, value in section.items():
            setting = f"{CONFIG_FILE}: c.{kind.__name__}.{name}"
            if name not in allowed:
                raise CourseError(f"{setting} is unknown: expected one of {', '.join(allowed)}")
            wanted, word = (Integral, "whole number") if allowed[name] is int else (Real, "number")
            if isinstance(value, bool) or not (isinstance(value, wanted) and 0 < float(value) < math.inf):
                raise CourseError(f"{setting}: expected a positive {word}, got {value!r}")
        return kind(**section)

    @property
    def in_process(self) -> tuple[str, ...]:
        """The assignments, `ASSIGNMENT/NOTEBOOK`s and `ASSIGNMENT/NOTEBOOK/CELL`s whose checks run in one process."""
        return self._texts("InProcess", "checks")

    @property
    def python(self) -> Path | None:
        """The interpreter of the environment that the course's notebooks need; None for the one that runs this."""
        section = self.config.get("Environment", {})
        for name in section:
            if name != "python":
                raise CourseError(f"{CONFIG_FILE}: c.Environment.{name} is unknown: expected python")
        if "python" not in section:
            return None
        named = section["python"]
        path = self.root / named if isinstance(named, str) else None
        if path is None or not path.is_file():
            raise CourseError(
                f"{CONFIG_FILE}: c.Environment.python: expected the file of an interpreter, got {named!r}"
            )
        return path

    @property
    def readable(self) -> tuple[Path, ...]:
        """Files and folders of data that students' code may read where they are: `c.Data.readable`.

        Raises CourseError for one that is not there, and for one that would show what students must not see.
        """
        return tuple(self._readable(text) for text in self._texts("Data", "readable"))

    def _readable(self, text: str) -> Path:
        path = (self.root / text).resolve()
        setting = f"{CONFIG_FILE}: c.Data.readable: {text!r}"
        if not path.exists():
            raise CourseError(f"{setting} is not there")
        book = self.gradebook_file
        private = [self.source, self.submitted, self.autograded, self.feedback, self.root / CONFIG_FILE]
        for place in (place.resolve() for place in (*private, *([book] if book else []))):
            if path in (place, *place.parents) or place in path.parents:
                raise CourseError(f"{setting} would show students {place}: name a folder that holds data only")
        return path

    def _texts(self, section: str, name: str) -> tuple[str, ...]:
        """A setting of ours that is a list of texts, and the only one of its section. Raises CourseError."""
        found = self.config.get(section, {})
        for other in found:
            if other != name:
                raise CourseError(f"{CONFIG_FILE}: c.{section}.{other} is unknown: expected {name}")
        texts = found.get(name, [])
        if not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)):
            raise CourseError(f"{CONFIG_FILE}: c.{section}.{name}: expected a list of texts, got {texts!r}")
        return tuple(texts)

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which dates are typed and shown: nbgrader's `c.Exchange.timezone`, UTC unless set."""
        name = self.config.get("Exchange", {}).get("timezone", "UTC")
        try:
            return ZoneInfo(name)
        except (LookupError, ValueError, TypeError, OSError):
            raise CourseError(
                f"{CONFIG_FILE}: c.Exchange.timezone: expected a time zone such as 'Europe/Berlin', got {name!r}"
            ) from None

    def utc(self, local: datetime) -> datetime:
        """A date of the course's time zone as the gradebook keeps it: UTC and naive."""
        return local.replace(tzinfo=local.tzinfo or self.timezone).astimezone(UTC).replace(tzinfo=None)

    def shown(self, utc: datetime) -> str:
        """A date of the gradebook (UTC, naive) as people of the course read it."""
        return f"{utc.replace(tzinfo=UTC).astimezone(self.timezone):%Y-%m-%d %H:%M %Z}"

    @property
    def db_url(self) -> str:
        """The address of the gradebook. nbgrader is run from the course folder: a relative path starts there."""
        url, path = self._gradebook_url(), self.gradebook_file
        return url.set(database=str(path)).render_as_string(hide_password=False) if path else self._text(*_DB_URL)

    @property
    def gradebook(self) -> str:
        """The address of the gradebook as people may read it: without a password."""
        from sqlalchemy.engine import make_url

        return make_url(self.db_url).render_as_string()

    @property
    def gradebook_file(self) -> Path | None:
        """The file of the gradebook; None if it is on a server, or in memory."""
        url = self._gradebook_url()
        name = url.database if url.get_backend_name() == "sqlite" else None
        return self.root / name if name and name != ":memory:" else None

    @property
    def tables(self) -> Path:
        """Where exported tables go if nobody says otherwise: beside the gradebook, if that is a file."""
        path = self.gradebook_file
        return path.parent if path else self.root

    def _gradebook_url(self) -> "URL":
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            return make_url(self._text(*_DB_URL))
        except ArgumentError as error:
            raise CourseError(f"{CONFIG_FILE}: c.CourseDirectory.db_url: {error}") from error

    def _text(self, name: str, default: str) -> str:
        """A setting of nbgrader's `CourseDirectory`."""
        value = self.config.CourseDirectory.get(name, default)
        if not isinstance(value, str):
            raise CourseError(f"{CONFIG_FILE}: c.CourseDirectory.{name}: expected a text, got {value!r}")
        return value

    # Places. A step is one of nbgrader's: source, release, submitted, autograded, feedback.

    @property
    def source(self) -> Path:
        return self._folder("source")

    @property
    def release(self) -> Path:
        return self._folder("release")

    @property
    def submitted(self) -> Path:
        return self._folder("submitted")

    @property
    def autograded(self) -> Path:
        return self._folder("autograded")

    @property
    def feedback(self) -> Path:
        return self._folder("feedback")

    def source_folder(self, assignment: str) -> Path:
        return self._place("source", assignment, ".")

    def release_folder(self, assignment: str) -> Path:
        return self._place("release", assignment, ".")

    def instructor_folder(self, assignment: str) -> Path | None:
        """Where the instructor's own version of an assignment lies, failing that the released one; None for neither."""
        folders = (self.source_folder(assignment), self.release_folder(assignment))
        return next((folder for folder in folders if folder.is_dir()), None)

    def submitted_folder(self, assignment: str, student: str) -> Path:
        return self._place("submitted", assignment, student)

    def autograded_folder(self, assignment: str, student: str) -> Path:
        return self._place("autograded", assignment, student)

    def submitted_notebook(self, assignment: str, student: str) -> Path:
        return self.submitted_folder(assignment, student) / f"{assignment}.ipynb"

    def autograded_notebook(self, assignment: str, student: str) -> Path:
        return self.autograded_folder(assignment, student) / f"{assignment}.ipynb"

    def feedback_page(self, assignment: str, student: str) -> Path:
        return self._place("feedback", assignment, student) / f"{assignment}.html"

    def _folder(self, step: str) -> Path:
        """The innermost folder that holds what a step has of all students and assignments."""
        return Path(os.path.commonpath([self._place(step, "a", "b"), self._place(step, "c", "d")]))

    def _place(self, step: str, assignment: str, student: str) -> Path:
        directory = self._text(f"{step}_directory", LAYOUT[f"{step}_directory"])
        structure = self._text("directory_structure", LAYOUT["directory_structure"])
        try:
            names = {name for _, name, _, _ in Formatter().parse(structure) if name is not None}
        except ValueError:
            names = set()
        if names != {"nbgrader_step", "student_id", "assignment_id"}:
            raise CourseError(
                f"{CONFIG_FILE}: c.CourseDirectory.directory_structure: "
                f"expected {{nbgrader_step}}, {{student_id}} and {{assignment_id}} in it, got {structure!r}"
            )
        return self.root / structure.format(nbgrader_step=directory, student_id=student, assignment_id=assignment)

    # Names, as folders have them

    def assignments(self) -> list[str]:
        """What has a folder of the instructor's own version or of the released one, in order."""
        return sorted({*_names(self.source_folder(_SOUGHT)), *_names(self.release_folder(_SOUGHT))})

    def students(self, assignment: str = _ANY) -> list[str]:
        """Who handed in an assignment, or anything at all, in order."""
        return sorted(_names(self.submitted_folder(assignment, _SOUGHT)))

    def select_students(self, assignment: str, wanted: Iterable[str] = ()) -> list[str]:
        """Who handed in an assignment, in order; only those in `wanted` if any are named.

        Raises CourseError if there is no folder of submissions, nothing for this assignment, or a wanted student
        handed in nothing.
        """
        place = self.submitted_folder(assignment, "STUDENT")
        if not self.submitted.is_dir():
            raise CourseError(f"expected submissions in {place}, there is no such folder")
        students = self.students(assignment)
        if not students:
            raise CourseError(f"nobody has handed in {assignment!r}: there is no {place}")
        for student in wanted:
            if student not in students:
                raise CourseError(f"{student!r} has not handed in {assignment!r}")
        return sorted(set(wanted)) or students


def _names(place: Path) -> set[str]:
    """What stands for `_SOUGHT` in the folders that there are."""
    wanted = glob.escape(str(place)).replace(_SOUGHT, "*").replace(_ANY, "*")
    shape = re.escape(str(place)).replace(_SOUGHT, "(?P<name>[^/]+)", 1).replace(_SOUGHT, "(?P=name)")
    shape = shape.replace(_ANY, "[^/]+")
    found = (re.fullmatch(shape, folder) for folder in glob.glob(wanted) if os.path.isdir(folder))
    return {match["name"] for match in found if match}
