"""Among the networks that fit, which one? The one with small weights: a penalty is added to the loss.

    value(w)   λ · (size of w), one number            gradient(w)   its slope, shaped like w

The training loop adds a penalty for the weight matrices W of Dense layers. Biases and BatchNorm's γ and β are
excluded: they shift and scale, and a shift far from zero says nothing about how wild the function is.
Strengths are per objective, loss + penalty, with the loss a mean over samples: they do not depend on n.

Source: NEU "Regularization"; IITB "Regularization"; USC 2.4.
"""

from dataclasses import dataclass

import numpy as np

from nnkit.checks import not_negative


@dataclass(frozen=True)
class L2:
    """value = ½ λ Σ w²        gradient = λ w

    The slope shrinks every weight by the same share at each step, which is why it is also called weight decay.
    strength: λ ≥ 0. PyTorch's `weight_decay` and scikit-learn's `alpha / n` mean this λ.
    """

    strength: float

    def __post_init__(self):
        not_negative("strength", self.strength)

    def value(self, w) -> float:
        return float(0.5 * self.strength * np.vdot(w, w))

    def gradient(self, w) -> np.ndarray:
        return float(self.strength) * w


@dataclass(frozen=True)
class L1:
    """value = λ Σ |w|        gradient = λ sign(w), 0 at w = 0

    The slope pulls with the same force however small a weight is, and so many end at (almost) zero.
    strength: λ ≥ 0.
    """

    strength: float

    def __post_init__(self):
        not_negative("strength", self.strength)

    def value(self, w) -> float:
        return float(self.strength * np.abs(w).sum())

    def gradient(self, w) -> np.ndarray:
        return float(self.strength) * np.sign(w)


@dataclass(frozen=True)
class ElasticNet:
    """value = λ₁ Σ |w| + ½ λ₂ Σ w²        gradient = λ₁ sign(w) + λ₂ w

    l1, l2: the two strengths λ₁, λ₂ ≥ 0; the slides' β W² + |W| has only one. In scikit-learn's form,
    l1 = alpha · l1_ratio and l2 = alpha · (1 − l1_ratio).

    Source: Zou and Hastie 2005; NEU "Regularization".
    """

    l1: float
    l2: float

    def __post_init__(self):
        not_negative("l1", self.l1)
        not_negative("l2", self.l2)

    def value(self, w) -> float:
        return L1(self.l1).value(w) + L2(self.l2).value(w)

    def gradient(self, w) -> np.ndarray:
        return L1(self.l1).gradient(w) + L2(self.l2).gradient(w)
