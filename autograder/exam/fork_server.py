"""The server that the processes of `process.py` are forked from: it has their libraries loaded."""

import multiprocessing
import os
import tempfile
from collections.abc import Iterable
from multiprocessing import forkserver, util

CONTEXT = multiprocessing.get_context("forkserver")
PRELOAD = "AUTOGRADER_PRELOAD"
"""The environment variable that tells the server what to load; see preload.py."""
_LONGEST = 60
"""Bytes of a temporary folder's path that leave room for the server's own socket in it; Linux allows 107 in all."""
_MODULES = ("autograder.exam.process", "autograder.cli", "nnkit.testing", "matplotlib.pyplot")


def start(modules: Iterable[str]) -> None:
    """Start the server, if there is none yet, with more modules to load. It does not wait until they are."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # there are as many examiners as processors
    os.environ[PRELOAD] = " ".join((*_MODULES, *modules))
    CONTEXT.set_forkserver_preload(["autograder.exam.preload"])
    _keep_socket_path_short()
    forkserver.ensure_running()


def _keep_socket_path_short() -> None:
    """Where `TMPDIR` is a long path, the server's socket stands in `/tmp`: multiprocessing asks once and remembers."""
    if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST:
        return
    chosen, tempfile.tempdir = tempfile.tempdir, "/tmp"
    try:
        util.get_temp_dir()
    finally:
        tempfile.tempdir = chosen
