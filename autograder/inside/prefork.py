"""The fork server inside the walls: it holds the libraries and nothing else, and forks a worker for each connection.

A forked process can read all that its parent had in memory, so nothing secret may ever come in here: not a test, not a
solution, not the name of a student.
"""

import json
import os
import select
import shutil
import signal
import socket
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from autograder.inside import walls
from autograder.inside.enclosure import SCRATCH, Enclosure
from autograder.inside.libraries import load
from autograder.inside.limits import Limits, libraries_in_memory, memory_of_all
from autograder.inside.syscalls import build_filter
from nnkit.notebook.policy import look_around

LIBRARIES = (
    "numpy",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib_inline.backend_inline",
    "matplotlib.pyplot",
    "IPython",
    "ipywidgets",
    "nnkit",
    "autograder.inside.shell",
    "autograder.inside.worker",
)
_LOOK_EVERY = 100  # milliseconds between two looks at the memory of a worker

Serve = Callable[[socket.socket], None]


@dataclass(frozen=True)
class Setup:
    """What the trusted side wants; travels as JSON. `listener` and `control` are inherited descriptors."""

    walls: str  # "bubblewrap", "namespaces" or "none"
    root: str  # a folder to make, and to build in
    readable: tuple[str, ...]
    limits: Limits
    preload: tuple[str, ...]
    serve: str  # module:function
    listener: int
    control: int

    @classmethod
    def from_json(cls, text: str) -> "Setup":
        values = json.loads(text)
        return cls(**{**values, "readable": tuple(values["readable"]), "limits": Limits(**values["limits"])})


def main(setup: Setup) -> None:
    """Report what protections are in force, wait for a go, load the libraries, serve until hang-up."""
    os.umask(0o022)
    if setup.walls == "namespaces":
        walls.raise_walls(setup.root, setup.readable)
        if child := os.fork():
            os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    walls.finish(setup.walls, setup.readable)
    if setup.walls != "none":
        os.environ["HOME"] = os.environ["TMPDIR"] = SCRATCH
    listener, control = socket.socket(fileno=setup.listener), socket.socket(fileno=setup.control)
    with suppress(OSError):  # the trial says that it is missing
        build_filter()
    missing = _trial(setup, control)
    control.sendall(json.dumps({"user": os.geteuid(), "missing": missing}).encode() + b"\n")
    if control.recv(1):
        load((*LIBRARIES, *setup.preload))
        look_around()
        _accept(setup, listener, control, frozenset(missing))


def _trial(setup: Setup, control: socket.socket) -> dict[str, str]:
    """Start a worker that only says which protections it could not get: their names, and why."""
    enclosure = Enclosure(setup.limits, setup.readable, setup.walls != "none")
    ours, theirs = socket.socketpair()

    def report(connection: socket.socket) -> None:
        connection.sendall(json.dumps(enclosure.missing).encode())

    supervisor = _fork(_supervise, theirs, control, enclosure, report)
    theirs.close()
    with ours, ours.makefile() as answer:
        text = answer.read()
    os.waitpid(supervisor, 0)
    return json.loads(text) if text else {"namespaces": "a worker on trial ended before it could report"}


def _accept(setup: Setup, listener: socket.socket, control: socket.socket, accepted: frozenset[str]) -> None:
    module, function = setup.serve.split(":")
    serve = getattr(import_module(module), function)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    waiting.register(control, 0)  # a hang-up is always told
    while True:
        for descriptor, _ in waiting.poll():
            if descriptor == control.fileno():
                return _wait_for_supervisors()
            connection, _ = listener.accept()
            enclosure = Enclosure(setup.limits, setup.readable, setup.walls != "none", accepted)
            with connection, suppress(OSError):  # no process to be had just now: the examiner sees a hang-up
                _fork(_supervise, connection, control, enclosure, serve)


def _wait_for_supervisors() -> None:
    """They hear the same hang-up. Between walls our end stops everything; without, only they do."""
    with suppress(ChildProcessError):
        os.wait()  # with SIGCHLD ignored, until the last one has ended


def _fork(function: Callable, *arguments: object) -> int:
    """Run a function in a child process that ends with it; answers the child's id."""
    child = os.fork()
    if child:
        return child
    try:
        function(*arguments)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _supervise(connection: socket.socket, control: socket.socket, enclosure: Enclosure, serve: Serve) -> None:
    """Stand outside a worker's namespaces. End them when the examiner hangs up or the worker ends or takes too much."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    memory = libraries_in_memory() + enclosure.limits.memory
    enclosure.isolate()
    worker = _fork(_work, connection, enclosure, serve)
    waiting = select.poll()
    waiting.register(os.pidfd_open(worker), select.POLLIN)
    for channel in (connection, control):
        waiting.register(channel, 0)  # a hang-up is always told
    while not waiting.poll(_LOOK_EVERY):
        if _sees_only_others() and memory_of_all(memory) > memory:
            break
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)  # returns when every process of its namespace is gone
    if not enclosure.namespaces:
        _kill_orphans()
        shutil.rmtree(enclosure.scratch, ignore_errors=True)


def _sees_only_others() -> bool:
    """Whether /proc is the worker's by now: this process does not exist in there."""
    return not os.path.exists("/proc/self")


def _kill_orphans() -> None:
    """Without a namespace the kernel hands us what the worker left behind."""
    while True:
        for child in Path("/proc/thread-self/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _work(connection: socket.socket, enclosure: Enclosure, serve: Serve) -> None:
    os.setsid()
    _close_all_but(connection.fileno())
    enclosure.furnish()
    enclosure.give_up()
    # What went wrong up to here stands in the prefork server's log, which is a file outside.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    serve(connection)


def _close_all_but(kept: int) -> None:
    """Close every inherited descriptor but the standard three and this one."""
    os.closerange(3, kept)
    os.closerange(kept + 1, 65_536)
