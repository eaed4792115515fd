"""Notebooks run in a real kernel and in the grader's shell, and what differs between their outputs."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.jupyter_browser import ROOT

PATIENCE = 40  # seconds for a cell. Now and then a client sees a reply only when this time is over.

# Used as the prefork server uses it: prepared once, then a fork for each notebook. A call is code run between cells.
FORK_SERVER = """
import json, os, sys
from autograder.inside.shell import Shell, prepare
prepare()
answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    folder, cells, options = json.loads(line)
    if not os.fork():
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(folder)
        figures = options.pop("figures", True)
        shell, runs = Shell(**options), []
        for cell in cells:
            if isinstance(cell, str):
                run = shell.run(cell, figures=figures)
                runs.append((run.outputs, run.error))
            else:
                with shell.captured() as printed:
                    exec(cell["call"], shell.namespace)
                runs.append((list(printed), None))
        print(json.dumps(runs), file=answers, flush=True)
        os._exit(0)
    os.wait()
"""


class Notebooks:
    """Runs notebooks in a kernel or in our shell, each from the same empty folder."""

    def __init__(self, root: Path):
        self.home = root / "home"
        self._folder = root / "work"
        self.home.mkdir()
        self._environment = dict.fromkeys(("HOME", "IPYTHONDIR", "MPLCONFIGDIR", "TMPDIR"), str(self.home))
        self._environment |= {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([sys.executable, "-c", FORK_SERVER], env=self._environment, **pipes)

    def shell(self, *cells, **options) -> list:
        """For each cell its outputs, and name and message of the error; for each call what it printed."""
        with fresh(self._folder) as folder:
            print(json.dumps([folder, cells, options]), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())

    def kernel(self, *cells) -> list:
        """For each cell its outputs."""
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        with fresh(self._folder) as folder:
            resources = {"metadata": {"path": folder}}
            client = NotebookClient(notebook, timeout=PATIENCE, allow_errors=True, resources=resources)
            client.execute(env=self._environment)
        return [cell.outputs for cell in notebook.cells]

    def __enter__(self) -> "Notebooks":
        return self

    def __exit__(self, *_) -> None:
        with self.process:
            pass
        assert self.process.returncode == 0

    def differences(self, cells, expected=None) -> list[str]:
        """The cells that kernel and shell leave with other outputs. One that measures time never says the same.

        expected: the outputs in a kernel, if they are known already.
        """
        expected, got = expected or self.kernel(*cells), [outputs for outputs, _ in self.shell(*cells)]
        pairs = [(cell, normalized(e), normalized(g)) for cell, e, g in zip(cells, expected, got, strict=True)]
        return [
            f"{cell}\n--- kernel\n{e}\n--- shell\n{g}" for cell, e, g in pairs if e != g and "perf_counter" not in cell
        ]


@contextmanager
def fresh(folder: Path):
    """A folder that is empty before and gone afterwards: its name, always the same, may stand in outputs."""
    folder.mkdir()
    yield str(folder)
    shutil.rmtree(folder)


def normalized(outputs) -> str:
    """Adjacent pieces of one stream joined, empty displays left out; addresses, ids of processes, times masked."""
    joined = []
    for output in outputs:
        if output["output_type"] == "display_data" and not any(output["data"].values()):
            continue  # the place of the bar that a kernel shows while a cell takes long
        if joined and output["output_type"] == "stream" and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(dict(output))
    text = json.dumps(joined, indent=1, sort_keys=True, ensure_ascii=False)
    masked = (
        r"ipykernel_\d+",
        r"0x[0-9a-f]{6,}",
        r"\b[0-9a-f]{32}\b",
        r"[\d.e+]+ (ns|[μm]?s)\b",
        r"ratio[^:]*: \d+",
    )
    return re.sub("|".join(masked), "*", text)
