"""Downhill, but how? From the plain step to Adam, each optimizer mends one weakness of those before it.

    SGD        w ← w − η g                                  g the gradient, η the learning rate
    Momentum   keep rolling: average out what zigzags
    Nesterov   look where the roll will lead before correcting
    Adagrad    each weight its own rate: small where gradients were large
    RMSProp    the same, but forget the distant past
    Adam       momentum and RMSProp together, with their biased start set right
    AdamW      Adam, with weights that shrink by themselves

All work on `Parameters`, two flat vectors, in place: w is changed, g only read. In the formulas, all operations
are entry by entry. `lr` is a number or a schedule (step 0, 1, … → rate), `step()` makes one step.
Hyper-parameters are kept as Python floats: a NumPy float64 would lift every float32 array to float64.

Source: UT "Adaptive Learning Rates"; USC "Variants on SGD"; the papers named below.
"""

import math
from itertools import pairwise

import numpy as np

from nnkit.checks import fraction, not_negative, positive
from nnkit.network import Parameters
from nnkit.schedules import Schedule, as_schedule

# Entries that are worked on together: a block and its memory stay in the processor's cache from the first
# operation to the last, where whole vectors would travel from main memory once per operation.
BLOCK = 65536


class Optimizer:
    """What all optimizers share: the rate of each step, and the walk over the blocks.

    memories: how many vectors, zeros at first, the method keeps beside w.
    A method is its `update(w, g, *memory, lr=, scratch=)`: a block of w to change, of g to read, of its memory
    to change, and one to scribble on.
    """

    memories = 0

    def __init__(self, params: Parameters, lr: float | Schedule):
        _check_parameters(params)
        self.params, self.schedule = params, as_schedule(lr, "lr")
        self.steps = 0
        self.memory = [np.zeros_like(params.values) for _ in range(self.memories)]
        scratch = np.empty(min(BLOCK, params.values.size), params.values.dtype)
        vectors = [params.values, params.gradient, *self.memory]
        edges = [*range(0, params.values.size, BLOCK), params.values.size]
        self._blocks = [([v[a:b] for v in vectors], scratch[: b - a]) for a, b in pairwise(edges)]

    def step(self) -> None:
        """Change the parameters once, by their present gradient."""
        lr = float(self.schedule(self.steps))
        self.steps += 1
        for vectors, scratch in self._blocks:
            self.update(*vectors, lr=lr, scratch=scratch)

    def update(self, w, g, *memory, lr, scratch) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """w ← w − η g

    Source: Robbins and Monro 1951; UT "Gradient Descent".
    """

    def update(self, w, g, *, lr, scratch):
        w -= np.multiply(g, lr, out=scratch)


class Momentum(Optimizer):
    """v ← μ v + g        w ← w − η v

    v sums all gradients, one from k steps ago with weight μᵏ: after many equal ones the step is 1 / (1 − μ)
    times longer. momentum: μ in [0, 1); 0 is SGD.

    Source: Polyak 1964; USC "Variants on SGD"; the form of Sutskever et al. 2013, v ← μ v − η g, is the same
    while η is constant.
    """

    memories = 1

    def __init__(self, params, lr, *, momentum: float = 0.9):
        super().__init__(params, lr)
        self.momentum = fraction("momentum", momentum)

    def update(self, w, g, v, *, lr, scratch):
        v *= self.momentum
        v += g
        w -= np.multiply(v, lr, out=scratch)


class Nesterov(Momentum):
    """v ← μ v + g        w ← w − η (g + μ v)

    Nesterov takes the gradient where the roll would lead, at w − η μ v. Here w already stands for that place,
    which turns his two lines into these (Bengio et al. 2013).

    Source: Nesterov 1983; Sutskever et al. 2013.
    """

    def update(self, w, g, v, *, lr, scratch):
        v *= self.momentum
        v += g
        np.multiply(v, self.momentum, out=scratch)
        scratch += g
        scratch *= lr
        w -= scratch


class Adagrad(Optimizer):
    """s ← s + g²        w ← w − η g / (√s + ε)

    s only grows, so every rate only falls: good for rare features, too soon tired on long runs.

    Source: Duchi et al. 2011.
    """

    memories = 1

    def __init__(self, params, lr=0.01, *, epsilon: float = 1e-10):
        super().__init__(params, lr)
        self.epsilon = positive("epsilon", epsilon)

    def update(self, w, g, s, *, lr, scratch):
        s += np.multiply(g, g, out=scratch)
        _scaled_step(w, g, s, lr, self.epsilon, scratch)


class RMSProp(Optimizer):
    """s ← ρ s + (1 − ρ) g²        w ← w − η g / (√s + ε)

    decay: ρ in [0, 1): s remembers about 1 / (1 − ρ) steps.

    Source: Hinton's lecture 6e (2012); UT "Adaptive Learning Rates".
    """

    memories = 1

    def __init__(self, params, lr=0.01, *, decay: float = 0.99, epsilon: float = 1e-8):
        super().__init__(params, lr)
        self.decay, self.epsilon = fraction("decay", decay), positive("epsilon", epsilon)

    def update(self, w, g, s, *, lr, scratch):
        s *= self.decay
        np.multiply(g, g, out=scratch)
        scratch *= 1 - self.decay
        s += scratch
        _scaled_step(w, g, s, lr, self.epsilon, scratch)


class Adam(Optimizer):
    """w ← w − η m̂ / (√ŝ + ε), with m̂ and ŝ weighted means of all g and all g², the newest with the most weight:

        m ← β₁ m + g        m̂ = m / M,  M = 1 + β₁ + … + β₁ᵗ⁻¹ = (1 − β₁ᵗ) / (1 − β₁)        t = 1, 2, …
        s ← β₂ s + g²       ŝ = s / S,  S = 1 + β₂ + … + β₂ᵗ⁻¹ = (1 − β₂ᵗ) / (1 − β₂)

    The paper keeps (1 − β) times our sums and divides by 1 − βᵗ, its "bias correction": the same means. The
    divisions by M and S need no pass over the vectors: η m̂ / (√ŝ + ε) = (η √S / M) m / (√s + √S ε).

    beta1, beta2: in [0, 1).

    Source: Kingma and Ba 2015, Algorithm 1.
    """

    memories = 2

    def __init__(self, params, lr=0.001, *, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8):
        super().__init__(params, lr)
        self.beta1, self.beta2 = fraction("beta1", beta1), fraction("beta2", beta2)
        self.epsilon = positive("epsilon", epsilon)

    def update(self, w, g, m, s, *, lr, scratch):
        m *= self.beta1
        m += g
        s *= self.beta2
        s += np.multiply(g, g, out=scratch)
        M = (1 - self.beta1**self.steps) / (1 - self.beta1)
        root_S = math.sqrt((1 - self.beta2**self.steps) / (1 - self.beta2))
        _scaled_step(w, m, s, lr * root_S / M, root_S * self.epsilon, scratch)


class AdamW(Adam):
    """w ← (1 − η λ) w, then Adam's step: weight decay decoupled from the gradient.

    An L2 penalty would pass through Adam's division and shrink weights with large gradients less. Here all
    shrink by the same share. decay: λ ≥ 0; it falls on all parameters, biases too, as in PyTorch.

    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", Algorithm 2.
    """

    def __init__(self, params, lr=0.001, *, decay: float = 0.01, **adam):
        super().__init__(params, lr, **adam)
        self.decay = not_negative("decay", decay)

    def update(self, w, g, m, s, *, lr, scratch):
        w *= 1 - lr * self.decay
        super().update(w, g, m, s, lr=lr, scratch=scratch)


def _scaled_step(w, direction, s, lr: float, epsilon: float, scratch) -> None:
    """w ← w − lr · direction / (√s + ε)"""
    np.sqrt(s, out=scratch)
    scratch += epsilon
    np.divide(direction, scratch, out=scratch)
    scratch *= lr
    w -= scratch


def _check_parameters(params) -> None:
    values, gradient = params.values, params.gradient
    if values.ndim != 1 or values.dtype.kind != "f":
        raise ValueError(f"expected a flat vector of floats, got shape {values.shape}, dtype {values.dtype}")
    if gradient.shape != values.shape or gradient.dtype != values.dtype:
        wanted = f"{values.shape}, {values.dtype}"
        raise ValueError(f"expected a gradient like the values, {wanted}, got {gradient.shape}, {gradient.dtype}")
