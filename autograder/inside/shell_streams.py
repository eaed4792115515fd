"""stdout and stderr of a cell, as ipykernel's: written text waits until something else is shown or the cell ends.

What subprocesses and C code write to the file descriptors 1 and 2 belongs to the same streams. A kernel reads it in a
thread from a pipe; here it goes to a file in memory, which is looked at whenever Python code writes or flushes.
"""

import fcntl
import io
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_client.session import Session

    from autograder.inside.shell_outputs import FrontEnd

_DESCRIPTORS = {"stdout": 1, "stderr": 2}
_FIRST_FREE = 10  # our own descriptors lie above those that programs know by number


class OutStream(io.TextIOBase):
    """One of the two streams. Error messages show its name, so it is ipykernel's."""

    encoding = "UTF-8"
    errors = "strict"

    def __init__(self, name: str, session: "Session", front_end: "FrontEnd"):
        self.name = name
        self._session, self._front_end = session, front_end
        self._buffer = io.StringIO()
        self._process = os.getpid()
        with tempfile.TemporaryFile() as file:
            self._file = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
        self._nowhere = fcntl.fcntl(os.open(os.devnull, os.O_WRONLY), fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
        self._read = 0  # bytes of the file
        fcntl.fcntl(self._file, fcntl.F_SETFL, os.O_APPEND)
        os.dup2(self._file, _DESCRIPTORS[name])

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        """A descriptor that shows nothing: a kernel gives away that of its log."""
        return self._nowhere

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._process:  # in a fork: our buffer would die with it
            return os.write(_DESCRIPTORS[self.name], text.encode(errors="replace"))
        self._catch_up()
        self._keep(text)
        return len(text)

    def flush(self) -> None:
        """Show what was written."""
        if os.getpid() != self._process:
            return
        self._catch_up()
        if self._buffer.tell():
            buffer, self._buffer = self._buffer, io.StringIO()
            self._session.send(None, "stream", {"name": self.name, "text": buffer.getvalue()})

    def rewind(self) -> None:
        """Forget what was read from the file."""
        if self._read:
            os.ftruncate(self._file, 0)
            self._read = 0

    def _keep(self, text: str) -> None:
        self._buffer.write(text[: self._front_end.allow(len(text))])

    def _catch_up(self) -> None:
        """Take over what has reached the descriptor since."""
        end = os.fstat(self._file).st_size
        while self._read < end:
            data = os.pread(self._file, min(end - self._read, 2**20), self._read)
            self._read += len(data)
            self._keep(data.decode(errors="replace"))
