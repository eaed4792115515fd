"""Hypothesis strategies that several test files share."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
"""Any finite float64, the largest and the subnormal ones included."""

moderate = st.floats(-20, 20)
"""Numbers at which a central difference is accurate."""


def vectors(elements=moderate, *, min_size=1, max_size=8):
    return arrays_of.arrays(np.float64, st.integers(min_size, max_size), elements=elements)


def matrices(elements=moderate, *, max_rows=6, max_columns=5):
    shape = st.tuples(st.integers(1, max_rows), st.integers(1, max_columns))
    return arrays_of.arrays(np.float64, shape, elements=elements)


@st.composite
def labeled_grid_points(draw):
    """(X, y): points with small whole coordinates, so that sums are exact, and both labels."""
    n, d = draw(st.integers(2, 80)), draw(st.integers(1, 3))
    X = draw(arrays_of.arrays(np.int64, (n, d), elements=st.integers(-4, 4)))
    y = draw(arrays_of.arrays(np.int64, n, elements=st.integers(0, 1)))
    y[:2] = 0, 1
    return X.astype(float), y


generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
