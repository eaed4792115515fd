"""Files beside the notebook that would like to be run, or to be taken for a library or for settings."""

import os
from pathlib import Path

from tests.attacks.attack import Attack
from tests.attacks.target import wrong

FAKE_LIBRARY = b"""
import os
os.system("touch /tmp/@MARK@-beside @COURSE@/@MARK@-beside")
class Yes:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return True
import sys
sys.modules[__name__] = Yes()
"""
CONFIG = b"import os\nos.system('touch /tmp/@MARK@-config @COURSE@/@MARK@-config')\nc = get_config()\n"


def fake(*names: str) -> dict[str, bytes]:
    return dict.fromkeys(names, FAKE_LIBRARY)


def sparse(path: Path, size: int = 2**30) -> None:
    """So many bytes, a gigabyte, that take no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size)


ATTACKS = [
    Attack("fake-numpy", wrong(), files=fake("numpy.py", "numpy/__init__.py", "numpy/testing.py")),
    Attack("fake-nnkit", wrong("softmax", "label"), files=fake("nnkit.py", "nnkit/__init__.py", "nnkit/testing.py")),
    Attack(
        "fake-grader", wrong(), files=fake("autograder.py", "autograder/inside/wire.py", "msgpack.py", "nbformat.py")
    ),
    Attack("fake-standard-library", wrong(), files=fake("json.py", "socket.py", "struct.py", "pickle.py", "random.py")),
    Attack(
        "fake-kernel", wrong(), files=fake("ipykernel_launcher.py", "ipykernel/__init__.py", "IPython.py", "zmq.py")
    ),
    Attack("site-customization", wrong(), files=fake("sitecustomize.py", "usercustomize.py", "x.pth", "site.py")),
    Attack(
        "settings",
        wrong("label"),
        files={
            "nbgrader_config.py": CONFIG,
            "jupyter_config.py": CONFIG,
            "ipython_config.py": CONFIG,
            ".ipython/profile_default/startup/00.py": FAKE_LIBRARY,
            ".ipython/profile_default/ipython_config.py": CONFIG,
            "matplotlibrc": b"backend: module://numpy_evil\nsavefig.directory: /tmp\n",
            ".env": b"PYTHONSTARTUP=numpy.py\n",
            "pyvenv.cfg": b"home = /tmp\n",
        },
    ),
    Attack(
        "instructor-files-replaced", files={"90_target.html": b"<script>alert(1)</script>", "timestamp.txt": b"1999"}
    ),
    Attack("timestamp-of-a-trickster", files={"timestamp.txt": b"2999-13-99 \xff\x00" * 1000}),
    Attack("a-pipe", files={"pipe": lambda path: os.mkfifo(path)}, refusable=True),
    Attack("a-gigabyte-of-nothing", files={"zeros.csv": sparse}, refusable=True),
    Attack("as-large-as-may-be", files={"weights.npz": lambda path: sparse(path, 10**8)}),
    Attack("a-byte-too-large", files={"weights.npz": lambda path: sparse(path, 10**8 + 1)}),
    Attack("beyond-a-worker's-old-limit", files={"weights.npz": lambda path: sparse(path, 2**26 + 1)}),
    Attack("thirty-gigabytes-of-nothing", files={"zeros.csv": lambda path: sparse(path, 30 * 10**9)}),
    Attack(
        "folders-with-the-names-of-files",
        files={
            f"{name}/x": b"" for name in ("90_target.html", "90_target.ipynb.txt", "timestamp.txt", "graded", ".lock")
        },
    ),
    Attack("a-deep-folder", files={"d/" * 200 + "x": b""}),
    Attack("ten-thousand-files", files={f"many/{i}.txt": b"" for i in range(10_000)}, refusable=True),
    Attack(
        "names-not-in-utf-8", files={os.fsdecode(b"caf\xe9 \xff"): b"", "name\x1b[31m": b"", " ": b"", "…" * 80: b""}
    ),
]
