"""What students hand in by accident or on purpose, and what the reader makes of it."""

import io
import json
import os
import pickle
import random
import tempfile
import warnings
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.nbgraderformat import MetadataValidator

from autograder.assignment import Role
from autograder.book.instructor import read_assignment
from autograder.build.author import notebook_text, released_notebook
from autograder.errors import UserError
from autograder.inside import wire
from autograder.inside.limits import Limits
from autograder.intake import archive, submission, upload
from autograder.intake.notebook import parse_notebook
from autograder.intake.restore import restore
from autograder.intake.submission import files_beside
from autograder.intake.upload import read_upload
from tests.autograder.conftest import NAME
from tests.autograder.stock import HW, cell, hand_in


def read_submission(folder, assignment):
    """With the notebooks as nbformat and nbgrader have them."""
    read = submission.read_submission(read_upload(folder), assignment)
    return [replace(each, notebook=nbformat.from_dict(each.notebook)) for each in read]


@pytest.fixture(scope="module")
def assignment(released):
    return read_assignment(released, NAME)


@pytest.fixture(scope="module")
def text(demo):
    return notebook_text(released_notebook(demo))


@pytest.fixture
def notebook(demo):
    return released_notebook(demo)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "ada" / NAME
    path.mkdir(parents=True)
    return path


@pytest.fixture
def read(folder, assignment):
    """Reads what is in the folder, after writing a notebook (a node or bytes) into it if one is given."""

    def read(notebook=None, name=f"{NAME}.ipynb"):
        if notebook is not None:
            data = notebook if isinstance(notebook, bytes) else notebook_text(notebook).encode()
            (folder / name).write_bytes(data)
        (submitted,) = read_submission(folder, assignment)
        if not submitted.problem:
            assert_in_order(submitted, assignment.notebooks[0])
        return submitted

    return read


def assert_in_order(submitted, source):
    """What every consumer may rely on, whatever was handed in."""
    nbformat.validate(submitted.notebook)
    MetadataValidator().validate_nb(submitted.notebook)
    assert pickle.loads(pickle.dumps(submitted)) == submitted
    nodes = submitted.notebook.cells
    assert [(c.cell_type, c.source) for c in submitted.cells] == [(n.cell_type, n.source) for n in nodes]
    assert all(not node.get("outputs") for node in nodes)
    by_name = {c.name: c for c in submitted.cells if c.name}
    assert len(by_name) == sum(bool(c.name) for c in submitted.cells)
    for known in source.cells:
        if known.name not in submitted.missing or known.role is not Role.ANSWER:
            found = by_name[known.name]
            assert (found.role, found.points, found.settings) == (known.role, known.points, known.settings)
            assert found.source == known.source or not known.locked


def texts(submitted) -> dict:
    return {cell.name: cell.source for cell in submitted.cells if cell.name}


def node(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def test_the_untouched_notebook(read, notebook):
    submitted = read(notebook)
    assert (submitted.problem, submitted.notes, submitted.tampered, submitted.missing) == ("", (), set(), set())
    assert submitted.unanswered == {"double", "total", "why"}
    assert [cell.role for cell in submitted.cells] == [
        *(Role.PLAIN, Role.GIVEN, Role.PLAIN, Role.PLAIN, Role.PLAIN),
        *(Role.ANSWER, Role.CHECK, Role.ANSWER, Role.CHECK, Role.PLAIN, Role.WRITTEN),
    ]
    assert [cell.source[:18] for cell in submitted.cells if cell.explore] == ["raise RuntimeError"]
    assert {cell.name for cell in submitted.cells if cell.own and cell.cell_type == "code"} == {"double", "total"}
    assert "hidden_number" in texts(submitted)["check_double"]
    metadata = submitted.notebook.metadata
    assert (metadata.kernelspec.name, metadata.language_info.name) == ("python3", "python")


def test_answers_are_the_students_and_checks_the_instructors(read, notebook):
    node(notebook, "double").source = "def double(x): return 2 * x"
    node(notebook, "check_double").source = "pass"
    node(notebook, "check_total").source += "\n"
    submitted = read(notebook)
    assert texts(submitted)["double"] == "def double(x): return 2 * x"
    assert "hidden_number" in texts(submitted)["check_double"]
    assert submitted.tampered == {"check_double"}
    assert submitted.unanswered == {"total", "why"}
    assert submitted.notes == ("check_double: changed, and put back as the instructor wrote it",)


STUBS = {
    "as released": (None, True),
    "a line above the stub": ("def double(x):\n    y = 2 * x\n    raise NotImplementedError()", True),
    "a comment behind the stub": ("def double(x):\n    raise NotImplementedError()  # later", True),
    "an answer": ("def double(x):\n    return 2 * x", False),
    "an answer that ends in such an error": ("def double(x):\n    raise NotImplementedError('a subclass must')", False),
    "a comment of the stub": ("def double(x):\n    # YOUR CODE HERE\n    return 2 * x", False),
}


@pytest.mark.parametrize(("text", "unfinished"), STUBS.values(), ids=STUBS)
def test_a_check_knows_whether_an_answer_of_its_own_still_has_its_stub(read, notebook, text, unfinished):
    node(notebook, "double").source = text or node(notebook, "double").source
    checks = {cell.name: cell.unfinished for cell in read(notebook).cells if cell.role is Role.CHECK}
    assert checks == {"check_double": unfinished, "check_total": True}


def test_an_answer_that_is_gone_waits_for_nothing(read, notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.id != "double"]
    checks = {cell.name: cell.unfinished for cell in read(notebook).cells if cell.role is Role.CHECK}
    assert checks == {"check_double": False, "check_total": True}


def test_metadata_of_a_submission_counts_for_nothing(read, notebook):
    check, plain = node(notebook, "check_double"), notebook.cells[4]
    check.metadata.tags = ["skip-execution", "raises-exception"]
    check.metadata.nbgrader |= {"points": 1000, "locked": False, "solution": True, "grade": False, "task": True}
    node(notebook, "double").metadata.nbgrader |= {"grade": True, "points": 99, "schema_version": 17}
    node(notebook, "double").metadata.autograder = {"forbid": []}
    plain.metadata |= {"tags": ["skip-execution"], "jupyter": {"source_hidden": True}}
    notebook.metadata.kernelspec = {"name": "evil", "display_name": "evil"}
    notebook.metadata.widgets = {"state": {}}
    submitted = read(notebook)
    cells = dict(zip((c.name or c.source for c in submitted.cells), submitted.notebook.cells, strict=True))
    assert cells[plain.source].metadata == {}
    claims = cells["check_double"].metadata.nbgrader
    assert (claims.points, claims.locked, claims.solution, claims.grade, claims.task) == (2, True, False, True, False)
    assert "points" not in cells["double"].metadata.nbgrader
    assert submitted.notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in submitted.notebook.metadata
    assert next(c for c in submitted.cells if c.name == "double").settings.forbid == ("scipy",)


def test_a_widget_is_known_by_its_text_and_a_changed_one_is_run(read, notebook):
    notebook.cells[2].source = "print('mine')"
    notebook.cells[2].metadata.tags = ["skip-execution"]
    assert not any(cell.explore for cell in read(notebook).cells)


def test_deleted_cells_are_put_back_at_their_place(read, notebook):
    notebook.cells = [c for c in notebook.cells if not c.id.startswith(("check_", "given_", "why"))]
    submitted = read(notebook)
    roles = [cell.role for cell in submitted.cells if cell.role is not Role.PLAIN]
    assert roles == [Role.GIVEN, Role.ANSWER, Role.CHECK, Role.ANSWER, Role.CHECK, Role.WRITTEN]
    names = [cell.name for cell in submitted.cells]
    assert names.index("check_double") == names.index("double") + 1
    assert submitted.missing == {names[0], "check_double", "check_total", "why"}
    assert "why" not in submitted.unanswered
    assert texts(submitted)["why"].startswith("*This cell was missing from the submission.*")
    assert submitted.notes == (f"{names[0]}, check_double, check_total, why: deleted, and put back",)


def test_moved_cells_are_put_back(read, notebook):
    order = [cell.name for cell in read(notebook).cells if cell.name]
    given = next(cell for cell in notebook.cells if cell.id.startswith("given_"))
    notebook.cells.remove(given)
    own = nbformat.v4.new_code_cell("def check_close(*a, **k): pass", id="own")
    notebook.cells = [own, *notebook.cells, given]
    submitted = read(notebook)
    assert [cell.name for cell in submitted.cells if cell.name] == order
    assert submitted.notes == (f"{given.id}: moved, and put back",)
    answer = node(notebook, "double")
    notebook.cells.remove(answer)
    notebook.cells.append(answer)
    submitted = read(notebook)
    assert [cell.name for cell in submitted.cells if cell.name] == order
    assert submitted.notes == (f"{given.id}, double: moved, and put back",)


@given(data=st.data())
def test_the_order_of_known_cells_is_the_instructors(assignment, text, data):
    """Whatever is permuted, deleted, doubled and renamed."""
    notebook = nbformat.reads(text, as_version=4)
    cells = data.draw(st.lists(st.sampled_from(notebook.cells), max_size=2 * len(notebook.cells)))
    cells = [nbformat.from_dict(json.loads(json.dumps(cell))) for cell in cells]
    for i, each in enumerate(cells):
        each.id = f"cell-{i}"
        if data.draw(st.booleans()):
            each.metadata.get("nbgrader", {})["grade_id"] = data.draw(st.sampled_from(["double", "total", "why", "x"]))
    submitted = restore(source := assignment.notebooks[0], parse_notebook(json.dumps({"cells": cells}).encode())[0])
    found = [cell.name for cell in submitted.cells if cell.name]
    assert found == [cell.name for cell in source.cells if cell.name in found]
    assert {cell.name for cell in source.cells if cell.locked} <= set(found)


def test_an_answer_without_its_id_is_known_by_what_it_defines(read, notebook):
    answer = node(notebook, "double")
    notebook.cells.remove(answer)
    notebook.cells.append(nbformat.v4.new_code_cell("import math\ndef double(x): return 2 * x", id="pasted"))
    notebook.cells.append(nbformat.v4.new_code_cell("def doubled(x): return 3 * x", id="own"))
    submitted = read(notebook)
    names = [cell.name for cell in submitted.cells]
    assert names.index("double") == names.index("check_double") - 1
    assert texts(submitted)["double"] == "import math\ndef double(x): return 2 * x"
    assert submitted.notes == ("double: moved, and put back",)


def test_an_answer_that_became_several_cells_is_not_undone(read, notebook):
    """No stub is put back, and the check stands behind the student's cell."""
    notebook.cells = [c for c in notebook.cells if c.id not in ("double", "check_double")]
    own = nbformat.v4.new_code_cell("double = lambda x: 2 * x", id="own")
    notebook.cells.insert(next(i for i, c in enumerate(notebook.cells) if c.id == "total"), own)
    submitted = read(notebook)
    sources = [cell.source for cell in submitted.cells]
    names = [cell.name for cell in submitted.cells]
    assert "double" not in names
    assert sources.index(own.source) < names.index("check_double") < names.index("total")
    assert "double: deleted" in submitted.notes


def test_an_empty_list_of_cells_is_a_notebook_with_everything_deleted(read):
    submitted = read(b'{"cells": []}')
    assert [cell.role for cell in submitted.cells] == [Role.GIVEN, Role.CHECK, Role.CHECK, Role.WRITTEN]
    assert "it was read as format 4.5" in submitted.notes[0]


def test_of_duplicates_the_first_that_is_as_it_should_be_counts(read, notebook):
    check, why = node(notebook, "check_double"), node(notebook, "why")
    changed, answered = check.copy(), why.copy()
    changed.source, changed.id = "pass", "copy-1"
    answered.source, answered.id = "Because!", "copy-2"
    at = notebook.cells.index(check)
    notebook.cells.insert(at, changed)
    notebook.cells.append(answered)
    submitted = read(notebook)
    assert submitted.tampered == set()
    assert submitted.cells[at].role is Role.PLAIN
    assert submitted.cells[at + 1].name == "check_double"
    assert texts(submitted)["why"] == "Because!"
    assert "check_double, why: several cells claim to be it, one was chosen" in submitted.notes


def test_a_split_answer_runs_whole(read, notebook):
    """JupyterLab gives both halves the metadata of the cell that was split."""
    first = node(notebook, "double")
    second = first.copy()
    first.source, second.source, second.id = "def helper(x): return x", "def double(x): return 2 * helper(x)", "half-2"
    notebook.cells.insert(notebook.cells.index(first) + 1, second)
    submitted = read(notebook)
    names = [cell.name for cell in submitted.cells]
    at = names.index("double")
    assert [cell.source for cell in submitted.cells[at : at + 2]] == [first.source, second.source]
    assert (names[at + 1], names[at + 2]) == ("", "check_double")


def test_unknown_ids_and_lost_metadata(read, notebook):
    notebook.cells.append(cell("sneaky", "1", points=50, grade=True, locked=True))
    node(notebook, "why").source = "Because."
    del node(notebook, "why").metadata["nbgrader"]
    submitted = read(notebook)
    assert submitted.notes == ("sneaky: an unknown id, taken as a cell of the student's own",)
    assert submitted.cells[-1].role is Role.PLAIN
    assert texts(submitted)["why"] == "Because."


def test_a_changed_cell_type_is_mended(read, notebook):
    answer = node(notebook, "double")
    answer.cell_type, answer.source = "markdown", "def double(x): return 2 * x"
    del answer["outputs"], answer["execution_count"]
    submitted = read(notebook)
    assert next(c for c in submitted.cells if c.name == "double").cell_type == "code"
    assert "double: of another cell type than released, which was mended" in submitted.notes


def test_pasted_images_stay_with_a_written_answer(read, notebook):
    picture = {"sketch.png": {"image/png": "iVBORw0KGgo="}}
    node(notebook, "why").attachments = picture
    assert next(n for n in read(notebook).notebook.cells if n.id == "why").attachments == picture


# The file as a whole

BROKEN_FILES = {
    "no JSON": (b"my answers", "the file is not JSON (line 1: expecting value)"),
    "empty": (b"", "the file is empty"),
    "truncated": (b'{"cells": [\n{"cell_type"', "the file is not JSON: it breaks off in line 2"),
    "not UTF-8": (b'{"cells": "\xff\xfe"}', "the file is JSON but not a notebook: it has no list of cells"),
    "no cells": (b'{"metadata": {}}', "the file is JSON but not a notebook: it has no list of cells"),
    "cells no list": (b'{"cells": {}}', "the file is JSON but not a notebook: it has no list of cells"),
    "a list": (b"[1, 2]", "the file is JSON but not a notebook: it has no list of cells"),
    "too deep": (b"[" * 100_000, "the file is not JSON: nested too deeply"),
}


@pytest.mark.parametrize(("content", "says"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_what_is_no_notebook(read, content, says):
    assert read(content).problem == says


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"cells": [1, "x", null, {"cell_type": 7}]}', "nothing in its list of cells is a cell"),
        (b"\xe9\xfa not at all", "the file is not UTF-8 text"),
        (b"[" + b"[]," * 3_000_001 + b"]", "the file holds more than 3 million lists and objects"),
        (b"  \n", "the file is empty"),
    ],
)
def test_more_of_what_is_no_notebook(read, data, says):
    assert says in read(data).problem


@pytest.mark.parametrize("end", ["", '"', '"gra', "{", "tru", "nul", "[1, ", "12"])
def test_a_notebook_cut_off_by_a_bad_upload(read, text, end):
    begun = text[: text.index('"nbgrader": {') + len('"nbgrader":')]
    assert read(f"{begun} {end}".encode()).problem.startswith("the file is not JSON: it breaks off in line ")
    assert "line 1:" in read(b'{"a": tru, "b": 1}').problem


ODD_BUT_READABLE = {
    "BOM": (lambda text: b"\xef\xbb\xbf" + text.encode(), ""),
    "UTF-16": (lambda text: text.encode("utf-16"), ""),
    "Latin-1": (lambda text: text.replace("Now in words", "Jetzt in Wörtern").encode("latin-1"), "not UTF-8 text"),
    "format 5": (lambda text: text.replace('"nbformat": 4', '"nbformat": 5').encode(), "of format 5.5"),
    "format 4.99": (lambda text: text.replace('_minor": 5', '_minor": 99').encode(), "of format 4.99"),
    "format None": (lambda text: text.replace('"nbformat": 4', '"nbformat": {}').encode(), "of format ?.5"),
    "NaN": (lambda text: text.replace('"nbformat": 4', '"x": [NaN, -Infinity, 1e999], "nbformat": 4').encode(), ""),
    "huge": (lambda text: text.replace('"nbformat": 4', f'"x": {"9" * 9999}, "nbformat": 4').encode(), ""),
    "huge by one digit": (lambda text: text.replace('"nbformat": 4', f'"x": {"9" * 4301}, "nbformat": 4').encode(), ""),
    "huge format": (lambda text: text.replace('"nbformat": 4', f'"nbformat": {"9" * 4301}').encode(), "of format 0.5"),
    "no kernel": (lambda text: json.dumps(json.loads(text) | {"metadata": {}}).encode(), ""),
    "no metadata": (lambda text: json.dumps(json.loads(text) | {"metadata": 3}).encode(), ""),
    "a damaged cell": (
        lambda text: text.replace('"cells": [', '"cells": [[], {"cell_type": "video"}, ').encode(),
        "2 entries among the cells are no cells",
    ),
}


@pytest.mark.parametrize("kind", ODD_BUT_READABLE)
def test_what_is_odd_but_can_be_graded(read, text, kind):
    spoil, says = ODD_BUT_READABLE[kind]
    submitted = read(spoil(text))
    assert submitted.problem == ""
    assert submitted.missing == set()
    assert [says in note for note in submitted.notes] == ([True] if says else [])


def test_format_3(read, notebook):
    cells = [dict(c) | ({"input": c.source} if c.cell_type == "code" else {}) for c in notebook.cells]
    for old in cells:
        if old["cell_type"] == "code":
            del old["source"]
    heading = {"cell_type": "heading", "level": 2, "source": "A title"}
    old = {"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [heading, *cells]}, 4]}
    submitted = read(json.dumps(old).encode())
    assert submitted.missing == set()
    assert (submitted.cells[0].cell_type, submitted.cells[0].source) == ("markdown", "A title")
    assert submitted.notes == ("the notebook says it is of format 3.0; it was read as format 4.5",)


def test_thirty_megabytes_of_outputs_are_dropped(read, notebook):
    notebook.cells[4].outputs = [nbformat.v4.new_output("stream", text="x" * 30_000_000)]
    submitted = read(notebook)
    assert submitted.problem == ""
    assert len(notebook_text(submitted.notebook)) < 10_000


def test_half_a_surrogate_pair_can_be_written_to_a_file(read, text):
    submitted = read(text.replace("Now in words", "Now \\ud83d in words").encode())
    assert any(cell.source == "Now ? in words." for cell in submitted.cells)
    notebook_text(submitted.notebook).encode()


# The folder


def test_nothing_was_handed_in(read, folder):
    assert read().problem == f"no file named {NAME}.ipynb was handed in"
    (folder / "notes.txt").write_text("hello")
    assert read().problem == f"no file named {NAME}.ipynb was handed in, only 'notes.txt'"
    (folder / f"{NAME}.ipynb").mkdir()
    assert read().problem.startswith(f"no file named {NAME}.ipynb was handed in")


@pytest.mark.parametrize("name", ["Untitled.ipynb", f"{NAME} (1).IPYNB", f"{NAME}.ipynb.txt", f"sub/{NAME}.ipynb"])
def test_a_notebook_of_another_name_is_read_with_a_note(read, folder, notebook, name):
    (folder / name).parent.mkdir(exist_ok=True)
    submitted = read(notebook, name)
    assert submitted.problem == ""
    assert submitted.notes == (f"{name!r} was read in the place of {NAME}.ipynb: it was not handed in",)


def test_the_notebook_with_most_of_the_cells_is_read(read, notebook):
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    read(other, f"{NAME}_.ipynb")
    assert read(notebook, "Untitled.ipynb").missing == set()


def test_a_copy_serves_where_the_notebook_itself_is_broken(read, notebook):
    read(b"{", f"{NAME}.ipynb")
    submitted = read(notebook, f"{NAME}-Copy1.ipynb")
    assert submitted.problem == ""
    assert submitted.notes[0].endswith("the file is not JSON: it breaks off in line 1")


def test_a_foreign_notebook_among_several_is_not_taken(read):
    foreign = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    read(foreign, "diary.ipynb")
    assert read(foreign, "letters.ipynb").problem.startswith(f"no file named {NAME}.ipynb was handed in, only")


def test_links_are_refused(read, folder, assignment, notebook, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the answers")
    read(notebook, "../../elsewhere.ipynb")
    (folder / "link.txt").symlink_to(secret)
    (folder / "home").symlink_to(tmp_path, target_is_directory=True)
    (folder / f"{NAME}.ipynb").symlink_to(tmp_path / "elsewhere.ipynb")
    os.mkfifo(folder / "pipe")
    submitted = read()
    assert submitted.problem == f"no file named {NAME}.ipynb was handed in"
    assert set(submitted.notes) == {
        f"{NAME}.ipynb was left aside: it is a link",
        "link.txt was left aside: it is a link",
        "home was left aside: it is a link",
        "pipe was left aside: it cannot be opened (it is no file)",
    }
    assert files_beside(read_upload(folder), assignment) == {}


def test_a_file_that_bears_the_name_of_a_library(read, folder, assignment, notebook):
    for name in ("numpy.py", "random.py", "mine.py"):
        (folder / name).write_text("raise SystemExit")
    (folder / "IPython").mkdir()
    (folder / "IPython" / "__init__.py").write_text("")
    submitted = read(notebook)
    assert [note.partition(" ")[0] for note in submitted.notes] == [
        "'IPython/__init__.py'",
        "'numpy.py'",
        "'random.py'",
    ]
    assert set(files_beside(read_upload(folder), assignment)) == {
        "IPython/__init__.py",
        "mine.py",
        "numpy.py",
        "random.py",
    }


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_an_archive_is_read_in_memory_and_its_paths_lead_nowhere(read, folder, assignment, text, tmp_path):
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    members = {f"hw/{NAME}.ipynb": text, "hw/data.csv": "1", "../evil.py": "x", "/etc/evil": "x", "a\\..\\evil": "x"}
    members |= {"C:\\evil": "x", "__MACOSX/._a": "x", link: "/etc/passwd"}
    (folder / "upload.zip").write_bytes(zipped(members))
    before = sorted(tmp_path.rglob("*"))
    submitted = read()
    assert submitted.problem == ""
    assert submitted.missing == set()
    assert sum("its path leads out of the archive" in note for note in submitted.notes) == 4
    assert "link.txt was left aside: it is a link" in submitted.notes
    assert set(files_beside(read_upload(folder), assignment)) == {"upload.zip", "hw/data.csv"}
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_beside_a_notebook_stays_packed(read, folder, assignment, notebook, text):
    (folder / "data.zip").write_bytes(zipped({"other.txt": b"x", f"{NAME}.ipynb": b"{"}))
    assert read(notebook).problem == ""
    assert set(files_beside(read_upload(folder), assignment)) == {"data.zip"}


def test_archives_that_are_bombs_damaged_or_of_another_kind(read, folder, monkeypatch):
    monkeypatch.setattr("autograder.intake.upload.LARGEST_FILE", 1_000_000)
    monkeypatch.setattr("autograder.intake.upload.MOST_FILES", 30)
    archives = {
        "bomb": zipped({f"{NAME}.ipynb": b"0" * 2_000_000}),
        "many": zipped({f"{i}.txt": b"" for i in range(100)}),
        "cut": zipped({"a.ipynb": b"{}" * 1000})[:-30],
        "zip": b"PK\x03\x04 but no more",
    }
    for name, data in archives.items():
        (folder / f"{name}.zip").write_bytes(data)
    (folder / "hw.rar").write_bytes(b"Rar!")
    submitted = read()
    assert submitted.problem.startswith("no file named")
    notes = " | ".join(submitted.notes)
    assert f"{NAME}.ipynb was left aside: larger than 1 MB" in notes
    assert "many.zip was left aside: it holds more than 30 files" in notes
    assert "cut.zip was left aside: the archive is damaged or encrypted (BadZipFile)" in notes
    assert "zip.zip was left aside: the archive is damaged or encrypted (BadZipFile)" in notes
    assert "hw.rar was left aside: the only archives that are read are ZIP files" in notes


def test_files_are_bounded_in_size_and_number_and_notebooks_come_first(read, folder, notebook, monkeypatch):
    monkeypatch.setattr("autograder.intake.upload.LARGEST_FILE", 100_000)
    monkeypatch.setattr("autograder.intake.upload.LARGEST_UPLOAD", 150_000)
    monkeypatch.setattr("autograder.intake.upload.MOST_FILES", 4)
    for name, size in (("a", 90_000), ("b", 90_000), ("c", 200_000), ("d", 1), ("e", 1), ("f", 1)):
        (folder / name).write_bytes(b"x" * size)
    submitted = read(notebook)
    assert submitted.problem == ""
    assert submitted.notes == (
        "b was left aside: the files are larger than 0 MB together",
        "c was left aside: larger than 0 MB",
        "f was left aside: more than 4 files",
    )


def test_what_is_taken_in_fits_into_a_worker_and_into_a_message():
    limits = Limits()
    assert upload.LARGEST_FILE < limits.file_size < wire.MAX_FRAME
    rounded_up = upload.LARGEST_UPLOAD + upload.MOST_FILES * 4096
    assert rounded_up < limits.disk
    assert upload.LARGEST_UPLOAD + upload.MOST_FILES * (archive.LONGEST_PATH + 100) < wire.MAX_FRAME
    assert upload.MOST_FILES < 16_384 > archive.MOST_LEVELS


def test_sizes_at_the_edge(read, folder, assignment, notebook, monkeypatch):
    monkeypatch.setattr(upload, "LARGEST_FILE", 100_000)
    monkeypatch.setattr(upload, "LARGEST_UPLOAD", 200_000)
    size = len(notebook_text(notebook).encode())
    sizes = {"a": 100_000, "b": 100_001, "c": 100_000 - size + 1, "d": 100_000 - size, "e": 1, "f": 0}
    for name, size in sizes.items():
        (folder / name).write_bytes(b"x" * size)
    assert len(read(notebook).notes) == 3
    assert set(files_beside(read_upload(folder), assignment)) == {"a", "d", "f"}


def test_the_instructors_files_go_first_and_count(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "LARGEST_UPLOAD", 100)
    (tmp_path / "given").write_bytes(b"x" * 60)
    for name, size in (("data.csv", 50), ("mine", 41), ("yours", 40)):
        (folder / name).write_bytes(b"x" * size)
    read = read_upload(folder, {"data.csv": tmp_path / "given"})
    assert (set(read.files), len(read.notes)) == ({"yours"}, 1)


def test_an_assignment_with_too_much_beside_its_notebooks_is_refused(assignment, tmp_path, monkeypatch):
    (tmp_path / "data.csv").write_bytes(b"x" * 60)
    with_file = replace(assignment, files={"data.csv": tmp_path / "data.csv"})
    submission.require_room(assignment)
    submission.require_room(with_file)
    monkeypatch.setattr(submission, "LARGEST_FILE", 59)
    with pytest.raises(UserError, match="expected files of at most"):
        submission.require_room(with_file)


def test_files_and_folders_of_one_name(read, folder, assignment, text, tmp_path):
    """No file system holds `a` and `a/b`; an archive does, and so do student and instructor together."""
    members = {f"{NAME}.ipynb": text, "a": "1", "a/b": "2", "c/d/e": "3", "c/d": "4", ".": "5", "/": "6", "./a": "7"}
    members |= {"data.csv/x": "8", "folder": "9", "b" * 256: "10", "/".join("x" * 21): "11", "y/" * 19 + "y": "12"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (folder / "upload.zip").write_bytes(zipped(members))
    submitted = read()
    assert submitted.problem == ""
    given = {"data.csv": tmp_path / "given", "folder/points.csv": tmp_path / "given"}
    (tmp_path / "given").write_text("1,2")
    found = read_upload(folder, given)
    names = {"upload.zip", f"{NAME}.ipynb", "a", "c/d/e", "y/" * 19 + "y"}
    assert set(found.files) == names
    reasons = [note.rpartition(": ")[2] for note in found.notes[1:]]
    assert sorted(reasons) == sorted(
        ["a file has the name of its folder"] * 2
        + ["a folder has the same name"] * 2
        + ["another file has the same name"]
        + ["its name is too long"] * 2
        + ["its path leads out of the archive"]
    )


def test_only_so_many_entries_are_looked_at_and_the_notebook_is_among_them(read, folder, notebook, monkeypatch):
    monkeypatch.setattr(upload, "MOST_ENTRIES", 50)
    deep = folder
    for _ in range(60):
        deep = deep / "d"
        deep.mkdir()
    (deep / "far").touch()
    for number in range(40):
        (folder / f"a{number}").touch()
    submitted = read(notebook)
    assert submitted.problem == ""
    assert submitted.notes == ("d/d/d/d/d/d/d/d/d/d was left aside: more than 50 files and folders",)


def test_a_flood_of_links_is_one_line_in_the_end(read, folder):
    for number in range(50):
        (folder / f"link{number}").symlink_to("/etc/passwd")
    notes = read().notes
    assert (len(notes), notes[-1]) == (21, "more files were left aside")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-10-02 21:30:00 UTC", datetime(2026, 10, 2, 21, 30)),
        ("2026-10-02 21:30:00 CET\n", datetime(2026, 10, 2, 19, 30)),
        ("yesterday", None),
        ("", None),
        ("9" * 90, None),
    ],
)
def test_the_time_of_a_submission(folder, text, time):
    upload = read_upload(folder)
    assert (upload.submitted_at, upload.notes) == (None, [])
    (folder / "timestamp.txt").write_text(text)
    upload = read_upload(folder)
    assert upload.submitted_at == time
    assert len(upload.notes) == (time is None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_time_of_a_submission_from_an_editor_that_marks_the_order_of_bytes(folder, encoding):
    (folder / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC\r\n", encoding=encoding)
    upload = read_upload(folder)
    assert (upload.submitted_at, upload.notes) == (datetime(2026, 1, 1, 10), [])


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "yesterday\x1b",
            "states no date that can be read, 'yesterday?': it is not known whether the submission was late",
        ),
        ("2026-01-01 10:00:00 W. Europe Standard Time", "states no date that can be read, '2026-01-01 10:00:00 W. Eu"),
        (
            "2026-01-01 10:00:00 XYZ",
            "names a time zone that is not known, '2026-01-01 10:00:00 XYZ': it was read as 202",
        ),
    ],
)
def test_a_time_that_cannot_be_read_is_a_note(folder, text, note):
    (folder / "timestamp.txt").write_text(text)
    (found,) = read_upload(folder).notes
    assert found.startswith(f"timestamp.txt {note}")


@given(st.text(max_size=30) | st.from_regex(r"[0-9:. -]{1,30} [A-Z0-9+-]{1,5}", fullmatch=True))
def test_any_timestamp_is_read_or_ignored(text):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "timestamp.txt").write_bytes(text.encode("utf-8", "replace"))
        time = read_upload(Path(folder)).submitted_at
    assert time is None or time.tzinfo is None


def test_the_time_does_not_fall_to_a_limit_and_an_archive_has_no_say_in_it(folder, monkeypatch):
    with zipfile.ZipFile(folder / "upload.zip", "w") as archive:
        archive.writestr("timestamp.txt", "2020-01-01 00:00:00 UTC")
        archive.writestr("deep/timestamp.txt", "2020-01-01 00:00:00 UTC")
    upload = read_upload(folder)
    assert {"timestamp.txt", "deep/timestamp.txt"} <= set(upload.files)
    assert upload.submitted_at is None
    monkeypatch.setattr("autograder.intake.upload.MOST_FILES", 1)
    (folder / "timestamp.txt").write_text("2026-10-02 21:30:00 UTC")
    assert read_upload(folder).submitted_at == datetime(2026, 10, 2, 21, 30)
    (folder / "timestamp.txt").rename(folder / "elsewhere")
    (folder / "timestamp.txt").symlink_to(folder / "elsewhere")
    assert read_upload(folder).submitted_at is None


# Several notebooks


def test_each_notebook_is_read_by_itself(stock):
    assignment = read_assignment(stock, HW)
    folder = hand_in(stock, "ada", square="def square(x): return x * x")
    (folder / "p2.ipynb").write_text("{")
    (folder / "helper.py").write_text("student = True\n")
    (folder / "own.csv").write_text("1")
    first, second = read_submission(folder, assignment)
    assert_in_order(first, assignment.notebooks[0])
    assert (first.name, first.problem, texts(first)["square"]) == ("p1", "", "def square(x): return x * x")
    assert first.unanswered == {"half", "why", "plot"}
    assert (second.name, second.problem) == ("p2", "the file is not JSON: it breaks off in line 1")
    assert files_beside(read_upload(folder), assignment) == {
        "data/points.csv": b"1,2\n",
        "helper.py": b"instructor = True\n",
        "own.csv": b"1",
    }


def test_a_deleted_task_and_a_deleted_code_answer_are_put_back(stock):
    assignment = read_assignment(stock, HW)
    folder = hand_in(stock, "bo")
    notebook = nbformat.read(folder / "p1.ipynb", as_version=4)
    notebook.cells = [c for c in notebook.cells if c.id not in ("essay", "plot")]
    nbformat.write(notebook, folder / "p1.ipynb")
    first, _ = read_submission(folder, assignment)
    assert_in_order(first, assignment.notebooks[0])
    assert [cell.name for cell in first.cells][-2:] == ["plot", "essay"]
    assert texts(first)["plot"].startswith("# This cell was missing")


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
IDS = st.sampled_from(["double", "check_double", "total", "why", "other"]) | JSON
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | JSON,
        "source": st.text(max_size=9) | st.lists(st.text(max_size=3) | JSON, max_size=3) | JSON,
        "id": IDS,
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": st.fixed_dictionaries({"grade_id": IDS}) | JSON})
        | JSON,
        "attachments": st.dictionaries(st.text(max_size=3), st.dictionaries(st.just("image/png"), JSON)) | JSON,
        "outputs": JSON,
    },
)
NOTEBOOK = st.fixed_dictionaries(
    {"cells": st.lists(CELL | JSON, max_size=8)}, optional={"nbformat": JSON, "nbformat_minor": JSON, "metadata": JSON}
)


def read_bytes(data: bytes, assignment):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"{NAME}.ipynb").write_bytes(data)
        (submitted,) = read_submission(Path(folder), assignment)
    assert all("\n" not in note for note in (*submitted.notes, submitted.problem))
    if not submitted.problem:
        assert_in_order(submitted, assignment.notebooks[0])
    return submitted


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_named(assignment, data):
    read_bytes(data, assignment)


@given(NOTEBOOK | JSON)
def test_any_json_is_read_or_named(assignment, document):
    read_bytes(json.dumps(document).encode(), assignment)


@given(st.randoms(use_true_random=False), st.integers(1, 20))
def test_a_notebook_with_flipped_bytes_is_read_or_named(assignment, text, randomness: random.Random, flips):
    data = bytearray(text.encode())
    for _ in range(flips):
        data[randomness.randrange(len(data))] = randomness.randrange(256)
    read_bytes(bytes(data), assignment)


@given(st.binary(max_size=100), st.randoms(use_true_random=False))
def test_a_damaged_archive_is_read_or_named(assignment, data, randomness):
    archive = bytearray(zipped({f"{NAME}.ipynb": b'{"cells": []}', "a/b.txt": data}))
    for _ in range(3):
        archive[randomness.randrange(len(archive))] = randomness.randrange(256)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "upload.zip").write_bytes(archive)
        (submitted,) = read_submission(Path(folder), assignment)
    assert submitted.notes
