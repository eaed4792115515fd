"""The benchmark itself, on points that are easy: its numbers are in docs/benchmarks.md."""

import json
import sys

import numpy as np
import pytest

from benchmarks import mnist


@pytest.fixture(scope="module")
def data():
    """Ten clouds in 784 dimensions, far apart."""
    rng = np.random.default_rng(0)
    centers = rng.uniform(size=(10, 784))

    def digits(n):
        y = np.arange(n) % 10
        return (centers[y] + rng.normal(0, 0.05, (n, 784))).astype(np.float32), y

    return *digits(300), *digits(50)


@pytest.fixture
def call(data, tmp_path, monkeypatch):
    """The command with these arguments, in a folder of its own. Returns a reader of its results."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "mnist", lambda **where: data)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mnist", *arguments])
        mnist.main()

    return run


def result(model, seed=0):
    return json.loads(mnist.results(model, seed).read_text(encoding="utf-8"))


@pytest.mark.parametrize("model", mnist.RECIPES)
def test_every_network_learns_and_leaves_an_error_per_epoch(call, model):
    call(model, "--epochs", "6", "--seed", "3")
    got = result(model, seed=3)
    assert (got["model"], got["seed"], got["epochs"], len(got["test_errors"])) == (model, 3, 6, 6)
    assert got["test_errors"][-1] < 0.5  # 0.9 by guessing
    assert got["seconds"] > 0


def test_one_versus_one_tells_the_clouds_apart(call):
    call("one-vs-one", "--epochs", "20")
    assert result("one-vs-one")["test_errors"] == [0.0]


def test_an_error_is_the_share_of_wrong_answers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = mnist.Run("plain", 0, "a machine")
    run.note(1, np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5]))
    run.note(2, np.array([1, 2, 3, 5]), np.array([1, 2, 3, 5]))
    assert result("plain")["test_errors"] == [0.25, 0.0]


def test_the_same_seed_gives_the_same_errors(call):
    call("dropout", "--epochs", "2")
    first = result("dropout")["test_errors"]
    call("dropout", "--epochs", "2")
    assert result("dropout")["test_errors"] == first


def test_time_ends_a_training_after_its_epoch(call):
    call("softmax", "--seconds", "0")
    assert result("softmax")["epochs"] == 1


def test_dropout_is_at_the_input_and_at_the_hidden_layers():
    net = mnist.with_dropout(np.random.default_rng(0))
    assert [layer.rate for layer in net.layers if isinstance(layer, mnist.Dropout)] == [0.2, 0.5, 0.5]
    assert (net.fan_in, net.fan_out) == (784, 10)


def test_the_report_has_a_row_per_run_and_a_picture(call, capsys):
    for model in ("plain", "dropout"):
        call(model, "--epochs", "2")
    capsys.readouterr()
    call("--report", "curves.png")
    assert [line.split(" | ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "| model",
        "| ---",
        "| dropout",
        "| plain",
    ]
    with open("curves.png", "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def test_a_report_names_the_results_it_misses(call):
    call("dropout", "--epochs", "1")
    with pytest.raises(FileNotFoundError, match=r"plain-0\.json"):
        call("--report", "curves.png")


def test_an_unknown_model_is_refused_before_any_training(call, capsys):
    with pytest.raises(SystemExit):
        call("softmax", "lenet")
    assert "got lenet" in capsys.readouterr().err
    assert not mnist.RESULTS.exists()
