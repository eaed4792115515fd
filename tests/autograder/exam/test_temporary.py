"""A folder is there while its process lives, and no longer than until the next one starts."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.exam.temporary import HeldFolder, clear_dead

PREFIX = "autograder-test-"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_by_a_killed_process(place: Path) -> Path:
    program = (
        "import os, tempfile; from autograder.exam.temporary import HeldFolder\n"
        f"tempfile.tempdir = {str(place)!r}; folder = HeldFolder({PREFIX!r}).path\n"
        "(folder / 'note').touch(); print(folder, flush=True); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return Path(killed.stdout.strip())


def test_a_killed_process_leaves_one_and_the_next_clears_it(place):
    dead = left_by_a_killed_process(place)
    assert (dead / "note").exists()
    held = HeldFolder(PREFIX)
    assert list(place.iterdir()) == [held.path]
    held.remove()
    assert list(place.iterdir()) == []


def test_a_living_one_is_left_alone(place):
    first, second = HeldFolder(PREFIX), HeldFolder(PREFIX)
    clear_dead(PREFIX)
    assert set(place.iterdir()) == {first.path, second.path}
    first.remove()
    clear_dead(PREFIX)
    assert list(place.iterdir()) == [second.path]
    second.remove()


def test_other_folders_files_and_links_are_none_of_ours(place):
    others = {place / "other", place / f"{PREFIX}link", place / f"{PREFIX}file"}
    (place / "other").mkdir()
    (place / f"{PREFIX}link").symlink_to(place / "other")
    (place / f"{PREFIX}file").touch()
    clear_dead(PREFIX)
    assert set(place.iterdir()) == others


def test_one_that_is_cleared_before_it_is_held_is_made_again(place, monkeypatch):
    make, made = tempfile.mkdtemp, []

    def make_and_lose(**options):
        made.append(make(**options))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_lose)
    held = HeldFolder(PREFIX)
    assert (len(made), held.path.is_dir()) == (2, True)
    held.remove()
