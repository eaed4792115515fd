"""What a student's code writes beside its notebook, where checks look for it: in the examiner's own folder.

Such a file is data, and never more than that. It takes the place of none that is not the student's, it cannot be
imported, and as long as there is one, a check that would run what it holds is refused.
"""

import ast
import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from autograder.inside.written import MOST_BYTES, MOST_DEEP, Sign, sign, signs

MOST_FILES, MOST_NAME = 200, 200
_CODE = (".py", ".pyw", ".pyc", ".pyd", ".pyi", ".pth", ".so", ".sh", ".ipynb", ".egg-link", ".egg-info", ".dll")
_SETTINGS = ("matplotlibrc", "setup.cfg", "pytest.ini", "tox.ini", "pyproject.toml")


class Refused(RuntimeError):
    """A check would run what a student wrote into a file."""

    def __init__(self, what: str):
        super().__init__(f"this check {what} where files of the student's lie: set its mode to `in_process`")


class StudentFiles:
    """The student's files in the examiner's folder, and the examiner's files that are for the student's code to see.

    folder: where given and check cells work; None if nothing is to be written.
    `refused` gathers what was not taken, and why.
    """

    def __init__(self, folder: Path | None):
        self._folder = None if folder is None else folder.resolve()
        self._taken: dict[str, tuple] = {}
        self._digests: set[bytes] = set()
        self._known: dict[str, Sign] = {} if self._folder is None else signs(self._folder)
        self.refused: dict[str, str] = {}

    # From the student

    def take(self, files: dict[str, bytes | None]) -> None:
        """Write what is new, remove what has gone."""
        if self._folder is None:
            return
        for name, data in files.items():
            if why := self._why_not(name, data):
                if data is not None:
                    self.refused.setdefault(name[:MOST_NAME], why)
            elif data is None:
                self._remove(name)
            else:
                self._write(name, data)

    def forget(self) -> None:
        """The worker is gone, and with it what it wrote; another will write it again."""
        for name in sorted(self._taken, reverse=True):
            self._remove(name)
        self._digests.clear()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Without the student's files: a given cell that makes a file if it is not there yet has to make it."""
        if self._folder is None or not self._taken:
            yield
            return
        with TemporaryDirectory(prefix="aside-", dir=self._folder.parent) as elsewhere:
            names = [name for name in self._taken if not name.endswith("/")]
            folders = [name for name in self._taken if name.endswith("/")]
            before = {name: self._taken[name] for name in names}
            for number, name in enumerate(names):
                if before[name] == sign((self._folder / name).lstat()):
                    os.rename(self._folder / name, Path(elsewhere, str(number)))
            self.forget()
            try:
                yield
            finally:
                found = {name: Path(elsewhere, str(number)) for number, name in enumerate(names)}
                self.take(dict.fromkeys(sorted(folders), b""))
                self.take({name: path.read_bytes() for name, path in found.items() if path.exists()})

    def _why_not(self, name: str, data: bytes | None) -> str:
        parts = name.removesuffix("/").split("/")
        if len(parts) > MOST_DEEP + 1 or not all(0 < len(part) <= MOST_NAME and part.isprintable() for part in parts):
            return "its name is too long, or out of form"
        if any(part.startswith(".") for part in parts):
            return "its name begins with a dot"
        if parts[-1].lower() in _SETTINGS or any(part.lower().endswith(_CODE) for part in parts):
            return "it is code, or the settings of a program"
        if data is not None and (len(self._taken) >= MOST_FILES or len(data) > MOST_BYTES or self._full(data)):
            return "there are too many, or too large ones"
        assert self._folder is not None
        for depth in range(1, len(parts)):
            above = self._folder.joinpath(*parts[:depth])
            if os.path.lexists(above) and not stat.S_ISDIR(above.lstat().st_mode):
                return "its folder is none here"
        path = self._folder.joinpath(*parts)
        there = os.path.lexists(path) and not (name.endswith("/") and stat.S_ISDIR(path.lstat().st_mode))
        if there and self._taken.get(name) != sign(path.lstat()):  # the examiner's, or changed by a check
            self._taken.pop(name, None)
            return "a file of the checks' own has that name, and they look at that"
        return ""

    def _full(self, data: bytes) -> bool:
        return sum(sign[1] for sign in self._taken.values()) + len(data) > 5 * MOST_BYTES

    def _write(self, name: str, data: bytes) -> None:
        assert self._folder is not None
        path = self._folder / name
        for above in [*reversed(path.relative_to(self._folder).parents)][1:]:
            self._make(f"{above}/")
        if name.endswith("/"):
            self._make(name)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with open(os.open(path, flags, 0o600), "wb") as file:
            file.write(data)
        self._taken[name] = self._known[name] = sign(path.lstat())
        self._digests.add(_digest(data))

    def _make(self, name: str) -> None:
        assert self._folder is not None
        path = self._folder / name
        if not path.exists():
            path.mkdir(mode=0o700)
            self._taken[name] = (0, 0, 0)

    def _remove(self, name: str) -> None:
        assert self._folder is not None
        if name not in self._taken:
            return
        path = self._folder / name
        try:
            if name.endswith("/"):
                path.rmdir()
            elif self._taken[name] == sign(path.lstat()):
                path.unlink()
        except OSError:  # a check has put something there
            pass
        del self._taken[name]

    # To the student

    def named(self, arguments: object) -> dict[str, bytes]:
        """Files that a check wrote, and now hands to the student's code by their names.

        No other: what a check compares with may be a file as well.
        """
        if self._folder is None:
            return {}
        found: dict[str, bytes] = {}
        for name in _names(arguments, 3):
            if not os.path.lexists(os.path.join(self._folder, name)):  # as most texts that a check hands out
                continue
            path = self._folder / name
            if path.resolve() == self._folder:  # a word for all of them is no name
                continue
            within = [path] if path.is_file() else list(path.iterdir())[:MOST_FILES] if path.is_dir() else []
            for each in within:
                real = each.resolve()
                if not real.is_file() or self._folder not in real.parents:
                    continue
                key, now = real.relative_to(self._folder).as_posix(), sign(real.lstat())
                if self._known.get(key) != now and now[1] <= MOST_BYTES:
                    self._known[key] = now
                    found[key] = real.read_bytes()
        return found

    # While a check runs

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Refuse to run what stands in a student's file: to unpickle more than plain data, to start a program."""
        global _guard
        if not _hooked:
            sys.addaudithook(_audit)  # for good: it looks at nothing while there is no guard
            _hooked.append(True)
        before, _guard = _guard, self
        try:
            yield
        finally:
            _guard = before

    def refuse(self, event: str, details: tuple) -> None:
        """Raises Refused for an event that runs something in a file of the student's."""
        if not self._taken:
            return
        if event == "pickle.find_class" and details[:2] not in _UNPICKLED:
            raise Refused(f"unpickles `{details[0]}.{details[1]}`")
        if event in _STARTS:
            raise Refused("starts a program")
        if event == "compile" and self._is_students(*details[:2]):
            raise Refused("runs the text of a file")
        if event == "ctypes.dlopen" and details[0] and self._is_students(None, details[0]):
            raise Refused("loads a library")

    def _is_students(self, text: object, filename: object) -> bool:
        if isinstance(text, str | bytes):
            data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            if _digest(data) in self._digests:
                return True
        if not isinstance(filename, str) or self._folder is None:
            return False
        return os.path.relpath(os.path.realpath(filename), self._folder) in self._taken


_STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn")
_guard: StudentFiles | None = None
_hooked: list[bool] = []


def _audit(event: str, details: tuple) -> None:
    if _guard is None or not (event in _STARTS or event in ("pickle.find_class", "compile", "ctypes.dlopen")):
        return
    if event != "compile" or sys._getframe(1).f_code is not ast.parse.__code__:  # that, literals too, only reads
        _guard.refuse(event, details)


# What a check may unpickle where a student's files lie: plain data, arrays and tables.
_PANDAS = """core.frame.DataFrame core.series.Series core.indexes.base._new_Index core.indexes.base.Index
core.indexes.range.RangeIndex core.indexes.datetimes.DatetimeIndex core.indexes.datetimes._new_DatetimeIndex
core.internals.managers.BlockManager core.internals.managers.SingleBlockManager core.internals.blocks.new_block
_libs.internals._unpickle_block _libs.tslibs.timestamps._unpickle_timestamp"""
_PYTHON = """builtins.list builtins.dict builtins.set builtins.frozenset builtins.tuple builtins.int builtins.float
builtins.complex builtins.bytes builtins.bytearray builtins.str builtins.bool builtins.slice builtins.range
collections.OrderedDict collections.defaultdict collections.Counter collections.deque datetime.date datetime.datetime
datetime.time datetime.timedelta decimal.Decimal fractions.Fraction _codecs.encode numpy.ndarray numpy.dtype
numpy.core.multiarray._reconstruct numpy.core.multiarray.scalar numpy.core.numeric._frombuffer
numpy._core.multiarray._reconstruct numpy._core.multiarray.scalar numpy._core.numeric._frombuffer
joblib.numpy_pickle.NumpyArrayWrapper"""
_UNPICKLED = frozenset(
    tuple(name.rsplit(".", 1)) for name in (*_PYTHON.split(), *(f"pandas.{name}" for name in _PANDAS.split()))
)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data.strip()).digest()


def _names(value: object, depth: int) -> Iterator[str]:
    """The strings and paths in arguments that may name a file beside the notebook."""
    if isinstance(value, str | PurePath):
        if 0 < len(name := str(value)) <= MOST_NAME and not os.path.isabs(name):
            yield name
    elif depth and type(value) in (list, tuple):
        for item in list(value)[:100]:  # type: ignore[call-overload]
            yield from _names(item, depth - 1)
    elif depth and type(value) is dict:
        yield from _names([*value.values()], depth)
