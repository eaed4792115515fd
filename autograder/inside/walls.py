"""The walls round the prefork server: which files it sees, and two ways to show it no others.

Inside there is a root with the interpreter, its packages, the system's libraries and fonts, a few devices and an empty
folder for notes: no course, no home, no network, no process from outside. Every worker inherits that.
"""

import os
import site
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from autograder.inside import linux
from autograder.inside.enclosure import DEVICES, SCRATCH

# As root, the prefork server becomes this user: a number that no distribution hands out to people or services.
PLAIN_USER = 61_000

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime", "/etc/mime.types")
_NAMESPACES = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET | linux.CLONE_NEWIPC

_INSIDE = Path(__file__).parent


def readable_paths(modules: Iterable[str], data: Iterable[Path] = ()) -> tuple[str, ...]:
    """All that a worker may read: the system, Python and its packages, our inside part, the files of `modules`, data.

    data: files and folders that the instructor lets students' code read.
    """
    folders = (*sys.path, *site.getsitepackages())
    packages = [path for path in folders if path.endswith(("site-packages", "dist-packages"))]
    own = [str(_INSIDE), str(_INSIDE.with_name("__init__.py"))]  # the rest of the grader stays outside
    others = [str(file) for module in modules if (file := _file_of(module))] + [str(path) for path in data]
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    # Once by name and once by what a link stands for: an interpreter looks for its files under either.
    python = {form for path in (*prefixes, *packages, *own, *others) for form in (path, os.path.realpath(path))}
    everything = {*_SYSTEM, *_SETTINGS, *python}
    # A folder brings what is below it.
    return tuple(sorted(path for path in everything if os.path.exists(path) and not _below(path, everything)))


def _below(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _file_of(module: str) -> Path | None:
    """A module's file, or the folder of a package; None if there is no such module."""
    spec = find_spec(module)
    if spec is None or not spec.origin:
        return None
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


def search_path(modules: Iterable[str]) -> list[str]:
    """The folders on which Python finds this package and `modules`."""
    tops = [str(file.parents[module.count(".")]) for module in modules if (file := _file_of(module))]
    return list(dict.fromkeys([str(Path(__file__).parents[2]), *tops]))


def bubblewrap(program: str, readable: Sequence[str]) -> list[str]:
    """The command that puts what follows it between the walls."""
    command = [program, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() == 0:
        # Root mounts /proc itself (`finish`): bubblewrap's has parts covered, and over that no worker gets its own.
        command += ["--dir", "/proc"]
        for capability in ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"):
            command += ["--cap-add", capability]
    else:
        command += ["--unshare-user", "--proc", "/proc"]
    command += ["--dev", "/dev", "--perms", "0777", "--tmpfs", SCRATCH]
    # Open to all, whatever they are outside: they hold nothing but what is shown.
    for folder in sorted({str(parent) for path in readable for parent in Path(path).parents} - {"/"}):
        command += ["--perms", "0755", "--dir", folder]
    for path in readable:
        command += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    return [*command, *_links(readable), "--chdir", "/", "--"]


def _links(readable: Sequence[str]) -> list[str]:
    """/tmp leads to the private disk, unless an interpreter lives there."""
    return [] if any(path.startswith("/tmp/") for path in readable) else ["--symlink", f"{SCRATCH}/tmp", "/tmp"]


def raise_walls(root: str, readable: Sequence[str]) -> None:
    """Without bubblewrap: move this process between the same walls, built on the folder `root`.

    Its next child is process 1 inside. Raises OSError where the kernel does not allow it.
    """
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        linux.unshare(_NAMESPACES)
    else:
        linux.unshare(_NAMESPACES | linux.CLONE_NEWUSER)
        linux.map_user(user, group)
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    os.makedirs(root, exist_ok=True)
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID, "mode=755,size=16m")
    for path in readable:
        if os.path.islink(path):
            Path(root + path).parent.mkdir(parents=True, exist_ok=True)
            os.symlink(os.readlink(path), root + path)
        else:
            _show(path, root)
    for device in DEVICES:
        _show(device, root)
    for folder, mode in (("/dev/shm", 0o700), ("/proc", 0o755), (SCRATCH, 0o777)):
        os.makedirs(root + folder)
        os.chmod(root + folder, mode)
    if links := _links(readable):
        os.symlink(links[1], root + links[2])
    # /proc of outside, until process 1 has its own.
    linux.mount("/proc", f"{root}/proc", None, linux.MS_BIND | linux.MS_REC)
    linux.change_root(root)


def _show(path: str, root: str) -> None:
    place = Path(root + path)
    if os.path.isdir(path):
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    linux.mount(path, str(place), None, linux.MS_BIND | linux.MS_REC)


def finish(walls: str, readable: Sequence[str]) -> None:
    """In the first process inside: a /proc of its own processes, and root no longer. Raises OSError."""
    root = os.geteuid() == 0
    if walls == "namespaces" or (walls == "bubblewrap" and root):
        linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    # Without walls an interpreter in root's home stays where only root can reach it.
    if root and (walls != "none" or all(map(_open_to_all, readable))):
        os.setgroups([])
        os.setresgid(PLAIN_USER, PLAIN_USER, PLAIN_USER)
        os.setresuid(PLAIN_USER, PLAIN_USER, PLAIN_USER)
        # A change of user hides a process from itself, and a worker has to write its own user map.
        linux.prctl(linux.PR_SET_DUMPABLE, 1)


def _open_to_all(path: str) -> bool:
    real = Path(path).resolve()
    return all(place.stat().st_mode & 0o001 for place in real.parents) and bool(real.stat().st_mode & 0o004)
