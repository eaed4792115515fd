"""Four ways to build a multiclass classifier from binary ones, and softmax, on the same points.

The code books and the decoding are those of `nnkit.multiclass`. The binary classifiers are logistic regressions with a
little L2 penalty, so that there is a minimum on separable points too; Newton's method finds it for all columns of a
code book at once, fast enough to follow a dragged point.
"""

import numpy as np

from nnkit.activations import sigmoid, softmax
from nnkit.explore import marks
from nnkit.multiclass import ClassTree, ErrorCorrectingCode, OneVsAll, OneVsOne
from nnkit.palette import CLASS_COLORS, CLASS_MARKERS

POINTS = 24
"""Points of each class."""

PENALTY = 0.003
LOW, HIGH = -4.0, 4.0
_SIDE = np.linspace(LOW, HIGH, 65)
_GRID = np.column_stack([np.ones(65 * 65), *(axis.ravel() for axis in np.meshgrid(_SIDE, _SIDE))])  # bias first
_PLACE = {"x": (LOW, HIGH), "y": (LOW, HIGH)}
_STRIPES = np.add.outer(np.arange(65), np.arange(65)) % 4 < 2
_SHAPES = ("■", "●", "▲", "◆", "▼")  # CLASS_MARKERS in words


def _ring(classes: int, radius: float = 2.2) -> np.ndarray:
    angle = np.pi / 4 + 2 * np.pi * np.arange(classes) / classes
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


LAYOUTS = {
    "Ring": lambda classes: _ring(classes),
    "Ring and middle": lambda classes: np.vstack([_ring(classes - 1, 2.6), np.zeros((1, 2))]),
    "In a row": lambda classes: np.column_stack([np.linspace(-2.8, 2.8, classes), np.zeros(classes)]),
}


class ReductionsModel:
    """The points, and what every reduction makes of them.

    centers: (C, 2).  spread: standard deviation of the points around their center.  X: (24 C, 2).  y: (24 C,).
    regions: name → (65, 65) predicted classes on a grid over the picture, x₁ along the columns; five names.
    accuracy: name → share of the points that are predicted right.
    yes: (C, 65, 65) where the classifiers of one-versus-all say yes.  lines: (C, 3) their weights, bias first.
    """

    def __init__(self, classes: int = 4, layout: str = "Ring", spread: float = 0.7):
        self.spread = spread
        self.load(classes, layout)

    def load(self, classes: int, layout: str) -> None:
        """Put 3 to 5 classes into a layout. Raises ValueError for others."""
        if layout not in LAYOUTS or classes not in (3, 4, 5):
            raise ValueError(f"expected 3 to 5 classes and one of {', '.join(LAYOUTS)}, got {classes} and {layout!r}")
        self.centers = LAYOUTS[layout](classes)
        self.fit()

    def scatter(self, spread: float) -> None:
        """Let the points stand farther from their centers, or nearer. Raises ValueError unless spread ≥ 0."""
        if not (np.isfinite(spread) and spread >= 0):
            raise ValueError(f"expected a spread of at least 0, got {spread}")
        self.spread = float(spread)
        self.fit()

    def move(self, k: int, x: float, y: float) -> None:
        """Put the center of class k elsewhere; its points come along."""
        self.centers[k] = x, y
        self.fit()

    def fit(self) -> None:
        """Draw the points (always the same directions from their centers) and train everything on them."""
        classes = len(self.centers)
        self.y = np.repeat(np.arange(classes), POINTS)
        around = np.random.default_rng(5).normal(size=(5 * POINTS, 2))[: len(self.y)]
        self.X = self.centers[self.y] + self.spread * around
        X = _with_bias(self.X)
        self.regions, self.accuracy = {}, {}

        def keep(name, W, decode) -> None:
            self.regions[name] = decode(_GRID @ W.T).argmax(axis=1).reshape(65, 65)
            self.accuracy[name] = float(np.mean(decode(X @ W.T).argmax(axis=1) == self.y))

        reductions = {
            "One-versus-all": OneVsAll(None),
            "One-versus-one": OneVsOne(None),
            "Error-correcting code": ErrorCorrectingCode(None),
            "Tree": ClassTree(None),
        }
        for reduction in reductions.values():
            reduction.classes_ = np.arange(classes)
            reduction.code_book_ = reduction._code_book()
        widths = [reduction.code_book_.shape[1] for reduction in reductions.values()]
        codes = np.hstack([reduction.code_book_ for reduction in reductions.values()])
        parts = np.split(fit_columns(self.X, codes[self.y]), np.cumsum(widths)[:-1])
        for (name, reduction), W in zip(reductions.items(), parts, strict=True):
            keep(name, W, reduction._decode)
        keep("Softmax", fit_softmax(self.X, self.y), lambda scores: scores)
        self.lines = parts[0]
        self.yes = (_GRID @ self.lines.T >= 0).T.reshape(classes, 65, 65)

    @property
    def nobody(self) -> float:
        """The share of the picture where no classifier of one-versus-all says yes."""
        return float(np.mean(self.yes.sum(axis=0) == 0))

    @property
    def several(self) -> float:
        """The share of the picture where several classifiers of one-versus-all say yes."""
        return float(np.mean(self.yes.sum(axis=0) > 1))

    @property
    def summary(self) -> str:
        right = ", ".join(f"{_short(name)} {share:.0%}" for name, share in self.accuracy.items())
        answers = (_with_bias(self.X) @ self.lines.T >= 0)[np.arange(len(self.y)), self.y]
        unheard = [_SHAPES[k] for k in range(len(self.centers)) if not answers[self.y == k].any()]
        note = f" No point of {' or '.join(unheard)} gets a yes from its own classifier." if unheard else ""
        return (
            f"One-versus-all by answers: nobody says yes in {self.nobody:.0%} of the picture, several do in "
            f"{self.several:.0%}.{note} Right on the points: {right}."
        )


def _short(name: str) -> str:
    return name[0].lower() + name[1:]


def _with_bias(X: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(X)), X])


def fit_columns(X: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """A logistic regression for every column of targets −1, 0 (left out), +1: (n, 2), (n, K) → (K, 3), bias first.

    Minimizes the mean of ln(1 + e^(−t z)) over the used examples plus ½ · PENALTY · ‖w‖², by Newton's method.
    """
    X, W = _with_bias(X), np.zeros((targets.shape[1], 3))
    used = np.abs(targets) / np.abs(targets).sum(axis=0)
    pairs = _pairs(X)
    for _ in range(12):
        wrong = sigmoid(-targets * (X @ W.T))
        gradient = -(used * targets * wrong).T @ X + PENALTY * W
        hessian = ((used * wrong * (1 - wrong)).T @ pairs).reshape(-1, 3, 3) + PENALTY * np.eye(3)
        W -= np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return W


def _pairs(X: np.ndarray) -> np.ndarray:
    """x xᵀ of every row, flat: (n, 3) → (n, 9)."""
    return (X[:, :, None] * X[:, None, :]).reshape(len(X), 9)


def fit_softmax(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Softmax regression with the same penalty: (n, 2), (n,) → (C, 3), bias first."""
    X, classes = _with_bias(X), y.max() + 1
    W, n, one, pairs = np.zeros((classes, 3)), len(y), np.eye(classes), _pairs(X)
    for _ in range(12):
        P = softmax(X @ W.T)
        gradient = (P - one[y]).T @ X / n + PENALTY * W
        slopes = (P[:, :, None] * (one - P[:, None, :])).reshape(n, -1)
        hessian = (slopes.T @ pairs).reshape(classes, classes, 3, 3).swapaxes(1, 2).reshape(3 * classes, -1) / n
        W -= np.linalg.solve(hessian + PENALTY * np.eye(3 * classes), gradient.ravel()).reshape(W.shape)
    return W


def panels(model: ReductionsModel) -> list[dict]:
    """The picture: one-versus-all by answers alone, then the regions of every classifier."""
    return [_answers(model)] + [_regions(model, name) for name in model.regions]


def _answers(model: ReductionsModel) -> dict:
    count = model.yes.sum(axis=0)
    only = np.where(count == 1, model.yes.argmax(axis=0), -1)
    words = [_label(count == 0, "nobody"), _label(count > 1, "several")]
    names = [f"Center of class {k} {_SHAPES[k]}" for k in range(len(model.centers))]
    return _panel(
        model,
        marks.regions(only, **_PLACE),
        marks.heat((count > 1) & _STRIPES, **_PLACE, limits=(0, 1), colors=[("ink", 0), ("ink", 0.6)], bands=2),
        *[marks.line(_ends(w), color=CLASS_COLORS[k], width=2) for k, w in enumerate(model.lines)],
        title="One-versus-all: who says yes?",
        alt=f"One line for each of {len(model.centers)} classes. Tinted: exactly one classifier says yes. White, "
        f"{model.nobody:.0%}: nobody does. Striped, {model.several:.0%}: several do.",
        above=[
            *[word for word in words if word],
            *[_center(center, k) for k, center in enumerate(model.centers)],
            marks.points(model.centers, hollow=True, size=22, drag=names),
        ],
    )


def _regions(model: ReductionsModel, name: str) -> dict:
    region, classes = model.regions[name], len(model.centers)
    shares = ", ".join(f"{_SHAPES[k]} {np.mean(region == k):.0%}" for k in range(classes))
    return _panel(
        model,
        marks.regions(region, **_PLACE),
        title=f"{name}   {model.accuracy[name]:.0%} right",
        alt=f"{name}: the regions of the {classes} classes, as shares of the picture: {shares}; "
        f"{model.accuracy[name]:.0%} of the points are right.",
    )


def _panel(model, *below, title, alt, above=()) -> dict:
    return marks.panel(
        *below,
        marks.points(model.X, classes=model.y, size=7),
        *above,
        title=title,
        alt=alt,
        x=marks.axis(LOW, HIGH, "x₁"),
        y=marks.axis(LOW, HIGH, "x₂"),
        size=(340, 290),
    )


def _center(center: np.ndarray, k: int) -> dict:
    return marks.points(center, color=CLASS_COLORS[k], marker=CLASS_MARKERS[k], size=13)


def _label(where: np.ndarray, word: str) -> dict | None:
    """A word at the place of the region that is nearest to its middle; none for a region too small to hold it."""
    if np.mean(where) < 0.01:
        return None
    places = _GRID[where.ravel(), 1:]
    middle = np.argmin(np.sum((places - places.mean(axis=0)) ** 2, axis=1))
    return marks.text(np.clip(places[middle], LOW + 0.8, HIGH - 0.8), word, size=13)


def _ends(w: np.ndarray) -> np.ndarray:
    """Two far points of the line w₀ + w₁x₁ + w₂x₂ = 0; nothing to draw (NaN) if there is none."""
    length = np.hypot(w[1], w[2])
    if length < 1e-9:
        return np.full((2, 2), np.nan)
    normal = w[1:] / length
    return -w[0] / length * normal + 1e3 * np.array([(-normal[1], normal[0]), (normal[1], -normal[0])])


def reductions():
    """Regions of one-versus-all, one-versus-one, a code, a tree and softmax on the same points. Centers can be dragged.

    Returns a widget.
    """
    from ipywidgets import FloatSlider, IntSlider, Layout, ToggleButtons

    from nnkit.explore.canvas import Canvas, Explorer

    model, canvas = ReductionsModel(), Canvas()
    look = {"layout": Layout(width="320px"), "style": {"description_width": "initial"}}
    layout = ToggleButtons(options=list(LAYOUTS), style={"button_width": "140px"}, layout=Layout(width="auto"))
    classes = IntSlider(value=4, min=3, max=5, description="classes", **look)
    spread = FloatSlider(value=model.spread, min=0.1, max=2, step=0.1, description="spread", **look)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    layout.observe(lambda change: act(model.load, classes.value, change.new), "value")
    classes.observe(lambda change: act(model.load, change.new, layout.value), "value")
    spread.observe(lambda change: act(model.scatter, change.new), "value")
    canvas.on_move(lambda *place: act(model.move, *place))
    act(model.fit)
    return Explorer(
        "Many classes from yes and no",
        [[layout], [classes, spread]],
        canvas,
        "<b>Find out:</b> put the classes in a row. Which panels give the inner ones their due, and how far off the "
        "row must you drag one before its own classifier finds it?",
    )
