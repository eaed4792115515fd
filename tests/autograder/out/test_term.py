from dataclasses import replace

import pytest

from autograder.course import Course, CourseError
from autograder.out.grades import of_term
from autograder.out.term import Policy, TermResult, read_term
from autograder.results import NOT_GRADED, ExerciseResult, Outcome, Person, SubmissionResult
from tests.autograder.conftest import NAME, copy_course


def result(assignment: str, score: float | None, points: float = 10.0, **fields) -> SubmissionResult:
    exercise = ExerciseResult("check_a", score, points, Outcome.PARTIAL)
    return SubmissionResult(assignment, "ada", (exercise,), **fields)


def term(policy=Policy({}), **scores) -> TermResult:  # noqa: B008  (frozen)
    results = {
        name: score if isinstance(score, SubmissionResult) else result(name, score) for name, score in scores.items()
    }
    return TermResult("ada", Person("Lovelace", "Ada"), results, policy)


def test_without_a_policy_each_assignment_counts_the_same():
    assert term(a=10, b=result("b", 10, 40)).percent == 62.5
    assert term(a=10).dropped == frozenset()


def test_weights():
    assert term(Policy({"a": 3}), a=10, b=2).percent == pytest.approx(100 * (3 + 0.2) / 4)
    assert term(Policy({"a": 0}), a=10, b=2).percent == pytest.approx(20)
    assert term(Policy({"a": 0, "b": 0}), a=10, b=2).percent is None


def test_the_lowest_share_is_dropped_and_one_always_counts():
    dropping = Policy({}, drop_lowest=1)
    found = term(dropping, a=10, b=2, c=result("c", 3, 4))
    assert (found.dropped, found.percent) == ({"b"}, pytest.approx(87.5))
    assert (term(dropping, a=3).dropped, term(dropping, a=3).percent) == (frozenset(), pytest.approx(30))
    assert term(Policy({"b": 0}, 1), a=10, b=0, c=5).dropped == {"c"}, "what does not count is not dropped"


def test_what_nobody_has_graded_does_not_count_yet():
    found = term(a=5, b=None, c=result("c", 0, problem=NOT_GRADED))
    assert (found.percent, found.waiting) == (50, 10)
    assert term(a=None).percent is None


def test_a_late_penalty_counts():
    assert term(a=result("a", 10, penalty=4)).percent == pytest.approx(60)


def test_the_table_of_a_term():
    grades = of_term(
        [
            term(Policy({}, 1), a=10, b=2),
            TermResult("ben", Person(), {"a": replace(result("a", None), student="ben")}, Policy({})),
        ]
    )
    assert grades.table == (
        ("student", "last_name", "first_name", "email", "a", "b", "term", "waiting", "dropped"),
        ("ada", "Lovelace", "Ada", "", 10, 2, 100.0, 0, "b"),
        ("ben", "", "", "", None, None, None, 10, ""),
    )
    assert [(column.title, column.points) for column in grades.columns] == [("a", 10), ("b", 10), ("term", 100)]
    assert grades.objects[0]["assignments"]["b"]["score"] == 2


def configured(root, text: str) -> Course:
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{text}\n")
    return Course.open(root)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ()),
        ("c.Term.drop_lowest = 1", ("each counts the same.", "The lowest of them does not count.")),
        ("c.Term.drop_lowest = 2", ("each counts the same.", "The 2 lowest of them do not count.")),
        ("c.Term.weights = {'a': 2, 'b': 1, 'c': 0}", ("each counts the same, but a 2 times, c not at all.",)),
        ("c.LateSubmissionPlugin.penalty_method = 'zero'", ("each counts the same.", "What is late earns no points.")),
        (
            "c.AssignLatePenalties.plugin_class = 'autograder.book.late.PerDay'\n"
            "c.PerDay.percent = 20\nc.PerDay.last_day = 3",
            (
                "each counts the same.",
                "Lateness costs 20 % of what is earned for each day begun, and nothing is left after 3 days.",
            ),
        ),
    ],
)
def test_the_policy_in_words(tmp_path, text, sentences):
    found = Policy.of(configured(tmp_path, text)).sentences
    assert len(found) == len(sentences)
    for sentence, end in zip(found, sentences, strict=True):
        assert sentence.endswith(end)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("c.Term.drop = 1", "c.Term.drop is unknown: expected one of weights, drop_lowest"),
        ("c.Term.drop_lowest = -1", "c.Term.drop_lowest: expected a whole number ≥ 0, got -1"),
        ("c.Term.drop_lowest = 0.5", "got 0.5"),
        ("c.Term.weights = [1]", "c.Term.weights: expected assignments with numbers ≥ 0, got"),
        ("c.Term.weights = {'a': float('nan')}", "c.Term.weights: expected assignments with numbers ≥ 0, got"),
    ],
)
def test_a_policy_that_is_none(tmp_path, text, message):
    with pytest.raises(CourseError) as raised:
        Policy.of(configured(tmp_path, text))
    assert message in str(raised.value)


def test_the_term_of_a_class(graded):
    terms = {term.student: term for term in read_term(graded.course)}
    assert set(terms["ada"].results) == {NAME}
    assert terms["ada"].percent == 100
    assert terms["dmitri"].percent == 0
    assert [term.student for term in read_term(graded.course, ["07"], ["ada", "dmitri"])] == ["ada", "dmitri"]


def test_a_weight_of_an_unknown_assignment(graded, tmp_path):
    course = copy_course(graded.course, tmp_path / "copy")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Term.weights = {'08': 2}\n")
    with pytest.raises(CourseError, match=f"c.Term.weights: unknown assignment '08'; there are: {NAME}"):
        read_term(Course.open(course.root))


def test_a_term_in_which_nobody_has_handed_in(released):
    with pytest.raises(CourseError, match="nobody has handed in anything yet"):
        read_term(released)
