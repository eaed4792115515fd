"""In which order does the network see its examples? Shuffled, a handful at a time, each once per epoch.

A mini-batch S of the n examples gives an unbiased estimate of the mean gradient, (1/|S|) Σ_{i∈S} ∇ℓ_i, for
|S|/n of the price. Shuffling anew for every epoch keeps the order of the file out of the estimate.

Source: NEU "Stochastic / Mini-batch Gradient Descent"; USC "Mini-batch"; IITB "SGD".
"""

import math

import numpy as np

from nnkit.checks import count, generator


class Batches:
    """An epoch, each time you iterate: pairs (X_batch, y_batch), the last one smaller if m does not divide n.

    X: (n, d).  y: (n, …).  batch_size: m, at least 1; from n on, all examples at once in their own order.
    rng: shuffles; the same seed gives the same batches.

    Raises ValueError if X and y differ in length or are empty.
    """

    def __init__(self, X, y, batch_size: int, *, rng):
        self.X, self.y, self.rng = np.asarray(X), np.asarray(y), generator(rng)
        if len(self.X) != len(self.y) or len(self.X) == 0:
            raise ValueError(f"expected as many rows in X as in y, at least 1, got {len(self.X)} and {len(self.y)}")
        self.batch_size = min(count("batch_size", batch_size), len(self.X))

    def __len__(self) -> int:
        """Batches per epoch, ⌈n/m⌉."""
        return math.ceil(len(self.X) / self.batch_size)

    def __iter__(self):
        n, m = len(self.X), self.batch_size
        if m == n:
            yield self.X, self.y  # the gradient is a sum, and a sum knows no order
            return
        order = self.rng.permutation(n)
        for start in range(0, n, m):
            rows = order[start : start + m]
            yield self.X.take(rows, axis=0), self.y.take(rows, axis=0)
