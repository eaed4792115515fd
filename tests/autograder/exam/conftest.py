"""What tests of the conversation share."""

import pytest

from autograder.exam.sandbox import Sandbox


@pytest.fixture(scope="module")
def sandbox():
    """Where there are no walls the conversation is the same."""
    with Sandbox(preload=["nnkit.linear"], unsafe=True) as sandbox:
        yield sandbox
