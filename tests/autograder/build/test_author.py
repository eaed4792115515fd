import json
from dataclasses import replace

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.build.author import (
    build_lectures,
    notebook_text,
    released_notebook,
    solved_notebook,
)
from autograder.build.keys import Kind
from autograder.build.source import Cell, read_chapter
from autograder.hidden import Hidden
from nnkit.notebook.header import Header
from tests.autograder.conftest import DEMO, NAME


def cells(notebook) -> dict:
    return {cell.id: cell for cell in notebook.cells}


def test_the_released_notebook_has_stubs_and_nothing_secret(demo):
    released = released_notebook(demo)
    text = notebook_text(released)
    for secret in (
        *("obvious way", "running_total", "hidden_number", "squared_by_mistake", "halved_by_mistake", "x + x + 0"),
        *("np.sum", "numbers[:-1]", "you squared the number", "this is the mean", "Rubric", "sum of the doubles"),
        *("BEGIN", "END", "says", "mistake", "alternative"),
    ):
        assert secret not in text
    assert cells(released)["double"].source == (
        "# This exercise does not allow scipy.\n"
        'def double(x):\n    """Twice the number."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    assert cells(released)["check_double"].source == (
        '# Check of double · exercise 1 of 2 · without scipy\ncheck_close(double(0.0), 0.0, name="double(0)")'
    )
    assert cells(released)["why"].source == "Why is doubling linear?\n\nYOUR ANSWER HERE"


def test_the_solved_notebook_has_solutions_and_hidden_tests_but_no_variants(demo):
    solved = cells(solved_notebook(demo))
    assert "running_total = 0.0" in solved["total"].source
    assert "hidden_number**2" in solved["check_double"].source
    assert "Rubric" in solved["why"].source
    assert "squared_by_mistake" not in notebook_text(solved_notebook(demo))


def test_the_parts_that_verify_runs_are_those_that_are_released(demo):
    released = cells(released_notebook(demo))
    for exercise in demo.exercises:
        assert released[exercise.name].source.endswith(Hidden().stub(exercise.solution.source))
        header, _, check = released[f"check_{exercise.name}"].source.partition("\n")
        assert Header.read(header).exercise == exercise.name
        assert Hidden().released(exercise.check.source) == check


def test_nbgrader_metadata_is_complete(demo):
    released = cells(released_notebook(demo))
    given_id = next(cell_id for cell_id in released if cell_id.startswith("given_"))
    expected = {  # id: (grade, solution, locked, points)
        given_id: (False, False, True, None),
        "double": (False, True, False, None),
        "check_double": (True, False, True, 2),
        "total": (False, True, False, None),
        "check_total": (True, False, True, 1.5),
        "why": (True, True, False, 2),
    }
    found = {}
    for cell_id, cell in released.items():
        data = cell.metadata.get("nbgrader")
        if data:
            assert data.grade_id == cell_id
            assert (data.schema_version, data.task, data.cell_type) == (3, False, cell.cell_type)
            assert len(data.checksum) == 32
            found[cell_id] = (data.grade, data.solution, data.locked, data.get("points"))
    assert found == expected


def test_what_an_exercise_forbids_is_in_its_metadata(demo):
    found = {cell.id: cell.metadata.autograder for cell in solved_notebook(demo).cells if "autograder" in cell.metadata}
    assert found == {"double": {"forbid": ["scipy"], "keeps_inputs": True}, "total": {"keeps_inputs": True}}


def test_an_exercise_that_may_change_its_inputs_says_so_in_its_check(demo):
    allowed = tuple(
        replace(cell, settings=replace(cell.settings, keeps_inputs=False)) if cell.name == "total" else cell
        for cell in demo.cells
    )
    solved = cells(solved_notebook(replace(demo, cells=allowed)))
    assert Header.read(solved["check_total"].source).keeps_inputs is False
    assert Header.read(solved["check_double"].source) == Header("double", 1, 2, ("double",), ("scipy",))
    assert "autograder" not in solved["total"].metadata


def test_jupyter_goes_on_after_cells_that_wait_for_an_answer(demo):
    plain = [
        Cell("code", source, Kind.PLAIN, 1_000 + line)
        for line, source in enumerate(("y = double(2)", "z = y + 1", "double(z)", "y = z = 0", "y + z", "print(1)"))
    ]
    at = next(i for i, cell in enumerate(demo.cells) if cell.kind is Kind.EXERCISE) + 1
    longer = replace(demo, cells=(*demo.cells[:at], *plain, *demo.cells[at:]))
    tags = {cell.source: cell.metadata.get("tags", []) for cell in released_notebook(longer).cells}
    waits = [cell.source for cell in plain if "raises-exception" in tags[cell.source]]
    assert waits == ["y = double(2)", "z = y + 1", "double(z)"]
    checks = [cell for cell in released_notebook(longer).cells if cell.id.startswith("check_")]
    assert all(cell.metadata.tags == ["raises-exception"] for cell in checks)


def test_only_widgets_are_skipped_while_grading(demo):
    skipped = [c.source for c in released_notebook(demo).cells if "skip-execution" in c.metadata.get("tags", ())]
    assert len(skipped) == 1
    assert skipped[0].startswith("raise RuntimeError")


@pytest.mark.parametrize("build", [solved_notebook, released_notebook])
def test_the_same_text_gives_the_same_bytes(demo, build):
    assert notebook_text(build(demo)) == notebook_text(build(read_chapter(demo.path)))
    nbformat.validate(build(demo))
    assert not any(cell.get("outputs") for cell in build(demo).cells)


@given(st.text("abc\n", max_size=9), st.integers(0, 5))
def test_an_inserted_plain_cell_changes_no_other_id(demo, text, where):
    new = Cell("code", f"new = {text!r}", Kind.PLAIN, line=1)
    before = [cell.id for cell in solved_notebook(demo).cells]
    longer = replace(demo, cells=(*demo.cells[:where], new, *demo.cells[where:]))
    after = [cell.id for cell in solved_notebook(longer).cells]
    assert len(set(after) - set(before)) == 1
    assert [cell_id for cell_id in after if cell_id in before] == before


@given(st.lists(st.sampled_from(["1", "2", ""]), max_size=12))
def test_ids_are_unique_and_valid_whatever_the_cells_hold(demo, texts):
    twins = tuple(Cell("code", text, Kind.GIVEN if text == "2" else Kind.PLAIN, line=1) for text in texts)
    notebook = solved_notebook(replace(demo, cells=demo.cells + twins))
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_a_release_is_what_nbgrader_releases_byte_for_byte(released, demo):
    path = released.release / NAME / f"{NAME}.ipynb"
    assert path.read_text(encoding="utf-8").rstrip("\n") == notebook_text(released_notebook(demo)).rstrip("\n")


def test_lectures_go_where_nbgrader_looks(demo, tmp_path):
    (path,) = build_lectures([demo], tmp_path / "lectures")
    assert path == tmp_path / "lectures" / NAME / f"{NAME}.ipynb"
    assert path.read_text(encoding="utf-8") == notebook_text(released_notebook(demo))
    assert json.loads(path.read_text(encoding="utf-8"))["nbformat_minor"] == 5


def test_an_unchanged_source_is_rebuilt_to_the_same_file_beside_a_changed_one(demo, tmp_path):
    other = tmp_path / "08_other.md"
    other.write_text(DEMO.replace("Two functions", "Two small functions"), encoding="utf-8")
    first = {p.name: p.read_bytes() for p in build_lectures([demo], tmp_path)}
    second = {p.name: p.read_bytes() for p in build_lectures([read_chapter(other), demo], tmp_path)}
    assert second[f"{NAME}.ipynb"] == first[f"{NAME}.ipynb"] != second["08_other.ipynb"]
