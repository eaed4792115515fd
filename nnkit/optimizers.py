"""Downhill, but how? From the plain step to Adam, each optimizer mends one weakness of those before it.

    SGD        w ← w − η g                                  g the gradient, η the learning rate
    Momentum   keep rolling: average out what zigzags
    Nesterov   look where the roll will lead before correcting
    Adagrad    each weight its own rate: small where gradients were large
    RMSProp    the same, but forget the distant past
    Adam       momentum and RMSProp together, with their biased start set right
    AdamW      Adam, with weights that shrink by themselves

All work on `Parameters`, two flat vectors, in place: w is changed, g only read. In the formulas, all operations
are entry by entry. `learning_rate` is a number or a schedule (step 0, 1, … → rate), `step()` makes one step.
To add an optimizer, write its class here and its formula in `tests/nnkit/test_optimizers.py`.

Source: UT "Adaptive Learning Rates"; USC "Variants on SGD"; the papers named below.
"""

import numpy as np

from nnkit import _fast
from nnkit._registry import kinds_of
from nnkit.checks import fraction, not_negative, positive
from nnkit.network import Parameters
from nnkit.schedules import Schedule, as_schedule


class Optimizer:
    """What all optimizers share: the parameters, and the rate of each step.

    memories: how many vectors, zeros at first, the method keeps beside w.
    A method is its `update(w, g, *memory, rate)`: w and its memory to change, g to read. rate is a number, or a vector
    of one for each parameter if the schedule returns that. In the first update, `self.steps` is 1.
    """

    memories = 0

    def __init__(self, params: Parameters, learning_rate: float | Schedule):
        _check_parameters(params)
        self.params, self.schedule = params, as_schedule(learning_rate, "learning_rate")
        self.steps = 0
        self.memory = [np.zeros_like(params.values) for _ in range(self.memories)]

    def step(self) -> None:
        """Change the parameters once, by their present gradient."""
        rate = np.asarray(self.schedule(self.steps), self.params.values.dtype)
        self.steps += 1
        self.update(self.params.values, self.params.gradient, *self.memory, rate=rate)

    def update(self, w, g, *memory, **rate) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """w ← w − η g

    Source: Robbins and Monro 1951; UT "Gradient Descent".
    """

    def update(self, w, g, *, rate):
        w -= rate * g


class Momentum(Optimizer):
    """v ← μ v + g        w ← w − η v

    v sums all gradients, one from k steps ago with weight μᵏ: after many equal ones the step is 1 / (1 − μ)
    times longer. momentum: μ in [0, 1); 0 is SGD.

    Source: Polyak 1964; USC "Variants on SGD"; the form of Sutskever et al. 2013, v ← μ v − η g, is the same
    while η is constant.
    """

    memories = 1

    def __init__(self, params: Parameters, learning_rate: float | Schedule, *, momentum: float = 0.9):
        super().__init__(params, learning_rate)
        self.momentum = fraction("momentum", momentum)

    def update(self, w, g, v, *, rate):
        v *= self.momentum
        v += g
        w -= rate * v


class Nesterov(Momentum):
    """v ← μ v + g        w ← w − η (g + μ v)

    Nesterov takes the gradient where the roll would lead, at w − η μ v. Here w already stands for that place,
    which turns his two lines into these (Bengio et al. 2013).

    Source: Nesterov 1983; Sutskever et al. 2013.
    """

    def update(self, w, g, v, *, rate):
        v *= self.momentum
        v += g
        w -= rate * (g + self.momentum * v)


class Adagrad(Optimizer):
    """s ← s + g²        w ← w − η g / (√s + ε)

    s only grows, so every rate only falls: good for rare features, too soon tired on long runs.

    Source: Duchi et al. 2011.
    """

    memories = 1

    def __init__(self, params: Parameters, learning_rate: float | Schedule = 0.01, *, epsilon: float = 1e-10):
        super().__init__(params, learning_rate)
        self.epsilon = positive("epsilon", epsilon)

    def update(self, w, g, s, *, rate):
        s += g**2
        w -= rate * g / (np.sqrt(s) + self.epsilon)


class RMSProp(Optimizer):
    """s ← ρ s + (1 − ρ) g²        w ← w − η g / (√s + ε)

    decay: ρ in [0, 1): s remembers about 1 / (1 − ρ) steps.

    Source: Hinton's lecture 6e (2012); UT "Adaptive Learning Rates".
    """

    memories = 1

    def __init__(
        self,
        params: Parameters,
        learning_rate: float | Schedule = 0.01,
        *,
        decay: float = 0.99,
        epsilon: float = 1e-8,
    ):
        super().__init__(params, learning_rate)
        self.decay, self.epsilon = fraction("decay", decay), positive("epsilon", epsilon)

    def update(self, w, g, s, *, rate):
        s *= self.decay
        s += (1 - self.decay) * g**2
        w -= rate * g / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    """The moments, running means of g and of g²; their correction, as both start at 0; the step. t = 1, 2, …

        m ← β₁ m + (1 − β₁) g         m̂ = m / (1 − β₁ᵗ)
        s ← β₂ s + (1 − β₂) g²        ŝ = s / (1 − β₂ᵗ)        w ← w − η m̂ / (√ŝ + ε)

    beta1, beta2: in [0, 1).

    Source: Kingma and Ba 2015, Algorithm 1.
    """

    memories = 2

    def __init__(
        self,
        params: Parameters,
        learning_rate: float | Schedule = 0.001,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ):
        super().__init__(params, learning_rate)
        self.beta1, self.beta2 = fraction("beta1", beta1), fraction("beta2", beta2)
        self.epsilon = positive("epsilon", epsilon)

    def update(self, w, g, m, s, *, rate):
        if w.size >= _fast.LARGE:
            _fast.adam(w, g, m, s, rate, self.steps, self.beta1, self.beta2, self.epsilon)
            return
        m *= self.beta1
        m += (1 - self.beta1) * g
        s *= self.beta2
        s += (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**self.steps)
        s_hat = s / (1 - self.beta2**self.steps)
        w -= rate * m_hat / (np.sqrt(s_hat) + self.epsilon)


class AdamW(Adam):
    """w ← (1 − η λ) w, then Adam's step: weight decay decoupled from the gradient.

    An L2 penalty would pass through Adam's division and shrink weights with large gradients less. Here all shrink by
    the same share. weight_decay: λ ≥ 0; it falls on all parameters, biases too, as in PyTorch.

    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", Algorithm 2.
    """

    def __init__(
        self, params: Parameters, learning_rate: float | Schedule = 0.001, *, weight_decay: float = 0.01, **adam
    ):
        super().__init__(params, learning_rate, **adam)
        self.weight_decay = not_negative("weight_decay", weight_decay)

    def update(self, w, g, m, s, *, rate):
        w *= 1 - rate * self.weight_decay
        super().update(w, g, m, s, rate=rate)


OPTIMIZERS = kinds_of(Optimizer, globals())
"""All of the above by name, in this order."""


def _check_parameters(params: Parameters) -> None:
    values, gradient = params.values, params.gradient
    if values.ndim != 1 or values.dtype.kind != "f":
        raise ValueError(f"expected a flat vector of floats, got shape {values.shape}, dtype {values.dtype}")
    if gradient.shape != values.shape or gradient.dtype != values.dtype:
        wanted = f"{values.shape}, {values.dtype}"
        raise ValueError(f"expected a gradient like the values, {wanted}, got {gradient.shape}, {gradient.dtype}")
