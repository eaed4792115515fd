import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit.batches import Batches


def data(n):
    return np.arange(2 * n, dtype=np.float32).reshape(n, 2), np.arange(n)


@given(n=st.integers(1, 40), size=st.integers(1, 50), seed=st.integers(0, 99))
def test_each_sample_once_per_epoch(n, size, seed):
    X, y = data(n)
    batches = Batches(X, y, size, rng=np.random.default_rng(seed))
    for _ in range(2):
        seen = [(X_batch.copy(), y_batch.copy()) for X_batch, y_batch in batches]
        assert len(seen) == len(batches) == int(np.ceil(n / size))
        assert all(len(y_batch) == min(size, n) for _, y_batch in seen[:-1])
        labels = np.concatenate([y_batch for _, y_batch in seen])
        assert sorted(labels) == list(range(n))
        np.testing.assert_array_equal(np.concatenate([X_batch for X_batch, _ in seen]), X[labels])


def test_shuffled_anew_from_the_seed():
    def epochs(seed):
        batches = Batches(*data(20), 6, rng=np.random.default_rng(seed))
        return [[y.tolist() for _, y in batches] for _ in range(2)]

    assert epochs(3) == epochs(3)
    assert epochs(3) != epochs(4)
    assert epochs(3)[0] != epochs(3)[1]
    assert [len(y) for y in epochs(3)[0]] == [6, 6, 6, 2]


def test_all_at_once_is_not_shuffled_nor_copied():
    X, y = data(5)
    ((X_batch, y_batch),) = Batches(X, y, 9, rng=np.random.default_rng(0))
    assert X_batch is X
    assert y_batch is y


def test_the_mean_gradient_is_estimated_without_bias():
    """Means over equally large batches average to the mean over all, exactly."""
    X, y = data(12)
    means = [X_batch.mean(axis=0) for X_batch, _ in Batches(X, y, 4, rng=np.random.default_rng(0))]
    np.testing.assert_allclose(np.mean(means, axis=0), X.mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("X", "y", "size", "rng", "error", "message"),
    [
        (np.ones((3, 2)), np.ones(2), 1, 0, ValueError, "expected as many rows in X as in y, at least 1, got 3 and 2"),
        (np.ones((0, 2)), [], 1, 0, ValueError, "expected as many rows in X as in y, at least 1, got 0 and 0"),
        (np.ones((3, 2)), np.ones(3), 0, 0, ValueError, "expected batch_size to be an integer of at least 1, got 0"),
        (np.ones((3, 2)), np.ones(3), 2.0, 0, ValueError, "expected batch_size to be an integer of at least 1, got 2"),
        (np.ones((3, 2)), np.ones(3), 2, None, TypeError, "expected rng to be a generator, such as"),
    ],
)
def test_errors(X, y, size, rng, error, message):
    with pytest.raises(error) as caught:
        Batches(X, y, size, rng=rng if rng is None else np.random.default_rng(rng))
    assert str(caught.value).startswith(message)
