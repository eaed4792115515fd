"""Where a student's code runs: starts the prefork server between walls and says which protections stand.

with Sandbox(preload=["sklearn"]) as sandbox:
    connection = connect(sandbox.address)  # a fresh worker answers; closing the connection kills it
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from autograder.exam.protections import Protection, SandboxError, judge, lacking, nothing, refusal
from autograder.exam.temporary import HeldFolder
from autograder.inside import walls
from autograder.inside.limits import Limits
from autograder.inside.prefork import Setup

__all__ = ["Limits", "Protection", "Sandbox", "SandboxError", "connect", "protections"]

# What it has to know comes by a pipe: a worker can read the command line of the server that it was forked from.
_BOOT = """
import json, sys
path, setup = (sys.stdin.readline() for _ in range(2))
sys.path[:0] = json.loads(path)
from autograder.inside.prefork import Setup, main
main(Setup.from_json(setup))
"""
_PREFIX = "autograder-sandbox-"
_ENVIRONMENT = {
    "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "student",
    # A process that forks must have one thread; and the workers share the processors anyway.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_PATIENCE = 20  # seconds for the first word of the prefork server, and for its end


class Sandbox:
    """A context manager: on entering it starts a prefork server, on leaving it stops every process behind it.

    limits: of each worker
    preload: modules that workers are likely to import; one that is not there is passed over
    unsafe: run with the protections that can be had. Without it, raises SandboxError if an essential one is missing.
    readable: files and folders of data that workers may read where they are
    serve: what a worker does with its connection, "module:function"; the module's file can be read inside

    `address` is where `connect` finds it, in a folder of this user's; `protections` says what is in force.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        preload: Iterable[str] = (),
        unsafe: bool = False,
        readable: Iterable[Path] = (),
        serve: str = "autograder.inside.worker:serve",
    ):
        self.limits = limits or Limits()
        self.preload, self.unsafe, self.serve = tuple(preload), unsafe, serve
        self.readable = tuple(readable)
        self.address = ""
        self.protections: tuple[Protection, ...] = ()

    def __enter__(self) -> "Sandbox":
        self._open()
        self._control.sendall(b"g")  # go: load the libraries and serve
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._folder.remove()

    def _open(self) -> None:
        if sys.platform != "linux":
            raise SandboxError(
                f"the sandbox needs Linux, this is {sys.platform}: "
                "grade in WSL2, in a Linux container or in a virtual machine"
            )
        self._folder = HeldFolder(_PREFIX)
        self.address = str(self._folder.path / "prefork")
        try:
            self._start_strongest()
        except BaseException:
            self._folder.remove()
            raise

    def _start_strongest(self) -> None:
        """Start with the first kind of walls that has all that is essential; if unsafe, with the best of them."""
        found = {}
        for kind in ("bubblewrap", "namespaces", "none"):
            found[kind] = self._start(kind)
            if not lacking(found[kind]):
                break
            self._stop()
        else:
            if not self.unsafe:
                del found["none"]
                raise refusal(found)
            kind = min(found, key=lambda kind: len(lacking(found[kind])))
            self._start(kind)
        self.protections = found[kind]

    def _start(self, kind: str) -> tuple[Protection, ...]:
        """Start a prefork server, and hear what a worker on trial could get. It serves when it is told to go."""
        program = shutil.which("bwrap")
        modules = ("nnkit", self.serve.split(":")[0])
        readable = walls.readable_paths(modules, self.readable)
        self._control, theirs = socket.socketpair()
        self._process = None
        with theirs, socket.socket(socket.AF_UNIX) as listener, open(_log(self.address), "w") as log:
            if kind == "bubblewrap" and program is None:
                return judge(self.limits, os.geteuid(), nothing("bubblewrap is not installed"))
            Path(self.address).unlink(missing_ok=True)
            with _short(self.address) as address:
                listener.bind(address)
            listener.listen(128)
            setup = Setup(
                walls=kind,
                root=str(self._folder.path / "root"),
                readable=readable,
                limits=self.limits,
                preload=self.preload,
                serve=self.serve,
                listener=listener.fileno(),
                control=theirs.fileno(),
            )
            outer = walls.bubblewrap(program, readable) if kind == "bubblewrap" and program else []
            self._process = subprocess.Popen(
                # The name of the folder is for whoever looks at a list of processes.
                [*outer, sys.executable, "-I", "-B", "-c", _BOOT, self._folder.path.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=_ENVIRONMENT,
                pass_fds=(listener.fileno(), theirs.fileno()),
                start_new_session=True,
                cwd="/",
            )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as pipe:  # it may have ended; its log says why
            for line in (walls.search_path(modules), asdict(setup)):
                pipe.write(json.dumps(line).encode() + b"\n")
        return self._hear(kind, bool(program))

    def _hear(self, kind: str, installed: bool) -> tuple[Protection, ...]:
        self._control.settimeout(_PATIENCE)
        try:
            with self._control.makefile() as lines:
                line = lines.readline()
        except TimeoutError:
            line = ""
        if not line:
            return judge(self.limits, os.geteuid(), nothing(_last_words(self.address)))
        report = json.loads(line)
        missing = report["missing"]
        if report["user"] == 0:
            missing["plain user"] = "this Python can be read by root alone, so workers run as root"
        if kind != "bubblewrap":
            missing["bubblewrap"] = "it does not work here" if installed else "not installed"
        return judge(self.limits, report["user"], missing)

    def _stop(self) -> None:
        self._control.close()
        if self._process is None:
            return
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def _short(address: str) -> Iterator[str]:
    """Another way to a socket: the name of one has room for 107 bytes, that of a temporary folder may be longer."""
    folder, name = os.path.split(address)
    place = os.open(folder, os.O_PATH)
    try:
        yield f"/proc/self/fd/{place}/{name}"
    finally:
        os.close(place)


def _log(address: str) -> Path:
    return Path(address).with_name("log")


def _last_words(address: str) -> str:
    """The last line of the prefork server's log: why it did not start, or ended."""
    lines = _log(address).read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "the prefork server did not answer"


def connect(address: str) -> socket.socket:
    """A connection on which a fresh worker answers. Closing it, or shutting it down, kills all processes behind it.

    Raises SandboxError if there is no prefork server any more.
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        with _short(address) as way:
            connection.connect(way)
    except OSError as error:
        connection.close()
        reason = _last_words(address) if _log(address).exists() else error
        raise SandboxError(f"the sandbox has ended: {reason}") from error
    return connection


def protections() -> tuple[Protection, ...]:
    """What a sandbox on this machine would have, tried out. Raises SandboxError where there can be none at all."""
    sandbox = Sandbox(unsafe=True)
    sandbox._open()
    sandbox.__exit__()
    return sandbox.protections
