"""Cells of a submission put in order, one rule at a time, without a course around them."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.assignment import SKIP, Role, Settings, SourceCell, SourceNotebook
from autograder.intake.notebook import RawCell
from autograder.intake.restore import count_known, restore

STUB = "raise NotImplementedError()"
FORBID = Settings(forbid=("scipy",))


def answer(name, **more):
    source = f"def {name}(x):\n    {STUB}"
    return SourceCell(name, "code", source, Role.ANSWER, stub=frozenset({STUB}), released=source, **more)


def check(name, points, *answers, **more):
    source = f"assert {name}(1)\nassert {name}(2)  # hidden"
    released = f"assert {name}(1)"
    return SourceCell(
        f"check_{name}", "code", source, Role.CHECK, points, released=released, locked=True, answers=answers, **more
    )


GIVEN = SourceCell("given", "code", "import numpy as np", Role.GIVEN, released="import numpy as np", locked=True)
FIRST, CHECK_FIRST = answer("first"), check("first", 2.0, "first", settings=FORBID, checksum="abc")
SECOND, CHECK_SECOND = answer("second"), check("second", 1.0, "second")
WHY = SourceCell("why", "markdown", "Why?", Role.WRITTEN, 3.0, released="Why?")
ESSAY = SourceCell("essay", "markdown", "Write.", Role.WRITTEN, 4.0, released="Write.", locked=True, task=True)
CELLS = (GIVEN, FIRST, CHECK_FIRST, SECOND, CHECK_SECOND, WHY, ESSAY)
SOURCE = SourceNotebook("hw", CELLS, plain=frozenset({"x = 1", "widget()"}), explorers=frozenset({"widget()"}))


def raw(cell, **changed):
    """A known cell as a student who changed nothing hands it in."""
    fields = {"cell_type": cell.cell_type, "source": cell.released, "grade_id": cell.name, "cell_id": cell.name}
    return RawCell(**(fields | changed))


def handed_in(**changed):
    """All known cells, some of them changed; None leaves one out."""
    return [raw(cell, **changed.get(cell.name, {})) for cell in CELLS if changed.get(cell.name, {}) is not None]


def own(source, cell_type="code", **more):
    return RawCell(cell_type, source, **more)


def order(submitted):
    return [cell.name or cell.source for cell in submitted.cells]


NAMES = [cell.name for cell in CELLS]


def test_the_untouched_notebook():
    found = restore(SOURCE, handed_in(), ["a remark of the reader"])
    assert (found.name, order(found), found.notes, found.problem) == ("hw", NAMES, ("a remark of the reader",), "")
    assert (found.tampered, found.missing) == (frozenset(), frozenset())
    assert found.unanswered == {"first", "second", "why"}, "a task is no answer"
    by_name = {cell.name: cell for cell in found.cells}
    assert [by_name[name].source for name in ("given", "check_first")] == [GIVEN.source, CHECK_FIRST.source]
    assert {name for name, cell in by_name.items() if cell.own} == {"first", "second", "why"}
    assert {name: cell.points for name, cell in by_name.items() if cell.points} == {
        "check_first": 2.0,
        "check_second": 1.0,
        "why": 3.0,
        "essay": 4.0,
    }
    assert by_name["check_first"].settings == FORBID
    assert by_name["check_first"].released == "assert first(1)"
    assert by_name["check_first"].filename == "<check_first>"
    assert {name for name, cell in by_name.items() if cell.unfinished} == {"check_first", "check_second"}


def test_what_is_written_for_nbgrader():
    found = restore(SOURCE, handed_in(why={"attachments": {"a.png": {"image/png": "iVBO"}}}))
    nodes = {cell["id"]: cell for cell in found.notebook["cells"]}
    claims = {name: node["metadata"]["nbgrader"] for name, node in nodes.items()}
    assert {
        name: [key for key in ("grade", "solution", "locked", "task") if said[key]] for name, said in claims.items()
    } == {
        "given": ["locked"],
        "first": ["solution"],
        "check_first": ["grade", "locked"],
        "second": ["solution"],
        "check_second": ["grade", "locked"],
        "why": ["grade", "solution"],
        "essay": ["locked", "task"],
    }
    assert {name: said["points"] for name, said in claims.items() if "points" in said} == {
        "check_first": 2.0,
        "check_second": 1.0,
        "why": 3.0,
        "essay": 4.0,
    }
    assert {name for name, said in claims.items() if said.get("checksum")} == {"check_first"}
    assert all("checksum" not in said or said["checksum"] for said in claims.values())
    assert {(said["schema_version"], said["grade_id"], said["cell_type"]) for said in claims.values()} == {
        (3, cell.name, cell.cell_type) for cell in CELLS
    }
    assert nodes["why"]["attachments"] == {"a.png": {"image/png": "iVBO"}}
    assert "attachments" not in nodes["essay"]
    assert (nodes["first"]["execution_count"], nodes["first"]["outputs"]) == (None, [])
    assert "outputs" not in nodes["why"]
    assert (found.notebook["nbformat"], found.notebook["nbformat_minor"]) == (4, 5)
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert found.notebook["metadata"]["kernelspec"] == python
    assert found.notebook["metadata"]["language_info"] == {"name": "python"}
    assert all(not node["metadata"].get("tags") for node in nodes.values())


def test_the_kernel_is_the_instructors():
    kernel = {"display_name": "P", "language": "python", "name": "p"}
    source = SourceNotebook("hw", CELLS, kernelspec=json.dumps(kernel))
    assert restore(source, handed_in()).notebook["metadata"]["kernelspec"] == kernel


def test_a_pasted_image_of_code_is_nothing():
    found = restore(SOURCE, handed_in(first={"attachments": {"a.png": {"image/png": "iVBO"}}}))
    assert all("attachments" not in node for node in found.notebook["cells"])


def test_locked_texts_are_the_instructors_and_answers_the_students():
    found = restore(
        SOURCE,
        handed_in(
            given={"source": "np = None"},
            check_first={"source": "pass"},
            check_second={"source": f"\n{CHECK_SECOND.source}\n"},
            first={"source": "def first(x): return 1"},
            essay={"source": "An essay."},
        ),
    )
    texts = {cell.name: cell.source for cell in found.cells}
    assert [texts[name] for name in ("given", "check_first", "first")] == [
        *(GIVEN.source, CHECK_FIRST.source, "def first(x): return 1")
    ]
    assert found.tampered == {"given", "check_first", "essay"}, "who has the hidden tests has changed nothing"
    assert found.notes == ("check_first, essay, given: changed, and put back as the instructor wrote it",)
    assert found.unanswered == {"second", "why"}
    assert [cell.unfinished for cell in found.cells if cell.role is Role.CHECK] == [False, True]


def test_a_cell_of_another_type_is_mended():
    found = restore(SOURCE, handed_in(first={"cell_type": "markdown"}))
    assert found.cells[1].cell_type == found.notebook["cells"][1]["cell_type"] == "code"
    assert found.notes == ("first: of another cell type than released, which was mended",)


def test_the_students_own_cells():
    cells = [
        *handed_in(),
        own("x = 1"),
        own("y = 2"),
        own("widget()"),
        own("widget()", "markdown"),
        own("z", grade_id="zz"),
    ]
    found = restore(SOURCE, cells)
    added = found.cells[len(CELLS) :]
    assert [(cell.name, cell.role, cell.source) for cell in added] == [
        ("", Role.PLAIN, source) for source in ("x = 1", "y = 2", "widget()", "widget()", "z")
    ]
    assert [cell.own for cell in added] == [False, True, False, False, True]
    assert [cell.explore for cell in added] == [False, False, True, False, False]
    assert [node["metadata"] for node in found.notebook["cells"][len(CELLS) :]] == [{}, {}, {"tags": [SKIP]}, {}, {}]
    assert found.notes == ("zz: an unknown id, taken as a cell of the student's own",)


def test_a_known_cell_that_is_not_run_keeps_its_tag():
    shown = SourceCell("shown", "code", "widget()", Role.GIVEN, explore=True, released="widget()", locked=True)
    found = restore(SourceNotebook("hw", (shown,)), [raw(shown)])
    assert found.cells[0].explore
    assert found.notebook["cells"][0]["metadata"]["tags"] == [SKIP]


# What is left out, besides cells of the student's own: where the cells go.
DELETED = {
    "the first": (["given"], NAMES),
    "a check, behind its answer": (["check_first"], NAMES),
    "an answer, which stays gone": (["first"], [name for name in NAMES if name != "first"]),
    "both, and the check waits until what follows": (
        ["first", "check_first"],
        ["given", "check_first", "second", "check_second", "why", "essay"],
    ),
    "the last two": (["why", "essay"], NAMES),
    "all": (NAMES, ["given", "check_first", "check_second", "why", "essay"]),
}


@pytest.mark.parametrize(("gone", "wanted"), DELETED.values(), ids=DELETED)
def test_deleted_cells_are_put_back_at_their_place(gone, wanted):
    found = restore(SOURCE, handed_in(**dict.fromkeys(gone)))
    assert order(found) == wanted
    assert found.missing == set(gone)
    back = [name for name in gone if name not in ("first", "second")]
    answers = [name for name in gone if name in ("first", "second")]
    notes = [f"{', '.join(back)}: deleted, and put back"] if back else []
    assert found.notes == (*notes, *([f"{', '.join(answers)}: deleted"] if answers else ()))


def test_what_was_put_back_says_so_where_there_was_something_to_write():
    found = restore(SOURCE, handed_in(why=None, essay=None))
    assert [cell.source for cell in found.cells[-2:]] == [
        "*This cell was missing from the submission.*\n\nWhy?",
        "Write.",
    ]
    plot = SourceCell("plot", "code", "# A figure", Role.WRITTEN, 5.0, released="# A figure")
    (cell,) = restore(SourceNotebook("hw", (plot,)), []).cells
    assert cell.source == "# This cell was missing from the submission.\n\n# A figure"


def test_a_check_that_was_deleted_with_its_answer_stands_behind_the_students_own_cells():
    cells = [raw(GIVEN), own("def first(x): pass\nfirst = 3"), own("more = 1"), *map(raw, CELLS[3:])]
    found = restore(SOURCE, cells)
    assert order(found)[:5] == ["given", "first", "check_first", "more = 1", "second"]
    cells[1] = own("other = 3")
    assert order(restore(SOURCE, cells))[:5] == ["given", "other = 3", "more = 1", "check_first", "second"]


def test_a_given_cell_that_was_deleted_goes_as_far_up_as_it_may():
    late = SourceCell("late", "code", "import math", Role.GIVEN, released="import math", locked=True)
    source = SourceNotebook("hw", (GIVEN, FIRST, late, CHECK_FIRST))
    cells = [raw(GIVEN), own("a = 1"), own("b = 2"), raw(CHECK_FIRST)]
    assert order(restore(source, cells)) == ["given", "late", "a = 1", "b = 2", "check_first"]


def test_moved_cells_are_put_back_and_as_few_as_possible():
    cells = handed_in()
    moved = [cells[5], *cells[:5], cells[6]]
    found = restore(SOURCE, moved)
    assert order(found) == NAMES
    assert found.notes == ("why: moved, and put back",)
    assert order(restore(SOURCE, cells[::-1])) == NAMES


@given(st.permutations(range(len(CELLS))), st.lists(st.integers(0, len(CELLS)), max_size=4))
def test_known_cells_come_in_the_instructors_order_whatever_was_done(permutation, places):
    cells = [handed_in()[i] for i in permutation]
    for number, place in enumerate(places):
        cells.insert(place, own(f"own_{number} = 1"))
    found = restore(SOURCE, cells)
    assert [cell.name for cell in found.cells if cell.name] == NAMES
    assert sorted(cell.source for cell in found.cells if not cell.name) == [f"own_{i} = 1" for i in range(len(places))]


def test_of_several_cells_with_one_id_the_first_that_is_as_it_should_be_counts():
    changed = [
        raw(FIRST),
        raw(FIRST, source="first = 1"),
        raw(FIRST, source="first = 2"),
        raw(CHECK_FIRST, source="pass"),
    ]
    found = restore(SourceNotebook("hw", (FIRST, CHECK_FIRST)), [*changed, raw(CHECK_FIRST)])
    assert [(cell.name, cell.source) for cell in found.cells] == [
        ("", FIRST.source),
        ("first", "first = 1"),
        ("", "first = 2"),
        ("", "pass"),
        ("check_first", CHECK_FIRST.source),
    ]
    assert found.notes == ("first, check_first: several cells claim to be it, one was chosen",)
    twice = restore(SourceNotebook("hw", (CHECK_FIRST,)), [raw(CHECK_FIRST, source=s) for s in ("a", "b")])
    assert [cell.name for cell in twice.cells] == ["check_first", ""]
    assert twice.tampered == {"check_first"}


def test_an_id_of_nbgrader_goes_before_one_of_jupyter():
    only_jupyter = raw(FIRST, grade_id="", source="first = 1")
    assert order(restore(SOURCE, [only_jupyter]))[1] == "first"
    both = restore(SOURCE, [only_jupyter, raw(FIRST, source="first = 2")])
    assert next(cell.source for cell in both.cells if cell.name == "first") == "first = 2"
    other = raw(FIRST, grade_id="stranger", source="first = 1")
    assert "first" not in order(restore(SOURCE, [other])), "its nbgrader id is what it is known by"


def test_an_answer_that_lost_its_ids_is_known_by_what_it_defines():
    texts = ("def first(x): return 1", "def first(x): return 2", "first = 3", "class first:\n    pass")
    found = restore(SOURCE, [raw(GIVEN), *map(own, texts[:3])])
    assert next(cell.source for cell in found.cells if cell.name == "first") == texts[1]
    written = restore(SOURCE, [own(texts[0], "markdown")])
    assert "first" not in order(written)
    taken = restore(SOURCE, [raw(SECOND, source=texts[0])])
    assert "first" not in order(taken), "it is another cell already"
    nothing = SourceCell("figure", "code", "# draw", Role.ANSWER, released="# draw")
    assert "figure" not in order(restore(SourceNotebook("hw", (nothing,)), [own("def f(): pass")]))


STUBS = {
    "the stub": (FIRST.source, True),
    "with a comment": (f"def first(x):\n  {STUB}  # later", True),
    "in other words": ("def first(x):\n    raise NotImplementedError('by right')", False),
    "within a line": (f"def first(x): {STUB}", False),
}


@pytest.mark.parametrize(("text", "unfinished"), STUBS.values(), ids=STUBS)
def test_a_check_knows_whether_its_answer_still_has_the_stub(text, unfinished):
    found = restore(SOURCE, handed_in(first={"source": text}))
    assert [cell.unfinished for cell in found.cells if cell.name == "check_first"] == [unfinished]
    assert not any(cell.unfinished for cell in found.cells if cell.role is not Role.CHECK)


def test_ids_in_the_notebook_are_short_and_differ():
    long = "x" * 100
    cells = [own("1", cell_id=id) for id in ("a", "a", "a-1", "a", "", long, long, "cell-4")]
    ids = [node["id"] for node in restore(SourceNotebook("hw", ()), cells).notebook["cells"]]
    assert ids == ["a", "a-1", "a-1-2", "a-3", "cell-4", "x" * 64, f"{'x' * 50}-6", "cell-4-7"]
    named = SourceCell("n" * 100, "markdown", "", Role.WRITTEN)
    assert restore(SourceNotebook("hw", (named,)), []).notebook["cells"][0]["id"] == "n" * 64


@given(st.lists(st.sampled_from(["", "a", "a-1", "a-2", "cell-1", "a-1-2", "given"]), max_size=9))
def test_no_two_cells_have_one_id(ids):
    found = restore(SOURCE, [own("1", cell_id=cell_id) for cell_id in ids])
    nbformat.validate(nbformat.from_dict(found.notebook))


def test_long_lists_in_notes_are_cut():
    many = [SourceCell(f"c{i:02}", "code", "", Role.CHECK, locked=True) for i in range(12)]
    for count, said in ((10, "c00, c01, c02, c03, c04, c05, c06, c07, c08, c09: "), (12, "c08, c09 and 2 more: ")):
        (note,) = restore(SourceNotebook("hw", tuple(many[:count])), []).notes
        assert said in note


def test_known_cells_are_counted_once_by_either_id():
    cells = [raw(GIVEN), raw(GIVEN), raw(FIRST, grade_id=""), raw(SECOND, grade_id="other"), own("x")]
    assert count_known(SOURCE, cells) == 2
