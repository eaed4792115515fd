"""The shell against a real kernel: the same cells must leave the same outputs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.author import solved_notebook
from autograder.source import read_chapters
from tests.browser.jupyter_browser import ROOT

# One notebook, a line `# %%` between its cells.
TRICKY_CELLS = Path(__file__).with_name("tricky_cells.txt").read_text(encoding="utf-8")[:-1].split("\n# %%\n")

DRIVER = """
import json, os, sys
from autograder.inside.shell import Shell
cells, answer = json.load(sys.stdin), os.dup(1)
shell = Shell()
outputs = [shell.run(cell).outputs for cell in cells]
with os.fdopen(answer, "w") as file:
    json.dump(outputs, file)
"""


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """One that kernel and shell share, with nothing of the user's in it."""
    for name in ("HOME", "IPYTHONDIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return tmp_path / "work"


def in_kernel(cells, folder):
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    return [cell.outputs for cell in notebook.cells]


def in_shell(cells, folder):
    command = [sys.executable, "-c", DRIVER]
    done = subprocess.run(command, input=json.dumps(cells), capture_output=True, text=True, cwd=folder, check=True)
    return json.loads(done.stdout)


def differences(cells, folder):
    """The cells that the two leave with other outputs."""
    expected, got = in_kernel(cells, folder), in_shell(cells, folder)
    pairs = [(cell, normalized(e), normalized(g)) for cell, e, g in zip(cells, expected, got, strict=True)]
    return [f"{cell}\n--- kernel\n{e}\n--- shell\n{g}" for cell, e, g in pairs if e != g]


def normalized(outputs) -> str:
    """Adjacent pieces of one stream joined; addresses, process ids, random ids and times masked."""
    joined = []
    for output in outputs:
        if joined and output["output_type"] == "stream" and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(dict(output))
    text = json.dumps(joined, indent=1, sort_keys=True)
    for pattern in (
        r"ipykernel_\d+",
        r"0x[0-9a-f]{6,}",
        r"\b[0-9a-f]{32}\b",
        r"[\d.e+]+ (ns|[μm]?s)\b",
        r"skipping similar frames.*?times\)",
    ):
        text = re.sub(pattern, "*", text.replace("\\u03bc", "μ"))
    return text


@pytest.mark.slow
@pytest.mark.parametrize("chapter", read_chapters(ROOT / "solutions"), ids=lambda chapter: chapter.name)
def test_a_solved_chapter_has_the_outputs_of_a_kernel(chapter, environment):
    cells = [cell.source for cell in solved_notebook(chapter).cells if cell.cell_type == "code"]
    assert differences(cells, environment) == []


@pytest.mark.slow
def test_tricky_cells_have_the_outputs_of_a_kernel(environment):
    different = differences(TRICKY_CELLS, environment)
    assert len(different) <= len(TRICKY_CELLS) // 100, "\n\n".join(different)
