"""Chapters as pages: run once, with explorers that move without a kernel.

In the students' edition the answers are what was released, and what the other cells show comes from the solved chapter.
"""

import ast
import re
from copy import deepcopy
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.build.author import released_notebook, solved_notebook
from autograder.build.source import Chapter

SECONDS = 600  # for one cell
_LAST_LINE = "HTML(bake(lambda: ({})))"


def solved(chapter: Chapter, folder: Path) -> NotebookNode:
    """The solved chapter with all outputs; its explorers baked.  folder: to run in, with the chapter's files."""
    notebook = solved_notebook(chapter)
    explorers = [cell for cell in notebook.cells if "skip-execution" in cell.metadata.get("tags", ())]
    sources = {cell.id: cell.source for cell in explorers}
    for cell in explorers:
        if baking := _baking(cell.source):
            cell.source = baking
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != "skip-execution"]
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=SECONDS, store_widget_state=False, resources=place).execute()
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
    return _for_the_page(notebook, chapter)


def released(chapter: Chapter, run: NotebookNode) -> NotebookNode:
    """What students get, with the outputs of a run of the solved chapter where no answer stands."""
    notebook = released_notebook(chapter)
    shown = {cell.id: cell for cell in run.cells}
    for cell in notebook.cells:
        same = shown.get(cell.id)
        if cell.cell_type == "code" and same is not None and not cell.metadata.get("nbgrader", {}).get("solution"):
            cell.outputs = deepcopy(same.outputs)
    return _for_the_page(notebook, chapter)


def _baking(source: str) -> str:
    """The source of an explorer's cell, whose last expression becomes HTML; "" where it is none of `explore`."""
    last = ast.parse(source).body[-1]
    lines = source.split("\n")
    call = "\n".join(lines[last.lineno - 1 : last.end_lineno])
    if not isinstance(last, ast.Expr) or not call.startswith("explore."):
        return ""
    load = "from IPython.display import HTML\nfrom nnkit.explore.bake import bake"
    return "\n".join([load, *lines[: last.lineno - 1], _LAST_LINE.format(call)])


def _for_the_page(notebook: NotebookNode, chapter: Chapter) -> NotebookNode:
    """Checks and explorers with their code folded; links as the site knows them."""
    checks = {f"check_{exercise.name}" for exercise in chapter.exercises}
    for cell in notebook.cells:
        tags = list(cell.metadata.get("tags", ()))
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden") or cell.id in checks
        if cell.cell_type == "code" and (hidden or "skip-execution" in tags):
            tags.append("hide-input")
        cell.metadata["tags"] = tags
        if cell.cell_type == "markdown":
            cell.source = _ANCHOR.sub(lambda link: link[1] + link[2].lower(), cell.source)
    return notebook


_ANCHOR = re.compile(
    r"(\]\([^()\s]*#)([^()\s]+)(?=\))"
)  # JupyterLab writes headings as they are, the site in lower case
