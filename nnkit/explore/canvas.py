"""The drawing layer of every explorer: a picture made of panels, and the frame around it.

The picture is data (see `marks`); the browser draws it on canvases. A control that moves costs one message from the
kernel, with the numbers as raw float32. docs/design.md has the measurement that decided for this technology.
"""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display, update_display
from ipywidgets import HTML, HBox, Layout, VBox, Widget

from nnkit.palette import ON_DARK

_HERE = Path(__file__).parent
_IMAGE = re.compile(r"data:image/\w+;base64,[\w+/=]+", re.ASCII)
_BESIDE = f"""<style>
[data-jp-theme-light="false"] .nnk-still img {{ {ON_DARK} }}
.jp-OutputArea-child:has(.nnk-still):has(+ .jp-OutputArea-child :is(.nnk-explorer, .nnk-quiz, .nnk-waiting)),
.jp-OutputArea-child:has(.nnk-still) + .jp-OutputArea-child > .jupyter-widgets:not(:has(*)) {{ display: none; }}
</style>"""
# The still makes way for the widget while that lives; afterwards it stands for it, not "model not found".


def at_rest(html: str, text: str) -> dict:
    """What stands in a cell for a widget where that does not live: in HTML, and in plain text."""
    return {"text/html": f'<div class="nnk-still">{html}</div>{_BESIDE}', "text/plain": text}


def show_beside(rest: dict, widget: Widget, place: str | None = None) -> None:
    """Two outputs: what is saved to be seen without a kernel, and the widget.  place: display id of the first.

    The second has no text: where it may not be shown, as in a notebook that is not trusted, the first says all.
    """
    display(rest, raw=True, display_id=place)
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view}, raw=True)


class Canvas(anywidget.AnyWidget):
    """Panels side by side, with a live summary in words below them.

    panels: list of `marks.panel`.  summary: one or two sentences on what is shown; screen readers announce it.
    moved: set by the browser when a point was dragged: [panel, point, x, y, serial number]; when a knob was turned:
    [panel, knob, value, 0, serial number].
    pressed: the same when a panel was clicked that can be: [panel, x, y, serial number].
    answered: serial number of the last move that the panels have taken in.
    still: set by the browser when the picture has come to rest: an image of it as a data URL.
    """

    _esm = (_HERE / "marks.js").read_text("utf-8") + (_HERE / "canvas.js").read_text("utf-8")
    _css = _HERE / "canvas.css"

    panels = traitlets.List(traitlets.Dict()).tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    moved: traitlets.List = traitlets.List().tag(sync=True)
    pressed: traitlets.List = traitlets.List().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    @traitlets.validate("still")
    def _is_an_image(self, proposal: dict) -> str:
        if not _IMAGE.fullmatch(proposal["value"]):
            raise traitlets.TraitError(f"expected a data URL of an image, got {proposal['value'][:40]!r}")
        return proposal["value"]

    def show(self, panels: list[dict], summary: str) -> None:
        """Replace the whole picture, in one message."""
        with self.hold_sync():
            self.answered = self.moved[4] if self.moved else 0
            self.panels = panels
            self.summary = summary

    def on_move(self, callback: Callable[[int, float, float], None]) -> None:
        """Call `callback(point, x, y)` when the user moves a draggable point."""
        self.observe(lambda change: callback(int(change.new[1]), *map(float, change.new[2:4])), "moved")

    def on_turn(self, callback: Callable[[int, float], None]) -> None:
        """Call `callback(knob, value)` when the user turns one. A picture has points to drag or knobs, not both."""
        self.on_move(lambda knob, value, _: callback(knob, value))

    def on_press(self, callback: Callable[[int, float, float], None]) -> None:
        """Call `callback(panel, x, y)` when the user clicks into a panel that was made with `click=True`."""
        self.observe(lambda change: callback(int(change.new[0]), *map(float, change.new[1:3])), "pressed")


class Explorer(VBox):
    """An explorer as it stands in a notebook: title, controls, picture, and a question that only playing answers.

    controls: rows of widgets above the picture.  below: those under it, for what is seldom moved.
    Where no widget can be shown (a printed notebook, the grader), the still stands in.
    """

    def __init__(
        self,
        title: str,
        controls: list[list[Widget]],
        canvas: Canvas,
        question: str,
        *,
        below: list[list[Widget]] | None = None,
    ):
        wrap = Layout(flex_flow="row wrap", align_items="center", margin="2px 0", grid_gap="2px 10px")
        above, under = ([HBox(row, layout=wrap) for row in rows] for rows in (controls, below or []))
        heading, try_this = (
            HTML(f'<div class="nnk-title" role="heading" aria-level="4">{title}</div>'),
            HTML(f'<div class="nnk-question">{question}</div>'),
        )
        super().__init__([heading, *above, canvas, *under, try_this])
        self.add_class("nnk-explorer")
        self.title = title
        self.canvas = canvas
        self._place = f"{self.model_id}-still"
        canvas.observe(lambda _: update_display(self._still(), raw=True, display_id=self._place), "still")

    def __repr__(self) -> str:
        return "\n".join(
            [f"Explorer: {self.title}", self.canvas.summary, *(panel["alt"] for panel in self.canvas.panels)]
        )

    def _ipython_display_(self) -> None:
        show_beside(self._still(), self, self._place)

    def _still(self) -> dict:
        alts = [escape(panel["alt"]) for panel in self.canvas.panels]
        image = f'<img alt="{" ".join(alts)}" src="{self.canvas.still}">'
        picture = image if self.canvas.still else "".join(f"<p>{alt}</p>" for alt in alts)
        words = f"<p>{escape(self.canvas.summary)}</p><p><em>Run this cell to wake it.</em></p>"
        return at_rest(f"<p><strong>{self.title}</strong></p>{picture}{words}", repr(self))
