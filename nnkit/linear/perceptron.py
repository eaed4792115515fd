"""The perceptron: the oldest rule, and the only one that cares about nothing but being right."""

import numpy as np

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
        examples = list(zip(X, y.tolist(), strict=True))
        w = np.zeros(X.shape[1])
        self.mistakes_ = []
        for _ in range(epochs):
            mistakes = 0
            for x, label in examples:
                h = 1 if x.dot(w) >= 0 else 0
                if h != label:
                    w += rate * (label - h) * x
                    mistakes += 1
            self.mistakes_.append(mistakes)
            if mistakes == 0:
                break
        self.n_iter_ = len(self.mistakes_)
        return self._keep(w)
