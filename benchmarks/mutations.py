"""Do the tests notice? One small change of a module at a time, and whether its tests still pass.

    python -m benchmarks.mutations autograder/book/rows.py tests/autograder/book/test_rows.py

The changes are those of `autograder verify` (autograder/build/mutants.py). Each is
tried in a process of its own, forked from one that has loaded what the tests need; those that survive are printed.
"""

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path

import pytest

from autograder.build.mutants import mutants

PATIENCE = 120  # seconds of processor time for all tests on one change: some changes make a loop that does not end
STANDSTILL = 600  # seconds on the clock: others wait for what never comes


def survives(module: str, source: str, tests: list[str]) -> bool:
    """Whether the tests pass with the module's source replaced, in a process that ends with them."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)  # its signal ends the process
        signal.setitimer(signal.ITIMER_REAL, STANDSTILL)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1), os.dup2(sink, 2)
        exec(compile(source, module, "exec"), vars(importlib.import_module(module)))
        os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
    finally:
        os._exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the module")
    parser.add_argument("tests", nargs="+", help="its tests, as pytest takes them")
    arguments = parser.parse_args()
    module = ".".join(arguments.path.with_suffix("").parts)
    importlib.import_module(module)
    source = arguments.path.read_text(encoding="utf-8")
    if not survives(module, source, arguments.tests):
        sys.exit("the tests fail as it is")
    made = list(mutants(source))
    alive = []
    for mutant in made:
        if survives(module, mutant.source, arguments.tests):
            alive.append(mutant)
            print(f"line {mutant.line}: {mutant.what}", flush=True)
    killed = len(made) - len(alive)
    print(f"{arguments.path}: {killed} of {len(made)} changes noticed, {killed / len(made):.1%}")


if __name__ == "__main__":
    main()
