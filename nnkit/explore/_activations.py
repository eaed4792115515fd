"""What an activation lets through: its value on the way up, its slope on the way back, also through several in a row.

The row is a chain of neurons with weight 1 and bias 0, each feeding the next: g(g(… g(z))). By the chain rule its slope
is the product of the slopes on the way, and a product of numbers below 1 dies quickly.
"""

from collections.abc import Callable, Mapping

import numpy as np

from nnkit import activations as functions
from nnkit.checks import finite_values, one_of
from nnkit.explore import marks
from nnkit.explore.words import count, number
from nnkit.palette import BLUE, ORANGE

ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "step": (functions.step, functions.step_derivative),
    "sigmoid": (functions.sigmoid, functions.sigmoid_derivative),
    "tanh": (functions.tanh, functions.tanh_derivative),
    "ReLU": (functions.relu, functions.relu_derivative),
    "leaky ReLU": (functions.leaky_relu, functions.leaky_relu_derivative),
    "softplus": (functions.softplus, functions.softplus_derivative),
}
MOST = 10
_REACH = 6.0  # scores run from −6 to 6
_Z = np.linspace(-_REACH, _REACH, 241)  # holds 0, where the corners are

Own = Mapping[str, tuple[Callable, Callable]]
"""Name → an activation and its derivative; each takes an array of scores and returns one number for each."""


class ActivationsModel:
    """One activation, one score, and how many neurons stand in a row.

    name: a key of ACTIVATIONS or of own.  z: the score.  neurons: 1 … 10.  own: activations of the reader's.
    """

    def __init__(self, name: str = "sigmoid", z: float = 1.0, neurons: int = 3, own: Own | None = None):
        self.choices = ACTIVATIONS | {name: _checked(name, pair) for name, pair in (own or {}).items()}
        self.choose(name)
        self.place(z)
        self.chain(neurons)

    def choose(self, name: str) -> None:
        """Take another activation. Raises ValueError if there is no such one."""
        self.name = one_of("", name, self.choices)
        self.g, self.slope = self.choices[name]

    def place(self, z: float) -> None:
        """Move the score. Raises ValueError outside [−6, 6]."""
        if not -_REACH <= z <= _REACH:
            raise ValueError(f"expected a score between −6 and 6, got {z}")
        self.z = float(z)

    def chain(self, neurons: int) -> None:
        """Put this many neurons in a row. Raises ValueError for other numbers than 1 … 10."""
        if neurons not in range(1, MOST + 1):
            raise ValueError(f"expected 1 to {MOST} neurons, got {neurons}")
        self.neurons = neurons

    def chain_slope(self, z):
        """The slope of g(g(… g(z))), in the shape of z."""
        product, signal = np.ones_like(z), z
        for _ in range(self.neurons):
            product, signal = product * self.slope(signal), self.g(signal)
        return product

    @property
    def summary(self) -> str:
        through = float(self.chain_slope(np.float64(self.z)))
        return (
            f"{self.name} at z = {number(self.z)}: output {number(self.g(self.z))}, "
            f"slope {number(self.slope(self.z))}. Through {self.row} a small change of the score "
            f"comes out {number(through)} times as large."
        )

    @property
    def row(self) -> str:
        return count(self.neurons, "neuron", "neurons in a row")


def _checked(name: str, pair) -> tuple[Callable, Callable]:
    """An activation of the reader's and its derivative, for scores of any shape, as ours are."""
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(map(callable, pair))):
        raise ValueError(f"expected {name} to be a pair: the activation and its derivative, got {pair!r}")
    for what, f in zip((name, f"the derivative of {name}"), pair, strict=True):
        finite_values(what, f, _Z)
    g, slope = (lambda z, f=f: np.reshape(f(np.atleast_1d(z)), np.shape(z)) for f in pair)
    return g, slope


def panels(model: ActivationsModel) -> list[dict]:
    """The picture: the activation with its tangent, and the slopes of one neuron and of the row."""
    return [_curve(model), _slopes(model)]


def _curve(model: ActivationsModel) -> dict:
    value, slope = float(model.g(model.z)), float(model.slope(model.z))
    tangent = [(z, value + slope * (z - model.z)) for z in (-2 * _REACH, 2 * _REACH)]
    curve = np.column_stack([_Z, model.g(_Z)])
    low, high = -1.5, 1.5 if curve[:, 1].max() < 1.5 else _REACH
    if model.name == "step":
        curve = np.array([(-_REACH, 0), (0, 0), (np.nan, np.nan), (0, 1), (_REACH, 1)])
    return marks.panel(
        marks.line([(-_REACH, 0), (_REACH, 0)], color="muted", width=1),
        marks.line(tangent, color=ORANGE, width=2, dashed=True, label="tangent"),
        marks.line(curve, color=BLUE, width=2.5, label=model.name),
        marks.points((model.z, value), size=11),
        title="What goes up",
        alt=f"The curve of {model.name} and its tangent at z = {number(model.z)}: "
        f"output {number(value)}, slope {number(slope)}.",
        x=marks.axis(-_REACH, _REACH, "score z"),
        y=marks.axis(low, high, "output g(z)"),
        size=(380, 330),
    )


def _slopes(model: ActivationsModel) -> dict:
    one, row = model.slope(_Z), model.chain_slope(_Z)
    here = float(model.chain_slope(np.float64(model.z)))
    return marks.panel(
        marks.line(np.column_stack([_Z, one]), color=BLUE, width=2.5, label="one neuron"),
        marks.line(np.column_stack([_Z, row]), color=ORANGE, width=2.5, dashed=True, label=f"{model.neurons} in a row"),
        marks.points([(model.z, float(model.slope(model.z))), (model.z, here)], size=11),
        title="What comes back: the slope",
        alt=f"The slope of {model.name} against the score, at most {number(one.max())}, and the slope through "
        f"{model.row}, at most {number(row.max())}; "
        f"at z = {number(model.z)} it is {number(here)}.",
        x=marks.axis(-_REACH, _REACH, "score z"),
        y=marks.axis(-0.05, 1.1, "slope"),
        size=(380, 330),
    )


def activations(own: Own | None = None):
    """Choose an activation, move the score, put neurons in a row, and see what comes back through them.

    own: activations of your own, name → (the function, its derivative); each takes an array of scores and returns one
    number for each.  It begins with the first of them.
    Returns a widget.  Raises ValueError for what is no such pair, or has other values.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import choice, slider, watch, whole_slider

    model, canvas = ActivationsModel(next(iter(own or ["sigmoid"])), own=own), Canvas()
    which = choice(model.choices, model.name)
    score = slider("score z", model.z, -_REACH, _REACH, 0.1)
    neurons = whole_slider("neurons in a row", model.neurons, 1, MOST)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    watch(which, act, model.choose)
    watch(score, act, model.place)
    watch(neurons, act, model.chain)
    act(model.chain, model.neurons)
    return Explorer(
        "What comes back through an activation",
        [[which], [score, neurons]],
        canvas,
        "<b>Find out:</b> with ten neurons in a row, for which of the six does a small change of the score 3 come out "
        "at more than half its size? And which of them, besides the step, lets nothing through on the left, "
        "however short the row?",
    )
