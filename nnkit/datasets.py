"""Points to learn from, most of them made up on the spot, so that you can always make more.

Every function returns `(X, y)`: X (n, d) float64, y (n,) integer labels 0 … C−1; `mnist` returns two such
pairs, and float32. Classes take turns, so they are equally large (to within one point) and an online rule
meets them mixed. Randomness is your generator, `rng`.
"""

import gzip
import hashlib
import math
import sys
from functools import cache
from pathlib import Path

import numpy as np

from nnkit.activations import sigmoid
from nnkit.checks import count, generator, not_negative, one_of


def gate(name: str):
    """A logic gate as four points: X (4, 2) with every pair of 0 and 1, y (4,) the gate's answer.

    name: "and", "or", "nand" or "xor". No straight line makes "xor".
    """
    gates = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
    answers = gates[one_of("the gate", name, gates)]
    return np.array([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]), np.array(answers)


def blobs(n: int, *, rng: np.random.Generator, centers=((-2.0, -2.0), (2.0, 2.0)), noise: float = 0.6):
    """Round clouds, class k normally distributed around centers[k].

    n: points in all.  centers: (C, d), one per class.  noise: standard deviation in every direction, ≥ 0.
    As it stands: two classes that a line separates with room to spare.
    """
    centers = np.asarray(centers, dtype=np.float64)
    if centers.ndim != 2:
        raise ValueError(f"expected centers with shape (C, d), one row per class, got {centers.shape}")
    y = _labels(n, len(centers))
    return centers[y] + _noise(noise, (n, centers.shape[1]), rng), y


def moons(n: int, *, noise: float, rng: np.random.Generator):
    """Two half circles of radius 1, each reaching into the other. noise: standard deviation, ≥ 0."""
    y = _labels(n, 2)
    angle = generator(rng).uniform(0, np.pi, n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return np.where(y[:, np.newaxis] == 0, upper, lower) + _noise(noise, (n, 2), rng), y


def circles(n: int, *, noise: float, rng: np.random.Generator):
    """A circle of radius 1 (class 0) around one of radius ½ (class 1). noise: standard deviation, ≥ 0."""
    y = _labels(n, 2)
    angle, radius = generator(rng).uniform(0, 2 * np.pi, n), 1 - y / 2
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise(noise, (n, 2), rng), y


def spirals(n: int, *, noise: float, rng: np.random.Generator):
    """Two arms of 1½ turns, center to radius 1, half a turn apart. noise: standard deviation, ≥ 0."""
    y = _labels(n, 2)
    # The square root spreads the points evenly along the arm, whose turns grow longer outwards.
    radius = np.sqrt(generator(rng).uniform(0, 1, n))
    angle = 3 * np.pi * radius + np.pi * y
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X + _noise(noise, (n, 2), rng), y


def will_i_pass(n: int, *, rng: np.random.Generator):
    """Will I pass this class? Two features of n students: lectures attended and hours on the final project.

    X: (n, 2): lectures 0, 1, …, 15 and hours 0 … 40, both uniform.  y: (n,), 1 = passed, drawn from

        P(pass) = σ(0.4 · lectures + 0.15 · hours − 6)

    so it is a coin flip at 7.5 lectures and 20 hours, nobody is safe, and the classes overlap: 18 of 100
    students end on the unlikely side. The classes are as large as the draw makes them.

    Source: UT "Example Problem: Will I pass this class?" (the two features; the numbers are ours).
    """
    _labels(n, 1)
    lectures, hours = generator(rng).integers(0, 16, n), rng.uniform(0, 40, n)
    passed = rng.uniform(size=n) < sigmoid(0.4 * lectures + 0.15 * hours - 6)
    return np.column_stack([lectures, hours]), passed.astype(int)


def digits():
    """1797 handwritten digits: X (1797, 64), images of 8 × 8 row by row, gray from 0 to 16; y (1797,), 0 … 9.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998; ships with
    scikit-learn.
    """
    from sklearn.datasets import load_digits

    X, y = _read(load_digits)
    return X.copy(), y.astype(int)


def mnist(*, folder=None, mirror: str | None = None):
    """70,000 handwritten digits: `(X_train, y_train, X_test, y_test)`, 60,000 for training and 10,000 for test.

    X: (n, 784) float32, images of 28 × 28 row by row, ink from 0 to 1.  y: (n,) integers 0 … 9.

    The four files (11 MB) are fetched once, by the package `pooch`, and checked with SHA-256 at every use.
    folder: where they are or shall be; your system's cache folder by default.
    mirror: web address of a folder that has them; two public ones are tried by default.
    Raises ConnectionError if no mirror answers with the right files, ImportError if pooch is missing.

    Source: Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, 1998.
    """
    folder = _cache() if folder is None else Path(folder)
    mirrors = _MIRRORS if mirror is None else (mirror,)
    train_images, train_labels, test_images, test_labels = (_idx(_fetched(folder, name, mirrors)) for name in _MNIST)
    X_train, X_test = (images.reshape(len(images), -1) / np.float32(255) for images in (train_images, test_images))
    return X_train, train_labels.astype(int), X_test, test_labels.astype(int)


_MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist")


@cache
def _read(load) -> tuple[np.ndarray, np.ndarray]:
    """X and y as a function of scikit-learn reads them from its file; once, for that takes 20 ms."""
    return load(return_X_y=True)


_MNIST = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
"""SHA-256 of each file."""


def _cache() -> Path:
    return Path(_pooch().os_cache("nnkit")) / "mnist"


def _pooch():
    try:
        import pooch
    except ImportError:
        raise ImportError("fetching MNIST needs the package pooch: pip install pooch") from None
    return pooch


def _fetched(folder: Path, name: str, mirrors) -> Path:
    """The path of a file that has the right content, fetched if it has not."""
    path, expected = folder / name, _MNIST[name]
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == expected:
        return path
    pooch, failures = _pooch(), []
    for mirror in mirrors:
        download = pooch.HTTPDownloader(progressbar=_Progress(name), chunk_size=2**16)
        try:
            pooch.retrieve(f"{mirror.rstrip('/')}/{name}", expected, name, folder, downloader=download)
        except (OSError, ValueError) as failure:  # no answer, or not the right content
            failures.append(f"{mirror}: {failure}")
        else:
            return path
    tried = "\n".join(failures)
    raise ConnectionError(
        f"could not fetch {name}. Without a network, copy {', '.join(_MNIST)} from elsewhere into {folder}, "
        f"or say where they are: mnist(folder=…), mnist(mirror=…). Tried:\n{tried}"
    )


class _Progress:
    """One line that counts up while a file arrives; pooch calls it as it would call a progress bar of tqdm."""

    def __init__(self, name):
        self.name, self.total, self.received = name, 0, 0

    def update(self, size):
        self.received = min(self.received + size, self.total)
        print(f"\r{self.name}: {self.received / 1e6:.1f} of {self.total / 1e6:.1f} MB", end="", file=sys.stderr)

    def reset(self):
        self.received = 0

    def close(self):
        print(file=sys.stderr)


def _idx(path: Path) -> np.ndarray:
    """The array in a compressed IDX file of bytes.

    Header: two zero bytes, the type (8: unsigned bytes), the number of axes, the length of each as a 4-byte
    integer, big end first. Then the entries.
    """
    with gzip.open(path) as file:
        content = file.read()
    axes = content[3] if content[:3] == b"\0\0\x08" and len(content) > 3 else 0
    shape = tuple(int.from_bytes(content[start : start + 4], "big") for start in range(4, 4 + 4 * axes, 4))
    if axes == 0 or len(content) != 4 + 4 * axes + math.prod(shape):
        raise ValueError(f"expected an IDX file of unsigned bytes in {path}, got {content[:4]!r} and shape {shape}")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _labels(n: int, classes: int) -> np.ndarray:
    """0, 1, …, C−1, 0, 1, … for n points."""
    return np.arange(count("n", n, at_least=classes)) % classes


def _noise(deviation: float, shape: tuple[int, int], rng) -> np.ndarray:
    return generator(rng).normal(0, not_negative("noise", deviation), shape)
