"""What students do not get: where it begins and ends, in chapter sources and in courses with marks of their own."""

from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.build.release import release
from autograder.course import Course, CourseError
from autograder.hidden import HIDDEN_TESTS, MARK_SCHEME, REGIONS, SOLUTION, Hidden, marks, without_marks

TESTS = "one\n### BEGIN HIDDEN TESTS\ntwo\n### END HIDDEN TESTS\nthree"


OTHER_MARKS = {"begin_test_delimeter": "FROM HERE", "end_test_delimeter": "TO HERE"}


def of_course(**config) -> Hidden:
    return Hidden(Course(Path("nowhere"), Config(config)))


def test_hidden_tests_and_schemes_are_cut_as_nbgrader_cuts_them():
    hidden = Hidden()
    assert hidden.released(TESTS) == "one\nthree"
    assert hidden.released("=== BEGIN MARK SCHEME ===\nfive\n=== END MARK SCHEME ===\nWrite.") == "Write."
    assert hidden.released("x = 1") == "x = 1"
    with pytest.raises(RuntimeError, match="No end hidden tests"):
        hidden.released("### BEGIN HIDDEN TESTS")


def test_a_solution_gives_way_to_the_stub():
    text = "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"
    assert Hidden().stub(text) == "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert Hidden().stub_lines == {"raise NotImplementedError()"}
    todo = of_course(ClearSolutions={"code_stub": {"python": "# TODO\n\nwrite()\n  here()"}})
    assert todo.stub(text) == "def f(x):\n    # TODO\n    \n    write()\n      here()"
    assert todo.stub_lines == {"write()", "here()"}


def test_the_lines_that_may_be_seen_keep_their_numbers():
    hidden = Hidden()
    assert hidden.visible(TESTS) == {1: "one", 5: "three"}
    assert hidden.visible("one\n# BEGIN HIDDEN TESTS\ntwo") == {1: "one"}, "it does not end"
    assert hidden.visible("one\n# END HIDDEN TESTS\ntwo") == {1: "one", 3: "two"}, "it does not begin"
    assert hidden.visible("# BEGIN HIDDEN TESTS\n# BEGIN MARK SCHEME\n# END MARK SCHEME\ntwo") == {}
    assert hidden.visible("=== BEGIN MARK SCHEME ===\ntwo\n=== END MARK SCHEME ===\nthree") == {4: "three"}


def test_a_course_may_have_marks_of_its_own():
    hidden = of_course(ClearHiddenTests=OTHER_MARKS)
    text = "one\nFROM HERE\ntwo\nTO HERE"
    assert hidden.released(text) == "one"
    assert hidden.visible(text) == {1: "one"}
    assert hidden.visible(TESTS) == dict(enumerate(TESTS.split("\n"), 1))


def test_marks_of_chapter_sources():
    assert marks(TESTS, HIDDEN_TESTS) == list(HIDDEN_TESTS)
    assert marks("  # BEGIN SOLUTION, here", SOLUTION) == ["# BEGIN SOLUTION, here"]
    assert marks(TESTS, MARK_SCHEME) == []
    every = "\n".join(f"  {region.begin}\nx\n{region.end}" for region in REGIONS)
    assert without_marks(every) == "x\nx\nx"


def test_chapters_are_not_released_where_their_marks_mean_nothing(course, demo):
    assert Hidden().unknown_marks == []
    assert of_course(ClearHiddenTests=OTHER_MARKS).unknown_marks == list(HIDDEN_TESTS)
    course.config.ClearHiddenTests.update(OTHER_MARKS)
    with pytest.raises(CourseError, match=r"would release what is hidden in 07_demo: .* '### BEGIN HIDDEN TESTS'"):
        release(course, demo)
    assert not course.source.exists()
