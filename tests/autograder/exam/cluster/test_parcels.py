"""What comes back from another machine is believed as little as what a student hands in."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.book.instructor import read_assignment
from autograder.build.author import notebook_text, released_notebook
from autograder.exam.clock import Seconds
from autograder.exam.cluster import parcels
from autograder.exam.cluster.parcels import Malformed
from autograder.exam.grade import Task
from autograder.exam.process import ExaminerLost
from autograder.exam.sharing import Sharing
from autograder.intake.upload import Upload
from autograder.results import Outcome
from tests.autograder.conftest import NAME


@pytest.fixture(scope="module")
def task(released, tmp_path_factory):
    place = tmp_path_factory.mktemp("parcels")
    assignment = read_assignment(released, NAME)
    return Task(assignment, place / "nowhere", place / "into", "mark", Seconds(), (), Sharing())


@pytest.fixture(scope="module")
def upload(demo):
    notebook = released_notebook(demo)
    for cell in notebook.cells:
        cell.source = {"double": "def double(x):\n    return 2 * x"}.get(cell.id, cell.source)
    files = {f"{NAME}.ipynb": notebook_text(notebook).encode(), "data/own.bin": bytes(range(256))}
    return Upload(files, ["'x' was left aside: it is a link"], "2026-10-09 20:00:00 UTC", {})


def answer(task, upload, **changes) -> dict:
    """What an honest worker says, with changes."""
    cells = parcels.read_submission(upload, task.assignment)[0].cells
    checks = {"check_double": [2.0, "passed", "", ""], "check_total": [0.0, "not answered", "not yet", "not yet"]}
    return {"checks": checks, "notes": ["a note"], "outputs": [[] for _ in cells]} | changes


def accept(task, upload, said: object):
    return parcels.accept(json.dumps({"notebooks": {NAME: said}}).encode(), task, upload)


def test_a_submission_arrives_as_it_was_read(upload):
    assert parcels.unpack_upload(parcels.pack_upload(upload), {}) == upload


def test_an_honest_answer_is_graded(task, upload):
    (graded,) = accept(task, upload, answer(task, upload)).notebooks
    assert [(e.name, e.score, e.outcome) for e in graded.exercises] == [
        ("check_double", 2.0, Outcome.PASSED),
        ("check_total", 0.0, Outcome.NOT_ANSWERED),
        ("why", 0.0, Outcome.NOT_ANSWERED),
    ]
    assert graded.notes == ("a note",)
    assert (task.into / "data" / "own.bin").read_bytes() == bytes(range(256))


HOSTILE = {
    "too many points": {"checks": {"check_double": [3.0, "passed", "", ""], "check_total": [0, "failed", "", ""]}},
    "negative points": {"checks": {"check_double": [-1, "failed", "", ""], "check_total": [0, "failed", "", ""]}},
    "no number": {"checks": {"check_double": [float("nan"), "failed", "", ""], "check_total": [0, "failed", "", ""]}},
    "a truth value": {"checks": {"check_double": [True, "partial", "", ""], "check_total": [0, "failed", "", ""]}},
    "a text": {"checks": {"check_double": ["2", "passed", "", ""], "check_total": [0, "failed", "", ""]}},
    "passed without points": {"checks": {"check_double": [0, "passed", "", ""], "check_total": [0, "failed", "", ""]}},
    "all points, failed": {"checks": {"check_double": [2, "failed", "", ""], "check_total": [0, "failed", "", ""]}},
    "waiting": {"checks": {"check_double": [0, "waiting", "", ""], "check_total": [0, "failed", "", ""]}},
    "an unknown outcome": {"checks": {"check_double": [0, "great", "", ""], "check_total": [0, "failed", "", ""]}},
    "a check that is missing": {"checks": {"check_double": [2, "passed", "", ""]}},
    "no sentences": {"checks": {"check_double": [2, "passed", None, ""], "check_total": [0, "failed", "", ""]}},
    "a cell too many": {"outputs": [[]] * 100},
    "outputs that are none": {"outputs": {}},
    "notes that are none": {"notes": [1]},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_that_no_worker_of_ours_gives_is_refused(task, upload, changes):
    with pytest.raises(Malformed, match="expected"):
        accept(task, upload, answer(task, upload, **changes))


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04.", b"[" * 100_000, b"{}", b"[]", b'{"notebooks": []}', b'{"lost": 1}']
)
def test_what_is_no_answer_is_refused(task, upload, data):
    with pytest.raises(Malformed):
        parcels.accept(data, task, upload)


def test_an_answer_without_end_is_not_read(task, upload, monkeypatch):
    monkeypatch.setattr(parcels, "LARGEST", 10)
    with pytest.raises(Malformed, match="at most 10 bytes"):
        accept(task, upload, answer(task, upload))


def test_a_loss_is_told_in_one_printable_sentence(task, upload):
    with pytest.raises(ExaminerLost) as raised:
        parcels.accept(parcels.pack_loss("\x1b[31mit\nended"), task, upload)
    assert str(raised.value) == "[31mitended"


def test_names_texts_points_and_dates_are_our_own(task, upload):
    """A worker says what it likes of cells that are not there, of a person's cell, and of the notebook's metadata."""
    said = answer(task, upload)
    said["checks"] |= {"why": [2.0, "passed", "", ""], "another": [9.0, "passed", "", ""]}
    said |= {"name": "other", "metadata": {"fingerprint": "forged"}, "problem": "none", "submitted_at": "never"}
    result = accept(task, upload, said)
    (graded,) = result.notebooks
    assert {e.name: e.points for e in graded.exercises} == {"check_double": 2.0, "check_total": 1.5, "why": 2.0}
    assert graded.exercises[2].score == 0.0
    assert result.submitted_at == upload.submitted_at
    written = json.loads((task.into / f"{NAME}.ipynb").read_text())
    assert written["metadata"]["autograder_findings"]["fingerprint"] == "mark"


def test_outputs_and_notes_are_bounded_and_inert(task, upload):
    said = answer(task, upload)
    code = next(i for i, cell in enumerate(parcels.read_submission(upload, task.assignment)[0].cells)
                if cell.cell_type == "code")  # fmt: skip
    said["outputs"][code] = [{"output_type": "stream", "name": "stdout", "text": "x" * 5_000_000}, {"evil": 1}]
    said["notes"] = ["a\x1b[0m" * 10_000] * 1000
    (graded,) = accept(task, upload, said).notebooks
    assert len(graded.notes) == 51
    assert all(len(note) < 1_100 and note.isprintable() for note in graded.notes)
    cell = json.loads((task.into / f"{NAME}.ipynb").read_text())["cells"][code]
    assert cell["outputs"] == [{"output_type": "stream", "name": "stderr", "text": "(more output was cut)\n"}]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
def test_any_change_of_an_answer_is_read_or_refused(task, upload, data):
    said = answer(task, upload)
    place = data.draw(st.sampled_from(["checks", "notes", "outputs", "check_double", "score", "outcome"]))
    value = data.draw(PLAIN)
    if place in said:
        said[place] = value
    elif place == "check_double":
        said["checks"][place] = value
    else:
        said["checks"]["check_double"][("score", "outcome").index(place)] = value
    try:
        (graded,) = accept(task, upload, said).notebooks
    except Malformed:
        return
    assert all(0 <= exercise.score <= exercise.points for exercise in graded.exercises)


def test_a_notebook_that_cannot_be_read_needs_no_answer(task, upload):
    broken = replace(upload, files={f"{NAME}.ipynb": b"{"})
    (graded,) = parcels.accept(b'{"notebooks": {}}', task, broken).notebooks
    assert graded.problem.startswith("the file is not JSON")
