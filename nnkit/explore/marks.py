"""What a picture is made of: seven kinds of mark on panels. Plain data, so that it can be tested without a browser.

A picture is a list of panels; a panel has two axes and a list of marks, drawn in order; a mark is a dict whose numbers
are float32 bytes, which is how `canvas.js` reads them. Colors are hex strings from `nnkit.palette`, or "ink" and
"muted", which follow the light or dark theme of the notebook.
"""

from collections.abc import Sequence

import numpy as np

from nnkit.palette import CLASS_COLORS, CLASS_MARKERS


def panel(
    *marks: dict,
    title: str,
    alt: str,
    x: dict,
    y: dict,
    size: tuple[int, int] = (360, 320),
    equal: bool = False,
    bare: bool = False,
) -> dict:
    """One coordinate system with its marks.

    alt: what the panel shows, in words, for those who cannot see it.  x, y: from `axis`.
    size: width and height in CSS pixels; panels grow and shrink in proportion to their widths.
    equal: one unit is as long on x as on y (the limits widen to make it so).
    bare: no ticks and no frame, for drawings that are no plot.
    """
    return {
        "marks": list(marks),
        "title": title,
        "alt": alt,
        "x": x,
        "y": y,
        "size": list(size),
        "equal": equal,
        "bare": bare,
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
) -> dict:
    """Markers at `xy`, shape (n, 2).

    classes: (n,) integers; each class has its own color *and* shape, from `nnkit.palette`. Without them all points
    have `color` and `marker` (a matplotlib letter).  size: diameter in pixels.  hollow: outline only.
    drag: (n,) names; makes the points draggable, by mouse and keyboard. A panel has at most one such mark.
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
    }


def line(xy, *, color: str = "ink", width: float = 2, dashed: bool = False) -> dict:
    """A polyline through `xy`, shape (n, 2). A row of NaN lifts the pen; width in pixels."""
    return {"kind": "line", "xy": _bytes(_pairs(xy)), "color": color, "width": width, "dashed": dashed}


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


def _pairs(xy) -> np.ndarray:
    xy = np.atleast_2d(np.asarray(xy, dtype=np.float64))
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"expected coordinates with shape (n, 2), got {xy.shape}")
    return xy


def _bytes(array: np.ndarray) -> bytes:
    with np.errstate(over="ignore"):  # a diverging path may leave float32; the canvas skips what is not finite
        return array.astype("<f4").tobytes()
