"""Where the nodes and edges of a computational graph are drawn."""

import numpy as np

from nnkit.graph import Value
from nnkit.layout import edges, places


def test_inputs_stand_left_of_what_is_made_from_them():
    x = Value(2.0)
    loss = x**2 * (3 * x + 1)
    place = places(loss)
    for u, v, slope, path in edges(loss):
        assert place[u][0] < place[v][0]
        np.testing.assert_allclose(path[[0, -1]], [place[u], place[v]])
        assert slope == dict(zip(v.parents, (v.du, v.dv), strict=False))[u]


def test_no_two_nodes_share_a_place():
    x, y = Value(2.0), Value(-1.0)
    place = places((x * y + x).tanh() * y)
    assert len({tuple(xy) for xy in place.values()}) == len(place)


def test_twin_edges_bend_apart_and_a_long_edge_out_of_the_way():
    u = Value(3.0)
    first, second = edges(u * u)
    assert (first.u, first.slope) == (second.u, second.slope) == (u, 3.0)
    assert first.path[15, 1] > second.path[15, 1]
    inner = u.tanh()
    straight = {edge.v: np.ptp(edge.path[:, 1]) for edge in edges(inner.exp() + inner) if edge.u is inner}
    assert sorted(bend > 0.5 for bend in straight.values()) == [False, True]


def test_a_single_node_has_no_edge():
    lonely = Value(1.0)
    assert edges(lonely) == []
    np.testing.assert_array_equal(places(lonely)[lonely], [0.0, 0.0])
