"""Whatever a submission says, of any length and in any number, little of it is kept, and what is cut says so."""

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.assignment import Role, Settings
from autograder.exam.cell_outputs import Outputs
from autograder.exam.grade import MOST_NOTES, _bounded
from autograder.exam.verdict import SENTENCE
from autograder.inside.cut import cut
from autograder.results import Outcome
from tests.autograder.exam.test_examiner import cell, make_examiner

STUDENT = """
import sys, warnings
def message(): raise ValueError("m" * 10**8)
def arguments(): raise ValueError(*["a" * 10**7] * 10)
def name(): raise type("N" * 10**7, (Exception,), {})("n")
def bases():
    kind = Exception
    for _ in range(2000): kind = type("K" * 1000, (kind,), {})
    raise kind("k")
def chain(n=500):
    try: raise ValueError("c" * 10**5)
    except ValueError: chain(n - 1) if n else 1 / 0
def printing(): print("p" * 10**8)
def warning():
    for i in range(1000): warnings.warn(f"{i}" + "w" * 10**5)
def value(): return "v" * 10**8
class Speaks:
    def __str__(self): return "s" * 10**8
    __repr__ = __str__
def speaks(): return Speaks()
def fine(): return 1
"""
CHECKS = {
    "an exception's message": "message()",
    "the arguments of an exception": "arguments()",
    "arguments in a message": "try: arguments()\nexcept ValueError as error: raise AssertionError(f'{error.args}')",
    "the name of an exception": "name()",
    "the bases of an exception": "bases()",
    "a chain of exceptions": "chain()",
    "a chain in the check": "try: message()\nexcept ValueError as error: raise AssertionError('x' * 10**8) from error",
    "a message of the check": "assert not value(), f'{value()}'",
    "an object in a message": "assert False, f'{speaks()}'",
    "a sentence": "from nnkit.testing import check_that\ncheck_that(False, value())",
    "many lines of the check": "def f(n): f(n - 1) if n else 1 / 0\nf(800)",
    "what a call prints": "for _ in range(5): printing()\nassert 0",
    "what the check prints": "for _ in range(200): print('x' * 10**6)\nassert 0",
    "warnings": "for _ in range(5): warning()\nassert 0",
}


@pytest.fixture(scope="module")
def examiner(sandbox):
    with make_examiner(sandbox) as examiner:
        assert examiner.run(cell(STUDENT)) == []
        yield examiner


@pytest.mark.parametrize("in_process", [False, True], ids=["in the examiner", "in the worker"])
@pytest.mark.parametrize("check", CHECKS)
def test_little_is_kept_of_what_a_check_says(examiner, check, in_process):
    mode = Settings(in_process=in_process)
    with warnings.catch_warnings(record=True):
        result, outputs = examiner.check(cell(CHECKS[check], Role.CHECK, settings=mode))
    assert result.score == 0
    kept = json.dumps(outputs)
    assert len(kept) < 300_000
    assert len(result.message) < 1_200 > len(result.told)
    if check not in ("the name of an exception", "the bases of an exception", "warnings"):
        assert "more characters" in kept or "more lines" in kept or "skipping" in kept or len(kept) < 20_000
    assert examiner.check(cell("assert fine() == 1", Role.CHECK, settings=mode))[0].outcome is Outcome.PASSED


JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(), st.lists)


@given(st.lists(st.builds(lambda data: {"output_type": "display_data", "data": {"x/json": data}}, JSON)))
def test_outputs_take_no_more_bytes_in_a_file_than_there_is_room_for(claims):
    outputs = Outputs(500)
    read = [outputs.read([claim]) for claim in claims]
    kept = [output for of_cell in read for output in of_cell if output["output_type"] != "stream"]
    notebook = {"cells": [{"outputs": [output]} for output in kept]}
    frame = {"cells": [{"outputs": []} for _ in kept]}
    size = len(json.dumps(notebook, indent=1, ensure_ascii=False).encode("utf-8", "replace"))
    assert size - len(json.dumps(frame, indent=1)) <= 500 + 250 * len(kept)
    assert outputs.full == any(of_cell and of_cell[-1]["output_type"] == "stream" for of_cell in read)


def test_the_cells_of_a_submission_share_the_room():
    outputs = Outputs(3_000)
    cells = [outputs.read([{"output_type": "stream", "name": "stdout", "text": "\0" * 100}]) for _ in range(20)]
    assert 0 < sum("\0" in str(cell[0]["text"]) for cell in cells) < 5
    assert cells[-1] == [{"output_type": "stream", "name": "stderr", "text": "(more output was cut)\n"}]


def test_notes_are_bounded_in_length_and_number():
    notes = _bounded([f"{number}" + "n" * 10**6 for number in range(200)])
    assert len(notes) == MOST_NOTES + 1
    assert notes[-1] == "150 more notes"
    assert max(map(len, notes)) < SENTENCE + 50
    assert _bounded(["a"]) == ("a",)


@given(st.text(), st.integers(1, 20))
def test_what_is_cut_says_so(text, most):
    short = cut(text, most)
    assert short.startswith(text[:most])
    assert (short == text) == (len(text) <= most)
