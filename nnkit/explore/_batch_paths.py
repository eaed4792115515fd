"""One bowl, three walks: all examples per update, a mini-batch, a single one. Equal work, different paths.

64 examples, two weights, J = mean of ½ (w·x − d)². Per update a walk asks m examples for the gradient,

    w ← w − η ĝ,   ĝ = mean of (w·x − d) x over the batch,

drawn by shuffling for each epoch, or with replacement. After an epoch every walk has looked at 64 examples.

Source: NEU "Gradient Descent Variants"; USC "Mini-batch"; AU "Optimization".
"""

from typing import Any

import numpy as np

from nnkit.checks import one_of, positive
from nnkit.explore import marks
from nnkit.explore.words import number
from nnkit.palette import BLUE, ORANGE, RUST, SKY

N, EPOCHS = 64, 30
SIZES = (1, 2, 4, 8, 16, 32, 64)  # each divides N: no partial batches here
DRAWS = ("Shuffled", "With replacement")
EXPONENTS, NOTCH = (-2.5, 0.5), 0.05  # of the slider for log₁₀ η
PRESETS = {  # log₁₀ η and the batch size
    "Crawl": (-2.0, 8),
    "Good": (-1.0, 8),
    "Too fast for one": (-0.05, 8),
    "Too fast for all": (0.2, 64),
}
_START, _REACH, _FLOOR, _CEILING = (-3.0, 2.0), 4.6, 1e-6, 1e3
_CLOUD = 200  # estimates in the cloud


class BatchPathsModel:
    """Three walks of 30 epochs from the same start, with the same rate. The walk on all examples knows no chance.

    rate: η > 0.  batch_size: of the mini-batch walk, one of SIZES.  draw: one of DRAWS.  seed: of the draws.
    X: (64, 2) examples.  d: (64,) targets.  H: (2, 2) the bending XᵀX/64.  best: (2,) the lowest point.
    landscape: (61, 61) J − J* over the map `box` = ((w₁ from, to), (w₂ from, to)), w₁ along the columns.
    walks: {"all": (31, 2), "mini-batch": (30 · 64/m + 1, 2), "single": (1921, 2)}, w after every update.
    """

    def __init__(self, rate: float = 0.1, batch_size: int = 8, draw: str = "Shuffled", seed: int = 0):
        rng = np.random.default_rng(12)
        self.X = rng.normal(size=(N, 2)) @ np.array([[1.0, 0.5], [0.0, 0.85]])
        self.d = self.X @ np.array([1.0, -1.0]) + rng.normal(size=N)
        self.H = self.X.T @ self.X / N
        self.edge = float(2 / np.linalg.eigvalsh(self.H)[-1])
        self.best = np.linalg.solve(self.H, self.X.T @ self.d / N)
        self.box = tuple((float(center - _REACH), float(center + _REACH)) for center in self.best)
        grid = np.meshgrid(*(np.linspace(*side, 61) for side in self.box))
        self.landscape = self.excess(np.column_stack([side.ravel() for side in grid])).reshape(61, 61)
        self.run(rate, batch_size, draw, seed)

    def run(self, rate: float, batch_size: int, draw: str, seed: int) -> None:
        """Walk. Raises ValueError for a rate that is not positive, or a batch size or draw that is not on offer."""
        if batch_size not in SIZES:
            raise ValueError(f"expected a batch size of {SIZES}, got {batch_size}")
        self.rate, self.draw = positive("the learning rate", rate), one_of("draw", draw, DRAWS)
        self.batch_size, self.seed = int(batch_size), seed
        rng = np.random.default_rng(seed)
        shuffled = np.concatenate([rng.permutation(N) for _ in range(EPOCHS)])
        self.order = shuffled if draw == "Shuffled" else rng.integers(N, size=EPOCHS * N)
        self.sizes = {"all": N, "mini-batch": self.batch_size, "single": 1}
        self.walks = {name: self._walk(size) for name, size in self.sizes.items()}

    def excess(self, w: np.ndarray) -> np.ndarray:
        """How much J exceeds its lowest value at each row of w: (k, 2) → (k,)."""
        away = w - self.best
        with np.errstate(over="ignore", invalid="ignore"):  # a walk may leave the numbers
            return np.einsum("ki,ij,kj->k", away, self.H, away) / 2

    def place(self, name: str, epoch: int) -> np.ndarray:
        """Where a walk stands after so many epochs, (2,)."""
        return self.walks[name][epoch * N // self.sizes[name]]

    def hovering(self, name: str) -> float:
        """The root mean square distance from the lowest point over the last ten epochs."""
        late = self.walks[name][-10 * N // self.sizes[name] :]
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.sqrt(np.mean(np.sum((late - self.best) ** 2, axis=1))))

    def estimates(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The full gradient at w, (2,), and 200 estimates from batches drawn without replacement, (200, 2)."""
        slopes = (self.X @ w - self.d)[:, np.newaxis] * self.X
        rows = np.random.default_rng(self.seed).random((_CLOUD, N)).argsort(axis=1)[:, : self.batch_size]
        return slopes.mean(axis=0), slopes[rows].mean(axis=1)

    def summary(self, epoch: int) -> str:
        """What is shown after so many epochs."""
        parts = []
        for name, size in self.sizes.items():
            left = float(self.excess(self.place(name, epoch)[np.newaxis])[0])
            parts.append(f"{name} ({size} per update), updates: {epoch * N // size}, J − J* = {_size(left)}")
        rests = [f"{name} {_size(self.hovering(name))}" for name in self.sizes]
        return (
            f"{self.draw}, η = {self.rate:.3g}, 2/λmax = {self.edge:.3g}. Epoch {epoch}, {epoch * N} examples seen: "
            f"{'; '.join(parts)}. Root mean square distance from the lowest point in the last ten of {EPOCHS} epochs: "
            f"{', '.join(rests)}."
        )

    def _walk(self, size: int) -> np.ndarray:
        # On a bowl an update is w ← (1 − ηH_S) w + η c_S: all matrices at once, and the loop has numbers only.
        order = self.order if size < N else np.tile(np.arange(N), EPOCHS)
        X, d = self.X[order].reshape(-1, size, 2), self.d[order].reshape(-1, size, 1)
        kept = np.eye(2) - self.rate * np.einsum("kmi,kmj->kij", X, X) / size
        added = self.rate * (X * d).mean(axis=1)
        u, v = _START
        steps = [(u, v)]
        for ((a, b), (c, e)), (f, g) in zip(kept.tolist(), added.tolist(), strict=True):
            u, v = a * u + b * v + f, c * u + e * v + g
            steps.append((u, v))
        return np.array(steps)


def _size(value: float) -> str:
    return number(value, ".2g") if value < 1e6 else "beyond all bounds"


_LOOKS: dict[str, dict[str, Any]] = {  # in the order in which they are drawn
    "single": {"color": "muted", "width": 1},
    "mini-batch": {"color": ORANGE, "width": 2},
    "all": {"color": BLUE, "width": 2},
}
_MARKERS = {"single": "^", "mini-batch": "s", "all": "o"}


def panels(model: BatchPathsModel, epoch: int) -> list[dict]:
    """The picture after so many epochs: the walks, their losses, the cloud of estimates."""
    return [_bowl(model, epoch), _losses(model, epoch), _cloud(model, epoch)]


def _bowl(model: BatchPathsModel, epoch: int) -> dict:
    walked = {name: model.walks[name][: epoch * N // model.sizes[name] + 1] for name in _LOOKS}
    here = {name: steps[-1] for name, steps in walked.items()}
    away = ", ".join(f"{name} {_size(np.hypot(*(w - model.best)))}" for name, w in here.items())
    return marks.panel(
        marks.heat(
            np.sqrt(model.landscape),  # so that the bands of a bowl are evenly wide
            x=model.box[0],
            y=model.box[1],
            limits=(0, float(np.sqrt(model.landscape.max()))),
            colors=[(SKY, 0), (SKY, 0.8)],
            bands=12,
        ),
        *(marks.line(steps, **_LOOKS[name]) for name, steps in walked.items()),
        marks.points([model.best], marker="*", size=15, color=RUST, label="lowest point"),
        *(
            marks.points([w], color=_LOOKS[name]["color"], marker=_MARKERS[name], size=11, label=name)
            for name, w in here.items()
        ),
        title="Three walks",
        alt=f"The bowl over two weights with three walks from the same start. Distances from the lowest point after "
        f"{epoch} epochs: {away}.",
        x=marks.axis(*model.box[0], "weight w₁"),
        y=marks.axis(*model.box[1], "weight w₂"),
        size=(320, 330),
        equal=True,
    )


def _losses(model: BatchPathsModel, epoch: int) -> dict:
    ends = ", ".join(f"{name} {_size(model.excess(walk[-1:])[0])}" for name, walk in model.walks.items())
    curves = []
    for name, look in _LOOKS.items():
        left = np.clip(np.nan_to_num(model.excess(model.walks[name]), nan=np.inf), _FLOOR, _CEILING)
        curves.append(marks.line(np.column_stack([np.linspace(0, EPOCHS, len(left)), left]), label=name, **look))
    return marks.panel(
        *curves,
        marks.line([(epoch, _FLOOR), (epoch, _CEILING)], color="ink", width=1, dashed=True),
        title="J above its lowest value",
        alt=f"J minus its lowest value over {EPOCHS} epochs, equal work side by side, on a logarithmic axis from "
        f"{_FLOOR:g} to {_CEILING:g}. At the end: {ends}.",
        x=marks.axis(0, EPOCHS, "epochs: examples looked at / 64"),
        y=marks.axis(_FLOOR, _CEILING, "J − J*", log=True),
        size=(310, 330),
    )


def _cloud(model: BatchPathsModel, epoch: int) -> dict:
    w = model.place("mini-batch", epoch)
    with np.errstate(over="ignore", invalid="ignore"):
        exact, cloud = model.estimates(w)
        length = float(np.linalg.norm(exact))
        spread = float(np.sqrt(np.mean(np.sum((cloud - exact) ** 2, axis=1))))
    return marks.panel(
        marks.line([(-4, 0), (4, 0)], color="muted", width=1),
        marks.line([(0, -4), (0, 4)], color="muted", width=1),
        marks.points(cloud, color=ORANGE, size=4),
        marks.points([exact], marker="*", size=15, color=RUST, label="exact"),
        title=f"Estimates from {model.batch_size} examples",
        alt=f"{_CLOUD} estimates of the gradient at the place of the mini-batch walk after {epoch} epochs, each from "
        f"{model.batch_size} of 64 examples, around the exact gradient of length "
        f"{_size(length)}; mean distance from it {_size(spread)}.",
        x=marks.axis(-4, 4, "slope along w₁"),
        y=marks.axis(-4, 4, "slope along w₂"),
        size=(310, 330),
        equal=True,
    )


def batch_paths():
    """Choose a rate and a batch size; see batch, mini-batch and stochastic descent walk on the same bowl.

    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, buttons, choice, list_slider, log_slider, played, watch_all, whole_slider

    model, canvas = BatchPathsModel(), Canvas()
    rate = log_slider("rate η", model.rate, *EXPONENTS, NOTCH, width=300)
    size = list_slider("batch size |S|", model.batch_size, SIZES, width=300)
    epoch = whole_slider("epochs", 10, 0, EPOCHS, width=300)
    draws = choice(DRAWS)

    def show(seed: int) -> None:
        chosen = (rate.value, size.value, draws.value, seed)
        if chosen != (model.rate, model.batch_size, model.draw, model.seed):
            model.run(*chosen)
        canvas.show(panels(model, epoch.value), model.summary(epoch.value))

    def load(name: str) -> None:
        exponent, batch_size = PRESETS[name]
        put(10**exponent, batch_size, epoch.value, draws.value)

    put = watch_all([rate, size, epoch, draws], lambda: show(model.seed))
    presses = [*buttons(PRESETS, load), button("Draw again", lambda: show(model.seed + 1))]
    show(model.seed)
    return Explorer(
        "One bowl, three walks: batch, mini-batch, single examples",
        [[rate, size, played(epoch)], [draws, *presses]],
        canvas,
        "<b>Find out:</b> after one epoch, which walk is lowest, and after thirty? Near the bottom, what does four "
        "times the batch size do to the distance, and what does a quarter of the rate? Is it better to shuffle or to "
        "draw with replacement? Which rate breaks the walk on single examples, but not the one on all?",
    )
