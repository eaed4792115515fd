"""Four ways to build a multiclass classifier from binary ones, and softmax, on the same points.

The reductions are those of `nnkit.multiclass`. Their binary classifiers are logistic regressions with a little L2
penalty, so that there is a minimum on separable points too; Newton's method finds it fast enough to follow a dragged
point.
"""

from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from nnkit.activations import sigmoid, softmax, softmax_derivative
from nnkit.checks import not_negative, one_of
from nnkit.explore import marks
from nnkit.multiclass import ClassTree, ErrorCorrectingCode, OneVsAll, OneVsOne
from nnkit.palette import CLASS_COLORS, CLASS_MARKERS

POINTS = 24
"""Points of each class."""

PENALTY = 0.003
LOW, HIGH = -4.0, 4.0
_SIDE = np.linspace(LOW, HIGH, 65)
_GRID = np.column_stack([axis.ravel() for axis in np.meshgrid(_SIDE, _SIDE)])
_PLACE: dict[str, Any] = {"x": (LOW, HIGH), "y": (LOW, HIGH)}
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
START = "Ring and middle"  # where the five differ


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
        if classes not in (3, 4, 5):
            raise ValueError(f"expected 3 to 5 classes, got {classes}")
        self.centers = LAYOUTS[one_of("layout", layout, LAYOUTS)](classes)
        self.fit()

    def scatter(self, spread: float) -> None:
        """Let the points stand farther from their centers, or nearer. Raises ValueError unless spread ≥ 0."""
        self.spread = not_negative("spread", spread)
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
        classifiers: dict[str, Any] = {
            "One-versus-all": OneVsAll(Logistic()),
            "One-versus-one": OneVsOne(Logistic()),
            "Error-correcting code": ErrorCorrectingCode(Logistic()),
            "Tree": ClassTree(Logistic()),
            "Softmax": Softmax(),
        }
        self.regions, self.accuracy = {}, {}
        for name, classifier in classifiers.items():
            predicted = classifier.fit(self.X, self.y).predict(np.vstack([_GRID, self.X]))
            self.regions[name] = predicted[: len(_GRID)].reshape(65, 65)
            self.accuracy[name] = float(np.mean(predicted[len(_GRID) :] == self.y))
        self.lines = np.array([binary.w for binary in classifiers["One-versus-all"].estimators_])
        self.yes = (_with_bias(_GRID) @ self.lines.T >= 0).T.reshape(classes, 65, 65)

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


def newton(w: np.ndarray, slopes) -> np.ndarray:
    """The minimum of a loss with the penalty ½ · PENALTY · ‖w‖², bias included, by Newton's method.

    w: (d,) to start from.  slopes: w → gradient (d,) and Hessian (d, d) of the loss without its penalty.
    """
    for _ in range(12):
        gradient, hessian = slopes(w)
        step = np.linalg.solve(hessian + PENALTY * np.eye(len(w)), gradient + PENALTY * w)
        w = w - step
        if np.abs(step).max() < 1e-9:  # it doubles its right digits, so the next step would be rounding
            break
    return w


class Logistic(ClassifierMixin, BaseEstimator):
    """Logistic regression with a penalty: the mean of ln(1 + e^(−y z)) + ½ · PENALTY · ‖w‖².

    w: (3,), bias first.
    """

    def fit(self, X, y):
        """X: (n, 2).  y: (n,) of −1 and +1.  Returns self."""
        X, self.classes_ = _with_bias(X), np.array([-1, 1])

        def slopes(w):
            wrong = sigmoid(-y * (X @ w))
            return -(y * wrong) @ X / len(y), (X.T * (wrong * (1 - wrong))) @ X / len(y)

        self.w = newton(np.zeros(3), slopes)
        return self

    def decision_function(self, X):
        return _with_bias(X) @ self.w


class Softmax:
    """Softmax regression with the same penalty.  W: (C, 3), bias first."""

    def fit(self, X, y):
        """X: (n, 2).  y: (n,) labels 0 … C − 1.  Returns self."""
        X, targets = _with_bias(X), np.eye(y.max() + 1)[y]
        n, classes = targets.shape
        pairs = X[:, :, np.newaxis] * X[:, np.newaxis, :]

        def slopes(w):
            Z = X @ w.reshape(classes, 3).T
            gradient = (softmax(Z) - targets).T @ X / n
            hessian = np.tensordot(softmax_derivative(Z), pairs, axes=(0, 0)) / n  # (C, C, 3, 3)
            return gradient.ravel(), hessian.swapaxes(1, 2).reshape(w.size, w.size)

        self.W = newton(np.zeros(3 * classes), slopes).reshape(classes, 3)
        return self

    def predict(self, X):
        return np.argmax(_with_bias(X) @ self.W.T, axis=1)


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
        size=(340, 262),  # two rows of three fit a small screen
    )


def _center(center: np.ndarray, k: int) -> dict:
    return marks.points(center, color=CLASS_COLORS[k], marker=CLASS_MARKERS[k], size=13)


def _label(where: np.ndarray, word: str) -> dict | None:
    """A word at the place of the region that is nearest to its middle; none for a region too small to hold it."""
    if np.mean(where) < 0.01:
        return None
    places = _GRID[where.ravel()]
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
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import choice, slider, watch, watch_all, whole_slider

    model, canvas = ReductionsModel(layout=START), Canvas()
    layout = choice(LAYOUTS, START, width="140px")
    classes = whole_slider("classes", 4, 3, 5, width=320)
    spread = slider("spread", model.spread, 0.1, 2, 0.1, width=320)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    watch_all([layout, classes], lambda: act(model.load, classes.value, layout.value))
    watch(spread, act, model.scatter)
    canvas.on_move(partial(act, model.move))
    act(model.fit)
    return Explorer(
        "Many classes from yes and no",
        [[layout], [classes, spread]],
        canvas,
        "<b>Find out:</b> put the classes in a row. Which panels give the inner ones their due, and how far off the "
        "row must you drag one before its own classifier finds it?",
    )
