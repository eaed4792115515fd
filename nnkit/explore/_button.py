"""What takes long waits behind a button, so that a notebook can be run from top to bottom without it."""

from collections.abc import Callable
from html import escape

from IPython.display import display
from ipywidgets import Output, VBox

from nnkit.explore import controls
from nnkit.explore.canvas import at_rest, show_beside


def button(label: str, act: Callable[[], object]) -> "Waiting":
    """Do something long when the button is pressed, and show below it what that prints, draws and returns.

    label: what it does, and how long that takes.  act: called without arguments, anew for each press.

    Raises TypeError or ValueError if there is nothing to call, or no label.
    """
    if not isinstance(label, str) or not label.strip():
        raise ValueError(f"expected a label in words, got {label!r}")
    if not callable(act):
        raise TypeError(f"expected a function to call, got {act!r}: write its name without brackets")
    return Waiting(label, act)


class Waiting(VBox):
    """The button, and below it what came out."""

    def __init__(self, label: str, act: Callable[[], object]):
        self._label, self._act, self._output = label, act, Output()
        self._button = controls.button(label, self._run)
        super().__init__([self._button, self._output])
        self.add_class("nnk-waiting")

    def _run(self) -> None:
        self._button.disabled, self._button.description = True, f"{self._label} · running …"
        self._output.clear_output()
        try:
            with self._output:
                result = self._act()
                if result is not None:
                    display(result)
        finally:
            self._button.disabled, self._button.description = False, self._label

    def _ipython_display_(self) -> None:
        show_beside(at_rest(f"<p>{escape(repr(self))}</p>", repr(self)), self)

    def __repr__(self) -> str:
        return f"Press the button in a notebook to run it: {self._label}"


def example() -> Waiting:
    """A button that prints."""
    return button("Say it", lambda: print("said"))
