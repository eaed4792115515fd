"""Neural networks in NumPy, written to be read beside the course.

Read the files in this order; each one only imports from files before it:

checks · activations · initializers · layers · losses · penalties · network · schedules · optimizers · batches ·
training · gradcheck · graph · linear · multiclass · classifier · preprocessing · augment · datasets · testing ·
workbook · palette · layout · plots · explore
"""

from importlib import import_module

__version__ = "0.1.0"

_SUBMODULES = (
    "checks",
    "activations",
    "initializers",
    "layers",
    "losses",
    "penalties",
    "network",
    "schedules",
    "optimizers",
    "batches",
    "training",
    "gradcheck",
    "graph",
    "linear",
    "multiclass",
    "classifier",
    "preprocessing",
    "augment",
    "datasets",
    "testing",
    "workbook",
    "palette",
    "layout",
    "plots",
    "explore",
)


def __getattr__(name: str):
    # Lazy, so that `import nnkit` costs no more than `import numpy`; matplotlib and the widgets wait until
    # used.
    if name in _SUBMODULES:
        return import_module(f"nnkit.{name}")
    raise AttributeError(f"module 'nnkit' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_SUBMODULES])
