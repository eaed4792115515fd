"""Grades one submission: reads the folder, runs it past the examiner, leaves the notebook that people look at.

Everything here happens in a process of its own that knows nothing of other submissions and of no gradebook.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path, PurePath

from autograder.assignment import Assignment, Role, SourceNotebook
from autograder.exam import verdict
from autograder.exam.cell_outputs import Outputs
from autograder.exam.clock import Budget, Seconds
from autograder.exam.examiner import Examiner
from autograder.exam.needed import Outline, Plan
from autograder.exam.our_code import import_from
from autograder.exam.sharing import Change, Sharing
from autograder.inside.cut import cut
from autograder.intake.restore import SubmittedNotebook
from autograder.intake.submission import files_beside, read_submission
from autograder.intake.upload import Upload, read_upload
from autograder.results import FINDINGS, ExerciseResult
from nnkit.variant import FILE

MOST_NOTES = 50  # of a notebook; each as long as any other sentence

Step = tuple[int, int]
"""The number of a notebook in its assignment, and that of a cell among those that are run."""


@dataclass(frozen=True)
class Task:
    """What to grade and how. Sent to the process that grades.

    folder: what was handed in; not looked at if it is read already, `upload`.  into: where the autograded notebooks go.
    fingerprint: of the submission and all that its grade depends on.
    sharing: which functions may change what a check hands them.
    outlines: of notebooks, what is known of their released cells: those that nothing depends on need not be run.
    """

    assignment: Assignment
    folder: Path
    into: Path
    fingerprint: str
    seconds: Seconds
    unprotected: tuple[str, ...]
    sharing: Sharing
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    upload: Upload | None = None


@dataclass(frozen=True)
class GradedNotebook:
    """One notebook of a submission. problem: why it could not be graded, or "".

    unanswered: answers that still are as they were released.  changes: what functions did to the data of checks.
    contested: those that were blamed for it; a solution that makes the same changes takes the blame, and a loss, back.
    given_failures: given cells, and import statements, that raised → how, be it the student's doing.
    """

    name: str
    exercises: tuple[ExerciseResult, ...]
    notes: tuple[str, ...] = ()
    unanswered: frozenset[str] = frozenset()
    problem: str = ""
    changes: frozenset[Change] = frozenset()
    contested: frozenset[Change] = frozenset()
    given_failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GradedSubmission:
    """What came out for each notebook, and when the submission came, UTC and naive, if it says so."""

    notebooks: tuple[GradedNotebook, ...]
    submitted_at: datetime | None


@dataclass(frozen=True)
class Past:
    """What earlier attempts at a submission leave to the next, if the process that graded was lost.

    lost: cell → why it is not run again.  spent: seconds that checks took.  stop: from here on nothing is run.
    """

    lost: Mapping[Step, str] = field(default_factory=dict)
    spent: float = 0.0
    stop: Step | None = None

    def refusal(self, step: Step) -> str:
        """Why a cell is not run; "" if it is."""
        late = self.stop is not None and step >= self.stop
        return self.lost.get(step) or ("grading had ended too often before" if late else "")


def grade_submission(
    task: Task,
    connect: Callable[[], socket.socket],
    *,
    past: Past | None = None,
    on_step: Callable[[Step, float], None] = lambda step, spent: None,
) -> GradedSubmission:
    """Grade all notebooks of a submission and write them to `task.into`.

    connect: opens a connection to a fresh worker.
    on_step: told the cell at hand before anything of it runs, and the seconds that checks have taken by then.
    """
    past = past or Past()
    budget, outputs = Budget(task.seconds.checks, past.spent), Outputs()
    _enter_own_folder(task)
    upload = task.upload or upload_of(task.folder, task.assignment)
    files = write_beside(task, upload)
    graded = []
    for number, (source, notebook) in enumerate(
        zip(task.assignment.notebooks, read_submission(upload, task.assignment), strict=True)
    ):
        if notebook.problem:
            graded.append(unreadable(source, notebook))
            continue

        def begin(cell: int, notebook: int = number) -> str:
            on_step((notebook, cell), budget.spent)
            return past.refusal((notebook, cell))

        examiner = partial(
            Examiner,
            connect,
            files=files,
            source=source,
            seconds=task.seconds,
            budget=budget,
            outputs=outputs,
            on_step=begin,
            sharing=task.sharing,
            folder=Path.cwd(),
        )
        outline = task.outlines.get(source.name)
        result = _grade_in_part(examiner, outline.plan(notebook.cells), source, notebook) if outline else None
        graded.append(result or _grade_notebook(examiner(), source, notebook))
        write_notebook(task, notebook, graded[-1])
    return GradedSubmission(tuple(graded), upload.submitted_at)


def upload_of(folder: Path, assignment: Assignment) -> Upload:
    """What a student handed in. Files of the assignment are the assignment's, but for a claim whose numbers these are,
    which is read to say so.
    """
    return read_upload(folder, {name: path for name, path in assignment.files.items() if name != FILE})


def write_beside(task: Task, upload: Upload) -> dict[str, bytes]:
    """Begin the folder of the autograded notebooks with the files beside them, which are returned by their path."""
    files = files_beside(upload, task.assignment)
    shutil.rmtree(task.into, ignore_errors=True)  # of an attempt before this one, which died
    task.into.mkdir(parents=True)
    for name, data in files.items():
        if any(part.endswith(".ipynb") for part in Path(name).parts):  # a folder may bear a notebook's name
            continue
        path = task.into / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


def _enter_own_folder(task: Task) -> None:
    """Given and check cells run beside the instructor's files. Their modules are found in a folder of their own: in the
    other one come to lie what the student's code writes.
    """
    files = task.assignment.files
    folders = [tempfile.mkdtemp(prefix="examiner-", dir=task.into.parent) for _ in range(2)]  # go with that in any case
    modules = any(PurePath(name).suffix == ".py" for name in files)
    for folder in folders if modules else folders[:1]:
        for name, file in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.read_bytes())
    os.chdir(folders[0])
    sys.path[:] = [path for path in sys.path if os.path.isabs(path)]
    import_from(folders[1])


def _grade_in_part(
    examiner: Callable[..., Examiner], plan: Plan, source: SourceNotebook, notebook: SubmittedNotebook
) -> GradedNotebook | None:
    """Grade without the cells that nothing depends on; None if one of them could explain something that failed."""
    attempt = examiner(plan=plan)
    graded = _grade_notebook(attempt, source, notebook)
    if attempt.doubt:
        attempt.forget()
        return None
    return graded


def _grade_notebook(examiner: Examiner, source: SourceNotebook, notebook: SubmittedNotebook) -> GradedNotebook:
    """Grade a notebook. Closes the examiner."""
    with examiner:
        return _examined(examiner, source, notebook)


def _examined(examiner: Examiner, source: SourceNotebook, notebook: SubmittedNotebook) -> GradedNotebook:
    results = {}
    count = 0
    for cell, node in zip(notebook.cells, notebook.notebook["cells"], strict=True):
        if cell.cell_type != "code" or cell.explore:
            continue
        if cell.role is Role.CHECK:
            results[cell.name], node["outputs"] = examiner.check(cell)
        else:
            node["outputs"] = examiner.run(cell)
        count += 1
        node["execution_count"] = count
    exercises = []
    for exercise in source.cells:
        if exercise.role is Role.WRITTEN:
            exercises.append(verdict.of_written(exercise, unanswered=exercise.name in notebook.unanswered))
        elif exercise.role is Role.CHECK:
            exercises.append(results[exercise.name])
    return GradedNotebook(
        notebook.name,
        _in(source, exercises),
        notes=_bounded((*notebook.notes, *examiner.notes)),
        unanswered=notebook.unanswered,
        changes=frozenset(examiner.changes),
        contested=frozenset(examiner.contested),
        given_failures=examiner.given_failures,
    )


def _bounded(notes: Collection[str]) -> tuple[str, ...]:
    first = tuple(cut(note, verdict.SENTENCE) for note in islice(notes, MOST_NOTES))
    return (*first, f"{len(notes) - MOST_NOTES} more notes") if len(notes) > MOST_NOTES else first


def unreadable(source: SourceNotebook, notebook: SubmittedNotebook) -> GradedNotebook:
    graded = (cell for cell in source.cells if cell.role in (Role.CHECK, Role.WRITTEN))
    exercises = _in(source, (verdict.of_unreadable(cell, cut(notebook.problem, verdict.SENTENCE)) for cell in graded))
    problem = cut(notebook.problem, verdict.SENTENCE)
    return GradedNotebook(source.name, exercises, _bounded(notebook.notes), problem=problem)


def _in(source: SourceNotebook, exercises: Iterable[ExerciseResult]) -> tuple[ExerciseResult, ...]:
    return tuple(replace(exercise, notebook=source.name) for exercise in exercises)


def write_notebook(task: Task, notebook: SubmittedNotebook, graded: GradedNotebook) -> None:
    """The autograded notebook; what we found stands in its metadata, which no submission can reach."""
    notebook.notebook["metadata"][FINDINGS] = {
        "fingerprint": task.fingerprint,
        "exercises": [asdict(exercise) for exercise in graded.exercises],
        "notes": list(graded.notes),
        "unprotected": list(task.unprotected),
    }
    text = json.dumps(notebook.notebook, ensure_ascii=False, indent=1)
    (task.into / f"{notebook.name}.ipynb").write_bytes(f"{text}\n".encode("utf-8", "replace"))
