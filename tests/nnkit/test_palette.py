import matplotlib.style
from matplotlib.markers import MarkerStyle

from nnkit import palette


def test_the_colors_are_those_of_the_color_blind_style():
    style = matplotlib.style.library["tableau-colorblind10"]["axes.prop_cycle"].by_key()["color"]
    assert sorted(palette.CLASS_COLORS) == sorted(style)


def test_ten_classes_differ_by_color_and_by_marker():
    assert len(set(palette.CLASS_COLORS)) == len(set(palette.CLASS_MARKERS)) == 10
    assert set(palette.CLASS_MARKERS) <= set(MarkerStyle.markers)
    assert all(MarkerStyle(marker).is_filled() for marker in palette.CLASS_MARKERS)


def test_neighbors_differ_in_gray_print():
    """Relative luminance (WCAG 2) of the first two classes, the pair of most pictures: 2 : 1."""

    def luminance(color):
        channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = (luminance(color) + 0.05 for color in palette.CLASS_COLORS[:2])
    assert light / dark >= 2
