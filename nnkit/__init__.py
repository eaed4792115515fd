"""Neural networks in NumPy, written to be read beside the course.

The pages show each method as the course states it. What is faster in another form has it in `_fast`, with the gain
measured; `_registry` finds what a file offers, so that a new optimizer, loss or activation is one entry in its file.

Read the files in this order; each one only imports from files before it:

checks · activations · initializers · layers · losses · penalties · network · schedules · optimizers · batches ·
training · gradcheck · graph · linear · multiclass · classifier · preprocessing · augment · datasets · testing ·
notebook · workbook · variant · progress · palette · layout · plots · explore
"""

import sys
from importlib import import_module

__version__ = "0.2.0"

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
    "notebook",
    "workbook",
    "variant",
    "progress",
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


# In a notebook, the rules of the check cells hold from the first import on, and what takes long gives a sign of life.
if (_ipython := sys.modules.get("IPython")) and (_shell := _ipython.get_ipython()):
    import_module("nnkit.notebook.kernel").attach(_shell)
    import_module("nnkit.notebook.waiting").attach(_shell)
