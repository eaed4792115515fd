"""The walls round one worker, put up from the inside before any line of the student's runs.

Two processes share the work. The *supervisor* leaves the prefork server's namespaces; its child, the *worker*, is
process 1 of the new ones (when it ends, the kernel ends everything else in there), furnishes them and gives up what it
could misuse.
"""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from autograder.inside import landlock, linux, syscalls
from autograder.inside.limits import Limits

SCRATCH = "/sandbox"
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Of a fresh /proc: how the machine was started, and how busy it is with others.
_HIDDEN = ("/proc/cmdline", "/proc/loadavg", "/proc/meminfo")
_FILES = 16_384  # on the private disk: each takes kernel memory besides its contents


@dataclass
class Enclosure:
    """What walls to put up, and which could not be.

    accepted: protections that a trial on this machine found missing; None in the trial itself. Any other that fails
    raises OSError, and the worker does not start.
    """

    limits: Limits
    readable: tuple[str, ...]
    namespaces: bool
    accepted: frozenset[str] | None = None
    missing: dict[str, str] = field(default_factory=dict)
    scratch: str = SCRATCH

    @contextmanager
    def _protection(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.accepted is not None and name not in self.accepted:
                raise
            self.missing.setdefault(name, str(error))

    def isolate(self) -> None:
        """In the supervisor: no process group, network, mount or user in common with the prefork server."""
        os.setsid()
        if not self.namespaces:
            self.scratch = tempfile.mkdtemp(prefix="worker-")
            linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        with self._protection("namespaces"):
            if not self.namespaces:
                raise OSError("this system lets us make none")
            user, group = os.getuid(), os.getgid()
            linux.unshare(
                linux.CLONE_NEWUSER
                | linux.CLONE_NEWNS
                | linux.CLONE_NEWPID
                | linux.CLONE_NEWNET
                | linux.CLONE_NEWIPC
                | linux.CLONE_NEWUTS
            )
            linux.map_user(user, group)

    def furnish(self) -> None:
        """In the worker: everything read-only but a bounded disk in memory; a /proc with its own processes only."""
        with self._protection("private disk"):
            if self.namespaces:
                linux.make_read_only("/")
                options = f"size={self.limits.disk},nr_inodes={_FILES},mode=755"
                linux.mount("tmpfs", SCRATCH, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, options)
            for name in ("home", "tmp", "shm"):
                os.mkdir(os.path.join(self.scratch, name), 0o700)
            home, temporary = os.path.join(self.scratch, "home"), os.path.join(self.scratch, "tmp")
            os.environ.update(HOME=home, TMPDIR=temporary)
            tempfile.tempdir = None  # Python remembers the old one
            os.chdir(home)
            if not self.namespaces:
                raise OSError("needs a mount namespace")
            linux.mount(f"{SCRATCH}/shm", "/dev/shm", None, linux.MS_BIND)
        with self._protection("own /proc"):
            if not self.namespaces:
                raise OSError("needs a process namespace")
            linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
            for file in _HIDDEN:
                linux.mount("/dev/null", file, None, linux.MS_BIND)
            socket.sethostname("sandbox")

    def give_up(self) -> None:
        """In the worker, for good: memory, processes, capabilities, files, system calls."""
        with self._protection("limits"):
            self.limits.apply()
        with self._protection("process limit"):
            if not self.namespaces:
                raise OSError("needs a user namespace")
            self.limits.apply_to_processes()
        with self._protection("no capabilities"):
            linux.drop_privileges()
        with self._protection("Landlock"):
            private = (self.scratch, "/dev/shm") if self.namespaces else (self.scratch,)
            own = ("/dev", "/proc") if self.namespaces else ()
            landlock.restrict((*self.readable, *own), (*private, *DEVICES))
        with self._protection("seccomp"):
            syscalls.load_filter()
        # Should the supervisor be killed, nobody would hear the examiner hang up.
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
