"""How close does training come to its matrix products, and to what others need for the same work?

    python -m benchmarks.training [--rounds 15]

PyTorch takes part if it is installed: pip install torch==2.13.0.
Every contender does the same steps on the same data, float32, one BLAS thread: gather a batch, forward, loss value,
backward, update. "Products" are the matrix products of a step and nothing else, into arrays made beforehand.
Contenders take turns in every round; a ratio is the median over rounds of ratios within a round. Times are those of the
processor, which other programs disturb least; only for imports, in processes of their own, those on the clock.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from nnkit.losses import BinaryCrossEntropy, SoftmaxCrossEntropy
from nnkit.network import mlp
from nnkit.optimizers import SGD, Adam, Momentum
from nnkit.training import fit

try:
    import torch
except ImportError:
    torch = None

RATE = 0.001


@dataclass(frozen=True)
class Work:
    """A row of the table. bars: contender → (time of nnkit / time of contender) must be at most this."""

    name: str
    sizes: tuple[int, ...]
    optimizer: str
    batch_size: int
    samples: int
    epochs: int
    bars: dict[str, float]
    activation: str = "relu"
    dropout: float = 0.0


WORKS = [
    Work(
        "784-128-10, SGD, batch 32",
        (784, 128, 10),
        "sgd",
        32,
        2048,
        1,
        {"products": 1.45, "PyTorch": 1 / 1.5, "scikit-learn": 1 / 1.7},
    ),
    Work(
        "784-512-256-10, Adam, batch 128",
        (784, 512, 256, 10),
        "adam",
        128,
        2048,
        1,
        {"products": 1.35, "PyTorch": 1 / 1.7, "scikit-learn": 1 / 1.9},
    ),
    Work(
        "784-1024-1024-10, dropout, momentum, batch 128",
        (784, 1024, 1024, 10),
        "momentum",
        128,
        1024,
        1,
        {"products": 1.2, "PyTorch": 1 / 1.5},
        dropout=0.5,
    ),
    Work(
        "2-8-8-1 tanh, 500 points, full batch",
        (2, 8, 8, 1),
        "sgd",
        500,
        500,
        100,
        {"PyTorch": 1 / 4, "scikit-learn": 1 / 5},
        activation="tanh",
    ),
    Work(
        "2-8-8-1 tanh, 500 points, batch 32",
        (2, 8, 8, 1),
        "sgd",
        32,
        500,
        10,
        {"PyTorch": 1 / 5, "scikit-learn": 1 / 5},
        activation="tanh",
    ),
]


def with_nnkit(work: Work, X, y) -> Callable[[], None]:
    rng = np.random.default_rng(0)
    net = mlp(work.sizes, rng=rng, activation=work.activation, dropout=work.dropout)
    loss = BinaryCrossEntropy() if work.sizes[-1] == 1 else SoftmaxCrossEntropy()
    optimizer = {"sgd": SGD, "adam": Adam, "momentum": Momentum}[work.optimizer](net.parameters, RATE)
    return lambda: fit(net, loss, optimizer, X, y, epochs=work.epochs, batch_size=work.batch_size, rng=rng)


def with_products(work: Work, X, y) -> Callable[[], None]:
    rng, n = np.random.default_rng(0), work.batch_size
    widths = list(pairwise(work.sizes))
    weights = [rng.normal(size=(b, a)).astype(np.float32) for a, b in widths]
    outputs = [rng.normal(size=(n, a)).astype(np.float32) for a in work.sizes]
    deltas, gradients = [a.copy() for a in outputs], [W.copy() for W in weights]

    def run():
        for _ in range(work.epochs * len(X) // n):
            for i, W in enumerate(weights):
                np.dot(outputs[i], W.T, out=outputs[i + 1])
            for i in reversed(range(len(weights))):
                np.dot(deltas[i + 1].T, outputs[i], out=gradients[i])
                if i > 0:
                    np.dot(deltas[i + 1], weights[i], out=deltas[i])
            outputs[1:] = deltas[1:]  # else the numbers would grow without end

    return run


def with_torch(work: Work, X, y) -> Callable[[], None] | None:
    if torch is None:
        return None
    torch.manual_seed(0)
    bend = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[work.activation]
    layers = []
    for a, b in pairwise(work.sizes):
        layers += [torch.nn.Linear(a, b), bend(), *([torch.nn.Dropout(work.dropout)] if work.dropout else [])]
    net = torch.nn.Sequential(*layers[: -2 if work.dropout else -1])
    binary = work.sizes[-1] == 1
    loss = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
    X, y = torch.from_numpy(X), torch.from_numpy(y.astype(np.float32)[:, None] if binary else y)
    optimizer = {
        "sgd": lambda p: torch.optim.SGD(p, RATE),
        "adam": lambda p: torch.optim.Adam(p, RATE),
        "momentum": lambda p: torch.optim.SGD(p, RATE, momentum=0.9),
    }[work.optimizer](net.parameters())

    def run():
        for _ in range(work.epochs):
            total = 0.0
            for rows in torch.randperm(len(X)).split(work.batch_size) if work.batch_size < len(X) else [slice(None)]:
                optimizer.zero_grad()
                value = loss(net(X[rows]), y[rows])
                value.backward()
                optimizer.step()
                total += value.item()

    return run


def with_sklearn(work: Work, X, y) -> Callable[[], None] | None:
    if work.dropout:
        return None  # it has none
    model = MLPClassifier(
        work.sizes[1:-1],
        activation=work.activation,
        solver="adam" if work.optimizer == "adam" else "sgd",
        momentum=0,
        alpha=0,
        learning_rate_init=RATE,
        batch_size=work.batch_size,
        max_iter=work.epochs,
        n_iter_no_change=10**9,
        warm_start=True,
        random_state=0,
    )
    return lambda: model.fit(X, y)


CONTENDERS = {"nnkit": with_nnkit, "products": with_products, "PyTorch": with_torch, "scikit-learn": with_sklearn}


def seconds(run: Callable[[], None], clock: Callable[[], float]) -> float:
    start = clock()
    run()
    return clock() - start


def alternate(
    runs: dict[str, Callable[[], None]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, list[float]]:
    """Times of each contender, in rounds in which each comes once, the first one first, then the last one first."""
    for run in runs.values():
        run()
    times = {name: [] for name in runs}
    for i in range(rounds):
        for name in list(runs)[:: 1 if i % 2 == 0 else -1]:
            times[name].append(seconds(runs[name], clock))
    return times


def ratio(times: dict[str, list[float]], other: str) -> float:
    return statistics.median(a / b for a, b in zip(times["nnkit"], times[other], strict=True))


def row(name: str, cells: list[str]) -> None:
    print(f"| {' | '.join([name, *cells])} |", flush=True)


def measure(work: Work, rounds: int) -> None:
    rng = np.random.default_rng(1)
    X = rng.uniform(size=(work.samples, work.sizes[0])).astype(np.float32)
    y = rng.integers(0, max(2, work.sizes[-1]), work.samples)
    runs = {name: make(work, X, y) for name, make in CONTENDERS.items()}
    times = alternate({name: run for name, run in runs.items() if run}, rounds)
    steps = work.epochs * -(-work.samples // work.batch_size)
    cells = [f"{1e6 * statistics.median(times['nnkit']) / steps:.0f} µs"]
    for other in ("products", "PyTorch", "scikit-learn"):
        bar = work.bars.get(other)
        if other not in times or bar is None:
            cells.append("–")
            continue
        measured = ratio(times, other)
        verdict = "pass" if measured <= bar else "**miss**"
        if other == "products":
            cells.append(f"{measured:.2f} × (≤ {bar:g}) {verdict}")
        else:
            cells.append(f"{1 / measured:.2f} × faster (≥ {1 / bar:.3g}) {verdict}")
    row(work.name, cells)


def measure_grid(rounds: int) -> None:
    """The answers of a small network on 100 × 100 points, as a picture of its regions needs them."""
    axis = np.linspace(-1, 1, 100, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    net = mlp((2, 32, 32, 1), rng=np.random.default_rng(0), activation="tanh")
    runs = {"nnkit": lambda: net.forward(grid)}
    if torch is not None:
        tanh, linear = torch.nn.Tanh, torch.nn.Linear
        other = torch.nn.Sequential(linear(2, 32), tanh(), linear(32, 32), tanh(), linear(32, 1))
        points = torch.from_numpy(grid)
        runs["PyTorch"] = torch.no_grad()(lambda: other(points))
    times = alternate(runs, 20 * rounds)
    middle = 1e3 * statistics.median(times["nnkit"])
    verdict = "pass" if middle <= 1 else "**miss**"
    faster = f"{1 / ratio(times, 'PyTorch'):.2f} × faster" if torch is not None else "–"
    row("100 × 100 grid, 2-32-32-1 tanh", [f"{middle:.2f} ms (≤ 1 ms) {verdict}", "–", faster, "–"])


def measure_import(rounds: int) -> None:
    def fresh(statement):
        return lambda: subprocess.run([sys.executable, "-c", statement], check=True)

    statements = ["import numpy", "import nnkit", "import nnkit.training"]
    times = alternate({statement: fresh(statement) for statement in statements}, rounds, time.perf_counter)
    numpy, nnkit, whole = (1e3 * statistics.median(times[statement]) for statement in statements)
    verdict = "pass" if nnkit <= numpy + 15 else "**miss**"
    text = f"{nnkit:.0f} ms, `import numpy` {numpy:.0f} (≤ + 15) {verdict}; `import nnkit.training` {whole:.0f} ms"
    row("`import nnkit`, new process", [text, "–", "–", "–"])


def machine() -> str:
    # SciPy may bring a second BLAS; the one that matters is NumPy's.
    blas = next(lib for lib in threadpool_info() if lib["user_api"] == "blas" and "numpy" in lib["filepath"])
    names = ("numpy", *(["torch"] if torch is not None else []), "scikit-learn")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{processor()}, {os.cpu_count()} cores · Python {platform.python_version()}, {packages} · "
        f"{blas['internal_api']} {blas['version']} ({blas['architecture']}), 1 thread · "
        f"OPENBLAS_CORETYPE={os.environ.get('OPENBLAS_CORETYPE', 'not set')} · "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )


def processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    if torch is not None:
        torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # scikit-learn, about the few epochs it is given
    with threadpool_limits(1):
        print(machine(), end="\n\n")
        row("work, a step", ["nnkit", "÷ matrix products", "against PyTorch eager", "against scikit-learn"])
        row("---", ["---"] * 4)
        for work in WORKS:
            measure(work, rounds)
        measure_grid(rounds)
        measure_import(rounds)


if __name__ == "__main__":
    main()
