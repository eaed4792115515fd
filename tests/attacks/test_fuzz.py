"""A small share of what `python -m tests.attacks.fuzz` tries by the million."""

import pytest

from tests.attacks import fuzz


@pytest.fixture(scope="module")
def said():
    return fuzz.real_messages()


def test_a_message_out_of_form_ends_the_worker_and_nothing_else(said):
    seen = fuzz.fuzz_messages(4000, 1, said)
    assert set(seen) <= {"lost", "value", "exception"}
    assert min(seen["lost"], seen["value"], seen["exception"]) > 20, "the changes are neither too small nor too large"


def returned(value=None, contents=(), changes=(), notes=None) -> list:
    return ["returned", 1, value, list(contents), list(changes), notes or {}, {}]


def raised(lineage: list) -> list:
    return ["raised", 1, ["error", 0, lineage, [], ["", "", []], []], [], [], {}, {}]


HUGE_POOL = ["state", [["bit_generator", "PCG64"], ["seed", ["state", [["pool_size", 2**40]]]]]]
OUT_OF_FORM = {
    "warnings that are none": returned(notes={"streams": [], "warnings": [5]}),
    "a lineage that is none": returned(notes={"streams": [], "warnings": [[[7], "w"]]}),
    "no streams": returned(notes={"warnings": []}),
    "a dtype that is a program": returned(["dtype", ","]),
    "a table without pandas": returned(["table", 5]),
    "an exception that cannot be made": raised([["builtins", "ExceptionGroup"]]),
    "a name with a hole": raised([["m", "a\0"], ["builtins", "OSError"]]),
    "a seed of any size": returned(contents=[["generator", True, HUGE_POOL]]),
    "a fraction that takes hours": returned(["built", "Fraction", ["1e1000000000"]]),
    "a date that no month has": returned(["built", "date", [b"\x07\xe4\x01\xff"]]),
    "a question that nobody asks": ["ask", 1, "open", ["tuple", []], [], {}],
    "a question that goes on with another": ["ask", 1, "call", ["tuple", []], [], {}, None, [], []],
    "keywords that are none": ["ask", 1, "call", ["tuple", [["yours", 0], ["tuple", []], 5]], [], {}],
    "objects in an array of numbers": returned(changes=[[1, ["objects", [3], [1, 2, 3]]]]),
    "deep": returned([[[[]]]]),
}


@pytest.mark.parametrize("message", OUT_OF_FORM.values(), ids=OUT_OF_FORM)
def test_single_messages_out_of_form(message):
    assert fuzz.hear(fuzz.framed(message), "call") == "lost"


@pytest.mark.parametrize("name", ["", "1", "a b", 5])
def test_a_parameter_without_a_name(name):
    parameters = ["tuple", [["tuple", [name, 1, False, None]]]]
    assert fuzz.hear(fuzz.framed(returned(parameters)), "signature") == "lost"


def test_a_parameter_that_has_one():
    parameters = ["tuple", [["tuple", ["x", 1, False, None]]]]
    assert fuzz.hear(fuzz.framed(returned(parameters)), "signature") == "value"


@pytest.mark.parametrize("length", [-1, 2**63, 1.5, None, "3"])
def test_a_length_that_is_none(length):
    assert fuzz.hear(fuzz.framed(["returned", 1, length, [], [], {}, {}]), "len") == "lost"


def test_a_damaged_notebook_is_read_or_refused_in_one_sentence(tmp_path):
    seen = fuzz.fuzz_notebooks(400, 1, *fuzz.hand_ins(tmp_path))
    assert set(seen) == {"read", "unreadable"}
