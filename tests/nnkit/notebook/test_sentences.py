"""Words for an exception; what all of them say together is tried with the kernel and with the examiner."""

import pytest

from nnkit.notebook.sentences import with_article


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("ValueError", "a ValueError"),
        ("IndexError", "an IndexError"),
        ("UnboundLocalError", "an UnboundLocalError"),
        ("ellipsis", "an ellipsis"),
        ("", "a "),
    ],
)
def test_the_name_of_a_class_in_a_sentence(kind, said):
    """A student may give a class any name; one without a letter was an IndexError of the examiner's."""
    assert with_article(kind) == said
