"""How large should weights start? Histograms of outputs and errors, layer by layer, for a scale and a depth.

A network of equal layers, 64 neurons each, no biases; 64 samples go up, and errors of size 1 come down from the top:

    aˡ = g(zˡ), zˡ = Wˡ aˡ⁻¹        δˡ⁻¹ = (Wˡᵀ δˡ) ∘ g'(zˡ⁻¹)

The signal of a layer is what differs from sample to sample: the root of the mean, over its neurons, of the variance
over the samples. Its errors are measured by the root of their mean square.

Source: Glorot and Bengio 2010; AU "Vanishing and Exploding Gradient"; NEU "Parameter Initialization".
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise

import numpy as np

from nnkit.checks import one_of, positive
from nnkit.explore import marks
from nnkit.explore.words import count, number
from nnkit.initializers import constant, he_normal, lecun_normal, normal, zeros
from nnkit.layers import Activation, Dense
from nnkit.network import Network
from nnkit.palette import BLUE, ORANGE

ACTIVATIONS = {"linear": "identity", "sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}
N, MOST = 64, 20
_rng = np.random.default_rng(9)
_INPUTS, _BLAME = _rng.normal(size=(2, N, N))
_DRAWS = _rng.bit_generator.state  # all that draw weights draw the same, so that only their sizes differ


def _weights(initializer) -> np.ndarray:
    """The weights of all layers, (20, 64, 64)."""
    rng = np.random.default_rng()
    rng.bit_generator.state = _DRAWS
    return np.array([initializer((N, N), rng, np.float64) for _ in range(MOST)])


INITIALIZERS = {  # the weights at scale 1
    "1/n": _weights(lecun_normal),
    "2/n": _weights(he_normal),
    "N(0, 1)": _weights(partial(normal, deviation=1.0)),
    "identity": _weights(lambda shape, rng, dtype: np.eye(N)),
    "all equal": _weights(partial(constant, value=1 / N)),
    "zeros": _weights(zeros),
}
PRESETS = {  # activation, initializer, log₁₀ of the scale, depth
    "AU: 0.5 I": ("linear", "identity", -0.3, 20),
    "AU: 1.5 I": ("linear", "identity", 0.175, 20),
    "Fading sigmoids": ("sigmoid", "1/n", 0.0, 10),
    "He": ("ReLU", "2/n", 0.0, 20),
    "NEU: zeros": ("sigmoid", "zeros", 0.0, 3),
}
FLOOR, CEILING = 0.01, 100.0  # below this share the signal is dead, above it has exploded
_REACH = 3.0  # of the histograms of outputs
_POWERS = -12.0, 12.0  # of the logarithmic axes
_BINS = 48

Own = Mapping[str, Callable]
"""Name → an initializer of the reader's, called as nnkit's are: (shape, rng, dtype) → weights of that shape."""


class InitializationModel:
    """Outputs and errors of all layers for one activation, initializer, scale and depth.

    outputs: depth + 1 arrays (64, 64), from the inputs up.  errors: depth arrays (64, 64), δ of layers 1 … depth.
    signals: (depth + 1,) and blame: (depth,), the size of each.
    own: initializers of the reader's, which join those of INITIALIZERS.
    """

    def __init__(
        self,
        activation: str = "tanh",
        initializer: str = "1/n",
        scale: float = 1.0,
        depth: int = 10,
        own: Own | None = None,
    ):
        self.choices = INITIALIZERS | {name: _own_weights(name, make) for name, make in (own or {}).items()}
        self.run(activation, initializer, scale, depth)

    def run(self, activation: str, initializer: str, scale: float, depth: int) -> None:
        """Build the network, send signal and errors through. Raises ValueError for unknown names and numbers."""
        if depth not in range(1, MOST + 1):
            raise ValueError(f"expected 1 to {MOST} layers, got {depth}")
        self.activation, self.initializer = one_of("", activation, ACTIVATIONS), one_of("", initializer, self.choices)
        self.scale, self.depth = positive("scale", scale), depth
        layers = []
        for W in self.scale * self.choices[self.initializer][: self.depth]:
            dense = Dense(N, N, rng=_rng, initializer=zeros, dtype=np.float64)
            dense.W[:] = W
            layers += [dense, Activation(ACTIVATIONS[self.activation])]
        top = layers.pop()  # errors are given at the topmost scores
        net = Network(layers)
        with net.recording() as records:
            scores = net.forward(_INPUTS)
            net.backward(_BLAME)
        self.outputs = [_INPUTS, *(record.a for record in records[:-1]), top.forward(scores)]
        self.errors = [record.delta for record in records]
        self.signals = np.array([np.sqrt(a.var(axis=0).mean()) for a in self.outputs])
        self.blame = np.array([np.sqrt(np.mean(np.square(delta))) for delta in self.errors])

    @property
    def twins(self) -> bool:
        """Whether all neurons of each layer put out the same."""
        return bool(np.ptp(self.outputs[1], axis=1).max() < 1e-12)

    @property
    def summary(self) -> str:
        equal = " All neurons of a layer put out the same: nothing breaks the symmetry." if self.twins else ""
        return (
            f"{self.activation}, weights {self.initializer} times {self.scale:.3g}, {count(self.depth, 'layer')}. "
            f"Standard deviation of the outputs over the samples: {_number(self.signals[0])} at the inputs, "
            f"{_number(self.signals[-1])} in layer {self.depth}. {_fate('The signal', self.signals, upward=True)} "
            f"Size of the errors: {_number(self.blame[-1])} at the top, {_number(self.blame[0])} in layer 1. "
            f"{_fate('The errors', self.blame[::-1], upward=False)}{equal}"
        )


def _own_weights(name: str, initializer: Callable) -> np.ndarray:
    try:
        weights = _weights(initializer)
    except ValueError:  # of layers that differ in shape
        weights = np.empty(0)
    if weights.shape != (MOST, N, N) or weights.dtype.kind not in "biuf" or not np.isfinite(weights).all():
        raise ValueError(f"expected {name} to return finite weights of the shape that it is given, ({N}, {N})")
    return weights


def _fate(subject: str, sizes: np.ndarray, *, upward: bool) -> str:
    """Where sizes, in the order in which they arise, leave the range from FLOOR to CEILING times the first."""
    be, die, explode = ("is", "dies", "explodes") if upward else ("are", "die", "explode")
    share = sizes / sizes[0]
    for end, verb, meaning in ((share < FLOOR, die, "below 1 %"), (~(share <= CEILING), explode, "above 100 times")):
        if end.any():
            at = int(end.argmax())
            layer = at if upward else len(sizes) - at
            return f"{subject} {verb} in layer {layer} ({meaning})."
    return f"{subject} {be} alive in all layers."


def panels(model: InitializationModel) -> list[dict]:
    """The picture: histograms of outputs, histograms of errors, and the size of both along the depth."""
    return [_outputs(model), _errors(model), _sizes(model)]


def _outputs(model: InitializationModel) -> dict:
    top = model.outputs[-1]
    return _ridges(
        model,
        [np.clip(a, -_REACH, _REACH) for a in model.outputs],
        first=0,
        reach=(-_REACH, _REACH),
        color=BLUE,
        label="output a (beyond ±3: at the edge)",
        title="Outputs, layer by layer",
        alt=f"Histograms of the outputs of {count(model.depth, 'layer')}, layer 0 being the inputs. "
        f"In the last layer they lie between {_number(top.min())} and {_number(top.max())}.",
    )


def _errors(model: InitializationModel) -> dict:
    low, high = _POWERS
    powers = [np.clip(np.log10(np.abs(delta[delta != 0])), low, high) for delta in model.errors]
    dead = np.mean(model.errors[0] == 0)
    return _ridges(
        model,
        powers,
        first=1,
        reach=_POWERS,
        color=ORANGE,
        label="log₁₀ |δ| (zeros left out)",
        title="Errors δ, layer by layer",
        alt=f"Histograms of the size of the errors of {count(model.depth, 'layer')} on a logarithmic axis. "
        f"In layer 1 {dead:.0%} of them are exactly 0; their size there is {_number(model.blame[0])}.",
    )


def _ridges(model, values, *, first: int, reach, color: str, label: str, title: str, alt: str) -> dict:
    """A histogram per layer, each standing on its layer's number; of many layers about eight are shown."""
    every = -(-model.depth // 8)
    drawn = []
    for layer in range(model.depth, first - 1, -every):
        counts, edges = np.histogram(values[layer - first], bins=_BINS, range=reach)
        heights = layer + 0.9 * every * counts / max(counts.max(), 1)
        outline = [(edges[0], layer), *((x, h) for ends, h in zip(pairwise(edges), heights, strict=True) for x in ends)]
        drawn.append(marks.area([*outline, (edges[-1], layer)], color=color, opacity=0.6))
        drawn.append(marks.line([(reach[0], layer), (reach[1], layer)], color="muted", width=0.5))
        if counts.sum() == 0:
            drawn.append(marks.text((0.0, layer + 0.3 * every), "all exactly 0", color="muted"))
    return marks.panel(
        *drawn,
        title=title,
        alt=alt,
        x=marks.axis(reach[0], reach[1], label),
        y=marks.axis(first - 0.2 * every, model.depth + 1.1 * every, "layer", whole=True),
        size=(330, 360),
    )


def _sizes(model: InitializationModel) -> dict:
    limits = 10 ** np.array(_POWERS)

    def curve(label: str, first: int, sizes: np.ndarray, color: str, *, dashed: bool) -> list[dict]:
        xy = np.column_stack([np.arange(first, first + len(sizes)), np.clip(sizes, *limits)])
        return [
            marks.line(xy, color=color, dashed=dashed, label=label),
            marks.points(xy, color=color, size=5, marker="s" if dashed else "o"),
        ]

    return marks.panel(
        *(marks.line([(0, y), (model.depth, y)], color="muted", width=1, dashed=True) for y in (FLOOR, CEILING)),
        *curve("signal", 0, model.signals, BLUE, dashed=False),
        *curve("size of δ", 1, model.blame, ORANGE, dashed=True),
        title="Along the depth",
        alt=f"The signal along the layers, from {_number(model.signals[0])} to {_number(model.signals[-1])}, "
        f"and the size of the errors, from {_number(model.blame[-1])} at the top "
        f"to {_number(model.blame[0])} in layer 1.",
        x=marks.axis(-0.3, model.depth + 0.3, "layer", whole=True),
        y=marks.axis(limits[0], limits[1], "size", log=True),
        size=(330, 360),
    )


def _number(value: float) -> str:
    """Two significant digits, as a power of ten far from 1."""
    return number(value, ".2g" if value == 0 or 0.01 <= abs(value) < 1000 else ".1e")


def initialization(own: Own | None = None):
    """Choose how the weights of a deep network start: what is left of signal and errors, layer by layer?

    own: initializers of your own, name → a function of (shape, rng, dtype) that returns weights of that shape, as those
    of `nnkit.initializers` do.  It begins with the first of them.
    Returns a widget.  Raises ValueError for what returns anything else.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import buttons, choice, log_slider, watch_all, whole_slider

    model, canvas = InitializationModel(initializer=next(iter(own or ["1/n"])), own=own), Canvas()
    bend, start = choice(ACTIVATIONS, model.activation), choice(model.choices, model.initializer)
    scale = log_slider("scale", 1, -1, 1, 0.025)
    depth = whole_slider("layers", model.depth, 1, MOST)

    def draw() -> None:
        model.run(bend.value, start.value, scale.value, depth.value)
        canvas.show(panels(model), model.summary)

    def load(name: str) -> None:
        activation, initializer, exponent, layers = PRESETS[name]
        put(activation, initializer, 10**exponent, layers)

    put = watch_all([bend, start, scale, depth], draw)
    draw()
    return Explorer(
        "Scale and depth of the start",
        [[bend, start], [scale, depth], buttons(PRESETS, load)],
        canvas,
        "<b>Find out:</b> which scale makes 1/n the same as 2/n? With tanh and N(0, 1) the outputs look alive: what do "
        "the errors do on their way down? Can any start carry sigmoids through 10 layers, and what do they put out "
        "then? And with <i>all equal</i>, how do the errors of a layer differ?",
    )
