"""A playground: choose points, features, units and a method; watch a network learn, stop it, and turn one weight.

After the TensorFlow Playground (Smilkov and Carter 2016), which the USC deck demonstrates.

`recipe` is what it is made of, `model` the network in training, `picture` what is seen; here are the controls.
"""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np

from nnkit.checks import one_of
from nnkit.explore._playground.model import REACH, PlaygroundModel
from nnkit.explore._playground.picture import nearest, panels
from nnkit.explore._playground.recipe import (
    ACTIVATIONS,
    FEATURES,
    INITIALIZERS,
    MOST_LAYERS,
    MOST_POINTS,
    MOST_UNITS,
    PENALTIES,
    POINTS,
    SCHEDULES,
    Recipe,
)  # fmt: skip
from nnkit.explore.words import count
from nnkit.optimizers import OPTIMIZERS

CONTROLS = (
    "points", "noise", "features", "units", "activation", "start", "optimizer", "rate", "schedule", "batch", "penalty",
    "dropout", "seed", "weight", "notes", "recipe",
)  # fmt: skip


def playground(recipe: str = "", *, hide: Sequence[str] = ()):
    """Build a small network, let it learn, stop it, and see what every unit and every weight does.

    recipe: what to begin with, such as "points=spirals units=8-8 optimizer=Adam"; the playground shows its own below.
    hide: names of controls that are left out, from points, noise, features, units, activation, start, optimizer, rate,
    schedule, batch, penalty, dropout, seed, weight, notes, recipe.

    Returns a widget.  Raises ValueError for a recipe that is none, and for a control that is not there.
    """
    for name in hide:
        one_of("a control to hide", name, CONTROLS)
    return _View(Recipe.read(recipe), frozenset(hide)).widget()


class _View:
    """The controls, and what they do to the model."""

    def __init__(self, recipe: Recipe, hidden: frozenset[str]):
        from nnkit.explore.canvas import Canvas

        self.model, self.canvas, self.hidden = PlaygroundModel(recipe), Canvas(), hidden
        self.notes: list[tuple[str, ...]] = []
        self._quiet = False
        self._make()
        self._follow()
        self.canvas.on_move(self._act(self.model.move))
        self.canvas.on_press(self._pressed)

    # Playing

    def _advance(self) -> bool:
        """An epoch and a picture; whether it can go on."""
        self.model.run_epoch()
        self.draw()
        return not self.model.diverged

    def _stopped(self, change: dict) -> None:
        if not change["new"]:
            self.draw()  # what can be dragged is there again

    def draw(self) -> None:
        self.canvas.show(panels(self.model, playing=self.play.playing), self.model.summary)

    # Controls

    def _make(self) -> None:
        from ipywidgets import HTML, Layout, Text

        from nnkit.explore.controls import button, choice, list_slider, log_slider, slider, switch, watch, whole_slider
        from nnkit.explore.player import Player

        recipe = self.model.recipe
        self.play = Player("the training", self._advance, pause=0)
        self.play.observe(self._stopped, "playing")
        self.top = [
            self.play,
            button("Step", self._act(self.model.step)),
            button("Epoch", self._act(self.model.run_epoch)),
            button("Reset", self._act(self.model.reset)),
        ]
        self.made = {
            "points": choice(
                [name for name in POINTS if name != "none"], recipe.points if recipe.points != "none" else None
            ),
            "noise": slider("noise", recipe.noise, 0, 1, 0.05, width=260),
            "activation": choice(ACTIVATIONS, recipe.activation),
            "start": choice(INITIALIZERS, recipe.start),
            "optimizer": choice(OPTIMIZERS, recipe.optimizer),
            "rate": log_slider("learning rate", recipe.rate, -4, 1, 0.1, width=300),
            "schedule": choice(SCHEDULES, recipe.schedule),
            "batch": whole_slider("examples in a step", recipe.batch, 1, 60, width=300),
            "penalty": choice(PENALTIES, recipe.penalty),
            "strength": log_slider("λ", recipe.strength, -4, 0, 0.25, width=220),
            "dropout": slider("dropout rate", recipe.dropout, 0, 0.8, 0.05, width=260),
            "seed": whole_slider("seed", recipe.seed, 0, 20, width=220),
        }
        self.features = [switch(name) for name in FEATURES]
        self.units = [whole_slider(f"units in layer {k + 1}", 0, 0, MOST_UNITS, width=230) for k in range(MOST_LAYERS)]
        self.weight = list_slider("weight", str(self.model.chosen), [str(place) for place in self.model.places()])
        self.value = slider("its value", 0.0, -REACH, REACH, 0.05, width=300)
        self.example = whole_slider("point", 1, 1, MOST_POINTS, width=220)
        self.text = Text(description="recipe", continuous_update=False, layout=Layout(width="620px"))
        self.table = HTML()
        self.new_class = choice([("a click adds ■ class 0", 0), ("a click adds ● class 1", 1)])
        for control in (*self.made.values(), *self.features, *self.units):
            watch(control, lambda _: self._changed())
        watch(self.weight, self._choose)
        watch(self.value, lambda value: self._unless_quiet(lambda: self.model.put(self.model.chosen, value)))
        watch(self.example, lambda number: self._unless_quiet(lambda: setattr(self.model, "example", number - 1)))
        watch(self.text, self._read)

    def widget(self):
        from nnkit.explore.canvas import Explorer
        from nnkit.explore.controls import button

        made, presses = (
            self.made,
            [button("Add a point in the middle", self._add), button("Clear the points", self._clear)],
        )
        rows = {
            "units": self.units,
            "features": self.features,
            "activation": [made["activation"]],
            "start": [made["start"]],
            "optimizer": [made["optimizer"]],
            "rate": [made["rate"]],
            "schedule": [made["schedule"]],
            "batch": [made["batch"]],
            "penalty": [made["penalty"], made["strength"]],
            "dropout": [made["dropout"]],
            "noise": [made["noise"]],
            "seed": [made["seed"]],
            "weight": [self.weight, self.value, self.example],
            "notes": [button("Note this result", self._note), self.table],
            "recipe": [self.text],
        }
        together = (
            ("units",), ("features",), ("activation", "start"), ("optimizer",), ("rate", "schedule"),
            ("batch", "dropout"), ("penalty",), ("noise", "seed"), ("weight",), ("notes",), ("recipe",),
        )  # fmt: skip
        below = [[control for name in names if name not in self.hidden for control in rows[name]] for names in together]
        points = [] if "points" in self.hidden else [[made["points"]], [self.new_class, *presses]]
        return Explorer(
            "Playground",
            [self.top, *points[:1]],
            self.canvas,
            "<b>Find out:</b> which is the smallest network that brings the test loss of the circles below 0.1? Can "
            "one unit do it, with other features? What does a single weight into the output do to the plane? Which "
            "method is the first to unroll the spirals? Note your results.",
            below=[row for row in (*points[1:], *below) if row],
        )

    # From the controls to the model

    def _act(self, move):
        def act(*args) -> None:
            move(*args)
            self._follow()

        return act

    def _unless_quiet(self, move) -> None:
        if not self._quiet:
            self._act(move)()

    def _changed(self) -> None:
        """Another setting: a new recipe, and the network begins anew, but for the rate and the batch's size."""
        if self._quiet:
            return
        made = {name: control.value for name, control in self.made.items()}
        names = tuple(name for name, control in zip(FEATURES, self.features, strict=True) if control.value)
        units = tuple(control.value for control in self.units)
        units = units[: units.index(0)] if 0 in units else units
        own = self.model.recipe.own if made["points"] == self.model.recipe.points else ()
        if self.model.recipe.points == "none":
            made["points"], own = "none", self.model.recipe.own
        self._load(replace(self.model.recipe, **made, features=names or ("x1",), units=units, own=own))

    def _load(self, recipe: Recipe) -> None:
        self.model.load(recipe)
        self._follow()

    def _read(self, text: str) -> None:
        if self._quiet:
            return
        try:
            self._load(Recipe.read(text))
        except ValueError as error:
            self.canvas.summary = f"This is no recipe: {error}."

    def _choose(self, name: str) -> None:
        self._unless_quiet(lambda: self.model.choose(next(p for p in self.model.places() if str(p) == name)))

    def _pressed(self, panel: int, x: float, y: float) -> None:
        if panel == 0:
            self.model.choose(nearest(self.model, x, y))
        elif len(self.model.X) < MOST_POINTS and "points" not in self.hidden:
            self.model.add(x, y, self.new_class.value)
        self._follow()

    def _add(self) -> None:
        self._pressed(1, 0.0, 0.0)

    def _clear(self) -> None:
        self._load(replace(self.model.recipe, points="none", own=((-1.0, 0.0, 0), (1.0, 0.0, 1))))

    def _note(self) -> None:
        recipe, (train, test) = self.model.recipe, self.model.losses[-1]
        net = "-".join([str(len(recipe.features)), *map(str, recipe.units), "1"])
        weights = self.model.net.parameters.values.size
        tested = f"{test:.3f}" if np.isfinite(test) else "none"
        self.notes.append((recipe.points, net, str(weights), str(self.model.steps), f"{train:.3f}", tested))
        heads = ("points", "network", "weights", "steps", "training loss", "test loss")
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self.notes)
        self.table.value = (
            f"<table class='nnk-notes'><caption>{count(len(self.notes), 'result')} noted</caption>"
            f"<tr>{''.join(f'<th scope=col>{head}</th>' for head in heads)}</tr>{rows}</table>"
        )

    # From the model to the controls

    def _follow(self) -> None:
        """Let the controls show what the model is, without hearing them."""
        recipe, chosen = self.model.recipe, self.model.chosen
        self._quiet = True
        try:
            for name, control in self.made.items():
                if name != "points" or recipe.points != "none":
                    control.value = getattr(recipe, name)
            for name, control in zip(FEATURES, self.features, strict=True):
                control.value = name in recipe.features
            for k, control in enumerate(self.units):
                control.value = recipe.units[k] if k < len(recipe.units) else 0
            names = tuple(str(place) for place in self.model.places())
            if self.weight.options != names:
                self.weight.options = names
            self.weight.value = str(chosen)
            if np.isfinite(self.model.value(chosen)):
                self.value.value = self.model.value(chosen)
            self.example.max = len(self.model.X)
            self.example.value = self.model.example + 1
            self.text.value = str(recipe)
        finally:
            self._quiet = False
        self.draw()
