"""ADALINE's error is a bowl: how steep it is decides which learning rates work, and scaling the input reshapes it.

One feature, lectures attended, so two weights: z = w₀ + w₁x, targets d = ±1, J = mean of ½ (d − z)² (UT "History:
ADALINE"). The bowl's bending is H = XᵀX/n, and batch descent converges for 0 < η < 2/κmax(H). Scaling changes x, so
it changes H. The start is the same line over lectures in each version.
"""

import numpy as np

from nnkit.checks import one_of, positive
from nnkit.datasets import will_i_pass
from nnkit.explore import marks
from nnkit.explore.words import number
from nnkit.palette import BLUE, ORANGE, RUST, SKY

PASSES = 60
INPUTS = ("Raw", "Centered", "Z-scored")
METHODS = ("Batch", "Online")
NOTCH = 0.02  # of the slider for log₁₀ η
_EXPONENTS = (-3.0, 1.0)
_START = (0.0, -0.15)  # w for raw lectures: the line falls, the more lectures the worse
_RATES = 10 ** np.linspace(*_EXPONENTS, 201)
_CEILING, _FLOOR = 1e4, 1e-6  # of the map of rates


class LmsBowlModel:
    """Descent on the mean squared error of a line, for one version of the input and one method.

    x: (30,) the input as the neuron sees it.  d: (30,) targets ±1.  H: (2, 2) the bending XᵀX/n.
    best: (2,) the lowest point, best_loss its J.  edge: 2/κmax(H).  condition: κmax/κmin.
    landscape: (61, 61) J over the map `box` = ((w₀ from, to), (w₁ from, to)), w₀ along the columns.
    left_by_rate: (201,) for each rate the part of the avoidable error that is left after all passes, measured.
    After `run`: rate, path (61, 2) with w after 0 … 60 passes, losses (61,), and steps (k, 2) with w after
    every single update (for batch the same as path).
    """

    def __init__(self, inputs: str = "Raw", method: str = "Batch", rate: float = 0.001):
        self.rate = rate
        self.load(inputs, method)

    def load(self, inputs: str, method: str) -> None:
        """Choose the version of the input and the method. Raises ValueError for an unknown one."""
        self.inputs, self.method = one_of("inputs", inputs, INPUTS), one_of("method", method, METHODS)
        lectures, passed = will_i_pass(30, rng=np.random.default_rng(12))
        lectures = lectures[:, 0]
        center = 0.0 if inputs == "Raw" else lectures.mean()
        width = lectures.std() if inputs == "Z-scored" else 1.0
        self.x, self.d = (lectures - center) / width, 2.0 * passed - 1
        self.X = np.column_stack([np.ones(30), self.x])
        self.start = np.array([_START[0] + _START[1] * center, _START[1] * width])
        self.H = self.X.T @ self.X / 30
        low, high = np.linalg.eigvalsh(self.H)
        self.edge, self.condition = float(2 / high), float(high / low)
        self.best = np.linalg.solve(self.H, self.X.T @ self.d / 30)
        self.best_loss = float(self.loss(self.best[None])[0])
        reach = np.array([1.3, 1.0]) * 1.25 * np.linalg.norm(self.start - self.best)
        self.box = tuple(zip(self.best - reach, self.best + reach, strict=True))
        grid = np.meshgrid(*(np.linspace(*side, 61) for side in self.box))
        self.landscape = self.loss(np.column_stack([side.ravel() for side in grid])).reshape(61, 61)
        self.left_by_rate = self._left(self._descend(_RATES)[-1])
        self.run(self.rate)

    def run(self, rate: float) -> None:
        """Descend with the learning rate `rate`, a positive number. Raises ValueError otherwise."""
        self.rate = positive("the learning rate", rate)
        self.steps = self._descend(np.array([rate]))[:, 0]
        self.path = self.steps[:: self.updates]
        self.losses = self.loss(self.path)

    def loss(self, weights: np.ndarray) -> np.ndarray:
        """J of each row of `weights`, (k, 2) → (k,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # a run beyond the edge may leave the numbers
            return np.mean((self.d - weights @ self.X.T) ** 2, axis=1) / 2

    @property
    def updates(self) -> int:
        """How many updates a pass makes."""
        return 1 if self.method == "Batch" else len(self.d)

    @property
    def left(self) -> float:
        """The part of the avoidable error that is left after all passes: 1 at the start, 0 at the lowest point."""
        return float(self._left(self.path[-1:])[0])

    @property
    def measured_edge(self) -> float:
        """The smallest rate on the grid from which on every run ends with more error than it started with."""
        grows = ~(self.left_by_rate <= 1)
        return float(_RATES[len(grows) - int(np.argmin(grows[::-1]))])

    @property
    def verdict(self) -> str:
        """What this run did."""
        if not self.left <= 1:
            return "diverges"
        return "comes within 1 % of the lowest point" if self.left <= 0.01 else "is still above the lowest point"

    def summary(self, step: int) -> str:
        """What is shown, for the run and for one pass of it."""
        w0, w1 = (_number(value) for value in self.path[step])
        left = f"{self.left:.1%} of the avoidable error" if self.left <= 1 else "more error than at the start"
        return (
            f"{self.inputs}, {self.method.lower()}, η = {self.rate:.4g}: {self.rate / self.edge:.3g} times the batch "
            f"edge 2/κmax = {self.edge:.3g}; measured, {self.method.lower()} runs grow from η = "
            f"{self.measured_edge:.3g} on. This run {self.verdict}: after {PASSES} passes {left} is left. "
            f"κmax/κmin = {self.condition:.3g}. Pass {step}: J = {_number(self.losses[step])}, w = ({w0}, {w1})."
        )

    def _descend(self, rates: np.ndarray) -> np.ndarray:
        """All runs at once: (m,) rates → (updates + 1, m, 2) weights after every update."""
        w = np.tile(self.start, (len(rates), 1))
        steps = [w]
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(PASSES):
                for X, d in self._portions():
                    w = w + rates[:, np.newaxis] * ((d - w @ X.T) @ X) / len(d)
                    steps.append(w)
        return np.array(steps)

    def _portions(self):
        """What one update looks at: all examples, or one after the other."""
        return (
            [(self.X, self.d)] if self.method == "Batch" else zip(self.X[:, np.newaxis], self.d[:, None], strict=True)
        )

    def _left(self, weights: np.ndarray) -> np.ndarray:
        start = self.loss(self.start[None])[0]
        return (self.loss(weights) - self.best_loss) / (start - self.best_loss)


def _number(value: float) -> str:
    return number(value) if np.isfinite(value) else "beyond all numbers"


def panels(model: LmsBowlModel, step: int) -> list[dict]:
    """The picture after `step` passes: the bowl with the path, the line over the students, every rate judged."""
    return [_bowl(model, step), _line(model, step), _judgment(model)]


def _bowl(model: LmsBowlModel, step: int) -> dict:
    ends, here = model.path[: step + 1], model.path[step]
    walked = model.steps[: step * model.updates + 1]
    (left, right), (low, high) = model.box
    inside = left <= here[0] <= right and low <= here[1] <= high
    return marks.panel(
        marks.heat(
            np.sqrt(model.landscape - model.best_loss),  # so that the bands of a bowl are evenly wide
            x=model.box[0],
            y=model.box[1],
            limits=(0, float(np.sqrt(model.landscape.max() - model.best_loss))),
            colors=[(SKY, 0), (SKY, 0.8)],
            bands=12,
        ),
        marks.line(walked, width=1 if model.updates > 1 else 1.5, color="muted" if model.updates > 1 else "ink"),
        marks.points(ends, size=5),
        marks.points(model.start, marker="s", size=9, label="start"),
        marks.points(model.best, marker="*", size=14, color=RUST, label="lowest point"),
        marks.points(here, hollow=True, size=19),
        title="The bowl J",
        alt=f"The mean squared error as a map over the bias w₀ and the weight w₁, κmax/κmin {model.condition:.3g}: "
        f"{'a round bowl' if model.condition < 1.5 else 'a ravine'}. The path of the first {step} passes ends "
        f"{'inside' if inside else 'outside'} the map.",
        x=marks.axis(left, right, "bias w₀"),
        y=marks.axis(low, high, "weight w₁"),
        size=(310, 330),
        equal=True,  # or a circle would look like an oval, and a ravine like a valley
    )


def _line(model: LmsBowlModel, step: int) -> dict:
    side = np.array([model.x.min(), model.x.max()])
    side = side + 0.06 * np.ptp(side) * np.array([-1, 1])
    ends, best = (np.column_stack([side, w[0] + w[1] * side]) for w in (model.path[step], model.best))
    zero = np.column_stack([side, [0, 0]])
    wrong = int(np.sum((model.X @ model.path[step] >= 0) != (model.d > 0)))
    return marks.panel(
        marks.line(zero, color="muted", width=1),
        marks.line(best, color=RUST, dashed=True, width=1.5, label="best"),
        marks.line(ends),
        marks.points(
            np.column_stack([model.x, model.d]),
            classes=(model.d > 0).astype(int),
            size=8,
            label=("d = −1", "d = +1"),
        ),
        title="z = w₀ + w₁x",
        alt=f"30 students by their input, at the height of their targets −1 and +1, and the line z after {step} "
        f"passes; {wrong} students are on the wrong side of z = 0. Dashed: the line of least squared error.",
        x=marks.axis(side[0], side[1], f"lectures, {model.inputs.lower()}"),
        y=marks.axis(-2.5, 2.5, "score z, target d"),
        size=(280, 330),
    )


def _judgment(model: LmsBowlModel) -> dict:
    def shown(values):
        return np.clip(np.nan_to_num(values, nan=np.inf), _FLOOR, _CEILING)

    curve = np.column_stack([_RATES, shown(model.left_by_rate)])
    edge = [(model.edge, _FLOOR), (model.edge, _CEILING)]
    beyond = [(model.edge, _FLOOR), (model.edge, _CEILING), (10, _CEILING), (10, _FLOOR)]
    right_half = np.log10(model.edge) > sum(_EXPONENTS) / 2
    return marks.panel(
        marks.area(beyond, color=ORANGE, opacity=0.18),
        marks.line([(10 ** _EXPONENTS[0], 1), (10 ** _EXPONENTS[1], 1)], color="muted", width=1),
        marks.line(edge, color=RUST, dashed=True, width=2),
        marks.text(
            (model.edge * (0.85 if right_half else 1.18), 3e-6),
            f"2/κmax = {model.edge:.3g}",
            color=RUST,
            anchor="end" if right_half else "start",
        ),
        marks.line(curve, color=BLUE, width=2),
        marks.points([(model.rate, float(shown(np.array([model.left]))[0]))], size=11),
        title=f"Error left after {PASSES} passes, every η",
        alt=f"Measured for rates from 0.001 to 10: the part of the avoidable error that is left after {PASSES} passes. "
        f"It exceeds 1, the start, from η = {model.measured_edge:.3g} on; dashed the batch edge 2/κmax = "
        f"{model.edge:.3g}. Present η = {model.rate:.3g}: {model.left:.2g}.",
        x=marks.axis(10 ** _EXPONENTS[0], 10 ** _EXPONENTS[1], "learning rate η", log=True),
        y=marks.axis(_FLOOR, _CEILING, "part of the error left", log=True),
        size=(300, 330),
    )


def presets(edge: float) -> dict[str, float]:
    """log₁₀ of the rates worth a button, on the notches of the slider, for a bowl with this edge."""
    notch = int(np.floor(np.log10(edge) / NOTCH))
    return {
        "A tenth of the edge": round((notch - 50) * NOTCH, 2),
        "Half the edge": round((notch - 15) * NOTCH, 2),
        "Just inside": round(notch * NOTCH, 2),
        "Just beyond": round((notch + 1) * NOTCH, 2),
    }


def lms_bowl():
    """Choose a learning rate for ADALINE and see the run on its real error bowl, beside the edge 2/κmax.

    The input comes raw, centered or z-scored, the descent in batches or online. Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import buttons, choice, log_slider, played, watch_all, whole_slider

    model, canvas = LmsBowlModel(), Canvas()
    model.run(10 ** presets(model.edge)["Half the edge"])
    rate = log_slider("rate η", model.rate, *_EXPONENTS, NOTCH, digits=4)
    step = whole_slider("pass", PASSES, 0, PASSES)
    inputs, method = choice(INPUTS, width="96px"), choice(METHODS, width="96px")

    def draw() -> None:
        if (inputs.value, method.value) != (model.inputs, model.method):
            model.load(inputs.value, method.value)
        if rate.value != model.rate:
            model.run(rate.value)
        canvas.show(panels(model, step.value), model.summary(step.value))

    def load(name: str) -> None:
        rate.value = 10 ** presets(model.edge)[name]

    watch_all([rate, step, inputs, method], draw)
    draw()
    return Explorer(
        "How steep is the bowl? ADALINE and the edge 2/κmax",
        [[inputs, method], [rate, played(step)], buttons(presets(model.edge), load)],
        canvas,
        "<b>Find out:</b> for each version of the input, which η works best, and how far is it from the edge? "
        "Why can no η bring the raw input to the lowest point in 60 passes?",
    )
