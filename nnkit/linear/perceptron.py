"""The perceptron: the oldest rule, and the only one that cares about nothing but being right."""

import numpy as np

from nnkit.activations import step
from nnkit.checks import count, positive
from nnkit.linear.base import LinearClassifier


class Perceptron(LinearClassifier):
    """Learn from mistakes only: a positive example called negative is added to w, the opposite subtracted.

        h = step(w·x)        w ← w + η (y − h) x        with y, h in {0, 1} and x₀ = 1

    An epoch without a mistake ends the training: nothing would change any more. On separable data that comes
    after at most (R / γ)² mistakes, R the length of the longest x and γ the margin; on other data never.

    learning_rate: η > 0; from zero weights it only scales w.  epochs: most passes over the data.
    mistakes_: list, mistakes made during each epoch.  n_iter_: epochs used.
    Raises ValueError for bad hyper-parameters or if y has not exactly two classes.

    Source: Rosenblatt 1958; Novikoff 1962 (the bound); UT "A Simple Method: The Perceptron Algorithm";
    AU "The Perceptron: Supervised Binary Classifier".
    """

    def __init__(self, learning_rate=1.0, epochs=100):
        self.learning_rate = learning_rate
        self.epochs = epochs

    def fit(self, X, y):
        """X: (n, d).  y: (n,), two label values.  Returns self."""
        rate, epochs = positive("learning_rate", self.learning_rate), count("epochs", self.epochs)
        X, y = self._examples(X, y)
        rows, labels = list(X), y.tolist()  # one by one, Python reads lists much faster than arrays
        w = np.zeros(X.shape[1])
        self.mistakes_ = []
        for _ in range(epochs):
            self.mistakes_.append(_perceptron_epoch(w, X, y, rows, labels, rate))
            if self.mistakes_[-1] == 0:
                break
        self.n_iter_ = len(self.mistakes_)
        return self._keep(w)


def _perceptron_epoch(w, X, y, rows, labels, rate) -> int:
    """Take the examples in their order, changing w in place, and count the mistakes.

    Weights change at mistakes only, so up to the next one a single product scores all examples. That pays where
    mistakes are rare: after each we go one by one until 16 answers were right, then the further at a time the
    longer all goes well.
    """
    mistakes = i = calm = 0  # calm: right answers in a row
    while i < len(X):
        if calm < 16:
            x, label = rows[i], labels[i]
            h = 1 if x.dot(w) >= 0 else 0
            i, calm = i + 1, calm + 1
            if h != label:
                w += rate * (label - h) * x
                mistakes, calm = mistakes + 1, 0
        else:
            ahead = slice(i, i + 4 * calm)
            wrong = step(X[ahead].dot(w)) != y[ahead]
            if wrong.any():
                i, calm = i + int(wrong.argmax()), 0  # the mistake itself comes next, one by one
            else:
                i, calm = i + len(wrong), calm + len(wrong)
    return mistakes
