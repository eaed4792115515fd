"""What running a cell changes: global names, and the world around them. Only cells that were released are observed.

A value is known by a digest of what it holds. Where that cannot be told (an open figure, a lambda in a list) it is
opaque: whoever reads it may have changed it.
"""

import builtins
import decimal
import hashlib
import os
import pickle
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType

import numpy as np

from autograder.inside.written import signs

OPAQUE = "opaque"
_CONSTANTS = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), range, slice)
_DRAWING = ("matplotlib", "ipywidgets", "anywidget", "nnkit.explore")  # to pickle a figure takes longer than to draw it


class Observer:
    """Looks at a namespace and the world before and after each cell."""

    def __init__(self, namespace: dict):
        self._namespace = namespace
        self._seeded = False
        for module in (random, np.random):
            for name in ("seed", "setstate", "set_state"):
                if hasattr(module, name):
                    setattr(module, name, self._noting(getattr(module, name)))
        self._names, self._world = _digests(namespace), self._look_around()

    def _noting(self, seed: Callable) -> Callable:
        def noted(*arguments, **keywords):
            self._seeded = True
            return seed(*arguments, **keywords)

        return noted

    def _look_around(self) -> dict[str, object]:
        # Where nobody has seeded them, the states are another in each run, and drawing from them changes nothing.
        return _world(self._namespace) | (_random_states() if self._seeded else {"random": None})

    def look(self) -> dict:
        """What changed since the last look: `names`, whether the `world` did, which names are `opaque` now, and which
        are `fixed`: modules, functions, classes and constants, which nobody changes by using them.
        """
        before, self._names = self._names, _digests(self._namespace)
        around, self._world = self._world, self._look_around()
        changed = [name for name in before.keys() | self._names.keys() if before.get(name) != self._names.get(name)]
        return {
            "names": sorted(changed),
            # A module that was not there before has not been changed.
            "world": sorted(aspect for aspect in around if around[aspect] != self._world.get(aspect)),
            "opaque": sorted(name for name, digest in self._names.items() if digest == OPAQUE),
            "fixed": sorted(name for name in self._names if _is_surely_fixed(self._namespace[name])),
        }


def _is_surely_fixed(value) -> bool:
    try:
        return is_fixed(value)
    except RecursionError:  # a function that holds itself
        return False


def is_fixed(value) -> bool:
    """Whether a value has no state that using it could change."""
    if isinstance(value, (*_CONSTANTS, ModuleType, BuiltinFunctionType, np.generic, np.ufunc)):
        return True
    if isinstance(value, tuple):
        return all(map(is_fixed, value))
    if isinstance(value, FunctionType):
        held = [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
        held += [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        return not value.__dict__ and (value.__module__ != "__main__" or all(map(is_fixed, held)))
    if isinstance(value, type):
        return value.__module__ != "__main__" or all(
            is_fixed(item) or isinstance(item, property | staticmethod | classmethod)
            for name, item in vars(value).items()
            if not (name.startswith("__") and name.endswith("__"))
        )
    return False


def _digests(namespace: Mapping) -> dict[str, str]:
    return {
        name: _digest(value) for name, value in list(namespace.items()) if not name.startswith("_") and name != "In"
    }


def _digest(value) -> str:
    digest = hashlib.blake2b(digest_size=16)
    try:
        for part in _parts(value):
            digest.update(part)
    except Exception:  # whatever an object has against being pickled
        return OPAQUE
    return digest.hexdigest()


def _parts(value) -> Iterator[bytes]:
    """Bytes that are others when the value is another."""
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}\0".encode()
    if isinstance(value, ModuleType):
        yield value.__name__.encode()
    elif isinstance(value, FunctionType | type) and value.__module__ != "__main__":
        yield f"{value.__module__}.{value.__qualname__}".encode()
    elif isinstance(value, FunctionType):
        yield value.__code__.co_code + repr(value.__code__.co_consts).encode()
        held = [value.__defaults__, value.__kwdefaults__, value.__dict__]
        for item in [*held, *(cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell))]:
            yield from _parts(item)
    elif isinstance(value, type):
        for name, item in vars(value).items():
            if name not in ("__dict__", "__weakref__", "__doc__"):
                yield name.encode()
                yield from _parts(item) if isinstance(item, FunctionType) else [repr(item).encode()]
    elif kind.__module__.startswith(_DRAWING):
        raise TypeError("a drawing")
    else:
        buffers: list[pickle.PickleBuffer] = []
        yield pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        yield from (bytes(buffer.raw()) for buffer in buffers)


def _is_filled(cell) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _world(namespace: Mapping) -> dict[str, object]:
    """What cells share besides their names."""
    modules = {value for value in list(namespace.values()) if isinstance(value, ModuleType)}
    modules |= {module for name, module in list(sys.modules.items()) if name.partition(".")[0] == "nnkit" and module}
    matplotlib = sys.modules.get("matplotlib")
    return {
        "folder": os.getcwd(),
        "files": signs(Path.cwd()),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "hooks": (sys.excepthook, sys.displayhook, sys.gettrace(), sys.getprofile(), list(sys.meta_path)),
        "signals": [signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM)],
        "threads": threading.active_count(),
        "warnings": list(warnings.filters),
        "decimal": str(decimal.getcontext()).partition("flags")[0],
        "numpy": (np.geterr(), str(np.get_printoptions())),
        "matplotlib": str(dict(matplotlib.rcParams)) if matplotlib else None,
        "builtins": dict(vars(builtins)).keys() - {"_"},
    } | {module.__name__: _attributes(module) for module in modules}


def _random_states() -> dict[str, object]:
    return {"random": pickle.dumps((random.getstate(), np.random.get_state(legacy=False)))}  # noqa: NPY002 (it is meant)


def _attributes(module: ModuleType) -> dict[str, int]:
    """What a module binds. That it has loaded parts of itself by now is no change."""
    return {
        name: id(value)
        for name, value in list(vars(module).items())
        if not isinstance(value, ModuleType) and not name.startswith("__")
    }
