"""Where a student's code runs: starts the zygote between walls, says which protections are in force, refuses without them.

with Sandbox(preload=["sklearn"]) as sandbox:
    connection = connect(sandbox.address)   # a fresh worker answers; closing the connection kills it
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from autograder import walls
from autograder.errors import UserError
from autograder.limits import Limits
from autograder.zygote import Plan

__all__ = ["Limits", "Protection", "Sandbox", "SandboxError", "connect", "protections"]

_BOOT = "import json, sys; sys.path[:0] = json.loads(sys.argv[1]); from autograder.zygote import Plan, main; main(Plan.from_json(sys.argv[2]))"
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # A forked process has one thread, and workers share the processors anyway.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_PATIENCE = 20  # seconds for the first word of the zygote, and for its end


class SandboxError(UserError):
    """This machine cannot give the protections that grading needs. The message says which, why, and what to do."""


@dataclass(frozen=True)
class Protection:
    """One wall: whether it stands on this machine, whether grading refuses without it, and why it is missing."""

    name: str
    in_force: bool
    essential: bool
    detail: str


_ESSENTIAL = {
    "plain user": "workers run as user {user}",
    "namespaces": "own files, processes, users and shared memory; no network; nothing outlives a worker",
    "private disk": "{limits.disk} bytes in memory; everything else is read-only",
    "own /proc": "no process but the worker's own can be seen",
    "no capabilities": "and none to be gained",
    "limits": "{limits.memory} bytes of memory, {limits.file_size} bytes a file, {limits.cpu_seconds} s of computing",
    "process limit": "{limits.processes} processes and threads",
}
_ADDITIONAL = {
    "Landlock": "files once more, and signals",
    "seccomp": "dangerous system calls, and sockets that reach out",
    "bubblewrap": "builds the outer walls",
}


class Sandbox:
    """A context manager: on entering it starts a zygote, on leaving it stops every process behind it.

    limits: of each worker
    preload: modules that workers are likely to import; one that is not there is passed over
    unsafe: run with the protections that can be had. Without it, raises SandboxError if an essential one is missing.
    serve: what a worker does with its connection, "module:function"
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        *,
        preload: Iterable[str] = (),
        unsafe: bool = False,
        serve: str = "autograder.worker:serve",
    ):
        self.limits, self.preload, self.unsafe, self.serve = limits, tuple(preload), unsafe, serve
        self.address = ""
        self.protections: tuple[Protection, ...] = ()

    def __enter__(self) -> "Sandbox":
        self._open()
        self._control.sendall(b"g")  # go: load the libraries and serve
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        shutil.rmtree(self._folder)

    def _open(self) -> None:
        if sys.platform != "linux":
            raise SandboxError(
                f"the sandbox needs Linux, this is {sys.platform}: "
                "grade in WSL2, in a Linux container or in a virtual machine"
            )
        self._folder = tempfile.mkdtemp(prefix="sandbox-")
        self.address = os.path.join(self._folder, "zygote")
        try:
            self._start_strongest()
        except BaseException:
            shutil.rmtree(self._folder)
            raise

    def _start_strongest(self) -> None:
        kinds = ["bubblewrap"] if shutil.which("bwrap") else []
        found = {}
        for kind in [*kinds, "namespaces", "none"]:
            found[kind] = self._start(kind)
            if not _lacking(found[kind]):
                break
            self._stop()
        else:
            if not self.unsafe:
                raise SandboxError(_refusal(found))
            kind = min(found, key=lambda kind: len(_lacking(found[kind])))
            self._start(kind)
        self.protections = found[kind]

    def _start(self, walls_kind: str) -> tuple[Protection, ...]:
        """Start a zygote and hear what a worker on trial could get; it serves when it is told to go."""
        modules = ("nnkit", self.serve.split(":")[0])
        readable = walls.readable_paths(modules)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._control, theirs = socket.socketpair()
        root = os.path.join(self._folder, "root")
        os.makedirs(root, exist_ok=True)
        with listener, theirs, tempfile.TemporaryFile("w+") as errors:
            if os.path.exists(self.address):
                os.unlink(self.address)
            listener.bind(self.address)
            listener.listen(128)
            plan = Plan(
                walls_kind, root, readable, self.limits, self.preload, self.serve, listener.fileno(), theirs.fileno()
            )
            program = [
                sys.executable,
                "-I",
                "-B",
                "-c",
                _BOOT,
                json.dumps(walls.search_path(modules)),
                json.dumps(asdict(plan)),
            ]
            outer = walls.bubblewrap(shutil.which("bwrap"), readable) if walls_kind == "bubblewrap" else []
            self._process = subprocess.Popen(
                [*outer, *program],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={**_ENVIRONMENT, "PATH": f"{sys.prefix}/bin:/usr/bin:/bin"},
                pass_fds=(listener.fileno(), theirs.fileno()),
                start_new_session=True,
                cwd="/",
            )
            theirs.close()
            report = self._first_word()
            errors.seek(0)
            reason = (errors.read().strip().splitlines() or ["the zygote ended without a word"])[-1]
        if not report:
            report = {"user": os.geteuid(), "missing": dict.fromkeys((*_ESSENTIAL, *_ADDITIONAL), reason)}
        return self._judge(walls_kind, report["user"], report["missing"])

    def _first_word(self) -> dict:
        self._control.settimeout(_PATIENCE)
        with self._control.makefile() as lines:
            line = lines.readline()
        return json.loads(line) if line else {}

    def _judge(self, walls_kind: str, user: int, missing: dict[str, str]) -> tuple[Protection, ...]:
        missing = dict(missing)
        if user == 0:
            missing.setdefault("plain user", "workers run as root: others may not read this Python")
        if walls_kind != "bubblewrap":
            missing["bubblewrap"] = "not used" if shutil.which("bwrap") else "not installed"
        return tuple(
            Protection(
                name,
                name not in missing,
                name in _ESSENTIAL,
                missing.get(name) or text.format(user=user, limits=self.limits),
            )
            for name, text in (_ESSENTIAL | _ADDITIONAL).items()
        )

    def _stop(self) -> None:
        self._control.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _lacking(found: Iterable[Protection]) -> list[Protection]:
    return [protection for protection in found if protection.essential and not protection.in_force]


def _refusal(found: dict[str, tuple[Protection, ...]]) -> str:
    tried = "; ".join(
        f"{kind}: {_lacking(protections)[0].detail}" for kind, protections in found.items() if kind != "none"
    )
    return (
        f"this machine does not let us wall in the students' code ({tried}). `autograder doctor` shows what is missing; "
        "--unsafe grades code that you trust without it"
    )


def connect(address: str) -> socket.socket:
    """A connection on which a fresh worker answers. Closing it, or shutting it down, kills the worker and all it started."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def protections() -> tuple[Protection, ...]:
    """What a sandbox on this machine would have. Raises SandboxError where there can be none at all."""
    sandbox = Sandbox(unsafe=True)
    sandbox._open()
    sandbox.__exit__()
    return sandbox.protections
