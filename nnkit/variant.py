"""Numbers of one's own: an exercise in which every student computes with others.

    from nnkit.variant import own_rng
    slope = int(own_rng("slope").integers(2, 10))  # the same each time, another one for your neighbor

Whose numbers they are stands in `student.txt` beside the notebook: the id under which you hand in, and nothing else. On
a JupyterHub nobody needs that file. When a submission is graded the grader puts in the id itself, whatever it says.

Draw in a given cell: there a check relies on it, and a student's code cannot change it.
"""

import hashlib
import os
from pathlib import Path

import numpy as np

FILE = "student.txt"
"""Beside the notebook: the id of a student, in any case, with or without blanks around it."""

_known = ""


def student() -> str:
    """Whose notebook this is; "" if nobody has said. Once it is known it stays so until the kernel ends."""
    global _known
    if not _known:
        path = Path(FILE)
        said = path.read_text(encoding="utf-8") if path.is_file() else os.environ.get("JUPYTERHUB_USER", "")
        _known = normalized(said)
    return _known


def own_rng(name: str) -> np.random.Generator:
    """A generator whose draws depend on the student and on `name`, and on nothing else.

    name: of what is drawn, so that one more draw for one exercise does not move the numbers of the next.
    Where nobody has said who the student is it says so, and draws an example that is the same for all.
    """
    who = student()
    if not who:
        print(f"These are example numbers. For your own, write your id into {FILE} beside this notebook.")
    digest = hashlib.sha256(f"{who}\0{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest))


def normalized(said: str) -> str:
    """An id as it counts: however people type it, it is one."""
    return said.strip().casefold()
