"""The test files that a change touches, for `make test-fast`; print them with `python -m tests.touched`.

A change is what differs from where the branch left `main`; on `main` itself what is not committed, else the last
commit. It touches the test files that it changes, those named after a changed module (`nnkit/losses.py`:
`tests/nnkit/test_losses*.py`; a module of a package: also the package's), those that import it or a changed helper of
the tests, themselves or through a helper, and the tests of the repository if anything but code changed. Who breaks
something at a distance learns it from `make test`.
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
    """The files of the change, relative to the root, those that are gone included."""
    uncommitted = _git("status", "--porcelain", "--untracked-files=all", "--no-renames")
    here = [Path(line[3:].strip('"')) for line in uncommitted]
    base = _git("merge-base", "HEAD", "main")
    if base == _git("rev-parse", "HEAD"):
        base = [] if here else ["HEAD~1"]
    committed = _git("diff", "--name-only", "--no-renames", base[0], "HEAD") if base else []
    return [Path(name) for name in dict.fromkeys([*committed, *map(str, here)])]


def touched(changed: Iterable[Path]) -> list[Path]:
    """The test files that these files touch, relative to the root."""
    code = [path for path in changed if path.suffix == ".py"]
    found = {path for path in TESTS.rglob("test_*.py") if any(_touches(file, path) for file in code)}
    if any(path not in code for path in changed):
        found |= {TESTS / name for name in OF_THE_REPOSITORY}
    return sorted(path.relative_to(ROOT) for path in found if path.exists())


def _touches(changed: Path, test: Path) -> bool:
    if changed == test.relative_to(ROOT) or _module(changed) in _imported(test):
        return True
    if changed.name == "conftest.py":
        return test.is_relative_to((ROOT / changed).parent)
    names = {changed.stem.strip("_"), changed.parent.name} if changed.stem == "__init__" else {changed.stem.strip("_")}
    folders = {TESTS / changed.parent, TESTS / changed.parent.parent}
    if test.parent == TESTS / changed.parent.parent:
        names = {changed.parent.name}
    return test.parent in folders and any(
        test.stem == f"test_{name}" or test.stem.startswith(f"test_{name}_") for name in names
    )


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
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"test-fast asks git what has changed: {done.stderr.strip()}")
    return done.stdout.splitlines()


if __name__ == "__main__":
    print(*touched(changed_files()))
