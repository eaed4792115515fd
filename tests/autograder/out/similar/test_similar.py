import re

import nbformat
import numpy as np
import pytest
from markupsafe import Markup

from autograder.book.instructor import read_assignment
from autograder.errors import UserError
from autograder.out.similar import Cell, similar_pairs, write_similar
from tests.autograder.conftest import copy_course
from tests.autograder.stock import HW, hand_in

OWN = """\
def square(x):
    result = []
    for row in np.atleast_2d(x):
        result.append([value ** 2 if value else 0.0 for value in row])
    return np.array(result).reshape(np.shape(x))
"""
COPIED = """\
def square(zahl):  # <script>alert(1)</script>
    liste = list()
    liste = []
    for z in np.atleast_2d(zahl):
        liste.append([w ** 2 if w else 0.0 for w in z])
    return np.array(liste).reshape(np.shape(zahl))
"""
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^"]


def someone(seed: int) -> str:
    """An answer of nobody else's."""
    operators = np.random.default_rng(seed).choice(OPERATORS, 30)
    return "def square(x):\n    return " + "".join(f"x {operator} " for operator in operators) + "x\n"


def a_class(**answers: str) -> dict[str, tuple[Cell, ...]]:
    others = {f"s{n}": someone(n) for n in range(40)}
    return {student: (Cell("square", text),) for student, text in (others | answers).items()}


def test_who_shares_a_rare_passage_is_found_and_it_is_marked():
    (pair,) = similar_pairs(a_class(ada=OWN, blaise=COPIED))
    assert pair.students == ("ada", "blaise")
    assert pair.common > 8
    assert 0.3 < pair.share <= 1
    ((name, left, right),) = pair.cells
    assert name == "square"
    marked = [re.findall("<mark>(.*?)</mark>", side, re.DOTALL) for side in (left, right)]
    assert any("np.atleast_2d(x)" in part for part in marked[0])
    assert any("np.atleast_2d(zahl)" in part for part in marked[1])
    assert not any("list()" in part for part in marked[1])
    assert [Markup(re.sub("</?mark>", "", side)).unescape() for side in (left, right)] == [OWN, COPIED]


def test_a_class_of_its_own_mind_has_no_pair():
    assert similar_pairs(a_class()) == []
    assert similar_pairs({}) == []
    assert similar_pairs({"ada": (Cell("square", "pass"),)}) == []


def test_what_was_released_does_not_count():
    assert similar_pairs(a_class(ada=OWN, blaise=COPIED), [OWN]) == []


def test_what_many_have_written_does_not_count():
    same = {f"t{n}": OWN for n in range(8)}
    assert similar_pairs(a_class(**same)) == []
    few = {f"t{n}": OWN for n in range(3)}
    assert [pair.students for pair in similar_pairs(a_class(**few))] == [("t0", "t1"), ("t0", "t2"), ("t1", "t2")]


def test_what_fewer_have_counts_more():
    two, three = ({f"t{n}": OWN for n in range(count)} for count in (2, 3))
    assert similar_pairs(a_class(**two))[0].common > similar_pairs(a_class(**three))[0].common


def test_a_passage_is_found_in_another_cell():
    code = a_class(ada=OWN) | {"blaise": (Cell("square", "x = 1"), Cell("", COPIED))}
    (pair,) = similar_pairs(code)
    assert [name for name, _, _ in pair.cells] == ["square", ""]


def test_one_student_can_be_chosen():
    other = "def square(x):\n    return sum(sorted(map(float, str(x).split()))[:3]) + max(1, abs(x)) - min(x, 7)\n"
    code = a_class(ada=OWN, blaise=COPIED, kim=other, lee=other, max=other)
    found = [pair.students for pair in similar_pairs(code)]
    assert set(found) == {("ada", "blaise"), ("kim", "lee"), ("kim", "max"), ("lee", "max")}
    assert {pair.students for pair in similar_pairs(code, only=["lee"])} == {("kim", "lee"), ("lee", "max")}


@pytest.fixture
def course(stock, tmp_path):
    return copy_course(stock, tmp_path / "course")


def test_the_page_shows_both_and_runs_nothing(course, tmp_path):
    answers = {"ada": OWN, "blaise": COPIED} | {f"s{n}": someone(n) for n in range(12)}
    for student, square in answers.items():
        folder = hand_in(course, student, square=square)
        place = course.autograded_folder(HW, student)
        place.mkdir(parents=True)
        for path in folder.glob("*.ipynb"):
            nbformat.write(nbformat.read(path, as_version=4), place / path.name)
    assignment = read_assignment(course, HW)
    path = tmp_path / "new" / "similar.html"
    (pair,) = write_similar(course, assignment, path)
    text = path.read_text(encoding="utf-8")
    assert pair.students == ("ada", "blaise")
    assert "not verdicts" in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert text.count("<mark>") >= 2
    assert write_similar(course, assignment, path, only=["s1"]) == []
    assert "No pair stands out." in path.read_text(encoding="utf-8")
    with pytest.raises(UserError, match="'omar' has no graded hw1"):
        write_similar(course, assignment, path, only=["omar"])


def test_nothing_is_graded_yet(course, tmp_path):
    hand_in(course, "ada")
    with pytest.raises(UserError, match=f"run `autograder grade {HW}` first"):
        write_similar(course, read_assignment(course, HW), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
