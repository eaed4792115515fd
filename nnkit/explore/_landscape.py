"""A keyhole view of a loss over hundreds of weights: the slice through the trained ones along two random directions.

    height(a, b) = loss(w* + a d₁ + b d₂)

A ReLU network has twins: what enters a hidden layer times 10, what leaves it divided by 10, the same function. Random
directions show the twin another landscape. Filter-normalized ones do not: every row of every W, the weights that
enter one neuron, gets a part of the direction that is as long as the row. Biases stay where they are.

Source: Li et al. 2018, "Visualizing the loss landscape of neural nets", section 4; UT "Training Neural Networks is
Difficult".
"""

from copy import deepcopy

import numpy as np

from nnkit.activations import sigmoid, softplus
from nnkit.checks import one_of
from nnkit.datasets import moons
from nnkit.explore import marks
from nnkit.explore.words import place
from nnkit.layers import Activation, Dense
from nnkit.losses import zero_one
from nnkit.network import Network, mlp
from nnkit.palette import CLASS_COLORS, RUST, SKY

DIRECTIONS = ("Random", "Filter-normalized")
VERSIONS = ("Network", "Twin")
STRETCH = 10.0
SLICES = 20
_GRID = 17  # odd, so that the trained weights are on it; each place costs a forward pass
_LOW, _HIGH = -2.0, 2.0  # log₁₀ of the losses with the first and the last color


class LandscapeModel:
    """A slice of the loss of a trained network with two inputs, ReLUs and one output, for data with two classes.

    X: (n, 2).  y: (n,) labels 0 and 1.
    directions, version, slice, reach: what is shown; set by `look`.  ring: (2,) the place (a, b) looked at.
    heights: (17, 17) log loss over −reach … reach, a along the columns.

    Raises ValueError for another kind of network, or labels other than 0 and 1.
    """

    def __init__(self, net: Network, X, y):
        first, second = _hidden_layer(net)
        self.X, self.y = np.asarray(X, net.dtype), zero_one(y)
        self.size = float(np.sqrt(np.mean(np.concatenate([W.ravel() for W, _ in net.weights()]) ** 2)))
        twin = deepcopy(net)
        twin.layers[first].W *= STRETCH
        twin.layers[first].b *= STRETCH
        twin.layers[second].W /= STRETCH
        self.nets = dict(zip(VERSIONS, (deepcopy(net), twin), strict=True))
        self.trained = {version: net.parameters.values.copy() for version, net in self.nets.items()}
        self.ring = np.zeros(2)
        self.look(DIRECTIONS[1], VERSIONS[0], 1, 1.0)

    def look(self, directions: str, version: str, slice: int, reach: float) -> None:
        """Choose what is shown, and compute it. Raises ValueError for an unknown name."""
        self.directions = one_of("directions", directions, DIRECTIONS)
        self.version = one_of("version", version, VERSIONS)
        self.slice, self.reach = slice, float(reach)
        self.span = self._span()
        self.move(*self.ring)
        side = np.linspace(-self.reach, self.reach, _GRID)
        self.heights = self.loss([(a, b) for b in side for a in side]).reshape(_GRID, _GRID)

    def move(self, a: float, b: float) -> None:
        """Look at another place of the slice."""
        self.ring = np.clip([a, b], -self.reach, self.reach)

    def scores(self, places, X) -> np.ndarray:
        """The networks at w* + a d₁ + b d₂ for each place (a, b): their scores for X, (k, n)."""
        net = self.nets[self.version]
        scores = []
        for weights in self.trained[self.version] + np.asarray(places, net.dtype) @ self.span:
            net.parameters.values[:] = weights
            scores.append(net.forward(X)[:, 0])
        return np.array(scores)

    def loss(self, places) -> np.ndarray:
        """The log loss at each place (a, b): (k, 2) → (k,)."""
        return softplus((1 - 2 * self.y) * self.scores(places, self.X)).mean(axis=1)

    @property
    def wrong(self) -> int:
        """How many points the network at the ring puts on the wrong side."""
        return int(np.sum((self.scores([self.ring], self.X)[0] >= 0) != (self.y == 1)))

    @property
    def summary(self) -> str:
        trained, here = self.loss([(0, 0), self.ring])
        steepness = "; ".join(
            f"{text} the loss is between {self._edge(share).min():.2g} and {self._edge(share).max():.2g}"
            for text, share in (("halfway to the border", 0.5), ("on the border", 1.0))
        )
        return (
            f"{self.directions} directions, slice {self.slice}, {self.version.lower()}. At the star, the trained "
            f"weights, the loss is {trained:.3f}; {steepness}. At the ring {place(self.ring)}: loss {here:.3g}, "
            f"{self.wrong} of {len(self.y)} points wrong."
        )

    def _edge(self, share: float) -> np.ndarray:
        """The losses on a square around the star."""
        inset = round((1 - share) * (_GRID // 2))
        square = self.heights[inset : _GRID - inset, inset : _GRID - inset]
        return np.concatenate([square[0], square[-1], square[:, 0], square[:, -1]])

    def _span(self) -> np.ndarray:
        """Both directions, (2, number of weights)."""
        rng, net = np.random.default_rng(self.slice), self.nets[self.version]
        net.parameters.values[:] = self.trained[self.version]
        span = np.zeros((2, net.parameters.values.size), net.dtype)
        for direction in span:
            for name, entries in net.places.items():
                layer, part = name.split(".")
                if part != "W":
                    continue
                W = net.layers[int(layer)].W
                D = rng.normal(size=W.shape)
                if self.directions == "Filter-normalized":
                    D *= np.linalg.norm(W, axis=1, keepdims=True) / np.linalg.norm(D, axis=1, keepdims=True)
                else:
                    D *= self.size
                direction[entries] = D.ravel()
        return span


def _hidden_layer(net: Network) -> tuple[int, int]:
    """The places of the first two Dense layers, which ReLUs connect."""
    kinds = [layer.name if isinstance(layer, Activation) else type(layer) for layer in net.layers]
    if len(kinds) < 3 or kinds != [Dense, "relu"] * (len(kinds) // 2) + [Dense]:
        raise ValueError(f"expected a network of Dense layers with ReLUs between them, got {net!r}")
    if (net.fan_in, net.fan_out) != (2, 1):
        raise ValueError(f"expected a network with 2 inputs and 1 output, got {net.fan_in} and {net.fan_out}")
    return 0, 2


def panels(model: LandscapeModel) -> list[dict]:
    """The picture: the slice, a cut through star and ring, the network that lives at the ring."""
    return [_slice(model), _cut(model), _plane(model)]


def _slice(model: LandscapeModel) -> dict:
    side = (-model.reach, model.reach)
    return marks.panel(
        marks.heat(
            np.log10(model.heights),
            x=side,
            y=side,
            limits=(_LOW, _HIGH),
            colors=[(SKY, 0), (SKY, 0.5), (RUST, 0.85)],
            bands=24,
        ),
        marks.points((0, 0), marker="*", size=15, label="as given"),
        marks.points(model.ring, hollow=True, size=17, drag=["place"], label="looked at"),
        title=f"Slice {model.slice}: {model.directions.lower()}",
        alt=f"The loss over a slice through the trained weights of the {model.version.lower()}, logarithmic colors. "
        f"Lowest {model.heights.min():.3g}, highest {model.heights.max():.3g}. The ring is at {place(model.ring)}.",
        x=marks.axis(*side, "a, along d₁"),
        y=marks.axis(*side, "b, along d₂"),
        size=(330, 330),
        equal=True,
    )


def _cut(model: LandscapeModel) -> dict:
    length = float(np.hypot(*model.ring))
    along = model.ring / length if length else np.array([1.0, 0.0])
    distances = np.linspace(-model.reach, 1.5 * model.reach, 71)  # in a corner the ring is √2 · reach away
    losses = model.loss(distances[:, np.newaxis] * along)
    return marks.panel(
        marks.line(np.column_stack([distances, np.clip(losses, 10**_LOW, 10**_HIGH)])),
        marks.points([(0, np.clip(model.loss([(0, 0)])[0], 10**_LOW, 10**_HIGH))], marker="*", size=15),
        marks.points([(length, np.clip(model.loss([model.ring])[0], 10**_LOW, 10**_HIGH))], hollow=True, size=17),
        title="Cut through star and ring",
        alt=f"The loss along the line through star and ring, logarithmic: {losses[0]:.3g} at one end, "
        f"{losses.min():.3g} at the lowest point, {losses[-1]:.3g} at the other end.",
        x=marks.axis(-model.reach, 1.5 * model.reach, "distance from the star"),
        y=marks.axis(10**_LOW, 10**_HIGH, "loss", log=True),
        size=(290, 330),
    )


def _plane(model: LandscapeModel) -> dict:
    (left, low), (right, high) = model.X.min(axis=0) - 0.3, model.X.max(axis=0) + 0.3
    across, up = np.meshgrid(np.linspace(left, right, 41), np.linspace(low, high, 41))
    scores = model.scores([model.ring], np.column_stack([across.ravel(), up.ravel()]))[0]
    return marks.panel(
        marks.heat(
            sigmoid(scores).reshape(41, 41),
            x=(left, right),
            y=(low, high),
            limits=(0, 1),
            colors=[(CLASS_COLORS[0], 0.55), (CLASS_COLORS[0], 0), (CLASS_COLORS[1], 0), (CLASS_COLORS[1], 0.55)],
        ),
        marks.points(model.X, classes=model.y.astype(int), size=7, label=("class 0", "class 1")),
        title="The network at the ring",
        alt=f"{len(model.y)} points of two classes, and in color the probability that the network at the ring "
        f"gives them; {model.wrong} are on the wrong side.",
        x=marks.axis(left, right, "x₁"),
        y=marks.axis(low, high, "x₂"),
        size=(300, 330),
    )


def landscape(net: Network, X, y):
    """Walk through a slice of the loss landscape around a trained network. `net` is left alone.

    net: 2 inputs, Dense layers with ReLUs between, 1 output.  X: (n, 2).  y: (n,) labels 0 and 1.
    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, choice, played, slider, watch_all, whole_slider

    model, canvas = LandscapeModel(net, X, y), Canvas()
    slice_ = whole_slider("slice", model.slice, 1, SLICES, width=330)
    reach = slider("reach", model.reach, 0.25, 3, 0.05, width=330)
    directions, version = choice(DIRECTIONS, model.directions), choice(VERSIONS, model.version)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    def look() -> None:
        act(model.look, directions.value, version.value, slice_.value, reach.value)

    watch_all([directions, version, slice_, reach], look)
    back = button("Back to the star", act, model.move, 0.0, 0.0)
    canvas.on_move(lambda _, a, b: act(model.move, a, b))
    look()
    return Explorer(
        "A slice of the loss landscape",
        [[directions, version], [played(slice_), reach, back]],
        canvas,
        "<b>Find out:</b> network and twin are the same function. For which directions do they have the same "
        "landscape, and for which does the twin's valley look narrower?",
    )


def example():
    """Two moons, and a network as it starts."""
    X, y = moons(200, noise=0.2, rng=np.random.default_rng(5))
    return landscape(mlp((2, 16, 16, 1), rng=np.random.default_rng(2)), X, y)
