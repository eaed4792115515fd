"""The drawing layer of every explorer: a picture made of panels, and the frame around it.

The picture is data (see `marks`); the browser draws it on canvases. A control that moves costs one message from the
kernel, with the numbers as raw float32. docs/design.md has the measurement that decided for this technology.
"""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets
from ipywidgets import HTML, HBox, Layout, VBox, Widget

_HERE = Path(__file__).parent


class Canvas(anywidget.AnyWidget):
    """Panels side by side, with a live summary in words below them.

    panels: list of `marks.panel`.  summary: one or two sentences on what is shown; screen readers announce it.
    moved: set by the browser when a point was dragged: [panel, point, x, y, serial number].
    answered: serial number of the last move that the panels have taken in.
    """

    _esm = (_HERE / "marks.js").read_text("utf-8") + (_HERE / "canvas.js").read_text("utf-8")
    _css = _HERE / "canvas.css"

    panels = traitlets.List(traitlets.Dict()).tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    moved: traitlets.List = traitlets.List().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)

    def show(self, panels: list[dict], summary: str) -> None:
        """Replace the whole picture, in one message."""
        with self.hold_sync():
            self.answered = self.moved[4] if self.moved else 0
            self.panels = panels
            self.summary = summary

    def on_move(self, callback: Callable[[int, float, float], None]) -> None:
        """Call `callback(point, x, y)` when the user moves a draggable point."""
        self.observe(lambda change: callback(int(change.new[1]), *map(float, change.new[2:4])), "moved")


class Explorer(VBox):
    """An explorer as it stands in a notebook: title, controls, picture, and a question that only playing answers.

    controls: rows of widgets.  Where no widget can be shown (a printed notebook, the grader), its text stands in.
    """

    def __init__(self, title: str, controls: list[list[Widget]], canvas: Canvas, question: str):
        wrap = Layout(flex_flow="row wrap", align_items="center", margin="2px 0", grid_gap="2px 10px")
        rows = [HBox(row, layout=wrap) for row in controls]
        heading, try_this = (
            HTML(f'<div class="nnk-title" role="heading" aria-level="4">{title}</div>'),
            HTML(f'<div class="nnk-question">{question}</div>'),
        )
        super().__init__([heading, *rows, canvas, try_this])
        self.add_class("nnk-explorer")
        self.title = title
        self.canvas = canvas

    def __repr__(self) -> str:
        return "\n".join(
            [f"Explorer: {self.title}", self.canvas.summary, *(panel["alt"] for panel in self.canvas.panels)]
        )

    def _repr_mimebundle_(self, **kwargs) -> dict:
        # ipywidgets cuts the text after 110 characters; here it is the description of the picture.
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}
