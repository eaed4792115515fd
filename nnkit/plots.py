"""A picture of a classifier is three layers: the points, the line between them, the verdict everywhere else.

Each function adds one thing to an `Axes`, so a figure reads as a list of what is on it:

    fig, ax = plots.figure()
    plots.points(ax, X, y)
    plots.boundary(ax, model.coef_[0], model.intercept_[0])
    plots.show(fig, alt="Two separate clouds of points with a straight line between them.")

Draw the points first; what comes after keeps their limits. Colors and markers are those of `nnkit.palette`,
and whatever a color says is said a second time, by a marker, a line style or a label. Only `show` needs a
notebook.
"""

import html
import sys
from typing import Any

import numpy as np
from cycler import cycler
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from nnkit.layout import edges, places
from nnkit.palette import BLUE, CLASS_COLORS, CLASS_MARKERS, DARK, ON_DARK, ORANGE, RUST

STYLE: dict[Any, Any] = {
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, DARK, RUST]) + cycler(linestyle=["-", "--", ":", "-."]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 10,
    "figure.constrained_layout.use": True,
}
"""Matplotlib settings, in force inside `figure` only: importing this file changes none of yours."""

DPI = 110
_ON_DARK = f'<style>[data-jp-theme-light="false"] .nnk-figure {{ {ON_DARK} }}</style>'


def figure(ncols: int = 1, nrows: int = 1, *, size: tuple[float, float] = (4.8, 3.6), **axes):
    """A new figure and its axes: one `Axes`, or an array of them as `plt.subplots` returns it.

    size: width and height of one panel in inches.  axes: more arguments of `Figure.subplots`, such as
    `sharey=True`.
    """
    with rc_context(STYLE):
        fig = Figure(figsize=(size[0] * ncols, size[1] * nrows), dpi=DPI)
        return fig, fig.subplots(nrows, ncols, **axes)


def show(fig: Figure, *, alt: str) -> None:
    """Display the figure in the notebook, with `alt` for those who cannot see it.

    alt: a sentence that says what the picture shows. Raises ValueError without one.

    The picture travels as an HTML image, because JupyterLab drops the alt text of an image/png output; a
    dark theme makes it dark. A figure made by pyplot is closed, or the notebook would draw it a second time.
    """
    from IPython.core import pylabtools
    from IPython.display import display

    _check_alt(alt)
    png = pylabtools.print_figure(fig, bbox_inches=None, base64=True)  # None where a grader draws no figures
    source = f'alt="{html.escape(alt)}" src="data:image/png;base64,{png}"'
    image = {"text/html": f'<img {source} class="nnk-figure" style="max-width: 100%">{_ON_DARK}'}
    display({"text/plain": alt} | (image if png else {}), raw=True)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close(fig)


def points(ax, X, y, *, names=None) -> None:
    """The points of each class in its color and marker, ready for `ax.legend()`.

    X: (n, 2).  y: (n,) labels 0 … C−1.  names: what to call the classes, "class 0", "class 1", … by default.
    """
    X, y = _plane(X), np.asarray(y)
    if y.shape != (len(X),) or not np.isin(y, range(10)).all():
        received = f"shape {y.shape} and labels {np.unique(y)[:5]}"
        raise ValueError(f"expected y with shape ({len(X)},) and labels 0 … 9, got {received}")
    for k in np.unique(y).astype(int):
        name = names[k] if names is not None else f"class {k}"
        color, marker = CLASS_COLORS[k], CLASS_MARKERS[k]
        style = {"color": color, "marker": marker, "edgecolors": "black", "linewidths": 0.5}
        ax.scatter(*X[y == k].T, s=30, label=name, zorder=3, **style)


def boundary(ax, w, b=0.0, **line) -> None:
    """The line w·x + b = 0, across the present limits.

    w: (2,).  b: a number.  line: more arguments of a matplotlib line, such as `label=` or `linestyle=`.
    """
    w = np.asarray(w, dtype=np.float64)
    if w.shape != (2,) or not w.any():
        raise ValueError(f"expected w with shape (2,), not all zero, got {w}")
    nearest = -float(b) * w / (w @ w)  # to the origin; the line runs at right angles to w
    limits = ax.axis()
    ax.axline(nearest, nearest + w[::-1] * (-1, 1), **{"color": "black", "linewidth": 1.5, **line})
    ax.axis(limits)


def regions(ax, predict) -> None:
    """The plane in the pale color of the class predicted there, and a thin line where the answer changes.

    predict: (m, 2) points → (m,) labels 0 … C−1.
    """
    grid, limits = _grid(ax)
    labels = _ask("predict", predict, grid)
    if not np.isin(labels, range(10)).all():
        raise ValueError(f"expected predict to return labels 0 … 9, got {np.unique(labels)[:5]}")
    labels = labels.astype(int)
    colors = np.array([to_rgb(color) for color in CLASS_COLORS])
    _background(ax, 1 - 0.35 * (1 - colors[labels]), limits)
    for k in np.unique(labels)[1:]:
        ax.contour(*grid, labels >= k, levels=[0.5], colors=DARK, linewidths=0.8)
    ax.axis(limits)


def probabilities(ax, probability) -> None:
    """The probability of class 1 as a shade from class 0's color to class 1's, with labeled contour lines.

    probability: (m, 2) points → (m,) numbers in [0, 1], such as `lambda X: model.predict_proba(X)[:, 1]`.
    """
    grid, limits = _grid(ax)
    p = _ask("probability", probability, grid)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"expected probabilities between 0 and 1, got {p.min():g} … {p.max():g}")
    shades = LinearSegmentedColormap.from_list("probability", [CLASS_COLORS[0], "white", CLASS_COLORS[1]])
    _background(ax, 1 - 0.6 * (1 - shades(p)[..., :3]), limits)
    levels = [level for level in (0.1, 0.25, 0.5, 0.75, 0.9) if p.min() < level < p.max()]
    if levels:
        ax.clabel(ax.contour(*grid, p, levels=levels, colors=DARK, linewidths=0.8), fontsize=8)
    ax.axis(limits)


def curve(ax, values, *, label=None, xlabel="epoch", ylabel="loss", start: int = 0) -> None:
    """Values over epochs or steps. Every further curve on the same axes gets its own color and line style.

    values: (k,).  start: the number of the first one (0 for `losses_`, 1 for `mistakes_`).
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"expected values with shape (k,), got {values.shape}")
    ax.plot(np.arange(start, start + len(values)), values, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)


def contours(ax, loss, *, xlim, ylim) -> None:
    """A loss of two parameters as a map with contour lines; the steps between them grow with the height.

    loss: a parameter vector (2,) → a number.  xlim, ylim: (from, to) for each parameter.
    """
    across, up = np.linspace(xlim[0], xlim[1], 61), np.linspace(ylim[0], ylim[1], 61)
    heights = np.array([[loss(np.array([a, b])) for a in across] for b in up])
    if heights.shape != (61, 61) or not np.isfinite(heights).all():
        raise ValueError("expected loss to return one finite number for every point of the map")
    levels = heights.min() + np.ptp(heights) * np.linspace(0.02, 1, 16) ** 2
    ax.contour(across, up, heights, levels=levels, colors="gray", linewidths=0.8)
    ax.set(xlim=xlim, ylim=ylim, xlabel="θ₁", ylabel="θ₂")


def path(ax, steps, *, label=None) -> None:
    """The way a descent took over a map: a dot per step, a square at the start, a star at the end.

    steps: (k, 2), one parameter vector per row.  Steps that leave the map are cut off, not followed.
    """
    steps, limits = _plane(steps), ax.axis()
    (line,) = ax.plot(*steps.T, marker=".", markersize=4, linewidth=1.2, label=label)
    mark = {"color": line.get_color(), "markeredgecolor": "black", "linestyle": "none"}
    ax.plot(*steps[0], marker="s", markersize=6, **mark)
    ax.plot(*steps[-1], marker="*", markersize=10, **mark)
    ax.axis(limits)


def confusion(ax, y, predicted, *, names=None) -> None:
    """How many examples of each class (row) were given each answer (column). Mistakes stand off the diagonal.

    y, predicted: (n,) labels 0 … C−1.  names: (C,) what to call the classes; 0, 1, … by default.
    """
    y, predicted = np.asarray(y), np.asarray(predicted)
    if y.ndim != 1 or y.shape != predicted.shape or y.dtype.kind not in "iu" or predicted.dtype.kind not in "iu":
        received = f"{y.dtype} {y.shape} and {predicted.dtype} {predicted.shape}"
        raise ValueError(f"expected two equally long vectors of integer labels, got {received}")
    classes = 1 + max(y.max(), predicted.max()) if names is None else len(names)
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (y, predicted), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    _cells(ax, shares, counts.astype(str))
    names = range(classes) if names is None else names
    ax.set_xticks(range(classes), names)
    ax.set_yticks(range(classes), names)
    ax.set(xlabel="predicted class", ylabel="true class")


def code_book(ax, code_book, *, names=None) -> None:
    """A code book as a table: one row per class, one column per classifier, + and − for the two sides, dark and light.

    code_book: (C, K) of −1, 0, +1; a 0, class not in use, stays empty and white.
    names: (C,) the classes; 0, 1, … by default.
    """
    code = np.asarray(code_book)
    if code.ndim != 2 or not np.isin(code, (-1, 0, 1)).all():
        raise ValueError(f"expected a code book (C, K) of −1, 0 and +1, got shape {code.shape}")
    _cells(ax, np.array([0.25, 0.0, 1.0])[code + 1], np.array(["−", "", "+"])[code + 1])
    ax.set_xticks(range(code.shape[1]), range(1, code.shape[1] + 1))
    ax.set_yticks(range(len(code)), range(len(code)) if names is None else names)
    ax.set(xlabel="classifier", ylabel="class")


def graph(ax, output) -> None:
    """A computational graph (`nnkit.graph`) from its inputs on the left to `output` on the right.

    Each edge from u to v says what flows along it: above, in blue, the value of u; below, in rust and with a
    leading ∂, its share ∂L/∂v · ∂v/∂u of the gradient. Call `output.backward()` first. The gradient of u is the
    sum over the edges that leave it. The last edge leads out of the graph: the result, and ∂L/∂L = 1, with which the
    way back begins. `nnkit.graph.describe(output)` is the alt text.
    """
    place = places(output)
    for u, v, slope, path in edges(output):
        _edge(ax, path, f"{u.data:.3g}", f"∂ {v.grad * slope:.3g}")
    if output.parents:
        end = place[output]
        _edge(ax, np.linspace(end, end + np.array([0.8, 0]), 31), f"{output.data:.3g}", f"∂ {output.grad:.3g}")
    for node, (x, y) in place.items():
        box = {"boxstyle": "round" if node.parents else "square", "facecolor": "white", "edgecolor": DARK}
        ax.text(x, y, node.name or f"{node.data:.3g}", ha="center", va="center", bbox=box, zorder=3)
    ax.set_ylim(-0.5 + min(y for _, y in place.values()), 0.5 + max(y for _, y in place.values()))
    ax.margins(x=0.05)
    ax.axis("off")


def _edge(ax, path, above, below) -> None:
    """A line with its two numbers halfway, where no node covers them, and the head of an arrow behind them."""
    ax.plot(*path.T, color=DARK, linestyle="-", linewidth=1, zorder=1)
    ax.add_patch(FancyArrowPatch(path[21], path[23], arrowstyle="-|>", mutation_scale=9, color=DARK, zorder=1))
    style = {"textcoords": "offset points", "ha": "center", "fontsize": 8, "zorder": 4}
    for text, gap, side, color in ((above, 2, "bottom", BLUE), (below, -2, "top", RUST)):
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}
        ax.annotate(text, path[15], (0, gap), va=side, color=color, bbox=paper, **style)


def _check_alt(alt: str) -> None:
    if not isinstance(alt, str) or len(alt.split()) < 2:
        raise ValueError(f"expected alt to be a sentence that says what the picture shows, got {alt!r}")


def _plane(X) -> np.ndarray:
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != 2 or len(X) == 0:
        raise ValueError(f"expected points of the plane with shape (n, 2), got {X.shape}")
    return X


def _grid(ax):
    """The two coordinate arrays (200, 200) of a grid over the present limits, and the limits."""
    left, right, bottom, top = limits = ax.axis()
    return np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200)), limits


def _ask(name, function, grid) -> np.ndarray:
    """`function` of every grid point, back in the shape of the grid."""
    across, up = grid
    answers = np.asarray(function(np.column_stack([across.ravel(), up.ravel()])))
    if answers.shape != (across.size,):
        raise ValueError(f"expected {name} to return shape ({across.size},), one per point, got {answers.shape}")
    return answers.reshape(across.shape)


def _background(ax, colors, limits) -> None:
    ax.imshow(colors, extent=limits, origin="lower", aspect="auto", zorder=0)


def _cells(ax, shades, texts) -> None:
    """A table of texts on shades from white (0) to blue (1)."""
    ax.imshow(shades, cmap=LinearSegmentedColormap.from_list("cells", ["white", BLUE]), vmin=0, vmax=1, aspect="auto")
    for (row, column), text in np.ndenumerate(texts):
        color = "white" if shades[row, column] > 0.6 else "black"
        ax.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
