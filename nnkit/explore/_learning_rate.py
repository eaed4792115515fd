"""What one number does to gradient descent: it crawls, it converges, or it overshoots.

The loss is real: the mean log loss of logistic regression ŷ = σ(θ · x) on 60 points with labels {0, 1} that no line
separates, so that the loss has a minimum. The points are centered, so θ has no bias and its two numbers fit on a map.
"""

import numpy as np

from nnkit.activations import sigmoid, sigmoid_derivative, softplus
from nnkit.checks import positive
from nnkit.explore import marks
from nnkit.explore.words import place
from nnkit.linear import log_loss_gradient
from nnkit.palette import CLASS_COLORS, SKY

STEPS = 60
# log₁₀ η, on the notches of the slider. No preset marks the edge between good and too large: students look for it.
PRESETS = {"Crawl": -1.7, "Good": 0.05, "Overshoot": 0.85}
_START = np.array([-1.5, 1.0])
_MAP_X, _MAP_Y = (-2.4, 4.2), (-2.4, 2.4)
_PLANE = (-7.0, 7.0)


def _points() -> tuple[np.ndarray, np.ndarray]:
    """Two overlapping classes. x₂ spreads three times as far as x₁, which makes the loss a ravine."""
    rng = np.random.default_rng(3)
    y = np.repeat([0, 1], 30)
    X = rng.normal(size=(60, 2)) * (0.8, 2.4) + np.array([(-0.7, -1.2), (0.7, 1.2)])[y]
    return X - X.mean(axis=0), y


class LearningRateModel:
    """Full-batch gradient descent θ ← θ − η ∇L(θ), always from the same start.

    X: (60, 2).  y: (60,) labels 0 or 1.  best: (2,) the minimum of the loss, best_loss its value.
    landscape: (45, 45) the loss on a grid over the map, θ₁ along the columns.
    After `run`: rate, path (61, 2) with θ after 0 … 60 steps, losses (61,).
    """

    def __init__(self, rate: float = 0.02):
        self.X, self.y = _points()
        self.best = self._minimize()
        self.best_loss = float(self.loss(self.best[None])[0])
        grid = np.meshgrid(np.linspace(*_MAP_X, 45), np.linspace(*_MAP_Y, 45))
        self.landscape = self.loss(np.column_stack([side.ravel() for side in grid])).reshape(45, 45)
        self.run(rate)

    def run(self, rate: float) -> None:
        """Run all steps with the learning rate `rate`, a positive number. Raises ValueError otherwise."""
        self.rate, self.path = positive("the learning rate", rate), np.empty((STEPS + 1, 2))
        self.path[0] = _START
        for t in range(STEPS):
            self.path[t + 1] = self.path[t] - rate * self.gradient(self.path[t])
        self.losses = self.loss(self.path)

    def loss(self, thetas: np.ndarray) -> np.ndarray:
        """Mean log loss of each row of `thetas`, (k, 2) → (k,)."""
        return softplus((1 - 2 * self.y) * (thetas @ self.X.T)).mean(axis=1)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """∇L(θ) = Xᵀ(ŷ − y)/n, (2,) → (2,)."""
        return log_loss_gradient(self.X, self.y, theta)

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """The second derivatives Xᵀ diag(ŷ(1 − ŷ)) X/n, (2,) → (2, 2)."""
        return (self.X.T * sigmoid_derivative(self.X @ theta)) @ self.X / len(self.y)

    def _minimize(self) -> np.ndarray:
        theta = np.zeros(2)
        for _ in range(20):  # Newton's method, to machine precision
            theta = theta - np.linalg.solve(self.hessian(theta), self.gradient(theta))
        return theta

    @property
    def left(self) -> float:
        """The part of the avoidable loss that is left after all steps: 1 at the start, 0 at the minimum."""
        return float((self.losses[-1] - self.best_loss) / (self.losses[0] - self.best_loss))

    @property
    def rises(self) -> int:
        """In how many steps the loss went up (by more than rounding)."""
        return int(np.sum(np.diff(self.losses) > 1e-12))

    @property
    def regime(self) -> str:
        """What this run did: "crawls", "converges", "bounces, then converges" or "overshoots"."""
        if self.rises == 0:
            return "converges" if self.left <= 0.01 else "crawls"
        calm = np.diff(self.losses[-11:]).max() <= 1e-12
        return "bounces, then converges" if calm and self.left <= 0.01 else "overshoots"

    def summary(self, step: int) -> str:
        """What is shown, for the run and for one step of it."""
        rose = f"The loss rose in {self.rises} of {STEPS} steps" if self.rises else "The loss never rose"
        return (
            f"η = {self.rate:.3g} {self.regime}. {rose}; after {STEPS} steps it is {self.losses[-1]:.3f}, the minimum "
            f"is {self.best_loss:.3f}. Step {step}: loss {self.losses[step]:.3f}, θ = {place(self.path[step])}."
        )


def panels(model: LearningRateModel, step: int) -> list[dict]:
    """The picture at one step: loss curve, data with boundary and probabilities, map of the loss with the path."""
    return [_curve(model, step), _plane(model, step), _map(model, step)]


def _curve(model: LearningRateModel, step: int) -> dict:
    curve = np.column_stack([np.arange(STEPS + 1), model.losses])
    minimum = [(0, model.best_loss), (STEPS, model.best_loss)]
    return marks.panel(
        marks.line(minimum, color="muted", dashed=True, width=1.5),
        marks.text((STEPS, model.best_loss * 0.8), "minimum", color="muted", anchor="end"),
        marks.line(curve, color="ink"),
        marks.points(curve[step], size=11),
        title="Loss against step",
        alt=f"Mean log loss over {STEPS} steps, logarithmic: from {model.losses[0]:.2f} to {model.losses[-1]:.3f}; "
        f"largest {model.losses.max():.3g}; dashed the minimum {model.best_loss:.3f}.",
        x=marks.axis(0, STEPS, "step"),
        y=marks.axis(0.2, 50, "mean log loss", log=True),
        size=(300, 330),
    )


def _plane(model: LearningRateModel, step: int) -> dict:
    theta = model.path[step]
    side = np.linspace(*_PLANE, 57)
    x1, x2 = np.meshgrid(side / 2, side)
    probability = sigmoid(theta[0] * x1 + theta[1] * x2)
    far = 1e3 * np.array([-theta[1], theta[0]]) / np.hypot(*theta)
    wrong = int(np.sum((model.X @ theta > 0) != (model.y == 1)))
    return marks.panel(
        marks.heat(
            probability,
            x=(side[0] / 2, side[-1] / 2),
            y=_PLANE,
            limits=(0, 1),
            colors=[
                (CLASS_COLORS[0], 0.55),
                (CLASS_COLORS[0], 0),
                (CLASS_COLORS[1], 0),
                (CLASS_COLORS[1], 0.55),
            ],
        ),
        marks.line([-far, far], width=2),
        marks.points(model.X, classes=model.y, size=8, label=("y = 0", "y = 1")),
        title="Boundary",
        alt=f"60 points with labels 0 and 1 and the line where the predicted probability is one half, at step {step}; "
        f"{wrong} points are on the wrong side. Color shows the probability: deep where the model is sure.",
        x=marks.axis(_PLANE[0] / 2, _PLANE[1] / 2, "x₁"),
        y=marks.axis(*_PLANE, "x₂"),
        size=(300, 330),
    )


def _map(model: LearningRateModel, step: int) -> dict:
    path, here = model.path[: step + 1], model.path[step]
    inside = _MAP_X[0] <= here[0] <= _MAP_X[1] and _MAP_Y[0] <= here[1] <= _MAP_Y[1]
    return marks.panel(
        marks.heat(
            np.sqrt(model.landscape - model.best_loss),  # so that the bands of a bowl are evenly wide
            x=_MAP_X,
            y=_MAP_Y,
            limits=(0, 1.6),
            colors=[(SKY, 0), (SKY, 0.75)],
            bands=12,
        ),
        marks.line(path, width=1.5),
        marks.points(path[:-1], size=4.5),
        marks.points(model.best, marker="*", size=13, label="minimum"),
        marks.points(here, hollow=True, size=19),
        title="Path over the loss",
        alt="The loss as a map over θ₁ and θ₂, a ravine with its minimum at "
        f"({model.best[0]:.2f}, {model.best[1]:.2f}), and the path of the first {step} steps, "
        f"which ends {'inside' if inside else 'outside'} the map.",
        x=marks.axis(*_MAP_X, "θ₁"),
        y=marks.axis(*_MAP_Y, "θ₂"),
        size=(300, 330),
    )


def learning_rate():
    """Choose a learning rate η and see the run: loss curve, boundary with probabilities, path over the loss.

    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import buttons, log_slider, played, watch_all, whole_slider

    model, canvas = LearningRateModel(10 ** PRESETS["Crawl"]), Canvas()
    rate = log_slider("rate η", model.rate, -2, 1.5, 0.05)
    step = whole_slider("step", STEPS, 0, STEPS)

    def draw() -> None:
        if rate.value != model.rate:
            model.run(rate.value)
        canvas.show(panels(model, step.value), model.summary(step.value))

    put = watch_all([rate, step], draw)
    presets = buttons(PRESETS, lambda name: put(10 ** PRESETS[name], step.value))
    draw()
    return Explorer(
        "One number decides: the learning rate η",
        [[rate, played(step)], presets],
        canvas,
        "<b>Find out:</b> which is the largest η for which the loss never rises? One notch beyond, where does the run "
        "betray itself first: in the curve, on the map, or in the boundary?",
    )
