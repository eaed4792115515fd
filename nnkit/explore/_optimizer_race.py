"""Six optimizers, four surfaces, one start: who is first depends on the surface, on the momentum, and most on the rate.

The racers are nnkit's own. Each runs with all rates of the slider at once, one pair of weights per rate, so the
picture can show the run at the chosen rate and, beside it, what every other rate would have led to. μ is the momentum
of Momentum and Nesterov and Adam's β₁. All surfaces have the height 0 at their deepest point.

Source: USC "Variants on SGD"; H. Rosenbrock 1960 (the curved valley); L. Rastrigin 1974 (many minima).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from nnkit.checks import fraction, one_of, positive
from nnkit.explore import marks
from nnkit.explore.words import number, place
from nnkit.network import Parameters
from nnkit.optimizers import SGD, Adagrad, Adam, Momentum, Nesterov, RMSProp
from nnkit.palette import BLUE, DARK, ORANGE, RUST, SKY, SMOKE

STEPS = 100
EXPONENTS, NOTCH = (-4.0, 1.0), 0.1  # of the slider for log₁₀ η
RATES = 10 ** np.linspace(*EXPONENTS, 51)
RACERS = {  # name → optimizer of (parameters, learning rates, μ)
    "SGD": lambda params, rates, mu: SGD(params, rates),
    "Momentum": lambda params, rates, mu: Momentum(params, rates, momentum=mu),
    "Nesterov": lambda params, rates, mu: Nesterov(params, rates, momentum=mu),
    "Adagrad": lambda params, rates, mu: Adagrad(params, rates),
    "RMSProp": lambda params, rates, mu: RMSProp(params, rates),
    "Adam": lambda params, rates, mu: Adam(params, rates, beta1=mu),
}
_LOOKS = dict(zip(RACERS, zip((BLUE, ORANGE, DARK, RUST, SKY, SMOKE), "so^DvP", strict=True), strict=True))
_OWN_LOOK = ("ink", "*")
_FLOOR, _CEILING = 1e-8, 1e3

Own = Mapping[str, Callable]
"""Name → make. make(rate, μ) → an object whose step(w, g) returns the weights after one more step."""


@dataclass(frozen=True)
class Surface:
    """height and slope: points (n, 2) → (n,) and (n, 2).  The map shows x and y; `deepest` has the height 0."""

    height: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    start: tuple[float, float]
    deepest: tuple[tuple[float, float], ...]
    x: tuple[float, float]
    y: tuple[float, float]


SURFACES = {
    "Long bowl": Surface(
        lambda p: p**2 @ np.array([0.5, 12.5]),
        lambda p: p * np.array([1.0, 25.0]),
        start=(-4.0, 1.5),
        deepest=((0.0, 0.0),),
        x=(-5.0, 5.0),
        y=(-3.0, 3.0),
    ),
    "Saddle": Surface(
        lambda p: p[:, 0] ** 2 / 2 + (p[:, 1] ** 2 - 1) ** 2 / 4,
        lambda p: np.column_stack([p[:, 0], p[:, 1] * (p[:, 1] ** 2 - 1)]),
        start=(-1.6, 0.001),
        deepest=((0.0, 1.0), (0.0, -1.0)),
        x=(-2.0, 2.0),
        y=(-1.7, 1.7),
    ),
    "Curved valley": Surface(
        lambda p: (1 - p[:, 0]) ** 2 / 2 + 5 * (p[:, 1] - p[:, 0] ** 2) ** 2,
        lambda p: np.column_stack(
            [p[:, 0] - 1 - 20 * p[:, 0] * (p[:, 1] - p[:, 0] ** 2), 10 * (p[:, 1] - p[:, 0] ** 2)]
        ),
        start=(-1.2, 1.5),
        deepest=((1.0, 1.0),),
        x=(-2.0, 2.0),
        y=(-1.0, 3.0),
    ),
    "Many minima": Surface(
        lambda p: np.sum(p**2 / 20 + 1 - np.cos(2 * p), axis=1),
        lambda p: p / 10 + 2 * np.sin(2 * p),
        start=(6.6, 4.0),
        deepest=((0.0, 0.0),),
        x=(-8.0, 8.0),
        y=(-8.0, 8.0),
    ),
}


class RaceModel:
    """All runs from one start, for every rate of the slider.

    surface: a key of SURFACES.  momentum: μ in [0, 1).  rate: one of RATES, the nearest.  own: name → make, a racer of
    the reader's: make(rate, μ) gives an object whose step(w, g) returns the weights (2,) after one more step.
    absent: name → why it does not run.  start: (2,).  landscape: (61, 61) heights over the map, x along the columns.
    paths: name → (101, 51, 2), place after each step for each rate.  heights: name → (101, 51).
    """

    def __init__(self, surface: str = "Long bowl", momentum: float = 0.9, rate: float = 0.01, own: Own | None = None):
        self.own, self.absent = dict(own or {}), dict[str, str]()
        self.momentum = fraction("momentum", momentum)
        self.choose(rate)
        self.load(surface)

    def load(self, surface: str) -> None:
        """Take another surface, with its own start. Raises ValueError for an unknown one."""
        self.name, self.surface = one_of("", surface, SURFACES), SURFACES[surface]
        grid = np.meshgrid(np.linspace(*self.surface.x, 61), np.linspace(*self.surface.y, 61))
        self.landscape = self.surface.height(np.column_stack([side.ravel() for side in grid])).reshape(61, 61)
        self.begin(*self.surface.start)

    def begin(self, x: float, y: float) -> None:
        """Start from another point of the map, and run."""
        self.start = np.array([np.clip(x, *self.surface.x), np.clip(y, *self.surface.y)])
        self.run(self.momentum)

    def choose(self, rate: float) -> None:
        """Look at another rate. All of them have been run. Raises ValueError if it is not positive."""
        self.at = int(np.abs(np.log10(RATES / positive("the learning rate", rate))).argmin())
        self.rate = float(RATES[self.at])

    def run(self, momentum: float) -> None:
        """Let all race with another μ. Raises ValueError unless 0 ≤ μ < 1."""
        self.momentum = fraction("momentum", momentum)
        with np.errstate(over="ignore", invalid="ignore"):  # beyond the edge a run may leave the numbers
            self.paths = {racer: self._race(racer) for racer in RACERS} | self._own_paths()
            self.heights = {
                racer: self.surface.height(path.reshape(-1, 2)).reshape(STEPS + 1, -1)
                for racer, path in self.paths.items()
            }

    def best(self, racer: str) -> tuple[float, float]:
        """The rate at which this optimizer is lowest after all steps, and how low that is."""
        ends = np.nan_to_num(self.heights[racer][-1], nan=np.inf)
        return float(RATES[ends.argmin()]), float(ends.min())

    @property
    def ranking(self) -> list[tuple[str, float]]:
        """(name, height after all steps) at the chosen rate, the lowest first; what diverged last, as infinity."""
        ends = {racer: float(heights[-1, self.at]) for racer, heights in self.heights.items()}
        ends = {racer: end if end < _CEILING else np.inf for racer, end in ends.items()}
        return sorted(ends.items(), key=lambda pair: pair[1])

    @property
    def summary(self) -> str:
        places = ", ".join(f"{racer} {_height(end)}" for racer, end in self.ranking)
        own = ", ".join(
            f"{racer} {_height(low)} at {rate:.2g}" for racer in self.paths for rate, low in [self.best(racer)]
        )
        absent = "".join(f" {name} does not run yet: {why}." for name, why in self.absent.items())
        return (
            f"{self.name}, all at η = {self.rate:.2g}, μ = {self.momentum:.2f}. Height after {STEPS} steps, lowest "
            f"first: {places}. Each at its own best η: {own}.{absent}"
        )

    def _race(self, racer: str) -> np.ndarray:
        params = Parameters(np.tile(self.start, len(RATES)), np.zeros(2 * len(RATES)))
        rates = np.repeat(RATES, 2)  # two weights run at each rate
        optimizer = RACERS[racer](params, lambda step: rates, self.momentum)
        path = np.empty((STEPS + 1, len(RATES), 2))
        path[0] = self.start
        for t in range(STEPS):
            params.gradient[:] = self.surface.slope(path[t]).ravel()
            optimizer.step()
            path[t + 1] = params.values.reshape(-1, 2)
        return path

    def _own_paths(self) -> dict[str, np.ndarray]:
        """The runs of the reader's racers: one rate after the other, as their code may know no vector of rates."""
        paths, self.absent = {}, {}
        for name, make in self.own.items():
            try:
                paths[name] = np.stack([self._own_path(make(float(rate), self.momentum)) for rate in RATES], axis=1)
            except Exception as error:
                unfinished = isinstance(error, NotImplementedError)
                self.absent[name] = "its exercise is unfinished" if unfinished else f"{type(error).__name__}: {error}"
        return paths

    def _own_path(self, stepper) -> np.ndarray:
        path = np.empty((STEPS + 1, 2))
        path[0] = self.start
        for t in range(STEPS):
            path[t + 1] = stepper.step(path[t].copy(), self.surface.slope(path[t][None])[0])
        return path


def _look(racer: str) -> tuple[str, str]:
    return _LOOKS.get(racer, _OWN_LOOK)


def _height(value: float) -> str:
    return "diverged" if not value < _CEILING else number(value, ".2g") if value >= _FLOOR else "≈ 0"


def panels(model: RaceModel, step: int, shown: list[str]) -> list[dict]:
    """The picture: the map with the paths up to `step`, height against step, what every rate leads to."""
    return [_map(model, step, shown), _curves(model, step, shown), _rates(model, shown)]


def _map(model: RaceModel, step: int, shown: list[str]) -> dict:
    surface, parts = model.surface, []
    for racer in shown:
        color, marker = _look(racer)
        walked = model.paths[racer][: step + 1, model.at]
        parts += [
            marks.line(walked, color=color, width=1.5),
            marks.points(walked[-1], color=color, marker=marker, size=11),
        ]
    places = ", ".join(f"{racer} {_place(model.paths[racer][step, model.at])}" for racer in shown)
    return marks.panel(
        marks.heat(
            np.sqrt(model.landscape),  # so that the bands of a bowl are evenly wide
            x=surface.x,
            y=surface.y,
            limits=(0, float(np.sqrt(model.landscape.max()))),
            colors=[(SKY, 0), (SKY, 0.8)],
            bands=14,
        ),
        marks.points(surface.deepest, marker="*", size=15, color=RUST, label="deepest"),
        *parts,
        marks.points(model.start, size=13, hollow=True, drag=["start"], label="start"),
        title=model.name,
        alt=f"Map of the surface with the paths of the first {step} steps from {_place(model.start)}, "
        f"now at: {places}.",
        x=marks.axis(*surface.x, "w₁"),
        y=marks.axis(*surface.y, "w₂"),
        size=(330, 330),
    )


def _place(point: np.ndarray) -> str:
    return place(point) if np.abs(point).max() < 1e4 else "far away"


def _within(values: np.ndarray) -> np.ndarray:
    """Heights as they can be drawn: what is too high or no number lies on the upper edge."""
    return np.clip(np.nan_to_num(values, nan=_CEILING), _FLOOR, _CEILING)


def _curves(model: RaceModel, step: int, shown: list[str]) -> dict:
    parts = []
    for racer in shown:
        color, marker = _look(racer)
        curve = np.column_stack([np.arange(STEPS + 1), _within(model.heights[racer][:, model.at])])
        parts += [
            marks.line(curve, color=color, width=2),
            marks.points(curve[step], color=color, marker=marker, size=11, label=racer),
        ]
    heights = ", ".join(f"{racer} {_height(model.heights[racer][step, model.at])}" for racer in shown)
    return marks.panel(
        *parts,
        title=f"Height, η = {model.rate:.2g}",
        alt=f"Height over {STEPS} steps, logarithmic, at η = {model.rate:.2g}. At step {step}: {heights}.",
        x=marks.axis(0, STEPS, "step"),
        y=marks.axis(_FLOOR, _CEILING, "height", log=True),
        size=(300, 330),
    )


def _rates(model: RaceModel, shown: list[str]) -> dict:
    parts = [marks.line([(model.rate, _FLOOR), (model.rate, _CEILING)], color="muted", dashed=True, width=1.5)]
    for racer in shown:
        color, marker = _look(racer)
        rate, low = model.best(racer)
        parts += [
            marks.line(np.column_stack([RATES, _within(model.heights[racer][-1])]), color=color, width=2),
            marks.points([(rate, max(low, _FLOOR))], color=color, marker=marker, size=11),
        ]
    best = ", ".join(f"{racer} {model.best(racer)[0]:.2g}" for racer in shown)
    return marks.panel(
        *parts,
        title=f"After {STEPS} steps, every η",
        alt=f"Height after {STEPS} steps for rates from 0.0001 to 10, both logarithmic. The best rates: {best}. "
        f"Dashed: the rate chosen, {model.rate:.2g}.",
        x=marks.axis(10 ** EXPONENTS[0], 10 ** EXPONENTS[1], "learning rate η", log=True),
        y=marks.axis(_FLOOR, _CEILING, "height", log=True),
        size=(300, 330),
    )


def optimizer_race(own: Own | None = None):
    """Race six optimizers over four surfaces; choose rate, momentum and start.

    own: racers of your own, name → make: make(rate, μ) gives an object whose step(w, g) returns the weights after one
    more step. One that raises is left out, and the words below the picture say so.
    Returns a widget.
    """
    from nnkit.explore.canvas import Canvas, Explorer
    from nnkit.explore.controls import button, choice, log_slider, played, slider, switch, watch_all, whole_slider

    model, canvas = RaceModel(own=own), Canvas()
    rate = log_slider("rate η", model.rate, *EXPONENTS, NOTCH, digits=2, width=300)
    momentum = slider("momentum μ", model.momentum, 0, 0.99, 0.01, width=300)
    step = whole_slider("step", STEPS, 0, STEPS, width=300)
    surface = choice(SURFACES)
    seen = {name: switch(name) for name in (*RACERS, *model.own)}

    def draw() -> None:
        if surface.value != model.name:
            model.load(surface.value)
        if momentum.value != model.momentum:
            model.run(momentum.value)
        model.choose(rate.value)
        shown = [name for name in model.paths if seen[name].value]
        canvas.show(panels(model, step.value, shown), model.summary)

    def drag(_, x: float, y: float) -> None:
        model.begin(round(x, 2), round(y, 2))  # so that a start on the ridge of the saddle can be hit
        draw()

    def take_best(name: str) -> None:
        rate.value = model.best(name)[0]

    watch_all([rate, momentum, step, surface, *seen.values()], draw)
    best = [button(f"{name}'s best rate", take_best, name) for name in ("SGD", "Momentum", "Adam")]
    canvas.on_move(drag)
    draw()
    return Explorer(
        "The optimizer race",
        [[surface], [rate, momentum, played(step)], best],
        canvas,
        "<b>Find out:</b> for which surface is plain SGD at its best rate as good as any? Drag the start on the saddle "
        "exactly onto the ridge (w₂ = 0): who gets away now?",
        below=[[*seen.values()]],
    )
