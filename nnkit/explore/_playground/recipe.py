"""What a playground is made of, as a value and as a short text, which a colleague can paste into a cell.

    points=spirals features=x1,x2,sin(x1) units=8-4 optimizer=Adam

Only what differs from the usual stands in the text; points of one's own are `own=x,y,class;…` in hundredths.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from nnkit import datasets
from nnkit.checks import count, fraction, not_negative, one_of, positive
from nnkit.initializers import he_normal, lecun_normal, normal, xavier_normal, zeros
from nnkit.optimizers import OPTIMIZERS
from nnkit.penalties import L1, L2
from nnkit.schedules import Cosine, Exponential, InverseTime, Schedule, StepDecay, as_schedule

SIDE = 3.0  # points lie between −3 and 3 in both directions
EACH = 60  # points to learn from, and as many to test with
MOST_LAYERS, MOST_UNITS, MOST_POINTS = 4, 8, 200

FEATURES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1²": lambda x1, x2: x1**2,
    "x2²": lambda x1, x2: x2**2,
    "x1·x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: np.sin(x1),
    "sin(x2)": lambda x1, x2: np.sin(x2),
}
ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity")
INITIALIZERS = {"Xavier": xavier_normal, "He": he_normal, "LeCun": lecun_normal, "tiny": normal, "zeros": zeros}
PENALTIES = {"none": None, "L1": L1, "L2": L2}
SCHEDULES: dict[str, Callable[[float], float | Schedule]] = {
    "constant": lambda rate: rate,
    "steps": lambda rate: StepDecay(rate, 0.5, 300),
    "exponential": lambda rate: Exponential(rate, 0.002),
    "inverse": lambda rate: InverseTime(rate, 0.005),
    "cosine": lambda rate: Cosine(rate, 1_500),
}


def _circles(noise: float, rng: np.random.Generator):
    X, y = datasets.circles(EACH, noise=noise / 2.5, rng=rng)
    return 2.5 * X, y


def _xor(noise: float, rng: np.random.Generator):
    X = rng.uniform(-2.5, 2.5, (EACH, 2))
    X += 0.25 * np.sign(X)  # a gap between the quarters
    return X + rng.normal(0, noise, X.shape), (X[:, 0] * X[:, 1] < 0).astype(int)


def _blobs(noise: float, rng: np.random.Generator):
    return datasets.blobs(EACH, centers=((-1.3, -1.3), (1.3, 1.3)), noise=0.5 + noise, rng=rng)


def _moons(noise: float, rng: np.random.Generator):
    X, y = datasets.moons(EACH, noise=noise / 1.7, rng=rng)
    return 1.7 * (X - [0.5, 0.25]), y


def _spirals(noise: float, rng: np.random.Generator):
    X, y = datasets.spirals(EACH, noise=noise / 2.7, rng=rng)
    return 2.7 * X, y


def _nothing(noise: float, rng: np.random.Generator):
    return np.empty((0, 2)), np.empty(0, int)


POINTS = {
    "circles": _circles, "xor": _xor, "blobs": _blobs, "moons": _moons, "spirals": _spirals, "none": _nothing,
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """All settings of a playground.

    points: a key of POINTS; noise: standard deviation that is added.  features: keys of FEATURES.  units: of each
    hidden layer, at most four layers of eight.  activation, start (a key of INITIALIZERS), optimizer, schedule,
    penalty: names.  rate: of learning.  batch: examples of a step.  strength: λ of the penalty.  dropout: rate.
    seed: of all that is random.  own: (x1, x2, class) of points to learn from in place of the usual ones.

    Raises ValueError for what is no such thing.
    """

    points: str = "circles"
    noise: float = 0.1
    features: tuple[str, ...] = ("x1", "x2")
    units: tuple[int, ...] = (4, 2)
    activation: str = "tanh"
    start: str = "Xavier"
    optimizer: str = "SGD"
    rate: float = 0.1
    schedule: str = "constant"
    batch: int = 10
    penalty: str = "none"
    strength: float = 0.01
    dropout: float = 0.0
    seed: int = 0
    own: tuple[tuple[float, float, int], ...] = ()

    def __post_init__(self):
        choices = {
            "points": POINTS, "activation": ACTIVATIONS, "start": INITIALIZERS, "optimizer": OPTIMIZERS,
            "schedule": SCHEDULES, "penalty": PENALTIES,
        }  # fmt: skip
        for name, known in choices.items():
            one_of(name, getattr(self, name), known)
        for name in self.features:
            one_of("a feature", name, FEATURES)
        if not self.features or len(set(self.features)) < len(self.features):
            raise ValueError(f"expected features, each once, at least 1, got {', '.join(self.features) or 'none'}")
        if len(self.units) > MOST_LAYERS or any(n not in range(1, MOST_UNITS + 1) for n in self.units):
            got = "-".join(map(str, self.units))
            raise ValueError(f"expected units of at most {MOST_LAYERS} layers, 1 to {MOST_UNITS} each, got {got}")
        not_negative("noise", self.noise), positive("rate", self.rate), count("batch", self.batch)
        not_negative("strength", self.strength), fraction("dropout", self.dropout), count("seed", self.seed, at_least=0)
        if len(self.own) > MOST_POINTS or not all(
            max(abs(x1), abs(x2)) <= SIDE and label in (0, 1) for x1, x2, label in self.own
        ):
            raise ValueError(
                f"expected own: at most {MOST_POINTS} points x,y,class between ±{100 * SIDE:g} hundredths, class 0 or 1"
            )
        if self.points == "none" and not self.own:
            raise ValueError("expected points, or own=x,y,class;…, got neither")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Widths from the features to the one output."""
        return (len(self.features), *self.units, 1)

    def data(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Points to learn from and to test with: two pairs of (n, 2) and (n,) of 0 and 1."""
        train, test = (POINTS[self.points](self.noise, np.random.default_rng([self.seed, k])) for k in (1, 2))
        if self.own:
            train = np.array([point[:2] for point in self.own]), np.array([point[2] for point in self.own])
        return (np.clip(train[0], -SIDE, SIDE), train[1]), (np.clip(test[0], -SIDE, SIDE), test[1])

    def inputs(self, X: np.ndarray) -> np.ndarray:
        """The features of points: (n, 2) → (n, d)."""
        return np.column_stack([FEATURES[name](X[:, 0], X[:, 1]) for name in self.features])

    def rates(self) -> Schedule:
        return as_schedule(SCHEDULES[self.schedule](self.rate))

    def __str__(self) -> str:
        usual = Recipe()
        parts = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value != getattr(usual, field.name):
                parts.append(f"{field.name}={_written(field.name, value)}")
        return " ".join(parts)

    @classmethod
    def read(cls, text: str) -> "Recipe":
        """The recipe of a text, such as `str` makes it.  Raises ValueError that says which part is wrong."""
        known = {field.name: field.default for field in fields(cls)}
        values: dict[str, Any] = {}
        for part in text.split():
            name, equals, value = part.partition("=")
            if not equals or name not in known:
                raise ValueError(f"expected name=value with a name of {', '.join(known)}, got {part!r}")
            try:
                values[name] = _read(name, value, known[name])
            except ValueError:
                raise ValueError(
                    f"expected {name} such as {name}={_EXAMPLES.get(name, known[name])}, got {part!r}"
                ) from None
        return cls(**values)


_EXAMPLES = {"features": "x1,x2", "units": "4-2", "own": "-120,35,1;80,-40,0"}


def _written(name: str, value) -> str:
    match name:
        case "features":
            return ",".join(value)
        case "units":
            return "-".join(map(str, value)) or "0"
        case "own":
            return ";".join(f"{round(100 * x1)},{round(100 * x2)},{label}" for x1, x2, label in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(name: str, value: str, usual):
    match name:
        case "features":
            return tuple(value.split(","))
        case "units":
            return () if value == "0" else tuple(map(int, value.split("-")))
        case "own":
            points = (map(int, point.split(",")) for point in value.split(";"))
            return tuple((x1 / 100, x2 / 100, label) for x1, x2, label in points)
    return type(usual)(value)
