"""Loads libraries in a process that others are forked from, once for all of them."""

import gc
import warnings
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module


def load(modules: Iterable[str]) -> None:
    """Import modules, and pass over those that are not there or break. Whoever needs one will hear why."""
    for name in modules:
        with warnings.catch_warnings(), suppress(Exception):
            warnings.simplefilter("ignore")
            import_module(name)
    # Nothing of this is garbage, and pages that the collector does not touch stay shared.
    gc.collect()
    gc.freeze()
