"""The picture of a playground: the network with a map in every unit, the plane, the losses, the slopes, one weight."""

import numpy as np

from nnkit.explore import marks
from nnkit.explore._playground.model import PlaygroundModel
from nnkit.explore._playground.recipe import SIDE
from nnkit.explore.words import count, number
from nnkit.palette import BLUE, CLASS_COLORS, ORANGE, RUST

WIDTH, HEIGHT = 640, 340  # pixels of the network
TINTS = [(CLASS_COLORS[0], 0.85), (CLASS_COLORS[0], 0), (CLASS_COLORS[1], 0), (CLASS_COLORS[1], 0.85)]
_HALF = 0.37  # of a node, in distances of two units


def panels(model: PlaygroundModel, *, playing: bool = False) -> list[dict]:
    """playing: leave out what can be dragged, which would only slow the picture down."""
    maps = model.maps()
    return [_network(model, maps), _plane(model, maps[-1][0], playing), _losses(model), _slopes(model), _chain(model)]


def nodes(model: PlaygroundModel) -> list[np.ndarray]:
    """Where the units stand: one (units, 2) for each layer, features first."""
    return [
        np.column_stack([np.full(n, float(column)), (n - 1) / 2 - np.arange(n)])
        for column, n in enumerate(model.recipe.sizes)
    ]


def _network(model: PlaygroundModel, maps: list[np.ndarray]) -> dict:
    columns = nodes(model)
    high, wide = len(columns) - 0.4, -0.8
    tall = max(4, *model.recipe.sizes) / 2 + 0.3  # so far up and down
    half = np.array([_HALF * (HEIGHT - 50) / (2 * tall) * (high - wide) / WIDTH, _HALF])  # a square of pixels
    parts = _edges(model, columns, half[0])
    for column, layer in zip(columns, maps, strict=True):
        most = float(np.nanmax(np.abs(layer[:, ::4, ::4]), initial=1e-9)) if layer is not maps[-1] else 1.0
        most = most if np.isfinite(most) else 1.0
        for (x, y), values in zip(column, layer, strict=True):
            values = values[::4, ::4] if layer is not maps[-1] else 2 * values[::4, ::4] - 1
            sides = (x - half[0], x + half[0]), (y - half[1], y + half[1])
            parts.append(marks.heat(values, x=sides[0], y=sides[1], limits=(-most, most), colors=TINTS))
    parts.append(_frames(np.vstack(columns), half))
    parts += _labels(model, columns, half)
    return marks.panel(
        *parts,
        title="Each unit's map; weights: solid is positive, dashed negative",
        alt=_network_in_words(model),
        x=marks.axis(wide, high),
        y=marks.axis(-tall, tall),
        size=(WIDTH, HEIGHT),
        bare=True,
        click=True,
    )


def _network_in_words(model: PlaygroundModel) -> str:
    recipe, chosen = model.recipe, model.chosen
    hidden = " then ".join(count(n, "unit") for n in recipe.units) or "no hidden units"
    return (
        f"A network: {', '.join(recipe.features)}, {hidden}, one output. "
        f"Chosen: {chosen}, {number(model.value(chosen), '.2f')}."
    )


def _frames(centers: np.ndarray, half: np.ndarray) -> dict:
    corners = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1), (np.nan, np.nan)]) * half
    return marks.line((centers[:, np.newaxis] + corners).reshape(-1, 2), color="muted", width=1)


def _labels(model: PlaygroundModel, columns: list[np.ndarray], half: np.ndarray) -> list[dict]:
    chosen, aside = model.chosen, np.array([half[0] + 0.06, 0.0])
    inputs = marks.text(columns[0] - aside, list(model.recipe.features), anchor="end")
    output = marks.text(columns[-1] + [0, half[1] + 0.22], ["ŷ"])
    value = number(model.value(chosen), ".2f")
    end = columns[chosen.layer][chosen.unit]
    if chosen.source is None:
        ring = half * 1.25
        return [
            inputs,
            output,
            marks.line(end + ring * [(-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1)], width=2.5),
            marks.text(end - [0, half[1] + 0.25], f"bias {value}"),
        ]
    start = columns[chosen.layer - 1][chosen.source]
    return [inputs, output, marks.text(start + 0.5 * (end - start) + [0, 0.2], value, size=13)]


def segment(model: PlaygroundModel, columns: list[np.ndarray], half: float, place) -> np.ndarray:
    """The line of a weight, (2, 2)."""
    aside = np.array([half, 0.0])
    return np.array([columns[place.layer - 1][place.source] + aside, columns[place.layer][place.unit] - aside])


def _edges(model: PlaygroundModel, columns: list[np.ndarray], half: float) -> list[dict]:
    """The weights as lines, in four widths for either sign: few marks are fast."""
    places = [place for place in model.places() if place.source is not None]
    lines = np.array([segment(model, columns, half, place) for place in places])
    lifted = np.concatenate([lines, np.full((len(lines), 1, 2), np.nan)], axis=1)
    weights = np.concatenate([layer.W.ravel() for layer in model.dense])
    size = np.digitize(np.abs(weights), [0.25, 0.8, 2.0])
    drawn = [
        marks.line(lifted[some].reshape(-1, 2), color=color, width=width, dashed=dashed)
        for color, dashed, sign in ((BLUE, False, weights >= 0), (RUST, True, weights < 0))
        for bucket, width in enumerate((0.5, 1.5, 3.0, 5.0))
        if (some := sign & (size == bucket)).any()
    ]
    if model.chosen.source is not None:
        drawn.insert(0, marks.line(lines[places.index(model.chosen)], color="muted", width=11))
    return drawn


def nearest(model: PlaygroundModel, x: float, y: float):
    """The weight whose line is nearest to a place in the network's panel; the bias of a unit that is hit."""
    columns = nodes(model)
    for layer, column in enumerate(columns[1:], 1):
        for unit, center in enumerate(column):
            if abs(center[0] - x) < 0.2 and abs(center[1] - y) < _HALF:
                return next(p for p in model.places() if (p.layer, p.unit, p.source) == (layer, unit, None))
    places = [place for place in model.places() if place.source is not None]
    lines = np.array([segment(model, columns, 0.2, place) for place in places])
    start, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    share = np.clip(np.sum(([x, y] - start) * way, axis=1) / np.sum(way**2, axis=1), 0, 1)
    return places[int(np.argmin(np.linalg.norm(start + share[:, np.newaxis] * way - [x, y], axis=1)))]


def _plane(model: PlaygroundModel, probability: np.ndarray, playing: bool) -> dict:
    side = (-SIDE, SIDE)
    names = [f"Point {i + 1}, class {label}" for i, label in enumerate(model.y)]
    dots = marks.points(model.X, classes=model.y, size=9, drag=None if playing else names, label=("class 0", "class 1"))
    tests = (
        [marks.points(model.X_test, classes=model.y_test, size=6, hollow=True, label="test")]
        if len(model.X_test)
        else []
    )
    return marks.panel(
        marks.heat(probability, x=side, y=side, limits=(0, 1), colors=TINTS),
        *tests,
        dots,
        title="The plane",
        alt=f"{len(model.X)} points to learn from and {len(model.X_test)} to test with, over the probability that the "
        f"network gives; {model.wrong(model.X, model.y)} and {model.wrong(model.X_test, model.y_test)} of them are on "
        "the wrong side.",
        x=marks.axis(*side, "x₁"),
        y=marks.axis(*side, "x₂"),
        size=(420, HEIGHT),
        equal=True,
        click=True,
    )


def _losses(model: PlaygroundModel) -> dict:
    losses = np.clip(model.losses, 1e-3, 10)
    epochs = np.arange(len(losses))
    every = max(1, len(losses) // 400)  # no finer than pixels
    kept = np.unique(np.append(epochs[::every], epochs[-1]))
    parts, last = [], len(losses) - 1
    for k, (name, color, dashed) in enumerate((("training", BLUE, False), ("test", ORANGE, True))):
        if np.isfinite(losses[last, k]):
            parts += [
                marks.line(np.column_stack([kept, losses[kept, k]]), color=color, width=2.5, dashed=dashed, label=name)
            ]
    return marks.panel(
        *parts,
        title="Log loss",
        alt=f"Log loss over {count(last, 'epoch')}: training from {model.losses[0, 0]:.3g} to "
        f"{model.losses[-1, 0]:.3g}, test from {model.losses[0, 1]:.3g} to {model.losses[-1, 1]:.3g}.",
        x=marks.axis(0, max(20, last), "epoch", whole=True),
        y=marks.axis(1e-3, 10, log=True),
        size=(310, 215),
    )


def _slopes(model: PlaygroundModel) -> dict:
    """For each layer a histogram of log₁₀ |∂J/∂w|, the top one nearest to the output."""
    layers, bins = model.gradients(), np.linspace(-7, 1, 17)
    parts, medians = [], []
    for row, sizes in enumerate(layers):
        with np.errstate(divide="ignore"):
            logs = np.clip(np.log10(sizes[np.isfinite(sizes)]), bins[0], bins[-1])
        medians.append(
            f"layer {row + 1} about 10^{np.median(logs):.1f}" if len(logs) else f"layer {row + 1} not finite"
        )
        shares = 0.85 * np.histogram(logs, bins)[0] / max(1, len(logs))
        parts += [marks.area(_steps(bins, row + shares, row), color=BLUE, opacity=0.7)]
        parts += [marks.text((bins[0] + 0.1, row + 0.35), f"layer {row + 1}", anchor="start", color="muted")]
    return marks.panel(
        *parts,
        title="Sizes of the slopes ∂J/∂w, by layer",
        alt=f"Histograms of the slopes' sizes on a logarithmic scale: {', '.join(medians)}.",
        x=marks.axis(bins[0], bins[-1], "log₁₀ |∂J/∂w|"),
        y=marks.axis(0, len(layers), whole=True),
        size=(310, 215),
    )


def _steps(bins: np.ndarray, tops: np.ndarray, floor: float) -> np.ndarray:
    """The outline of a histogram, (·, 2)."""
    xy = np.column_stack([np.repeat(bins, 2)[1:-1], np.repeat(tops, 2)])
    return np.vstack([(bins[0], floor), xy, (bins[-1], floor)])


def _chain(model: PlaygroundModel) -> dict:
    """The slope of the chosen weight for one point, factor by factor."""
    chain, chosen = model.chain(), model.chosen
    output = chosen.layer == len(model.recipe.units) + 1
    names = [
        "what comes in over it" if chosen.source is not None else "1, what a bias gets",
        "blame from above",
        "slope g′(z)",
    ]
    if output:
        names[1:] = ["blame: ŷ − y", "(the loss has taken in σ′)"]
    factors = [chain.below, chain.blame, chain.slope]
    rows = np.linspace(0.8, -0.8, 4)
    words = [f"{number(value, '.4f')}" for value in (*factors, chain.whole)]
    signs = ["", "×", "×", "="]
    return marks.panel(
        marks.text(np.column_stack([np.full(4, -0.95), rows]), signs, anchor="start"),
        marks.text(np.column_stack([np.full(4, -0.1), rows]), words, anchor="end", size=13),
        marks.text(
            np.column_stack([np.zeros(4), rows]),
            [*names, f"∂L/∂w for point {model.example + 1}"],
            anchor="start",
            color="muted",
        ),
        title=f"The chain: {chosen}",
        alt=f"The slope of the loss of point {model.example + 1} by {chosen}: "
        f"{' times '.join(words[:3])} is {words[3]}.",
        x=marks.axis(-1, 1.2),
        y=marks.axis(-1.1, 1.1),
        size=(310, 215),
        bare=True,
    )
