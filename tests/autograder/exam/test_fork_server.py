"""The fork server starts wherever the temporary folder is."""

import os
import subprocess
import sys

from tests.autograder.conftest import ROOT

START = """
from autograder.exam import fork_server
fork_server.start(())
answer = fork_server.CONTEXT.Process(target=print, args=("forked",))
answer.start()
answer.join()
raise SystemExit(answer.exitcode)
"""


def test_a_long_temporary_folder_leaves_room_for_the_socket(tmp_path):
    """A Unix socket's path has at most 107 bytes, and multiprocessing puts its own below `TMPDIR`."""
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    command = [sys.executable, "-c", START]
    result = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"TMPDIR": str(folder)}, capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (0, "forked\n"), result.stderr
