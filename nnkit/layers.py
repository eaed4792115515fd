"""A network is a stack of layers, and a layer needs to know two things: what it does, and how to pass blame back.

    forward(A)     from the outputs A of the layer below to its own outputs; remembers what backward will need
    backward(dA)   from ∂L/∂(its outputs) to ∂L/∂(its inputs), leaving ∂L/∂(its parameters) in dW, db, …

Samples stand in rows: A is (n, fan_in). `dX` always means ∂L/∂X, shaped like X. `backward` belongs to the
`forward` just before it; called twice, it computes the same again, since gradients are set, never added up.
Layers trust their inputs; `Network` checks what enters.

Source: NEU "in More Depth"; UT "Backward Pass"; USC 3.2.
"""

import numpy as np

from nnkit import activations
from nnkit._fast import keep_mask, sum_rows
from nnkit.activations import ACTIVATIONS
from nnkit.checks import count, fraction, generator, one_of, positive
from nnkit.initializers import he_normal


class Layer:
    """What all layers share. A layer without parameters overrides the two methods and is done; its `backward` is
    only called for the input gradient, so `need_input_grad` tells it nothing.

    parameters: names of the arrays to train; the gradient of W is dW.  state: names of the other arrays that a
    saved network must hold.  remembered: names of what forward leaves for backward; copies go without it.
    fan_in, fan_out: widths, None if any width will do.
    """

    parameters: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()
    fan_in: int | None = None
    fan_out: int | None = None

    def forward(self, A, *, training: bool = False):
        raise NotImplementedError

    def backward(self, dA, *, need_input_grad: bool = True):
        raise NotImplementedError

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name not in self.remembered}


class Dense(Layer):
    """Every output is a weighted sum of every input:

        Z = A Wᵀ + b        dW = dZᵀ A        db = Σ_rows dZ        dA = dZ W

    A: (n, fan_in).  W: (fan_out, fan_in), one row per neuron, from `initializer`.  b: (fan_out,), zeros.
    dA, the most expensive line, is not computed if nobody needs it (`need_input_grad=False`: the lowest layer that
    learns).
    """

    parameters = ("W", "b")
    remembered = ("A",)

    def __init__(self, fan_in: int, fan_out: int, *, rng, initializer=he_normal, dtype=np.float32):
        self.fan_in, self.fan_out = count("fan_in", fan_in), count("fan_out", fan_out)
        self.W = initializer((fan_out, fan_in), rng, dtype)
        self.b = np.zeros(fan_out, dtype)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, A, *, training=False):
        self.A = A
        Z = np.dot(A, self.W.T)
        Z += self.b
        return Z

    def backward(self, dZ, *, need_input_grad=True):
        np.dot(dZ.T, self.A, out=self.dW)
        sum_rows(dZ, out=self.db)
        return np.dot(dZ, self.W) if need_input_grad else None

    def __repr__(self):
        return f"Dense({self.fan_in} → {self.fan_out})"


class Activation(Layer):
    """A = g(Z), entry by entry (softmax: row by row), and dZ = dA ∘ g'(Z).

    name: a key of `activations.ACTIVATIONS`, such as "relu", "sigmoid", "tanh". The output layer of a classifier has
    none: losses take the scores Z themselves.
    """

    remembered = ("A",)

    def __init__(self, name: str):
        self.name = one_of("the activation", name, ACTIVATIONS)
        self.g = ACTIVATIONS[name]
        self.g_backward = getattr(activations, f"{name}_backward")

    def forward(self, Z, *, training=False):
        self.A = self.g(Z)
        return self.A

    def backward(self, dA, *, need_input_grad=True):
        return self.g_backward(dA, self.A)

    def __repr__(self):
        return self.name


class Dropout(Layer):
    """While training, silence each input with probability `rate` and scale the others up (inverted dropout):

        A' = A ∘ M        dA = dA' ∘ M        M_ij = 0 with probability rate, else 1 / (1 − rate)

    E[M] = 1, so nothing is left to do after training: A' = A.
    The slides' p is the probability to keep, 1 − rate, and they scale by p after training instead.

    rate: in [0, 1), to the nearest 2⁻¹⁶.  rng: a fresh mask is drawn from it at every forward pass.

    Source: Srivastava et al. 2014; NEU "Dropout"; IITB "Dropout".
    """

    remembered = ("M",)

    def __init__(self, rate: float, *, rng):
        self.rate, self.rng = fraction("rate", rate), generator(rng)

    def forward(self, A, *, training=False):
        if not training:
            self.M = None
            return A
        keep = keep_mask(self.rng, self.rate, A.shape)  # rng.random(A.shape) >= rate
        self.M = keep / A.dtype.type(1 - self.rate)
        return A * self.M

    def backward(self, dA, *, need_input_grad=True):
        return dA if self.M is None else dA * self.M

    def __repr__(self):
        return f"Dropout({self.rate:g})"


class BatchNorm(Layer):
    """Standardize each column over the batch, then let the network choose its mean β and deviation γ:

        X̂ = (X − μ) / √(σ² + ε)        Y = γ X̂ + β        μ, σ² = mean and variance of the batch, by column
        dγ = Σ_rows dY ∘ X̂             dβ = Σ_rows dY
        dX = γ / √(σ² + ε) ∘ (dY − mean_rows(dY) − X̂ ∘ mean_rows(dY ∘ X̂))

    The last two terms are there because μ and σ² depend on X. After training, μ and σ² are the running moments

        running ← (1 − momentum) running + momentum · (moment of the batch; its variance over n − 1)

    so a prediction does not depend on its neighbors, and dX = γ / √(σ² + ε) ∘ dY.

    width: columns.  momentum: in (0, 1], the weight of the newest batch.  epsilon: > 0, keeps a constant column
    finite.  Raises ValueError when trained on a batch of one row, which has no variance.

    Source: Ioffe and Szegedy 2015, Algorithms 1 and 2.
    """

    parameters = ("gamma", "beta")
    state = ("running_mean", "running_variance")
    remembered = ("training", "scale", "X_hat")

    def __init__(self, width: int, *, momentum: float = 0.1, epsilon: float = 1e-5, dtype=np.float32):
        self.fan_in = self.fan_out = count("width", width)
        if not 0 < momentum <= 1:
            raise ValueError(f"expected momentum in (0, 1], got {momentum!r}")
        self.momentum, self.epsilon = float(momentum), positive("epsilon", epsilon)
        self.gamma, self.beta = np.ones(width, dtype), np.zeros(width, dtype)
        self.dgamma, self.dbeta = np.zeros_like(self.gamma), np.zeros_like(self.beta)
        self.running_mean, self.running_variance = np.zeros(width, dtype), np.ones(width, dtype)

    def forward(self, X, *, training=False):
        self.training = training
        mean, variance = self._moments(X) if training else (self.running_mean, self.running_variance)
        self.scale = 1 / np.sqrt(variance + self.epsilon)
        self.X_hat = (X - mean) * self.scale
        return self.gamma * self.X_hat + self.beta

    def _moments(self, X):
        n = len(X)
        if n < 2:
            raise ValueError(f"expected a batch of at least 2 rows to train BatchNorm, got {n}: change batch_size")
        mean, variance = X.mean(axis=0), X.var(axis=0)
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_variance += self.momentum * (n / (n - 1) * variance - self.running_variance)
        return mean, variance

    def backward(self, dY, *, need_input_grad=True):
        np.sum(dY, axis=0, out=self.dbeta)
        np.sum(dY * self.X_hat, axis=0, out=self.dgamma)
        if not need_input_grad:
            return None
        if not self.training:
            return self.gamma * self.scale * dY
        n = len(dY)
        return self.gamma * self.scale * (dY - self.dbeta / n - self.X_hat * (self.dgamma / n))

    def __repr__(self):
        return f"BatchNorm({self.fan_in})"
