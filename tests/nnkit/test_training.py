import sys
import types

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from nnkit.datasets import blobs, moons
from nnkit.layers import BatchNorm, Dense
from nnkit.losses import BinaryCrossEntropy, MeanSquaredError, SoftmaxCrossEntropy
from nnkit.network import Network, mlp
from nnkit.optimizers import SGD, Adam
from nnkit.penalties import L1, L2
from nnkit.training import Callback, EarlyStopping, ProgressBar, fit, learning_rate_range_test

LOSS = SoftmaxCrossEntropy()


def generator(seed=0):
    return np.random.default_rng(seed)


def points(n=60):
    return blobs(n, rng=generator(1))


def train(net=None, data=None, *, rate=0.1, epochs=3, batch_size=16, loss=LOSS, **options):
    net = net or mlp((2, 8, 2), rng=generator())
    X, y = data or points()
    history = fit(
        net, loss, SGD(net.parameters, rate), X, y, epochs=epochs, batch_size=batch_size, rng=generator(2), **options
    )
    return net, history


class Spy(Callback):
    def __init__(self, stop_at=None):
        self.calls, self.stop_at = [], stop_at

    def on_start(self, training):
        self.calls.append("start")

    def on_step(self, training):
        self.calls.append(("step", training.epoch, training.step))
        training.stop = training.step == self.stop_at

    def on_epoch(self, training):
        self.calls.append(("epoch", training.epoch, len(training.history.loss)))

    def on_end(self, training):
        self.calls.append("end")


def blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


class ThreadCount(Callback):
    def on_step(self, training):
        self.seen = blas_threads()


@pytest.mark.parametrize(("width", "threads"), [(128, 1), (1024, 2)])
def test_small_networks_train_on_one_blas_thread(width, threads):
    """Large ones on all there are; afterwards, also after an error, as before."""
    data, watch = (np.eye(784)[:32], np.arange(32) % 2), ThreadCount()
    with threadpool_limits(2, user_api="blas"):
        train(mlp((784, width, 2), rng=generator()), data, batch_size=32, callbacks=[watch])
        assert watch.seen == {threads}
        assert blas_threads() == {2}
        with pytest.raises(FloatingPointError):
            train(mlp((784, width, 2), rng=generator()), data, batch_size=32, rate=1e30)
        assert blas_threads() == {2}


def test_it_learns_what_no_line_can():
    X, y = moons(300, noise=0.1, rng=generator())
    net = mlp((2, 16, 16, 2), rng=generator())
    history = fit(net, LOSS, Adam(net.parameters, 0.01), X, y, epochs=40, batch_size=32, rng=generator())
    assert np.mean(net.forward(X).argmax(axis=1) == y) > 0.98
    assert len(history.loss) == 40
    assert history.loss[-1] < 0.1 * history.loss[0]
    assert history.validation_loss == []


def test_it_learns_a_curve():
    X = np.linspace(-1, 1, 64)[:, np.newaxis]
    net = mlp((1, 20, 1), rng=generator(), activation="tanh")
    optimizer = Adam(net.parameters, 0.02)
    y = np.sin(3 * X[:, 0])
    history = fit(net, MeanSquaredError(), optimizer, X, y, epochs=300, batch_size=16, rng=generator())
    assert history.loss[-1] < 0.01


def test_one_epoch_of_full_batch_is_one_step_of_the_formula():
    X, y = points()
    net = Network([Dense(2, 1, rng=generator(), dtype=np.float64)])
    W, b = net.layers[0].W.copy(), net.layers[0].b.copy()
    error = X @ W.T + b - y[:, np.newaxis]
    history = train(net, (X, y), epochs=1, batch_size=len(X), loss=MeanSquaredError())[1]
    np.testing.assert_allclose(net.layers[0].W, W - 0.1 * 2 * error.T @ X / len(X))
    np.testing.assert_allclose(net.layers[0].b, b - 0.1 * 2 * error.mean(axis=0))
    assert history.loss == [pytest.approx(np.mean(error**2))]


def test_the_loss_of_an_epoch_weighs_batches_by_their_size():
    """60 = 3 · 16 + 12: with a rate so small that nothing moves, the mean over samples."""
    net, history = train(rate=1e-12, epochs=1)
    assert history.loss == [pytest.approx(LOSS.value(net.forward(points()[0]), points()[1]), rel=1e-5)]


def test_seeds_decide():
    one, other = train()[0], train()[0]
    np.testing.assert_array_equal(one.parameters.values, other.parameters.values)
    third = mlp((2, 8, 2), rng=generator())
    fit(third, LOSS, SGD(third.parameters, 0.1), *points(), epochs=3, batch_size=16, rng=generator(77))
    assert np.any(third.parameters.values != one.parameters.values)


def test_validation_looks_and_does_not_touch():
    rng = generator()
    layers = [Dense(2, 4, rng=rng), BatchNorm(4), Dense(4, 2, rng=rng)]
    net = Network(layers)
    X, y = points()
    _, history = train(net, validation=(X[:20], y[:20]))
    assert history.validation_loss[-1] == LOSS.value(net.forward(X[:20]), y[:20])
    plain = Network([Dense(2, 4, rng=(rng := generator())), BatchNorm(4), Dense(4, 2, rng=rng)])
    train(plain)
    np.testing.assert_array_equal(plain.layers[1].running_mean, net.layers[1].running_mean)


@pytest.mark.parametrize("penalty", [L1(0.05), L2(0.5)])
def test_a_penalty_pulls_at_weights_but_not_at_biases(penalty):
    net = Network([Dense(2, 2, rng=generator(), dtype=np.float64)])
    net.layers[0].b[:] = 5
    start = net.layers[0].W.copy()
    # Inputs of zero give W no gradient but the penalty's; equal shares give b none at all.
    train(net, (np.zeros((4, 2)), np.array([0, 1, 0, 1])), epochs=1, batch_size=4, penalty=penalty)
    np.testing.assert_allclose(net.layers[0].W, start - 0.1 * penalty.gradient(start))
    np.testing.assert_allclose(net.layers[0].b, 5)


def test_callbacks_see_every_moment_in_order():
    spy = Spy()
    train(epochs=2, batch_size=30, callbacks=[spy])
    steps = [("step", 1, 1), ("step", 1, 2), ("epoch", 1, 1), ("step", 2, 3), ("step", 2, 4), ("epoch", 2, 2)]
    assert spy.calls == ["start", *steps, "end"]


def test_a_callback_can_stop():
    spy = Spy(stop_at=3)
    _, history = train(epochs=5, batch_size=30, callbacks=[spy])
    assert spy.calls[-3:] == [("step", 2, 3), ("epoch", 2, 2), "end"]
    assert len(history.loss) == 2


def test_an_error_on_the_way_still_ends_the_callbacks():
    class Faulty(Callback):
        def on_epoch(self, training):
            raise KeyError("mine")

    spy = Spy()
    with pytest.raises(KeyError, match="mine"):
        train(callbacks=[Faulty(), spy])
    assert spy.calls[-1] == "end"


class Given(Callback):
    """Puts a prepared validation curve into the history, and the number of the epoch into the first bias."""

    def __init__(self, curve):
        self.curve = curve

    def on_epoch(self, training):
        training.history.validation_loss[-1] = self.curve[training.epoch - 1]
        training.net.layers[-1].b[0] = training.epoch


@pytest.mark.parametrize(
    ("curve", "options", "epochs", "best"),
    [
        ([5, 4, 3, 2, 1], {"patience": 2}, 5, 5),
        ([5, 4, 6, 7, 1], {"patience": 2}, 4, 2),
        ([5, 4, 6, 3, 4, 5, 6], {"patience": 2}, 6, 4),
        ([5, 4, 4, 4, 4], {"patience": 3}, 5, 2),
        ([5, 4.9, 4.8, 4.7], {"patience": 2, "min_improvement": 0.5}, 3, 1),
        ([5, np.nan, np.nan], {"patience": 1}, 2, 1),
    ],
)
def test_early_stopping_on_a_given_curve(curve, options, epochs, best):
    stopping = EarlyStopping(**options)
    net, history = train(epochs=len(curve), validation=points(), callbacks=[Given(curve), stopping])
    assert len(history.loss) == epochs
    assert (stopping.best_epoch, stopping.best_loss) == (best, curve[best - 1])
    assert net.layers[-1].b[0] == best


def test_early_stopping_brings_back_the_best_weights():
    X, y = points()
    wrong = X[:20], 1 - y[:20]  # so that learning makes it worse
    stopping = EarlyStopping(2)
    net, history = train(epochs=50, validation=wrong, callbacks=[stopping])
    assert len(history.loss) == stopping.best_epoch + 2
    assert LOSS.value(net.forward(wrong[0]), wrong[1]) == min(history.validation_loss) == stopping.best_loss


def test_progress_bar(capsys):
    pytest.importorskip("tqdm", reason="tqdm comes with the extra `lab`")
    train(epochs=2, batch_size=30, callbacks=[ProgressBar()])
    error = capsys.readouterr().err
    assert "4/4" in error
    assert "epoch=2, loss=0." in error


def test_progress_bar_counts_steps(monkeypatch):
    """The same with a stand-in, wherever tqdm is not installed."""
    log = []

    class Bar:
        def __init__(self, total, unit):
            log.append((total, unit))

        def update(self):
            log.append("update")

        def set_postfix(self, epoch, loss):
            log.append(epoch)

        def close(self):
            log.append("close")

    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(auto=sys.modules["tqdm.auto"]))
    train(epochs=2, batch_size=30, callbacks=[ProgressBar()])
    assert log == [(4, "step"), "update", "update", 1, "update", "update", 2, "close"]


def test_range_test_falls_and_then_explodes():
    X, y = moons(400, noise=0.2, rng=generator())
    net = mlp((2, 32, 2), rng=generator())
    before = net.parameters.values.copy()
    test = learning_rate_range_test(net, LOSS, SGD, X, y, batch_size=50, rng=generator(), low=1e-3, high=1e4, steps=150)
    assert test.rates[0] == 1e-3
    np.testing.assert_allclose(test.rates[1:] / test.rates[:-1], 10 ** (7 / 149))
    assert len(test.rates) == len(test.losses) < 150
    assert test.losses.min() < 0.7 * test.losses[0]
    assert test.losses[-1] > 4 * test.losses.min()
    assert 0.01 < test.rates[test.losses.argmin()] < 100
    np.testing.assert_array_equal(net.parameters.values, before)


def test_range_test_walks_to_the_end_where_nothing_explodes():
    X, y = points()
    net = mlp((2, 2), rng=generator())
    test = learning_rate_range_test(net, LOSS, SGD, X, y, batch_size=20, rng=generator(), high=1e-3, steps=11)
    assert len(test.losses) == 11
    assert test.rates[-1] == pytest.approx(1e-3)


@pytest.mark.parametrize(("losses", "seen"), [([2, 1, 4, 4.01, 1], 4), ([2, 1, 4, 4, 1], 5), ([1, 9, 1, 1, 1], 2)])
def test_range_test_ends_beyond_four_times_the_smallest_loss(losses, seen):
    told = iter(losses)

    class Told(SoftmaxCrossEntropy):
        def value_and_delta(self, Z, Y):
            return next(told), super().value_and_delta(Z, Y)[1]

    net = mlp((2, 2), rng=generator())
    test = learning_rate_range_test(net, Told(), SGD, *points(), batch_size=60, rng=generator(), steps=5)
    assert test.losses.tolist() == losses[:seen]


def test_a_loss_that_explodes_is_an_error():
    X, y = points()
    net = mlp((2, 8, 1), rng=generator())
    with pytest.raises(FloatingPointError, match=r"expected a finite loss, got (inf|nan): lower the learning rate"):
        train(net, (100 * X, 100 * y), rate=100, epochs=30, loss=MeanSquaredError())


def broken(X=None, y=None, **options):
    good_X, good_y = points()
    return train(None, (good_X if X is None else X, good_y if y is None else y), **options)


NAN = np.full((60, 2), np.nan)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: broken(X=np.ones(60)), ValueError, "expected X with shape (n, 2), got (60,)"),
        (lambda: broken(X=np.ones((60, 3))), ValueError, "expected X with shape (n, 2), got (60, 3)"),
        (lambda: broken(X=NAN), ValueError, "expected finite numbers in X, got NaN or infinity"),
        (
            lambda: broken(X=np.full((60, 2), "a")),
            TypeError,
            "expected X to hold real numbers, got dtype <U1",
        ),
        (
            lambda: broken(X=np.ones((59, 2))),
            ValueError,
            "expected one target per row of X, at least 1, got 59 rows, 60 targets",
        ),
        (
            lambda: broken(X=np.ones((0, 2)), y=np.ones(0, int)),
            ValueError,
            "expected one target per row of X, at least 1, got 0 rows, 0 targets",
        ),
        (lambda: broken(y=np.full(60, 2)), ValueError, "expected labels 0 … 1, got labels 2 … 2"),
        (
            lambda: broken(loss=BinaryCrossEntropy()),
            ValueError,
            "expected a network with one output for BinaryCrossEntropy, got 2",
        ),
        (
            lambda: broken(validation=(NAN, np.zeros(60, int))),
            ValueError,
            "expected finite numbers in validation X, got NaN or infinity",
        ),
        (
            lambda: broken(validation=(NAN, NAN, NAN)),
            ValueError,
            "expected validation as a pair (X, y), got 3 values",
        ),
        (lambda: broken(validation=NAN), ValueError, "expected validation as a pair (X, y), got ndarray"),
        (lambda: broken(epochs=0), ValueError, "expected epochs to be an integer of at least 1, got 0"),
        (lambda: broken(epochs=1.5), ValueError, "expected epochs to be an integer of at least 1, got 1.5"),
        (lambda: broken(batch_size=-1), ValueError, "expected batch_size to be an integer of at least 1, got -1"),
        (lambda: EarlyStopping(0), ValueError, "expected patience to be an integer of at least 1, got 0"),
        (
            lambda: EarlyStopping(1, min_improvement=-1),
            ValueError,
            "expected min_improvement to be 0 or a positive number, got -1",
        ),
        (
            lambda: broken(callbacks=[EarlyStopping(1)]),
            ValueError,
            "expected validation data for EarlyStopping, got none: fit(…, validation=(X, y))",
        ),
        (
            lambda: fit(
                mlp((2, 2), rng=generator()),
                LOSS,
                SGD(mlp((2, 2), rng=generator()).parameters, 0.1),
                *points(),
                epochs=1,
                batch_size=1,
                rng=generator(),
            ),
            ValueError,
            "expected an optimizer of this network's parameters, got one of others",
        ),
        (
            lambda: fit(
                (net := mlp((2, 2), rng=generator())),
                LOSS,
                SGD(net.parameters, 0.1),
                *points(),
                epochs=1,
                batch_size=1,
                rng=0,
            ),
            TypeError,
            "expected rng to be a generator, such as np.random.default_rng(0), got int",
        ),
        (
            lambda: learning_rate_range_test(
                mlp((2, 2), rng=generator()), LOSS, SGD, *points(), batch_size=8, rng=generator(), low=1, high=0.1
            ),
            ValueError,
            "expected 0 < low < high, got low 1 and high 0.1",
        ),
        (
            lambda: learning_rate_range_test(
                mlp((2, 2), rng=generator()), LOSS, SGD, *points(), batch_size=8, rng=generator(), steps=1
            ),
            ValueError,
            "expected steps to be an integer of at least 2, got 1",
        ),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == message
