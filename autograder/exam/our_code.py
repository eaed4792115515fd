"""The instructor's code as it is run here: cells and modules that see a student's objects for what they are."""

import ast
import sys
from collections.abc import Callable, Collection
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from IPython.core.display_functions import display

from autograder.exam.stand_ins import is_derived, kind_of

_CALLED: dict[str, tuple[Callable, int | None]] = {
    "type": (kind_of, 1),
    "issubclass": (is_derived, 2),
    "display": (display, None),
}
"""What is called in place of a function of Python's or a kernel's, and for how many arguments; None: for any."""

NAMES = {f"__{name}__": ours for name, (ours, _) in _CALLED.items()}
"""What has to be among the global names of code that was changed by `as_examined`."""


def as_examined(code: ast.Module, names: Collection[str] = ()) -> ast.Module:
    """Code in which `type(x)` and `issubclass(x, C)` of a student's object say what they would say of the object, and
    `get_ipython`, wherever it is imported from, is ours: IPython's own finds no shell here. `display` needs no import.

    names: global names that mean something else, besides those that the code binds.
    """
    return _calling_ours(_WithOurShell().visit(code), {name for name in _CALLED if name in names})


class _WithOurShell(ast.NodeTransformer):
    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.ImportFrom]:
        ours = [alias for alias in node.names if alias.name == "get_ipython"]
        if not ours or (node.module or "").partition(".")[0] != "IPython":
            return [node]
        others = [alias for alias in node.names if alias not in ours]
        parts = [ast.ImportFrom("builtins", ours, 0), *[ast.ImportFrom(node.module, others, 0)] * bool(others)]
        return [ast.copy_location(part, node) for part in parts]


def _calling_ours(code: ast.Module, taken: set[str]) -> ast.Module:
    calls = []
    for node in ast.walk(code):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                taken.add(name)
            case ast.alias(name=name, asname=other):
                taken.add(other or name)
            case ast.Call(func=ast.Name(id=name) as function, args=values, keywords=[]) if name in _CALLED:
                plain = not any(isinstance(value, ast.Starred) for value in values)
                calls += [function] if plain and _CALLED[name][1] in (len(values), None) else []
    for function in calls:
        if function.id not in taken:
            function.id = f"__{function.id}__"
    return code


def import_from(folder: str) -> None:
    """Find modules in a folder of the instructor's before all others, and run them as their cells are run."""

    def finder(path: str) -> FileFinder:
        if not Path(path).is_relative_to(folder):
            raise ImportError("not a folder of the instructor's", path=path)
        return FileFinder(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Loader, SOURCE_SUFFIXES))

    sys.path_hooks.insert(0, finder)
    sys.path.insert(0, folder)


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(NAMES)
        super().exec_module(module)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        return compile(as_examined(ast.parse(data, path)), path, "exec", dont_inherit=True, optimize=_optimize)
