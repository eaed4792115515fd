"""What the packages import is what pyproject.toml declares, extra by extra: nothing borrowed, nothing unused."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, partial
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN = {"nnkit", "autograder", "tests", "benchmarks", "docs"}

EXTRAS = ("", "lab", "grade", "postgres", "cluster", "dev")
# Used without being imported.
PROGRAMS = {
    "postgres": {"psycopg"},  # SQLAlchemy loads it for an address that names it
    "lab": {"jupyterlab", "nbgrader", "ipykernel"},  # the page, its Assignment List, the kernel behind it
    "dev": {"editables", "hatchling", "mypy", "pytest-playwright", "ruff", "uv"},
}
# Imported where it is there, and not asked for.
IF_THERE = {
    "pandas": "a course's own notebooks may bring tables",
    "sympy": "a course's own notebooks may bring expressions",
    "torch": "tests and benchmarks compare with it; its usual build is too big for everybody's environment",
    "micrograd": "benchmarks/requirements.txt",
}


def declared(extra: str) -> set[str]:
    """The distributions that an extra names; "" for those that everybody gets."""
    requirements = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    names = {re.match(r"[\w.-]+", requirement)[0] for requirement in requirements}
    return {normalized(name) for name in names} - {"nnkit"}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def distributions() -> Mapping[str, list[str]]:
    """The distributions of each top-level module: asked once, for it reads what all of them have installed."""
    return packages_distributions()


def distribution(module: str) -> str:
    """The distribution that a top-level module comes from. A module that is not installed stands for itself."""
    return normalized(distributions().get(module, [module])[0])


def imports(files: list[Path], *, inside_functions: bool = True) -> set[str]:
    """The distributions that files import, the standard library and our own packages left out."""
    modules = {module for file in files for module in _imported(ast.parse(file.read_text("utf-8")), inside_functions)}
    return {distribution(module) for module in modules - set(sys.stdlib_module_names) - OWN}


def _imported(tree: ast.AST, inside_functions: bool) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _imported(node, inside_functions)


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert found, folders
    return found


EXPLORERS = files("nnkit/explore")
CLUSTER = files("autograder/exam/cluster")
WITHOUT_CLUSTER = [path for path in files("autograder") if path not in CLUSTER]
CORE = [path for path in files("nnkit") if path not in EXPLORERS]


@pytest.mark.parametrize(
    ("imported", "extras"),
    [
        pytest.param(partial(imports, CORE, inside_functions=False), ("",), id="nnkit without a notebook"),
        pytest.param(partial(imports, CORE), ("", "lab"), id="nnkit, what its functions import"),
        pytest.param(partial(imports, EXPLORERS), ("", "lab"), id="explorers"),
        pytest.param(partial(imports, WITHOUT_CLUSTER), ("", "lab", "grade"), id="autograder"),
        pytest.param(partial(imports, CLUSTER), ("", "lab", "grade", "cluster"), id="grading on a cluster"),
        pytest.param(partial(imports, files("tests", "benchmarks", "docs")), EXTRAS, id="all the rest"),
    ],
)
def test_everything_imported_is_declared(imported, extras):
    assert imported() - set().union(*map(declared, extras)) - set(IF_THERE) == set()


@pytest.mark.parametrize(
    ("extra", "folders"),
    [
        ("", ["nnkit"]),
        ("lab", ["nnkit"]),
        ("grade", ["autograder"]),
        ("postgres", ["autograder"]),
        ("cluster", ["autograder/exam/cluster"]),
        ("dev", ["tests", "benchmarks"]),
    ],
)
def test_everything_declared_is_used(extra, folders):
    assert declared(extra) - imports(files(*folders)) == PROGRAMS.get(extra, set())


def test_no_extra_says_again_what_a_smaller_one_says():
    names = [name for extra in EXTRAS for name in declared(extra)]
    assert len(names) == len(set(names))


def test_every_requirement_has_a_lowest_version_and_a_place_in_the_lock():
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "lock.txt").read_text(encoding="utf-8"), re.MULTILINE))
    for extra in EXTRAS:
        assert declared(extra) <= locked
    requirements = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    without = [line for lines in requirements for line in lines if ">=" not in line]
    assert without == ["nnkit[lab]", "nnkit[grade,postgres,cluster]"]
