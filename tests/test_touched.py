"""`make test-fast` runs what it says."""

from pathlib import Path

import pytest

from tests.touched import OF_THE_REPOSITORY, TESTS, touched


def names(*changed):
    return {path.as_posix().removeprefix("tests/") for path in touched(map(Path, changed))}


def test_nothing_touches_nothing():
    assert names() == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("nnkit/losses.py", "nnkit/test_losses.py"),  # by its name
        ("nnkit/linear/base.py", "nnkit/test_linear.py"),  # by its package's
        ("nnkit/linear/__init__.py", "nnkit/test_linear.py"),
        ("nnkit/explore/_backprop.py", "nnkit/explore/test_backprop_model.py"),  # by the first words of the test's name
        ("autograder/exam/batch.py", "autograder/exam/test_batch.py"),
        ("autograder/results.py", "autograder/out/test_feedback.py"),  # by an import
        ("nnkit/checks.py", "nnkit/test_layers.py"),  # nothing tests it but through those that use it
        ("tests/autograder/stock.py", "autograder/book/test_gradebook.py"),  # a helper
        ("tests/nnkit/test_losses.py", "nnkit/test_losses.py"),  # itself
        ("solutions/03_logistic_regression.md", "test_chapters.py"),
    ],
)
def test_a_file_touches_the_tests_of_its_name_and_those_that_import_it(changed, expected):
    assert expected in names(changed)
    assert len(names(changed)) < len(list(TESTS.rglob("test_*.py"))) / 2, "most are left out"


def test_a_test_that_is_gone_is_not_run():
    assert names("tests/nnkit/test_that_is_gone.py") == set()


def test_a_change_of_one_page_leaves_the_others_alone():
    assert "nnkit/test_graph.py" not in names("nnkit/losses.py")


def test_the_tests_of_the_repository_are_there():
    assert [name for name in OF_THE_REPOSITORY if not (TESTS / name).exists()] == []
