"""Objects of a student's that claim to be what travels by value, or bring a comparison of their own."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.assignment import Role
from autograder.exam.sandbox import Sandbox
from autograder.exam.student import _sparse
from autograder.inside.wire import WireError
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

def several():
    return [tridiagonal(3, "csr"), {"old": [old(3)]}]

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


@pytest.mark.parametrize("form", ["bsr", "coo", "csc", "csr", "dia", "lil"])
def test_sparse_matrices_come_by_value(examiner, form):
    check = f"""
answer = tridiagonal(4, {form!r})
assert scipy.sparse.issparse(answer) and isinstance(answer, scipy.sparse.sparray) and answer.format == {form!r}
assert abs(answer - scipy.sparse.csr_array(2 * np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1))).max() == 0
"""
    assert examine(examiner, check).score == 3


def test_a_sparse_matrix_of_the_old_kind_too(examiner):
    assert examine(examiner, "answer = old(3)\nassert scipy.sparse.isspmatrix_csc(answer)").score == 3
    assert (
        examine(examiner, "assert abs(expected - old(3)).max() == 0 and abs(old(3) - expected).max() == 0").score == 3
    )


def test_a_sparse_matrix_in_a_list_is_as_full_as_one_by_itself(examiner):
    assert examine(examiner, "one, more = several()\nassert one.nnz == 7 and more['old'][0].nnz == 2").score == 3


@pytest.mark.parametrize("places", [[0, 3], [0, -1], [0, 2**40], [0.0, 1.0], [[0, 1], [1, 0]]])
def test_the_places_of_a_sparse_matrix_lie_in_it(places):
    right = np.array([0, 1])
    assert _sparse("csr", True, (3, 3), np.ones(2), (right, right)).nnz == 2
    with pytest.raises((ValueError, WireError)):
        _sparse("csr", True, (3, 3), np.ones(2), (right, np.array(places)))


def test_no_object_poses_as_a_sparse_matrix(examiner):
    """SciPy's C code would write wherever its index arrays lead."""
    for check in ("assert not scipy.sparse.issparse(Posing())", "assert not isinstance(Posing(), type(expected))"):
        assert examine(examiner, check).score == 3
    assert examine(examiner, "assert abs(expected - Posing()).max() < 1").score == 0


def test_no_object_poses_as_a_table(examiner, monkeypatch):
    """pandas would loop over the columns that it claims."""
    kind = type("NDFrame", (), {})
    monkeypatch.setitem(sys.modules, "pandas.core.generic", SimpleNamespace(NDFrame=kind))
    monkeypatch.setitem(sys.modules, "pandas.core.frame", SimpleNamespace(DataFrame=type("DataFrame", (kind,), {})))
    check = "import sys\nassert not isinstance(Table(), sys.modules['pandas.core.frame'].DataFrame)"
    assert examine(examiner, f"{check}\nassert getattr(Table(), '_typ', None) is None").score == 3
