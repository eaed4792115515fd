"""How wrong is the network, and in which direction would each score have to move?

A loss compares the scores Z of the last layer (logits: before any sigmoid or softmax) with the targets y:

    value(Z, y)   the loss, one number            delta(Z, y)   δ = ∂loss/∂Z, shaped like Z

From scores, because then softmax or sigmoid and the logarithm meet in one formula: nothing overflows, no
log(0), and δ is short, "prediction − target". Every loss here is a mean over the n samples, and this file is
the only place where 1/n enters: no layer, optimizer or penalty divides by n.

Z: (n, K) with K ≥ 1 outputs; y as the loss says. Both are checked by `value` and `delta`. A training loop
checks its targets once, with `targets`, and then asks `value_and_delta` for both in one pass, unchecked.

Source: USC 1.4; NEU "Reminder: Logistic Regression"; UT "Derivation of Learning Rule"; AU "dL/dW3".
"""

import numpy as np

from nnkit._registry import kinds_of
from nnkit.activations import softplus, step


class Loss:
    """What all losses share. A loss says which targets it takes, and computes value and δ of checked ones."""

    def value(self, Z, y) -> float:
        """The loss of scores Z (n, K) against targets y.  Raises ValueError for other shapes or targets."""
        return self.value_and_delta(*self._checked(Z, y))[0]

    def delta(self, Z, y) -> np.ndarray:
        """∂loss/∂Z, shaped like Z.  Raises ValueError for other shapes or targets."""
        return self.value_and_delta(*self._checked(Z, y))[1]

    def targets(self, y, outputs: int, dtype=np.float64) -> np.ndarray:
        """y, checked, in the form that `value_and_delta` takes beside scores (n, outputs) of this dtype."""
        raise NotImplementedError

    def value_and_delta(self, Z, y) -> tuple[float, np.ndarray]:
        """Both at once, for y as `targets` returns it."""
        raise NotImplementedError

    def _checked(self, Z, y):
        Z = np.asarray(Z)
        Z = Z if Z.dtype.kind == "f" else Z.astype(np.float64)
        if Z.ndim != 2 or 0 in Z.shape:
            raise ValueError(f"expected scores Z with shape (n, K), got {Z.shape}")
        y = self.targets(y, Z.shape[1], Z.dtype)
        if len(y) != len(Z):
            raise ValueError(f"expected one target per row of Z, {len(Z)}, got {len(y)}")
        return Z, y

    def __repr__(self):
        return f"{type(self).__name__}()"


class _SquaredLoss(Loss):
    """y: (n, K) finite numbers; (n,) too if K = 1."""

    def targets(self, y, outputs, dtype=np.float64):
        y = np.asarray(y)
        if y.ndim == 1 and outputs == 1:
            y = y[:, np.newaxis]
        if y.ndim != 2 or y.shape[1] != outputs:
            wanted = "(n,) or (n, 1)" if outputs == 1 else f"(n, {outputs})"
            raise ValueError(f"expected y with shape {wanted}, got {y.shape}")
        if y.dtype.kind not in "biuf" or not np.isfinite(y).all():
            raise ValueError(f"expected finite numbers in y, got dtype {y.dtype}, such as {y.ravel()[:3].tolist()}")
        return y.astype(dtype)


class MeanSquaredError(_SquaredLoss):
    """value = mean (Z − y)² over all n K entries        δ = 2 (Z − y) / (n K)

    y: (n, K) finite numbers; (n,) too if K = 1.
    """

    def value_and_delta(self, Z, y):
        error = Z - y
        return float(np.vdot(error, error)) / error.size, error * (2 / error.size)


class HalfSquaredError(_SquaredLoss):
    """value = Σ_k ½ (Z_k − y_k)², mean over the n samples        δ = (Z − y) / n

    The slides' form: the ½ cancels the 2 of the slope. For K outputs it is K/2 times `MeanSquaredError`.
    y: (n, K) finite numbers; (n,) too if K = 1.

    Source: UT "Derivation of Learning Rule".
    """

    def value_and_delta(self, Z, y):
        error = Z - y
        return float(np.vdot(error, error)) / (2 * len(Z)), error / len(Z)


class SoftmaxCrossEntropy(Loss):
    """value = mean of −log p_y, p = softmax(Z)        δ = (p − onehot(y)) / n

    With the largest score of a row subtracted, −log p_y = log Σ_k e^{Z_k} − Z_y: the sum is at least 1.
    y: (n,) integer labels 0 … K−1; `targets` makes them rows Y of zeros with a one at the label.

    Source: USC 1.4; AU "Multiclass Logistic Regression".
    """

    def targets(self, y, outputs, dtype=np.float64):
        y = np.asarray(y)
        if y.ndim != 1 or y.dtype.kind not in "iu":
            raise ValueError(f"expected integer labels y with shape (n,), got dtype {y.dtype}, shape {y.shape}")
        if len(y) and not 0 <= y.min() <= y.max() < outputs:
            raise ValueError(f"expected labels 0 … {outputs - 1}, got labels {y.min()} … {y.max()}")
        return np.eye(outputs, dtype=dtype)[y]

    def value_and_delta(self, Z, Y):
        n = len(Z)
        Z = Z - Z.max(axis=1, keepdims=True)
        P = np.exp(Z)
        sums = P.sum(axis=1, keepdims=True)
        value = (float(np.log(sums).sum()) - float(np.vdot(Z, Y))) / n
        P /= sums
        P -= Y
        P /= n
        return value, P


class _BinaryLoss(Loss):
    """One output, y: labels 0 and 1 with shape (n,) or (n, 1); `targets` makes them s = 2y − 1 = ±1.

    m = s z is the margin: positive if z is on the right side, and the larger the surer.
    """

    def targets(self, y, outputs, dtype=np.float64):
        if outputs != 1:
            raise ValueError(f"expected a network with one output for {type(self).__name__}, got {outputs}")
        y = np.asarray(y)
        y = zero_one(y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y)
        return (2 * y - 1)[:, np.newaxis].astype(dtype)


class BinaryCrossEntropy(_BinaryLoss):
    """value = mean of −[y log σ(z) + (1 − y) log(1 − σ(z))]        δ = (σ(z) − y) / n

    By the margin: each sample loses ℓ = softplus(−m) = −log p, p = σ(m) the probability given to its label. So
    p = e^−ℓ, and δ = s (p − 1) / n; `expm1` keeps the digits of e^−ℓ − 1 where p is near 1.

    Source: NEU "Reminder: Logistic Regression"; USC (labels ±1). UT's binary cross-entropy lacks the minus.
    """

    def value_and_delta(self, Z, s):
        losses = softplus(-s * Z)
        return float(losses.sum()) / len(Z), s * np.expm1(-losses) / len(Z)


class HingeLoss(_BinaryLoss):
    """value = mean of max(0, 1 − m)        δ = −s / n where m < 1, else 0

    Being right is not enough, it must be right by 1: the loss of support vector machines.
    """

    def value_and_delta(self, Z, s):
        short = 1 - s * Z
        return float(np.maximum(short, 0).sum()) / len(Z), (short > 0) * -s / len(Z)


class PerceptronLoss(_BinaryLoss):
    """value = mean of max(0, −m)        δ = (h − y) / n with h = step(z), the perceptron's answer

    Gradient descent on one sample at a time is the perceptron's own rule. At z = 0, where the slope jumps, its
    answer 1 decides, so that training can leave zero weights.

    Source: UT "A Simple Method: The Perceptron Algorithm".
    """

    def value_and_delta(self, Z, s):
        h, y = step(Z), (s + 1) / 2
        return float(np.maximum(-s * Z, 0).sum()) / len(Z), (h - y) / len(Z)


LOSSES = kinds_of(Loss, globals())
"""All of the above by name, in this order."""


def log_loss(z, y) -> float:
    """`BinaryCrossEntropy` of plain vectors: scores z (n,) against labels y (n,) in {0, 1}, the mean in nats.

    Raises ValueError for other shapes or labels.
    """
    z, y = np.asarray(z), zero_one(y)
    if z.shape != y.shape:
        raise ValueError(f"expected z with shape {y.shape}, one score per label, got {z.shape}")
    return float(softplus((1 - 2 * y) * z).sum()) / len(y)


def zero_one(y) -> np.ndarray:
    """y as float64, if it is a vector of labels 0 and 1; else a ValueError."""
    y = np.asarray(y)
    if y.ndim != 1 or len(y) == 0:
        raise ValueError(f"expected y with shape (n,), got {y.shape}")
    if not ((y == 0) | (y == 1)).all():
        raise ValueError(f"expected labels 0 and 1 in y, got {np.unique(y)[:5]}")
    return y.astype(np.float64)
