import json
import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from autograder import terminal
from autograder.build.bench import Trial
from autograder.exam.protections import judge
from autograder.inside.limits import Limits
from autograder.results import ExerciseResult, Outcome, SubmissionResult
from tests.autograder.test_results import ADA, OMAR, TWICE


@pytest.fixture
def printed(monkeypatch):
    """A wide console without color; call it for all that was printed."""
    console = Console(record=True, width=160, force_terminal=False)
    monkeypatch.setattr(terminal, "console", console)
    return lambda: console.export_text(clear=False)


def test_every_student_and_every_number_is_shown(printed):
    terminal.print_class([ADA, OMAR])
    text = printed()
    row = next(line for line in text.splitlines() if "ada" in line)
    assert " ".join(row.split()) == "ada 2 0.5 ? 2.5/6.5 late 26 h"
    assert "omar: the file is not JSON" in text
    assert "07_demo: 2 submissions" in text
    for line in ("1 double, 2 points", "2 total, 1.5 points", "3 why, 3 points"):
        assert line in text
    assert "Mean 71% of what is graded; some answers wait for a person" in text


def test_the_most_frequent_mistakes_come_first(printed):
    def result(student, message):
        return replace(
            ADA, student=student, exercises=(ExerciseResult("check_double", 0.0, 2.0, Outcome.FAILED, message),)
        )

    terminal.print_class([result("ada", "halved"), result("ben", "squared"), result("chen", "squared")])
    lines = printed().splitlines()
    start = lines.index("Most frequent mistakes")
    assert [line.strip() for line in lines[start + 1 : start + 3]] == ["2 × double: squared", "1 × double: halved"]


def test_a_name_that_stands_in_two_notebooks_is_two_exercises(printed):
    terminal.print_class([TWICE])
    text = printed()
    row = next(line for line in text.splitlines() if "ada" in line)
    assert " ".join(row.split()) == "ada 3 2 0 5/6"
    for line in ("1 p1/test_square, 3 points", "2 test_half, 2 points", "3 p2/test_square, 1 point"):
        assert line in text
    assert "1 × p2/test_square: wrong" in text


def test_a_late_penalty_is_named_and_taken_off(printed):
    terminal.print_class([replace(ADA, penalty=1.5)])
    row = next(line for line in printed().splitlines() if "ada" in line)
    assert " ".join(row.split()) == "ada 2 0.5 ? 1/6.5 late 26 h, penalty 1.5"
    assert "Mean 29% of what is graded" in printed()


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_mark_that_needs_no_color(printed, outcome):
    exercise = ExerciseResult("check_double", 0.0, 2.0, outcome)
    mark = {Outcome.NOT_ANSWERED: "-", Outcome.WAITING: "?", Outcome.UNREADABLE: "×"}
    mark |= dict.fromkeys((Outcome.PASSED, Outcome.PARTIAL, Outcome.FAILED), "0")
    terminal.print_class([replace(ADA, exercises=(exercise,))])
    row = next(line for line in printed().splitlines() if "ada" in line)
    assert row.split()[1] == mark.get(outcome, "0!")
    assert (f"1 {outcome}" in row) == (outcome not in mark), "what a ! stands for"


def test_the_distribution_counts_everybody(printed):
    results = [
        replace(ADA, student=f"student{score}", exercises=(ExerciseResult("why", score, 10.0, Outcome.PARTIAL),))
        for score in (0.0, 1.0, 5.0, 9.0, 10.0)
    ]
    terminal.print_class(results)
    text = printed()
    assert "Mean 5.0 of 10\n" in text
    bars = [line.split() for line in text.splitlines() if " to " in line]
    assert [(bar[0], bar[2], bar[-1]) for bar in bars] == [
        *(("0%", "20%", "2"), ("20%", "40%", "0"), ("40%", "60%", "1"), ("60%", "80%", "0"), ("80%", "100%", "2"))
    ]


def test_the_distribution_is_of_what_has_been_graded(printed):
    """Flawless code with a written answer waiting is no 79 %."""
    flawless = (ADA.exercises[0], replace(ADA.exercises[1], score=1.5), ADA.exercises[2])
    terminal.print_class([replace(ADA, exercises=flawless), replace(ADA, student="ben", exercises=flawless[2:]), OMAR])
    bars = {line.split()[2]: line.split()[-1] for line in printed().splitlines() if " to " in line}
    assert bars == {"20%": "0", "40%": "0", "60%": "0", "80%": "0", "100%": "1"}
    assert "Mean 100% of what is graded" in printed()


def test_who_gains_and_who_loses_by_grading_anew(printed):
    results = [
        replace(ADA, earlier=2.0),
        replace(ADA, student="ben", earlier=4.0),
        replace(ADA, student="dora"),
    ]
    terminal.print_class(results)
    lines = printed().splitlines()
    start = lines.index("Graded anew, with other points than before: 1 gain, 1 lose")
    assert lines[start + 1 : start + 4] == ["  ben: 4 → 2.5 (-1.5)", "  ada: 2 → 2.5 (+0.5)", ""]


def test_nothing_is_said_where_points_stay(printed):
    terminal.print_class([ADA])
    assert "Graded anew" not in printed()


@pytest.mark.parametrize("width", [80, 50, 24])
def test_a_class_fits_the_terminal_and_every_mark_is_shown(monkeypatch, width):
    console = Console(record=True, width=width, force_terminal=False)
    monkeypatch.setattr(terminal, "console", console)
    exercises = [ExerciseResult(f"check_{n}", n + 0.125, 99.0, Outcome.PARTIAL, "wrong " * 30) for n in range(17)]
    late = SubmissionResult("07_demo", "a student with a long name", tuple(exercises), late=timedelta(hours=26))
    terminal.print_class([late, replace(late, student="ben", penalty=4.0, late=timedelta(0)), OMAR])
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= width
    rows = [line.split() for line in lines if line.startswith(" ben ")]
    assert [cell for row in rows for cell in row[1:]][:18] == [
        *(f"{round(n + 0.125, 2):g}" for n in range(17)),
        f"{134.12:g}/1683",
    ]


def test_one_bar_of_a_large_class_fits_as_well(monkeypatch):
    console = Console(record=True, width=80, force_terminal=False)
    monkeypatch.setattr(terminal, "console", console)
    terminal.print_class([replace(ADA, student=f"s{n}") for n in range(300)])
    assert max(map(len, console.export_text().splitlines())) <= 80


def test_square_brackets_are_printed_as_they_are(printed):
    terminal.print_class([replace(OMAR, student="[bold]omar", problem="KeyError: '[/red]' in weights[i]")])
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
    terminal.print_verification([demo], trials(demo))
    rows = [line for line in printed().splitlines() if "07 " in line]
    assert [re.split(r"  +", row.strip()) for row in rows] == [
        ["07 double", "2/2", "4/4", "2/2", "1/1", "67%", "ok"],
        ["07 total", "2/2", "4/4", "0/0", "0/0", "ok"],
    ]
    assert "2 exercises, 16 trials, 1 that prove nothing or are allowed, 0 problems; " in printed()
    assert "of the traps and mutants caught, 67% are named" in printed()


def test_a_verification_with_problems_prints_each(printed, demo):
    problem = "should be told 'x', but the answer is: z[i] is [/wrong]"
    terminal.print_verification([demo], trials(demo, problem))
    text = printed()
    assert f"07_demo: double, mistake 2 (whole check): {problem}" in text
    assert f"07_demo: total, mistake 2 (whole check): {problem}" in text
    assert "PROBLEM" in text
    assert "3/4" in text
    assert "2 exercises, 16 trials, 1 that prove nothing or are allowed, 2 problems" in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_passes_everything_on_and_is_seen_on_a_terminal_only(monkeypatch, is_terminal):
    screen = StringIO()
    monkeypatch.setattr(terminal, "console", Console(file=screen, force_terminal=is_terminal, width=80))
    monkeypatch.setenv("TERM", "xterm")
    assert list(terminal.with_progress(iter("abc"), 3, "Working")) == ["a", "b", "c"]
    assert ("Working" in screen.getvalue()) == is_terminal
    assert bool(screen.getvalue()) == is_terminal


def test_a_line_said_beside_a_progress_bar_is_left_whole(printed):
    for _ in terminal.with_progress(range(1), 1, "Working"):
        terminal.say(f"wrote [bold]{'x' * 200}")
    assert printed() == f"wrote [bold]{'x' * 200}\n"


def test_a_step_says_what_it_does_while_it_runs(monkeypatch):
    console = Console(file=StringIO(), width=80, force_terminal=True)
    monkeypatch.setattr(terminal, "console", console)
    with terminal.working("Reading the grades"):
        pass
    assert "Reading the grades …" in console.file.getvalue()


def test_json_is_a_list_of_objects(capsys):
    terminal.print_json([Trial("03", "gradient", "stub", "whole", "", "passes")])
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["exercise"], item["problem"]) == ("gradient", "passes")


def test_protections_say_what_is_missing_and_why(printed):
    terminal.print_protections(judge(Limits(), 1000, {"Landlock": "no such call", "namespaces": "not [permitted]"}))
    rows = [" ".join(line.split()) for line in printed().splitlines()]
    assert "plain user yes yes workers run as user 1000" in rows
    assert "namespaces no yes not [permitted]" in rows
    assert "Landlock no no no such call" in rows
