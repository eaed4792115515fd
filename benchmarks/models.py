"""How fast are the models that learn one example, one pair or one number at a time?

    python -m benchmarks.models [--rounds 15]

Contenders do the same work on the same data and take turns in every round, on one BLAS thread; a ratio is the
median over rounds of ratios within a round.

- Perceptron and ADALINE go example by example, as their rules are stated; what a visit to an example costs.
- One-versus-one on scikit-learn's digits (float32, centered, divided by 8; a test set of 30 %) against scikit-learn's
  with its LogisticRegression. Accuracies are means over 10 splits; times are of the first one. Our learning rate and
  number of steps were chosen on such splits, as the fewest steps with an accuracy like scikit-learn's.
- The scalar graph against micrograd: a 2-16-16-1 network of ReLUs, one example, the same weights.
"""

import argparse
import random
import statistics
import warnings
from dataclasses import dataclass

import micrograd.engine
import micrograd.nn
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsOneClassifier
from threadpoolctl import threadpool_limits

from benchmarks.training import alternate, machine, ratio, row
from nnkit.datasets import digits
from nnkit.graph import Value
from nnkit.linear import Adaline, LogisticRegression, Perceptron
from nnkit.multiclass import OneVsOne


def verdict(passed: bool) -> str:
    return "pass" if passed else "**miss**"


def middle(times: list[float]) -> float:
    return statistics.median(times)


# Per-sample rules


@dataclass(frozen=True)
class Online:
    """A row about a rule that takes one example after the other. flipped: share of labels that are wrong."""

    rule: type
    flipped: float
    settings: dict


ONLINE = [
    Online(Perceptron, 0.0, {"epochs": 20}),
    Online(Perceptron, 0.1, {"epochs": 5}),
    Online(Perceptron, 0.5, {"epochs": 5}),
    Online(Adaline, 0.0, {"learning_rate": 0.001, "epochs": 5}),
    Online(Adaline, 0.5, {"learning_rate": 0.001, "epochs": 5}),
]


def measure_online(work: Online, rounds: int) -> None:
    rng = np.random.default_rng(0)
    n, d = 10_000, 20
    X, w = rng.normal(size=(2 * n, d)), rng.normal(size=d)
    X = X[np.abs(X @ w) > 0.3 * np.linalg.norm(w)][:n]  # a margin
    y = (X @ w > 0).astype(int)
    y = np.where(rng.random(len(y)) < work.flipped, 1 - y, y)
    runs = {"nnkit": lambda: work.rule(**work.settings).fit(X, y)}
    model = work.rule(**work.settings).fit(X, y)
    visits = len(X) * (len(model.mistakes_) if work.rule is Perceptron else work.settings["epochs"])
    each = 1e6 * middle(alternate(runs, rounds)["nnkit"]) / visits
    data = "separable" if work.flipped == 0 else f"{100 * work.flipped:.0f} % of labels wrong"
    time = f"{each:.2f} µs a sample (≤ 1.5) {verdict(each <= 1.5)}"
    row(f"{work.rule.__name__}, {len(X)} × {d}, {data}", [time, "–"])


# One-versus-one


def digit_split(seed: int):
    X, y = digits()
    split = train_test_split(X.astype(np.float32), y, test_size=0.3, random_state=seed, stratify=y)
    X_train, X_test, y_train, y_test = split
    mean = X_train.mean(axis=0)
    return (X_train - mean) / 8, (X_test - mean) / 8, y_train, y_test


def ours():
    return OneVsOne(LogisticRegression(learning_rate=2.0, max_iter=110))


def theirs():
    return OneVsOneClassifier(TheirLogisticRegression())


def measure_one_vs_one(rounds: int) -> None:
    scores = {ours: [], theirs: []}
    for seed in range(10):
        X_train, X_test, y_train, y_test = digit_split(seed)
        for make, found in scores.items():
            found.append(make().fit(X_train, y_train).score(X_test, y_test))
    X_train, X_test, y_train, _ = digit_split(0)
    fit = alternate(
        {"nnkit": lambda: ours().fit(X_train, y_train), "other": lambda: theirs().fit(X_train, y_train)}, rounds
    )
    mine, other = ours().fit(X_train, y_train), theirs().fit(X_train, y_train)
    predict = alternate({"nnkit": lambda: mine.predict(X_test), "other": lambda: other.predict(X_test)}, 5 * rounds)
    accuracy = {make: statistics.mean(found) for make, found in scores.items()}
    faster = 1 / ratio(fit, "other")
    compared = f"{faster:.2f} × scikit-learn (≥ 2) {verdict(faster >= 2)}"
    row("one-vs-one on digits, 45 classifiers: fit", [f"{1e3 * middle(fit['nnkit']):.1f} ms", compared])
    faster = 1 / ratio(predict, "other")
    compared = f"{faster:.1f} × scikit-learn (≥ 10) {verdict(faster >= 10)}"
    row(f"its predict, {len(X_test)} digits", [f"{1e3 * middle(predict['nnkit']):.2f} ms", compared])
    # The standard error of the mean difference of ten splits is about 0.15 %.
    gap = accuracy[ours] - accuracy[theirs]
    compared = f"scikit-learn {accuracy[theirs]:.2%} (within 0.3 %) {verdict(abs(gap) <= 0.003)}"
    row("its accuracy, mean of 10 splits", [f"{accuracy[ours]:.2%}", compared])


# Scalar graph


def forward(neurons_by_layer, inputs):
    for neurons in neurons_by_layer:
        outputs = []
        for weights, bias, bends in neurons:
            z = sum((w * x for w, x in zip(weights, inputs, strict=True)), bias)
            outputs.append(z.relu() if bends else z)
        inputs = outputs
    return inputs[0]


def measure_graph(rounds: int) -> None:
    random.seed(0)  # micrograd's own way
    other = micrograd.nn.MLP(2, [16, 16, 1])
    mine = [
        [([Value(w.data) for w in neuron.w], Value(neuron.b.data), neuron.nonlin) for neuron in layer.neurons]
        for layer in other.layers
    ]

    def with_micrograd():
        for _ in range(20):
            other.zero_grad()
            other([micrograd.engine.Value(0.3), micrograd.engine.Value(-0.7)]).backward()

    def with_nnkit():
        for _ in range(20):
            forward(mine, [Value(0.3), Value(-0.7)]).backward()

    times = alternate({"nnkit": with_nnkit, "micrograd": with_micrograd}, 2 * rounds)
    gradients = [w.grad for layer in mine for weights, _, _ in layer for w in weights]
    expected = [w.grad for layer in other.layers for neuron in layer.neurons for w in neuron.w]
    np.testing.assert_allclose(gradients, expected, rtol=1e-12, atol=1e-15)
    faster = 1 / ratio(times, "micrograd")
    compared = f"{faster:.2f} × micrograd (≥ 3.5) {verdict(faster >= 3.5)}"
    row("scalar graph 2-16-16-1, forward and backward", [f"{1e6 * middle(times['nnkit']) / 20:.0f} µs", compared])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore", ConvergenceWarning)  # a number of steps is what both are given
    with threadpool_limits(1):
        print(machine(), end="\n\n")
        row("work", ["nnkit", "compared"])
        row("---", ["---"] * 2)
        for work in ONLINE:
            measure_online(work, rounds)
        measure_one_vs_one(rounds)
        measure_graph(rounds)


if __name__ == "__main__":
    main()
