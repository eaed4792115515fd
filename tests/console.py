"""What a page of docs/ shows of a terminal, and what the commands print when they are run."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner, Result

from autograder.cli import main

HOME = "/home/you"
"""What the pages call the folder around the course."""
SHOWN = f"{HOME}/course"


def shown(text: str) -> list[tuple[str, str]]:
    """Each command of a page that stands with what it prints."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ autograder ", block, flags=re.MULTILINE) if step]
    return [(command, output) for command, _, output in (step.partition("\n") for step in steps)]


def typed(command: str, root: Path, *more: str) -> tuple[list[str], Result]:
    """What a command prints in the course of this folder, as a page shows it, and all that came out of it."""
    result = CliRunner().invoke(main, [*shlex.split(command), *more])
    printed = result.stdout.replace(str(root.resolve()), SHOWN)
    return lines(printed.replace(str(root.resolve().parent), HOME)), result


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
