import base64
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.text import Annotation
from nbconvert import HTMLExporter

from nnkit import plots
from nnkit.graph import Value
from nnkit.palette import BLUE, CLASS_COLORS, CLASS_MARKERS, RUST

ROOT = Path(__file__).parents[2]
X, Y = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 2.0], [4.0, 2.0]]), np.array([0, 1, 1, 2])
ALT = 'Four points & a line: "left < right".'


@pytest.fixture
def ax():
    _, axes = plots.figure()
    plots.points(axes, X, Y)
    return axes


def images(html):
    """The attributes of every <img> in some HTML."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "img":
                found.append(dict(attrs))

    Reader().feed(html)
    return found


def corners(P):
    """Class 0 at the lower left, 2 at the upper right, 1 between."""
    return 1 * (P[:, 0] > 2) + 1 * (P[:, 1] > 1)


def picture(ax):
    """The finished picture, (height, width, 3), with numbers from 0 to 1."""
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def color_at(ax, x, y):
    """The color of the pixel at a point of the plane."""
    pixels = picture(ax)
    column, height = ax.transData.transform((x, y))
    return pixels[len(pixels) - 1 - int(height), int(column)]


def number_of_colors(ax):
    """An empty sheet has one."""
    return len(np.unique(picture(ax).reshape(-1, 3), axis=0))


class TestFigure:
    def test_one_panel_or_several(self):
        fig, ax = plots.figure()
        assert fig.axes == [ax]
        assert fig.get_size_inches().tolist() == [4.8, 3.6]
        fig, axes = plots.figure(3, 2, size=(2, 1), sharey=True)
        assert axes.shape == (2, 3)
        assert fig.get_size_inches().tolist() == [6, 2]

    def test_settings_of_the_reader_stay_as_they_are(self):
        settings = set(matplotlib.rcParams) - {"backend"}  # whose lookup chooses one
        before = {name: matplotlib.rcParams[name] for name in settings}
        plots.figure()
        assert {name: matplotlib.rcParams[name] for name in settings} == before

    def test_a_figure_has_no_backend_window(self):
        fig, _ = plots.figure()
        assert fig.canvas.manager is None


class TestPoints:
    def test_each_class_has_its_color_marker_and_name(self, ax):
        assert len(ax.collections) == 3
        for k, dots in enumerate(ax.collections):
            assert dots.get_offsets().tolist() == X[k == Y].tolist()
            assert tuple(dots.get_facecolor()[0]) == to_rgba(CLASS_COLORS[k])
            assert dots.get_label() == f"class {k}"
        shapes = {dots.get_paths()[0].vertices.tobytes() for dots in ax.collections}
        assert len(shapes) == 3

    def test_a_class_keeps_its_color_where_another_is_missing(self):
        _, ax = plots.figure()
        plots.points(ax, X, np.full(4, 2), names=("no", "perhaps", "yes"))
        (dots,) = ax.collections
        assert tuple(dots.get_facecolor()[0]) == to_rgba(CLASS_COLORS[2])
        assert dots.get_label() == "yes"
        assert CLASS_MARKERS[2] == "^"


class TestBoundary:
    @pytest.mark.parametrize(("w", "b"), [((1.0, 1.0), -2.0), ((0.0, 3.0), -3.0), ((2.0, 0.0), -4.0), ((1.0, -2.0), 0)])
    def test_the_line_is_where_the_score_is_zero(self, ax, w, b):
        limits = ax.axis()
        plots.boundary(ax, w, b, label="w·x + b = 0")
        (line,) = ax.lines
        for point in (line.get_xy1(), line.get_xy2()):
            assert np.dot(w, point) + b == pytest.approx(0, abs=1e-12)
        assert not np.allclose(line.get_xy1(), line.get_xy2())
        assert line.get_label() == "w·x + b = 0"
        assert ax.axis() == limits

    def test_a_line_far_away_leaves_the_points_in_view(self, ax):
        limits = ax.axis()
        plots.boundary(ax, [1e-6, 1e-6], 1.0, linestyle="--", color="gray")
        assert ax.axis() == limits
        assert (ax.lines[0].get_linestyle(), ax.lines[0].get_color()) == ("--", "gray")


class TestRegions:
    def test_every_place_has_the_color_of_its_class(self, ax):
        limits = ax.axis()
        plots.regions(ax, corners)
        assert ax.axis() == limits
        for (x, y), k in {(1, 0.5): 0, (3, 0.5): 1, (1, 1.5): 1, (3, 1.5): 2}.items():
            # Pale: 35 parts of the color, 65 of white; a picture rounds to steps of 1/255.
            expected = 0.35 * np.array(to_rgb(CLASS_COLORS[k])) + 0.65
            np.testing.assert_allclose(color_at(ax, x, y), expected, atol=1 / 255)

    def test_lines_part_the_regions(self, ax):
        before = len(ax.collections)
        plots.regions(ax, corners)
        borders = ax.collections[before:]
        assert len(borders) == 2
        vertices = np.concatenate([path.vertices for border in borders for path in border.get_paths()])
        assert np.all((np.abs(vertices[:, 0] - 2) < 0.05) | (np.abs(vertices[:, 1] - 1) < 0.05))

    def test_one_class_everywhere(self, ax):
        plots.regions(ax, lambda P: np.ones(len(P), dtype=int))
        assert number_of_colors(ax) > 10


class TestProbabilities:
    def test_shades_run_from_class_0_to_class_1(self, ax):
        limits = left, right, bottom, top = ax.axis()
        plots.probabilities(ax, lambda P: (P[:, 1] - bottom) / (top - bottom))
        assert ax.axis() == limits
        for share, color in {0.01: CLASS_COLORS[0], 0.51: "white", 0.99: CLASS_COLORS[1]}.items():
            expected = 0.6 * np.array(to_rgb(color)) + 0.4
            shade = color_at(ax, left + 0.3 * (right - left), bottom + share * (top - bottom))
            np.testing.assert_allclose(shade, expected, atol=0.03)
        assert {text.get_text() for text in ax.texts} == {"0.10", "0.25", "0.50", "0.75", "0.90"}

    def test_the_same_probability_everywhere(self, ax):
        plots.probabilities(ax, lambda P: np.full(len(P), 0.5))
        assert not ax.texts
        assert number_of_colors(ax) > 10


class TestCurve:
    def test_values_over_steps(self):
        _, ax = plots.figure()
        plots.curve(ax, [3, 1, 0], label="mistakes", ylabel="mistakes", start=1)
        (line,) = ax.lines
        assert line.get_xydata().tolist() == [[1, 3], [2, 1], [3, 0]]
        assert (ax.get_xlabel(), ax.get_ylabel(), line.get_label()) == ("epoch", "mistakes", "mistakes")

    def test_curves_differ_by_color_and_line_style(self):
        _, ax = plots.figure()
        for _ in range(4):
            plots.curve(ax, [1.0, 2.0])
        assert len({line.get_color() for line in ax.lines}) == 4
        assert len({line.get_linestyle() for line in ax.lines}) == 4


class TestContoursAndPath:
    def test_contours_lie_on_heights_of_the_loss(self):
        _, ax = plots.figure()
        plots.contours(ax, lambda t: t[0] ** 2 + 4 * t[1] ** 2, xlim=(-2, 2), ylim=(-1, 1))
        (lines,) = ax.collections
        for level, path in zip(lines.levels, lines.get_paths(), strict=True):
            heights = path.vertices[:, 0] ** 2 + 4 * path.vertices[:, 1] ** 2
            np.testing.assert_allclose(heights, level, atol=0.01)
        assert ax.axis() == (-2, 2, -1, 1)

    def test_a_path_shows_its_steps_start_and_end(self):
        _, ax = plots.figure()
        plots.contours(ax, lambda t: t @ t, xlim=(-2, 2), ylim=(-1, 1))
        steps = np.array([[1.0, 1.0], [50.0, 0.0], [0.0, 0.5]])
        plots.path(ax, steps, label="η = 0.1")
        plots.path(ax, -steps)
        one, start, end, other, _, _ = ax.lines
        assert one.get_xydata().tolist() == steps.tolist()
        assert (start.get_xydata().tolist(), start.get_marker()) == ([[1, 1]], "s")
        assert (end.get_xydata().tolist(), end.get_marker()) == ([[0, 0.5]], "*")
        assert one.get_color() != other.get_color()
        assert one.get_linestyle() != other.get_linestyle()
        assert [text.get_text() for text in ax.legend().get_texts()] == ["η = 0.1"]
        assert ax.axis() == (-2, 2, -1, 1)


class TestConfusion:
    def test_counts_by_row_and_column(self):
        _, ax = plots.figure()
        plots.confusion(ax, [0, 0, 0, 1, 2, 2], [0, 0, 1, 1, 2, 0], names=["a", "b", "c"])
        texts = {text.get_position(): text.get_text() for text in ax.texts}
        assert [[texts[column, row] for column in range(3)] for row in range(3)] == [
            ["2", "1", "0"],
            ["0", "1", "0"],
            ["1", "0", "1"],
        ]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
        assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
        (image,) = ax.images
        np.testing.assert_allclose(np.asarray(image.get_array()).sum(axis=1), 1)  # shares of each true class

    def test_a_class_that_never_came(self):
        _, ax = plots.figure()
        plots.confusion(ax, [0, 2], [0, 2])
        assert len(ax.texts) == 9
        assert number_of_colors(ax) > 2


class TestCodeBook:
    def test_signs_stand_in_the_cells(self):
        _, ax = plots.figure()
        plots.code_book(ax, [[1, 0], [-1, 1], [0, -1]], names=["x", "y", "z"])
        texts = {text.get_position(): text.get_text() for text in ax.texts}
        assert [[texts[column, row] for column in range(2)] for row in range(3)] == [["+", ""], ["−", "+"], ["", "−"]]
        assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"]

    def test_both_signs_and_what_is_left_out_have_a_color_each(self):
        _, ax = plots.figure()
        plots.code_book(ax, [[1, 0, -1]])
        assert len(set(ax.images[0].get_array().ravel())) == 3


class TestGraph:
    def test_nodes_and_edges(self):
        x, w = Value(2.0, "x"), Value(-1.0, "w")
        u = w * x
        loss = (u * u + u).tanh()
        loss.backward()
        _, ax = plots.figure()
        plots.graph(ax, loss)
        nodes = [text.get_text() for text in ax.texts if not isinstance(text, Annotation)]
        assert sorted(nodes) == sorted(["x", "w", "×", "×", "+", "tanh"])
        notes = [text for text in ax.texts if isinstance(text, Annotation)]
        values = [note.get_text() for note in notes if note.get_color() == BLUE]
        shares = [note.get_text() for note in notes if note.get_color() == RUST]
        assert sorted(values) == sorted(["-1", "2", "-2", "-2", "-2", "4", "2", "0.964"])
        assert len(ax.lines) == len(ax.patches) == len(shares) == 8
        # The last edge leads out, with the result; back over it comes ∂L/∂L.
        assert "∂ 1" in shares
        # u feeds three edges (two of u · u, one past it); their shares add up to its gradient.
        from_u = [float(share[2:]) for share, value in zip(shares, values, strict=True) if value == "-2"]
        assert sum(from_u) == pytest.approx(u.grad, rel=1e-2)
        # No two lines lie on each other.
        assert len({line.get_xydata().tobytes() for line in ax.lines}) == 8
        assert number_of_colors(ax) > 3

    def test_a_single_number(self):
        _, ax = plots.figure()
        plots.graph(ax, Value(2.5))
        assert [text.get_text() for text in ax.texts] == ["2.5"]


class TestShow:
    def test_the_notebook_gets_an_image_with_its_alt_text(self, ax, monkeypatch):
        shown = []
        monkeypatch.setattr("IPython.display.display", lambda data, **how: shown.append((data, how)))
        plots.show(ax.figure, alt=ALT)
        ((data, how),) = shown
        assert how == {"raw": True}
        assert data["text/plain"] == ALT
        (image,) = images(data["text/html"])
        assert image["alt"] == ALT
        kind, png = image["src"].split(",")
        assert kind == "data:image/png;base64"
        png = base64.b64decode(png, validate=True)
        assert png.startswith(b"\x89PNG")
        # 4.8 × 3.6 inches at 110 dots per inch, as the PNG header says.
        assert [int.from_bytes(png[i : i + 4], "big") for i in (16, 20)] == [528, 396]
        assert len(png) < 60_000

    def test_a_dark_theme_turns_the_white_paper_dark(self, ax, monkeypatch):
        shown = []
        monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data["text/html"]))
        plots.show(ax.figure, alt=ALT)
        (image,) = images(shown[0])
        assert f'[data-jp-theme-light="false"] .{image["class"]} {{ filter: invert' in shown[0]

    def test_alt_text_survives_the_export_to_html(self, ax, monkeypatch):
        shown = []
        monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
        plots.show(ax.figure, alt=ALT)
        output = nbformat.v4.new_output("display_data", data=shown[0])
        cell = nbformat.v4.new_code_cell("plots.show(fig)", outputs=[output], execution_count=1)
        page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
        assert [image["alt"] for image in images(page)] == [ALT]

    def test_a_pyplot_figure_is_closed(self):
        """In a process of its own, since a backend is a setting of the whole process."""
        code = """
import matplotlib; matplotlib.use("agg")
from matplotlib import pyplot
from nnkit import plots
fig, ax = pyplot.subplots()
plots.show(fig, alt="An empty pair of axes.")
assert pyplot.get_fignums() == []
"""
        run = [sys.executable, "-W", "error", "-c", code]
        done = subprocess.run(run, cwd=ROOT, env=os.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("alt", ["", "  ", "figure", None, 3])
    def test_alt_text_is_required(self, ax, alt):
        message = f"expected alt to be a sentence that says what the picture shows, got {alt!r}"
        with pytest.raises(ValueError, match="expected") as caught:
            plots.show(ax.figure, alt=alt)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda ax: plots.points(ax, X[:, :1], Y),
            "expected points of the plane with shape (n, 2), got (4, 1)",
        ),
        (
            lambda ax: plots.points(ax, X, [-1, 1, 1, 1]),
            "expected y with shape (4,) and labels 0 … 9, got shape (4,) and labels [-1  1]",
        ),
        (
            lambda ax: plots.points(ax, X, Y[:2]),
            "expected y with shape (4,) and labels 0 … 9, got shape (2,) and labels [0 1]",
        ),
        (
            lambda ax: plots.boundary(ax, [1, 2, 3]),
            "expected w with shape (2,), not all zero, got [1. 2. 3.]",
        ),
        (lambda ax: plots.boundary(ax, [0, 0]), "expected w with shape (2,), not all zero, got [0. 0.]"),
        (
            lambda ax: plots.regions(ax, lambda P: P),
            "expected predict to return shape (40000,), one per point, got (40000, 2)",
        ),
        (
            lambda ax: plots.regions(ax, lambda P: np.where(P[:, 0] > 2, 1, -1)),
            "expected predict to return labels 0 … 9, got [-1  1]",
        ),
        (
            lambda ax: plots.probabilities(ax, lambda P: P[:, 0]),
            "expected probabilities between 0 and 1, got -0.2 … 4.2",
        ),
        (lambda ax: plots.curve(ax, [[1.0, 2.0]]), "expected values with shape (k,), got (1, 2)"),
        (
            lambda ax: plots.contours(ax, lambda t: np.log(t[0] + 2), xlim=(-2, 2), ylim=(-1, 1)),
            "expected loss to return one finite number for every point of the map",
        ),
        (
            lambda ax: plots.confusion(ax, [0, 1], [0.5, 1.0]),
            "expected two equally long vectors of integer labels, got int64 (2,) and float64 (2,)",
        ),
        (
            lambda ax: plots.code_book(ax, [[2, 1]]),
            "expected a code book (C, K) of −1, 0 and +1, got shape (1, 2)",
        ),
        (
            lambda ax: plots.path(ax, [1.0, 2.0]),
            "expected points of the plane with shape (n, 2), got (2,)",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_errors_name_what_was_received(ax, call, message):
    with pytest.raises(ValueError, match="expected") as caught:
        call(ax)
    assert str(caught.value) == message
