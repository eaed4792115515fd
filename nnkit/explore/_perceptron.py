"""The perceptron's mistake-driven rule, one mistake at a time.

The rule (UT "A Simple Method"; AU "Training Idea"): go through the points in order; at a point x with label y in
{−1, +1} that sign(w · x) gets wrong, w ← w + y x. Every x starts with x₀ = 1, so w₀ is the bias.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from nnkit.checks import one_of
from nnkit.explore import marks
from nnkit.explore.words import count, number
from nnkit.palette import CLASS_COLORS

# All coordinates are multiples of this fraction, so that sums of points are exact and a weight vector that comes back
# is recognized. A coarser grid would be felt under the mouse, a finer one makes the cycles longer.
_GRID = 1 / 32

MOST = 100  # points of the reader's: each can be dragged

_CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def _blobs() -> tuple[np.ndarray, np.ndarray]:
    """40 points in two clusters that a line can separate, in eighths."""
    rng = np.random.default_rng(30)
    X = np.vstack([rng.normal((-0.8, -0.2), 0.65, (20, 2)), rng.normal((1.1, 1.5), 0.65, (20, 2))])
    order = rng.permutation(40)
    return np.round(8 * X[order]) / 8, np.repeat([-1, 1], 20)[order]


PRESETS = {
    "AND": (_CORNERS, np.array([-1, -1, -1, 1])),
    "OR": (_CORNERS, np.array([-1, 1, 1, 1])),
    "XOR": (_CORNERS, np.array([-1, 1, 1, -1])),
    "Blobs": _blobs(),
}


Own = Mapping[str, tuple]
"""Name → (X, y): points (n, 2), at most 100, and their labels −1 and +1."""


def _on_the_grid(name: str, X, y) -> tuple[np.ndarray, np.ndarray]:
    """Points of the reader's, moved to the grid, and their labels."""
    X, y = np.asarray(X, np.float64), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or not 1 <= len(X) <= MOST or not np.isfinite(X).all():
        raise ValueError(f"expected {name} to have 1 to {MOST} points of finite numbers, shape (n, 2), got {X.shape}")
    if y.shape != (len(X),) or not np.isin(y, (-1, 1)).all():
        raise ValueError(f"expected {name} to have a label −1 or +1 for each of its {len(X)} points, got {y!r}")
    return np.round(X / _GRID) * _GRID, y.astype(int)


class PerceptronModel:
    """The state of a run, and the moves one can make in it.

    presets: name → (X, y), ours and the reader's own.  side: the limits of the picture.
    X: (n, 2) points.  y: (n,) labels −1 or +1.  w: (3,) weights (w₀ the bias).  before: w before the last update.
    epoch: number of the current pass, from 1.  position: index of the next point to look at.
    current: the point that caused the last update, or None.  mistakes: count for every finished pass.
    """

    def __init__(self, preset: str = "AND", own: Own | None = None):
        self.presets = PRESETS | {name: _on_the_grid(name, *points) for name, points in (own or {}).items()}
        self.load(preset)

    def load(self, preset: str) -> None:
        """Take the points of a preset and begin at w = 0. Raises ValueError if there is no such preset."""
        X, y = self.presets[one_of("", preset, self.presets)]
        self.X, self.y = X.copy(), y.copy()
        reach = max(3.0, 1.1 * float(np.abs(X).max()))
        self.side = (-0.6, 1.6) if X.shape == (4, 2) and np.isin(X, (0, 1)).all() else (-reach, reach)
        self.reset()

    def reset(self) -> None:
        """Begin again at w = 0, with the points where they are."""
        self.w = self.before = np.zeros(3)
        self.epoch = 1
        self.mistakes: list[int] = []
        self._begin("Start: w = 0, so every score is 0 and counts as +1.")

    def move(self, index: int, x: float, y: float) -> None:
        """Put a point on the grid near (x, y). The weights stay; the pass begins again, on the new data."""
        x, y = self.X[index] = np.round(np.array([x, y]) / _GRID) * _GRID
        self._begin(f"Sample {index + 1} moved to ({x:.2f}, {y:.2f}); the pass starts again.")

    def step(self) -> None:
        """Go on to the next misclassified point and update there, or to the end of a pass that settles the matter."""
        while not self.converged and not self._advance():
            pass

    def run_pass(self) -> None:
        """Go on to the end of the current pass."""
        epoch = self.epoch
        while not self.converged and self.epoch == epoch:
            self._advance()

    def predict(self, X: np.ndarray) -> np.ndarray:
        """(n, 2) → (n,) of −1 and +1; a score of exactly 0 counts as +1."""
        return np.where(self.w[0] + X @ self.w[1:] >= 0, 1, -1)

    @property
    def wrong(self) -> int:
        """How many points the present line misclassifies."""
        return int(np.sum(self.predict(self.X) != self.y))

    @property
    def summary(self) -> str:
        w = ", ".join(number(value, ".4g") for value in self.w)
        return f"{self.event} w = ({w}); {self.wrong} of {len(self.y)} misclassified now."

    def _begin(self, event: str) -> None:
        self.position, self.event, self.converged = 0, event, False
        self.current: int | None = None
        self.cycle: tuple[int, int] | None = None
        self._count = 0
        # Passes are ordered and the rule is deterministic: what follows a pass depends on w at its start alone.
        self._starts = {tuple(self.w): self.epoch}

    def _advance(self) -> bool:
        """Look at the next point, or close the pass; True if there is something to see."""
        if self.position == len(self.y):
            return self._end_pass()
        index = self.position
        self.position += 1
        if self.predict(self.X[[index]])[0] == self.y[index]:
            return False
        self._update(index)
        return True

    def _update(self, index: int) -> None:
        self.before, self.w = self.w, self.w + self.y[index] * np.array([1.0, *self.X[index]])
        self._count += 1
        self.current = index
        label = "+1" if self.y[index] == 1 else "−1"
        guess = "−1" if self.y[index] == 1 else "+1"
        sign = "+" if self.y[index] == 1 else "−"
        self.event = f"Epoch {self.epoch}, sample {index + 1} was wrong ({label} predicted {guess}): w ← w {sign} x."

    def _end_pass(self) -> bool:
        """Close the pass; True if this decides how the run ends: no mistakes left, or a cycle found."""
        self.mistakes.append(self._count)
        if self._count == 0:
            self.converged, self.current = True, None
            self.event = f"Epoch {self.epoch}: no mistakes in a whole pass. The rule stops."
            return True
        seen, found = self._starts.get(tuple(self.w)), False
        if seen is None:
            self._starts[tuple(self.w)] = self.epoch + 1
            self.event = f"Epoch {self.epoch} ended with {count(self._count, 'mistake')}."
        elif self.cycle is None:
            self.cycle, found = (seen, self.epoch + 1), True
            self.event = (
                f"Epoch {self.epoch} ended where epoch {seen} began: this weight vector has come back. "
                f"The same {count(self.epoch + 1 - seen, 'pass', 'passes')} will repeat forever."
            )
        self.epoch, self.position, self._count, self.current = self.epoch + 1, 0, 0, None
        return found


def panels(model: PerceptronModel) -> list[dict]:
    """The picture of a model: the plane, and the mistakes of every pass."""
    return [_plane(model), _history(model)]


def _plane(model: PerceptronModel) -> dict:
    low, high = model.side
    wrong = model.X[model.predict(model.X) != model.y]
    rings = [marks.points(wrong, hollow=True, size=17, color="muted", label="misclassified")]
    if model.current is not None:
        rings.append(marks.points(model.X[model.current], hollow=True, size=26))
    names = [f"Sample {i + 1}, label {'+1' if label == 1 else '−1'}" for i, label in enumerate(model.y)]
    classes = (model.y + 1) // 2
    labels = marks.points(model.X, classes=classes, size=11, drag=names, label=("label −1", "label +1"))
    alt = (
        f"{len(model.y)} points in two classes and the line where w · x = 0. "
        f"{_line_in_words(model.w)} {len(wrong)} points on the wrong side are ringed."
    )
    return marks.panel(
        *_sides(model.w),
        *_line(model.before, color="muted", dashed=True, width=1.5),
        *_line(model.w),
        *rings,
        labels,
        *_arrow(model.w, low, high),
        title="The points",
        alt=alt,
        x=marks.axis(low, high, "x₁"),
        y=marks.axis(low, high, "x₂"),
        size=(430, 390),
        equal=True,
    )


def _history(model: PerceptronModel) -> dict:
    counts = np.array(model.mistakes)
    passes = np.column_stack([np.arange(1, len(counts) + 1), counts])
    drawn = [marks.line(passes, color="muted", width=1.5), marks.points(passes, size=8)] if len(counts) else []
    return marks.panel(
        *drawn,
        title="Mistakes per epoch",
        alt=f"Mistakes in each finished epoch: {', '.join(map(str, model.mistakes)) or 'none finished yet'}.",
        x=marks.axis(0, max(10, len(counts) + 1), "epoch", whole=True),
        y=marks.axis(0, max(5, *counts, 0) * 1.08, whole=True),
        size=(300, 390),
    )


def _normal_form(w: np.ndarray) -> tuple[np.ndarray, float] | None:
    """(n, c) so that the line is n · x + c = 0 with |n| = 1; None while there is no line."""
    length = np.hypot(w[1], w[2])
    return (w[1:] / length, w[0] / length) if length else None


def _along(normal: np.ndarray) -> np.ndarray:
    """A way along the line that is longer than any picture."""
    return 1e3 * np.array([-normal[1], normal[0]])


def _sides(w: np.ndarray) -> list[dict]:
    """The half-plane that w calls +1 in the color of +1, the other one in the color of −1."""
    # Without a line, one side holds everything: any line far away will do.
    normal, offset = _normal_form(w) or (np.array([1.0, 0.0]), 500.0 if w[0] >= 0 else -500.0)
    ends = -offset * normal + np.array([_along(normal), -_along(normal)])
    return [
        marks.area(np.vstack([ends, ends[::-1] + side * 1e3 * normal]), color=CLASS_COLORS[int(side > 0)])
        for side in (-1, 1)
    ]


def _line(w: np.ndarray, **style) -> list[dict]:
    """The line w₀ + w₁x₁ + w₂x₂ = 0, if there is one."""
    if (form := _normal_form(w)) is None:
        return []
    normal, offset = form
    return [marks.line(-offset * normal + np.array([_along(normal), -_along(normal)]), **style)]


def _arrow(w: np.ndarray, low: float, high: float) -> list[dict]:
    """The direction of (w₁, w₂), standing on the line where it is nearest to the middle; nothing if that is outside."""
    if (form := _normal_form(w)) is None:
        return []
    normal, offset = form
    center = np.full(2, (low + high) / 2)
    foot = center - (offset + center @ normal) * normal
    if not ((foot > low) & (foot < high)).all():
        return []
    tip = foot + 0.16 * (high - low) * normal
    return [marks.arrow(foot, tip, width=2.5), marks.text(tip + 0.04 * (high - low) * normal, "w", size=14)]


def _line_in_words(w: np.ndarray) -> str:
    if not w[1:].any():
        return f"There is no line yet: every point is called {'+1' if w[0] >= 0 else '−1'}."
    return f"The arrow w points to ({w[1]:.3g}, {w[2]:.3g}), the side called +1."


def perceptron(own: Own | None = None):
    """Step through the perceptron's updates: every mistake moves the line. Points can be dragged.

    own: points of your own, name → (X, y): (n, 2), at most 100, and (n,) labels −1 and +1. They move to multiples of
    1/32, so scale small ones up.  It begins with the first of them.
    Returns a widget.  Raises ValueError for other points or labels.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, choice, watch
    from nnkit.explore.player import Player

    model, canvas = PerceptronModel(next(iter(own or PRESETS)), own=own), Canvas()
    preset = choice(model.presets, next(iter(own or PRESETS)))

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    step = button("Step to next mistake", act, model.step)

    def play() -> bool:
        act(model.step)
        return not model.converged

    run = button("Run to end of epoch", act, model.run_pass)
    reset = button("Reset w", act, model.reset)
    watch(preset, act, model.load)
    canvas.on_move(partial(act, model.move))
    act(model.reset)
    return Explorer(
        "The perceptron learns from mistakes",
        [[preset, Player("the mistakes", play), step, run, reset]],
        canvas,
        "<b>Find out:</b> start with AND and drag one corner toward the others. How close can it come before the rule "
        "needs more than ten epochs, and what does it do once no line can separate the points?",
    )
