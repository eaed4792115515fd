import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nnkit

PACKAGE = Path(nnkit.__file__).parent


def modules_after(statement: str) -> set[str]:
    """What a fresh interpreter has loaded after one statement."""
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    return set(json.loads(done.stdout))


def test_import_is_as_cheap_as_it_says():
    loaded = modules_after("import nnkit")
    assert "nnkit" in loaded
    heavy = {"numpy", "matplotlib", "sklearn", "scipy", "ipywidgets", "anywidget", "IPython"}
    assert not loaded & heavy


PRIVATE = sorted(file.stem for file in PACKAGE.glob("_[!_]*.py"))
NUMPY_AT_MOST = (
    *nnkit._SUBMODULES[: nnkit._SUBMODULES.index("linear")],
    "testing",
    "workbook",
    "datasets",
    "augment",
    "variant",
)


@pytest.mark.parametrize("name", NUMPY_AT_MOST)
def test_numpy_at_most(name):
    loaded = modules_after(f"import nnkit.{name}")
    assert f"nnkit.{name}" in loaded
    assert not loaded & {"matplotlib", "sklearn", "scipy", "ipywidgets", "IPython"}


def test_plots_need_neither_pyplot_nor_a_notebook():
    loaded = modules_after("from nnkit import plots; plots.figure()")
    assert "matplotlib" in loaded
    assert not loaded & {"matplotlib.pyplot", "IPython", "sklearn"}


def test_submodules_come_when_asked_for():
    assert nnkit.activations.sigmoid(0) == 0.5
    assert {"activations", "linear", "plots", "testing"} <= set(dir(nnkit))
    with pytest.raises(AttributeError, match="module 'nnkit' has no attribute 'nonsense'"):
        _ = nnkit.nonsense


def test_the_design_names_what_the_files_offer():
    from nnkit.activations import ACTIVATIONS
    from nnkit.losses import LOSSES
    from nnkit.optimizers import OPTIMIZERS

    design = (PACKAGE.parent / "docs/design.md").read_text(encoding="utf-8")
    assert not [name for name in (*ACTIVATIONS, *LOSSES, *OPTIMIZERS) if not re.search(rf"\b{name}\b", design)]


def test_files_import_only_from_files_before_them():
    """The reading order that the package's docstring promises."""
    order = " ".join(nnkit.__doc__.split("\n\n")[-1].split()).split(" · ")
    assert set(order) == set(nnkit._SUBMODULES)
    for place, name in enumerate(order):
        source = PACKAGE / f"{name}.py"
        files = [source] if source.exists() else sorted((PACKAGE / name).glob("*.py"))
        assert files
        for file in files:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnkit."):
                    imported = node.module.split(".")[1]
                    allowed = [*order[: place + 1], *PRIVATE]
                    assert imported in allowed, f"{file.name} imports {imported}, which comes later"


@pytest.mark.parametrize("name", PRIVATE)
def test_private_files_come_first(name):
    """They stand outside of the reading order, so they may import nothing of it."""
    assert not {module for module in modules_after(f"import nnkit.{name}") if module.startswith("nnkit.")} - {
        f"nnkit.{name}"
    }
