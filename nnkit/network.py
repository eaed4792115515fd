"""Layers on top of each other: numbers go up, blame comes down, and all weights lie in one long vector.

    A⁰ = X,   Aˡ = layer_l.forward(Aˡ⁻¹),   Z = Aᴸ          backward: the same way back, from δ = ∂loss/∂Z

One vector, because an optimizer then needs no loop over layers and no knowledge of them: it changes
`parameters.values` by what it reads in `parameters.gradient`, and every layer's W and b are views of it.

Source: UT "Vector formulation"; NEU "in More Depth"; IITB (forward values remembered).
"""

from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from itertools import dropwhile, pairwise
from typing import Any

import numpy as np

from nnkit.checks import real_numbers
from nnkit.initializers import he_normal, xavier_normal
from nnkit.layers import Activation, Dense, Dropout


@dataclass(eq=False)
class Parameters:
    """What an optimizer works on: two flat arrays of one shape and dtype, changed in place."""

    values: np.ndarray
    gradient: np.ndarray


@dataclass(eq=False)
class Record:
    """What one Dense layer did, and the layers up to the next Dense one: copies, all (n, fan_out).

    z: the weighted sums.  a: what reaches the next Dense layer (or leaves the network), after activation, BatchNorm
    and Dropout.  delta: ∂loss/∂z, None before a backward pass.  So dW of layer l is deltaᵀ of l times a of l − 1.
    """

    layer: Dense
    z: np.ndarray
    a: np.ndarray
    delta: np.ndarray | None = None


class Network:
    """A stack of layers, the first one nearest to the input.

    layers: from the bottom up; each must take what the one below gives, and all have one dtype.
    The network owns its layers: their parameters become views of `parameters.values`.

    Raises ValueError if the layers do not fit together.
    """

    def __init__(self, layers):
        self.layers = list(layers)
        if len(set(map(id, self.layers))) < len(self.layers):
            raise ValueError(f"expected every layer once, as each remembers its own pass, got {self.layers!r}")
        self.fan_in, self.fan_out = _widths(self.layers)
        self.dtype = _common_dtype(self.layers)
        # Blame need not travel below the lowest layer that learns from it.
        self._learning = list(dropwhile(lambda layer: not layer.parameters, self.layers))
        self.parameters = self._flatten()
        self._scores_shape = None  # of the last forward pass
        self._records: Any = None  # a list while recording

    def _flatten(self) -> Parameters:
        """Lay all parameters end to end. `places` says where: "0.W", the W of layer 0, is values[places["0.W"]]."""
        size = sum(getattr(layer, name).size for layer in self.layers for name in layer.parameters)
        flat = Parameters(np.empty(size, self.dtype), np.zeros(size, self.dtype))
        self.places, start = {}, 0
        for i, layer in enumerate(self.layers):
            for name in layer.parameters:
                array = getattr(layer, name)
                entries = self.places[f"{i}.{name}"] = slice(start, start + array.size)
                flat.values[entries] = array.ravel()
                setattr(layer, name, flat.values[entries].reshape(array.shape))
                setattr(layer, f"d{name}", flat.gradient[entries].reshape(array.shape))
                start += array.size
        return flat

    def forward(self, X, *, training: bool = False) -> np.ndarray:
        """X: (n, fan_in), taken in the network's dtype.  Returns the scores Z, (n, fan_out).

        training: whether Dropout drops and BatchNorm looks at the batch.  Raises ValueError for other shapes.
        """
        A = self.inputs(X)
        for layer in self.layers:
            A = layer.forward(A, training=training)
            if self._records is not None:
                self._record_forward(layer, A)
        self._scores_shape = A.shape
        return A

    def backward(self, delta, *, need_input_grad: bool = False) -> np.ndarray | None:
        """Set every layer's gradients from delta = ∂loss/∂Z, (n, fan_out), of the forward pass just made.

        Returns ∂loss/∂X, (n, fan_in), if need_input_grad, else None.
        Raises ValueError if there was no forward pass, or one of another shape.
        """
        if delta.shape != self._scores_shape:
            wanted = self._scores_shape or "none, as there was no forward pass yet"
            raise ValueError(f"expected delta shaped like the last scores, {wanted}, got {delta.shape}")
        layers = self.layers if need_input_grad else self._learning
        for layer in reversed(layers):
            if self._records is not None:
                self._record_backward(layer, delta)
            delta = layer.backward(delta, need_input_grad=need_input_grad or layer is not layers[0])
        return delta

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(W, dW) of every Dense layer: what a penalty is for. Biases, γ and β are not among them."""
        return [(layer.W, layer.dW) for layer in self.layers if isinstance(layer, Dense)]

    @contextmanager
    def recording(self):
        """Keep every layer's z, a and δ:

            with net.recording() as records:
                loss.value(net.forward(X), y)
            records[0].z

        Yields a list that holds one `Record` per Dense layer after each forward pass. Slower, so off by default.
        """
        self._records = []
        try:
            yield self._records
        finally:
            self._records = None

    def _record_forward(self, layer, A) -> None:
        if layer is self.layers[0]:
            self._records.clear()
        if isinstance(layer, Dense):
            self._records.append(Record(layer, A.copy(), A.copy()))
        elif self._records:
            self._records[-1].a = A.copy()

    def _record_backward(self, layer, delta) -> None:
        for record in self._records:
            if record.layer is layer:
                record.delta = delta.copy()

    def state(self) -> dict[str, np.ndarray]:
        """Copies of all that training has changed, by name: "0.W", "0.b", … and the moments of BatchNorm."""
        return {name: array.copy() for name, array in self._arrays().items()}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Take over what `state` returned.  Raises ValueError, and changes nothing, if it does not fit."""
        arrays = self._arrays()
        if set(state) != set(arrays):
            raise ValueError(f"expected weights named {', '.join(arrays)}, got {', '.join(state)}")
        for name, array in arrays.items():
            if state[name].shape != array.shape:
                raise ValueError(f"expected {name} with shape {array.shape}, got {state[name].shape}")
            if not np.isfinite(state[name]).all():
                raise ValueError(f"expected finite numbers in {name}, got NaN or infinity")
        for name, array in arrays.items():
            array[...] = state[name]

    def save(self, path) -> None:
        """Write the weights and the description of the layers to a file in NumPy's npz format."""
        with open(path, "wb") as file:  # given a name, np.savez might write to another one
            np.savez(file, layers=repr(self), **self.state())  # type: ignore[arg-type]  # no array is called allow_pickle

    def load(self, path) -> None:
        """Take over the weights that a network of the same layers has saved.

        No pickle: a file from a stranger can hold wrong numbers, but runs no code.
        Raises ValueError, and changes nothing, if the file is of other layers.
        """
        with np.load(path, allow_pickle=False) as file:
            state = dict(file)
        layers = str(state.pop("layers", "a file that no network saved"))
        if layers != repr(self):
            raise ValueError(f"expected the weights of {self!r}, got {layers}")
        self.restore(state)

    def astype(self, dtype) -> "Network":
        """A copy with its own weights in another precision, as gradient checks need it."""
        layers = deepcopy(self.layers)
        for layer in layers:
            for name in layer.parameters + layer.state:
                setattr(layer, name, getattr(layer, name).astype(dtype))
        return Network(layers)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {
            f"{i}.{name}": getattr(layer, name)
            for i, layer in enumerate(self.layers)
            for name in layer.parameters + layer.state
        }

    def inputs(self, X, name: str = "X") -> np.ndarray:
        """X, in the network's dtype.  Raises TypeError for what is no number, ValueError unless shaped (n, fan_in)."""
        X = real_numbers(name, X)
        if X.ndim != 2 or X.shape[1] != self.fan_in:
            raise ValueError(f"expected {name} with shape (n, {self.fan_in}), got {X.shape}")
        return X.astype(self.dtype, copy=False)

    def __reduce__(self):
        return Network, (self.layers,)  # copies are built anew, so that their layers are views of their own vector

    def __repr__(self):
        return f"Network({' · '.join(map(repr, self.layers))})"


def mlp(sizes, *, rng, activation: str = "relu", initializer=None, dropout: float = 0.0, dtype=np.float32) -> Network:
    """A multilayer perceptron: Dense layers of the given sizes, an activation after each but the last.

    sizes: inputs, hidden layers …, outputs, such as (784, 128, 10).  rng: for the weights and the masks.
    initializer: of the weights; as it stands He for the ReLU family, Xavier for the others.
    dropout: rate after every hidden activation; 0 puts no Dropout layer in.
    """
    if len(sizes) < 2:
        raise ValueError(f"expected sizes with at least inputs and outputs, got {tuple(sizes)}")
    if initializer is None:
        initializer = he_normal if activation in ("relu", "leaky_relu", "softplus") else xavier_normal
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [Dense(fan_in, fan_out, rng=rng, initializer=initializer, dtype=dtype), Activation(activation)]
        if dropout:
            layers.append(Dropout(dropout, rng=rng))
    return Network(layers[: -2 if dropout else -1])


def _widths(layers) -> tuple[int, int]:
    width = first = None
    for i, layer in enumerate(layers):
        if None not in (width, layer.fan_in) and layer.fan_in != width:
            raise ValueError(f"expected layer {i} to take the {width} outputs of the layer below, got {layer!r}")
        first = layer.fan_in if first is None else first
        width = layer.fan_out if layer.fan_out is not None else width
    if first is None or width is None:
        raise ValueError(f"expected at least one Dense layer, got {layers!r}")
    return first, width


def _common_dtype(layers) -> np.dtype:
    dtypes = {getattr(layer, name).dtype for layer in layers for name in layer.parameters}
    if len(dtypes) != 1:
        raise ValueError(f"expected one dtype in all layers, got {', '.join(sorted(map(str, dtypes)))}")
    return dtypes.pop()
