"""A hidden layer of sigmoids as a row of bumps, and how closely they follow a curve.

Bump k is made by two hidden neurons: h_k σ(s (x − left_k)) − h_k σ(s (x − right_k)). At first h_k is the height of the
curve in the middle of its piece; a height can be dragged. With s → ∞ the bumps become the boxes of a bar chart.

Source: USC 3.1, universal approximation (Cybenko 1989; Hornik 1991).
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from nnkit.activations import sigmoid
from nnkit.checks import finite_values, one_of, positive
from nnkit.explore import marks
from nnkit.explore.words import count
from nnkit.palette import BLUE, CLASS_COLORS, ORANGE

CURVES = {
    "Wave": lambda x: 0.5 + 0.4 * np.sin(2 * np.pi * x),
    "Hill": lambda x: np.exp(-(((x - 0.5) / 0.16) ** 2)),
    "Jump": lambda x: np.where(x < 0.4, 0.2, 0.8),
}
MOST = 30
# Pairs and log₁₀ of the steepness, on the notches of the sliders.
PRESETS = {"One bump": (1, 2.0), "Smeared": (10, 0.9), "Boxes": (10, 2.7)}
_X = np.linspace(0, 1, 401)
_FLOOR, _TOP = -0.25, 1.25


class BumpsModel:
    """A network with one input on [0, 1], 2 · pairs sigmoid neurons, and a sum as output.

    curve: a key of CURVES or of own.  pairs: 1 … 30 bumps.  steepness: s > 0.  own: name → f, curves of the reader's:
    f takes an array of numbers from 0 to 1 and returns one number for each.
    heights, middles: (pairs,) of the bumps.  steps_at: (pairs + 1,) where bump k starts and bump k − 1 ends.
    """

    def __init__(
        self, curve: str = "Wave", pairs: int = 6, steepness: float = 100.0, own: Mapping[str, Callable] | None = None
    ):
        self.curves = {**CURVES, **(own or {})}
        for name, f in (own or {}).items():
            finite_values(f"the curve {name}", f, _X)
        self.pairs = pairs
        self.sharpen(steepness)
        self.follow(curve)

    def follow(self, curve: str) -> None:
        """Take another curve, and its heights. Raises ValueError if there is no such curve."""
        self.curve, self.f = one_of("", curve, self.curves), self.curves[curve]
        self.split(self.pairs)

    def split(self, pairs: int) -> None:
        """Use this many bumps, each as high as the curve in its middle. Raises ValueError for other than 1 … 30."""
        if pairs not in range(1, MOST + 1):
            raise ValueError(f"expected 1 to {MOST} bumps, got {pairs}")
        self.pairs = pairs
        self.steps_at = np.linspace(0, 1, pairs + 1)
        self.middles = (self.steps_at[:-1] + self.steps_at[1:]) / 2
        self.steps_at[[0, -1]] = -1, 2  # the outer flanks stand outside the picture, or the curve would sag there
        self.heights = self.f(self.middles)

    def sharpen(self, steepness: float) -> None:
        """Use another steepness. Raises ValueError if it is not positive."""
        self.steepness = positive("steepness", steepness)

    def move(self, index: int, _x: float, y: float) -> None:
        """Give bump `index` the height y, inside the picture."""
        self.heights[index] = np.clip(y, _FLOOR, _TOP)

    def bumps(self, x: np.ndarray) -> np.ndarray:
        """What each bump adds at each x, (m,) → (m, pairs)."""
        steps = sigmoid(self.steepness * (x[:, np.newaxis] - self.steps_at))
        return self.heights * (steps[:, :-1] - steps[:, 1:])

    def network(self, x: np.ndarray) -> np.ndarray:
        """The output of the network, (m,) → (m,)."""
        return self.bumps(x).sum(axis=1)

    @property
    def errors(self) -> np.ndarray:
        """|f − network| on a fine grid over [0, 1], (401,)."""
        return np.abs(self.f(_X) - self.network(_X))

    @property
    def summary(self) -> str:
        errors = self.errors
        return (
            f"{count(self.pairs, 'bump')} from {2 * self.pairs} hidden neurons, steepness {self.steepness:.3g}: "
            f"the error is {errors.max():.3f} at worst (at x = {_X[errors.argmax()]:.2f}) "
            f"and {errors.mean():.3f} on average."
        )


def panels(model: BumpsModel) -> list[dict]:
    """The picture: the curve with the network's answer, and the bumps one by one."""
    return [_answer(model), _parts(model)]


def _answer(model: BumpsModel) -> dict:
    names = [f"Height of bump {k + 1}" for k in range(model.pairs)]
    return marks.panel(
        marks.line(np.column_stack([_X, model.f(_X)]), color=ORANGE, width=2.5, dashed=True, label="curve"),
        marks.line(np.column_stack([_X, model.network(_X)]), color=BLUE, width=2.5, label="network"),
        marks.points(np.column_stack([model.middles, model.heights]), size=9, drag=names, label="heights, to drag"),
        title="What they make together",
        alt=f"The curve {model.curve} and the output of a network with {2 * model.pairs} hidden neurons, "
        f"which differ by {model.errors.max():.3f} at worst.",
        x=marks.axis(0, 1, "input x"),
        y=marks.axis(_FLOOR, _TOP, "output"),
        size=(400, 340),
    )


def _parts(model: BumpsModel) -> dict:
    lines = [
        marks.line(np.column_stack([_X, bump]), color=CLASS_COLORS[k % 3], width=2, dashed=k % 2 == 1)
        for k, bump in enumerate(model.bumps(_X).T)
    ]
    return marks.panel(
        marks.line([(0, 0), (1, 0)], color="muted", width=1),
        *lines,
        title="Each bump: two hidden neurons",
        alt=f"{model.pairs} bumps side by side, each made of two sigmoids of steepness {model.steepness:.3g}; "
        f"their sum is the network. The highest reaches {model.bumps(_X).max():.2f}.",
        x=marks.axis(0, 1, "input x"),
        y=marks.axis(_FLOOR, _TOP, "what it adds"),
        size=(400, 340),
    )


def bumps(own: Mapping[str, Callable] | None = None):
    """Follow a curve with bumps: choose how many and how steep, drag their heights.

    own: curves of your own, name → f, which takes an array of numbers from 0 to 1 and returns one for each; the picture
    reaches from −0.25 to 1.25.  It begins with the first of them.
    Returns a widget.  Raises ValueError for a curve with other values.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import buttons, choice, log_slider, watch, whole_slider

    model, canvas = BumpsModel(next(iter(own or CURVES)), own=own), Canvas()
    which = choice(model.curves, model.curve)
    pairs = whole_slider("bumps", model.pairs, 1, MOST)
    steepness = log_slider("steepness s", model.steepness, 0.5, 3, 0.1)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    def load(name: str) -> None:
        number, exponent = PRESETS[name]
        steepness.value = 10**exponent
        pairs.value = number
        act(model.split, number)  # also where no slider moved: dragged heights go back

    watch(which, act, model.follow)
    watch(pairs, act, model.split)
    watch(steepness, act, model.sharpen)
    canvas.on_move(partial(act, model.move))
    act(model.split, model.pairs)
    return Explorer(
        "Hidden neurons as bumps",
        [[which], [pairs, steepness], buttons(PRESETS, load)],
        canvas,
        "<b>Find out:</b> how few bumps bring the worst error on the wave below 0.1? Is steeper always better, "
        "also for few bumps? And can any number of bumps bring the worst error on the jump below 0.1?",
    )
