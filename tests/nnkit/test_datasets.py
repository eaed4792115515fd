import functools
import gzip
import http.server
import shutil
import sys
import threading
from pathlib import Path

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
    X, y = datasets.blobs(3000, rng=np.random.default_rng(1), centers=centers, noise=0.5)
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


def test_digits_that_are_changed_are_nobody_elses():
    X, y = datasets.digits()
    X[:], y[:] = -1, -1
    X, y = datasets.digits()
    assert (X.min(), y.min()) == (0, 0)


REAL_FILES = Path(__file__).parents[3] / "shared" / "data" / "mnist"


@pytest.fixture
def mnist_files():
    if not REAL_FILES.is_dir():
        pytest.skip(f"the files of MNIST are not in {REAL_FILES}")
    return REAL_FILES


@pytest.fixture
def serve():
    """A function that serves a folder on the loopback interface and returns its address and its log."""
    servers = []

    def start(folder):
        requests = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_):
                requests.append(self.path)

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}", requests

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class TestMnist:
    def test_real_files(self, mnist_files):
        X_train, y_train, X_test, y_test = datasets.mnist(folder=mnist_files)
        assert (X_train.shape, X_test.shape) == ((60_000, 784), (10_000, 784))
        assert X_train.dtype == X_test.dtype == np.float32
        assert (X_train.min(), X_train.max()) == (0, 1)
        assert y_train.dtype == y_test.dtype == np.int64
        # Counts of each digit as the database's authors publish them.
        assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
        # An upright digit: the first test image is a 7, whose top bar is long and whose foot is narrow.
        ink = (X_test[0].reshape(28, 28) > 0.5).sum(axis=1)
        assert y_test[0] == 7
        assert ink[8] > 2 * ink[24] > 0

    def test_fetched_once_from_a_mirror(self, mnist_files, serve, tmp_path, capsys):
        address, requests = serve(mnist_files)
        X, *_ = datasets.mnist(folder=tmp_path / "new", mirror=f"{address}/")
        assert X.shape == (60_000, 784)
        assert len(requests) == 4
        assert "train-images-idx3-ubyte.gz: 9.9 of 9.9 MB" in capsys.readouterr().err
        datasets.mnist(folder=tmp_path / "new", mirror=address)
        assert len(requests) == 4

    def test_damaged_files_are_fetched_again(self, mnist_files, serve, tmp_path):
        for name in datasets._MNIST:
            shutil.copy(mnist_files / name, tmp_path)
        damaged = tmp_path / "t10k-labels-idx1-ubyte.gz"
        damaged.write_bytes(damaged.read_bytes()[:-1])
        address, requests = serve(mnist_files)
        datasets.mnist(folder=tmp_path, mirror=address)
        assert [path.strip("/") for path in requests] == [damaged.name]

    def test_the_next_mirror_is_tried(self, mnist_files, serve, tmp_path, monkeypatch):
        (tmp_path / "empty").mkdir()
        dead, refused = serve(tmp_path / "empty")
        alive, requests = serve(mnist_files)
        monkeypatch.setattr(datasets, "_MIRRORS", (dead, alive))
        datasets.mnist(folder=tmp_path)
        assert len(requests) == 4
        assert len(refused) >= 4

    def test_wrong_content_and_silence(self, serve, tmp_path, monkeypatch):
        (tmp_path / "wrong").mkdir()
        for name in datasets._MNIST:
            (tmp_path / "wrong" / name).write_bytes(b"not MNIST")
        wrong, _ = serve(tmp_path / "wrong")
        monkeypatch.setattr(datasets, "_MIRRORS", ("http://127.0.0.1:9", wrong))
        with pytest.raises(ConnectionError) as caught:
            datasets.mnist(folder=tmp_path)
        message = str(caught.value)
        assert message.startswith("could not fetch train-images-idx3-ubyte.gz. Without a network, copy train-images")
        assert f"into {tmp_path}, or say where they are: mnist(folder=…), mnist(mirror=…). Tried:\n" in message
        assert "http://127.0.0.1:9: " in message
        assert f"{wrong}: SHA256 hash of downloaded file" in message
        assert not list(tmp_path.glob("*.gz"))

    def test_without_pooch(self, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "pooch", None)
        with pytest.raises(ImportError, match="fetching MNIST needs the package pooch: pip install pooch"):
            datasets.mnist(folder=tmp_path)

    def test_cache_folder(self, monkeypatch, tmp_path):
        pytest.importorskip("pooch")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert datasets._cache().name == "mnist"

    @pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (0, 3)])
    def test_idx(self, tmp_path, shape):
        array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
        header = bytes([0, 0, 8, len(shape)]) + b"".join(length.to_bytes(4, "big") for length in shape)
        path = tmp_path / "array.gz"
        path.write_bytes(gzip.compress(header + array.tobytes()))
        read = datasets._idx(path)
        assert read.shape == shape
        assert read.tolist() == array.tolist()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\0\0\x08",
            b"\0\0\x08\0",
            b"\0\0\x0d\x01\0\0\0\x01\x01",
            b"\0\0\x08\x02\0\0\0\x01",
            b"\0\0\x08\x02\0\0\0\x01\0\0",
            b"\0\0\x08\x01\0\0\0\x05\x01\x02",
            b"\0\0\x08\x01\0\0\0\x01\x01\x02",
        ],
    )
    def test_what_is_no_idx_file(self, tmp_path, content):
        path = tmp_path / "array.gz"
        path.write_bytes(gzip.compress(content))
        with pytest.raises(ValueError, match="expected an IDX file of unsigned bytes in"):
            datasets._idx(path)


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
            lambda: datasets.blobs(10, rng=RNG, noise=-1),
            ValueError,
            "expected noise to be 0 or a positive number, got -1",
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
