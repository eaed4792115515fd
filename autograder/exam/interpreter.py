"""The Python that grades: that of the course's own environment, where `c.Environment.python` names one.

Worker, examiner and sandbox run on the interpreter of the command that starts them, and have the libraries of its
environment. So it is the command that moves there, with all it was told.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from autograder.errors import UserError

NEEDED = ("autograder", "nnkit", "nbgrader", "ipykernel", "msgpack", "numpy", "matplotlib", "click", "rich")
OLDEST = (3, 11)
_PROBE = """
import json, sys
from importlib.util import find_spec
missing = [name for name in sys.argv[1:] if find_spec(name) is None]
print(json.dumps([sys.prefix, sys.version_info[:2], missing]))
"""


def move_to(python: Path | None) -> None:
    """Go on as the same command on another interpreter; nothing, if there is none or it is this one.

    Raises UserError if it does not answer, or lacks what grading needs.
    """
    if python is None:
        return
    try:
        probe = [str(python), "-I", "-c", _PROBE, *NEEDED]
        answer = subprocess.run(probe, capture_output=True, text=True, timeout=60, check=True, cwd="/").stdout
        prefix, version, missing = json.loads(answer)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise UserError(f"c.Environment.python: {python} does not answer as a Python does: {error}") from error
    if tuple(version) < OLDEST:
        found, wanted = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
        raise UserError(f"c.Environment.python: expected Python {wanted} or newer, {python} is {found}")
    if missing:
        raise UserError(
            f"c.Environment.python: {python} cannot grade, it lacks {', '.join(missing)}: "
            "install this package there, with its extra `grade`"
        )
    if prefix != sys.prefix:
        os.execv(python, [str(python), "-P", "-m", "autograder", *sys.argv[1:]])
