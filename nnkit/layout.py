"""How a computational graph is drawn: a place for each node, a path for each edge.

`plots.graph` and the explorer `backprop` put their numbers on the same picture.
"""

from typing import NamedTuple

import numpy as np

from nnkit.graph import Value, all_nodes, layers


class Edge(NamedTuple):
    """v is made from u. slope: ∂v/∂u.  path: (31, 2), from the place of u to that of v."""

    u: Value
    v: Value
    slope: float
    path: np.ndarray


def places(output: Value) -> dict[Value, np.ndarray]:
    """The place (2,) of each node: inputs on the left, `output` on the right, a column for each layer."""
    return {
        node: np.array([x, (len(column) - 1) / 2 - y])
        for x, column in enumerate(layers(output))
        for y, node in enumerate(column)
    }


def edges(output: Value) -> list[Edge]:
    """All edges; a node used twice by another, as in u · u, has two."""
    place = places(output)
    return [
        Edge(u, v, slope, _path(place[u], place[v], twins=v.parents.count(u), k=k))
        for v in all_nodes(output)
        for k, (u, slope) in enumerate(zip(v.parents, (v.du, v.dv), strict=False))  # dv is over if u is alone
    ]


def _path(start: np.ndarray, end: np.ndarray, *, twins: int, k: int) -> np.ndarray:
    """A parabola that bends out of the way of other columns and of a twin."""
    bend = 0.7 * (end[0] - start[0] > 1) + 0.35 * (twins - 1) * (1 - 2 * k)
    t = np.linspace(0, 1, 31)[:, np.newaxis]
    return start + t * (end - start) + 4 * t * (1 - t) * (0, bend)
