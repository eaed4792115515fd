"""Forward and backward through a computational graph, one node per step, with value and gradient on each edge.

The graph is one of `nnkit.graph`. Its first input follows a slider, so the loss is also a curve over that input, and
when the backward sweep is done, the gradient is the slope of the curve.

Source: IITB "Backpropagation" (base case, the sum over Γ(u), values of the forward pass).
"""

from collections.abc import Callable, Mapping

import numpy as np

from nnkit.checks import one_of
from nnkit.explore import marks
from nnkit.explore.words import number
from nnkit.graph import Value, all_nodes, inner_nodes
from nnkit.layout import edges, places
from nnkit.palette import BLUE, ORANGE, RUST

# Formulas of one input, with the letter of the input.
EXAMPLES = {
    "One path": ("x", lambda x: (3 * x + 1) ** 2),
    "Fan-out": ("x", lambda x: x**2 * (3 * x + 1)),
    "Neuron": ("w", lambda w: -(w * Value(2.0, "x") + Value(-1.0, "b")).sigmoid().log()),
    "Shared weight": ("w", lambda w: (w * (w * Value(1.0, "x₁")).tanh() + Value(-1.0, "x₂")) ** 2),
}
LOW, HIGH = -2.5, 2.5
_GRID = np.linspace(LOW, HIGH, 101)

Own = Mapping[str, Callable[[Value], Value]]
"""Name → a formula of the reader's, which makes a graph of its input x."""


class BackpropModel:
    """A graph, and how far the two passes over it have come.

    example: a key of EXAMPLES or of own.  x: the input that moves, LOW … HIGH.  step: 0 … steps.
    own: formulas of the reader's.
    forward: inner nodes in the order of computation.  grads: {node: what has arrived of ∂L/∂node}.
    """

    def __init__(self, example: str = "Fan-out", x: float = 2.0, own: Own | None = None):
        self.choices = EXAMPLES | {name: ("x", _checked(name, formula)) for name, formula in (own or {}).items()}
        self.x = x
        self.load(example)

    def load(self, example: str) -> None:
        """Take another formula and go back to step 0. Raises ValueError if there is no such example."""
        self.example = one_of("", example, self.choices)
        self.letter, self.formula = self.choices[example]
        self.curve = np.array([self.formula(Value(x)).data for x in _GRID])
        self.step = 0
        self.move(self.x)

    def move(self, x: float) -> None:
        """Give the input another value. Raises ValueError outside LOW … HIGH."""
        if not LOW <= x <= HIGH:
            raise ValueError(f"expected an input from {LOW:g} to {HIGH:g}, got {x}")
        self.x = float(x)
        self.input = Value(self.x, self.letter)
        self.output = self.formula(self.input)
        self.forward = inner_nodes(self.output)[::-1]
        self.go(self.step)

    @property
    def steps(self) -> int:
        """One step forward for each inner node, one for the base case, one backward for each."""
        return 2 * len(self.forward) + 1

    def go(self, step: int) -> None:
        """Be at this step. Raises ValueError outside 0 … steps."""
        if not 0 <= step <= self.steps:
            raise ValueError(f"expected a step from 0 to {self.steps}, got {step}")
        self.step = step
        n = len(self.forward)
        self.swept = self.forward[::-1][: max(0, step - n - 1)]
        self.grads = {self.output: 1.0} if step > n else {}
        for v in self.swept:
            for u, slope in zip(v.parents, (v.du, v.dv), strict=False):  # dv is over if u is alone
                self.grads[u] = self.grads.get(u, 0.0) + self.grads[v] * slope

    @property
    def computed(self) -> list[Value]:
        """The inner nodes whose value is known."""
        return self.forward[: self.step]

    @property
    def active(self) -> Value | None:
        """The node that has its turn, None at step 0."""
        if self.step == 0:
            return None
        if self.swept:
            return self.swept[-1]
        return self.computed[-1]

    @property
    def done(self) -> bool:
        return self.step == self.steps

    @property
    def summary(self) -> str:
        v, where = self.active, f"Step {self.step} of {self.steps}"
        if v is None:
            return f"{where}: only the inputs are known."
        slopes = [slope for _, slope in zip(v.parents, (v.du, v.dv), strict=False)]
        if not self.grads:
            parents, remember = (" and ".join(map(number, group)) for group in ([u.data for u in v.parents], slopes))
            return f"{where}, forward: {v.name} makes {number(v.data)} of {parents}. To remember: slope {remember}."
        if not self.swept:
            return f"{where}, the base case: L = {number(v.data)} is known, and ∂L/∂L = 1."
        grad = self.grads[v]
        shares = " and ".join(f"{number(grad)} · {number(slope)} = {number(grad * slope)}" for slope in slopes)
        end = f" All is known: ∂L/∂{self.letter} = {number(self.grads[self.input])}." if self.done else ""
        return f"{where}, backward: {v.name} has the gradient {number(grad)} and passes on {shares}.{end}"


def _checked(name: str, formula: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """A formula of the reader's that makes a graph with its input in it, and a finite number of every input."""
    for x in map(Value, _GRID):
        made = formula(x)
        if not isinstance(made, Value) or x is made or x not in all_nodes(made):
            raise ValueError(f"expected {name} to compute a Value from the one it is given, got {made!r}")
        if not np.isfinite(made.data):
            raise ValueError(f"expected {name} to be finite from {LOW:g} to {HIGH:g}, got {made.data} at {x.data:g}")
    return formula


def _short(value: float) -> str:
    """For the picture, where room is scarce: three decimals at most."""
    return number(round(value, 3))


def panels(model: BackpropModel) -> list[dict]:
    """The picture: the graph, and the loss as a curve over the input."""
    return [_graph(model), _curve(model)]


def _graph(model: BackpropModel) -> dict:
    place = places(model.output)
    known = {node for node in place if not node.parents} | set(model.computed)
    drawn = []
    words: dict[str, list] = {BLUE: [], RUST: []}
    for u, v, slope, path in edges(model.output):
        live = v is model.active
        color = "muted" if not live else RUST if model.grads else BLUE
        drawn.append(marks.line(path, color=color, width=3 if live else 1))
        above, below = path[14] + (0, 0.11), path[14] - (0, 0.11)
        if u in known:
            words[BLUE].append((above, _short(u.data)))
        if v in model.swept:
            words[RUST].append((below, f"∂ {_short(model.grads[v] * slope)}"))
    for node, grad in model.grads.items():
        words[RUST].append((place[node] - (0, 0.36), f"∂ {_short(grad)}"))
    if model.output in known:
        words[BLUE].append((place[model.output] + (0, 0.36), _short(model.output.data)))
    inside = [(place[node], node.name or number(node.data)) for node in place]
    active = [place[model.active]] if model.active else np.empty((0, 2))
    top = max(numbers[:, 1].max() for numbers in map(marks.numbers, drawn))
    bottom = min(y for _, y in place.values())
    right = max(x for x, _ in place.values())
    return marks.panel(
        *drawn,
        marks.points(list(place.values()), color="paper", size=34),
        marks.points(list(place.values()), color="muted", size=34, hollow=True),
        marks.points(active, color=ORANGE, size=38, hollow=True),
        *[_texts(pairs, color) for color, pairs in {**words, "ink": inside}.items() if pairs],
        title="Value (above) and gradient (∂, below) on each edge",
        alt=_describe(model),
        x=marks.axis(-0.4, right + 0.4),
        y=marks.axis(bottom - 0.5, top + 0.4),
        size=(620, 340),
        bare=True,
    )


def _texts(pairs: list, color: str) -> dict:
    return marks.text([xy for xy, _ in pairs], [word for _, word in pairs], color=color, size=12)


def _describe(model: BackpropModel) -> str:
    known = {node for node in all_nodes(model.output) if not node.parents} | set(model.computed)
    words = []
    for node in all_nodes(model.output):
        value = f"is {number(node.data)}" if node in known else "is not known yet"
        gradient = f", gradient so far {number(model.grads[node])}" if node in model.grads else ""
        words.append(f"{node.name or 'number'} {value}{gradient}")
    return "A computational graph. " + "; ".join(words) + "."


def _curve(model: BackpropModel) -> dict:
    low, high = model.curve.min(), model.curve.max()
    room = 0.08 * (high - low)
    tangent, words = [], "the slope is not known yet"
    if model.done:
        slope = model.grads[model.input]
        ends = np.array([LOW, HIGH])
        tangent = [marks.line(np.column_stack([ends, model.output.data + slope * (ends - model.x)]), color=RUST)]
        words = f"its tangent has slope {number(slope)}"
    return marks.panel(
        marks.line(np.column_stack([_GRID, model.curve]), color=BLUE),
        *tangent,
        marks.points([(model.x, model.output.data)], color=ORANGE, size=11),
        title=f"L over {model.letter}, and its slope when it is known",
        alt=f"The curve of L over {model.letter}, marked at {model.letter} = {number(model.x)}; {words}.",
        x=marks.axis(LOW, HIGH, model.letter),
        y=marks.axis(low - room, high + room, "L"),
        size=(320, 340),
    )


def backprop(own: Own | None = None):
    """Step forward and backward through a graph, and move its input.

    own: formulas of your own, name → a function that computes with `nnkit.graph.Value`s and returns one, such as
    `lambda x: (x * x).tanh()`; finite for inputs from −2.5 to 2.5.  It begins with the first of them.
    Returns a widget.  Raises ValueError for what returns anything else.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, choice, played, slider, watch, whole_slider

    model, canvas = BackpropModel(next(iter(own or ["Fan-out"])), own=own), Canvas()
    which = choice(model.choices, model.example)
    x = slider("input", model.x, LOW, HIGH, 0.05)
    step = whole_slider("step", 0, 0, model.steps)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    def load(example: str) -> None:
        act(model.load, example)
        step.value, step.max = 0, model.steps

    def jump(by: int) -> None:
        step.value = min(max(0, model.step + by), model.steps)  # the slider does the rest

    watch(which, load)
    watch(x, act, model.move)
    watch(step, act, model.go)
    presses = [button("Back", jump, -1), button("Step", jump, 1), button("To the end", lambda: jump(model.steps))]
    act(model.go, 0)
    return Explorer(
        "Forward and backward through a graph",
        [[which], [x, played(step)], presses],
        canvas,
        "<b>Find out:</b> which nodes wait for more than one share? For which inputs is the gradient 0, and what does "
        "the curve do there? In <i>Neuron</i>, how does the gradient change as the right answer gets more certain?",
    )
