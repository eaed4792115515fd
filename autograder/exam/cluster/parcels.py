"""What travels between machines: a submission there, what was found in it back. Plain data, and nothing is run of it.

What comes back is taken as a student's word: names, points, texts and dates are our own, and of an answer only scores,
sentences and outputs are believed, within the bounds that hold for them everywhere.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgpack

from autograder.assignment import Role, SourceCell, SourceNotebook
from autograder.exam import verdict
from autograder.exam.cell_outputs import MAX_SUBMISSION, Outputs
from autograder.exam.grade import (
    MOST_NOTES,
    GradedNotebook,
    GradedSubmission,
    Task,
    unreadable,
    write_beside,
    write_notebook,
)
from autograder.exam.process import ExaminerLost
from autograder.inside.cut import cut
from autograder.intake.restore import SubmittedNotebook
from autograder.intake.submission import read_submission
from autograder.intake.upload import Upload
from autograder.results import ExerciseResult, Outcome

LARGEST = 4 * MAX_SUBMISSION
"""Bytes of an answer that are looked at: outputs as JSON, where a character may take six."""
_OF_CHECKS = frozenset(Outcome) - {Outcome.WAITING, Outcome.UNREADABLE}


class Malformed(Exception):
    """An answer that no worker of ours gives. The message says what was expected."""


def pack_upload(upload: Upload) -> bytes:
    return msgpack.packb([upload.files, upload.notes, upload.timestamp])


def unpack_upload(parcel: bytes, given: Mapping[str, Path]) -> Upload:
    """given: the instructor's files, as with `read_upload`."""
    files, notes, timestamp = msgpack.unpackb(parcel, max_bin_len=len(parcel), max_map_len=len(parcel))
    return Upload(files, notes, timestamp, {name: path.stat().st_size for name, path in given.items()})


def pack_loss(reason: str) -> bytes:
    """Of a submission that could not be graded."""
    return json.dumps({"lost": reason}).encode()


def pack(graded: GradedSubmission, folder: Path) -> bytes:
    """What was found in a submission. folder: where its autograded notebooks are."""
    notebooks = {}
    for notebook in graded.notebooks:
        path, cells = folder / f"{notebook.name}.ipynb", []
        if not notebook.problem:
            cells = [cell.get("outputs") for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
        notebooks[notebook.name] = {
            "checks": {e.name: [e.score, e.outcome, e.message, e.told] for e in notebook.exercises},
            "notes": notebook.notes,
            "outputs": cells,
        }
    return json.dumps({"notebooks": notebooks}, ensure_ascii=False).encode("utf-8", "replace")


def accept(answer: bytes, task: Task, upload: Upload) -> GradedSubmission:
    """Read an answer, and write the autograded notebooks of a submission to `task.into`.

    upload: the submission, as it was sent.  Raises ExaminerLost if it could not be graded, Malformed for what is no
    answer to it.
    """
    found = _parsed(answer)
    outputs = Outputs()
    write_beside(task, upload)
    graded = []
    for source, notebook in zip(task.assignment.notebooks, read_submission(upload, task.assignment), strict=True):
        if notebook.problem:
            graded.append(unreadable(source, notebook))
            continue
        said = _expect(dict, found.get(source.name), f"what was found in {source.name!r}")
        graded.append(_graded(said, source, notebook))
        _fill(said.get("outputs"), notebook, outputs)
        write_notebook(task, notebook, graded[-1])
    return GradedSubmission(tuple(graded), upload.submitted_at)


def _parsed(answer: bytes) -> dict:
    if len(answer) > LARGEST:
        raise Malformed(f"expected at most {LARGEST} bytes, got {len(answer)}")
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"expected JSON, got {type(error).__name__}") from None
    match found:
        case {"lost": str(reason)}:
            raise ExaminerLost(verdict.printable(cut(reason, verdict.SENTENCE)))
        case {"notebooks": dict(notebooks)}:
            return notebooks
    raise Malformed("expected notebooks, or why there are none")


def _graded(said: dict, source: SourceNotebook, notebook: SubmittedNotebook) -> GradedNotebook:
    checks = _expect(dict, said.get("checks"), "checks")
    exercises = []
    for cell in source.cells:
        if cell.role is Role.WRITTEN:
            exercises.append(verdict.of_written(cell, unanswered=cell.name in notebook.unanswered))
        elif cell.role is Role.CHECK:
            exercises.append(_check(checks.get(cell.name), cell))
    notes = [_text(note) for note in _expect(list, said.get("notes"), "notes")]
    return GradedNotebook(
        source.name,
        tuple(replace(exercise, notebook=source.name) for exercise in exercises),
        notes=tuple(cut(note, verdict.SENTENCE) for note in notes[: MOST_NOTES + 1]),
        unanswered=notebook.unanswered,
    )


def _check(said: object, cell: SourceCell) -> ExerciseResult:
    match said:
        case [int() | float() as score, str(outcome), str(message), str(told)] if outcome in _OF_CHECKS:
            pass
        case _:
            raise Malformed(f"expected score, outcome and two sentences of {cell.name!r}")
    if isinstance(score, bool) or not (math.isfinite(score) and 0 <= score <= cell.points):
        raise Malformed(f"expected a score within [0, {cell.points:g}] of {cell.name!r}")
    if (score == cell.points) != (outcome == Outcome.PASSED) and cell.points:
        raise Malformed(f"expected {cell.name!r} to have passed with all its points, and with no others")
    sentences = (_text(text) for text in (message, told))
    return ExerciseResult(cell.name, score, cell.points, Outcome(outcome), *sentences)


def _fill(said: object, notebook: SubmittedNotebook, outputs: Outputs) -> None:
    """Put outputs into the cells that were run, and number these."""
    cells = _expect(list, said, "outputs")
    if len(cells) != len(notebook.cells):
        raise Malformed(f"expected outputs of {len(notebook.cells)} cells, got those of {len(cells)}")
    count = 0
    for cell, node, shown in zip(notebook.cells, notebook.notebook["cells"], cells, strict=True):
        if cell.cell_type == "code" and not cell.explore:
            count += 1
            node["outputs"], node["execution_count"] = outputs.read(shown), count


def _expect(kind: type, value, what: str):
    if type(value) is not kind:
        raise Malformed(f"expected {what} as {kind.__name__}, got {type(value).__name__}")
    return value


def _text(value: object) -> str:
    """A sentence or a few, as a person may read them on a terminal."""
    lines = str(_expect(str, value, "a text")).split("\n")
    return cut("\n".join(map(verdict.printable, lines)), verdict.MESSAGE)
