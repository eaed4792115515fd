"""What a picture is made of: eight kinds of mark on panels. Plain data, so that it can be tested without a browser.

A picture is a list of panels; a panel has two axes and a list of marks, drawn in order; a mark is a dict whose numbers
are float32 bytes, which is how `canvas.js` reads them. Colors are hex strings from `nnkit.palette`, or "ink" and
"muted", which follow the light or dark theme of the notebook. A mark with a `label` stands in the legend: it is drawn
beside the title with the mark itself, and told in words at the end of the panel's `alt`.
"""

from collections.abc import Sequence

import numpy as np

from nnkit.palette import CLASS_COLORS, CLASS_MARKERS

_SHAPES = {
    "s": "square",
    "o": "circle",
    "^": "triangle",
    "D": "diamond",
    "v": "triangle down",
    "P": "plus",
    "X": "cross",
    "<": "triangle left",
    ">": "triangle right",
    "*": "star",
}


def panel(
    *marks: dict,
    title: str,
    alt: str,
    x: dict,
    y: dict,
    size: tuple[int, int] = (360, 320),
    equal: bool = False,
    bare: bool = False,
    click: bool = False,
) -> dict:
    """One coordinate system with its marks.

    alt: what the panel shows, in words, for those who cannot see it.  x, y: from `axis`.
    size: width and height in CSS pixels; panels grow and shrink in proportion to their widths.
    equal: one unit is as long on x as on y (the limits widen to make it so).
    bare: no ticks and no frame, for drawings that are no plot.
    click: a click tells its place (`Canvas.on_press`). What it does, some control must do as well, for the keyboard.
    """
    return {
        "marks": list(marks),
        "title": title,
        "alt": alt + _legend_in_words(marks),
        "x": x,
        "y": y,
        "size": list(size),
        "equal": equal,
        "bare": bare,
        "click": click,
    }


def axis(low: float, high: float, label: str = "", *, log: bool = False, whole: bool = False) -> dict:
    """An axis from `low` to `high`.  log: logarithmic.  whole: ticks at whole numbers only.

    Raises ValueError if the interval is empty, or not positive on a logarithmic axis.
    """
    if not (np.isfinite([low, high]).all() and low < high and (low > 0 or not log)):
        raise ValueError(f"expected finite low < high{' and low > 0' if log else ''}, got {low} and {high}")
    return {"low": float(low), "high": float(high), "label": label, "log": log, "whole": whole}


def points(
    xy,
    *,
    classes=None,
    color: str = "ink",
    marker: str = "o",
    size: float = 9,
    hollow: bool = False,
    drag: Sequence[str] | None = None,
    label: str | Sequence[str] = (),
) -> dict:
    """Markers at `xy`, shape (n, 2).

    classes: (n,) integers; each class has its own color *and* shape, from `nnkit.palette`. Without them all points
    have `color` and `marker` (a matplotlib letter).  size: diameter in pixels.  hollow: outline only.
    drag: (n,) names; makes the points draggable, by mouse and keyboard. A panel has at most one such mark.
    label: a name for the legend; with `classes`, one for each of class 0, 1, …
    """
    xy = _pairs(xy)
    n = len(xy)
    if classes is None:
        classes, styles = np.zeros(n, int), [[color, marker]]
    else:
        classes, styles = (
            np.asarray(classes),
            [list(style) for style in zip(CLASS_COLORS, CLASS_MARKERS, strict=True)],
        )
    if classes.shape != (n,):
        raise ValueError(f"expected one class per point, shape ({n},), got {classes.shape}")
    if drag is not None and len(drag) != n:
        raise ValueError(f"expected {n} names of points to drag, got {len(drag)}")
    return {
        "kind": "points",
        "xy": _bytes(xy),
        "classes": classes.astype(np.uint8).tobytes(),
        "styles": styles,
        "size": size,
        "hollow": hollow,
        "drag": list(drag) if drag is not None else None,
        "labels": _labels(label),
    }


def line(xy, *, color: str = "ink", width: float = 2, dashed: bool = False, label: str | Sequence[str] = ()) -> dict:
    """A polyline through `xy`, shape (n, 2). A row of NaN lifts the pen; width in pixels.  label: as in `points`."""
    look = {"color": color, "width": width, "dashed": dashed, "labels": _labels(label)}
    return {"kind": "line", "xy": _bytes(_pairs(xy)), **look}


def area(xy, *, color: str, opacity: float = 0.15) -> dict:
    """A filled polygon with the corners `xy`, shape (n, 2). A row of NaN begins the next polygon."""
    return {"kind": "area", "xy": _bytes(_pairs(xy)), "color": color, "opacity": opacity}


def arrow(start, end, *, color: str = "ink", width: float = 2) -> dict:
    """Arrows from `start` to `end`, each (2,) or (n, 2)."""
    xy = np.hstack([_pairs(start), _pairs(end)]).reshape(-1, 2)
    return {"kind": "arrow", "xy": _bytes(xy), "color": color, "width": width}


def text(xy, words: str | Sequence[str], *, color: str = "ink", anchor: str = "center", size: float = 12) -> dict:
    """Words at `xy`, (2,) or (n, 2).  anchor: "start", "center" or "end" of the words lies on the point."""
    xy, words = _pairs(xy), [words] if isinstance(words, str) else list(words)
    if len(words) != len(xy):
        raise ValueError(f"expected {len(xy)} texts, one per point, got {len(words)}")
    return {"kind": "text", "xy": _bytes(xy), "words": words, "color": color, "anchor": anchor, "size": size}


def knobs(
    xy, words: Sequence[str], *, names: Sequence[str], values: Sequence[float], low: float, high: float, step: float
) -> dict:
    """Words at `xy`, shape (n, 2), each in a box that is a slider: turned where it stands, by mouse and keyboard.

    names: (n,) for those who cannot see it.  values: (n,) what they are at, from `low` to `high`.  step: of a key.
    The new value goes to `Canvas.on_turn`. A panel has one mark with something to drag or to turn.
    """
    xy = _pairs(xy)
    if not len(words) == len(names) == len(values) == len(xy):
        received = f"{len(words)}, {len(names)} and {len(values)}"
        raise ValueError(f"expected {len(xy)} words, names and values, one per point, got {received}")
    turn = {"values": [float(value) for value in values], "low": low, "high": high, "step": step}
    return {"kind": "knobs", "xy": _bytes(xy), "words": list(words), "drag": list(names), "turn": turn}


def heat(
    values,
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    limits: tuple[float, float],
    colors: Sequence[tuple[str, float]],
    bands: int = 0,
) -> dict:
    """Colors for a function on a grid.

    values: (rows, columns); columns run from x[0] to x[1], rows from y[0] to y[1], both ends included.
    limits: the values that get the first and the last color.  colors: pairs (color, opacity), evenly spaced between.
    bands: this many steps of color instead of a smooth change, which draws filled contours.
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(f"expected values with shape (rows, columns), got {values.shape}")
    return {
        "kind": "heat",
        "values": _bytes(values),
        "shape": list(values.shape),
        "x": [float(end) for end in x],
        "y": [float(end) for end in y],
        "limits": [float(end) for end in limits],
        "colors": [list(stop) for stop in colors],
        "bands": bands,
    }


def regions(labels, *, x: tuple[float, float], y: tuple[float, float], opacity: float = 0.4) -> dict:
    """The plane in the colors of the classes.

    labels: (rows, columns) integers 0 … 9 on a grid as in `heat`, −1 where no class is.  opacity: in [0, 1].
    """
    labels = np.asarray(labels)
    if labels.ndim != 2 or not np.isin(labels, range(-1, len(CLASS_COLORS))).all():
        raise ValueError(f"expected a grid of labels -1 … {len(CLASS_COLORS) - 1}, got shape {labels.shape}")
    return {
        "kind": "regions",
        "classes": labels.astype(np.uint8).tobytes(),  # −1 becomes 255: beyond the last color
        "shape": list(labels.shape),
        "x": [float(end) for end in x],
        "y": [float(end) for end in y],
        "colors": list(CLASS_COLORS),
        "opacity": opacity,
    }


def numbers(mark: dict) -> np.ndarray:
    """The coordinates (n, 2) of a mark, or the values of a heat map, as float32."""
    if mark["kind"] == "heat":
        return np.frombuffer(mark["values"], np.float32).reshape(mark["shape"])
    return np.frombuffer(mark["xy"], np.float32).reshape(-1, 2)


def _labels(label: str | Sequence[str]) -> list[str]:
    return [label] if isinstance(label, str) else list(label)


def _legend_in_words(marks: Sequence[dict]) -> str:
    """ " Legend: all (circle), truth (dashed line)." or nothing."""
    parts = []
    for mark in marks:
        for k, name in enumerate(mark.get("labels", ())):
            line = "dashed line" if mark.get("dashed") else "line"
            parts.append(f"{name} ({_SHAPES[mark['styles'][k][1]] if mark['kind'] == 'points' else line})")
    return f" Legend: {', '.join(parts)}." if parts else ""


def _pairs(xy) -> np.ndarray:
    xy = np.atleast_2d(np.asarray(xy, dtype=np.float64))
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"expected coordinates with shape (n, 2), got {xy.shape}")
    return xy


def _bytes(array: np.ndarray) -> bytes:
    with np.errstate(over="ignore"):  # a diverging path may leave float32; the canvas skips what is not finite
        return array.astype("<f4").tobytes()
