from dataclasses import replace

import pytest

from autograder.build import bench as module
from autograder.build import verify as variants
from autograder.build.bench import Bench, first_line, is_bare
from autograder.build.source import read_chapter
from autograder.build.verify import verify
from nnkit.testing import CheckFailed
from tests.autograder.conftest import DEMO, NAME
from tests.chapters import all_chapters, changed_chapters, chapter_named

SOLUTION = "return 2 * x  # the obvious way to a double"
HIDDEN = "hidden_number = np.array([3.0, -5.0])"
FIRST, SECOND, CHECK = (
    DEMO.index(start)
    for start in (
        "```{raw-cell}\n---\nmistake: double\nsays: you",
        "```{raw-cell}\n---\nmistake: double\nsays: half",
        "```{code-cell} python\n---\ncheck: double",
    )
)
FIRST_MISTAKE, SECOND_MISTAKE = DEMO[FIRST:SECOND], DEMO[SECOND:CHECK]


@pytest.fixture
def problems(tmp_path):
    """Reads the demo with changes and returns what verify has to say: {(exercise, variant, part): problem}."""

    def problems(*changes: tuple[str, str]) -> dict:
        text = DEMO
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / f"{NAME}.md"
        path.write_text(text, encoding="utf-8")
        trials = list(verify([read_chapter(path)], jobs=2, engines=()))
        return {(t.exercise, t.variant, t.part): t.problem for t in trials if t.problem}

    return problems


def test_the_demo_is_clean_and_every_trial_is_run(demo):
    trials = list(verify([demo], jobs=2, engines=()))
    assert [t.problem for t in trials] == [""] * 36
    right = [(v, p) for v in ("solution", "alternative 1", "stub") for p in ("whole", "visible")]
    spoiled = [(f"spoiled {i}", "whole") for i in range(1, 11)]
    per_exercise = [*right, *spoiled, ("mistake 1", "whole"), ("mistake 2", "whole")]
    assert [(t.exercise, t.variant, t.part) for t in trials] == [
        (name, *each) for name in ("double", "total") for each in per_exercise
    ]
    said = {(t.exercise, t.variant): t.message for t in trials if t.part == "whole"}
    assert said["double", "mistake 1"] == "you squared the number: that grows faster"
    assert said["double", "solution"] == said["total", "alternative 1"] == ""
    assert said["total", "stub"] == "NotImplementedError"


def test_a_check_that_takes_odd_answers_for_right(problems):
    start, end = DEMO.index("check_close(double(0.0)"), DEMO.index("### END HIDDEN TESTS")
    blind = "### BEGIN HIDDEN TESTS\nassert not abs(double(2.0) - 4.0) > 1e-6\n"
    found = problems((DEMO[start:end], blind))
    assert found["double", "spoiled 1", "whole"] == "passes, although every answer is spoiled (NaN)"


def spoiled_trials(tmp_path, solution: str, check: str) -> list:
    """The trials of a demo whose first exercise has this solution and check with every answer spoiled."""
    start, end = DEMO.index("check_close(double(0.0)"), DEMO.index("### END HIDDEN TESTS")
    text = DEMO.replace(DEMO[start:end], f"{check}\n### BEGIN HIDDEN TESTS\n").replace(SOLUTION, solution)
    path = tmp_path / f"{NAME}.md"
    path.write_text(text, encoding="utf-8")
    chapter = read_chapter(path)
    trials = variants.variants(Bench(chapter, chapter.exercises[0]).setup())
    return [trial for trial in trials if trial.variant.startswith("spoiled")]


RIGHT = "return 2 * x"
# The solution, the check: what each spoiled trial says, whether it proves nothing, and what is wrong with it.
SPOILED = {
    "its own sentence": (RIGHT, "check_that(double(1.0) is None, 'no')", "no", False, ""),
    "an assertion": (RIGHT, "assert double(1.0) is None", "AssertionError", False, ""),
    "an exception of the value": (RIGHT, "{2.0: 1}[str(double(1.0))]", "KeyError: ", False, ""),
    "a warning": (
        RIGHT,
        "import sys\nprint('odd', file=sys.stderr, end=str(double(1.0)))",
        "odd",
        False,
        "passes, although every",
    ),
    "no answer": ("pass", "assert double(1.0) is None", "no answer was given", True, ""),
    "a name that is not there": (RIGHT, "nobody", "NameError: name 'nobody'", False, "comes to no verdict: NameError"),
    "an exception that the check takes for its own": (
        RIGHT,
        "try:\n    double('a' + 1)\nexcept Exception:\n    assert False",
        "AssertionError",
        False,
        "comes to no verdict",
    ),
    "an endless wait": (RIGHT, "double(1.0)\nwhile True: pass", "OutOfTime", False, "comes to no verdict: _OutOfTime"),
}


@pytest.mark.parametrize(("solution", "check", "says", "idle", "problem"), SPOILED.values(), ids=SPOILED)
def test_a_spoiled_answer_must_be_refused_by_the_check_itself(
    tmp_path, monkeypatch, solution, check, says, idle, problem
):
    monkeypatch.setattr(module, "SECONDS_PER_TRIAL", 1)
    monkeypatch.setattr(variants.spoil, "WAYS", ("constant",))
    (trial,) = spoiled_trials(tmp_path, solution, check)
    assert says in trial.message
    assert trial.proves_nothing == idle
    assert problem in trial.problem
    assert bool(problem) == bool(trial.problem)


@pytest.mark.parametrize(
    "check",
    [
        "for a, b in zip(double([1.0]), [2.0]): assert a == b",
        "assert len(double([1.0])) == 2 and all(a == b for a, b in zip(double([1.0]), [1.0, 1.0]))",
    ],
)
def test_a_loop_without_rounds_compares_nothing(tmp_path, monkeypatch, check):
    monkeypatch.setattr(variants.spoil, "WAYS", ("an object that claims to be an array",))
    (trial,) = spoiled_trials(tmp_path, RIGHT, check)
    assert trial.problem.startswith("passes, although every answer is spoiled")


def test_a_wrong_solution(problems):
    found = problems((SOLUTION, "return 3 * x"))
    assert list(found) == [("double", "solution", "whole")]
    assert found["double", "solution", "whole"].startswith("should pass, but: ")


def test_a_right_answer_has_to_earn_all_points(problems):
    last = DEMO.index("### END HIDDEN TESTS")
    line = DEMO[:last].rstrip("\n").rsplit("\n", 1)[1]
    ending = 'from nnkit.testing import Credit\nCredit(1, "this is half of it")\n### END HIDDEN TESTS'
    found = problems((f"{line}\n### END HIDDEN TESTS", f"{line}\n{ending}"))
    assert found["double", "solution", "whole"] == "should pass, but: only a part of the points: this is half of it"
    assert ("double", "solution", "visible") not in found
    found = problems((f"{line}\n### END HIDDEN TESTS", f"{line}\nnp.int64(1)\n### END HIDDEN TESTS"))
    assert found["double", "solution", "whole"] == "should pass, but: only a part of the points: 1 of 2 points"


def test_a_right_answer_that_warns(problems):
    found = problems((SOLUTION, "np.log(np.zeros(1))\n    return 2 * x"))
    assert set(found) == {("double", "solution", "whole"), ("double", "solution", "visible")}
    assert "divide by zero" in found["double", "solution", "whole"]


def test_an_alternative_that_fails(problems):
    found = problems(("return x + x + 0 * x", "return x + x + 1"))
    assert list(found) == [("double", "alternative 1", part) for part in ("whole", "visible")]


def test_a_stub_that_passes_the_visible_part(problems):
    found = problems(('check_close(double(0.0), 0.0, name="double(0)")', "callable(double)"))
    assert found == {("double", "stub", "visible"): "passes, although nothing is implemented"}


def test_a_mistake_that_passes(problems):
    found = problems(("return squared_by_mistake", "return 2 * x"))
    assert found == {("double", "mistake 1", "whole"): "passes, although it is wrong"}


def test_a_mistake_that_is_told_the_wrong_sentence(problems):
    found = problems(("says: you squared the number", "says: you cubed the number"))
    assert found == {
        ("double", "mistake 1", "whole"): "should be told 'you cubed the number', "
        "but the answer is: you squared the number: that grows faster"
    }


def test_too_few_mistakes(problems):
    found = problems((SECOND_MISTAKE, ""))
    assert found == {("double", "mistake 1", "whole"): "the exercise has 1 mistake, it needs 2"}


def test_no_mistakes(problems):
    found = problems((SECOND_MISTAKE, ""), (FIRST_MISTAKE, ""))
    assert found == {("double", "solution", "whole"): "the exercise has no mistakes, it needs 2"}


def test_a_forbidden_import(problems):
    found = problems((SOLUTION, "from scipy.special import xlogy\n    return 2 * x"))
    problem = "should pass, but: this exercise does not allow scipy"
    assert found == {("double", "solution", part): problem for part in ("whole", "visible")}


def test_a_check_that_leans_on_a_plain_cell(problems):
    found = problems(('print("a plain cell")', "offset = 1"), (HIDDEN, f"{HIDDEN} * offset"))
    assert "NameError: name 'offset' is not defined" in found["double", "solution", "whole"]


def test_a_check_that_leans_on_another_exercise(problems):
    found = problems(("check_close(total([1.0, 2.0, 4.0]), 7.0", "check_close(total([1.0, double(1.0), 4.0]), 7.0"))
    assert found["total", "solution", "whole"] == "should pass, but: NotImplementedError"


@pytest.mark.parametrize("leave", ["raise SystemExit(0)", "raise KeyboardInterrupt", "exit()"])
def test_a_solution_that_leaves_the_program_ends_neither_the_others_nor_verify(problems, leave):
    found = problems((SOLUTION, leave))
    assert {exercise for exercise, _, _ in found} == {"double"}
    right = [found.pop(("double", "solution", part)) for part in ("whole", "visible")]
    assert all(problem.startswith("should pass, but: ") for problem in right)
    assert all(problem.startswith("the check comes to no verdict: ") for problem in found.values())


def test_an_endless_loop_is_stopped(demo):
    ran = Bench(demo, demo.exercises[0]).setup().run("def double(x):\n    while True: pass", seconds=0.2)
    assert ran.message == "_OutOfTime: ran longer than 0.2 s"
    assert not ran.in_check


def test_a_wait_without_end_is_stopped(demo, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_PER_TRIAL", 1)
    ran = Bench(demo, demo.exercises[0]).setup().run("import time\ntime.sleep(1000)")
    assert ran.message.startswith("_OutOfTime")


def test_a_process_that_ends_itself_is_a_failure_that_says_so(demo):
    ran = Bench(demo, demo.exercises[0]).setup().run("import os\nos._exit(3)")
    assert (ran.message, ran.bare) == ("the process ended without an answer", True)


def test_an_array_without_end_is_refused(demo):
    ran = Bench(demo, demo.exercises[0]).setup().run("many = np.ones(10**10)")
    assert "MemoryError" in ran.message


def test_each_trial_finds_the_given_cells_as_they_were(demo):
    bench = Bench(demo, demo.exercises[0]).setup()
    assert bench.run("np.pi = 3\ndef double(x): return 2 * x").message == ""
    assert bench.run("assert np.pi > 3\ndef double(x): return 2 * x").message == ""


def test_first_line():
    assert first_line(CheckFailed("a sentence", "facts")) == "a sentence"
    assert first_line(ValueError("one\ntwo")) == "ValueError: one"
    assert first_line(KeyError()) == "KeyError"


@pytest.mark.parametrize(
    ("answer", "check", "bare"),
    [
        ("def double(x):\n    return 2 * missing", "double(1.0)", False),
        ("def double(x):\n    return None", "double(1.0) + 1", True),
        ("def double(x):\n    return 3 * x", "check_close(double(1.0), 2.0)", True),
    ],
    ids=["an exception in the answer", "one in the check", "a wrong number"],
)
def test_an_exception_names_its_line_if_that_is_the_students(demo, answer, check, bare):
    assert Bench(demo, demo.exercises[0]).setup().run(answer, check).bare is bare


def test_what_names_nothing():
    assert is_bare(ValueError("shapes (3,) and (2,)"))
    assert is_bare(CheckFailed("2 of 3 entries of your result are wrong"))
    assert is_bare(CheckFailed("your result is not what the exercise asks for"))
    assert not is_bare(CheckFailed("the sign of your result is flipped"))


@pytest.mark.slow
def test_the_tests_of_the_course_are_sound():
    trials = list(verify(all_chapters(), engines=()))
    assert [t for t in trials if t.problem] == []
    assert len(trials) > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(changed_chapters()))
def test_nothing_gets_past_the_checks_of_a_changed_chapter(name):
    """Of those that a change touches; `make verify` looks at all."""
    assert [t for t in verify([chapter_named(name)]) if t.problem] == []


@pytest.mark.slow
def test_nothing_gets_past_the_checks_of_two_exercises():
    chapter = chapter_named("00_welcome")
    kept = [cell for cell in chapter.cells if cell.name in ("", "shapes", "affine")]
    trials = list(verify([replace(chapter, cells=tuple(kept))]))
    assert [t for t in trials if t.problem] == []
    assert len(trials) > 50
