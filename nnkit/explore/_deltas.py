"""Activations go up a network, errors come down: a diagram whose weights are knobs.

The network is NEU's whiteboard with biases: two inputs, two hidden neurons, one sigmoid output, log loss.

    δ² = ŷ − y,   δ¹ = (W²ᵀ δ²) ∘ g'(z¹),   ∂L/∂Wˡ = δˡ aˡ⁻¹ᵀ,   ∂L/∂bˡ = δˡ

Source: NEU "Backprop Ex" (whiteboard), "Backpropagation in More Depth".
"""

import numpy as np

from nnkit.activations import sigmoid
from nnkit.checks import one_of
from nnkit.explore import marks
from nnkit.explore.words import number
from nnkit.losses import BinaryCrossEntropy
from nnkit.network import mlp
from nnkit.optimizers import SGD
from nnkit.palette import BLUE, RUST

HIDDEN = {"sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu"}
LOSS = BinaryCrossEntropy()
X = np.array([1.0, 2.0])
RATE, REACH = 1.0, 6.0  # of a step; weights run from −6 to 6
# Names of the parameters, in the network's own order: W1 row by row, b1, W2, b2. The first index is the neuron that
# receives.
NAMES = ("w¹₁₁", "w¹₁₂", "w¹₂₁", "w¹₂₂", "b¹₁", "b¹₂", "w²₁₁", "w²₁₂", "b²₁")
PRESETS = {  # 1.1 is nearly ln 3, so that the hidden outputs of the whiteboard are ¾ and ½
    "Whiteboard": (1.1, 0.0, 2.0, -1.0, 0.0, 0.0, 2.0, -3.0, 0.0),
    "Saturated": (4.0, 2.0, -3.0, -2.0, 0.0, 0.0, 2.0, -3.0, 0.0),
    "All alike": (0.5,) * 9,
}
_INPUTS, _HIDDEN, _OUTPUT = ((0.0, 1.0), (0.0, -1.0)), ((1.0, 1.0), (1.0, -1.0)), (2.0, 0.0)
_EDGES = [(_INPUTS[j], _HIDDEN[i]) for i in (0, 1) for j in (0, 1)] + [(node, _OUTPUT) for node in _HIDDEN]
_BIASES = [(x, y + (0.47 if y > 0 else -0.47)) for x, y in (*_HIDDEN, _OUTPUT)]


class DeltasModel:
    """The network, its one sample x = (1, 2), and everything that goes up and comes down.

    values: (9,) parameters in the order of NAMES, each in [−6, 6].  y: 0 or 1.  hidden: a key of HIDDEN.
    a1: (2,) hidden outputs.  output: ŷ.  loss.  delta1: (2,) errors of the hidden neurons.  delta2: of the output.
    gradient: ∂loss/∂values, (9,).
    """

    def __init__(self, preset: str = "Whiteboard", y: int = 1, hidden: str = "sigmoid"):
        self.values = np.array(PRESETS[preset])
        self.y = y
        self.choose(hidden)
        self.aim(y)

    def choose(self, hidden: str) -> None:
        """Take another hidden activation. Raises ValueError if there is no such one."""
        self.hidden = one_of("", hidden, HIDDEN)
        self.net = mlp((2, 2, 1), rng=np.random.default_rng(0), activation=HIDDEN[hidden], dtype=np.float64)
        self.put(self.values)

    def aim(self, y: int) -> None:
        """Set the target. Raises ValueError for other than 0 and 1."""
        if y not in (0, 1):
            raise ValueError(f"expected the target 0 or 1, got {y}")
        self.y = y
        self._run()

    def move(self, name: str, value: float) -> None:
        """Give a parameter another value, at most 6 in size. Raises ValueError for an unknown name."""
        self.values[NAMES.index(one_of("", name, NAMES))] = value
        self.put(self.values)

    def step(self) -> None:
        """One step of gradient descent, of rate 1."""
        SGD(self.net.parameters, RATE).step()
        self.put(self.net.parameters.values)

    def put(self, values) -> None:
        """Give all parameters other values, (9,), each at most 6 in size."""
        self.net.parameters.values[:] = np.clip(values, -REACH, REACH)
        self.values = self.net.parameters.values
        self._run()

    def _run(self) -> None:
        with self.net.recording() as records:
            Z = self.net.forward(X[np.newaxis])
            self.net.backward(LOSS.delta(Z, [self.y]))
        below, above = records
        self.a1, self.output, self.loss = below.a[0], float(sigmoid(Z[0, 0])), LOSS.value(Z, [self.y])
        self.delta1, self.delta2 = below.delta[0], float(above.delta[0, 0])
        self.gradient = self.net.parameters.gradient

    @property
    def summary(self) -> str:
        (a1, a2), (d1, d2) = self.a1, self.delta1
        return (
            f"Up: hidden outputs {_number(a1)} and {_number(a2)}, output {_number(self.output)}, target {self.y}, "
            f"loss {_number(self.loss)}. Down: error of the output {_number(self.delta2)}, "
            f"of the hidden neurons {_number(d1)} and {_number(d2)}."
        )


def panels(model: DeltasModel) -> list[dict]:
    """The picture: weights and activations on the way up; gradients and errors on the way down."""
    up = _diagram(
        model.values,
        [*X, *model.a1, model.output],
        forward=True,
        title="Up: weights (lines), outputs (nodes)",
        alt=f"The network with its outputs: inputs 1 and 2, hidden {_number(model.a1[0])} and {_number(model.a1[1])}, "
        f"output {_number(model.output)} for the target {model.y}.",
    )
    down = _diagram(
        model.gradient,
        [np.nan, np.nan, *model.delta1, model.delta2],
        forward=False,
        title="Down: slopes of the loss (lines), errors δ (nodes)",
        alt=f"The same network with its errors: output {_number(model.delta2)}, hidden {_number(model.delta1[0])} and "
        f"{_number(model.delta1[1])}; the largest slope of the loss by a weight is "
        f"{_number(max(model.gradient, key=abs))}.",
    )
    return [up, down]


def _diagram(on_lines, in_nodes, *, forward: bool, title: str, alt: str) -> dict:
    """Nodes with numbers, lines with numbers; thick is large, dashed is negative.

    on_lines: (9,) in the order of NAMES.  in_nodes: (5,) inputs, hidden, output; NaN leaves a node empty.
    """
    weights = [*on_lines[:4], *on_lines[6:8]]
    parts = []
    for (start, end), value in zip(_EDGES, weights, strict=True):
        parts += _edge(start, end, float(value), forward)
    nodes = [*_INPUTS, *_HIDDEN, _OUTPUT]
    parts.append(marks.points(nodes, size=46, color="muted", hollow=True))
    shown = [(node, _number(value)) for node, value in zip(nodes, in_nodes, strict=True) if np.isfinite(value)]
    parts.append(marks.text([node for node, _ in shown], [words for _, words in shown], size=13))
    biases = [*on_lines[4:6], on_lines[8]]
    if forward:
        parts.append(_knobs(on_lines))
    else:
        parts.append(marks.text(_BIASES, [f"∂b {_number(value)}" for value in biases], color="muted"))
    parts.append(marks.text([(0, -1.9), (1, -1.9), (2, -1.9)], ["inputs", "hidden neurons", "output"], color="muted"))
    return marks.panel(
        *parts,
        title=title,
        alt=alt,
        x=marks.axis(-0.3, 2.3),
        y=marks.axis(-2.05, 1.75),
        size=(420, 360),
        bare=True,
    )


def _knobs(values) -> dict:
    """A knob on each line, nearer to its start, where no two cross, and one at each bias; in the order of NAMES."""
    lines = [np.array(start) + 0.37 * (np.array(end) - start) for start, end in _EDGES]
    words = [
        f"b {_number(value)}" if name[0] == "b" else _number(value) for name, value in zip(NAMES, values, strict=True)
    ]
    return marks.knobs(
        [*lines[:4], *_BIASES[:2], *lines[4:], _BIASES[2]],
        words,
        names=NAMES,
        values=values,
        low=-REACH,
        high=REACH,
        step=0.1,
    )


def _edge(start, end, value: float, forward: bool) -> list[dict]:
    start, end = np.array(start), np.array(end)
    color, width = (BLUE if value >= 0 else RUST), 1 + min(5.0, 2 * abs(value))
    drawn = [
        marks.line(
            [start + 0.13 * (end - start), end - 0.13 * (end - start)], color=color, width=width, dashed=value < 0
        )
    ]
    if not forward:
        aside = 0.12 * np.sign(start[1] - end[1])  # away from a line that falls or rises
        label = start + 0.3 * (end - start) + np.array([aside, 0.14])
        drawn.append(marks.arrow(start + 0.5 * (end - start), start + 0.44 * (end - start), color=color))
        drawn.append(marks.text(label, _number(value), color=color))
    return drawn


def _number(value: float) -> str:
    """Two decimals, but never "0.00" for a number that is not 0."""
    return number(value, ".2f" if abs(value) >= 0.005 or value == 0 else ".0e")


def deltas():
    """Turn the weights of a small network in its picture: activations on the way up, errors on the way down.

    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, buttons, choice, watch

    model, canvas = DeltasModel(), Canvas()
    target = choice([("target y = 1", 1), ("target y = 0", 0)])
    which = choice(HIDDEN)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    presses = [*buttons(PRESETS, lambda name: act(model.put, PRESETS[name])), button("Step downhill", act, model.step)]
    watch(target, act, model.aim)
    watch(which, act, model.choose)
    canvas.on_turn(lambda knob, value: act(model.move, NAMES[knob], value))
    act(model.aim, model.y)
    return Explorer(
        "Activations up, errors down",
        [[target, which], presses],
        canvas,
        "Turn a weight on its line: drag its number up or down, or Tab to it and use the arrow keys. "
        "<b>Find out:</b> which of them change the error of hidden neuron 1, although its output stays? With ReLU, "
        "silence a hidden neuron: which slopes become 0? And start from <i>All alike</i>: can any number of steps "
        "downhill make the two hidden neurons differ?",
    )
