"""What is each function of `nnkit._fast` worth, against the page that it stands in for?

    python -m benchmarks.fast [--rounds 40]

Both do the same work in turns, on one BLAS thread; times are processor time, and a gain is the median over rounds of
ratios within a round. Between two runs, 16 MB are read and written, as the matrix products of a training step would:
nobody's vectors are in the cache.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable
from unittest.mock import patch

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from benchmarks.training import machine, row
from nnkit import _fast
from nnkit.linear import LogisticRegression
from nnkit.multiclass import OneVsAll, OneVsOne
from nnkit.network import Parameters
from nnkit.optimizers import Adam


def steps_of_adam(size: int) -> tuple[Callable, Callable]:
    w, g = np.random.default_rng(0).normal(size=(2, size)).astype(np.float32)
    fast, page = (Adam(Parameters(w.copy(), g), 0.001) for _ in range(2))

    def plain():
        with patch.object(_fast, "LARGE", size + 1):
            page.step()

    return fast.step, plain


def masks(shape: tuple[int, int]) -> tuple[Callable, Callable]:
    rng = np.random.default_rng(0)
    return lambda: _fast.keep_mask(rng, 0.5, shape), lambda: rng.random(shape) >= 0.5


def sums(shape: tuple[int, int]) -> tuple[Callable, Callable]:
    A = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    out = np.empty(shape[1], np.float32)
    return lambda: _fast.sum_rows(A, out=out), lambda: A.sum(axis=0, out=out)


class OneByOne(LogisticRegression):
    """Not the class that the reductions know, so that they call `fit` for each column."""


def columns(reduction: type) -> tuple[Callable, Callable]:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X = (X[:1257] / 8 - 1).astype(np.float32)
    fast, page = (reduction(model(learning_rate=2.0, max_iter=110)) for model in (LogisticRegression, OneByOne))
    return lambda: fast.fit(X, y[:1257]), lambda: page.fit(X, y[:1257])


WORKS = {
    "adam, 101,770 parameters (784-128-10)": (steps_of_adam, 101_770, 10),
    "adam, 535,818 parameters (784-512-256-10)": (steps_of_adam, 535_818, 3),
    "adam, 1,863,690 parameters (784-1024-1024-10)": (steps_of_adam, 1_863_690, 1),
    "adam, 32,768 parameters (LARGE)": (steps_of_adam, 32_768, 20),
    "adam, 4,417 parameters": (steps_of_adam, 4_417, 50),
    "keep_mask, 128 × 1024": (masks, (128, 1024), 5),
    "keep_mask, 30 × 64": (masks, (30, 64), 100),
    "sum_rows, 500 × 8": (sums, (500, 8), 100),
    "sum_rows, 32 × 8": (sums, (32, 8), 100),
    "sum_rows, 128 × 1024": (sums, (128, 1024), 10),
    "descend_columns, one-vs-one on digits": (columns, OneVsOne, 1),
    "descend_columns, one-vs-all on digits": (columns, OneVsAll, 1),
}
"""name → how to make both contenders, of what, and how often one round calls them."""


def microseconds(run: Callable[[], None], times: int) -> float:
    _MEMORY[:] += 1
    start = time.process_time_ns()
    for _ in range(times):
        run()
    return (time.process_time_ns() - start) / 1000 / times


_MEMORY = np.zeros(4_000_000, np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        print(machine(), end="\n\n")
        row("work", ["fast", "page", "gain"])
        row("---", ["---"] * 3)
        for name, (make, of, times) in WORKS.items():
            fast, page = make(of)
            pairs = [(microseconds(fast, times), microseconds(page, times)) for _ in range(rounds)]
            middles = [statistics.median(column) for column in zip(*pairs, strict=True)]
            gain = statistics.median(b / a for a, b in pairs)
            row(name, [*(f"{middle:.0f} µs" for middle in middles), f"{gain:.2f} ×"])


if __name__ == "__main__":
    main()
