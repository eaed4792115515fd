"""Runs cells as a kernel does and returns the outputs that Jupyter would have put below them. One Shell a process.

The parts: shell_kernel.py is ipykernel's shell without the kernel, shell_streams.py its stdout and stderr,
shell_outputs.py what becomes of its messages, shell_tracebacks.py keeps the cost of errors low.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from IPython.core import pylabtools

from autograder.inside import shell_kernel
from autograder.inside.shell_outputs import FrontEnd
from autograder.inside.shell_streams import OutStream

prepare = shell_kernel.prepare


@dataclass
class CellRun:
    """What running a cell led to: nbformat outputs, and name and message of the exception it ended with, if any.

    Outputs with a display id are changed when a later cell updates them.
    """

    outputs: list[dict]
    error: tuple[str, str] | None


class Shell:
    """Runs cells in `namespace`, the global names of the module `__main__`.

    output_limit: characters of output that are kept of one cell or call.
    """

    def __init__(self, *, output_limit: int = 1_000_000):
        self._interactive = prepare()
        self._session = self._interactive.displayhook.session
        self._session.front_end = self._front_end = FrontEnd(output_limit)
        self._streams = [OutStream(name, self._session, self._front_end) for name in ("stdout", "stderr")]
        self._loop = shell_kernel.Loop()
        shell_kernel.enter(self._interactive, self._loop)
        sys.stdout, sys.stderr = self._streams
        self._figures = True
        draw = pylabtools.print_figure
        pylabtools.print_figure = lambda *args, **options: draw(*args, **options) if self._figures else None
        self._requests = 0
        self._called = False

    @property
    def namespace(self) -> dict:
        """The global names of the cells."""
        return self._interactive.user_ns

    @property
    def execution_count(self) -> int:
        """The number of the next cell. Set it where cells are passed over that a kernel would have run."""
        return self._interactive.execution_count

    @execution_count.setter
    def execution_count(self, count: int) -> None:
        self._interactive.execution_count = count

    def run(self, source: str, *, figures: bool = True) -> CellRun:
        """Run a cell.

        figures: whether matplotlib's figures become pictures. If not, only their text form is shown, which takes next
        to no time.
        """
        self._figures = figures
        if self._called:
            self._forget_figures()
        self._begin()
        self._requests += 1
        self._interactive.set_parent({"header": {"msg_id": str(self._requests)}})
        with self._loop.running():
            result = self._interactive.run_cell(source, store_history=True)
        self._interactive.payload_manager.clear_payload()
        self._flush()
        error = result.error_in_exec if result.error_before_exec is None else result.error_before_exec
        return CellRun(self._front_end.finish(), None if error is None else (type(error).__name__, _message(error)))

    def complete(self, awaitable):
        """What comes of a coroutine, run to its end between cells."""
        return self._loop.run_until_complete(awaitable)

    @contextmanager
    def in_history(self, source: str) -> Iterator[None]:
        """Around the run of a text that is no cell of the shell's: it is the last of `In`, as a cell would be."""
        texts = self._interactive.history_manager.input_hist_parsed
        count = len(texts)
        texts.append(source)
        try:
            yield
        finally:
            del texts[count:]

    @contextmanager
    def captured(self) -> Iterator["Printed"]:
        """Catch what is printed inside. What is displayed is lost, as there is no cell below which to show it."""
        self._called, self._figures = True, False
        self._begin()
        printed = Printed(self._now)
        try:
            yield printed
        finally:
            printed.close()

    def _begin(self) -> None:
        self._flush()
        self._front_end.begin()
        for stream in self._streams:
            stream.rewind()

    def _flush(self) -> None:
        for stream in self._streams:
            stream.flush()

    def _now(self) -> list[list[str]]:
        self._flush()
        outputs = self._front_end.finish()
        return [[output["name"], output["text"]] for output in outputs if output["output_type"] == "stream"]

    def _forget_figures(self) -> None:
        """Those that calls left open are not for the next cell to show."""
        self._called = False
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")


class Printed:
    """What has been printed up to now, or by the end: pairs of stream name and text."""

    def __init__(self, now):
        self._now = now

    def __iter__(self) -> Iterator[list[str]]:
        return iter(self._now())

    def close(self) -> None:
        """Nothing more will be printed."""
        final = self._now()
        self._now = lambda: final


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""
