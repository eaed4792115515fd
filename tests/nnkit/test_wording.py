import numpy as np
import pytest

from nnkit._wording import agreeing
from nnkit.testing import CheckFailed, check_close


@pytest.mark.parametrize(
    ("subject", "verb"),
    [
        ("your outputs in prediction", "are"),
        ("the sums of the rows, sorted,", "are"),
        ("your W and your b", "are"),
        ("your z-scores of the new samples", "are"),
        ("the losses", "are"),
        ("the classes of the words themselves", "are"),
        ("your result", "is"),
        ("the number of examples", "is"),
        ("the loss for labels given as floats", "is"),
        ("your b for three inputs", "is"),
        ("the bias", "is"),
        ("study_hours(7, 2.5)", "is"),
        ("what stands in the Values", "is"),
        ("the width for 2 inputs, 3 outputs and 5 parameters", "is"),
    ],
)
def test_a_verb_agrees_with_its_subject(subject, verb):
    assert agreeing(f"{subject} is twice too large", subject) == f"{subject} {verb} twice too large"
    assert agreeing(f"the sign of {subject} is flipped", subject) == f"the sign of {subject} is flipped"


def test_a_failed_check_speaks_in_the_plural_of_what_are_many():
    with pytest.raises(CheckFailed, match=r"^your outputs are 2 times too large"):
        check_close(np.array([2.0, 4.0]), np.array([1.0, 2.0]), name="your outputs")
    with pytest.raises(CheckFailed, match=r"^your weights have the wrong shape"):
        check_close(np.ones(3), np.ones(2), name="your weights")
    with pytest.raises(CheckFailed, match=r"^the numbers of examples hold the wrong kind of value"):
        check_close(np.array([1.5]), np.array([1]), name="the numbers of examples")


def test_of_few_entries_the_last_one_says_nothing_of_a_loop():
    with pytest.raises(CheckFailed, match=r"^only the last entry of your result is wrong: all others are right\n"):
        check_close(np.array([1.0, 2.5, 2.0]), np.array([1.0, 2.5, 7.0]))
    with pytest.raises(CheckFailed, match=r"^only the first entry .* does a loop or a slice start too late"):
        check_close(np.array([1.0, 2.5, 2.0, 3.0]), np.array([4.0, 2.5, 2.0, 3.0]))


def test_numbers_that_are_alike_show_no_factor():
    with pytest.raises(CheckFailed, match=r"^2 of 4 entries of your result are wrong: the scores are large\n"):
        check_close(np.array([0.0, 0, 500, 500]), np.array([0.0, 0, 1000, 1000]), about="the scores are large")
