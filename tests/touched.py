"""The test files that a change touches, for `make test-fast`; print them with `python -m tests.touched`.

A change is what differs from where the branch left `main`; on `main` itself what is not committed, else the last
commit. It touches the test files that it changes, those named after a changed module (`nnkit/losses.py`:
`tests/nnkit/test_losses*.py`; a module of a package: also the package's), those that import it or a changed helper of
the tests, themselves or through a helper, and the tests of the repository if anything but code changed. Of a module
that has no tests it touches those of the modules that import it. Who breaks something at a distance learns it from
`make test`.
"""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests"
# What looks at files that are no code: chapters, documents, the project's own.
OF_THE_REPOSITORY = ("test_chapters.py", "test_project.py", "test_docs_tables.py", "autograder/test_repository.py")


def changed_files() -> list[Path]:
    """The files of the change, relative to the root, those that are gone included.

    Raises subprocess.CalledProcessError where git does not know.
    """
    uncommitted = _git("status", "--porcelain", "--untracked-files=all", "--no-renames")
    here = [Path(line[3:].strip('"')) for line in uncommitted]
    base = _git("merge-base", "HEAD", "main")
    if base == _git("rev-parse", "HEAD"):
        base = [] if here else ["HEAD~1"]
    committed = _git("diff", "--name-only", "--no-renames", base[0], "HEAD") if base else []
    return [Path(name) for name in dict.fromkeys([*committed, *map(str, here)])]


def touched(changed: Iterable[Path]) -> list[Path]:
    """The test files that these files touch, relative to the root."""
    changed = list(changed)
    found = {test for path in changed if path.suffix == ".py" for test in _tests_of(path) or _tests_of_users(path)}
    if any(path.suffix != ".py" for path in changed):
        found |= {TESTS / name for name in OF_THE_REPOSITORY}
    return sorted(path.relative_to(ROOT) for path in found)


def _tests_of(changed: Path) -> set[Path]:
    return {test for test in TESTS.rglob("test_*.py") if _touches(changed, test)}


def _tests_of_users(module: Path) -> set[Path]:
    """The tests of the modules that import this one, for a module that has none."""
    files = [file for package in ("nnkit", "autograder", "benchmarks") for file in (ROOT / package).rglob("*.py")]
    users = [file.relative_to(ROOT) for file in files if _module(module) in _names_in(file)]
    return {test for user in users for test in _tests_of(user)}


def _touches(changed: Path, test: Path) -> bool:
    if changed.name == "conftest.py":
        return test.is_relative_to((ROOT / changed).parent)
    itself = changed == test.relative_to(ROOT)
    return itself or _is_named_after(changed, test) or _module(changed) in _imported(test)


def _is_named_after(module: Path, test: Path) -> bool:
    folder = TESTS / module.parent
    named = [(folder, module.stem.strip("_")), (folder.parent, module.parent.name)]
    return any(test.parent == folder and f"{test.stem}_".startswith(f"test_{name}_") for folder, name in named)


@cache
def _imported(file: Path) -> frozenset[str]:
    """The modules of the project that a file of the tests imports, itself or through a helper of the tests."""
    found = set(_names_in(file))
    for name in list(found):
        helper = ROOT / f"{name.replace('.', '/')}.py"
        if name.startswith("tests.") and helper.exists() and helper != file:
            found |= _imported(helper)
    return frozenset(found)


def _names_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(path: Path) -> str:
    """nnkit/linear/base.py → nnkit.linear.base; a package by its name."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _git(*arguments: str) -> list[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


if __name__ == "__main__":
    try:
        print(*touched(changed_files()))
    except subprocess.CalledProcessError as error:
        sys.exit(f"test-fast asks git what has changed: {error.stderr.strip()}")
