"""What runs on Gradescope: `python -m autograder.cli.on_gradescope FOLDER`, FOLDER laid out as the platform does it.

It reads FOLDER/submission and writes FOLDER/results/results.json, whatever happens.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

STUDENT = "submission"


def main(folder: Path) -> None:
    from autograder.out.gradescope import failure_json

    try:
        results = grade(folder)
    except Exception as error:  # a student waits for results, whatever went wrong
        results = failure_json(f"{type(error).__name__}: {error}")
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def grade(folder: Path) -> dict:
    """Grade the submission in a copy of the course, and return the results in the platform's form."""
    from autograder.course import Course
    from autograder.exam.protections import lacking
    from autograder.exam.sandbox import protections
    from autograder.out.gradescope import failure_json, results_json, visibility

    with tempfile.TemporaryDirectory() as scratch:
        course = Course.open(Path(shutil.copytree(folder / "source" / "course", Path(scratch, "course"))))
        (assignment,) = course.assignments()
        place = course.submitted_folder(assignment, STUDENT)
        shutil.copytree(folder / "submission", place, symlinks=True)
        if time := submitted_at(folder / "submission_metadata.json"):
            (place / "timestamp.txt").write_text(time.isoformat())
        command = [
            sys.executable,
            "-P",
            "-m",
            "autograder",
            "grade",
            assignment,
            "--course",
            str(course.root),
            "--json",
        ]
        command += ["--unsafe"] if lacking(protections()) else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stderr, file=sys.stderr)
        if done.returncode not in (0, 1):
            return failure_json(done.stderr.strip().rpartition("\n")[2])
        (result,) = json.loads(done.stdout)
        return results_json(result, visibility(course))


def submitted_at(metadata: Path) -> datetime | None:
    """When it was handed in, as the platform says; None if it does not."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return datetime.fromisoformat(json.loads(metadata.read_text(encoding="utf-8"))["created_at"])
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
