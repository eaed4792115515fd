"""The server that the processes of `process.py` are forked from: it has their libraries loaded."""

import multiprocessing
import os
from collections.abc import Iterable
from multiprocessing import forkserver

CONTEXT = multiprocessing.get_context("forkserver")
PRELOAD = "AUTOGRADER_PRELOAD"
"""The environment variable that tells the server what to load; see preload.py."""
_MODULES = ("autograder.exam.process", "autograder.cli", "nnkit.testing", "matplotlib.pyplot")


def start(modules: Iterable[str]) -> None:
    """Start the server, if there is none yet, with more modules to load. It does not wait until they are."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # there are as many examiners as processors
    os.environ[PRELOAD] = " ".join((*_MODULES, *modules))
    CONTEXT.set_forkserver_preload(["autograder.exam.preload"])
    forkserver.ensure_running()
