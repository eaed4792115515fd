"""A sign of life: a cell that takes more than three seconds says so, and how far its training is.

The bar stands while the cell runs and is gone when it has run. Nobody has to ask for it.
"""

import sys
import time
from collections.abc import Callable
from html import escape
from threading import Event, Thread
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from nnkit.training import Training

PATIENCE, PULSE = 3.0, 0.5  # seconds: until the bar is shown, and from one look to the next


def attach(shell) -> None:
    """Let the cells of a kernel show the bar. Elsewhere, as in the grader, nobody waits for a cell."""
    if not hasattr(getattr(shell, "kernel", None), "iopub_thread"):
        return
    if not any(isinstance(getattr(known, "__self__", None), _Bar) for known in shell.events.callbacks["pre_run_cell"]):
        bar = _Bar()
        shell.events.register("pre_run_cell", bar.begin)
        shell.events.register("post_run_cell", bar.end)


class Sign:
    """Begins to wait when it is made.  show: called from a thread with what is to be seen, at the end with nothing."""

    def __init__(self, show: Callable[[dict], None]):
        self._show, self._done, self._shown = show, Event(), False
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """The cell has run."""
        self._done.set()
        self._thread.join()
        if self._shown:
            self._show({"text/html": "", "text/plain": ""})

    def _watch(self) -> None:
        began = time.monotonic()
        while not self._done.wait(PULSE if self._shown else PATIENCE):
            self._shown = True
            self._show(seen(time.monotonic() - began, _training()))


def _training() -> "Training | None":
    """The innermost that runs. What trains has loaded its loop; `import nnkit` is not to load it."""
    loop = sys.modules.get("nnkit.training.loop")
    return next(iter(loop.running[-1:]), None) if loop else None


def seen(seconds: float, training: "Training | None") -> dict:
    """The bar as HTML and in words: full where the training ends, without an end where nothing is known of one."""
    if training is None:
        words, far = f"running for {seconds:.0f} s", ""
    else:
        steps, loss = training.epochs * training.steps_per_epoch, training.history.loss
        last = f", loss {loss[-1]:.4g}" if loss else ""
        words = f"training: epoch {training.epoch} of {training.epochs}{last}; running for {seconds:.0f} s"
        far = f' max="{steps}" value="{training.step}"'
    return {"text/html": f'<progress aria-label="progress"{far}></progress> {escape(words)}', "text/plain": words}


class _Bar:
    """The sign of the cell that runs, in its output."""

    def __init__(self) -> None:
        self._sign: Sign | None = None
        self._place = ""

    def begin(self, info) -> None:
        """A cell is about to run."""
        self.end()  # of a cell that was stopped
        self._place = ""
        self._sign = Sign(self._show)

    def end(self, result=None) -> None:
        """A cell has run."""
        if self._sign:
            self._sign.end()
            self._sign = None

    def _show(self, data: dict) -> None:
        from IPython.display import display, update_display

        if self._place:
            update_display(data, raw=True, display_id=self._place)
        else:
            self._place = uuid4().hex
            display(data, raw=True, display_id=self._place)
