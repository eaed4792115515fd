import nbformat
import pytest
from nbformat.v4 import new_notebook

from autograder.book.schemes import Line, Scheme, schemes
from autograder.build.author import solved_notebook, write_notebook
from autograder.hidden import Hidden
from tests.autograder.stock import cell
from tests.chapters import NAMES, chapter_named


@pytest.mark.parametrize(
    ("rubric", "lines"),
    [
        ("- 1 point: a reason.\n- 2 points, data: enough\n  of them.", [(1, "a reason."), (2, "enough of them.")]),
        ("- 1½ points: a (½), b (1).\n- ½ point: c.", [(1.5, "a (½), b (1)."), (0.5, "c.")]),
        (
            "1 point: a. 0.25 points: b (1 point would be too much).",
            [(1, "a."), (0.25, "b (1 point would be too much).")],
        ),
        ("1 point: a\n\nTake it at its word.", [(1, "a")]),
        ("1 point each: ½ for this, ½ for that.", []),
        ("One point for the sum.", []),
        ("", []),
    ],
)
def test_a_line_of_a_rubric_begins_with_its_points(rubric, lines):
    found = [(line.points, line.text) for line in Scheme("", rubric).lines]
    assert [(points, text.removeprefix("data: ")) for points, text in found] == lines


def test_what_stands_in_an_instructors_notebook(tmp_path):
    flags = {"kind": "markdown", "points": 2}
    cells = [
        cell(
            "a",
            "Why?\n### BEGIN SOLUTION\nSo.\n\n**Rubric.** 2 points: so\n### END SOLUTION",
            grade=True,
            solution=True,
            **flags,
        ),
        cell("b", "Why?\n### BEGIN SOLUTION\nSo.\n### END SOLUTION\nGo on.", grade=True, solution=True, **flags),
        cell("c", "Draw.\n=== BEGIN MARK SCHEME ===\n2 points: axes\n=== END MARK SCHEME ===", task=True, **flags),
        cell("d", "# plot\n### BEGIN SOLUTION\n1\n### END SOLUTION", points=1, grade=True, solution=True),
        cell("e", "### BEGIN SOLUTION\n1\n### END SOLUTION", solution=True),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "p.ipynb")
    found = schemes(tmp_path, Hidden())
    assert found == {
        ("p", "a"): Scheme("So.", "2 points: so"),
        ("p", "b"): Scheme("So.", ""),
        ("p", "c"): Scheme("", "2 points: axes"),
        ("p", "d"): Scheme("```python\n1\n```", ""),
    }
    assert found["p", "c"].lines == (Line(2.0, "axes"),)
    assert schemes(None, Hidden()) == {}


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_of_every_rubric_add_up_to_its_points(name, tmp_path):
    chapter = chapter_named(name)
    write_notebook(solved_notebook(chapter), tmp_path / f"{name}.ipynb")
    found = schemes(tmp_path, Hidden())
    for written in chapter.written:
        scheme = found[name, written.name]
        assert sum(line.points for line in scheme.lines) == written.points, written.name
        assert scheme.model
