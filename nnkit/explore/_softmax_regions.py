"""Three weight vectors, the regions they cut, and how sure a softmax is in each place.

Every class k has a score w_k · x, without a bias, and the highest wins (USC 1.2, "Linear models: Binary to
multiclass"); the probabilities are softmax(scores / T). A class has a region of its own exactly if its vector is
a corner of the shape that all vectors span: any other score is a weighted mean of scores at the corners.
"""

from functools import partial

import numpy as np

from nnkit.activations import softmax
from nnkit.checks import one_of, positive
from nnkit.explore import marks
from nnkit.explore.words import place
from nnkit.palette import CLASS_COLORS, CLASS_MARKERS

PRESETS = {
    "USC's figure": ((1.0, -1 / 3), (-0.5, -0.5), (0.0, 1.0)),
    "Even star": ((0.9, -0.5), (-0.9, -0.5), (0.0, 1.0)),
    "Same direction": ((0.5, 0.5), (1.5, 1.5), (-1.0, 0.0)),
    "Swallowed": ((1.0, -0.8), (0.2, 0.0), (-0.6, 0.8)),
    "Two alike": ((0.8, 0.4), (0.8, 0.4), (-0.8, 0.2)),
}
_EDGE = 2.2  # the plane is drawn from −2.2 to 2.2; vectors stay inside
_WIDE = 3.6  # and colored to here, because equal units make most panels wider than high
_SUBSCRIPTS = "₀₁₂"


class SoftmaxRegionsModel:
    """Three vectors and a temperature.

    W: (3, 2), row k the weight vector of class k.  temperature: T > 0.
    """

    def __init__(self, preset: str = "USC's figure", temperature: float = 1.0):
        self.temperature = temperature
        self.load(preset)

    def load(self, preset: str) -> None:
        """Take the vectors of a preset. Raises ValueError if there is no such preset."""
        self.W = np.array(PRESETS[one_of("", preset, PRESETS)])

    def move(self, index: int, x: float, y: float) -> None:
        """Put the tip of vector `index` elsewhere, inside the picture."""
        self.W[index] = np.clip([x, y], -_EDGE, _EDGE)

    def heat_up(self, temperature: float) -> None:
        """Divide all scores by this T from now on. Raises ValueError if it is not positive."""
        self.temperature = positive("temperature", temperature)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class with the highest score, the first of several: (n, 2) → (n,)."""
        scores = X @ self.W.T
        # Scores that differ by rounding only are a tie.
        return np.argmax(scores >= scores.max(axis=-1, keepdims=True) - 1e-9, axis=-1)

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """softmax(X Wᵀ / T), (n, 2) → (n, 3)."""
        return softmax(X @ self.W.T / self.temperature)

    @property
    def borders(self) -> np.ndarray:
        """(k, 2) unit vectors: along each of these rays from the origin two classes tie for the first place."""
        rays = []
        for j, k in ((0, 1), (0, 2), (1, 2)):
            across = self.W[j] - self.W[k]
            if (length := np.hypot(*across)) < 1e-9:
                continue
            for side in (-1, 1):
                ray = side * np.array([-across[1], across[0]]) / length
                scores = self.W @ ray
                if scores[j] >= scores.max() - 1e-9:
                    rays.append(ray)
        return np.array(rays).reshape(-1, 2)

    @property
    def shares(self) -> np.ndarray:
        """(3,) how many degrees of a circle around the origin each class wins."""
        angles = np.unique(np.round(np.arctan2(*self.borders.T[::-1]), 9) % (2 * np.pi))
        if len(angles) == 0:  # all vectors equal: class 0 is answered everywhere
            return np.array([360.0, 0.0, 0.0])
        widths = np.diff(np.append(angles, angles[0] + 2 * np.pi))
        winners = self.predict(_on_circle(angles + widths / 2))
        return np.degrees(np.bincount(winners, weights=widths, minlength=3))

    @property
    def summary(self) -> str:
        parts = [
            f"class {k} wins {share:.0f}° of the circle" if share > 0.05 else f"class {k} wins nowhere"
            for k, share in enumerate(self.shares)
        ]
        surest = self.probabilities(_circle()).max()
        reason = f" {self._why_nowhere}" if self.shares.min() <= 0.05 else ""
        return (
            f"{_sentence(parts)}{reason} At temperature {self.temperature:.3g} the highest probability on the circle "
            f"of radius 1 is {surest:.3f}."
        )

    @property
    def _why_nowhere(self) -> str:
        k = int(np.argmin(self.shares))
        for j in range(3):
            if j != k and np.allclose(self.W[j], self.W[k], atol=1e-9):
                return f"w{_SUBSCRIPTS[j]} = w{_SUBSCRIPTS[k]}, so the two tie everywhere, and the first is answered."
        return f"w{_SUBSCRIPTS[k]} lies on the segment between the other two, so its score lies between theirs."


def _sentence(parts: list[str]) -> str:
    words = ", ".join(parts) + "."
    return words[0].upper() + words[1:]


def _on_circle(angles: np.ndarray) -> np.ndarray:
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _circle() -> np.ndarray:
    """(361, 2): once around, degree by degree."""
    return _on_circle(np.radians(np.arange(361)))


def panels(model: SoftmaxRegionsModel) -> list[dict]:
    """The picture: the plane with vectors and regions, and the probabilities on the way around the circle."""
    return [_plane(model), _around(model)]


def _plane(model: SoftmaxRegionsModel) -> dict:
    grid = np.meshgrid(np.linspace(-_WIDE, _WIDE, 91), np.linspace(-_EDGE, _EDGE, 55))
    p = model.probabilities(np.column_stack([side.ravel() for side in grid])).reshape(55, 91, 3)
    shades = [
        marks.heat(
            p[..., k],
            x=(-_WIDE, _WIDE),
            y=(-_EDGE, _EDGE),
            limits=(1 / 3, 1),
            colors=[(CLASS_COLORS[k], 0), (CLASS_COLORS[k], 0.55)],
        )
        for k in range(3)
    ]
    lift = np.full(2, np.nan)
    rays = [row for ray in model.borders for row in ((0, 0), 1e3 * ray, lift)]
    borders = [marks.line(rays, width=2)] if rays else []
    tips = ", ".join(f"w{_SUBSCRIPTS[k]} at {place(w)}" for k, w in enumerate(model.W))
    shares = ", ".join(f"{share:.0f}" for share in model.shares)
    return marks.panel(
        *shades,
        *borders,
        marks.line(_circle(), color="muted", dashed=True, width=1),
        marks.line([*model.W, model.W[0]], color="muted", width=1.5),
        *(marks.arrow((0, 0), w, color=CLASS_COLORS[k], width=3) for k, w in enumerate(model.W)),
        marks.points(
            model.W,
            classes=np.arange(3),
            size=14,
            label=("w₀", "w₁", "w₂"),
            drag=[f"Vector w{_SUBSCRIPTS[k]} of class {k}" for k in range(3)],
        ),
        *_names(model),
        title="Where each class wins",
        alt=f"The plane, cut by {len(model.borders)} rays from the origin into the regions of three classes: {shares} "
        f"degrees wide for classes 0, 1, 2. Weight vectors: {tips}. Borders stand at right angles on the sides of the "
        "triangle of the vectors. Deeper color: more probable.",
        x=marks.axis(-_EDGE, _EDGE, "x₁"),
        y=marks.axis(-_EDGE, _EDGE, "x₂"),
        size=(430, 420),
        equal=True,
    )


def _names(model: SoftmaxRegionsModel) -> list[dict]:
    """The name of each class in the middle of its region, near the edge of the picture."""
    winners = model.predict(_circle()[:360])
    names = []
    for k in np.unique(winners):
        angles = np.radians(np.flatnonzero(winners == k))
        middle = _on_circle(angles).sum(axis=0)
        if np.hypot(*middle) > 1e-6:  # a class that wins everywhere has no middle
            names.append(marks.text(1.85 * middle / np.hypot(*middle), f"class {k}", size=13))
    return names


def _around(model: SoftmaxRegionsModel) -> dict:
    p = model.probabilities(_circle())
    degrees = np.arange(361)
    marked = np.arange(15, 361, 30)  # symbols, so that color is not all that tells the curves apart
    curves = []
    for k in range(3):
        curve = np.column_stack([degrees, p[:, k]])
        curves += [
            marks.line(curve, color=CLASS_COLORS[k], width=2.5),
            marks.points(curve[marked], color=CLASS_COLORS[k], marker=CLASS_MARKERS[k], size=9, label=f"class {k}"),
        ]
    switches = np.sort(np.degrees(np.arctan2(*model.borders.T[::-1])) % 360)
    lift = np.full(2, np.nan)
    rows = [row for angle in switches for row in ((angle, 0), (angle, 1), lift)]
    return marks.panel(
        *([marks.line(rows, width=1.5, dashed=True)] if rows else []),
        *curves,
        title="Probabilities on the way around the circle",
        alt=f"Probabilities of the three classes at temperature {model.temperature:.3g} on the circle of radius 1, "
        f"against the angle; the largest values are {p[:, 0].max():.2f}, {p[:, 1].max():.2f} and {p[:, 2].max():.2f}. "
        f"Dashed, where the winner changes: {', '.join(f'{angle:.0f}°' for angle in switches) or 'nowhere'}.",
        x=marks.axis(0, 360, "angle in degrees, from the x₁ axis"),
        y=marks.axis(0, 1, "probability"),
        size=(400, 420),
    )


def softmax_regions():
    """Drag three weight vectors and see the regions they cut; a temperature decides how sure the softmax is.

    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import buttons, log_slider, watch

    model, canvas = SoftmaxRegionsModel(), Canvas()
    temperature = log_slider("temperature T", 1, -1.5, 1.5, 0.1)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    watch(temperature, act, model.heat_up)
    canvas.on_move(partial(act, model.move))
    act(model.load, "USC's figure")
    return Explorer(
        "Three weight vectors, three regions",
        [[temperature], buttons(PRESETS, act, model.load)],
        canvas,
        "<b>Find out:</b> where must a vector lie so that its class wins nowhere? Can any temperature bring it back, "
        "and what does the temperature change at all?",
    )
