"""What is built from the repository, the archive of sources and the wheel, installs and works far from it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import nnkit
from tests.autograder.conftest import DEMO, NAME

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """A fresh environment that holds the wheel, and an empty folder to work in."""

    folder: Path
    bin: Path

    def run(self, *command: str) -> subprocess.CompletedProcess:
        program, *arguments = command
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        # nbgrader calls alembic, which lies where the dependencies lie.
        environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment["PATH"]))
        command = [self.bin / program, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=180, check=False
        )


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with both archives; the wheel is built from the other one. No network: hatchling is here."""
    folder = tmp_path_factory.mktemp("dist")
    here = ("--python", sys.executable, "--no-build-isolation", "--offline")
    subprocess.run([UV, "build", *here, "--out-dir", folder, ROOT], check=True)
    return folder


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Installed:
    """The wheel on its own. What it depends on comes from the environment of the tests."""
    folder = tmp_path_factory.mktemp("elsewhere")
    python = folder / "venv" / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    subprocess.run([UV, "venv", "--offline", "--python", sys.executable, folder / "venv"], check=True)
    subprocess.run([UV, "pip", "install", "--offline", "--no-deps", "--python", python, wheel], check=True)
    (packages,) = (folder / "venv").glob("lib/python*/site-packages")
    # A line of such a file adds a folder, but not what the folder's own .pth files add: not the repository.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (folder / "work").mkdir()
    return Installed(folder / "work", python.parent)


def test_the_wheel_holds_both_packages_whole_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("nnkit", "autograder")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == expected
    assert {Path(name).suffix for name in names} >= {".py", ".js", ".css", ".html"}


def test_the_sources_hold_all_that_the_makefile_works_on(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2].partition("/")[0] for name in tar.getnames()}
    assert {"nnkit", "autograder", "solutions", "lectures", "tests", "benchmarks", "docs"} <= names
    assert {"Makefile", "pyproject.toml", "lock.txt", "nbgrader_config.py", "README.md", "LICENSE"} <= names
    assert not names & {".venv", "class", "build", "workbook"}


def test_nnkit_and_an_explorer_with_its_scripts(installed):
    code = (
        "import nnkit, json; from nnkit import explore; widget = explore.perceptron()\n"
        "canvas = next(w for w in widget.children if hasattr(w, '_esm'))\n"
        "print(json.dumps([nnkit.__version__, nnkit.__file__, len(str(canvas._esm)), len(str(canvas._css))]))"
    )
    done = installed.run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    version, file, script, style = json.loads(done.stdout)
    assert version == nnkit.__version__
    assert Path(file).is_relative_to(installed.bin.parent)
    assert script > 1000
    assert style > 100


def test_the_command_says_what_it_needs(installed):
    assert installed.run("autograder", "--version").stdout == f"autograder {nnkit.__version__}\n"
    assert "Instructors:" in installed.run("autograder", "--help").stdout
    for verb in ("grade", "export", "feedback", "sample", "lectures"):
        done = installed.run("autograder", verb, "03")
        where = installed.folder.resolve()
        said = f"Error: expected a course folder with an nbgrader_config.py, there is none in {where}: "
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(said)
    done = installed.run("autograder", "verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: expected chapter sources in ")


def test_the_same_protections_stand_there(installed):
    here = subprocess.run([sys.executable, "-m", "autograder", "doctor", "--json"], capture_output=True, check=False)
    there = installed.run("autograder", "doctor", "--json")
    assert json.loads(there.stdout) == json.loads(here.stdout)


def test_a_class_is_graded_there(installed):
    (installed.folder / "course" / "solutions").mkdir(parents=True)
    (installed.folder / "course" / "solutions" / f"{NAME}.md").write_text(DEMO, encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", installed.folder / "course")
    done = installed.run("autograder", "sample", "07", "--course", "course")
    assert done.returncode == 0, done.stderr
    done = installed.run("autograder", "grade", "07", "--course", "course", "--student", "chen", "--unsafe", "--json")
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)
    assert [exercise["outcome"] for exercise in result["exercises"]] == ["passed", "passed", "not answered"]
    done = installed.run("autograder", "feedback", "07", "--course", "course", "--student", "chen")
    assert done.returncode == 0, done.stderr
    assert list(installed.folder.glob("course/class/feedback/chen/**/*.html"))
