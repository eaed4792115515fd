"""A button that lets a picture move by itself, and holds it again."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent


class Player(anywidget.AnyWidget):
    """Play and pause. While it plays, the browser asks for a step, and for the next one when it has the answer.

    name: what moves.  pause: milliseconds between an answer and the next question.
    asked, answered: how many steps.  playing: set by both sides.
    """

    _esm = _HERE / "player.js"
    _css = _HERE / "canvas.css"

    name = traitlets.Unicode().tag(sync=True)
    pause = traitlets.Int().tag(sync=True)
    playing = traitlets.Bool().tag(sync=True)
    asked = traitlets.Int().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def __init__(
        self, name: str, advance: Callable[[], bool], *, start: Callable[[], None] = lambda: None, pause: int = 300
    ):
        """advance: moves on by a step, and tells whether there is another.  start: called when it begins to play."""
        super().__init__(name=name, pause=pause)
        self._advance, self._start = advance, start

    @traitlets.observe("playing")
    def _begin(self, change: dict) -> None:
        if change["new"]:
            self._start()

    @traitlets.observe("asked")
    def _step(self, change: dict) -> None:
        if self.playing:
            self.playing = self._advance()
        self.answered = change["new"]
