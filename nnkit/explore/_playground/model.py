"""The network of a playground while it learns, and what one can ask of it.

    w ← w − η ∂J/∂w,   J = mean log loss of a batch + penalty,   ∂L/∂w = δ a,   δ = (Σ w δ above) · g′(z)

Source: USC "Playground" and "Variants on SGD"; NEU "Backpropagation in More Depth"; Rumelhart et al. 1986.
"""

from dataclasses import dataclass, replace

import numpy as np

from nnkit import activations
from nnkit.activations import sigmoid
from nnkit.batches import Batches
from nnkit.explore._playground.recipe import ACTIVATIONS, INITIALIZERS, PENALTIES, SIDE, Recipe
from nnkit.explore.words import count
from nnkit.layers import Dense
from nnkit.losses import BinaryCrossEntropy
from nnkit.network import Record, mlp
from nnkit.optimizers import OPTIMIZERS

GRID = 41
LOSS = BinaryCrossEntropy()
DERIVATIVES = {name: getattr(activations, f"{name}_derivative") for name in ACTIVATIONS}
REACH = 5.0  # weights that are edited run from −5 to 5


@dataclass(frozen=True)
class Place:
    """A weight: into unit `unit` of layer `layer` (1 is the first hidden one), from unit `source` below, or its bias.

    Units count from 0; source is None for the bias.
    """

    layer: int
    unit: int
    source: int | None

    def __str__(self) -> str:
        if self.source is None:
            return f"bias of unit {self.unit + 1} in layer {self.layer}"
        return f"layer {self.layer}, unit {self.source + 1} → {self.unit + 1}"


@dataclass(frozen=True)
class Chain:
    """The factors of ∂L/∂w for one example.

    below: what comes in over the weight (1 for a bias).  blame: Σ w δ of the layer above, or ŷ − y at the output.
    slope: g′(z), or 1 at the output, whose slope the loss has taken in.  whole: their product.
    """

    below: float
    blame: float
    slope: float

    @property
    def whole(self) -> float:
        return self.below * self.blame * self.slope


class PlaygroundModel:
    """A network in training.

    recipe: what it is made of.  steps, epochs: how far it is.  losses: (epochs + 1, 2), log loss of the points to learn
    from and of those to test with (NaN without), after each epoch.  chosen: the weight that is looked at.
    example: index of the training point that `chain` goes through.
    """

    def __init__(self, recipe: Recipe | None = None):
        self.chosen, self.example = Place(1, 0, 0), 0
        self.load(recipe or Recipe())

    def load(self, recipe: Recipe) -> None:
        """Begin anew with other settings."""
        self.recipe = recipe
        (self.X, self.y), (self.X_test, self.y_test) = recipe.data()
        self.reset()

    def reset(self) -> None:
        """Begin anew: fresh weights from the same seed."""
        recipe, rng = self.recipe, np.random.default_rng([self.recipe.seed, 3])
        self._rng = rng
        self.net = mlp(
            recipe.sizes, rng=rng, activation=recipe.activation, initializer=INITIALIZERS[recipe.start],
            dropout=recipe.dropout, dtype=np.float64,
        )  # fmt: skip
        self.optimizer = OPTIMIZERS[recipe.optimizer](self.net.parameters, recipe.rates())
        penalty = PENALTIES[recipe.penalty]
        self._penalty = penalty(recipe.strength) if penalty else None
        self._feed()
        self.steps = self.epochs = 0
        self.choose(self.chosen)
        self._losses = [self._both_losses()]

    # Learning

    def _feed(self) -> None:
        """Begin an epoch on the points as they are now."""
        self._batches = Batches(self.recipe.inputs(self.X), self.y, self.recipe.batch, rng=self._rng)
        self._waiting = list(self._batches)
        self.example = min(self.example, len(self.X) - 1)

    def step(self) -> bool:
        """One step, on the next batch; whether an epoch ended with it."""
        self._learn(*self._waiting.pop())
        self.steps += 1
        if self._waiting:
            return False
        self._waiting = list(self._batches)
        self.epochs += 1
        self._losses.append(self._both_losses())
        return True

    def run_epoch(self) -> None:
        """The rest of an epoch."""
        while not self.step():
            pass

    def _learn(self, X, y) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # what explodes is told, see `diverged`
            self.net.backward(LOSS.value_and_delta(self.net.forward(X, training=True), LOSS.targets(y, 1))[1])
            if self._penalty:
                for W, dW in self.net.weights():
                    dW += self._penalty.gradient(W)
            self.optimizer.step()

    def _both_losses(self) -> tuple[float, float]:
        return self._loss(self.X, self.y), self._loss(self.X_test, self.y_test) if len(self.X_test) else np.nan

    def _loss(self, X, y) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return LOSS.value_and_delta(self.net.forward(self.recipe.inputs(X)), LOSS.targets(y, 1))[0]

    @property
    def losses(self) -> np.ndarray:
        return np.array(self._losses)

    @property
    def diverged(self) -> bool:
        return not np.isfinite(self.net.parameters.values).all()

    def wrong(self, X, y) -> int:
        """How many points lie on the wrong side."""
        return int(np.sum((self.net.forward(self.recipe.inputs(X))[:, 0] >= 0) != (y == 1))) if len(X) else 0

    # Points

    def move(self, index: int, x1: float, x2: float) -> None:
        """Put a point to learn from elsewhere; the network stays."""
        X = self.X.copy()
        X[index] = np.clip([x1, x2], -SIDE, SIDE)
        self._take(X, self.y)

    def add(self, x1: float, x2: float, label: int) -> None:
        """One more point to learn from; the network stays."""
        self._take(np.vstack([self.X, np.clip([x1, x2], -SIDE, SIDE)]), np.append(self.y, label))

    def _take(self, X, y) -> None:
        own = tuple(
            (round(float(x1), 2), round(float(x2), 2), int(label)) for (x1, x2), label in zip(X, y, strict=True)
        )
        self.recipe = replace(self.recipe, own=own)
        self.X, self.y = self.recipe.data()[0]
        self._feed()

    # Weights

    def choose(self, place: Place) -> None:
        """Look at a weight; the nearest there is, if the network has no such one."""
        sizes = self.recipe.sizes
        layer = min(place.layer, len(sizes) - 1)
        source = None if place.source is None else min(place.source, sizes[layer - 1] - 1)
        self.chosen = Place(layer, min(place.unit, sizes[layer] - 1), source)

    def places(self) -> list[Place]:
        """All weights and biases, layer by layer, unit by unit."""
        sizes = self.recipe.sizes
        return [
            Place(layer, unit, source)
            for layer in range(1, len(sizes))
            for unit in range(sizes[layer])
            for source in (*range(sizes[layer - 1]), None)
        ]

    def value(self, place: Place) -> float:
        dense = self.dense[place.layer - 1]
        return float(dense.b[place.unit] if place.source is None else dense.W[place.unit, place.source])

    def put(self, place: Place, value: float) -> None:
        """Give a weight another value, at most 5 in size."""
        dense, value = self.dense[place.layer - 1], float(np.clip(value, -REACH, REACH))
        if place.source is None:
            dense.b[place.unit] = value
        else:
            dense.W[place.unit, place.source] = value

    @property
    def dense(self) -> list[Dense]:
        return [layer for layer in self.net.layers if isinstance(layer, Dense)]

    # What the picture shows

    def maps(self) -> list[np.ndarray]:
        """What each unit gives over the plane: features, hidden layers, probability ŷ; (units, 41, 41) each."""
        side = np.linspace(-SIDE, SIDE, GRID)
        plane = np.column_stack([axis.ravel() for axis in np.meshgrid(side, side)])
        inputs = self.recipe.inputs(plane)
        with np.errstate(over="ignore", invalid="ignore"), self.net.recording() as records:
            Z = self.net.forward(inputs)
            layers = [inputs, *(record.a for record in records[:-1]), sigmoid(Z)]
        return [np.moveaxis(layer.reshape(GRID, GRID, -1), 2, 0) for layer in layers]

    def gradients(self) -> list[np.ndarray]:
        """The sizes |∂J/∂w| of each layer's weights, on all points to learn from; without dropout and penalty."""
        self._look(self.X, self.y)
        return [np.abs(layer.dW).ravel() for layer in self.dense]

    def chain(self) -> Chain:
        """The factors of the chosen weight's slope, for the training point `example`."""
        layer, unit, source = self.chosen.layer, self.chosen.unit, self.chosen.source
        records, deltas = self._look(self.X[[self.example]], self.y[[self.example]])
        below = self.recipe.inputs(self.X[[self.example]]) if layer == 1 else records[layer - 2].a
        incoming = 1.0 if source is None else float(below[0, source])
        if layer == len(records):
            return Chain(incoming, float(deltas[-1][0, 0]), 1.0)
        blame = float(deltas[layer][0] @ records[layer].layer.W[:, unit])
        slope = float(DERIVATIVES[self.recipe.activation](records[layer - 1].z[0, unit]))
        return Chain(incoming, blame, slope)

    def _look(self, X, y) -> tuple[list[Record], list[np.ndarray]]:
        """Forward and backward, to look at it: records and δ of each layer. The next step sets all gradients anew."""
        with np.errstate(over="ignore", invalid="ignore"), self.net.recording() as records:
            Z = self.net.forward(self.recipe.inputs(X))
            self.net.backward(LOSS.value_and_delta(Z, LOSS.targets(y, 1))[1])
        return records, [record.delta for record in records if record.delta is not None]

    @property
    def summary(self) -> str:
        if self.diverged:
            return f"After {count(self.steps, 'step')} the weights are no longer finite: lower the rate and reset."
        train, test = self._losses[-1]
        tested = f", test loss {test:.3f}" if np.isfinite(test) else ""
        return (
            f"Epoch {self.epochs}, {count(self.steps, 'step')}. Training loss {train:.3f}{tested}; "
            f"{self.wrong(self.X, self.y)} of {len(self.X)} training points on the wrong side"
            + (
                f", {self.wrong(self.X_test, self.y_test)} of {len(self.X_test)} test points."
                if len(self.X_test)
                else "."
            )
        )
