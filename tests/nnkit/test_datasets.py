import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnkit import datasets
from nnkit.activations import sigmoid

MAKERS = {
    "blobs": lambda n, rng: datasets.blobs(n, rng=rng),
    "moons": lambda n, rng: datasets.moons(n, noise=0.1, rng=rng),
    "circles": lambda n, rng: datasets.circles(n, noise=0.1, rng=rng),
    "spirals": lambda n, rng: datasets.spirals(n, noise=0.1, rng=rng),
    "will_i_pass": lambda n, rng: datasets.will_i_pass(n, rng=rng),
}


@pytest.mark.parametrize("name", MAKERS)
@given(n=st.integers(2, 50), seed=st.integers(0, 2**32))
def test_shape_kind_and_seed(name, n, seed):
    X, y = MAKERS[name](n, np.random.default_rng(seed))
    assert X.shape == (n, 2)
    assert X.dtype == np.float64
    assert y.shape == (n,)
    assert y.dtype == np.int64
    assert set(y.tolist()) <= {0, 1}
    again, labels = MAKERS[name](n, np.random.default_rng(seed))
    np.testing.assert_array_equal(X, again)
    np.testing.assert_array_equal(y, labels)
    assert not np.array_equal(X, MAKERS[name](n, np.random.default_rng(seed + 1))[0])


@pytest.mark.parametrize("name", ["blobs", "moons", "circles", "spirals"])
@given(n=st.integers(2, 50))
def test_classes_take_turns(name, n):
    _, y = MAKERS[name](n, np.random.default_rng(0))
    assert y.tolist() == [i % 2 for i in range(n)]


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("and", lambda a, b: a and b),
        ("or", lambda a, b: a or b),
        ("nand", lambda a, b: not (a and b)),
        ("xor", lambda a, b: a != b),
    ],
)
def test_gates_are_truth_tables(name, truth):
    X, y = datasets.gate(name)
    assert sorted(map(tuple, X.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert X.dtype == np.float64
    assert y.dtype == np.int64
    assert y.tolist() == [int(truth(bool(a), bool(b))) for a, b in X]


def test_blobs_lie_around_their_centers():
    centers = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 1.0], [0.0, 9.0, 2.0]])
    X, y = datasets.blobs(3000, rng=np.random.default_rng(1), centers=centers, spread=0.5)
    for k, center in enumerate(centers):
        # Means of 1000 points of deviation ½ deviate by 0.016; five times that for all nine numbers.
        np.testing.assert_allclose(X[y == k].mean(axis=0), center, atol=0.08)
        np.testing.assert_allclose(X[y == k].std(axis=0), 0.5, atol=0.06)


@pytest.mark.parametrize("seed", range(20))
def test_default_blobs_are_separable(seed):
    X, y = datasets.blobs(500, rng=np.random.default_rng(seed))
    assert (X.sum(axis=1) > 0).astype(int).tolist() == y.tolist()


def test_without_noise_the_points_lie_on_their_curves():
    rng = np.random.default_rng(2)
    X, y = datasets.moons(100, noise=0, rng=rng)
    center = np.where(y[:, np.newaxis] == 0, [0, 0], [1, 0.5])
    np.testing.assert_allclose(np.linalg.norm(X - center, axis=1), 1)
    assert np.all((X - center)[y == 0, 1] >= 0)
    assert np.all((X - center)[y == 1, 1] <= 0)

    X, y = datasets.circles(100, noise=0, rng=rng)
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), np.where(y == 0, 1, 0.5))

    X, y = datasets.spirals(100, noise=0, rng=rng)
    radius = np.linalg.norm(X, axis=1)
    angle = 3 * np.pi * radius + np.pi * y
    np.testing.assert_allclose(X, radius[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)]))
    assert radius.max() <= 1


@pytest.mark.parametrize("name", ["moons", "circles", "spirals"])
def test_noise_has_the_stated_deviation(name):
    make = getattr(datasets, name)
    clean, _ = make(4000, noise=0, rng=np.random.default_rng(3))
    noisy, _ = make(4000, noise=0.3, rng=np.random.default_rng(3))
    np.testing.assert_allclose((noisy - clean).std(), 0.3, rtol=0.05)


def test_will_i_pass_follows_its_model():
    X, y = datasets.will_i_pass(20_000, rng=np.random.default_rng(4))
    lectures, hours = X.T
    assert set(lectures) == set(range(16))
    assert hours.min() >= 0
    assert hours.max() <= 40
    p = sigmoid(0.4 * lectures + 0.15 * hours - 6)
    for low in np.arange(0, 1, 0.1):
        bin_ = (p >= low) & (p < low + 0.1)
        # At least 1000 students a bin: the share of passes deviates by 0.016 at most; four times that.
        assert bin_.sum() > 1000
        assert y[bin_].mean() == pytest.approx(p[bin_].mean(), abs=0.064)
    assert np.minimum(p, 1 - p).mean() == pytest.approx(0.18, abs=0.005)


def test_digits_come_with_the_package():
    X, y = datasets.digits()
    assert X.shape == (1797, 64)
    assert X.dtype == np.float64
    assert y.dtype == np.int64
    assert (X.min(), X.max()) == (0, 16)
    assert sorted(set(y.tolist())) == list(range(10))


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: datasets.gate("nor"),
            ValueError,
            "expected the gate to be one of and, or, nand, xor, got 'nor'",
        ),
        (
            lambda: datasets.blobs(1, rng=RNG),
            ValueError,
            "expected n to be an integer of at least 2, got 1",
        ),
        (
            lambda: datasets.moons(10.0, noise=0, rng=RNG),
            ValueError,
            "expected n to be an integer of at least 2, got 10.0",
        ),
        (
            lambda: datasets.will_i_pass(0, rng=RNG),
            ValueError,
            "expected n to be an integer of at least 1, got 0",
        ),
        (
            lambda: datasets.blobs(10, rng=RNG, centers=[0, 1]),
            ValueError,
            "expected centers with shape (C, d), one row per class, got (2,)",
        ),
        (
            lambda: datasets.blobs(10, rng=RNG, spread=-1),
            ValueError,
            "expected spread to be 0 or a positive number, got -1",
        ),
        (
            lambda: datasets.circles(10, noise=np.nan, rng=RNG),
            ValueError,
            "expected noise to be 0 or a positive number, got nan",
        ),
        (
            lambda: datasets.spirals(10, noise=0.1, rng=0),
            TypeError,
            "expected rng to be a generator, such as np.random.default_rng(0), got int",
        ),
        (
            lambda: datasets.will_i_pass(10, rng=np.random),
            TypeError,
            "expected rng to be a generator, such as np.random.default_rng(0), got module",
        ),
    ],
)
def test_errors_name_what_was_received(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
