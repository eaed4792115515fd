"""The whole network stack behind two words, `fit` and `predict`, for those who want an answer and no loop.

    model = MLPClassifier((128,), patience=5, random_state=0).fit(X_train, y_train)
    model.score(X_test, y_test)

Both are scikit-learn estimators around one network: Dense layers with an activation in between, trained with Adam
on mini-batches. What is inside stays in reach: `net_` is the `Network`, `history_` the losses of every epoch.
Scale the inputs first (`nnkit.preprocessing`), and for a regression the targets too. float32 data are
trained in float32, twice as fast; anything else in float64.

Source: AU "Notations and Forward Pass", "Digit Classification on the MNIST Dataset"; Kingma and Ba 2015 (Adam).
"""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from nnkit.checks import FLOATS, count, fraction, not_negative, positive
from nnkit.linear.base import numbered
from nnkit.linear.softmax import SoftmaxScores
from nnkit.losses import MeanSquaredError, SoftmaxCrossEntropy
from nnkit.network import mlp
from nnkit.optimizers import Adam
from nnkit.penalties import L2
from nnkit.training import EarlyStopping, fit


class _MLP(BaseEstimator):
    """What both share: the settings and the training."""

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        *,
        activation="relu",
        learning_rate=0.001,
        epochs=100,
        batch_size=32,
        l2=0.0,
        dropout=0.0,
        patience=None,
        random_state=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.l2 = l2
        self.dropout = dropout
        self.patience = patience
        self.random_state = random_state

    def _train(self, X, y, outputs: int, loss):
        learning_rate, l2 = positive("learning_rate", self.learning_rate), not_negative("l2", self.l2)
        dropout, batch_size = fraction("dropout", self.dropout), count("batch_size", self.batch_size)
        rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31))
        sizes = (X.shape[1], *_hidden(self.hidden_layer_sizes), outputs)
        self.net_ = mlp(sizes, rng=rng, activation=self.activation, dropout=dropout, dtype=X.dtype)
        validation, callbacks = None, []
        if self.patience is not None:
            callbacks = [EarlyStopping(self.patience)]
            X, X_apart, y, y_apart = train_test_split(X, y, test_size=0.1, random_state=int(rng.integers(2**31)))
            validation = X_apart, y_apart
        settings = {
            "epochs": self.epochs,
            "batch_size": batch_size,
            "rng": rng,
            "validation": validation,
            "penalty": L2(l2) if l2 else None,
            "callbacks": callbacks,
        }
        optimizer = Adam(self.net_.parameters, learning_rate)
        self.history_ = fit(self.net_, loss, optimizer, X, y, **settings)
        self.n_iter_ = len(self.history_.loss)
        return self

    def _scores(self, X):
        check_is_fitted(self)
        return self.net_.forward(validate_data(self, X, reset=False, dtype=FLOATS))


class MLPClassifier(SoftmaxScores, ClassifierMixin, _MLP):
    """A multilayer perceptron for C ≥ 2 classes, one output per class, trained on softmax cross-entropy.

    hidden_layer_sizes: neurons of each hidden layer; () for none.
    activation: of the hidden layers, a name that `layers.Activation` knows.
    learning_rate: η > 0 of Adam.  epochs: most passes over the data.  batch_size: ≥ 1.
    l2: strength of the L2 penalty on the weights, ≥ 0.  dropout: rate after every hidden activation, in [0, 1).
    patience: None, or stop after so many epochs without improvement on a tenth of the data, kept apart for
    that, and go back to the best weights.
    random_state: None, an integer or a RandomState, as in scikit-learn; decides about weights, batches, masks.

    classes_: (C,).  net_: the network.  history_: its losses by epoch.  n_iter_: epochs used.
    Raises ValueError for bad settings or data, FloatingPointError if the loss explodes.
    """

    def fit(self, X, y):
        """X: (n, d).  y: (n,), at least two label values.  Returns self."""
        X, y = validate_data(self, X, y, dtype=FLOATS)
        self.classes_, labels = numbered(y)
        return self._train(X, labels, len(self.classes_), SoftmaxCrossEntropy())


class MLPRegressor(RegressorMixin, _MLP):
    """A multilayer perceptron for numbers, one output per target, trained on the mean squared error.

    Settings as for MLPClassifier.
    net_: the network.  history_: its losses by epoch.  n_iter_: epochs used.
    Raises ValueError for bad settings or data, FloatingPointError if the loss explodes.
    """

    def fit(self, X, y):
        """X: (n, d).  y: (n,) or (n, K).  Returns self."""
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True)
        self._flat = y.ndim == 1
        return self._train(X, y, 1 if self._flat else y.shape[1], MeanSquaredError())

    def predict(self, X):
        """(n, d) → (n,) or (n, K), as y was."""
        Z = self._scores(X)
        return Z[:, 0] if self._flat else Z

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _hidden(sizes) -> tuple[int, ...]:
    if not isinstance(sizes, tuple | list) or not all(isinstance(size, Integral) and int(size) >= 1 for size in sizes):
        raise ValueError(f"expected hidden_layer_sizes to hold integers of at least 1, such as (100,), got {sizes!r}")
    return tuple(sizes)
