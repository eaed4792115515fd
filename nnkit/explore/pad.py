"""A pad to draw on, with mouse, finger or keys."""

from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent


class Pad(anywidget.AnyWidget):
    """Strokes on a square of 1 × 1; the browser adds to them, and shows what Python sets.

    strokes: one list x₀, y₀, x₁, y₁, … for each time the pen was down; y runs downward.
    """

    _esm = _HERE / "pad.js"
    _css = _HERE / "canvas.css"

    strokes = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
