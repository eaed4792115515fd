"""Which test files to run for what was touched: `make test-fast` asks.

    python -m tests.touched [BASE]

Touched is what differs from BASE (by default the last commit, or the one before it if nothing is uncommitted), and what
git does not know yet. A test file is run if it was touched itself, or if it names a touched module. Prints the files.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def touched(base: str | None = None) -> list[Path]:
    """The Python files of the project that differ from a commit."""
    new = _git("ls-files", "--others", "--exclude-standard")
    names = _git("diff", "--name-only", base or "HEAD") + new
    if not names and base is None:
        names = _git("diff", "--name-only", "HEAD~1")
    return [ROOT / name for name in names if name.endswith(".py") and (ROOT / name).is_file()]


def tests_of(files: list[Path]) -> list[Path]:
    """The test files among some files, and those that import one of the others by name."""
    tests = {path for path in files if path.name.startswith("test_")}
    modules = [_names(path) for path in files if path not in tests]
    for path in (ROOT / "tests").rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if any(name in text for names in modules for name in names):
            tests.add(path)
    return sorted(tests)


def _names(path: Path) -> tuple[str, str]:
    """How a module is imported: by its full name, or from its package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts), f"from {'.'.join(parts[:-1])} import {parts[-1]}"


def _git(*command: str) -> list[str]:
    return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


if __name__ == "__main__":
    for path in tests_of(touched(*sys.argv[1:2])):
        print(path.relative_to(ROOT))
