"""The database behind a gradebook: its address, the version of its tables, and what its errors mean.

SQLite is a file; PostgreSQL is a server, which several machines share and which may go away and come back.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from time import sleep

from nbgrader.api import Base
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, create_engine, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, NoSuchModuleError, OperationalError

from autograder.course import CONFIG_FILE, Course, CourseError

PAUSES = (0.1, 1.0, 5.0, 10.0)
"""Seconds before each further attempt, where a database was busy or its connection broke."""
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
    "options": "-c lock_timeout=30s",
}
"""For libpq and the server: who is cut off, or locked out by another, hears so after a minute at most, not hours."""
# Classes of SQLSTATE: connection, transaction rolled back, no room or too many clients, locked, server going down.
_PASSING = ("08", "40", "53", "55", "57")
_PASSING_IN_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), nullable=False))
_UPGRADE = "if nbgrader is newer than the gradebook, run `nbgrader db upgrade`"
_REMEDIES = (
    ("locked|lock timeout", "another program is writing to it; wait until it has ended, and run this again"),
    ("password", "mend the name or the password, in `c.CourseDirectory.db_url` or where PostgreSQL looks for it"),
    ("database .* does not exist", "make the database first, as `createdb` does"),
    ("full|No space left|disk I/O", "make room on its disk, and run this again: nothing is lost"),
    (
        "connect|resolve|timeout|closed|terminat|starting up|shutting down|recovery",
        "nothing is lost: see that the server runs and can be reached from here, and run this again",
    ),
)


def address(course: Course) -> URL:
    """Where the gradebook is, with the patience that one has with a server."""
    url = make_url(course.db_url)
    if url.get_backend_name() != "postgresql":
        return url
    return url.update_query_dict({name: value for name, value in _PATIENCE.items() if name not in url.query})


def engine(course: Course) -> Engine:
    """What connects to the gradebook. Raises CourseError where nothing here speaks to such a database."""
    try:
        return create_engine(address(course))
    except NoSuchModuleError as error:
        raise CourseError(f"{CONFIG_FILE}: c.CourseDirectory.db_url: {error}") from error
    except ModuleNotFoundError as error:
        raise CourseError(
            f"{CONFIG_FILE}: c.CourseDirectory.db_url: {course.gradebook} needs {error.name}, which is not installed: "
            "PostgreSQL's comes with this package's extra `postgres`"
        ) from error


def require_schema(course: Course) -> None:
    """Raises CourseError for tables of another version of nbgrader, before anything touches them."""
    connecting = engine(course)
    try:
        with connecting.connect() as connection:
            known = inspect(connection).has_table(_VERSION.name)
            found = connection.scalar(select(_VERSION)) if known else None
    finally:
        connecting.dispose()
    if found not in (None, _newest()):
        remedy = "run `nbgrader db upgrade`" if found in _revisions() else "update nbgrader on this machine"
        raise CourseError(
            f"the gradebook {course.gradebook} is of version {found}, nbgrader's here is {_newest()}: {remedy}"
        )


@cache
def _revisions() -> dict[str, str]:
    """Version of nbgrader's tables → the one before it, as its migrations say. To ask Alembic takes 0.2 s."""
    found = {}
    for path in Path(ALEMBIC_DIR, "versions").glob("*.py"):
        before = re.search(r"^down_revision = ['\"]?(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        found[path.name.partition("_")[0]] = before[1] if before else ""
    return found


@cache
def _newest() -> str:
    (newest,) = _revisions().keys() - set(_revisions().values())
    return newest


def copy_to_file(course: Course, path: Path) -> None:
    """Write a gradebook that is on a server to a new SQLite file, as it stands at one moment."""
    with _from_to(course, engine(course), _of_file(path)) as (reading, writing):
        _copy(reading.execution_options(isolation_level="REPEATABLE READ"), writing)


def copy_from_file(path: Path, course: Course) -> None:
    """Fill the empty gradebook of a course from such a file: with all of it or nothing."""
    with _from_to(course, _of_file(path), engine(course)) as (reading, writing):
        if inspect(writing).get_table_names():
            raise CourseError(f"expected an empty database, there is something in {course.gradebook}")
        _copy(reading, writing)


def _of_file(path: Path) -> Engine:
    return create_engine(f"sqlite:///{path}")


@contextmanager
def _from_to(course: Course, source: Engine, target: Engine) -> Iterator[tuple[Connection, Connection]]:
    """Connections to read from the one and to write to the other; both are closed, and errors are the course's."""
    try:
        with source.connect() as reading, target.begin() as writing:
            yield reading, writing
    except DBAPIError as error:
        raise unusable(course, error) from error
    finally:
        source.dispose()
        target.dispose()


def _copy(reading: Connection, writing: Connection) -> None:
    for table in (*Base.metadata.sorted_tables, _VERSION):
        table.create(writing)
        for rows in reading.execute(select(table)).mappings().partitions(1000):
            writing.execute(table.insert(), [dict(row) for row in rows])


def passes(error: DBAPIError) -> bool:
    """Whether the same may work a little later: the database was busy, full or away, or a row has come into being."""
    if error.connection_invalidated or isinstance(error, IntegrityError):
        return True
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    if name := getattr(error.orig, "sqlite_errorname", ""):
        return name.startswith(_PASSING_IN_SQLITE)
    return state is None or state.startswith(_PASSING)


def unusable(course: Course, error: DBAPIError) -> CourseError:
    """What a person is told: what the database said, in one line, and what to do."""
    said = " ".join(str(error.orig).split())
    remedy = next((remedy for words, remedy in _REMEDIES if re.search(words, said)), _UPGRADE)
    return CourseError(f"the gradebook {course.gradebook} cannot be used: {said}; {remedy}")


def lasting(method: Callable) -> Callable:
    """A method of a `Book` that is begun anew where the connection broke, or somebody else wrote the same row.

    It leaves no session open, and comes to the same when it is done twice. Raises CourseError if it is of no avail.
    """

    @wraps(method)
    def again(self, *arguments, **options):
        pauses = iter(PAUSES)
        while True:
            try:
                return method(self, *arguments, **options)
            except DBAPIError as error:
                if not passes(error):
                    raise
                if (pause := next(pauses, 0.0)) == 0.0:
                    raise error if isinstance(error, IntegrityError) else unusable(self.course, error) from error
            finally:
                self.forget()
            sleep(pause)

    return again
