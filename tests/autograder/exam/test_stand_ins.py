"""Objects of a student's that claim to be what travels by value, or bring a comparison of their own."""

import sys
from types import SimpleNamespace

import pytest

from autograder.assignment import Role
from autograder.exam.sandbox import Sandbox
from tests.autograder.exam.test_examiner import cell, examine, make_examiner

STUDENT = """
import numpy as np
import scipy.sparse
from collections import namedtuple

def named(x):
    return namedtuple("Answer", "equals size")(lambda other: True, 3)

def tridiagonal(n, form):
    return scipy.sparse.diags_array([1.0, 2.0, 1.0], offsets=[-1, 0, 1], shape=(n, n), format=form)

def old(n):
    return scipy.sparse.csc_matrix(np.diag(np.arange(n)))

class Posing:
    "Index arrays that lead out of the matrix."
    def __init__(self): self.honest = scipy.sparse.eye(3, format="csr")
    def __getattr__(self, name): return getattr(self.honest, name)
    def tocsr(self, *_, **__): return self
    asformat, has_canonical_format = tocsr, False
    indptr, indices = np.array([0, 2, 4, 6], np.int32), np.array([0, 2**28, 2**28, 2**27, 3, -(2**28)], np.int32)
    data = np.ones(6)
Posing.__module__, Posing.__qualname__ = "scipy.sparse._csr", "csr_matrix"

class Table:
    _typ, shape, columns = "dataframe", (3, 1), []
Table.__module__, Table.__qualname__ = "pandas.core.frame", "DataFrame"
"""
SPARSE = "import numpy as np\nimport scipy.sparse\nexpected = scipy.sparse.csr_matrix(np.diag(np.arange(3)))"


@pytest.fixture(scope="module")
def examiner():
    with Sandbox(preload=["scipy.sparse"], unsafe=True) as sandbox, make_examiner(sandbox) as examiner:
        assert examiner.run(cell(SPARSE, Role.GIVEN)) == []
        assert examiner.run(cell(STUDENT)) == []
        yield examiner


def test_a_named_tuple_brings_no_comparison_of_its_own(examiner):
    result = examine(examiner, "assert named(1).equals(5)")
    assert result.score == 0
    assert "'equals'" in result.message
