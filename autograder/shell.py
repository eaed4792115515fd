"""A kernel's shell without the kernel: runs a cell and returns the outputs that Jupyter would have put below it.

It is ipykernel's own shell. Only what lies outside of it is replaced: the session hands its messages to a front end in
this process instead of a socket, and the output streams need no thread. Nothing is written to disk, no history is kept.

A process has one Shell. `prepare` does in advance, before a fork, what takes long and is the same for everybody.
"""

import asyncio
import builtins
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import comm
import comm.base_comm
import matplotlib
from ipykernel import eventloops, zmqshell
from ipykernel.compiler import XCachingCompiler
from ipykernel.kernelbase import Kernel
from IPython.core import pylabtools
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session
from traitlets.config import Config

from autograder.shell_outputs import FrontEnd
from autograder.shell_streams import OutStream

_BACKEND = "module://matplotlib_inline.backend_inline"


@dataclass
class CellRun:
    """What running a cell led to: nbformat outputs, and name and message of the exception it ended with, if any."""

    outputs: list[dict]
    error: tuple[str, str] | None


class Shell:
    """Runs cells in `namespace`, the global names of the module `__main__`.

    output_limit: characters of output that are kept of one cell or call.
    render_figures: whether figures shown by matplotlib's inline backend become pictures; otherwise only their
    text form is shown, which saves most of their time.
    """

    def __init__(self, *, output_limit: int = 1_000_000, render_figures: bool = True):
        self._interactive = prepare()
        self._front_end = FrontEnd(output_limit)
        self._session = self._interactive.displayhook.session
        self._session.front_end = self._front_end
        self._streams = [OutStream(name, self._session, self._front_end) for name in ("stdout", "stderr")]
        self._loop = _Loop()
        asyncio.set_event_loop(self._loop)
        self._interactive.loop_runner = self._loop.run_coroutine_of_cell
        self._count = 0
        _enter(self._interactive)
        sys.stdout, sys.stderr = self._streams
        if not render_figures:
            pylabtools.print_figure = lambda *_, **__: None

    @property
    def namespace(self) -> dict:
        """The global names of the cells."""
        return self._interactive.user_ns

    @property
    def execution_count(self) -> int:
        """The number of the next cell. Set it where cells are skipped that a kernel would have run."""
        return self._interactive.execution_count

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        self._interactive.execution_count = count

    def run(self, source: str) -> CellRun:
        """Run a cell."""
        self._begin()
        result = None
        with _no_input(self._interactive.kernel), self._loop.running():
            result = self._interactive.run_cell(source, store_history=True)
        self._interactive.payload_manager.clear_payload()
        self._flush()
        error = result.error_in_exec if result.error_before_exec is None else result.error_before_exec
        return CellRun(self._front_end.finish(), None if error is None else (type(error).__name__, _message(error)))

    @contextmanager
    def captured(self) -> Iterator["Printed"]:
        """Catch what is printed inside. What is displayed is lost, as there is no cell below which to show it."""
        self._begin()
        printed = Printed(self)
        try:
            yield printed
        finally:
            printed.close()

    def _begin(self) -> None:
        self._flush()
        self._front_end.begin()
        for stream in self._streams:
            stream.rewind()
        self._count += 1
        self._interactive.set_parent({"header": {"msg_id": f"request {self._count}"}})

    def _flush(self) -> None:
        for stream in self._streams:
            stream.flush()


class Printed:
    """What was printed up to now, as pairs of stream name and text."""

    def __init__(self, shell: Shell):
        self._shell = shell
        self._final: list | None = None

    def __iter__(self) -> Iterator[list[str]]:
        return iter(self._now() if self._final is None else self._final)

    def close(self) -> None:
        """Nothing more will be printed."""
        self._final = self._now()

    def _now(self) -> list[list[str]]:
        self._shell._flush()
        outputs = self._shell._front_end.finish()
        return [[output["name"], output["text"]] for output in outputs if output["output_type"] == "stream"]


class _Session(Session):
    """A session that sends its messages no further than to the front end in this process."""

    front_end = None

    def msg(self, msg_type, content=None, parent=None, header=None, metadata=None):
        return {"header": header or {}, "msg_type": msg_type, "parent_header": parent or {}, "content": content or {}}

    def send(self, stream, msg_or_type, content=None, parent=None, **_):
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content, parent)
        kind, content, size = message["msg_type"], message["content"], 0
        if kind in ("display_data", "execute_result", "update_display_data"):
            packed = self.pack(content)  # refuses what JSON cannot hold, and makes lists of tuples
            content, size = self.unpack(packed), len(packed)
        if self.front_end is not None:
            self.front_end.receive(kind, content, size)


class _Comm(comm.base_comm.BaseComm):
    """The way from a widget to the front end."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **_):
        content = {"comm_id": self.comm_id, "data": data or {}}
        _Kernel.session.send(None, msg_type, content)


class _Kernel:
    """What the shell, widgets and libraries ask of a kernel; it answers as one whose front end takes no input."""

    session = _Session(key=b"")
    eventloop = None
    _allow_stdin = False
    raw_input, getpass = Kernel.raw_input, Kernel.getpass

    def get_parent(self, channel=None):
        return InteractiveShell.instance().get_parent()


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """ipykernel's shell, with no trace on disk. Libraries look for its name, so it is the same."""

    __module__ = zmqshell.__name__

    def init_ipython_dir(self, ipython_dir):
        """None: it would be created."""

    def init_profile_dir(self, profile_dir):
        self.db = {}  # for %bookmark, %alias and the like, which would keep it in the profile

    def init_sys_modules(self):
        """Later, in the process that runs cells."""

    def init_environment(self):
        """Later, in the process that runs cells."""

    def enable_gui(self, gui=None):
        eventloops.enable_gui(gui, self.kernel)

    @contextmanager
    def _tee(self, channel):
        """For a history of all outputs, which nobody reads and nothing bounds."""
        yield

    def _format_exception_for_storage(self, exception, filename=None, running_compiled_code=False):
        """For the same history: it would format each traceback a second time."""


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that says it is running while a cell runs, as a kernel's loop is.

    Cells without `await` do not run inside the loop: what they set in context variables (`np.seterr`, the precision
    of decimals) has to reach later cells and calls.
    """

    _in_cell = False

    def is_running(self) -> bool:
        return self._in_cell or super().is_running()

    @contextmanager
    def running(self):
        """Say that the loop is running."""
        self._in_cell = True
        asyncio._set_running_loop(self)
        try:
            yield
        finally:
            self._in_cell = False
            asyncio._set_running_loop(None)

    def run_coroutine_of_cell(self, coroutine):
        """Really run it, for a cell with `await`."""
        self._in_cell = False
        asyncio._set_running_loop(None)
        try:
            return self.run_until_complete(coroutine)
        finally:
            self._in_cell = True
            asyncio._set_running_loop(self)


@cache
def prepare() -> ZMQInteractiveShell:
    """Build the shell. In a process that others are forked from, this saves each of them the time."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = ZMQInteractiveShell(config=config, compiler_class=XCachingCompiler, kernel=_Kernel())
    shell.displayhook.session = shell.display_pub.session = _Kernel.session
    shell.displayhook.topic = b"execute_result"
    return shell


def _enter(shell: ZMQInteractiveShell) -> None:
    """Make it this process's shell: `get_ipython()`, the module `__main__`, the comms, matplotlib's backend."""
    for kind in ZMQInteractiveShell._walk_mro():
        kind._instance = shell
    zmqshell.ZMQInteractiveShell.init_environment(shell)
    zmqshell.ZMQInteractiveShell.init_sys_modules(shell)
    comm.create_comm = _Comm
    os.environ["MPLBACKEND"] = matplotlib.rcParams["backend"] = _BACKEND
    # The backend connects itself to the shell when it is imported, which a kernel does with the first figure.
    sys.modules.pop("matplotlib_inline.backend_inline", None)
    sys.modules.pop("matplotlib_inline", None)


@contextmanager
def _no_input(kernel: _Kernel) -> Iterator[None]:
    """`input` and `getpass` say that nobody is there to answer."""
    before = builtins.input, getpass.getpass
    builtins.input, getpass.getpass = kernel.raw_input, kernel.getpass
    try:
        yield
    finally:
        builtins.input, getpass.getpass = before


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""
