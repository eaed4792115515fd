"""Capacity, λ and dropout: a small network is trained anew whenever a slider moves, and every epoch can be looked at.

One input, a hidden layer of tanh neurons, one output, mean squared error with penalty ½ λ Σ w² and inverted dropout:

    ŷ = w₂ᵀ (tanh(w₁ x + b₁) ∘ m) + b₂        m = 0 with probability rate, else 1 / (1 − rate), for each sample

Full-batch Adam; 15 noisy points to learn from, 60 others to validate.

Source: NEU "Overfitting", "Regularization", "Dropout"; UT "The Problem of Overfitting", "Early Stopping".
"""

import numpy as np

from nnkit.checks import fraction, not_negative
from nnkit.explore import marks
from nnkit.explore.words import count
from nnkit.initializers import zeros
from nnkit.layers import Activation, Dense, Dropout
from nnkit.losses import MeanSquaredError
from nnkit.network import Network
from nnkit.optimizers import Adam
from nnkit.palette import BLUE, ORANGE, RUST
from nnkit.penalties import L2
from nnkit.training import Callback, fit

EPOCHS, EVERY = 120, 3  # the curves have a point for every third epoch
MOST = 30
STRENGTHS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
PRESETS = {  # hidden neurons, λ, dropout rate
    "Too small": (1, 0.0, 0.0),
    "Overfit": (24, 0.0, 0.0),
    "With a penalty": (24, 0.03, 0.0),
    "With dropout": (24, 0.0, 0.2),
    "Too strict": (24, 0.3, 0.0),
}
_NOISE = 0.3
_X = np.linspace(-1, 1, 121)


def truth(x: np.ndarray) -> np.ndarray:
    """The curve behind the points."""
    return np.sin(3 * x)


def _sample(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, n))
    return x, truth(x) + rng.normal(0, _NOISE, n)


TRAINING, VALIDATION = _sample(15, 4), _sample(60, 104)


class Snapshots(Callback):
    """Looks at a network after every third epoch, in prediction mode.

    inputs: (n,).  answers: one (n,) for each snapshot.  weights: pairs (hidden,) of those below and above the hidden
    neurons.  present: (hidden,) bool, which of them were there for the first sample.
    """

    def __init__(self, inputs: np.ndarray):
        self.inputs = inputs
        self.answers: list[np.ndarray] = []
        self.weights: list[tuple[np.ndarray, np.ndarray]] = []
        self.present: list[np.ndarray] = []

    def on_epoch(self, training):
        if training.epoch % EVERY == 0:
            below, _, dropout, above = training.net.layers
            self.present.append(dropout.M[0] > 0)
            self.weights.append((below.W[:, 0].copy(), above.W[0].copy()))
            self.answers.append(training.net.forward(self.inputs[:, np.newaxis])[:, 0])


def untrained(hidden: int, rate: float) -> Network:
    """The network at the start. Steep, so that many neurons can wind around points; fewer neurons start as the same."""
    rng = np.random.default_rng(0)
    new = {"rng": rng, "initializer": zeros, "dtype": np.float64}
    below, above = Dense(1, hidden, **new), Dense(hidden, 1, **new)
    below.W[:, 0] = rng.normal(0, 8, MOST)[:hidden]
    below.b[:] = -below.W[:, 0] * rng.uniform(-1, 1, MOST)[:hidden]
    above.W[0] = rng.normal(0, 0.5, MOST)[:hidden]
    return Network([below, Activation("tanh"), Dropout(rate, rng=rng), above])


class OverfittingModel:
    """A network with its whole training.

    hidden: 1 … 30 neurons.  strength: λ ≥ 0.  rate: of dropout, in [0, 1).  epoch: 3, 6, …, 120, the one looked at.
    training_loss, validation_loss: (40,) mean squared errors in prediction mode, after epochs 3, 6, …, 120.
    """

    def __init__(self, hidden: int = 24, strength: float = 0.0, rate: float = 0.0):
        self.epoch = EPOCHS
        self.train(hidden, strength, rate)

    def train(self, hidden: int, strength: float, rate: float) -> None:
        """Start anew from the same random weights. Raises ValueError for settings out of range."""
        if hidden not in range(1, MOST + 1):
            raise ValueError(f"expected 1 to {MOST} hidden neurons, got {hidden}")
        self.hidden, self.strength, self.rate = hidden, not_negative("λ", strength), fraction("dropout rate", rate)
        (x, y), (x_validation, y_validation) = TRAINING, VALIDATION
        self._seen = Snapshots(np.concatenate([x, x_validation, _X]))
        net = untrained(hidden, self.rate)
        fit(
            net, MeanSquaredError(), Adam(net.parameters, 0.08), x[:, np.newaxis], y,
            epochs=EPOCHS, batch_size=len(x), rng=np.random.default_rng(0), penalty=L2(self.strength),
            callbacks=[self._seen],
        )  # fmt: skip
        fitted, predicted, self._curves = np.split(np.array(self._seen.answers), [len(x), len(x) + 60], axis=1)
        self.training_loss, self.validation_loss = (
            np.mean((answers - targets) ** 2, axis=1) for answers, targets in ((fitted, y), (predicted, y_validation))
        )

    def look(self, epoch: int) -> None:
        """Look at another epoch. Raises ValueError for other than 3, 6, …, 120."""
        if epoch not in range(EVERY, EPOCHS + 1, EVERY):
            raise ValueError(f"expected a multiple of {EVERY} up to {EPOCHS} as epoch, got {epoch}")
        self.epoch = epoch

    @property
    def index(self) -> int:
        """Where the epoch looked at stands in the two curves."""
        return self.epoch // EVERY - 1

    @property
    def weights(self) -> tuple[np.ndarray, np.ndarray]:
        """From the input to each hidden neuron and from there to the output at the epoch looked at, (hidden,) each."""
        return self._seen.weights[self.index]

    @property
    def curve(self) -> np.ndarray:
        """What the network answers over [−1, 1] at the epoch looked at, (121,)."""
        return self._curves[self.index]

    @property
    def mask(self) -> np.ndarray:
        """(hidden,) bool: who was there for the first sample in the epoch looked at."""
        return self._seen.present[self.index]

    @property
    def best_epoch(self) -> int:
        """Where early stopping would end."""
        return EVERY * (int(self.validation_loss.argmin()) + 1)

    @property
    def summary(self) -> str:
        here, end = self.index, len(self.training_loss) - 1
        at = (self.training_loss[here], self.validation_loss[here])
        return (
            f"{count(self.hidden, 'hidden neuron')}, λ = {self.strength:g}, dropout rate {self.rate:g}. "
            f"Epoch {self.epoch}: training loss {at[0]:.3f}, validation loss {at[1]:.3f}. "
            f"The validation loss is smallest at epoch {self.best_epoch}, {self.validation_loss.min():.3f}; "
            f"at the end it is {self.validation_loss[end]:.3f}."
        )


def panels(model: OverfittingModel) -> list[dict]:
    """The picture: the curve through the points, the two loss curves, and the network with its mask."""
    return [_fit(model), _losses(model), _network(model)]


def _fit(model: OverfittingModel) -> dict:
    miss = np.abs(model.curve - truth(_X)).mean()
    return marks.panel(
        marks.line(np.column_stack([_X, truth(_X)]), color="muted", width=2, dashed=True, label="truth"),
        marks.line(np.column_stack([_X, model.curve]), color=BLUE, width=2.5, label="network"),
        marks.points(np.column_stack(TRAINING), size=8),
        title="The fit",
        alt=f"Fifteen points to learn from, the dashed curve behind them, and the network's curve after epoch "
        f"{model.epoch}; it misses the true curve by {miss:.2f} on average.",
        x=marks.axis(-1, 1, "input x"),
        y=marks.axis(-2.2, 2.2, "output"),
        size=(330, 300),
    )


def _losses(model: OverfittingModel) -> dict:
    epochs = EVERY * np.arange(1, len(model.training_loss) + 1)
    now = model.index
    low, high = 0.01, 2.0
    curves = [np.clip(losses, low, high) for losses in (model.training_loss, model.validation_loss)]
    return marks.panel(
        marks.line(np.column_stack([epochs, curves[0]]), color=BLUE, width=2.5, label="training"),
        marks.line(np.column_stack([epochs, curves[1]]), color=ORANGE, width=2.5, dashed=True, label="validation"),
        marks.line([(epochs[now], low), (epochs[now], high)], color="muted", width=1),
        marks.points([(epochs[now], curve[now]) for curve in curves], size=9),
        marks.points(
            [(model.best_epoch, curves[1].min())], size=14, color=RUST, marker="D", hollow=True, label="its best"
        ),
        title="Loss",
        alt=f"Loss against the epoch: training ends at {model.training_loss[-1]:.3f}, validation at "
        f"{model.validation_loss[-1]:.3f}, with its best at epoch {model.best_epoch}.",
        x=marks.axis(0, EPOCHS, "epoch"),
        y=marks.axis(low, high, "mean squared error", log=True),
        size=(330, 300),
    )


def _network(model: OverfittingModel) -> dict:
    below, above = model.weights
    heights = np.linspace(1, -1, model.hidden) if model.hidden > 1 else np.zeros(1)
    nodes, there = np.column_stack([np.ones(model.hidden), heights]), model.mask
    lines = _edges(nodes[there], below[there] / 3, above[there])
    parts = [*lines, marks.points([(0, 0), (2, 0)], size=22, hollow=True), marks.text([(0, 0), (2, 0)], ["x", "ŷ"])]
    for who, style in ((there, {"size": 9}), (~there, {"size": 11, "marker": "X", "color": RUST})):
        if who.any():
            parts.append(marks.points(nodes[who], **style))
    gone = int((~there).sum())
    return marks.panel(
        *parts,
        title=f"Epoch {model.epoch}, one sample: {gone} of {model.hidden} dropped",
        alt=f"The network with {count(model.hidden, 'hidden neuron')}; in epoch {model.epoch} {gone} of them "
        f"{'is' if gone == 1 else 'are'} crossed out for the first sample. "
        "Thick lines are large weights, dashed ones negative.",
        x=marks.axis(-0.2, 2.2),
        y=marks.axis(-1.15, 1.15),
        size=(270, 300),
        bare=True,
    )


def _edges(nodes: np.ndarray, below: np.ndarray, above: np.ndarray) -> list[dict]:
    """Lines from the input to the nodes and on to the output, in three widths for either sign: few marks are fast."""
    aside = np.array([0.08, 0.0])
    starts = np.vstack([np.tile(aside, (len(nodes), 1)), nodes + aside])
    ends = np.vstack([nodes - aside, np.tile([1.92, 0.0], (len(nodes), 1))])
    segments = np.stack([starts, ends, np.full(starts.shape, np.nan)], axis=1)  # NaN lifts the pen
    weights = np.concatenate([below, above])
    size = np.digitize(np.abs(weights), [0.4, 1.5])
    return [
        marks.line(segments[chosen].reshape(-1, 2), color=color, width=width, dashed=dashed)
        for color, dashed, sign in ((BLUE, False, weights >= 0), (RUST, True, weights < 0))
        for bucket, width in enumerate((0.8, 2.0, 4.0))
        if (chosen := sign & (size == bucket)).any()
    ]


def overfitting():
    """Choose capacity, λ and dropout rate: see the fit, both loss curves, and who was dropped in an epoch.

    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import buttons, list_slider, played, slider, watch, watch_all, whole_slider

    model, canvas = OverfittingModel(), Canvas()
    hidden = whole_slider("hidden neurons", model.hidden, 1, MOST)
    strength = list_slider("λ of L2", model.strength, STRENGTHS)
    rate = slider("dropout rate", model.rate, 0, 0.7, 0.05)
    epoch = whole_slider("look at epoch", model.epoch, EVERY, EPOCHS, EVERY)

    def act(move, *args) -> None:
        move(*args)
        canvas.show(panels(model), model.summary)

    train = watch_all([hidden, strength, rate], lambda: act(model.train, hidden.value, strength.value, rate.value))
    presets = buttons(PRESETS, lambda name: train(*PRESETS[name]))
    watch(epoch, act, model.look)
    act(model.look, model.epoch)
    return Explorer(
        "Capacity, penalty and dropout",
        [[hidden, strength], [rate, played(epoch)], presets],
        canvas,
        "<b>Find out:</b> with 24 neurons and no penalty, at which epoch is the validation loss smallest, and what "
        "does the curve look like there? Which λ makes the validation loss at the <i>end</i> smallest, and which "
        "dropout rate? Do both together do better than either?",
    )
