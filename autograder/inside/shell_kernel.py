"""ipykernel's shell without a kernel: its session hands messages to a front end in this process, not to a socket.

No thread, no history, nothing on disk. `prepare` does in advance, before a fork, what takes long and is the same for
everybody; `enter` makes the result the shell of this process.
"""

import asyncio
import builtins
import getpass
import inspect
import os
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from typing import Any

import comm
import comm.base_comm
import matplotlib
from ipykernel import eventloops, zmqshell
from ipykernel.compiler import XCachingCompiler
from ipykernel.kernelbase import Kernel
from IPython.core import pylabtools
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.session import Session
from matplotlib import pyplot
from matplotlib.backends.registry import backend_registry
from matplotlib.figure import Figure
from traitlets.config import Config

from autograder.inside.shell_tracebacks import ShortTracebacks
from nnkit.notebook import kernel

_BACKEND = "module://matplotlib_inline.backend_inline"


@cache
def prepare() -> "ZMQInteractiveShell":
    """Build the shell and use it once. In a process that others are forked from, this saves each of them the time."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = ZMQInteractiveShell(config=config, compiler_class=_Compiler, kernel=_Kernel())
    shell.displayhook.session = shell.display_pub.session = _Kernel.session
    shell.displayhook.topic = b"execute_result"
    shell.transform_cell("%time 1\n!true")
    try:
        raise ValueError("to load all that a traceback takes")
    except ValueError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
    figure = Figure()
    figure.subplots().set_title("to find the fonts for $x^2$")
    pylabtools.print_figure(figure)
    backend_registry.list_all()
    return shell


def enter(shell: "ZMQInteractiveShell", loop: "Loop") -> None:
    """Make it this process's shell: `get_ipython()`, the module `__main__`, comms, `input`, matplotlib's backend."""
    for kind in ZMQInteractiveShell._walk_mro():
        kind._instance = shell  # type: ignore[assignment]  # declared as None, and held so
    zmqshell.ZMQInteractiveShell.init_environment(shell)
    zmqshell.ZMQInteractiveShell.init_sys_modules(shell)
    shell.history_manager.reset(new_session=False)  # it remembers the folder we are in
    kernel.attach(shell)  # as a student's kernel does when nnkit is imported
    asyncio.set_event_loop(loop)
    shell.loop_runner = loop.run_coroutine_of_cell
    builtins.input, getpass.getpass = shell.kernel.raw_input, shell.kernel.getpass
    comm.create_comm = _Comm
    if not _has_terminals():
        zmqshell.system = run_without_terminal  # type: ignore[assignment, attr-defined]  # on purpose in its place
    os.environ["MPLBACKEND"] = matplotlib.rcParams["backend"] = _BACKEND
    # At the end of a cell pyplot draws for windows, and the backend then draws again for the picture that is kept.
    pyplot._draw_all_if_interactive = lambda: None
    # The backend connects itself to the shell when it is imported, which a kernel does with the first figure.
    for name in ("matplotlib_inline.backend_inline", "matplotlib_inline"):
        sys.modules.pop(name, None)


def run_without_terminal(command: str) -> int:
    """`!command` where the system has no pseudo-terminal for it: what it shows looks as if there were one."""
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, shell=True, **pipes) as process:
        output: Any = process.stdout
        while data := output.read1():
            sys.stdout.write(data.decode(errors="replace").replace("\n", "\r\n"))
    return process.returncode


def _has_terminals() -> bool:
    try:
        ends = os.openpty()
    except OSError:
        return False
    for end in ends:
        os.close(end)
    return True


class Loop(asyncio.SelectorEventLoop):
    """An event loop that says it is running while a cell runs, as a kernel's loop is.

    Cells without `await` do not run inside of it: what they set in context variables (`np.seterr`, the precision of
    decimals) has to reach later cells and calls.
    """

    _in_cell = False

    def is_running(self) -> bool:
        return self._in_cell or super().is_running()

    @contextmanager
    def running(self):
        """Say that the loop is running."""
        self._say(True)
        try:
            yield
        finally:
            self._say(False)

    def run_coroutine_of_cell(self, coroutine):
        """Really run it, for a cell with `await`."""
        self._say(False)
        try:
            return self.run_until_complete(coroutine)
        finally:
            self._say(True)

    def _say(self, running: bool) -> None:
        self._in_cell = running
        asyncio._set_running_loop(self if running else None)


class _Session(Session):
    """A session that sends its messages no further than to the front end in this process."""

    front_end: Any = None

    def msg(self, msg_type, content=None, parent=None, header=None, metadata=None):
        return {"header": header or {}, "msg_type": msg_type, "parent_header": parent or {}, "content": content or {}}

    def send(self, stream, msg_or_type, content=None, parent=None, **_):  # type: ignore[override]  # the rest is in **_
        message = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content, parent)
        kind, content, size = message["msg_type"], message["content"], 0
        if kind in ("display_data", "execute_result", "update_display_data"):
            packed = self.pack(content)  # refuses what JSON cannot hold, and makes lists of tuples
            content, size = self.unpack(packed), len(packed)
        self.front_end.receive(kind, content, size)


class _Comm(comm.base_comm.BaseComm):
    """The way from a widget to the front end."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **_):
        _Kernel.session.send(None, msg_type, {"comm_id": self.comm_id, "data": data or {}})


class _Kernel:
    """What the shell, widgets and libraries ask of a kernel; it answers as one whose front end takes no input."""

    session = _Session(key=b"")
    eventloop = None
    _allow_stdin = False
    raw_input, getpass = Kernel.raw_input, Kernel.getpass

    def get_parent(self, channel=None):
        return InteractiveShell.instance().get_parent()  # type: ignore[attr-defined]  # ours is ipykernel's, which has it


class _Compiler(XCachingCompiler):
    """ipykernel's names for cells, made known to `inspect` as files of `__main__`.

    Otherwise it looks through all modules for them, several times for each frame of a traceback.
    """

    def get_code_name(self, raw_code, code, number):
        name = super().get_code_name(raw_code, code, number)
        inspect.modulesbyfile[name] = "__main__"
        return name


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """ipykernel's shell, with no trace on disk. Libraries look for its name, so it is the same."""

    __module__ = zmqshell.__name__
    displayhook: Any  # these are declared as their base classes, or as perhaps None
    display_pub: Any
    history_manager: Any
    payload_manager: Any

    def init_ipython_dir(self, ipython_dir):
        """None: it would be created."""

    def init_profile_dir(self, profile_dir):
        self.db = {}  # %bookmark and %store would keep it in the profile

    def init_sys_modules(self):
        """Later, in the process that runs cells."""

    def init_environment(self):
        """Later, in the process that runs cells."""

    def init_traceback_handlers(self, custom_exceptions):
        super().init_traceback_handlers(custom_exceptions)
        self.InteractiveTB = ShortTracebacks(self.xmode, self.colors, tb_offset=1)

    def enable_gui(self, gui=None):
        eventloops.enable_gui(gui, self.kernel)

    @contextmanager
    def _tee(self, channel):
        """For a history of all outputs, which nobody reads and nothing bounds."""
        yield

    def _format_exception_for_storage(self, exception, filename=None, running_compiled_code=False):
        """For the same history: it would format each traceback a second time."""
