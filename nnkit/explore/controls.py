"""The controls of all explorers, with one look, and what happens when they are moved.

`act` below is always a function to call: `buttons` and `watch` hand it what was given beside it, then what was chosen.
"""

from collections.abc import Callable, Iterable, Sequence

from ipywidgets import (
    Button,
    FloatLogSlider,
    FloatSlider,
    HBox,
    IntSlider,
    Layout,
    SelectionSlider,
    ToggleButton,
    ToggleButtons,
    ValueWidget,
)

from nnkit.explore.player import Player

_AUTO = {"width": "auto"}


def slider(name: str, value: float, low: float, high: float, step: float, *, width: int = 400) -> FloatSlider:
    return FloatSlider(value=value, min=low, max=high, step=step, **_look(name, width))


def whole_slider(name: str, value: int, low: int, high: int, step: int = 1, *, width: int = 400) -> IntSlider:
    return IntSlider(value=value, min=low, max=high, step=step, **_look(name, width))


def log_slider(
    name: str, value: float, low: float, high: float, step: float, *, digits: int = 3, width: int = 400
) -> FloatLogSlider:
    """low, high, step: exponents of ten."""
    more = {"readout_format": f".{digits}g", **_look(name, width)}
    return FloatLogSlider(value=value, min=low, max=high, step=step, **more)


def list_slider(name: str, value, options: Sequence, *, width: int = 400) -> SelectionSlider:
    """Stops at the options only."""
    return SelectionSlider(options=options, value=value, **_look(name, width))


WHOLE_RUN = 8_000  # milliseconds, about: what it takes to play a slider from one end to the other


def played(slider: IntSlider) -> HBox:
    """The slider, and before it a button that moves it along: from where it is, from the start if that is the end."""
    turns = max(1, (slider.max - slider.min) // slider.step)

    def advance() -> bool:
        slider.value = min(slider.value + slider.step, slider.max)
        return slider.value < slider.max

    def start() -> None:
        if slider.value >= slider.max:
            slider.value = slider.min

    pause = min(600, max(60, WHOLE_RUN // turns))
    return HBox([Player(slider.description, advance, start=start, pause=pause), slider])


def choice(options: Iterable, value=None, *, width: str = "auto") -> ToggleButtons:
    """One of several, the first if there is no `value`.  options: names or pairs (name, value).  width: of each."""
    options = list(options)
    more = {} if value is None else {"value": value}
    return ToggleButtons(options=options, style={"button_width": width}, layout=Layout(**_AUTO), **more)


def switch(name: str) -> ToggleButton:
    """On at first."""
    return ToggleButton(value=True, description=name, layout=Layout(**_AUTO))


def button(name: str, act: Callable, *args) -> Button:
    """Calls act(*args) when it is pressed."""
    made = Button(description=name, layout=Layout(**_AUTO))
    made.on_click(lambda _: act(*args))
    return made


def buttons(names: Iterable[str], act: Callable, *args) -> list[Button]:
    """One for each name: calls act(*args, name)."""
    return [button(name, act, *args, name) for name in names]


def watch(control: ValueWidget, act: Callable, *args) -> None:
    """Call act(*args, value) when the control has a new value."""
    control.observe(lambda change: act(*args, change.new), "value")


def watch_all(controls: Sequence[ValueWidget], draw: Callable[[], None]) -> Callable:
    """Call draw() when one of the controls has a new value.

    Returns a function that gives all of them values and draws once, also where none is new.
    """
    quiet = False

    def changed(_) -> None:
        if not quiet:
            draw()

    def put(*values) -> None:
        nonlocal quiet
        quiet = True
        for control, value in zip(controls, values, strict=True):
            control.value = value
        quiet = False
        draw()

    for control in controls:
        control.observe(changed, "value")
    return put


def _look(name: str, width: int) -> dict:
    return {"description": name, "layout": Layout(width=f"{width}px"), "style": {"description_width": "initial"}}
