"""The fork server starts wherever the temporary folder is, and says nothing of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.autograder.conftest import ROOT

START = """
from autograder.exam import fork_server
fork_server.start({modules})
answer = fork_server.CONTEXT.Process(target=print, args=("forked",))
answer.start()
answer.join()
raise SystemExit(answer.exitcode)
"""


def started(folder: Path, modules: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Start a server, in a process of its own, that forks one which prints "forked"."""
    command = [sys.executable, "-c", START.format(modules=modules)]
    environment = os.environ | {"TMPDIR": str(folder)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_a_long_temporary_folder_leaves_room_for_the_socket(tmp_path):
    """A Unix socket's path has at most 107 bytes, and multiprocessing puts its own below `TMPDIR`."""
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    result = started(folder)
    assert (result.returncode, result.stderr) == (0, "forked\n")


def test_what_a_module_prints_when_it_is_loaded_is_no_output_of_the_command(tmp_path):
    result = started(tmp_path, ("this",))
    assert (result.returncode, result.stdout) == (0, "")
    assert "Beautiful is better than ugly." in result.stderr
