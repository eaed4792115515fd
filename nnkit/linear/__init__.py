"""Three ways to find one straight line, and three ideas of what makes a line good; then one line per class.

The first three compute a score z = w·x + b and answer with the second class if z ≥ 0. They differ in what they
learn from, and so in what they make small:

    Perceptron            wrong answers                    number of mistakes
    Adaline               the distance of z from ±1        mean of ½ (d − z)²
    LogisticRegression    the probability given to y       mean of −log p(y)
    SoftmaxRegression     the same, for C classes          the same

They are scikit-learn classifiers with two classes of any labels: `fit(X, y)`, `predict(X)`,
`decision_function(X)` (the scores z), `classes_` (2,), `coef_` (1, d), `intercept_` (1,). SoftmaxRegression
takes C ≥ 2 classes and has a score, a row of `coef_` and an entry of `intercept_` for each.
All start from zero weights and visit the examples in their order, so the same data give the same line.

Read `base` (what they share), then `perceptron`, `adaline`, `logistic` and `softmax`.
"""

from nnkit.linear.adaline import Adaline
from nnkit.linear.logistic import LogisticRegression, log_loss_gradient
from nnkit.linear.perceptron import Perceptron
from nnkit.linear.softmax import SoftmaxRegression
from nnkit.losses import log_loss

__all__ = ["Adaline", "LogisticRegression", "Perceptron", "SoftmaxRegression", "log_loss", "log_loss_gradient"]
