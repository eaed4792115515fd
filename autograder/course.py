"""Where the things of a course are: any nbgrader course folder, its configuration read the way nbgrader reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from traitlets.config import Config, PyFileConfigLoader

from autograder.errors import UserError

CONFIG_FILE = "nbgrader_config.py"
GRADEBOOK = "gradebook.db"


class CourseError(UserError):
    """Something a course needs is not there. The message says what, and what to do."""


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
        if not (root / CONFIG_FILE).is_file():
            if (root / GRADEBOOK).is_file():  # nbgrader needs no configuration; its defaults make a course, too
                return cls(root, Config(CourseDirectory={"root": str(root)}))
            raise CourseError(f"expected a course folder with an {CONFIG_FILE}, there is none in {root}")
        try:
            config = PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config()
        except Exception as error:
            raise CourseError(f"{root / CONFIG_FILE} does not load: {type(error).__name__}: {error}") from error
        config.CourseDirectory.root = str(root)
        return cls(root, config)

    @property
    def directory(self) -> CourseDirectory:
        """nbgrader's own view of the folder: a fresh one, since nbgrader changes it as it works."""
        return CourseDirectory(config=self.config)

    @property
    def db_url(self) -> str:
        """The address of the gradebook. nbgrader is run from the course folder: a relative path starts there."""
        url = make_url(self.directory.db_url)
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return self.directory.db_url
        return url.set(database=str(self.root / url.database)).render_as_string(hide_password=False)

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

    def instructor_folders(self, assignment: str) -> tuple[Path, Path]:
        """Where the instructor's own version of an assignment lies, and where the released one."""
        return self._place("source", assignment, "."), self._place("release", assignment, ".")

    def submitted_folder(self, assignment: str, student: str) -> Path:
        return self._place("submitted", assignment, student)

    def autograded_folder(self, assignment: str, student: str) -> Path:
        return self._place("autograded", assignment, student)

    def submitted_notebook(self, assignment: str, student: str) -> Path:
        return self.submitted / student / assignment / f"{assignment}.ipynb"

    def autograded_notebook(self, assignment: str, student: str) -> Path:
        return self._folder("autograded") / student / assignment / f"{assignment}.ipynb"

    def feedback_page(self, assignment: str, student: str) -> Path:
        return self.feedback / student / assignment / f"{assignment}.html"

    def select_students(self, assignment: str, wanted: Iterable[str] = ()) -> list[str]:
        """Who handed in an assignment, in order; only those in `wanted` if any are named.

        Raises CourseError if there is no folder of submissions, nothing for this assignment, or a wanted student
        handed in nothing.
        """
        if not self.submitted.is_dir():
            raise CourseError(f"expected submissions in {self.submitted}/STUDENT/{assignment}, there is no such folder")
        students = sorted(folder.parent.name for folder in self.submitted.glob(f"*/{assignment}") if folder.is_dir())
        if not students:
            raise CourseError(f"nobody has handed in {assignment!r}: {self.submitted}/*/{assignment} is empty")
        for student in wanted:
            if student not in students:
                raise CourseError(f"{student!r} has not handed in {assignment!r}")
        return sorted(set(wanted)) or students

    def _folder(self, step: str) -> Path:
        return self.root / getattr(self.directory, f"{step}_directory")

    def _place(self, step: str, assignment: str, student: str) -> Path:
        directory = self.directory
        return Path(directory.format_path(getattr(directory, f"{step}_directory"), student, assignment))
