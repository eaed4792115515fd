"""Marks are plain data: what goes in comes out as float32, and nonsense is refused with a reason."""

import json

import numpy as np
import pytest

from nnkit.explore import marks
from nnkit.palette import CLASS_COLORS, CLASS_MARKERS


@pytest.mark.parametrize(
    "mark",
    [
        marks.points([[0, 1], [2, 3]]),
        marks.line([[0, 1], [2, 3]]),
        marks.area([[0, 1], [2, 3]], color="ink"),
        marks.arrow([0, 1], [2, 3]),
        marks.text([[0, 1], [2, 3]], ["a", "b"]),
    ],
    ids=lambda mark: mark["kind"],
)
def test_coordinates_survive(mark):
    np.testing.assert_array_equal(marks.numbers(mark), [[0, 1], [2, 3]])


def test_a_heat_map_keeps_rows_and_columns():
    values = np.arange(6).reshape(2, 3)
    mark = marks.heat(values, x=(0, 1), y=(0, 1), limits=(0, 5), colors=[("ink", 0), ("ink", 1)])
    np.testing.assert_array_equal(marks.numbers(mark), values)


def test_regions_keep_their_labels_and_none_is_beyond_the_last_color():
    mark = marks.regions([[0, 1, 2], [-1, 9, 0]], x=(0, 1), y=(0, 1))
    assert list(mark["classes"]) == [0, 1, 2, 255, 9, 0]
    assert mark["shape"] == [2, 3]
    assert mark["colors"] == list(CLASS_COLORS)
    with pytest.raises(ValueError, match="expected a grid of labels"):
        marks.regions([[10]], x=(0, 1), y=(0, 1))


def test_classes_differ_by_color_and_by_shape():
    mark = marks.points(np.zeros((10, 2)), classes=np.arange(10))
    assert mark["classes"] == bytes(range(10))
    assert mark["styles"] == [list(pair) for pair in zip(CLASS_COLORS, CLASS_MARKERS, strict=True)]
    assert len({shape for _, shape in mark["styles"]}) == 10


def test_several_arrows_are_pairs_of_ends():
    mark = marks.arrow([[0, 0], [1, 1]], [[2, 2], [3, 3]])
    np.testing.assert_array_equal(marks.numbers(mark), [[0, 0], [2, 2], [1, 1], [3, 3]])


def test_huge_numbers_become_infinite_without_a_warning():
    assert np.isinf(marks.numbers(marks.line([[0, 1e300], [1, 1]]))[0, 1])


def test_what_has_a_label_is_told_in_words_too():
    axis = marks.axis(0, 1)
    panel = marks.panel(
        marks.line([[0, 0], [1, 1]]),
        marks.points([[0, 0], [1, 1]], classes=[0, 1], label=("no", "yes")),
        marks.line([[0, 0], [1, 1]], dashed=True, label="truth"),
        marks.points(np.empty((0, 2)), marker="*", label="best"),
        title="t",
        alt="A picture.",
        x=axis,
        y=axis,
    )
    assert panel["alt"] == "A picture. Legend: no (square), yes (circle), truth (dashed line), best (star)."


def test_a_panel_without_its_buffers_is_json():
    axis = marks.axis(0, 1, "x")
    assert json.loads(json.dumps(marks.panel(title="t", alt="a", x=axis, y=axis)))["alt"] == "a"


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: marks.line([1, 2, 3]), r"shape \(n, 2\), got \(1, 3\)"),
        (lambda: marks.points([[0, 0]], classes=[0, 1]), r"shape \(1,\), got \(2,\)"),
        (lambda: marks.points([[0, 0]], drag=[]), "expected 1 names of points to drag, got 0"),
        (lambda: marks.text([[0, 0]], ["a", "b"]), "expected 1 texts, one per point, got 2"),
        (
            lambda: marks.knobs([[0, 0]], ["a"], names=["b"], values=[], low=0, high=1, step=0.1),
            "expected 1 words, names and values, one per point, got 1, 1 and 0",
        ),
        (
            lambda: marks.heat([1, 2], x=(0, 1), y=(0, 1), limits=(0, 1), colors=[]),
            r"shape \(rows, columns\)",
        ),
        (lambda: marks.axis(1, 1), "low < high, got 1 and 1"),
        (lambda: marks.axis(0, 1, log=True), "low > 0, got 0 and 1"),
        (lambda: marks.axis(0, float("nan")), "finite"),
    ],
)
def test_nonsense_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
