"""The benchmark of explorers finds its contenders itself."""

from benchmarks.explorers import CONTENDERS, explorers
from nnkit.explore import gallery


def test_every_explorer_with_a_slider_takes_part():
    cells = [cell for _, cell, _, _ in explorers().values()]
    measured = {name for name in gallery.PICTURES if any(f"example({name!r})" in cell for cell in cells)}
    assert measured == set(gallery.PICTURES) - {"perceptron"}
    assert not set(explorers()) & set(CONTENDERS)
