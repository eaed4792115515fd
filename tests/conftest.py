"""What holds for every test."""

import asyncio
import os
import sys

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# jsonschema, which comes with nbformat, would load a grammar of internet addresses: a second in each process of pytest.
sys.modules.setdefault("rfc3987_syntax", None)

# There is a worker for each processor; threads of theirs would only wait for each other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

# Derandomized, so that a red build means a change of the code; no deadline, since a busy machine is no bug.
settings.register_profile("nnkit", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("nnkit")

# What takes minutes comes first, so that no processor has to wait for the other at the end.
LONGEST = (
    "tests/browser",
    "tests/attacks/test_attacks.py",
    "tests/test_chapters.py",
    "tests/autograder/exam",
    "tests/autograder/build",
    "tests/benchmarks",
)


def scope(nodeid: str) -> str:
    """What one worker runs: a file, for its fixtures; all browser tests, for their one JupyterLab and one browser."""
    file = nodeid.partition("::")[0]
    return "tests/browser" if file.startswith("tests/browser/") else file


class Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: [not item.nodeid.startswith(part) for part in LONGEST])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """From the first browser test on Playwright's loop counts as running in all tests of this process: the others could
    run none of their own, and a kernel's client waited five minutes for its end.
    """
    if item.nodeid.startswith("tests/browser/"):
        return (yield)
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


pytest_runtest_call = pytest_runtest_setup
