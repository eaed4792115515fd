"""One bowl, three walks: all examples per update, a mini-batch, a single one. Equal work, different paths.

64 examples, or a reader's, and two weights: J = mean of ½ (w·x − d)². Per update a walk asks m examples for the
gradient,

    w ← w − η ĝ,   ĝ = mean of (w·x − d) x over the batch,

drawn by shuffling for each epoch, or with replacement. After an epoch every walk has looked at n examples; the last
batch of it is smaller where m does not divide n.

Source: NEU "Gradient Descent Variants"; USC "Mini-batch"; AU "Optimization".
"""

from typing import Any

import numpy as np

from nnkit.checks import one_of, positive, real_numbers
from nnkit.explore import marks
from nnkit.explore.words import number
from nnkit.palette import BLUE, ORANGE, RUST, SKY

N, EPOCHS = 64, 30  # examples of ours, passes over them
LEAST, MOST = 16, 512  # examples of a reader's
DRAWS = ("Shuffled", "With replacement")
EXPONENTS, NOTCH = (-2.5, 0.5), 0.05  # of the slider for log₁₀ η
PRESETS = {  # log₁₀ η and the batch size, None: all
    "Crawl": (-2.0, 8),
    "Good": (-1.0, 8),
    "Too fast for one": (-0.05, 8),
    "Too fast for all": (0.2, None),
}
_START, _EDGE = (-3.0, 2.0), 0.15  # log₁₀ of 2/λmax of our examples, in whole notches
_FLOOR, _CEILING = 1e-6, 1e3
_CLOUD = 200  # estimates in the cloud


class BatchPathsModel:
    """Three walks of 30 epochs from the same start, with the same rate. The walk on all examples knows no chance.

    rate: η > 0.  batch_size: of the mini-batch walk, one of `batch_sizes`.  draw: one of DRAWS.  seed: of the draws.
    X: (n, 2) examples and d: (n,) targets, of the reader's if they are given; their walks start at 0, ours at (−3, 2).
    H: (2, 2) the bending XᵀX/n.  edge: 2/λmax.  best: (2,) the lowest point.
    shift: how far the exponents of the rates lie above those for our examples.  unit: the power of ten of J − J* at the
    start, 1 for ours.
    landscape: (61, 61) J − J* over the map `box` = ((w₁ from, to), (w₂ from, to)), w₁ along the columns.
    walks: {"all": (31, 2), "mini-batch": (30 · ⌈n/m⌉ + 1, 2), "single": (30 n + 1, 2)}, w after every update.

    Raises ValueError for examples that make no bowl over two weights, or whose lowest point is the start.
    """

    def __init__(
        self, rate: float = 0.1, batch_size: int = 8, draw: str = "Shuffled", seed: int = 0, *, X=None, d=None
    ):
        self.X, self.d = _examples() if X is None and d is None else _own(X, d)
        self.n = len(self.X)
        self.start = np.array(_START if X is None else (0.0, 0.0))
        self.batch_sizes = [*(2**k for k in range((self.n - 1).bit_length())), self.n]
        self.H = self.X.T @ self.X / self.n
        bending = np.linalg.eigvalsh(self.H)
        if bending[0] < 1e-6 * bending[-1]:
            raise ValueError("expected two columns in X that are no multiples of each other")
        self.edge = float(2 / bending[-1])
        self.shift = round(NOTCH * round(np.log10(self.edge) / NOTCH) - _EDGE, 2)
        self.best = np.linalg.solve(self.H, self.X.T @ self.d / self.n)
        away = np.abs(self.start - self.best).max()
        if away < 1e-9 * np.abs(self.d).max(initial=1.0):
            raise ValueError("expected targets that other weights fit better than (0, 0), where the walks start")
        self.unit = float(10.0 ** round(np.log10(self.excess(self.start[np.newaxis])[0] / 5)))
        self.box = tuple((float(center - 1.15 * away), float(center + 1.15 * away)) for center in self.best)
        grid = np.meshgrid(*(np.linspace(*side, 61) for side in self.box))
        self.landscape = self.excess(np.column_stack([side.ravel() for side in grid])).reshape(61, 61)
        self.run(rate, batch_size, draw, seed)

    def run(self, rate: float, batch_size: int, draw: str, seed: int) -> None:
        """Walk. Raises ValueError for a rate that is not positive, or a batch size or draw that is not on offer."""
        if batch_size not in self.batch_sizes:
            raise ValueError(f"expected a batch size of {self.batch_sizes}, got {batch_size}")
        self.rate, self.draw = positive("the learning rate", rate), one_of("draw", draw, DRAWS)
        self.batch_size, self.seed = int(batch_size), seed
        rng = np.random.default_rng(seed)
        shuffled = np.concatenate([rng.permutation(self.n) for _ in range(EPOCHS)])
        self.order = shuffled if draw == "Shuffled" else rng.integers(self.n, size=EPOCHS * self.n)
        self.sizes = {"all": self.n, "mini-batch": self.batch_size, "single": 1}
        self.walks = {name: self._walk(size) for name, size in self.sizes.items()}

    def excess(self, w: np.ndarray) -> np.ndarray:
        """How much J exceeds its lowest value at each row of w: (k, 2) → (k,)."""
        away = w - self.best
        with np.errstate(over="ignore", invalid="ignore"):  # a walk may leave the numbers
            return np.einsum("ki,ij,kj->k", away, self.H, away) / 2

    def place(self, name: str, epoch: int) -> np.ndarray:
        """Where a walk stands after so many epochs, (2,)."""
        return self.walks[name][self.updates(name, epoch)]

    def updates(self, name: str, epochs: int) -> int:
        """How many a walk has made after so many epochs."""
        return epochs * -(-self.n // self.sizes[name])

    def hovering(self, name: str) -> float:
        """The root mean square distance from the lowest point over the last ten epochs."""
        late = self.walks[name][-self.updates(name, 10) :]
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.sqrt(np.mean(np.sum((late - self.best) ** 2, axis=1))))

    def estimates(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The full gradient at w, (2,), and 200 estimates from batches drawn without replacement, (200, 2)."""
        slopes = (self.X @ w - self.d)[:, np.newaxis] * self.X
        rows = np.random.default_rng(self.seed).random((_CLOUD, self.n)).argsort(axis=1)[:, : self.batch_size]
        return slopes.mean(axis=0), slopes[rows].mean(axis=1)

    def summary(self, epoch: int) -> str:
        """What is shown after so many epochs."""
        parts = []
        for name, size in self.sizes.items():
            left = float(self.excess(self.place(name, epoch)[np.newaxis])[0])
            parts.append(f"{name} ({size} per update), updates: {self.updates(name, epoch)}, J − J* = {_size(left)}")
        rests = [f"{name} {_size(self.hovering(name))}" for name in self.sizes]
        return (
            f"{self.draw}, η = {self.rate:.3g}, 2/λmax = {self.edge:.3g}. "
            f"Epoch {epoch}, {epoch * self.n} examples seen: {'; '.join(parts)}. "
            f"Root mean square distance from the lowest point in the last ten of {EPOCHS} epochs: "
            f"{', '.join(rests)}."
        )

    def _walk(self, size: int) -> np.ndarray:
        # On a bowl an update is w ← (1 − ηH_S) w + η c_S: all matrices at once, and the loop has numbers only.
        order = self.order if size < self.n else np.tile(np.arange(self.n), EPOCHS)
        X, d = self.X[order], self.d[order]
        starts = np.add.outer(np.arange(EPOCHS) * self.n, np.arange(0, self.n, size)).ravel()
        m = np.diff(starts, append=len(order))[:, np.newaxis]
        bending = np.add.reduceat(X[:, :, np.newaxis] * X[:, np.newaxis, :], starts) / m[:, np.newaxis]
        kept = np.eye(2) - self.rate * bending
        added = self.rate * np.add.reduceat(X * d[:, np.newaxis], starts) / m
        u, v = self.start.tolist()
        steps = [(u, v)]
        for ((a, b), (c, e)), (f, g) in zip(kept.tolist(), added.tolist(), strict=True):
            u, v = a * u + b * v + f, c * u + e * v + g
            steps.append((u, v))
        return np.array(steps)


def _examples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(12)
    X = rng.normal(size=(N, 2)) @ np.array([[1.0, 0.5], [0.0, 0.85]])
    return X, X @ np.array([1.0, -1.0]) + rng.normal(size=N)


def _own(X, d) -> tuple[np.ndarray, np.ndarray]:
    if X is None or d is None:
        raise ValueError("expected both, examples X and their targets d")
    X, d = (real_numbers(name, array).astype(np.float64) for name, array in (("X", X), ("d", d)))
    if X.ndim != 2 or X.shape[1] != 2 or not LEAST <= len(X) <= MOST:
        raise ValueError(f"expected X with two columns and {LEAST} to {MOST} rows, got shape {X.shape}")
    if d.shape != X.shape[:1]:
        raise ValueError(f"expected a target for each of {len(X)} rows, got d with shape {d.shape}")
    if not (np.isfinite(X).all() and np.isfinite(d).all()):
        raise ValueError("expected finite numbers in X and d")
    return X, d


def _size(value: float) -> str:
    return number(value, ".2g") if value < 1e12 else "beyond all bounds"


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
    walked = {name: model.walks[name][: model.updates(name, epoch) + 1] for name in _LOOKS}
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
    low, high = _FLOOR * model.unit, _CEILING * model.unit
    curves = []
    for name, look in _LOOKS.items():
        left = np.clip(np.nan_to_num(model.excess(model.walks[name]), nan=np.inf), low, high)
        curves.append(marks.line(np.column_stack([np.linspace(0, EPOCHS, len(left)), left]), label=name, **look))
    return marks.panel(
        *curves,
        marks.line([(epoch, low), (epoch, high)], color="ink", width=1, dashed=True),
        title="J above its lowest value",
        alt=f"J minus its lowest value over {EPOCHS} epochs, equal work side by side, on a logarithmic axis from "
        f"{low:g} to {high:g}. At the end: {ends}.",
        x=marks.axis(0, EPOCHS, f"epochs: examples looked at / {model.n}"),
        y=marks.axis(low, high, "J − J*", log=True),
        size=(310, 330),
    )


def _cloud(model: BatchPathsModel, epoch: int) -> dict:
    w = model.place("mini-batch", epoch)
    with np.errstate(over="ignore", invalid="ignore"):
        exact, cloud = model.estimates(w)
        length = float(np.linalg.norm(exact))
        reach = 2 * float(np.abs(model.H @ (model.start - model.best)).max())
        spread = float(np.sqrt(np.mean(np.sum((cloud - exact) ** 2, axis=1))))
    return marks.panel(
        marks.line([(-reach, 0), (reach, 0)], color="muted", width=1),
        marks.line([(0, -reach), (0, reach)], color="muted", width=1),
        marks.points(cloud, color=ORANGE, size=4),
        marks.points([exact], marker="*", size=15, color=RUST, label="exact"),
        title=f"Estimates from {model.batch_size} examples",
        alt=f"{_CLOUD} estimates of the gradient at the place of the mini-batch walk after {epoch} epochs, each from "
        f"{model.batch_size} of {model.n} examples, around the exact gradient of length "
        f"{_size(length)}; mean distance from it {_size(spread)}.",
        x=marks.axis(-reach, reach, "slope along w₁"),
        y=marks.axis(-reach, reach, "slope along w₂"),
        size=(310, 330),
        equal=True,
    )


def batch_paths(X=None, d=None):
    """Choose a rate and a batch size; see batch, mini-batch and stochastic descent walk on the same bowl.

    X: examples of your own, (n, 2), 16 to 512 of them, such as standardized columns.  d: their targets, (n,). The walks
    look for two weights with the least mean of ½ (w·x − d)², from (0, 0) on.
    Returns a widget.  Raises ValueError for examples that make no bowl over two weights.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, buttons, choice, list_slider, log_slider, played, watch_all, whole_slider

    model, canvas = BatchPathsModel(X=X, d=d), Canvas()
    low, high = EXPONENTS[0] + model.shift, EXPONENTS[1] + model.shift
    rate = log_slider("rate η", 10 ** (model.shift - 1), low, high, NOTCH, width=300)
    size = list_slider("batch size |S|", model.batch_size, model.batch_sizes, width=300)
    epoch = whole_slider("epochs", 10, 0, EPOCHS, width=300)
    draws = choice(DRAWS)

    def show(seed: int) -> None:
        chosen = (rate.value, size.value, draws.value, seed)
        if chosen != (model.rate, model.batch_size, model.draw, model.seed):
            model.run(*chosen)
        canvas.show(panels(model, epoch.value), model.summary(epoch.value))

    def load(name: str) -> None:
        exponent, batch_size = PRESETS[name]
        put(10 ** (exponent + model.shift), batch_size or model.n, epoch.value, draws.value)

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
