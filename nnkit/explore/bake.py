"""Explorers that need no kernel: their states are kept in the page, and played by the same canvas.

    Path("perceptron.html").write_text(bake.page(explore.perceptron))

An explorer is moved as a reader would move it: each control, and each knob in the picture, along its range while the
others rest, each button again and again, and then two controls at once, until the budget is spent. What was not kept is
answered by the nearest state, and the page says so. Marks that occur in many states are kept once, and heat maps in 256
steps, as they are drawn.
"""

import base64
import gzip
import html
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from anywidget import AnyWidget
from ipywidgets import Button, FloatLogSlider, FloatSlider, IntSlider, SelectionSlider, ToggleButtons, ValueWidget
from traitlets import TraitError

from nnkit.explore.canvas import Canvas, Explorer

BUDGET = 500_000  # bytes that the states of an explorer may take in a page, compressed
STOPS = 15, 9, 5  # along one range, as many as the budget allows
FEW, PRESSES = 6, 12  # stops when two move at once; presses of one button
_HERE = Path(__file__).parent


def page(make: Callable[[], Explorer], *, title: str = "", budget: int = BUDGET) -> str:
    """A whole page, which needs no other file, with an explorer that moves.  make: as in `bake`."""
    body = bake(make, budget=budget)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title or make().title)}</title><style>{STYLE}</style></head>"
        f"<body>{body}<script>{script()}</script></body></html>\n"
    )


def bake(make: Callable[[], Explorer | AnyWidget], *, budget: int = BUDGET) -> str:
    """An explorer as HTML, to be played by `script()` and dressed by `STYLE`, once each for all explorers of a page.

    make: returns the explorer as it is at first, each time anew; a quiz or a prediction, too, which need no kernel to
    answer.  budget: bytes for its states, compressed.  Where no script runs, its words stand there.
    """
    explorer = make()
    if not isinstance(explorer, Explorer):
        return _alone(explorer)
    packed = base64.b64encode(_baked(make, budget)).decode()
    words = "".join(f"<p>{html.escape(line)}</p>" for line in repr(explorer).split("\n")[1:])
    return (
        f'<div class="nnk-explorer nnk-baked"><div class="nnk-title" role="heading" aria-level="4">'
        f"{html.escape(explorer.title)}</div>"
        f'<div class="nnk-moved"></div><div class="nnk-view">{words}</div>'
        f'<p class="nnk-kept" aria-live="polite"></p>{explorer.children[-1].value}'
        f'<script type="application/gzip">{packed}</script></div>'
    )


def _alone(widget: AnyWidget) -> str:
    """A widget that is all in the browser: its program and what it knows."""
    known = {
        name: getattr(widget, name) for name in widget.keys if not name.startswith("_") and name in widget.traits()
    }
    plain = {name: value for name, value in known.items() if isinstance(value, str | int | float | list | dict)}
    data = json.dumps({"program": widget._esm, "values": plain}, ensure_ascii=False, default=str)
    words = "".join(f"<p>{html.escape(line)}</p>" for line in repr(widget).split("\n"))
    packed = base64.b64encode(_pack(data.encode())).decode()
    return f'<div class="nnk-alone">{words}<script type="application/gzip">{packed}</script></div>'


def _baked(make: Callable[[], Explorer], budget: int) -> bytes:
    packed = b""
    for stops in STOPS:
        packed = _pack(_Oven(make, stops).bake(budget))
        if len(packed) <= budget:
            break
    return packed


def _pack(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def script() -> str:
    """The program that plays all baked explorers of its page; for the end of it, or deferred.

    No module: those may not be loaded from a disk.
    """
    texts = [(_HERE / name).read_text("utf-8") for name in ("marks.js", "canvas.js", "baked.js")]
    return f"(() => {{\n{''.join(texts).replace('export default { render };', '')}\n}})();\n"


STYLE = (_HERE / "canvas.css").read_text("utf-8") + (_HERE / "baked.css").read_text("utf-8")


@dataclass
class _State:
    """values: of all controls.  after: where each button leads, by its number."""

    values: tuple
    panels: list[dict]
    summary: str
    after: dict[int, int] = field(default_factory=dict)


class _Oven:
    """Moves an explorer and keeps what it shows."""

    def __init__(self, make: Callable[[], Explorer], stops: int):
        self.make = make
        self.states: list[_State] = []
        self.marks: dict[str, int] = {}  # as JSON → number
        self.fresh()
        self.stops = [_stops(control, stops) for control in self.controls]
        self.rest = self.values()
        self.words: dict[tuple[int, object], str] = {}  # of a control and its value
        for k, (control, some) in enumerate(zip(self.controls, self.stops, strict=True)):
            self.words |= {(k, value): _words(control, value) for value in some}

    def fresh(self) -> None:
        self.explorer = self.make()
        widgets = list(_inside(self.explorer))
        self.controls = [*_Knob.all(self.explorer.canvas), *(w for w in widgets if isinstance(w, _KINDS))]
        self.buttons = [w for w in widgets if isinstance(w, Button)]

    def values(self) -> tuple:
        return tuple(control.value for control in self.controls)

    def bake(self, budget: int) -> bytes:
        self.keep()
        self.press_all()
        for k, stops in enumerate(self.stops):
            for value in (*stops, *dict.fromkeys(state.values[k] for state in self.states)):  # also what a button sets
                self.visit({k: value})
        size = len(_pack(self.data()))
        ranges = [k for k, stops in enumerate(self.stops) if len(stops) > 1]
        for i, j in ((i, j) for n, i in enumerate(ranges) for j in ranges[n + 1 :]):
            pairs = list(product(_fewer(self.stops[i]), _fewer(self.stops[j])))
            if size / len(self.states) * (len(self.states) + len(pairs)) > budget:
                break
            for first, second in pairs:
                self.visit({i: first, j: second})
            size = len(_pack(self.data()))
        return self.data()

    def visit(self, moved: dict[int, object]) -> None:
        """Move some controls from rest, keep what is seen, and go back. Nothing, if one rules the other out."""
        with suppress(TraitError):  # the weights that the playground offers are those of its layers
            for k, value in moved.items():
                self.controls[k].value = value
            self.keep()
        for k, value in enumerate(self.rest):
            self.controls[k].value = value

    def press_all(self) -> None:
        """Each button from the first state on, until nothing new comes of it."""
        for number in range(len(self.buttons)):
            self.fresh()
            at = 0
            for _ in range(PRESSES):
                self.buttons[number].click()
                to = self.keep()
                self.states[at].after[number] = to
                if to == at:
                    break
                at = to
        self.fresh()

    def keep(self) -> int:
        """The number of the state that is seen now."""
        canvas = self.explorer.canvas
        panels = [{**panel, "marks": [self.mark(mark) for mark in panel["marks"]]} for panel in canvas.panels]
        state = _State(self.values(), panels, canvas.summary)
        for k, control in enumerate(self.controls):
            self.words[k, _number(control.value)] = _words(control, control.value)
        for number, known in enumerate(self.states):
            if (known.values, known.panels, known.summary) == (state.values, state.panels, state.summary):
                return number
        self.states.append(state)
        return len(self.states) - 1

    def mark(self, mark: dict) -> int:
        """The number of a mark, which is kept once."""
        return self.marks.setdefault(json.dumps(_plain(mark), sort_keys=True), len(self.marks))

    def data(self) -> bytes:
        """All of it as JSON: controls with their stops, buttons, marks, states."""
        stops = [
            sorted({*map(_number, some), *(_number(state.values[k]) for state in self.states)})
            if isinstance(self.controls[k], FloatSlider | FloatLogSlider | IntSlider | _Knob)
            else list(dict.fromkeys([*some, *(state.values[k] for state in self.states)]))
            for k, some in enumerate(self.stops)
        ]
        controls = [
            {
                "kind": _kind(control),
                "name": control.description,
                "stops": [self.words[k, value] for value in some],
            }
            for k, (control, some) in enumerate(zip(self.controls, stops, strict=True))
        ]
        states = [
            {
                "at": [_place(some, value) for some, value in zip(stops, state.values, strict=True)],
                "panels": state.panels,
                "summary": state.summary,
                "after": state.after,
            }
            for state in self.states
        ]
        whole = {
            "controls": controls,
            "buttons": [button.description for button in self.buttons],
            "marks": [json.loads(text) for text in self.marks],
            "states": states,
        }
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


class _Knob:
    """A knob in the picture, as a control."""

    readout_format = ""

    def __init__(self, canvas: Canvas, panel: int, number: int):
        self._canvas, self._place = canvas, (panel, number)
        self.description = self._mark["drag"][number]
        self.min, self.max, self.step = (self._mark["turn"][key] for key in ("low", "high", "step"))

    @classmethod
    def all(cls, canvas: Canvas) -> list["_Knob"]:
        return [
            cls(canvas, panel, number)
            for panel, shown in enumerate(canvas.panels)
            for mark in shown["marks"]
            if mark["kind"] == "knobs"
            for number in range(len(mark["drag"]))
        ]

    @property
    def _mark(self) -> dict:
        return next(m for m in self._canvas.panels[self._place[0]]["marks"] if m["kind"] == "knobs")

    @property
    def value(self) -> float:
        return self._mark["turn"]["values"][self._place[1]]

    @value.setter
    def value(self, value: float) -> None:
        serial = self._canvas.moved[4] if self._canvas.moved else 0
        self._canvas.moved = [*self._place, value, 0, serial + 1]  # as the browser does it


def _kind(control: "ValueWidget | _Knob") -> str:
    return "knob" if isinstance(control, _Knob) else "choice" if isinstance(control, ToggleButtons) else "range"


_KINDS = (FloatSlider, FloatLogSlider, IntSlider, SelectionSlider, ToggleButtons)


def _inside(widget) -> Iterator:
    for child in getattr(widget, "children", ()):
        if not isinstance(child, Canvas):
            yield child
            yield from _inside(child)


def _stops(control: ValueWidget | _Knob, most: int) -> list:
    """Values along a control's range, in order, with the one it rests at."""
    match control:
        case SelectionSlider() | ToggleButtons():
            return [value for _, value in _options(control)]
        case FloatLogSlider():
            places = _spread(round((control.max - control.min) / control.step), most)
            return sorted({*(float(control.base ** (control.min + control.step * k)) for k in places), control.value})
        case _:
            places = _spread(round((control.max - control.min) / control.step), most)
            values = {control.min + control.step * k for k in places}
            return sorted({*map(_number, values), _number(control.value)})


def _options(control) -> list[tuple[str, object]]:
    """Pairs (name, value), in whichever form ipywidgets was given them."""
    options = control.options.items() if isinstance(control.options, dict) else control.options
    return [option if isinstance(option, tuple) else (str(option), option) for option in options]


def _spread(steps: int, most: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, steps, min(most, steps + 1))})


def _fewer(stops: Sequence) -> list:
    return [stops[k] for k in sorted({round(k) for k in np.linspace(0, len(stops) - 1, min(FEW, len(stops)))})]


def _number(value):
    return round(value, 10) if isinstance(value, float) else value


def _place(stops: Sequence, value) -> int:
    return list(stops).index(_number(value))


def _words(control: ValueWidget | _Knob, value) -> str:
    """A value as the control shows it."""
    if isinstance(control, ToggleButtons | SelectionSlider):
        return next(name for name, each in _options(control) if each == value)
    return f"{value:{control.readout_format}}" if isinstance(value, float) else str(value)


def _plain(mark: dict) -> dict:
    """A mark as JSON: numbers in base64, those of a heat map in 256 steps."""
    plain = dict(mark)
    if mark["kind"] == "heat":
        low, high = mark["limits"]
        values = np.frombuffer(mark["values"], np.float32)
        with np.errstate(invalid="ignore"):
            steps = np.nan_to_num(np.clip((values - low) / (high - low), 0, 1), nan=0.0)
        plain["values"] = np.round(255 * steps).astype(np.uint8).tobytes()
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in plain.items()
    }
