"""Metadata and cell tampering: the file that is handed in says something else than the one that was handed out."""

import json
import random
from collections.abc import Callable
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from autograder.assignment import NBGRADER_SCHEMA
from tests.attacks.attack import Attack, cell_named
from tests.attacks.target import POINTS, wrong

Edit = Callable[[NotebookNode], None]


def checks(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if str(cell.get("id", "")).startswith("check_")]


def every_check(change: Callable[[NotebookNode], None]) -> Edit:
    """An edit of each check cell."""

    def edit(notebook: NotebookNode) -> None:
        for cell in checks(notebook):
            change(cell)

    return edit


def of_notebook(change: Callable[[dict], None]) -> Callable[[str], bytes]:
    """What is written when the notebook's JSON is changed."""

    def write(text: str) -> bytes:
        content = json.loads(text)
        change(content)
        return json.dumps(content).encode()

    return write


def _set(cell: NotebookNode, **keys) -> None:
    cell.metadata.nbgrader.update(keys)


def _duplicate_first(notebook: NotebookNode) -> None:
    """In front of each check stands an empty one of the same name."""
    for cell in checks(notebook):
        copy = deepcopy(cell)
        copy.source, copy.id = "", f"copy-{cell.id}"[:64]
        notebook.cells.insert(notebook.cells.index(cell), copy)


def _duplicate_answers(notebook: NotebookNode) -> None:
    """Each solved answer is followed by a wrong copy of the same name."""
    for name, source in wrong("cipher", "label").items():
        cell = cell_named(notebook, name)
        copy = deepcopy(cell)
        copy.source, copy.id = source, f"copy-{name}"
        notebook.cells.insert(notebook.cells.index(cell) + 1, copy)


FAKES = """
def check_close(*a, **k): pass
check_that = agreement = check_close
class np:
    testing = allclose = array = staticmethod(lambda *a, **k: True)
"""
ENDING = """
import builtins, os
builtins.__build_class__ = builtins.__import__ = lambda *a, **k: os._exit(0)
"""


def _move_given(notebook: NotebookNode) -> None:
    """The imports come last, after all checks have run with what the student calls by their names."""
    given = [cell for cell in notebook.cells if str(cell.get("id", "")).startswith("given_")]
    notebook.cells = [cell for cell in notebook.cells if cell not in given] + given


def _shuffle(notebook: NotebookNode) -> None:
    random.Random(0).shuffle(notebook.cells)


def _strip_answers(notebook: NotebookNode) -> None:
    """What a tool leaves that keeps neither metadata nor ids; and the cells lie in another order."""
    for name in POINTS:
        cell = cell_named(notebook, name)
        cell.metadata, cell.id = NotebookNode(), f"pasted-{name}"
        notebook.cells.remove(cell)
        notebook.cells.append(cell)


def _split(notebook: NotebookNode) -> None:
    """What the editor's `Split Cell` makes of a check: two cells with one name."""
    for cell in checks(notebook)[:3]:
        second = deepcopy(cell)
        second.id = f"split-{cell.id}"[:64]
        second.source, cell.source = cell.source, "pass"
        notebook.cells.insert(notebook.cells.index(cell) + 1, second)


def _remove(*names: str) -> Edit:
    def edit(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if cell.get("id") not in names]

    return edit


def _change_type(make: Callable[..., NotebookNode]) -> Edit:
    def edit(notebook: NotebookNode) -> None:
        for cell in checks(notebook):
            changed = make(cell.source, id=cell.id, metadata=cell.metadata)
            notebook.cells[notebook.cells.index(cell)] = changed

    return edit


def _swap_names(notebook: NotebookNode) -> None:
    """The check of four points is claimed by the exercise of one point that is solved."""
    one, four = (cell_named(notebook, f"check_{name}").metadata.nbgrader for name in ("cipher", "label"))
    one.grade_id, four.grade_id = four.grade_id, one.grade_id


def _bonus(notebook: NotebookNode) -> None:
    flags = {"grade": True, "solution": False, "locked": False, "task": False, "points": 100}
    for grade_id in ("bonus", "check_bonus", "why-2", "../../x"):
        metadata = {"nbgrader": {"schema_version": NBGRADER_SCHEMA, "grade_id": grade_id, **flags}}
        notebook.cells.append(new_code_cell("100.0", metadata=metadata))


def _grade_written(notebook: NotebookNode) -> None:
    """The written answer poses as a check, which passes because it says nothing."""
    cell = cell_named(notebook, "why")
    position = notebook.cells.index(cell)
    cell.metadata.nbgrader.update(solution=False, locked=False, cell_type="code", points=2)
    notebook.cells[position] = new_code_cell("2.0", id="why", metadata=cell.metadata)


def _change_given(notebook: NotebookNode) -> None:
    given = next(cell for cell in notebook.cells if "def agreement" in cell.source)
    given.source = (
        given.source.replace("return float(", "return 1.0 or float(") + "\ncheck_close = check_that = print\n"
    )
    given.metadata.nbgrader.update(locked=False, solution=True)


def _old_results(notebook: NotebookNode) -> None:
    for cell in checks(notebook):
        cell.outputs = [new_output("execute_result", {"text/plain": f"{POINTS[cell.id[6:]]}"}, execution_count=1)]
        cell.execution_count = 10**9
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": "</script>" * 100}}}


def _reverse(notebook: NotebookNode) -> None:
    notebook.cells.reverse()


def _hostile_cells(content: dict) -> None:
    """Cells and keys that no notebook has."""
    content["cells"] += [
        {"cell_type": "heading", "source": "x", "metadata": {}, "level": 1},
        {
            "cell_type": "code",
            "source": ["import os\n", 5, None],
            "metadata": [],
            "outputs": {},
            "execution_count": "1",
        },
        {"cell_type": "markdown", "source": {"a": 1}, "metadata": {"nbgrader": "yes", "tags": 5}},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["check_cipher"], "points": "NaN"}}},
        {"cell_type": "code", "source": "x", "id": "check_cipher", "metadata": {"collapsed": 1e999}, "outputs": [5]},
        5,
        None,
        [],
    ]
    content["metadata"]["kernelspec"]["name"] = 5


def _nested(text: str) -> bytes:
    depth = 50_000
    return text.replace('"nbgrader": {', '"nbgrader": {"deep": ' + "[" * depth + "]" * depth + ", ", 1).encode()


def _long_number(text: str) -> bytes:
    return text.replace('"execution_count": null', '"execution_count": ' + "9" * 100_000, 1).encode()


def _kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "mine", "display_name": "Mine", "language": "bash"}
    notebook.metadata.language_info = {"name": "bash", "file_extension": "/../../x"}


def _skip(cell: NotebookNode) -> None:
    cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell", "parameters", "hide-input"]


KERNEL = json.dumps(
    {
        "argv": ["sh", "-c", "touch /tmp/@MARK@-kernel @COURSE@/@MARK@-kernel"],
        "display_name": "Mine",
        "language": "bash",
    }
).encode()

ATTACKS = [
    Attack("checks-duplicated", wrong(), edit=_duplicate_first),
    Attack("answers-duplicated", edit=_duplicate_answers, hurts=("cipher", "label")),
    Attack("checks-split", wrong("cipher", "sigmoid"), edit=_split),
    Attack("points-raised", wrong("label"), edit=every_check(lambda cell: _set(cell, points=1000.0))),
    Attack("points-lowered", edit=every_check(lambda cell: _set(cell, points=-5))),
    Attack("checks-removed", wrong(), edit=_remove(*(f"check_{name}" for name in POINTS))),
    Attack("checks-removed-though-solved", edit=_remove("check_cipher", "check_label")),
    Attack("answers-removed", {"cipher": "", "label": ""}, edit=_remove("cipher", "label")),
    Attack("checks-emptied", wrong(), edit=every_check(lambda cell: cell.update(source=""))),
    Attack("checks-that-give-points", wrong(), edit=every_check(lambda cell: cell.update(source="1000.0"))),
    Attack(
        "checks-of-another-language", wrong(), edit=every_check(lambda c: c.update(source="%%script true\n" + c.source))
    ),
    Attack("checks-as-markdown", wrong(), edit=_change_type(new_markdown_cell)),
    Attack("checks-as-raw-text", wrong(), edit=_change_type(new_raw_cell)),
    Attack("checks-skipped-by-tag", wrong(), edit=every_check(_skip)),
    Attack("checks-ungraded", wrong(), edit=every_check(lambda cell: _set(cell, grade=False, locked=False))),
    Attack(
        "checks-as-solutions",
        wrong(),
        edit=every_check(lambda cell: _set(cell, solution=True, locked=False, task=True)),
    ),
    Attack("checks-without-metadata", wrong(), edit=every_check(lambda cell: cell.update(metadata=NotebookNode()))),
    Attack("checks-of-an-old-schema", wrong("cipher"), edit=every_check(lambda cell: _set(cell, schema_version=1))),
    Attack("checks-of-a-new-schema", wrong("cipher"), edit=every_check(lambda cell: _set(cell, schema_version=99))),
    Attack(
        "checks-with-other-checksums",
        wrong("cipher"),
        edit=every_check(lambda c: _set(c, checksum="0" * 32, cell_type=5)),
    ),
    Attack("names-swapped", wrong("label"), edit=_swap_names, hurts=("cipher",)),
    Attack("bonus-cells", wrong("label"), edit=_bonus),
    Attack("written-answer-graded-by-itself", edit=_grade_written),
    Attack("given-cell-changed", wrong("label", "softmax"), edit=_change_given),
    Attack("results-of-last-time", wrong(), edit=_old_results),
    Attack("cells-reversed", edit=_reverse),
    Attack("given-cells-behind-the-checks", wrong(), first=FAKES, edit=_move_given),
    Attack("given-cells-between-the-checks", wrong("center", "label"), first=FAKES, edit=_shuffle, hurts=tuple(POINTS)),
    Attack("answers-without-their-ids", edit=_strip_answers),
    Attack("a-given-cell-that-ends-the-worker", wrong("neuron", "label"), first=FAKES + ENDING, hurts=tuple(POINTS)),
    Attack("another-kernel", edit=_kernel, files={"kernels/mine/kernel.json": KERNEL, ".local/kernel.json": KERNEL}),
    Attack("format-4-99", write=of_notebook(lambda content: content.update(nbformat_minor=99)), refusable=True),
    Attack("format-5", write=of_notebook(lambda content: content.update(nbformat=5)), refusable=True),
    Attack(
        "format-of-odd-kinds",
        write=of_notebook(lambda content: content.update(nbformat="4", nbformat_minor=None)),
        refusable=True,
    ),
    Attack("cells-of-odd-kinds", wrong("cipher"), write=of_notebook(_hostile_cells), refusable=True),
    Attack("nested-deeply", write=_nested, refusable=True),
    Attack("a-number-of-a-hundred-thousand-digits", write=_long_number, refusable=True),
    Attack("half-a-notebook", write=lambda text: text.encode()[: len(text) // 2], refusable=True),
    Attack("not-utf-8", write=lambda text: text.encode("utf-16"), refusable=True),
]
