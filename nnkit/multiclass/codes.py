"""What makes a good code book? Words far apart, and no question asked twice.

Source: USC 1.8 (error-correcting output codes); Dietterich and Bakiri 1995.
"""

from itertools import combinations

import numpy as np


def exhaustive_code(classes: int):
    """All ways to part the classes in two: (C, 2^(C−1) − 1). Any two words differ in 2^(C−2) places.

    classes: 2 … 11, since the length doubles with every class.

    Source: Dietterich and Bakiri 1995, section 2.3.1.
    """
    if not 2 <= classes <= 11:
        raise ValueError(f"expected 2 to 11 classes for an exhaustive code, got {classes}: give a code book")
    # The first class is always +1: the opposite column asks the same question. The rest count in binary,
    # all ones left out, since a question with the same answer for everyone tells nothing.
    numbers = np.arange(2 ** (classes - 1) - 1)
    bits = numbers >> np.arange(classes - 2, -1, -1)[:, np.newaxis] & 1
    return np.concatenate([np.ones((1, len(numbers)), dtype=int), 2 * bits - 1])


def check_code_book(code_book):
    """`code_book` as an integer array, if every class and every column has a use.

    Raises ValueError unless all entries are −1 or +1, all rows differ (or two classes could not be told apart),
    no column is constant (nothing to learn) and none repeats another or its opposite (nothing new to learn).
    """
    code = np.asarray(code_book)
    if code.ndim != 2 or len(code) < 2 or not np.isin(code, (-1, 1)).all():
        received = f"shape {code.shape} and entries {np.unique(code)[:5]}"
        raise ValueError(f"expected a code book (C, K) of −1 and +1 for C ≥ 2 classes, got {received}")
    code = code.astype(int)
    for i, j in combinations(range(len(code)), 2):
        if (code[i] == code[j]).all():
            raise ValueError(f"expected a code word of its own for every class, got the same in rows {i} and {j}")
    for j, column in enumerate(code.T):
        if (column == column[0]).all():
            raise ValueError(f"expected both −1 and +1 in every column, got only {column[0]:+d} in column {j}")
    agreement = np.abs(code.T @ code) == len(code)
    for i, j in np.argwhere(np.triu(agreement, 1)):
        same = "equal" if code[0, i] == code[0, j] else "opposite"
        raise ValueError(f"expected every column to ask something new, got {same} columns {i} and {j}")
    return code


def errors_corrected(code_book) -> int:
    """How many wrong bits a code is sure to survive: ⌊(h − 1) / 2⌋, h the least distance of two words."""
    code = check_code_book(code_book)
    agreement = code @ code.T
    np.fill_diagonal(agreement, -code.shape[1])
    least = (code.shape[1] - agreement.max()) // 2
    return int(least - 1) // 2
