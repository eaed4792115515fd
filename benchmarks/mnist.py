"""How many of MNIST's 10,000 test digits do the models of the course get wrong?

    python -m benchmarks.mnist [MODEL …] [--folder DATA | --mirror URL] [--epochs N] [--seconds S] [--seed 0]
    python -m benchmarks.mnist --report docs/images/mnist_dropout.png

Trains the models named, all by default, on the 60,000 training digits, with one BLAS thread; two processes side by
side make use of two cores. After every epoch the test error is written to build/mnist/MODEL-SEED.json, so a run
that is broken off leaves its numbers. --report prints a table of these files and draws the two dropout curves.

All settings stand below. None was chosen by a test error, and the error that counts is that of the last epoch, not
of the best one. `--seconds` ends each model after the epoch in which they run out; nothing else depends on time.
"""

import argparse
import json
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from benchmarks.training import machine, row
from nnkit import plots
from nnkit.datasets import mnist
from nnkit.layers import Dropout
from nnkit.linear import LogisticRegression
from nnkit.losses import SoftmaxCrossEntropy
from nnkit.multiclass import OneVsOne
from nnkit.network import Network, mlp
from nnkit.optimizers import SGD, Adam, Momentum, Optimizer
from nnkit.schedules import Exponential
from nnkit.training import Callback, fit

RESULTS = Path("build/mnist")
BATCH = 128


def results(model: str, seed: int) -> Path:
    return RESULTS / f"{model}-{seed}.json"


@dataclass
class Run:
    """What a file holds. test_errors: a share of the test digits, after each epoch. Seconds include the testing."""

    model: str
    seed: int
    machine: str
    epochs: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    test_errors: list[float] = field(default_factory=list)

    def __post_init__(self):
        self._start, self._cpu_start = time.monotonic(), time.process_time()

    def note(self, epochs: int, predicted, y) -> None:
        """Add the newest test error and write everything to the file."""
        self.epochs = epochs
        self.test_errors.append(float(np.mean(predicted != y)))
        self.seconds = time.monotonic() - self._start
        self.cpu_seconds = time.process_time() - self._cpu_start
        RESULTS.mkdir(parents=True, exist_ok=True)
        results(self.model, self.seed).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        print(f"{self.model}: epoch {epochs}, {self.test_errors[-1]:.2%} wrong, {self.seconds:.0f} s", flush=True)


# Networks


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained: the learning rate starts at `rate` and halves every `half_life` epochs."""

    network: Callable[[np.random.Generator], Network]
    optimizer: Callable[..., Optimizer]
    rate: float
    half_life: float
    epochs: int


def with_dropout(rng) -> Network:
    """A fifth of the pixels and half of the hidden units are silent: Srivastava et al. 2014, appendix B.1."""
    return Network([Dropout(0.2, rng=rng), *mlp((784, 1024, 1024, 10), rng=rng, dropout=0.5).layers])


def momentum(params, learning_rate) -> Optimizer:
    return Momentum(params, learning_rate, momentum=0.95)


RECIPES = {
    "softmax": Recipe(lambda rng: mlp((784, 10), rng=rng), SGD, rate=0.2, half_life=5, epochs=20),
    "mlp": Recipe(lambda rng: mlp((784, 512, 256, 10), rng=rng), Adam, rate=0.001, half_life=5, epochs=20),
    "plain": Recipe(lambda rng: mlp((784, 1024, 1024, 10), rng=rng), momentum, rate=0.02, half_life=20, epochs=100),
    "dropout": Recipe(with_dropout, momentum, rate=0.02, half_life=20, epochs=100),
}


class Watch(Callback):
    """Test after every epoch, and stop when the time is up.  seconds: for the whole training."""

    def __init__(self, run: Run, X, y, seconds: float):
        self.run, self.X, self.y, self.seconds = run, X, y, seconds

    def on_epoch(self, training):
        self.run.note(training.epoch, training.net.forward(self.X).argmax(axis=1), self.y)
        training.stop = self.run.seconds > self.seconds


def train(run: Run, data, *, epochs: int | None, seconds: float) -> None:
    X, y, X_test, y_test = data
    recipe, rng = RECIPES[run.model], np.random.default_rng(run.seed)
    net = recipe.network(rng)
    steps = math.ceil(len(X) / BATCH)
    optimizer = recipe.optimizer(net.parameters, Exponential(recipe.rate, math.log(2) / (recipe.half_life * steps)))
    watch = Watch(run, X_test, y_test, seconds)
    epochs = recipe.epochs if epochs is None else epochs
    fit(net, SoftmaxCrossEntropy(), optimizer, X, y, epochs=epochs, batch_size=BATCH, rng=rng, callbacks=[watch])


# One-versus-one


def train_pairs(run: Run, data, *, epochs: int | None) -> None:
    """45 logistic regressions, each step on all examples of its two digits, from zero weights: no chance, no seed.

    Gradient descent on the log loss is stable below the rate 8 / λ, λ the largest eigenvalue of XᵀX / n. Over all
    pairs of digits λ is at most 58; with centered pixels 16, so that steps can be longer.
    """
    X, y, X_test, y_test = data
    steps, mean = 300 if epochs is None else epochs, X.mean(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # after the last step, the weights are still on their way
        model = OneVsOne(LogisticRegression(learning_rate=0.4, max_iter=steps)).fit(X - mean, y)
    run.note(steps, model.predict(X_test - mean), y_test)


# Report


def report(picture: str, seed: int) -> None:
    row("model", ["seed", "epochs", "seconds", "of the processor", "test error"])
    row("---", ["---"] * 5)
    for path in sorted(RESULTS.glob("*.json")):
        run = json.loads(path.read_text(encoding="utf-8"))
        times = [f"{run[name]:.0f}" for name in ("seconds", "cpu_seconds")]
        row(run["model"], [f"{run['seed']}", f"{run['epochs']}", *times, f"{run['test_errors'][-1]:.2%}"])
    fig, ax = plots.figure(size=(6.4, 3.6))
    for model, label in {"plain": "without dropout", "dropout": "with dropout"}.items():
        errors = json.loads(results(model, seed).read_text(encoding="utf-8"))["test_errors"]
        plots.curve(ax, 100 * np.array(errors), label=label, ylabel="test error, %", start=1)
    ax.set_ylim(0.9, 3)  # the first epochs lie far above
    ax.legend()
    fig.savefig(picture)


def main() -> None:
    models = [*RECIPES, "one-vs-one"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=", ".join(models))
    parser.add_argument("--folder", help="where the files of MNIST are or shall be")
    parser.add_argument("--mirror", help="web address of a folder that has them")
    parser.add_argument("--epochs", type=int, help="of each model (steps, for one-vs-one)")
    parser.add_argument("--seconds", type=float, default=math.inf, help="of each network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", metavar="PNG", help="train nothing: print the table, draw the dropout curves")
    options = parser.parse_args()
    if unknown := set(options.models) - set(models):
        parser.error(f"expected models among {', '.join(models)}, got {', '.join(sorted(unknown))}")
    if options.report:
        report(options.report, options.seed)
        return
    data = mnist(folder=options.folder, mirror=options.mirror)
    with threadpool_limits(1):
        for model in options.models or models:
            run = Run(model, options.seed, machine())
            if model == "one-vs-one":
                train_pairs(run, data, epochs=options.epochs)
            else:
                train(run, data, epochs=options.epochs, seconds=options.seconds)


if __name__ == "__main__":
    main()
