"""The rules in a shell of IPython's, cell by cell; tests/autograder/build/test_run_all.py has them in a real kernel."""

import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from nnkit.notebook import kernel
from nnkit.notebook.header import Header

HALF = "import numpy as np\nfrom nnkit import losses\ndef half(X):\n    X /= 2\n    return X"
STUB = "def half(X):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs a cell in one shell: whether it came to its end, and what it showed, without colors."""
    shell = InteractiveShell(colors="nocolor")
    kernel.attach(shell)
    kernel.attach(shell)
    shell.user_ns["nnkit"] = sys.modules["nnkit"]

    def run(source: str) -> tuple[bool, str]:
        result = shell.run_cell(source)
        shown = capsys.readouterr()
        assert not shown.err
        text = shown.out
        for code in ("\x1b[1;31m", "\x1b[1;32m", "\x1b[2m", "\x1b[0m"):
            text = text.replace(code, "")
        return result.success, text.strip()

    return run


def check(source: str, **more) -> str:
    known = {"exercise": "half", "number": 1, "of": 3, "answers": ("half",)} | more
    return f"{Header(**known)}\n{source}"


def test_a_check_that_passes_says_so_and_counts(run):
    run("def half(x):\n    return x / 2\ndef double(x):\n    return 2 * x")
    assert run(check("assert half(4) == 2")) == (True, "✓ half: visible part passes · 1 of 3 exercises")
    assert run(check("assert half(4) == 2")) == (True, "✓ half: visible part passes · 1 of 3 exercises")
    second = check("assert double(4) == 8", exercise="double", answers=("double",))
    assert run(second) == (True, "✓ double: visible part passes · 2 of 3 exercises")
    assert run(check("assert half(4) == 2", number=0, of=0)) == (True, "✓ half: visible part passes · optional")
    assert run(check("assert half(4) == 2\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS")) == (True, "")
    assert run("1 + 1")[1].endswith("2")


def test_an_input_that_changes_fails_the_check_and_no_other_cell(run):
    run(HALF)
    success, text = run(check("half(np.ones(2))"))
    assert (success, text.splitlines()[0]) == (False, "your function changed the X it was given: work on a copy")
    assert "inputs.py" not in text
    assert run("half(np.ones(2))[0]")[0]
    assert run(check("half(np.ones(2))", keeps_inputs=False))[0]


def test_a_function_that_uses_what_is_not_allowed_hears_the_sentence_of_the_grader(run):
    run("from scipy import special\ndef half(x):\n    return special.expit(x)")
    success, text = run(check("half(0.0)", forbid=("scipy", "sklearn")))
    assert (success, text.splitlines()[0]) == (False, "this exercise does not allow scipy")
    assert run(check("half(0.0)"))[0]


def test_an_exercise_that_is_not_written_answers_with_one_line(run):
    run(STUB)
    for cell in ("half(1)", check("half(1)"), "def try_it():\n    return half(1)\n\ntry_it()"):
        assert run(cell) == (False, "`half` is not written yet")


def test_a_method_that_is_not_written_has_its_class(run):
    run("class Value:\n    def relu(self):\n        raise NotImplementedError()")
    assert run("Value().relu()") == (False, "`Value.relu` is not written yet")


def test_a_function_that_calls_an_unfinished_one_says_which(run):
    run(STUB)
    run("def fit(X):\n    return [half(x) for x in X]")
    assert run(check("fit([1])", exercise="fit", answers=("fit",))) == (
        False,
        "`fit` calls your `half`, which is not written yet",
    )


def test_cells_that_wait_for_an_unfinished_exercise_say_for_which(run):
    run(STUB)
    assert run("a = half(1)\nb = 2") == (False, "`half` is not written yet")
    assert run("c = a + 1") == (False, "`a` waits for `half`, which is not written yet")
    assert run("c") == (False, "`c` waits for `half`, which is not written yet")
    assert run("a = 5; c = a + 1; c")[0]
    success, text = run("unknown")
    assert not success
    assert "NameError: name 'unknown' is not defined" in text


def test_another_exception_in_a_check_leads_with_the_line_and_the_shapes_that_met(run):
    run("import numpy as np\ndef score(X, W):\n    return X @ W\ndef half(X):\n    return score(X, np.ones(3))")
    success, text = run(check("half(np.ones((4, 2)))"))
    lines = text.splitlines()
    assert not success
    assert lines[0] == (
        "your `half` stopped with a ValueError in the line `return X @ W` of `score`, where X is (4, 2) and W is (3,)"
    )
    assert lines[1].startswith("matmul: ")
    assert lines[-1] == "`score`: return X @ W"
    assert "Traceback" in run("half(np.ones((4, 2)))")[1]


def test_an_exception_of_the_check_itself_looks_as_ever(run):
    run("def half(X):\n    return None")
    assert "TypeError: 'NoneType' object is not subscriptable" in run(check("half(1)[0]"))[1]


def test_an_answer_may_raise_not_implemented_by_right(run):
    run("def half(X):\n    raise NotImplementedError('only for numbers')")
    assert "NotImplementedError: only for numbers" in run("half(1)")[1]


def test_a_notebook_that_does_not_use_nnkit_sees_nothing_of_it(capsys):
    shell = InteractiveShell(colors="nocolor")
    kernel.attach(shell)
    shell.run_cell(STUB)
    shell.run_cell("half(1)")
    assert "Traceback" in capsys.readouterr().out


def test_a_name_that_the_check_itself_binds_stays(run):
    run("def half(x):\n    return x")
    assert run(check("half = 3"))[0]
    assert run("half")[1].endswith("3")
