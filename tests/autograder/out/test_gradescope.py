"""The archive for Gradescope, tried in a bare folder as that platform lays it out, and the results it writes there."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from autograder.course import Course, CourseError
from autograder.out.gradescope import build, results_json, visibility
from tests.autograder.conftest import NAME, copy_course

VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}
OF_TEST = {"score": (int, float), "max_score": (int, float), "status": str, "name": str, "output": str}
OF_TEST |= {"output_format": str, "visibility": str}
OF_RESULTS = {"score": (int, float), "output": str, "output_format": str, "visibility": str}
OF_RESULTS |= {"stdout_visibility": str, "tests": list}


def assert_as_documented(results: dict):
    """The fields that “Autograder Specifications” has, of their kinds, and no other."""
    for said, allowed in ((results, OF_RESULTS), *((test, OF_TEST) for test in results.get("tests", ()))):
        assert said.keys() <= allowed.keys()
        assert all(isinstance(value, allowed[name]) for name, value in said.items())
        assert said.get("visibility", "visible") in VISIBILITIES
        assert said.get("output_format", "text") in {"text", "html", "simple_format", "md", "ansi"}
        assert said.get("status", "passed") in {"passed", "failed"}
    assert "score" in results


@pytest.fixture(scope="module")
def archive(graded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gradescope")
    course = copy_course(graded.course, folder / "course")
    return build(course, "07", folder / "autograder.zip")


def test_the_archive_has_what_the_platform_calls_and_nobody_s_work(archive):
    with zipfile.ZipFile(archive) as packed:
        modes = {info.filename: info.external_attr >> 16 for info in packed.infolist()}
        names = set(modes)
        assert modes["setup.sh"] == modes["run_autograder"] == 0o755
        assert packed.read("run_autograder").startswith(b"#!/")
        assert {"requirements.txt", "autograder/out/feedback/page.html", "nnkit/testing.py"} <= names
        assert {name for name in names if name.startswith("course/")} == {
            "course/nbgrader_config.py",
            f"course/build/source/{NAME}/{NAME}.ipynb",
            f"course/lectures/{NAME}/{NAME}.ipynb",
            "course/class/gradebook.db",
        }
        assert b"grace" not in packed.read("course/class/gradebook.db")
        pinned = packed.read("requirements.txt").decode().split()
    assert all("==" in line for line in pinned)
    assert {"nbgrader", "numpy", "click"} <= {line.partition("==")[0] for line in pinned}


@pytest.fixture
def platform(archive, tmp_path):
    """The folder that the platform makes. Call it with a notebook, for the results."""
    root = tmp_path / "autograder"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(root / "source")
    (root / "run_autograder").write_bytes((root / "source" / "run_autograder").read_bytes())
    (root / "run_autograder").chmod(0o755)
    (root / "venv" / "bin").mkdir(parents=True)
    python = root / "venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (root / "results").mkdir()
    (root / "submission").mkdir()

    def run(files: dict[str, bytes], created_at="2026-10-02T12:00:00.000000-07:00"):
        for name, data in files.items():
            (root / "submission" / name).write_bytes(data)
        (root / "submission_metadata.json").write_text(json.dumps({"created_at": created_at}))
        (root / "home").mkdir()
        environment = {"PATH": os.environ["PATH"], "HOME": str(root / "home")}
        subprocess.run(["./run_autograder"], cwd=root, env=environment, check=True, timeout=300)
        return json.loads((root / "results" / "results.json").read_text())

    return run


@pytest.mark.sandbox
def test_a_notebook_is_graded_there_as_here(platform, graded):
    path = graded.course.submitted_notebook(NAME, "grace")
    results = platform({"my work.ipynb": path.read_bytes()})
    assert_as_documented(results)
    here = graded.results["grace"]
    assert results["score"] == here.score
    assert [test["name"] for test in results["tests"]] == ["double", "total", "why"]
    assert [test["max_score"] for test in results["tests"]] == [2, 1.5, 2]
    assert [test["output"] for test in results["tests"]] == [e.told or e.outcome for e in here.exercises]


@pytest.mark.sandbox
def test_what_cannot_be_read_gets_results_as_well(platform):
    results = platform({f"{NAME}.ipynb": b"{"})
    assert_as_documented(results)
    assert results["score"] == 0
    assert "the file is not JSON" in results["output"]


def test_a_hidden_message_stays_hidden():
    exercise = {"name": "check_a", "score": 0.0, "points": 2.0, "outcome": "failed", "message": "secret 42", "told": ""}
    waiting = exercise | {"name": "why", "score": None, "outcome": "waiting"}
    result = {"score": 0.0, "problem": "", "notes": ["moved"], "penalty": 1.5, "unprotected": ["Landlock"]}
    results = results_json(result | {"exercises": [exercise, waiting]}, "after_due_date")
    assert_as_documented(results)
    assert "secret" not in json.dumps(results)
    assert [(test["name"], test["visibility"]) for test in results["tests"]] == [("a", "after_due_date")]
    assert results["output"].splitlines() == [
        "moved", "Written answers that wait for a person: 1.", "Late penalty: 1.5 points.", "Graded without: Landlock."
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("c.Gradescope.visibility = 'later'", "expected one of visible, hidden, after_due_date, after_published, got"),
        ("c.Gradescope.seen = True", "c.Gradescope.seen is unknown: expected visibility"),
    ],
)
def test_a_setting_that_is_none(tmp_path, setting, sentence):
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{setting}\n")
    with pytest.raises(CourseError, match=sentence):
        visibility(Course.open(tmp_path))
