"""Activations go up a network, errors come down: a diagram whose weights are knobs.

The network is NEU's whiteboard with biases: two inputs, two hidden neurons, one sigmoid output, log loss. A network of
the reader's, as small as can be drawn, takes its place.

    δᴸ = ŷ − y,   δˡ = (Wˡ⁺¹ᵀ δˡ⁺¹) ∘ g'(zˡ),   ∂L/∂Wˡ = δˡ aˡ⁻¹ᵀ,   ∂L/∂bˡ = δˡ

Source: NEU "Backprop Ex" (whiteboard), "Backpropagation in More Depth".
"""

from itertools import pairwise

import numpy as np

from nnkit.activations import sigmoid
from nnkit.checks import one_of, real_numbers
from nnkit.explore import marks
from nnkit.explore.words import number
from nnkit.layers import Activation, Dense
from nnkit.losses import BinaryCrossEntropy
from nnkit.network import Network, mlp
from nnkit.optimizers import SGD
from nnkit.palette import BLUE, RUST

HIDDEN = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}
LOSS = BinaryCrossEntropy()
RATE, REACH = 1.0, 6.0  # of a step; weights run from −6 to 6, a reader's farther if they are larger
PRESETS = {  # 1.1 is nearly ln 3, so that the hidden outputs of the whiteboard are ¾ and ½
    "Whiteboard": (1.1, 0.0, 2.0, -1.0, 0.0, 0.0, 2.0, -3.0, 0.0),
    "Saturated": (4.0, 2.0, -3.0, -2.0, 0.0, 0.0, 2.0, -3.0, 0.0),
    "All alike": (0.5,) * 9,
}
MOST_UNITS, MOST_HIDDEN = 3, 2  # in a layer, and of hidden layers: more than that cannot be read
_SUPER, _SUB = "¹²³", "₁₂₃"


class DeltasModel:
    """The network, its one sample x, and everything that goes up and comes down.

    net: a network to draw, which is copied; without it that of the whiteboard.  x: (fan_in,), else 1, 2, ….
    sizes: of the layers, from the inputs up.  names: of the parameters, in the network's own order: W¹ row by row, b¹,
    W², …; the first index is the neuron that receives.
    values: (p,) the parameters, each in [−reach, reach].  y: 0 or 1.  a: hidden outputs, an array for each layer.
    output: ŷ.  loss.  delta: errors, an array for each layer, the output's last.  gradient: ∂loss/∂values, (p,).

    Raises ValueError for a network that cannot be drawn, or an x that does not fit it.
    """

    def __init__(self, net: Network | None = None, x=None, y: int = 1):
        self.net = _whiteboard("sigmoid") if net is None else _drawable(net)
        self.presets = {"As given": tuple(self.net.parameters.values)} if net is not None else PRESETS
        self.x = _sample(np.arange(1.0, self.net.fan_in + 1) if x is None else x, self.net.fan_in)
        self.sizes = [self.net.fan_in, *(W.shape[0] for W, _ in self.net.weights())]
        self.names = [
            name for layer in range(1, len(self.sizes)) for name in _names(layer, *self.sizes[layer - 1 :][:2])
        ]
        self.reach = max(REACH, float(np.ceil(np.abs(next(iter(self.presets.values()))).max())))
        self.y = y
        self.put(next(iter(self.presets.values())))
        self.aim(y)

    def choose(self, hidden: str) -> None:
        """Give the whiteboard's network another hidden activation. Raises ValueError if there is no such one."""
        values = self.values
        self.net = _whiteboard(hidden)
        self.put(values)

    def aim(self, y: int) -> None:
        """Set the target. Raises ValueError for other than 0 and 1."""
        if y not in (0, 1):
            raise ValueError(f"expected the target 0 or 1, got {y}")
        self.y = y
        self._run()

    def move(self, name: str, value: float) -> None:
        """Give a parameter another value, within the reach. Raises ValueError for an unknown name."""
        self.values[self.names.index(one_of("", name, self.names))] = value
        self.put(self.values)

    def step(self) -> None:
        """One step of gradient descent, of rate 1."""
        SGD(self.net.parameters, RATE).step()
        self.put(self.net.parameters.values)

    def put(self, values) -> None:
        """Give all parameters other values, (p,), each within the reach."""
        self.net.parameters.values[:] = np.clip(values, -self.reach, self.reach)
        self.values = self.net.parameters.values
        self._run()

    def _run(self) -> None:
        with self.net.recording() as records:
            Z = self.net.forward(self.x[np.newaxis])
            self.net.backward(LOSS.delta(Z, [self.y]))
        self.a, self.delta = [record.a[0] for record in records[:-1]], [record.delta[0] for record in records]
        self.output, self.loss = float(sigmoid(Z[0, 0])), LOSS.value(Z, [self.y])
        self.gradient = self.net.parameters.gradient

    @property
    def summary(self) -> str:
        return (
            f"Up: hidden outputs {_numbers(self.a)}, output {_number(self.output)}, target {self.y}, "
            f"loss {_number(self.loss)}. Down: error of the output {_number(self.delta[-1][0])}, "
            f"of the hidden neurons {_numbers(self.delta[:-1])}."
        )


def _whiteboard(hidden: str) -> Network:
    activation = HIDDEN[one_of("", hidden, HIDDEN)]
    return mlp((2, 2, 1), rng=np.random.default_rng(0), activation=activation, dtype=np.float64)


def _drawable(net: Network) -> Network:
    """A copy of a reader's network, in float64."""
    if not isinstance(net, Network):
        raise ValueError(f"expected a network of nnkit, got {net!r}")
    kinds = [type(layer) for layer in net.layers]
    hidden = len(kinds) // 2
    if kinds != [Dense, Activation] * hidden + [Dense] or not 1 <= hidden <= MOST_HIDDEN:
        raise ValueError(
            f"expected 1 to {MOST_HIDDEN} hidden Dense layers, an activation after each, and one more, got {net!r}"
        )
    sizes = [net.fan_in, *(W.shape[0] for W, _ in net.weights())]
    if max(sizes) > MOST_UNITS or net.fan_out != 1:
        raise ValueError(f"expected at most {MOST_UNITS} units in a layer and one output, got {sizes}")
    return net.astype(np.float64)


def _sample(x, size: int) -> np.ndarray:
    x = real_numbers("x", x).astype(np.float64)
    if x.shape != (size,) or not np.isfinite(x).all():
        raise ValueError(f"expected x with {size} finite numbers, one for each input, got {x}")
    return x


def _names(layer: int, below: int, above: int) -> list[str]:
    number = _SUPER[layer - 1]
    weights = [f"w{number}{_SUB[i]}{_SUB[j]}" for i in range(above) for j in range(below)]
    return weights + [f"b{number}{_SUB[i]}" for i in range(above)]


def panels(model: DeltasModel) -> list[dict]:
    """The picture: weights and activations on the way up; gradients and errors on the way down."""
    up = _diagram(
        model,
        model.values,
        [model.x, *model.a, [model.output]],
        forward=True,
        title="Up: weights (lines), outputs (nodes)",
        alt=f"The network with its outputs: inputs {_numbers([model.x], number)}, hidden {_numbers(model.a)}, "
        f"output {_number(model.output)} for the target {model.y}.",
    )
    down = _diagram(
        model,
        model.gradient,
        [[np.nan] * len(model.x), *model.delta],
        forward=False,
        title="Down: slopes of the loss (lines), errors δ (nodes)",
        alt=f"The same network with its errors: output {_number(model.delta[-1][0])}, hidden "
        f"{_numbers(model.delta[:-1])}; the largest slope of the loss by a weight is "
        f"{_number(max(model.gradient, key=abs))}.",
    )
    return [up, down]


def _diagram(model: DeltasModel, on_lines, in_nodes, *, forward: bool, title: str, alt: str) -> dict:
    """Nodes with numbers, lines with numbers; thick is large, dashed is negative.

    on_lines: (p,) in the order of the names.  in_nodes: numbers for each layer; NaN leaves a node empty.
    """
    wide = max(model.sizes) > 2
    along = 0.25 if wide else 0.37  # of the way up a line: where its knob hides no other
    layers = [_places(layer, size) for layer, size in enumerate(model.sizes)]
    ends, biases = [], []  # in the order of the names
    for below, above in pairwise(layers):
        ends += [(start, end) for end in above for start in below] + [None] * len(above)
        biases += [None] * (len(below) * len(above)) + [_beside(node) for node in above]
    parts = []
    for line, value in zip(ends, on_lines, strict=True):
        if line:
            parts += _edge(*line, float(value))
            if not forward:
                parts += _slope(*line, float(value), along if wide else None)
    nodes = np.concatenate(layers)
    parts.append(marks.points(nodes, size=46, color="muted", hollow=True))
    shown = [
        (node, _number(value)) for node, value in zip(nodes, np.concatenate(in_nodes), strict=True) if value == value
    ]
    parts.append(marks.text([node for node, _ in shown], [words for _, words in shown], size=13))
    if forward:
        places = [
            line[0] + along * (line[1] - line[0]) if line else place for line, place in zip(ends, biases, strict=True)
        ]
        parts.append(_knobs(model, places))
    else:
        slopes = [
            (place, f"∂b {_number(value)}") for place, value in zip(biases, on_lines, strict=True) if place is not None
        ]
        parts.append(marks.text([place for place, _ in slopes], [words for _, words in slopes], color="muted"))
    top, right = float(nodes[:, 1].max()), len(layers) - 1
    hidden = ["hidden neurons"] if right == 2 else [f"hidden layer {layer}" for layer in range(1, right)]
    parts.append(marks.text([(x, -top - 0.9) for x in range(right + 1)], ["inputs", *hidden, "output"], color="muted"))
    return marks.panel(
        *parts,
        title=title,
        alt=alt,
        x=marks.axis(-0.3, right + 0.3),
        y=marks.axis(-top - 1.05, top + 0.75),
        size=(round((right + 0.6) * (215 if wide else 161.5)), round(95 * (2 * top + 1.8))),
        bare=True,
    )


def _places(layer: int, size: int) -> np.ndarray:
    """Where the nodes of a layer stand, (size, 2), the first one at the top."""
    apart = 1.2 if size > 2 else 2.0
    return np.array([(layer, apart * ((size - 1) / 2 - i)) for i in range(size)], float)


def _beside(node: np.ndarray) -> np.ndarray:
    """Where the bias of a neuron stands: above it in the upper half, else below."""
    return node + np.array([0, 0.47 if node[1] > 0 else -0.47])


def _knobs(model: DeltasModel, places) -> dict:
    """A knob on each line, and one at each bias; in the order of the names."""
    words = [
        f"b {_number(value)}" if name[0] == "b" else _number(value)
        for name, value in zip(model.names, model.values, strict=True)
    ]
    return marks.knobs(
        places, words, names=model.names, values=model.values.tolist(), low=-model.reach, high=model.reach, step=0.1
    )


def _edge(start: np.ndarray, end: np.ndarray, value: float) -> list[dict]:
    color, width = _color(value), 1 + min(5.0, 2 * abs(value))
    ends = [start + 0.13 * (end - start), end - 0.13 * (end - start)]
    return [marks.line(ends, color=color, width=width, dashed=value < 0)]


def _slope(start: np.ndarray, end: np.ndarray, value: float, along: float | None) -> list[dict]:
    """An arrow that points down a line, and a number: so far up it, or beside it where there is room."""
    aside = np.array([0.12 * np.sign(start[1] - end[1]), 0.14])  # away from a line that falls or rises
    label = start + 0.3 * (end - start) + aside if along is None else start + along * (end - start)
    return [
        marks.arrow(start + 0.5 * (end - start), start + 0.44 * (end - start), color=_color(value)),
        marks.text(label, _number(value), color=_color(value)),
    ]


def _color(value: float) -> str:
    return BLUE if value >= 0 else RUST


def _numbers(layers, say=None) -> str:
    """ "0.75, 0.50 and 0.25", and a semicolon before the next layer."""
    words = [list(map(say or _number, layer)) for layer in layers]
    return "; ".join(" and ".join(filter(None, [", ".join(layer[:-1]), layer[-1]])) for layer in words)


def _number(value: float) -> str:
    """Two decimals, but never "0.00" for a number that is not 0."""
    return number(value, ".2f" if abs(value) >= 0.005 or value == 0 else ".0e")


def deltas(net: Network | None = None, x=None):
    """Turn the weights of a small network in its picture: activations on the way up, errors on the way down.

    net: a network of your own, with 1 or 2 hidden layers, an activation after each, at most 3 units in a layer, and one
    output, the score of a sigmoid. It is left alone.  x: a sample for it, (fan_in,); else 1, 2, ….
    Returns a widget.  Raises ValueError for a network that cannot be drawn, or an x that does not fit it.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, buttons, choice, watch

    model, canvas = DeltasModel(net, x), Canvas()
    target = choice([("target y = 1", 1), ("target y = 0", 0)])
    which = [] if net else [choice(HIDDEN)]  # a network of the reader's has its own

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    presses = [
        *buttons(model.presets, lambda name: act(model.put, model.presets[name])),
        button("Step downhill", act, model.step),
    ]
    watch(target, act, model.aim)
    for control in which:
        watch(control, act, model.choose)
    canvas.on_turn(lambda knob, value: act(model.move, model.names[knob], value))
    act(model.aim, model.y)
    return Explorer(
        "Activations up, errors down",
        [[target, *which], presses],
        canvas,
        _OWN_QUESTION if net else _QUESTION,
    )


_TURN = "Turn a weight on its line: drag its number up or down, or Tab to it and use the arrow keys. <b>Find out:</b> "
_QUESTION = (
    _TURN + "which of them change the error of hidden neuron 1, although its output stays? With ReLU, "
    "silence a hidden neuron: which slopes become 0? And start from <i>All alike</i>: can any number of steps "
    "downhill make the two hidden neurons differ?"
)
_OWN_QUESTION = (
    _TURN + "which weight changes the output most, and is it the one with the largest slope? What do all errors do "
    "when you change the target?"
)
