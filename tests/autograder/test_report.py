import json
import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from autograder import report
from autograder.build.bench import Trial
from autograder.exam.protections import judge
from autograder.inside.limits import Limits
from autograder.results import ExerciseResult, Outcome
from tests.autograder.test_results import ADA, OMAR, TWICE


@pytest.fixture
def printed(monkeypatch):
    """A wide console without color; call it for all that was printed."""
    console = Console(record=True, width=160, force_terminal=False)
    monkeypatch.setattr(report, "console", console)
    return lambda: console.export_text(clear=False)


def test_every_student_and_every_number_is_shown(printed):
    report.print_class([ADA, OMAR])
    text = printed()
    row = next(line for line in text.splitlines() if "ada" in line)
    assert " ".join(row.split()) == "ada 2 0.5 ? 2.5/6.5 late 26 h, 1 passed, 1 partial, 1 waiting"
    assert "omar: the file is not JSON" in text
    assert "07_demo: 2 submissions" in text
    for line in ("1 double, 2 points", "2 total, 1.5 points", "3 why, 3 points"):
        assert line in text
    assert "Mean 1.2 of 6.5, answers that wait for a person not counted" in text


def test_the_most_frequent_mistakes_come_first(printed):
    def result(student, message):
        return replace(
            ADA, student=student, exercises=(ExerciseResult("check_double", 0.0, 2.0, Outcome.FAILED, message),)
        )

    report.print_class([result("ada", "halved"), result("ben", "squared"), result("chen", "squared")])
    lines = printed().splitlines()
    start = lines.index("Most frequent mistakes")
    assert [line.strip() for line in lines[start + 1 : start + 3]] == ["2 × double: squared", "1 × double: halved"]


def test_a_name_that_stands_in_two_notebooks_is_two_exercises(printed):
    report.print_class([TWICE])
    text = printed()
    row = next(line for line in text.splitlines() if "ada" in line)
    assert " ".join(row.split()) == "ada 3 2 0 5/6 2 passed, 1 failed"
    for line in ("1 p1/test_square, 3 points", "2 test_half, 2 points", "3 p2/test_square, 1 points"):
        assert line in text
    assert "1 × p2/test_square: wrong" in text


def test_a_late_penalty_is_named_and_taken_off(printed):
    report.print_class([replace(ADA, penalty=1.5)])
    row = next(line for line in printed().splitlines() if "ada" in line)
    assert " ".join(row.split()) == "ada 2 0.5 ? 1/6.5 late 26 h, late penalty 1.5, 1 passed, 1 partial, 1 waiting"
    assert "Mean 1.0 of 6.5" in printed()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_mark_that_needs_no_color(printed, outcome):
    exercise = ExerciseResult("check_double", 0.0, 2.0, outcome)
    mark = {Outcome.NOT_ANSWERED: "-", Outcome.WAITING: "?", Outcome.UNREADABLE: "×"}
    mark |= dict.fromkeys((Outcome.PASSED, Outcome.PARTIAL, Outcome.FAILED), "0")
    report.print_class([replace(ADA, exercises=(exercise,))])
    row = next(line for line in printed().splitlines() if "ada" in line)
    assert row.split()[1] == mark.get(outcome, "0!")
    assert f"1 {outcome}" in row


def test_the_distribution_counts_everybody(printed):
    results = [
        replace(ADA, student=f"student{score}", exercises=(ExerciseResult("why", score, 10.0, Outcome.PARTIAL),))
        for score in (0.0, 1.0, 5.0, 9.0, 10.0)
    ]
    report.print_class(results)
    text = printed()
    assert "Mean 5.0 of 10\n" in text
    bars = [line.split() for line in text.splitlines() if " to " in line]
    assert [(bar[0], bar[2], bar[-1]) for bar in bars] == [
        *(("0%", "20%", "2"), ("20%", "40%", "0"), ("40%", "60%", "1"), ("60%", "80%", "0"), ("80%", "100%", "2"))
    ]


def test_square_brackets_are_printed_as_they_are(printed):
    report.print_class([replace(OMAR, student="[bold]omar", problem="KeyError: '[/red]' in weights[i]")])
    assert "[bold]omar" in printed()
    assert "KeyError: '[/red]' in weights[i]" in printed()


def trials(demo, problem: str = "") -> list[Trial]:
    return [
        Trial(demo.name, exercise.name, variant, "whole", "", problem if variant == "mistake 2" else "")
        for exercise in demo.exercises
        for variant in ("solution", "alternative 1", "stub", "mistake 1", "mistake 2", "spoiled 1")
    ] + [
        Trial(demo.name, demo.exercises[0].name, "spoiled 2", "whole", "there is no function", "", proves_nothing=True),
        Trial(demo.name, demo.exercises[0].name, "trap sign", "whole", "the sign is flipped", ""),
        Trial(demo.name, demo.exercises[0].name, "trap zero", "whole", "your result is wrong", "", bare=True),
        Trial(demo.name, demo.exercises[0].name, "mutant 2 → 3", "whole", "a factor too many", ""),
    ]


def test_a_clean_verification(printed, demo):
    report.print_verification([demo], trials(demo))
    rows = [line for line in printed().splitlines() if "07 " in line]
    assert [re.split(r"  +", row.strip()) for row in rows] == [
        ["07 double", "2/2", "4/4", "2/2", "1/1", "67%", "ok"],
        ["07 total", "2/2", "4/4", "0/0", "0/0", "ok"],
    ]
    assert "2 exercises, 16 trials, 1 that prove nothing or are allowed, 0 problems; " in printed()
    assert "of the traps and mutants caught, 67% are named" in printed()


def test_a_verification_with_problems_prints_each(printed, demo):
    problem = "should be told 'x', but the answer is: z[i] is [/wrong]"
    report.print_verification([demo], trials(demo, problem))
    text = printed()
    assert f"07_demo: double, mistake 2 (whole check): {problem}" in text
    assert f"07_demo: total, mistake 2 (whole check): {problem}" in text
    assert "PROBLEM" in text
    assert "3/4" in text
    assert "2 exercises, 16 trials, 1 that prove nothing or are allowed, 2 problems" in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_passes_everything_on_and_is_seen_on_a_terminal_only(monkeypatch, is_terminal):
    screen = StringIO()
    monkeypatch.setattr(report, "console", Console(file=screen, force_terminal=is_terminal, width=80))
    monkeypatch.setenv("TERM", "xterm")
    assert list(report.with_progress(iter("abc"), 3, "Working")) == ["a", "b", "c"]
    assert ("Working" in screen.getvalue()) == is_terminal
    assert bool(screen.getvalue()) == is_terminal


def test_a_line_said_beside_a_progress_bar_is_left_whole(printed):
    for _ in report.with_progress(range(1), 1, "Working"):
        report.say(f"wrote [bold]{'x' * 200}")
    assert printed() == f"wrote [bold]{'x' * 200}\n"


def test_a_step_says_what_it_does_while_it_runs(monkeypatch):
    terminal = Console(file=StringIO(), width=80, force_terminal=True)
    monkeypatch.setattr(report, "console", terminal)
    with report.working("Reading the grades"):
        pass
    assert "Reading the grades …" in terminal.file.getvalue()


def test_json_is_a_list_of_objects(capsys):
    report.print_json([Trial("03", "gradient", "stub", "whole", "", "passes")])
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["exercise"], item["problem"]) == ("gradient", "passes")


def test_protections_say_what_is_missing_and_why(printed):
    report.print_protections(judge(Limits(), 1000, {"Landlock": "no such call", "namespaces": "not [permitted]"}))
    rows = [" ".join(line.split()) for line in printed().splitlines()]
    assert "plain user yes yes workers run as user 1000" in rows
    assert "namespaces no yes not [permitted]" in rows
    assert "Landlock no no no such call" in rows
