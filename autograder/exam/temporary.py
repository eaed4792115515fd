"""Temporary folders that belong to a living process. What a killed one left is cleared away by the next.

A folder is locked while it is in use, and the kernel drops the lock with the process: so a number that was given to
another process since, or a clock, cannot mislead whoever clears.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path


class HeldFolder:
    """A new folder that nobody else may read, held by this process until it is removed.

    prefix: begins its name, and is used for nothing else in the place for temporary files: those of dead processes are
    cleared away.
    """

    def __init__(self, prefix: str):
        clear_dead(prefix)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=prefix))
            with suppress(FileNotFoundError):  # cleared by another, before we held it
                self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                if self.path.exists():
                    return
                os.close(self._lock)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def clear_dead(prefix: str) -> None:
    """Remove this user's folders of that prefix that no process holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError):  # another user's, held by its process, or gone by now
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(held).st_uid == os.geteuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)
