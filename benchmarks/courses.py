"""Any nbgrader course, graded four ways: by `nbgrader autograde`, and by `autograder grade` as it is, with
`--in-process`, and with the modes that `autograder check` proposes.

    python -m benchmarks.courses FOLDER                   every FOLDER/NAME/source/ASSIGNMENT/*.ipynb
    python -m benchmarks.courses FOLDER --only NAME       one of the courses; repeatable
    python -m benchmarks.courses FOLDER --json FILE       every cell with its scores and messages, too

Three students hand in each assignment: `solved` is the instructor's own solution, `stub` the release as it is, `half`
has every other answer solved. Compared are the autograded test cells. A course's own nbgrader_config.py is not used.
nbgrader runs the students' code unprotected, so give this only courses that you would run yourself.
"""

import argparse
import json
import math
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.course import Course
from benchmarks.grading import run

CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'bench'\n"
MODES = {"default": (), "in_process": ("--in-process",), "proposed": ()}
WARNED = "something on stderr"
LIMIT = 1800.0
"""Seconds for one command on one assignment: three submissions."""


@dataclass
class Cell:
    """A test cell of one submission: the points by each way of grading (None: no score came) and what was said.

    reason: why nbgrader gave nothing: the exception, or WARNED. messages: ours, by mode. named: by `autograder check`.
    """

    notebook: str
    name: str
    student: str
    nbgrader: float | None
    default: float | None = None
    in_process: float | None = None
    proposed: float | None = None
    named: bool = False
    reason: str = ""
    messages: dict[str, str] = field(default_factory=dict)

    def equal(self, mode: str) -> bool:
        ours = getattr(self, mode)
        return ours is not None and self.nbgrader is not None and math.isclose(ours, self.nbgrader, abs_tol=1e-9)

    def warned(self, mode: str) -> bool:
        """We gave points that nbgrader refused for a warning alone: on purpose, see docs/instructor.md."""
        return self.reason == WARNED and not self.equal(mode) and bool(getattr(self, mode))

    def unnamed(self, mode: str) -> bool:
        """It differs, and nobody told the instructor."""
        return not (self.equal(mode) or self.warned(mode) or self.named)

    def refused(self, mode: str) -> bool:
        """We gave points that nbgrader refused for another reason."""
        more = (getattr(self, mode) or 0.0) > (self.nbgrader or 0.0) and not self.equal(mode)
        return more and not self.warned(mode)


@dataclass
class Comparison:
    """An assignment, or several. problems: what could not be graded, and why."""

    cells: list[Cell] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("nbgrader", *MODES), 0.0))
    problems: list[str] = field(default_factory=list)

    @classmethod
    def together(cls, parts: Iterable["Comparison"]) -> "Comparison":
        whole = cls()
        for part in parts:
            whole.cells += part.cells
            whole.problems += part.problems
            whole.seconds = {way: whole.seconds[way] + seconds for way, seconds in part.seconds.items()}
        return whole


def make_course(source: Path, root: Path) -> Course:
    """A course with these sources, in the present format of nbgrader's metadata, for the kernel that is here.

    A test without points gets one, so that it shows who passes.
    """
    shutil.copytree(source, root)
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    course = Course.open(root)
    for path in course.source.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        if "python" in notebook.metadata.get("kernelspec", {}).get("language", "python"):
            notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        for cell in notebook.cells:
            if claims(cell).get("grade") and not claims(cell).get("solution"):
                cell.metadata.nbgrader.points = claims(cell).get("points") or 1
        nbformat.write(notebook, path)
    run(course, "nbgrader", "update", str(course.source), limit=LIMIT)
    return course


def hand_in(course: Course, assignment: str) -> None:
    """Release an assignment with nbgrader, and hand in its solution, its stub, and half of the solution."""
    done = run(course, "nbgrader", "generate_assignment", assignment, "--create", "--force", limit=LIMIT)
    source, release = course.source_folder(assignment), course.release_folder(assignment)
    if not release.is_dir():
        errors = [line for line in done.log.splitlines() if "ERROR]" in line] or [done.log]
        raise RuntimeError(f"nbgrader does not release it: {errors[0]}")
    for student, every in (("solved", 1), ("half", 2), ("stub", 0)):
        folder = course.submitted_folder(assignment, student)
        shutil.copytree(release, folder)
        for path in folder.glob("*.ipynb"):
            notebook = nbformat.read(path, as_version=4)
            solved = nbformat.read(source / path.name, as_version=4)
            fill_in(notebook, solved, every)
            nbformat.write(notebook, path)


def fill_in(notebook: NotebookNode, solved: NotebookNode, every: int) -> None:
    """Put the first and then every so-manieth answer of the solved notebook into the released one; 0: none."""
    answers = {claims(cell)["grade_id"]: cell.source for cell in solved.cells if claims(cell).get("solution")}
    mine = [cell for cell in notebook.cells if claims(cell).get("solution")]
    for cell in mine[::every] if every else ():
        cell.source = answers[claims(cell)["grade_id"]]


def claims(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def nbgraders_cells(course: Course, assignment: str) -> list[Cell]:
    """The test cells of all three submissions as nbgrader has scored them."""
    with Gradebook(course.db_url) as gradebook:
        return [
            Cell(notebook.name, grade.name, submission.student_id, grade.auto_score)
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.cell.cell_type == "code"
            and grade.name not in {cell.name for cell in notebook.notebook.solution_cells}
        ]


def nbgraders_reasons(course: Course, assignment: str) -> Iterator[tuple[tuple[str, str, str], str]]:
    """(notebook, cell, student) → the outputs for which nbgrader refuses the points of a cell."""
    for student in ("solved", "half", "stub"):
        for path in course.autograded_folder(assignment, student).glob("*.ipynb"):
            for cell in nbformat.read(path, as_version=4).cells:
                for output in reversed(cell.get("outputs", ())):  # an exception is the last of them
                    if output.output_type == "error":
                        yield (path.stem, claims(cell).get("grade_id"), student), f"{output.ename}: {output.evalue}"
                        break
                    if output.get("name") == "stderr":
                        yield (path.stem, claims(cell).get("grade_id"), student), WARNED


def compare(course: Course, assignment: str) -> Comparison:
    """Grade an assignment in the four ways. Raises RuntimeError or TimeoutExpired if nbgrader gets nowhere."""
    hand_in(course, assignment)
    comparison = Comparison()
    done = run(course, "nbgrader", "autograde", assignment, "--create", "--force", limit=LIMIT)
    comparison.seconds["nbgrader"] = done.seconds
    comparison.cells = nbgraders_cells(course, assignment)
    reasons = dict(nbgraders_reasons(course, assignment))
    for cell in comparison.cells:
        cell.reason = reasons.get((cell.notebook, cell.name, cell.student), "")
    missing = sorted({cell.student for cell in comparison.cells if cell.nbgrader is None})
    if missing:
        comparison.problems.append(f"{assignment}: nbgrader did not grade {', '.join(missing)}")
        comparison.cells = [cell for cell in comparison.cells if cell.nbgrader is not None]
    modes = pre_flight(course, assignment, comparison)
    for mode, options in MODES.items():
        shutil.rmtree(course.autograded, ignore_errors=True)
        if mode == "proposed":
            (course.root / "nbgrader_config.py").write_text(f"{CONFIG}c.InProcess.checks = {modes}\n", encoding="utf-8")
        try:
            comparison.seconds[mode] = grade(course, assignment, mode, options, comparison)
        except (RuntimeError, subprocess.TimeoutExpired, ValueError) as error:  # ValueError: no JSON
            comparison.problems.append(f"{assignment}, {mode}: {str(error)[-500:]}")
    return comparison


def pre_flight(course: Course, assignment: str, comparison: Comparison) -> list[str]:
    """What `autograder check` proposes to run in process. The cells that it names are marked."""
    (course.root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    try:
        (found,) = json.loads(run(course, "autograder", "check", assignment, "--json", limit=LIMIT).output)
    except (RuntimeError, subprocess.TimeoutExpired, ValueError) as error:
        comparison.problems.append(f"{assignment}, check: {str(error)[-500:]}")
        return []
    named = {(finding["notebook"], finding["cell"]) for finding in found["findings"]}
    for cell in comparison.cells:
        cell.named = (cell.notebook, cell.name) in named
    return found["in_process"]


def grade(course: Course, assignment: str, mode: str, options: tuple[str, ...], comparison: Comparison) -> float:
    """Grade with ours and note scores and messages in the cells; seconds."""
    command = ("autograder", "grade", assignment, "--regrade", "--jobs", "1", "--json", *options)
    done = run(course, *command, limit=LIMIT)
    results = json.loads(done.output)
    for result in results:
        if result["problem"]:
            comparison.problems.append(f"{assignment}, {mode}, {result['student']}: {result['problem']}")
    ours = {(e["notebook"], e["name"], r["student"]): e for r in results for e in r["exercises"]}
    for cell in comparison.cells:
        exercise = ours.get((cell.notebook, cell.name, cell.student), {"score": None, "message": "no result"})
        setattr(cell, mode, exercise["score"])
        cell.messages[mode] = exercise["message"]
    return done.seconds


def compare_course(source: Path) -> dict[str, Comparison]:
    """A comparison for each assignment of a course; what goes wrong in one is its problem alone."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(source, Path(folder) / "course")
        found = {}
        for assignment in sorted(path.name for path in course.source.iterdir() if any(path.glob("*.ipynb"))):
            try:
                found[assignment] = compare(course, assignment)
            except Exception as error:  # whatever a course of other people does, the next one is graded
                found[assignment] = Comparison(problems=[f"{assignment}: {type(error).__name__}: {str(error)[-500:]}"])
        return found


def print_table(title: str, rows: dict[str, Comparison]) -> None:
    columns = " | ".join(f"{mode}: equal | differ | warned | refused | unnamed" for mode in MODES)
    print(f"\n| {title} | cells | earned | {columns} | seconds |")
    print("| --- |" + " ---: |" * 17 + " --- |")
    for name, row in (rows | {"**all**": Comparison.together(rows.values())}).items():
        counts = [sum(bool(cell.nbgrader) for cell in row.cells)]
        for mode in MODES:
            equal = sum(cell.equal(mode) for cell in row.cells)
            kinds = (Cell.warned, Cell.refused, Cell.unnamed)
            counts += [equal, len(row.cells) - equal, *(sum(said(cell, mode) for cell in row.cells) for said in kinds)]
        seconds = " · ".join(f"{taken:.0f}" for taken in row.seconds.values())
        print(f"| {name} | {len(row.cells)} | {' | '.join(map(str, counts))} | {seconds} |")


def print_differences(rows: dict[str, Comparison]) -> None:
    for assignment, row in rows.items():
        for problem in row.problems:
            print(f"  ! {problem}")
        for cell in row.cells:
            # Where a whole way of grading came to nothing, the problem above says so once.
            different = [mode for mode in MODES if mode in cell.messages and not cell.equal(mode)]
            if different:
                scores = ", ".join(f"{way} {getattr(cell, way)}" for way in ("nbgrader", *MODES))
                named = ", named" if cell.named else ""
                print(f"  {assignment}/{cell.notebook} {cell.name} {cell.student}: {scores}{named}")
                if cell.reason:
                    print(f"      nbgrader: {cell.reason.splitlines()[0][:500]}")
                for mode in different:
                    print(f"      {mode}: {cell.messages[mode]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="holds the courses: NAME/source/ASSIGNMENT/*.ipynb")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this course; repeatable")
    parser.add_argument("--json", type=Path, help="write every cell to this file")
    arguments = parser.parse_args()
    names = arguments.only or sorted(path.parent.name for path in arguments.folder.glob("*/source"))
    courses = {}
    for name in names:
        try:
            assignments = compare_course(arguments.folder / name)
        except Exception as error:
            assignments = {name: Comparison(problems=[f"{name}: {type(error).__name__}: {str(error)[-500:]}"])}
        courses[name] = assignments
        print_table(name, assignments)
        print_differences(assignments)
        if arguments.json:  # after each course, so that nothing is lost
            plain = {n: {a: asdict(row) for a, row in rows.items()} for n, rows in courses.items()}
            arguments.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    print_table("course", {name: Comparison.together(rows.values()) for name, rows in courses.items()})
    print("""
earned: cells with points from nbgrader. Where there are none, all may be equal for want of a data file.
warned, refused: we gave points that nbgrader refused, because the check wrote to stderr or for any other reason.
unnamed: different, not for a warning alone, and not among the findings of `autograder check`.
seconds: nbgrader · default · in process · as proposed. Ours grade the solution and the release besides.""")


if __name__ == "__main__":
    main()
