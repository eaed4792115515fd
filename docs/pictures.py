"""Makes the pictures of README.md: `make pictures`. They are photographs of the real thing, in a real browser.

A picture is out of date when what it shows has changed; `docs/images/sources.json` remembers of which texts each was
made, and a test compares.
"""

import hashlib
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from autograder.build.author import released_notebook
from autograder.build.source import select_chapters
from nnkit import explore
from nnkit.explore import bake, gallery
from tests.browser.jupyter_browser import CHROMIUM_ARGS, JupyterLab, chromium, code_notebook

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
SOURCES = IMAGES / "sources.json"
CHAPTER = "03"
WRONG = "def sigmoid(z):\n    return 1 / (1 + np.exp(z))"
RIGHT = "def sigmoid(z):\n    e = np.exp(-np.abs(z))\n    return np.where(z >= 0, 1, e) / (1 + e)"
Frame = tuple[bytes, int]
"""A PNG, and for how many milliseconds it is shown."""


def lesson() -> Iterator[Frame]:
    """The learning rate is dragged up, and three pictures follow."""
    with tempfile.TemporaryDirectory() as folder, _browser() as page:
        page.set_viewport_size({"width": 1000, "height": 520})
        path = Path(folder) / "page.html"
        path.write_text(bake.page(explore.learning_rate), "utf-8")
        page.goto(path.as_uri())
        page.locator("canvas").first.wait_for()
        slider = page.get_by_role("slider").first
        slider.focus()
        page.keyboard.press("Home")
        for _ in range(int(slider.get_attribute("max") or 0) + 1):
            page.wait_for_timeout(50)
            yield page.screenshot(), 700
            page.keyboard.press("ArrowRight")


def mistake() -> Iterator[Frame]:
    """An answer with a slip, what the check says, and the answer mended."""
    (chapter,) = select_chapters(ROOT / "solutions", (CHAPTER,))
    cells = {cell.id: cell for cell in released_notebook(chapter).cells}
    given = next(cell.source for name, cell in cells.items() if name.startswith("given_"))
    with tempfile.TemporaryDirectory() as folder, JupyterLab(Path(folder)) as lab, _browser() as page:
        page.set_viewport_size({"width": 1000, "height": 700})
        notebook = code_notebook([given, WRONG, cells["check_sigmoid"].source])
        notebook.cells[-1].metadata["jupyter"] = {"source_hidden": True}
        shown = lab.open(page, notebook)
        for answer in (WRONG, RIGHT):
            page.evaluate(
                "(text) => window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(text)",
                answer,
            )
            shown.run_each()
            area = shown.cell(1).bounding_box()
            assert area
            yield page.screenshot(clip={"x": area["x"], "y": area["y"], "width": area["width"], "height": 230}), 3_000


def feedback() -> Iterator[Frame]:
    """The page that a student of the sample class gets back."""
    with tempfile.TemporaryDirectory() as folder, _browser() as page:
        course = Path(folder)
        (course / "nbgrader_config.py").write_bytes((ROOT / "nbgrader_config.py").read_bytes())
        (course / "solutions").symlink_to(ROOT / "solutions")
        (name,) = (chapter.name for chapter in select_chapters(ROOT / "solutions", (CHAPTER,)))
        for command in (["sample"], ["grade", "--student", "jun"], ["feedback"]):
            words = [sys.executable, "-m", "autograder", *command, name, "--course", str(course)]
            subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        (path,) = (course / "class" / "feedback" / "jun").rglob("*.html")
        page.set_viewport_size({"width": 1000, "height": 760})
        page.goto(path.as_uri())
        yield page.screenshot(), 0


CARDS = {
    "00_welcome": ("learning_rate", 1),
    "01_perceptron": ("perceptron", 0),
    "02_adaline_delta_rule": ("lms_bowl", 0),
    "03_logistic_regression": ("learning_rate", 2),
    "04_softmax_regression": ("softmax_regions", 0),
    "05_binary_to_multiclass": ("reductions", 0),
    "06_mlp_forward": ("activations", 0),
    "07_backprop_graph": ("backprop", 0),
    "08_backprop_matrices": ("deltas", 0),
    "09_initialization": ("initialization", 0),
    "10_sgd": ("batch_paths", 0),
    "11_learning_rates_and_optimizers": ("optimizer_race", 0),
    "12_regularization": ("overfitting", 0),
    "13_mnist_capstone": ("draw_digit", 0),
}
"""Chapter → the explorer, and which of its panels, that is on its card of the start page (nnkit/start.py)."""


def card(name: str, panel: int) -> Iterator[Frame]:
    """A panel of an explorer at rest."""
    with tempfile.TemporaryDirectory() as folder, _browser() as page:
        path = Path(folder) / "page.html"
        path.write_text(bake.page(partial(gallery.example, name), budget=1), "utf-8")
        page.goto(path.as_uri())
        page.locator("canvas").nth(panel).wait_for()
        page.wait_for_timeout(200)
        yield page.locator("canvas").nth(panel).screenshot(), 0


def card_words() -> dict[str, str]:
    """What the pictures on the cards show."""
    return {chapter: gallery.example(name).canvas.panels[panel]["alt"] for chapter, (name, panel) in CARDS.items()}


PICTURES: dict[str, tuple[Callable[[], Iterator[Frame]], tuple[str, ...]]] = {
    "lesson.webp": (lesson, ("nnkit/explore/_learning_rate.py", "nnkit/explore/*.js", "nnkit/explore/*.css")),
    "mistake.webp": (mistake, ("nnkit/notebook/*.py", "nnkit/testing.py")),
    "feedback.webp": (feedback, ("autograder/out/feedback/*", "autograder/out/*.css")),
} | {
    f"chapters/{chapter}.webp": (
        partial(card, name, panel),
        (f"nnkit/explore/_{name}.py", "nnkit/explore/*.js", "nnkit/explore/*.css"),
    )
    for chapter, (name, panel) in CARDS.items()
}
"""File → who takes it, and the files that decide what it shows."""


def digest(patterns: tuple[str, ...]) -> str:
    paths = sorted(path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def main(names: list[str]) -> None:
    known = json.loads(SOURCES.read_text("utf-8")) if SOURCES.exists() else {}
    for name, (take, patterns) in PICTURES.items():
        if names and name not in names:
            continue
        frames = [(Image.open(io.BytesIO(png)).convert("RGB"), duration) for png, duration in take()]
        (first, _), *others = frames
        moving = {"save_all": True, "append_images": [image for image, _ in others], "loop": 0} if others else {}
        moving |= {"duration": [duration for _, duration in frames]} if others else {}
        first.save(IMAGES / name, quality=80, method=6, **moving)
        known[name] = digest(patterns)
        print(f"{name}: {(IMAGES / name).stat().st_size // 1000} kB")
    if not names or any(name.startswith("chapters/") for name in names):
        words = json.dumps(card_words(), indent=1, ensure_ascii=False)
        (IMAGES / "chapters" / "words.json").write_text(words + "\n", "utf-8")
    SOURCES.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


@contextmanager
def _browser() -> Iterator[Page]:
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)
        yield browser.new_page(device_scale_factor=1.5)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
