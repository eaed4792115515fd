"""How long from a slider key to a changed picture? Drawing technologies side by side, in a real JupyterLab.

    pip install -r benchmarks/requirements.txt
    python benchmarks/explorers.py

Contenders show the same picture, the loss curve of the learning-rate explorer, 61 points on a logarithmic axis; the
explorers of the course show their own. The clock starts when the browser receives an arrow key,
right and left by turns, on the first slider, and stops when the drawing of different pixels is finished. Contenders
take turns, so that all meet the same noise; of the others, those that are installed.
"""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from nnkit.explore import gallery
from tests.browser.jupyter_browser import CHROMIUM_ARGS, JupyterLab, chromium, code_notebook

COMMON = """
import numpy as np
from ipywidgets import FloatLogSlider, VBox, interact
from IPython.display import display
from nnkit.explore._learning_rate import LearningRateModel
model = LearningRateModel()
steps = np.arange(61)
rate = FloatLogSlider(value=0.02, min=-2, max=1.5, step=0.05)
def losses(value):
    model.run(value)
    return model.losses
"""

# The technologies. name: (packages, cell, draggable points, keyboard)
CONTENDERS = {
    "nnkit canvas, panels: 1": (
        ["anywidget"],
        """
from nnkit.explore import marks
from nnkit.explore.canvas import Canvas
canvas = Canvas()
def draw(change=None):
    curve = marks.line(np.column_stack([steps, losses(rate.value)]))
    x, y = marks.axis(0, 60, "step"), marks.axis(0.2, 50, "loss", log=True)
    canvas.show([marks.panel(curve, title="Loss", alt="loss curve", x=x, y=y)], "")
draw()
rate.observe(draw, "value")
display(VBox([rate, canvas]))
""",
        "mouse and keyboard",
        "yes",
    ),
    "bqplot": (
        ["bqplot"],
        """
import bqplot
scales = {"x": bqplot.LinearScale(), "y": bqplot.LogScale(min=0.2, max=50)}
line = bqplot.Lines(x=steps, y=losses(rate.value), scales=scales)
axes = [bqplot.Axis(scale=scales["x"]), bqplot.Axis(scale=scales["y"], orientation="vertical")]
def draw(change):
    line.y = losses(change.new)
rate.observe(draw, "value")
display(VBox([rate, bqplot.Figure(marks=[line], axes=axes)]))
""",
        "mouse",
        "no",
    ),
    "plotly FigureWidget": (
        ["plotly"],
        """
import plotly.graph_objects as go
figure = go.FigureWidget(go.Scatter(x=steps, y=losses(rate.value)))
figure.update_yaxes(type="log", range=[-0.7, 1.7])
def draw(change):
    figure.data[0].y = losses(change.new)
rate.observe(draw, "value")
display(VBox([rate, figure]))
""",
        "no",
        "no",
    ),
    "ipympl": (
        ["ipympl", "matplotlib"],
        """
%matplotlib widget
import matplotlib.pyplot as plt
with plt.ioff():
    figure, ax = plt.subplots(figsize=(4, 3.2))
(line,) = ax.semilogy(steps, losses(rate.value))
ax.set_ylim(0.2, 50)
def draw(change):
    line.set_ydata(losses(change.new))
    figure.canvas.draw_idle()
rate.observe(draw, "value")
display(VBox([rate, figure.canvas]))
""",
        "with code of one's own",
        "no",
    ),
    "matplotlib PNG by interact": (
        ["matplotlib", "matplotlib-inline"],
        """
%matplotlib inline
import matplotlib.pyplot as plt
def draw(value):
    figure, ax = plt.subplots(figsize=(4, 3.2))
    ax.semilogy(steps, losses(value))
    ax.set_ylim(0.2, 50)
    plt.show()
interact(draw, value=rate);
""",
        "no",
        "no",
    ),
}


def explorers() -> dict[str, tuple[list[str], str, str, str]]:
    """A contender for each explorer with a slider, or knobs in its picture, found in nnkit, with its own example."""
    found = {}
    for name in gallery.PICTURES:
        widget = gallery.example(name)
        controls = [control for row in widget.children for control in getattr(row, "children", ())]
        knobs = [mark for panel in widget.canvas.panels for mark in panel["marks"] if mark["kind"] == "knobs"]
        if knobs or any("Slider" in type(control).__name__ for control in controls):
            cell = f"from nnkit.explore import gallery\ngallery.example({name!r})"
            label = f"nnkit `{name}`, panels: {len(widget.canvas.panels)}"
            found[label] = (["anywidget"], cell, "mouse and keyboard", "yes")
    return found


# Runs in the page. `took` becomes the milliseconds between the key and the end of the drawing that changed the
# picture: the d attributes of SVG paths, the addresses of loaded images, the pixels of canvases.
WATCH = """() => {
    const area = () => [...document.querySelectorAll('.jp-OutputArea')].at(-1);
    const look = () => [...area().querySelectorAll('canvas')].map((c) => c.toDataURL()).join()
        + [...area().querySelectorAll('svg path')].map((p) => p.getAttribute('d')).join()
        + [...area().querySelectorAll('img')].filter((i) => i.complete).map((i) => i.src).join();
    let waiting = null, pending = false;
    const check = (now) => {
        pending = false;
        if (waiting && waiting.start && look() !== waiting.before) {
            window.took = now - waiting.start;
            waiting = null;
        }
    };
    // A microtask runs when the drawing code is done, so that several strokes count as one drawing.
    const soon = () => {
        if (waiting && !pending) { pending = true; queueMicrotask(() => check(performance.now())); }
    };
    for (const name of ['stroke', 'fill', 'drawImage', 'putImageData', 'fillRect']) {
        const original = CanvasRenderingContext2D.prototype[name];
        CanvasRenderingContext2D.prototype[name] = function (...args) {
            const result = original.apply(this, args);
            if (this.canvas.isConnected) soon();
            return result;
        };
    }
    const watched = { subtree: true, childList: true, attributeFilter: ['d', 'src'] };
    new MutationObserver(soon).observe(area(), watched);
    document.addEventListener('load', soon, true);
    window.addEventListener('keydown', (event) => { if (waiting) waiting.start = event.timeStamp; }, true);
    window.arm = () => { window.took = null; waiting = { before: look(), start: 0 }; };
}"""

PICTURES_WITH_ALT = """() => [...document.querySelectorAll('.jp-OutputArea :is(canvas, svg, img)')]
    .some((picture) => picture.getAttribute('alt') || picture.getAttribute('aria-label'))"""


def measure(notebook, presses: int) -> list[float]:
    """Milliseconds from key to picture, for so many presses of an arrow key."""
    page = notebook.page
    page.bring_to_front()
    page.get_by_role("slider").first.focus()
    times = []
    for key in ["ArrowRight", "ArrowLeft"] * (presses // 2):  # back and forth, so that no scale ends under way
        page.evaluate("() => arm()")
        page.keyboard.press(key)
        page.wait_for_function("() => window.took !== null", timeout=10_000)
        times.append(page.evaluate("() => window.took"))
        page.wait_for_timeout(120)  # the next key meets a kernel at rest
    return times


@dataclass
class Turn:
    """What was seen of a contender that had the browser for itself."""

    times: list[float]
    alt: bool
    offline: bool


def take_turn(lab: JupyterLab, context, cell: str, presses: int) -> Turn:
    """Open the contender, measure it and close it: a dozen open pages would each take a little of the machine."""
    notebook = lab.open(context.new_page(), code_notebook([COMMON, cell]))
    notebook.run_all()
    notebook.page.locator(".jp-OutputArea").locator("canvas, svg path, img").first.wait_for(state="attached")
    notebook.page.wait_for_timeout(1500)
    notebook.page.evaluate(WATCH)
    measure(notebook, 4)  # first drawings are slower
    times = measure(notebook, presses)
    alt = notebook.page.evaluate(PICTURES_WITH_ALT)
    offline = not any(problem.startswith("request") for problem in notebook.problems)
    notebook.close()
    notebook.page.close()
    return Turn(times, alt, offline)


def _is_there(package: str) -> bool:
    return find_spec(package.replace("-", "_")) is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2, help="turns of each contender")
    parser.add_argument("--presses", type=int, default=24, help="keys in a turn, an even number")
    options = parser.parse_args()
    installed = {name: row for name, row in CONTENDERS.items() if all(map(_is_there, row[0]))}
    contenders = explorers() | installed

    with tempfile.TemporaryDirectory() as folder, JupyterLab(Path(folder) / "lab") as lab, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        turns: dict[str, list[Turn]] = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, (_, cell, _, _) in contenders.items():
                turns[name].append(take_turn(lab, context, cell, options.presses))
        found = f"JupyterLab {version('jupyterlab')}, ipywidgets {version('ipywidgets')}, Chromium {browser.version}"
        keys = f"{options.rounds * options.presses} keys each, milliseconds"
        print(f"{found}; {keys}; load {os.getloadavg()[0]:.1f} at the end.\n")
        print("| technology | median | 90th percentile | draggable points | keyboard on points | alt text | offline |")
        print("|---|---|---|---|---|---|---|")
        for name, (packages, _, drag, keyboard) in contenders.items():
            versions = ", ".join(f"{package} {version(package)}" for package in packages)
            times = [each for turn in turns[name] for each in turn.times]
            row = [
                f"{name} ({versions})",
                f"{statistics.median(times):.0f}",
                f"{statistics.quantiles(times, n=10)[-1]:.0f}",
                drag,
                keyboard,
                "yes" if all(turn.alt for turn in turns[name]) else "no",
                "yes" if all(turn.offline for turn in turns[name]) else "no",
            ]
            print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
