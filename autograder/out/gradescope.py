"""An autograder for Gradescope: the archive that is uploaded there, and the results that it writes.

Source of both formats: “Autograder Specifications”, gradescope-autograders.readthedocs.io. The archive holds this
package as it is, a course with the one assignment and nobody's grades, and the two scripts that the platform calls.
There the student's notebook is graded as here; which walls a container does not offer, results say.
"""

import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import requires, version
from pathlib import Path

from autograder.book import nbgrader_api
from autograder.book.backup import renew
from autograder.book.gradebook import add_assignment, open_gradebook
from autograder.course import CONFIG_FILE, Course, CourseError
from autograder.results import Outcome, label

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
PACKAGES = ("autograder", "nnkit")

SETUP = """\
#!/usr/bin/env bash
# Called once, when the image is made. Python comes with uv: that of the image may be too old.
set -euo pipefail
cd "$(dirname "$0")"
apt-get update
apt-get install -y python3-venv bubblewrap
python3 -m venv /tmp/uv
/tmp/uv/bin/pip install uv
/tmp/uv/bin/uv venv --python {python} ../venv
/tmp/uv/bin/uv pip install --python ../venv/bin/python --requirement requirements.txt
"""
RUN = """\
#!/usr/bin/env bash
# Called for each submission, in the folder that this file lies in.
cd "$(dirname "$0")"
export PYTHONPATH="$PWD/source"
exec venv/bin/python -P -m autograder.cli.on_gradescope "$PWD"
"""


def visibility(course: Course) -> str:
    """When students see the tests: `c.Gradescope.visibility`. Raises CourseError for what there is none of."""
    section = course.config.get("Gradescope", {})
    for name in section:
        if name != "visibility":
            raise CourseError(f"{CONFIG_FILE}: c.Gradescope.{name} is unknown: expected visibility")
    chosen = section.get("visibility", "visible")
    if chosen not in VISIBILITIES:
        raise CourseError(
            f"{CONFIG_FILE}: c.Gradescope.visibility: expected one of {', '.join(VISIBILITIES)}, got {chosen!r}"
        )
    return chosen


def build(course: Course, typed: str, path: Path | None = None) -> Path:
    """Write the archive for an assignment, and return its path.

    path: the file; without one it goes beside the gradebook.
    Raises UserError for an unknown assignment, and for one whose source nbgrader does not release.
    """
    visibility(course)
    with open_gradebook(course) as book:
        name = book.find_assignment(typed)
        due = book.due(name)
    path = path or course.tables / f"{name}-gradescope.zip"
    with tempfile.TemporaryDirectory() as scratch:
        alone = renew(course, Path(scratch, "course"))
        for other in alone.assignments():
            if other != name:
                shutil.rmtree(alone.source_folder(other))
        shutil.rmtree(alone.root / "solutions", ignore_errors=True)
        add_assignment(alone, name, due=due)
        if problem := nbgrader_api.generate_assignment(alone, name):
            raise CourseError(f"nbgrader could not release {name}: {problem}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for script, text in (("setup.sh", SETUP), ("run_autograder", RUN)):
                info = zipfile.ZipInfo(script)
                info.external_attr = 0o755 << 16
                archive.writestr(info, text.format(python=".".join(map(str, sys.version_info[:2]))))
            archive.writestr("requirements.txt", "\n".join(_requirements()) + "\n")
            for file, inside in _files(alone):
                archive.write(file, inside)
    return path


def _requirements() -> Iterator[str]:
    """What grading needs, in the versions that grade here."""
    for line in requires("nnkit") or ():
        requirement, _, marker = line.partition(";")
        name = re.split(r"[<>=\[ ]", requirement.strip())[0]
        if name != "nnkit" and 'extra == "dev"' not in marker.replace("'", '"'):
            yield f"{name}=={version(name)}"


def _files(course: Course) -> Iterator[tuple[Path, str]]:
    for package in PACKAGES:
        (folder,) = map(Path, import_module(package).__path__)
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file, f"{package}/{file.relative_to(folder)}"
    for file in sorted(course.root.rglob("*")):
        if file.is_file():
            yield file, f"course/{file.relative_to(course.root)}"


def results_json(result: Mapping, visible: str) -> dict:
    """What the platform reads as results.json, from a result as `autograder grade --json` prints it.

    Of a check a student reads what the feedback page tells, never what may give a hidden test away. Written answers
    are not among the tests: a person grades them there.
    """
    graded = [exercise for exercise in result["exercises"] if exercise["outcome"] != Outcome.WAITING]
    said = [result["problem"], *result["notes"]]
    waiting = len(result["exercises"]) - len(graded)
    if waiting:
        said.append(f"Written answers that wait for a person: {waiting}.")
    if result["penalty"]:
        said.append(f"Late penalty: {result['penalty']:g} points.")
    if result["unprotected"]:
        said.append(f"Graded without: {', '.join(result['unprotected'])}.")
    return {
        "score": result["score"],
        "output": "\n".join(filter(None, said)),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "visibility": "visible",
        "tests": [
            {
                "name": label(exercise["name"]) + ("" if exercise["points"] else " (optional)"),
                "score": exercise["score"],
                "max_score": exercise["points"],
                "status": "passed" if exercise["outcome"] == Outcome.PASSED else "failed",
                "output": exercise["told"] or str(exercise["outcome"]),
                "output_format": "text",
                "visibility": visible,
            }
            for exercise in graded
        ],
    }


def failure_json(problem: str) -> dict:
    """Results for a submission that could not be graded at all: the reason, and no points."""
    return {"score": 0.0, "output": f"This submission could not be graded: {problem}", "output_format": "text"}
