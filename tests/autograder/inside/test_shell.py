"""The shell against a real kernel: the same cells must leave the same outputs. And what only the shell does."""

import json
import re
from pathlib import Path

import pytest

from tests.notebooks import Notebooks

# One notebook, a line `# %%` between its cells.
TRICKY_CELLS = Path(__file__).with_name("tricky_cells.txt").read_text(encoding="utf-8")[:-1].split("\n# %%\n")


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    with Notebooks(tmp_path_factory.mktemp("notebooks")) as notebooks:
        yield notebooks


@pytest.fixture
def run(notebooks):
    return notebooks.shell


# Against a kernel; the chapters are compared in tests/test_chapters.py


@pytest.mark.slow
def test_tricky_cells_have_the_outputs_of_a_kernel(notebooks):
    different = notebooks.differences(TRICKY_CELLS)
    # One in a hundred may depend on the moment at which a thread of the kernel runs.
    assert len(different) <= len(TRICKY_CELLS) / 100, "\n\n".join(different)


# Where we differ from a kernel, and want to


def test_the_traceback_of_an_endless_recursion_is_short(run):
    [[[error], name_and_message]] = run("def deep(n):\n    return deep(n + 1)\ndeep(0)")
    assert name_and_message == ["RecursionError", "maximum recursion depth exceeded"]
    assert any(re.fullmatch(r" +\[... skipping 9\d\d frames\]\n", line) for line in error["traceback"])
    assert len(error["traceback"]) < 50


def test_a_long_chain_of_exceptions_is_cut(run):
    [[[error], _]] = run(
        "def f(n):\n    try:\n        1 / 0\n    except Exception:\n        f(n - 1) if n else 1 / 0\nf(20)"
    )
    assert sum(line.startswith("\nDuring handling") for line in error["traceback"]) == 4


def test_an_exception_whose_message_fails_is_an_error_all_the_same(run):
    bad = "class Bad(Exception):\n    def __str__(self):\n        raise Bad\nraise Bad"
    [[_, name_and_message], [_, after]] = run(bad, "1")
    assert name_and_message == ["Bad", ""]
    assert after is None


def test_what_a_background_task_prints_is_shown_where_it_happens(run):
    *_, last = run("async def f():\n    print('in f')\nimport asyncio", "task = asyncio.create_task(f())", "await task")
    assert last == [[stdout("in f\n")], None]


def test_a_replaced_stdout_loses_nothing_when_it_comes_back(run):
    *_, last = run("import sys, io\nold, sys.stdout = sys.stdout, io.StringIO()", "sys.stdout = old\nprint('back')")
    assert last == [[stdout("back\n")], None]


# Results


def test_a_cell_tells_the_error_it_ended_with(run):
    errors = [error for _, error in run("1", "1 / 0", "def f(:", "raise SystemExit(3)", "input()", "%nothing")]
    assert errors == [
        None,
        ["ZeroDivisionError", "division by zero"],
        ["SyntaxError", "invalid syntax (2747763117.py, line 1)"],
        ["SystemExit", "3"],
        ["StdinNotImplementedError", "raw_input was called, but this frontend does not support input requests."],
        ["UsageError", "Line magic function `%nothing` not found."],
    ]


def test_an_error_that_is_falsy_or_shown_only_is_told_apart(run):
    empty = "class Empty(Exception):\n    def __bool__(self):\n        return False\nraise Empty"
    shown = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()"
    assert [error for _, error in run(empty, shown)] == [["Empty", ""], None]


def test_cells_run_in_main(run):
    cells = ["class C: pass", "import pickle\npickle.loads(pickle.dumps(C())).__class__ is C, C.__module__"]
    assert plain(run(*cells)[1]) == "(True, '__main__')"


def test_a_later_cell_updates_a_display_of_an_earlier_one(run):
    first, second = run("h = display('old', display_id=True)", "h.update('new')")
    assert (plain(first), second) == ("'new'", [[], None])


def test_figures_can_be_left_undrawn(run):
    [[outputs, _]] = run("import matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()", figures=False)
    assert outputs[0]["data"] == {"text/plain": "<Figure size 640x480 with 1 Axes>"}
    shown = "from nnkit import plots\nfig, ax = plots.figure()\nplots.show(fig, alt='An empty pair of axes.')"
    [[outputs, _]] = run(shown, figures=False)
    assert outputs[0]["data"] == {"text/plain": "An empty pair of axes."}
    [[outputs, _]] = run(shown)
    assert set(outputs[0]["data"]) == {"text/html", "text/plain"}


def test_shell_commands_need_no_terminal(run):
    without = "from ipykernel import zmqshell\nfrom autograder.inside.shell_kernel import run_without_terminal\n"
    without += "zmqshell.system = run_without_terminal"
    _, command, code = run(without, "x = 'a'\n!echo {x}; echo b >&2; exit 3", "_exit_code")
    assert command == [[stdout("a\r\nb\r\n")], None]
    assert plain(code) == "3"


# Limits


def test_output_is_cut_at_the_limit_and_says_so(run):
    [[outputs, error]] = run("for i in range(1000):\n    print('x' * 99)\n1 / 0", output_limit=1000)
    assert len(outputs[0]["text"]) == 1000
    assert outputs[1]["ename"] == "ZeroDivisionError"
    assert outputs[2] == stderr("(output cut: 99,000 more characters)\n")
    assert error == ["ZeroDivisionError", "division by zero"]


@pytest.mark.parametrize(
    "flood",
    [
        "for i in range(10_000):\n    display('x' * 100)",
        "for i in range(1_000):\n    print('x' * 100, flush=True)\n    print('y' * 100, file=sys.stderr, flush=True)",
        "import subprocess\nsubprocess.run('yes | head -c 5000000', shell=True)\nNone",
        "h = display('small', display_id=True)\nfor i in range(100):\n    h.update('x' * 3000 * i)",
        "for i in range(100):\n    display('x' * 900, display_id='the same')",
        "import ipywidgets\nwith ipywidgets.Output():\n    print('x' * 100_000)",
        "for i in range(100):\n    try:\n        1 / 0\n    except Exception:\n        get_ipython().showtraceback()",
        "raise ValueError('x' * 1_000_000)",
        "Exception('y' * 1_000_000)",
    ],
)
def test_no_kind_of_output_exceeds_the_limit(run, flood):
    _, [outputs, _] = run("import sys", flood, output_limit=10_000)
    assert len(json.dumps(outputs)) < 200_000


def test_clearing_gives_room_back(run):
    animation = "for i in range(100):\n    clear_output(wait=True)\n    print('x' * 500, i)"
    _, [outputs, _] = run("from IPython.display import clear_output", animation, output_limit=1000)
    assert outputs == [stdout("x" * 500 + " 99\n")]


def test_the_limit_counts_for_each_cell(run):
    cells = ["print('x' * 800)"] * 3
    assert run(*cells, output_limit=1000) == [[[stdout("x" * 800 + "\n")], None]] * 3


# Calls


def test_a_call_captures_what_is_printed_by_whatever_means(run):
    [[printed, _]] = run(
        {
            "call": "import os, subprocess, sys\nprint('a')\nos.write(1, b'b\\n')\nsubprocess.run(['echo', 'c'])\n"
            "print('error', file=sys.stderr)"
        }
    )
    assert printed == [["stdout", "a\nb\nc\n"], ["stderr", "error\n"]]


def test_what_calls_show_does_not_come_up_in_the_next_cell(run):
    plot = (
        "import matplotlib.pyplot as plt\ndef plot():\n    plt.plot([1])\n    print('p', end='')\n    display('lost')"
    )
    _, call, after = run(plot, {"call": "plot()"}, "2")
    assert call == [[["stdout", "p"]], None]
    assert [output["output_type"] for output in after[0]] == ["execute_result"]


def test_settings_of_a_cell_reach_calls(run):
    cells = ["import decimal\ndecimal.getcontext().prec = 4", {"call": "print(decimal.Decimal(1) / 3)"}]
    assert run(*cells)[1] == [[["stdout", "0.3333\n"]], None]


# What the shell leaves alone


def test_there_is_no_thread_no_trace_on_disk_and_nothing_of_the_grader_in_memory(notebooks):
    before = set(notebooks.home.rglob("*"))
    [[outputs, _]] = notebooks.shell(
        "import os, sys, threading\n"
        "ours = sorted(name for name in sys.modules if name.startswith(('autograder', 'nbgrader', 'nbformat')))\n"
        "print(threading.active_count(), os.listdir(), *ours)"
    )
    shells = (f"inside.shell{part}" for part in ("", "_kernel", "_outputs", "_streams", "_tracebacks"))
    modules = ["inside", "inside.cut", *shells]
    assert outputs == [stdout(" ".join(["1 [] autograder", *(f"autograder.{name}" for name in modules)]) + "\n")]
    assert set(notebooks.home.rglob("*")) == before


def stdout(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}


def stderr(text: str) -> dict:
    return stdout(text) | {"name": "stderr"}


def plain(run) -> str:
    [[output], _] = run
    return output["data"]["text/plain"]
