"""Explorers: small interactive pictures that let you move one thing and watch what follows.

`predict` records what you expect before you look · `perceptron` steps through the mistake-driven rule ·
`lms_bowl` marks the largest rate that works · `learning_rate` shows what one number does to gradient descent ·
`softmax_regions` lets three weight vectors share a plane · `reductions` draws the regions of every way to make a
multiclass classifier of binary ones · `activations` puts neurons in a row and shows what comes back through them ·
`bumps` follows a curve with pairs of hidden neurons · `backprop` steps forward and backward through a graph ·
`deltas` sends activations up a small network and errors down · `initialization` shows what the scale of the weights
leaves of both, layer by layer · `batch_paths` lets three walks with different batch sizes go down one bowl ·
`optimizer_race` lets six optimizers loose on four surfaces · `landscape` slices through the loss of a network that you
trained · `overfitting` trains a small network anew for each capacity, penalty and dropout rate ·
`draw_digit` lets a network read your handwriting.

Each explorer is one file with a model (NumPy only: controls in, arrays out) and a thin view. The pictures are made of
the marks in `marks` and drawn by `canvas`.
"""

from importlib import import_module

_EXPLORERS = (
    "predict",
    "perceptron",
    "lms_bowl",
    "learning_rate",
    "softmax_regions",
    "reductions",
    "activations",
    "bumps",
    "backprop",
    "deltas",
    "initialization",
    "batch_paths",
    "optimizer_race",
    "landscape",
    "overfitting",
    "draw_digit",
)


def __getattr__(name: str):
    # Lazy: the widget libraries load with the first explorer, not with nnkit.
    if name in _EXPLORERS:
        return getattr(import_module(f"nnkit.explore._{name}"), name)
    raise AttributeError(f"module 'nnkit.explore' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_EXPLORERS])
