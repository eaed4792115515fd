"""Draw a digit, and see what the network sees, what its hidden neurons make of it, and what it answers.

Strokes become an image as the data set's did. MNIST (28 × 28): the ink fits into 20 × 20 and its center of mass lies in
the middle. scikit-learn's digits (8 × 8): the ink fills a bitmap of 32 × 32, and a pixel is the mean of 4 × 4 of it.

Source: LeCun et al. 1998 (MNIST); Alpaydin and Kaynak 1998 (digits).
"""

import math
from collections.abc import Callable

import numpy as np

from nnkit.activations import softmax
from nnkit.explore import marks
from nnkit.network import Network, mlp
from nnkit.palette import BLUE

SMALLEST = 0.2  # of the pad: ink that is smaller stays as small, so that a dot does not become a blot
MOST_SEGMENTS = 150
COLUMNS = 16  # hidden neurons side by side
# Strokes as lists x₀, y₀, x₁, y₁, …; the pad is 1 wide and 1 high, y runs downward.
EXAMPLES = {
    "1": [[0.42, 0.3, 0.55, 0.15, 0.55, 0.85]],
    "3": [[0.3, 0.2, 0.5, 0.13, 0.67, 0.22, 0.66, 0.38, 0.48, 0.47, 0.67, 0.55, 0.7, 0.72, 0.52, 0.86, 0.28, 0.78]],
    "7": [[0.28, 0.18, 0.7, 0.18, 0.44, 0.86]],
    "7 with a bar": [[0.28, 0.18, 0.7, 0.18, 0.44, 0.86], [0.36, 0.52, 0.7, 0.52]],
    "No digit": [[0.2, 0.2, 0.8, 0.8], [0.8, 0.2, 0.2, 0.8], [0.2, 0.5, 0.8, 0.5]],
}


class DigitModel:
    """A drawing, the image that is made of it, and what the network says.

    net: takes images of side × side pixels row by row, ink 0 to 1, and has ten outputs.
    scale: what happens to an image (1, side²) before the network gets it, None for nothing.
    strokes: lists x₀, y₀, x₁, y₁, … on a pad of 1 × 1.  turn: degrees by which the drawing is turned, clockwise.

    Raises TypeError for what is no Network, ValueError for one of other inputs or outputs.
    """

    def __init__(self, net: Network, *, scale: Callable | None = None):
        if not isinstance(net, Network):
            raise TypeError(f"expected a Network, got {type(net).__name__}")
        self.side = math.isqrt(net.fan_in)
        if self.side**2 != net.fan_in or self.side < 8 or net.fan_out != 10:
            raise ValueError(f"expected a network from side × side pixels to 10 digits, got {net!r}")
        self.net, self.scale, self.turn = net, scale, 0.0
        self.draw(EXAMPLES["3"])

    def draw(self, strokes: list[list[float]]) -> None:
        """Take other strokes and ask the network."""
        self.strokes = strokes
        self._ask()

    def rotate(self, degrees: float) -> None:
        """Turn the drawing to this angle and ask the network."""
        self.turn = float(degrees)
        self._ask()

    @property
    def order(self) -> np.ndarray:
        """The digits, the most probable one first."""
        return np.argsort(-self.probabilities, kind="stable")

    @property
    def active(self) -> list[int]:
        """How many neurons of each hidden layer are above zero."""
        return [int(np.sum(a > 0)) for a in self.hidden]

    @property
    def summary(self) -> str:
        best, second = self.order[:2]
        p = self.probabilities
        drawn = "" if self.strokes else "Nothing is drawn, and still it answers. "
        layers = [f"{n} of {len(a)}" for n, a in zip(self.active, self.hidden, strict=True)]
        fire = f" Active hidden neurons, layer by layer: {', '.join(layers)}." if layers else ""
        first = f"The network sees a {best} and is {p[best]:.0%} sure"
        return f"{drawn}{first}; its second guess is {second}, {p[second]:.0%}.{fire}"

    def _ask(self) -> None:
        self.image = image_of(self.strokes, self.side, turn=self.turn)
        x = self.image.reshape(1, -1)
        with self.net.recording() as records:
            Z = self.net.forward(self.scale(x) if self.scale else x)
            self.hidden = [record.a[0] for record in records[:-1]]
        self.probabilities = softmax(Z[0].astype(np.float64))


def image_of(strokes: list[list[float]], side: int, *, turn: float = 0.0) -> np.ndarray:
    """Strokes as an image (side, side) float32 with ink 0 to 1, centered and scaled as the data set's are.

    turn: degrees, clockwise.
    """
    lines = [np.reshape(stroke, (-1, 2)) - 0.5 for stroke in strokes if len(stroke) >= 2]
    if not lines:
        return np.zeros((side, side), np.float32)
    angle = np.deg2rad(turn)
    lines = [line @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]] for line in lines]
    every = np.concatenate(lines)
    low, high = every.min(axis=0), every.max(axis=0)
    small = side < 16
    box, pen = (side, 0.22 * side) if small else (20 / 28 * side, 0.1 * side)
    factor = (box - pen) / max(*(high - low), SMALLEST)
    segments = _segments([(line - (low + high) / 2) * factor + side / 2 for line in lines])
    image = _ink(segments, side, pen, 4 if small else 2)
    if small:
        return image
    places = np.arange(side) + 0.5
    center = np.array([image.sum(axis=0) @ places, image.sum(axis=1) @ places]) / image.sum()
    return _ink(segments + side / 2 - center, side, pen, 2)


def _segments(lines: list[np.ndarray]) -> np.ndarray:
    """(k, 2, 2): start and end of each piece; of a very long drawing, every second, third, … point."""
    every = -(-sum(map(len, lines)) // MOST_SEGMENTS)
    kept = [np.concatenate([line[:-1:every], line[-1:]]) if len(line) > 1 else line[[0, 0]] for line in lines]
    return np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in kept])


def _ink(segments: np.ndarray, side: int, pen: float, finer: int) -> np.ndarray:
    """A round pen along the segments, drawn `finer` times as fine as the image, with soft edges, and averaged."""
    at = (np.arange(side * finer, dtype=np.float32) + 0.5) / finer
    x, y = np.meshgrid(at, at)
    nearest = np.full(x.shape, np.inf, np.float32)
    for (x0, y0), (x1, y1) in segments.astype(np.float32):
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, np.float32(1e-9)), 0, 1)
        np.minimum(nearest, (x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2, out=nearest)
    fine = np.clip((pen / 2 - np.sqrt(nearest)) * finer + 0.5, 0, 1)
    return fine.reshape(side, finer, side, finer).mean(axis=(1, 3), dtype=np.float32)


def panels(model: DigitModel) -> list[dict]:
    """The picture: what the network sees, its hidden activations, its answer."""
    return [_image(model), _hidden(model), _bars(model)]


def _image(model: DigitModel) -> dict:
    pixels = np.kron(model.image[::-1], np.ones((6, 6), np.float32))  # row 0 lies on top
    ends = (0.0, float(model.side))
    return marks.panel(
        marks.heat(pixels, x=ends, y=ends, limits=(0, 1), colors=[("ink", 0.0), ("ink", 1.0)]),
        title=f"What the network sees: {model.side} × {model.side}",
        alt=f"The drawing as {model.side} × {model.side} pixels, {np.mean(model.image > 0.5):.0%} of them dark.",
        x=marks.axis(*ends),
        y=marks.axis(*ends),
        size=(250, 270),
        equal=True,
        bare=True,
    )


def _hidden(model: DigitModel) -> dict:
    parts, words, top = [], [], 0.0
    for number, a in enumerate(model.hidden, 1):
        rows = -(-len(a) // COLUMNS)
        table = np.full(rows * COLUMNS, np.nan)
        table[: len(a)] = np.abs(a) / max(np.abs(a).max(), 1e-9)
        cells = np.kron(np.nan_to_num(table).reshape(rows, COLUMNS)[::-1], np.ones((4, 4)))
        parts.append(marks.text((0.0, top - 0.6), f"layer {number}", color="muted", anchor="start"))
        parts.append(
            marks.heat(
                cells,
                x=(0.0, COLUMNS),
                y=(top - 1.2 - rows, top - 1.2),
                limits=(0, 1),
                colors=[(BLUE, 0.06), (BLUE, 1.0)],
            )
        )
        words.append(
            f"layer {number}: {model.active[number - 1]} of {len(a)} active, strongest number {int(a.argmax())}"
        )
        top -= rows + 2.0
    return marks.panel(
        *parts,
        title="Hidden activations (full color: strong)",
        alt="Hidden activations. " + ("; ".join(words) if words else "This network has no hidden layer") + ".",
        x=marks.axis(-0.2, COLUMNS + 0.2),
        y=marks.axis(min(top, -4.0), 0.2),
        size=(260, 270),
        bare=True,
    )


def _bars(model: DigitModel) -> dict:
    best, p = model.order[0], model.probabilities
    bars = [
        marks.area(
            [(k - 0.35, 0), (k + 0.35, 0), (k + 0.35, q), (k - 0.35, q)], color=BLUE, opacity=1 if k == best else 0.4
        )
        for k, q in enumerate(p)
    ]
    shown = [k for k in range(10) if p[k] >= 0.01]
    labels = marks.text([(k, p[k] + 0.045) for k in shown], [f"{p[k]:.0%}" for k in shown])
    return marks.panel(
        *bars,
        labels,
        title="What it answers",
        alt="Probabilities: " + ", ".join(f"{k} {p[k]:.0%}" for k in model.order[:3]) + ", the others less.",
        x=marks.axis(-0.6, 9.6, "digit", whole=True),
        y=marks.axis(0, 1.1, "probability"),
        size=(330, 270),
    )


def draw_digit(net: Network, *, scale: Callable | None = None):
    """Draw a digit with mouse, finger or keys; `net` answers.

    net: a Network from side × side pixels (ink 0 to 1, row by row) to ten scores, such as (64, …, 10) or (784, …, 10).
    scale: applied to an image (1, side²) first, for a network of scaled pixels.

    Returns a widget. Raises TypeError or ValueError for another network.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, buttons, watch, whole_slider
    from nnkit.explore.pad import Pad

    model, canvas = DigitModel(net, scale=scale), Canvas()
    pad = Pad(strokes=model.strokes)
    turn = whole_slider("turn", 0, -90, 90, 5, width=300)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    def put(strokes: list) -> None:
        pad.strokes = strokes

    pad.observe(lambda change: act(model.draw, change.new), "strokes")
    watch(turn, act, model.rotate)
    presses = [button("Clear", put, []), *buttons(EXAMPLES, lambda name: put(EXAMPLES[name]))]
    act(model.draw, model.strokes)
    return Explorer(
        "Draw a digit",
        [[pad, *presses, turn]],
        canvas,
        "<b>Find out:</b> how far can you turn a 7 before it is read as something else? Which stroke makes a 3 an 8? "
        "And how sure is the network of what is no digit at all?",
    )


def example():
    """A network as it starts, for images of 28 × 28 pixels."""
    return draw_digit(mlp((784, 64, 10), rng=np.random.default_rng(0)))
