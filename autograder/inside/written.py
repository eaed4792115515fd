"""What a student's code writes beside its notebook, so that checks can look at it."""

import os
import stat
from collections.abc import Collection
from pathlib import Path, PurePath

MOST_FILES, MOST_BYTES, MOST_DEEP = 100, 20_000_000, 4
"""That are told of at a time; the depth of folders."""
_QUICK = 100  # files that are looked through with every question; more of them only when a check begins

Sign = tuple[int, int, int]


def sign(about: os.stat_result) -> Sign:
    """What is another when a file was written anew."""
    return about.st_mtime_ns, about.st_size, about.st_ino


def signs(folder: Path) -> dict[str, Sign]:
    """All that lies below a folder, by its path there. Of a student's, who may have made any number, ask `Written`."""
    return {path.relative_to(folder).as_posix(): sign(path.lstat()) for path in folder.rglob("*")}


class Written:
    """The files below a folder, and which of them have changed since they were last told of."""

    def __init__(self, folder: str):
        self._folder, self._known = folder, dict[str, Sign]()

    def know(self, names: Collection[str]) -> None:
        """These files are nothing new, as they are now."""
        found = self._found()
        above = {f"{folder}/" for name in names for folder in PurePath(name).parents}
        self._known |= {name: found[name] for name in (*names, *above) if name in found}

    def changes(self, *, thorough: bool) -> dict[str, bytes | None]:
        """Name → content of what is new or changed, None of what has gone. An empty folder is a name with a `/`.

        thorough: also where there are many files.
        """
        if not thorough and len(self._known) > _QUICK:
            return {}
        changed: dict[str, bytes | None] = {}
        room, found = MOST_BYTES, self._found()
        for name, sign in found.items():
            if self._known.get(name) != sign and len(changed) < MOST_FILES:
                data = b"" if name.endswith("/") else _content(os.path.join(self._folder, name), room)
                if data is not None:
                    changed[name], room = data, room - len(data)
        gone = [name for name in self._known if name not in found]
        self._known = found
        return changed | dict.fromkeys(gone[:MOST_FILES])

    def _found(self) -> dict[str, Sign]:
        found: dict[str, Sign] = {}
        waiting = [("", 0)]
        while waiting and len(found) < 10 * _QUICK:
            within, depth = waiting.pop()
            for entry in _entries(os.path.join(self._folder, within)):
                name = within + entry.name
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(about.st_mode) and depth < MOST_DEEP:
                    found[f"{name}/"] = (0, 0, 0)
                    waiting.append((f"{name}/", depth + 1))
                elif stat.S_ISREG(about.st_mode):
                    found[name] = sign(about)
        return found


def _entries(folder: str) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith((".", "__pycache__"))]
    except OSError:
        return []


def _content(path: str, room: int) -> bytes | None:
    try:
        return Path(path).read_bytes() if os.path.getsize(path) <= room else None
    except OSError:
        return None
