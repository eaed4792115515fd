"""Explorers: small interactive pictures that let you move one thing and watch what follows.

    from nnkit import explore
    explore.perceptron()

`dir(explore)` lists them, `help(explore.perceptron)` says what to do with one; `predict` asks you first, and records
what you expect; `quiz` asks what you know, and explains; `button` keeps what takes long until you ask for it.

Every file `_NAME.py` here is an explorer, found by its name: a model (NumPy only: controls in, arrays out) and a thin
view, the function NAME. Pictures are made of the marks in `marks` and drawn by `canvas`; `controls` makes what is
moved, `words` what is said, and `gallery` shows one example of each explorer.
"""

from importlib import import_module
from pkgutil import iter_modules

__all__ = [module.name[1:] for module in iter_modules(__path__) if module.name.startswith("_")]


def __getattr__(name: str):
    # Lazy: the widget libraries load with the first explorer, not with nnkit.
    if name in __all__:
        return getattr(import_module(f"{__name__}._{name}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return list(__all__)
