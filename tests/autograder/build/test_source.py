import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.build.keys import Kind
from autograder.build.source import SourceError, read_chapter, read_chapters, select_chapters
from autograder.errors import UserError
from tests.autograder.conftest import DEMO, NAME, ROOT

SOLUTION = "    ### BEGIN SOLUTION\n    return 2 * x  # the obvious way to a double\n    ### END SOLUTION\n"
HIDDEN = "### BEGIN HIDDEN TESTS\n"
DOUBLE_CHECK = "```{code-cell} python\n---\ncheck: double"


@pytest.fixture
def write(tmp_path):
    """Writes a text as a chapter source and returns its path."""

    def write(text: str | bytes, name: str = NAME) -> Path:
        path = tmp_path / f"{name}.md"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def changed(old: str, new: str) -> str:
    """The demo with its first `old` replaced."""
    assert old in DEMO, f"the demo does not hold {old!r}"
    return DEMO.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    """The number of the first line that holds `part`."""
    return text[: text.index(part)].count("\n") + 1


def cell_line(text: str, part: str) -> int:
    """The number of the line that opens the cell in which `part` first stands."""
    lines = text.splitlines()[: line_of(text, part)]
    return max(number for number, line in enumerate(lines, 1) if re.match(r"```\{|\+\+\+", line))


# what is wrong: (the demo's text, what stands there instead, text in the cell that is blamed, what the error says)
BAD_CELLS = {
    "unknown key": ("check: double\n", "check: double\npionts: 2\n", "pionts", "unknown key 'pionts' on a check cell"),
    "key of another kind": (
        "given: true\n",
        "given: true\npoints: 1\n",
        "points: 1",
        "unknown key 'points' on a given",
    ),
    "says without mistake": (
        "alternative: double\n",
        "alternative: double\nsays: no\n",
        "says: no",
        "unknown key 'says'",
    ),
    "two roles": ("given: true\n", "given: true\nexplore: true\n", "given: true", "has given and explore"),
    "given is no switch": ("given: true\n", "given: 1\n", "given: 1", "expected `given: true`, got 1"),
    "explore: false": ("explore: true\n", "explore: false\n", "explore: false", "expected `explore: true`, got False"),
    "name with a space": ("exercise: double\n", "exercise: my double\n", "my double", "expected a snake_case name"),
    "name in capitals": ("exercise: double\n", "exercise: Double\n", "Double\n", "snake_case name after `exercise:`"),
    "name that is a number": (
        "exercise: double\n",
        "exercise: 2\n",
        "exercise: 2",
        "snake_case name after `exercise:`",
    ),
    "name of two checks": (
        "exercise: double\n",
        "exercise: check_double\n",
        "check_double",
        "may not begin with check_",
    ),
    "forbid is a string": (
        "forbid: [scipy]\n",
        "forbid: scipy\n",
        "forbid: scipy",
        "list of module names; got 'scipy'",
    ),
    "forbid holds a number": ("forbid: [scipy]\n", "forbid: [3]\n", "forbid: [3]", "list of module names; got [3]"),
    "points missing": (
        "points: 2\n",
        "",
        "check: double",
        "check 'double' needs `points:`, a number from 0; got None",
    ),
    "points negative": ("points: 2\n", "points: -2\n", "points: -2", "a number from 0; got -2"),
    "points zero": ("points: 2\n", "points: 0\n", "check: double", "on the main line: expected `points: more than 0`"),
    "points infinite": ("points: 2\n", "points: .inf\n", "points: .inf", "a number from 0; got inf"),
    "points not a number": ("points: 2\n", "points: .nan\n", "points: .nan", "a number from 0; got nan"),
    "points bool": ("points: 2\n", "points: true\n", "points: true", "a number from 0; got True"),
    "points text": ("points: 2\n", "points: two\n", "points: two", "a number from 0; got 'two'"),
    "written without points": (', "points": 2}', "}", '"written"', "written 'why' needs `points:`"),
    "mistake without says": ("says: you squared the number\n", "", "squared_by", "mistake 'double' needs `says:`"),
    "says is empty": ("says: you squared the number\n", "says: ' '\n", "says: ' '", "mistake 'double' needs `says:`"),
    "says is a number": ("says: you squared the number\n", "says: 7\n", "says: 7", "mistake 'double' needs `says:`"),
    "no solution region": (
        SOLUTION,
        "    return 2 * x\n",
        "exercise: double",
        "'double' needs one region ### BEGIN SOLU",
    ),
    "two solution regions": (SOLUTION, SOLUTION * 2, "exercise: double", "expected one region ### BEGIN SOLUTION"),
    "region not closed": ("    ### END SOLUTION\n", "", "exercise: double", "END SOLUTION, found ### BEGIN SOLUTION"),
    "region not opened": ("    ### BEGIN SOLUTION\n", "", "exercise: double", "END SOLUTION, found ### END SOLUTION"),
    "region upside down": (
        SOLUTION,
        "    ### END SOLUTION\n    return 2 * x\n    ### BEGIN SOLUTION\n",
        "exercise: double",
        "found ### END SOLUTION, ### BEGIN SOLUTION",
    ),
    "marker misspelled": (
        "    ### BEGIN SOLUTION",
        "    # BEGIN SOLUTION",
        "exercise: double",
        "found # BEGIN SOLUTION",
    ),
    "hidden tests not closed": ("### END HIDDEN TESTS\n", "", "check: double", "found ### BEGIN HIDDEN TESTS"),
    "hidden tests in a plain cell": (
        'print("a plain cell")',
        '### BEGIN HIDDEN TESTS\nprint("a plain cell")\n### END HIDDEN TESTS',
        "a plain cell",
        "would be released: it has no place in a plain cell",
    ),
    "solution in a given cell": (
        "import numpy as np\n",
        "import numpy as np\n### BEGIN SOLUTION\n### END SOLUTION\n",
        "given: true",
        "would be released: it has no place in a given cell",
    ),
    "hidden tests in an exercise": (
        SOLUTION,
        SOLUTION + HIDDEN + "### END HIDDEN TESTS\n",
        "exercise: double",
        "'### BEGIN HIDDEN TESTS' would be released: it has no place in a exercise cell",
    ),
    "raw cell without kind": (
        "alternative: double\n",
        "",
        "return x + x",
        "a raw cell needs the key `alternative` or `mistake`",
    ),
    "exercise in a raw cell": (
        "```{code-cell} python\n---\nexercise: double",
        "```{raw-cell}\n---\nexercise: double",
        "exercise: double",
        "exercise belongs on a code cell, this is a raw cell",
    ),
    "mistake in a code cell": (
        "```{raw-cell}\n---\nmistake: double",
        "```{code-cell} python\n---\nmistake: double",
        "mistake: double",
        "mistake belongs on a raw cell, this is a code cell",
    ),
    "check on prose": (
        '"written": "why"',
        '"check": "double"',
        '"check"',
        "check belongs on a code cell, this is a mark",
    ),
    "written in a code cell": (
        "explore: true\n",
        "written: why\npoints: 1\n",
        "written: why",
        "written belongs on a markdown cell, this is a code cell",
    ),
    "written without rubric": (
        "**Rubric.** ",
        "",
        '"written"',
        "written 'why' needs a Rubric inside its solution region",
    ),
    "rubric would be released": (
        "\n### BEGIN SOLUTION\nBecause the double of a sum is the sum of the doubles.\n\n**Rubric.**",
        "\n**Rubric.**\n### BEGIN SOLUTION\nBecause the double of a sum is the sum of the doubles.\n\n",
        '"written"',
        "written 'why' needs a Rubric inside its solution region",
    ),
    "check without exercise": (
        "check: double",
        "check: triple",
        "check: triple",
        "'triple' has no exercise of that name",
    ),
    "check before its exercise": (
        "Before you begin:\n",
        "```{code-cell} python\n---\ncheck: total\npoints: 1\n---\npass\n```\n",
        "check: total",
        "check 'total' has no exercise of that name before it",
    ),
    "alternative of unknown exercise": (
        "alternative: double",
        "alternative: triple",
        "alternative: triple",
        "alternative 'triple' has no exercise of that name before it",
    ),
    "mistake of a written answer": (
        '"written": "why"',
        '"written": "double"',
        '"written"',
        "the name 'double' is taken",
    ),
    "two checks": ("check: total", "check: double", "points: 1.5", "'double' has a check since line"),
    "check takes a name": (
        "check: total\npoints: 1.5\n---\n",
        "check: total\npoints: 1.5\n---\ndouble = 2\n",
        "check: total",
        "check 'total' binds 'double', which exercise 'double' defines",
    ),
    "exercise twice": ("exercise: total", "exercise: double", "def total", "the name 'double' is taken since line"),
    "exercise without check": (
        DEMO[DEMO.index("```{code-cell} python\n---\ncheck: total") : DEMO.index("Now in words.")],
        "",
        "exercise: total",
        "exercise 'total' has no check",
    ),
}


@pytest.mark.parametrize(("old", "new", "blamed", "says"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_bad_cell_is_named_with_file_and_line(write, old, new, blamed, says):
    text = changed(old, new)
    path = write(text)
    with pytest.raises(SourceError) as caught:
        read_chapter(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{cell_line(text, blamed)}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        changed("    return 2 * x  #", "    return 2 * * x  #"),
        changed("    return x + x", "    return 2 * * x + x"),
        changed('print("a plain cell")', "\n\n2 * * x"),
        changed('---\nexplore: true\n---\nraise RuntimeError("a', '---\nexplore: true\n---\n\n2 * * 3\nraise R("a'),
        changed("---\ngiven: true\n---\n", ":given: true\n\n2 * * 3\n"),
        changed("---\ngiven: true\n---\n", ":given: true\n2 * * 3\n"),
    ],
    ids=["exercise", "alternative", "plain cell", "blank line after the keys", "colon keys, blank line", "colon keys"],
)
def test_the_line_of_a_syntax_error_is_exact(write, text):
    path = write(text)
    with pytest.raises(SourceError) as caught:
        read_chapter(path)
    assert str(caught.value) == f"{path}:{line_of(text, '2 * *')}: syntax error: invalid syntax"


@pytest.mark.parametrize(
    "keys", ["given: [true", "given: *nowhere", "given: !!python/object:x y", "given: 'true", "given"]
)
def test_bad_yaml_is_one_line_with_the_line_of_its_cell(write, keys):
    text = changed("given: true\n", f"{keys}\n")
    path = write(text)
    with pytest.raises(SourceError) as caught:
        read_chapter(path)
    line = int(str(caught.value).removeprefix(f"{path}:").split(":")[0])
    assert cell_line(text, keys) <= line <= line_of(text, keys) + 1
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keys", ['{"written": "why", "points": }', '["written"]'])
def test_bad_json_on_prose_is_one_line_with_its_line(write, keys):
    text = changed('{"written": "why", "points": 2}', keys)
    path = write(text)
    with pytest.raises(SourceError, match=f"{NAME}.md:{line_of(text, '+++')}: "):
        read_chapter(path)


def test_a_source_is_utf_8(write):
    path = write(DEMO.encode().replace(b"Two functions", b"Zwei f\xfcr dich"))
    with pytest.raises(SourceError, match=rf"{NAME}.md:1: expected UTF-8 text, got byte 0xfc"):
        read_chapter(path)


@pytest.mark.parametrize("text", [changed("# 07 A demo", "A demo"), DEMO[: DEMO.index("# 07")], ""])
def test_a_source_begins_with_its_title(write, text):
    with pytest.raises(SourceError, match=rf"{NAME}.md:1: expected the first cell to hold the chapter's title"):
        read_chapter(write(text))


def test_what_is_read(demo):
    assert (demo.name, demo.title) == (NAME, "07 A demo")
    double, total = demo.exercises
    assert (double.name, double.check.points, double.solution.settings.forbid) == ("double", 2, ("scipy",))
    assert (total.name, total.check.points, total.solution.settings.forbid) == ("total", 1.5, ())
    assert [len(e.alternatives) for e in demo.exercises] == [1, 1]
    assert [m.says for m in double.mistakes] == ["you squared the number", "half is the other direction"]
    assert [(cell.name, cell.points) for cell in demo.written] == [("why", 2)]
    assert [cell.kind for cell in demo.cells[:5]] == [Kind.PLAIN, Kind.GIVEN, Kind.EXPLORE, Kind.PLAIN, Kind.PLAIN]
    assert [cell.line for cell in demo.exercises[0].mistakes] == [
        cell_line(DEMO, "squared_by_mistake"),
        cell_line(DEMO, "halved_by_mistake"),
    ]
    assert demo.written[0].line == cell_line(DEMO, "Why is doubling")


def test_what_jupyterlab_writes_on_cells_means_nothing(write):
    text = changed("given: true\n", "given: true\njupyter:\n  source_hidden: true\ntags: [hide]\ncollapsed: true\n")
    cells, demo = read_chapter(write(text)).cells, read_chapter(write(DEMO, "08_demo")).cells
    assert [(c.kind, c.source) for c in cells] == [(c.kind, c.source) for c in demo]


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, DEMO.count("\n")))
def test_any_inserted_line_is_read_or_refused_in_one_line(tmp_path_factory, line, where):
    lines = DEMO.splitlines()
    path = tmp_path_factory.mktemp("any") / f"{NAME}.md"
    path.write_text("\n".join([*lines[:where], line, *lines[where:]]), encoding="utf-8", newline="\n")
    try:
        said = f"{read_chapter(path).path}:1: "
    except SourceError as error:
        said = str(error)
    assert re.match(re.escape(str(path)) + r":\d+: ", said)


def test_no_chapters(tmp_path):
    (tmp_path / "notes.md").write_text("# Notes\n")
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match=r"expected chapter sources named like .* found none"):
            read_chapters(folder)


def test_chapters_come_in_order_and_are_selected_by_name_or_number(tmp_path):
    for name in ("10_last", "02_first", "README"):
        (tmp_path / f"{name}.md").write_text(DEMO, encoding="utf-8")
    assert [chapter.name for chapter in read_chapters(tmp_path)] == ["02_first", "10_last"]
    assert [chapter.name for chapter in select_chapters(tmp_path, ())] == ["02_first", "10_last"]
    assert [chapter.name for chapter in select_chapters(tmp_path, ("10", "02_first"))] == ["10_last", "02_first"]
    with pytest.raises(UserError, match="unknown chapter '03'; there are: 02_first, 10_last"):
        select_chapters(tmp_path, ("03",))
    (tmp_path / "11_more.md").write_text(DEMO, encoding="utf-8")
    with pytest.raises(UserError, match="chapter '1' may be any of 10_last, 11_more"):
        select_chapters(tmp_path, ("1",))


def test_two_chapters_of_one_number_are_refused(tmp_path):
    for name in ("02_first", "02_second"):
        (tmp_path / f"{name}.md").write_text(DEMO, encoding="utf-8")
    with pytest.raises(UserError, match="02_first and 02_second have the same number"):
        read_chapters(tmp_path)


def test_every_chapter_of_the_course_is_valid():
    assert read_chapters(ROOT / "solutions")
