"""Before a class is graded: what its instructor has to mend is named, and a course that is fine is one line."""

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_notebook

from autograder.book.instructor import read_assignment
from autograder.build import preflight
from autograder.build.preflight import Kind, _clocks_in, _compare, _wants_process, glance
from autograder.cli import main
from autograder.course import Course
from autograder.exam import fork_server
from autograder.exam.sandbox import Sandbox
from autograder.results import ExerciseResult, Outcome
from tests.autograder.stock import CONFIG, answer, cell, check, run, solved

pytestmark = pytest.mark.sandbox


def given(grade_id: str, source: str):
    return cell(grade_id, source, locked=True)


FINE = (
    given("setup", "import math"),
    answer("double", f"def double(x):\n    {solved('return 2 * x').replace(chr(10), chr(10) + '    ')}"),
    given("uses_the_answer", "eight = double(4)"),  # it raises with the stub
    check("test_double", "assert double(2) == 4 and eight == 8", 2),
)
SAME = "    kept = []\n    def get(): return kept"
BROKEN = (
    given("load", "raw = open('/nowhere/words.txt').read()"),
    answer("count", solved("n = 3")),
    check("test_count", "assert n == len(raw.split())", 1),
    answer("half", "def half(x):\n    " + solved("return x / 3").replace("\n", "\n    ")),
    check("test_half", "assert half(4) == 2, 'a half'", 1),
    check("test_nothing", "print('no question')", 1),
    answer("get", solved("kept = []\ndef get(): return kept")),
    check("test_get", "wanted = get()\nassert get() is wanted", 1),
    check("test_again", "assert wanted == []", 1),
    answer("draw", solved("import random\ndef draw(): return random.random()")),
    check("test_draw", "round(draw(), 9)", 1),
    check("test_speed", "import time\nassert time.time() - time.time() + half(0) < 60", 1),
    check("test_file", "from pathlib import Path\nassert half(0) == Path({path!r}).exists() - 1", 1),
)


def add(course: Course, name: str, *cells) -> None:
    folder = course.root / "source" / name
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), folder / "p1.ipynb")
    run(course, "generate_assignment", name)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    root = tmp_path_factory.mktemp("preflight")
    (root / "nbgrader_config.py").write_text(CONFIG + "c.InProcess.checks = ['other/p1']\n")
    course = Course.open(root)
    add(course, "fine", *FINE)
    here = str(Path(__file__))
    *others, last = BROKEN
    add(course, "broken", *others, check("test_file", last.source.replace("{path!r}", repr(here)), 1))
    return course


def type_in(course, verb, *arguments):
    return CliRunner().invoke(main, [verb, *arguments, "--course", str(course.root), "--unsafe"])


def test_a_course_that_is_fine_is_one_line(course):
    result = type_in(course, "check", "fine")
    assert result.stdout == "fine is fine: the solution passes 1 check, the released notebook none\n"
    assert (result.exit_code, result.stderr) == (0, "")
    result = type_in(course, "check", "fine", "--json")
    assert json.loads(result.stdout) == [{"assignment": "fine", "checks": 1, "findings": [], "in_process": []}]


EXPECTED = [
    ("load", Kind.GIVEN, "it raises FileNotFoundError: ", "name its place in c.Data.readable"),
    ("test_count", Kind.SOLUTION, "the solution does not pass it: NotGiven: 'raw' comes from the given cell", "mend"),
    ("test_half", Kind.SOLUTION, "the solution does not pass it: AssertionError: a half", "mend the solution or"),
    ("test_nothing", Kind.STUB, "the notebook as it is released earns 1 of 1 points", "let the check ask for"),
    ("test_get", Kind.MODE, "the solution passes it beside the student's code only", "'broken/p1/test_get' in c.InP"),
    ("test_again", Kind.MODE, "what it needs is bound by a check in process", "'broken/p1/test_again' in c.InPro"),
    ("test_draw", Kind.CHANCE, "the same solution comes out otherwise from round to round", "a seed"),
    ("test_speed", Kind.CLOCK, "it asks the clock (time.time)", "hand the date to the function"),
    ("test_file", Kind.MODE, "the solution passes it in the examiner, but not beside", "leave its mode as it is"),
]


def test_everything_that_is_wrong_is_named_with_reason_and_remedy(course):
    result = type_in(course, "check", "broken", "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    named = [(finding["cell"], finding["kind"], finding["reason"], finding["remedy"]) for finding in found["findings"]]
    assert [entry[:2] for entry in named] == [entry[:2] for entry in EXPECTED]
    for (_, _, reason, remedy), (who, _, says, mends) in zip(named, EXPECTED, strict=True):
        assert says in reason, who
        assert mends in remedy, who
    assert found["in_process"] == ["broken/p1/test_again", "broken/p1/test_get", "other/p1"]


def test_the_modes_that_are_proposed_are_enough(course):
    """With the line pasted nothing is left of what only modes could mend."""
    config = course.root / "nbgrader_config.py"
    before = config.read_text()
    places = ["broken/p1/test_again", "broken/p1/test_get", "other/p1"]
    config.write_text(before + f"c.InProcess.checks = {places}\n")
    try:
        (found,) = json.loads(type_in(course, "check", "broken", "--json").stdout)
    finally:
        config.write_text(before)
    assert {finding["cell"] for finding in found["findings"] if finding["kind"] == Kind.MODE} == {"test_file"}
    assert found["in_process"] == []


def test_what_is_found_stands_above_the_class_and_grading_goes_on(course):
    for name in ("fine", "broken"):
        folder = course.submitted_folder(name, "ada")
        folder.mkdir(parents=True)
        (folder / "p1.ipynb").write_bytes((course.release_folder(name) / "p1.ipynb").read_bytes())
    result = type_in(course, "grade", "broken")
    before, _, after = result.stdout.partition("broken: 1 submission\n")
    assert "broken: 7 findings in 8 checks" in before, "modes and chance are for `autograder check`"
    assert "p1/test_half: the solution does not pass it: AssertionError: a half" in before
    assert "p1/test_nothing: the notebook as it is released earns 1 of 1 points" in before
    assert (result.exit_code, "ada" in after) == (0, True)
    result = type_in(course, "grade", "broken", "--json")
    assert [item["student"] for item in json.loads(result.stdout)] == ["ada"]
    assert "p1/test_half: the solution does not pass it: AssertionError: a half" in result.stderr
    assert "finding" not in type_in(course, "grade", "fine").output
    result = type_in(course, "grade", "broken", "--in-process", "--json")
    assert ("p1/test_half: " in result.stderr, "p1/test_get: " in result.stderr) == (True, False)
    (ada,) = json.loads(result.stdout)
    assert ada["problem"] == ""


def test_what_has_not_changed_is_not_looked_at_again(course, monkeypatch):
    fork_server.start([])
    looks = []
    briefly = preflight._Look.briefly
    monkeypatch.setattr(preflight._Look, "briefly", lambda look: looks.append(look) or briefly(look))
    with Sandbox(unsafe=True) as sandbox:
        assignment = read_assignment(course, "fine")
        add(course, "fine", *FINE[:-1], check("test_double", "assert double(2) == eight / 2", 1))
        changed = read_assignment(course, "fine")
        assert glance(course, changed, sandbox) == glance(course, changed, sandbox)
        assert len(looks) == 1
        assert glance(course, assignment, sandbox).findings == ()
        assert len(looks) == 2
        kept = course.tables / ".cache" / "fine.preflight.json"
        kept.write_text("[damaged")
        glance(course, assignment, sandbox)
        kept.write_text(json.dumps(json.loads(kept.read_text()) | {"found": [{"kind": 3}]}))
        glance(course, assignment, sandbox)
        assert len(looks) == 4


def test_a_glance_that_fails_is_a_finding_and_stops_nobody(course):
    with Sandbox(unsafe=True) as sandbox:
        assignment = read_assignment(course, "fine")
    found = glance(course, replace(assignment, name="gone"), sandbox)  # neither notebooks nor a sandbox
    assert found.findings == ()
    found = glance(course, replace(assignment, notebooks=(*assignment.notebooks, assignment.notebooks[0])), sandbox)
    (finding,) = found.findings
    assert finding.reason.startswith("it could not be graded before the class: ")
    assert finding.remedy == "`autograder check fine` may say more"


def test_a_release_that_may_not_be_read_is_a_finding_and_stops_nobody(course, monkeypatch):
    def refuse(folder):
        raise PermissionError(f"no permission for {folder.name}")

    with Sandbox(unsafe=True) as sandbox:
        assignment = read_assignment(course, "fine")
        monkeypatch.setattr(preflight.fingerprint, "of_files", refuse)
        (finding,) = glance(course, assignment, sandbox).findings
    assert finding.reason == "it could not be graded before the class: PermissionError: no permission for fine"


@pytest.mark.parametrize("step", ["source", "release"])
def test_notebooks_that_are_not_there(course, step):
    folder = course.root / step / "broken"
    folder.rename(course.root / "away")
    try:
        result = type_in(course, "check", "broken")
    finally:
        (course.root / "away").rename(folder)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: expected the notebooks of broken in {course.root}/{step}/")


def result_of(score: float, message: str = "") -> ExerciseResult:
    outcome = Outcome.PASSED if score == 2 else Outcome.PARTIAL if score else Outcome.FAILED
    return ExerciseResult("t", score, 2.0, outcome, message, notebook="p")


@pytest.mark.parametrize(
    ("rounds", "beside", "kind"),
    [
        ((2, 2), (2,), None),
        ((2, 0), (2,), Kind.CHANCE),
        ((0, 0, 2), (2, 2), Kind.CHANCE),
        ((2, 2, 2), (0, 2), Kind.CHANCE),
        ((1, 0.5), (1,), Kind.CHANCE),
        ((2, 2, 2), (0, 0), Kind.MODE),
        ((1, 1), (1,), Kind.SOLUTION),
        ((0, 0), (0,), Kind.SOLUTION),
    ],
)
def test_what_the_rounds_say_of_a_check(rounds, beside, kind):
    finding = _compare(("p", "t"), *([result_of(score, "no") for score in scores] for scores in (rounds, beside)))
    assert (finding and finding.kind) == kind


@pytest.mark.parametrize(
    ("rounds", "beside", "wants"),
    [
        ((0, 0, 0), (2, 2), True),
        ((1, 0.5, 1), (2, 2), True),
        ((0, 0, 2), (2, 2), False),
        ((0, 0, 0), (2, 0), False),
        ((2, 2), (2,), False),
    ],
)
def test_a_check_wants_one_process_if_it_passes_there_alone_and_always(rounds, beside, wants):
    assert _wants_process(*([result_of(score) for score in scores] for scores in (rounds, beside))) is wants


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("import time\nt = time.time()\nassert f() and time.time() - t < 1", "time.time"),
        ("import datetime\nassert age(2000) == datetime.date.today().year - 2000", "date.today"),
        ("assert pd.Timestamp.now() > f() or perf_counter()", "perf_counter, Timestamp.now"),
        ("time = f()\nassert time == now(2) and datetime(2020, 1, 1)", ""),
        ("def f(:", ""),
    ],
)
def test_clocks_that_a_check_asks(source, asked):
    assert set(_clocks_in(source).split(", ")) == set(asked.split(", "))
