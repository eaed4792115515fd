"""A cell that takes long shows a bar while it runs, and nothing of it afterward."""

import time

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel

from nnkit.losses import MeanSquaredError
from nnkit.network import mlp
from nnkit.notebook import waiting
from nnkit.notebook.waiting import Sign, seen
from nnkit.optimizers import SGD
from nnkit.training import Callback, fit
from nnkit.training.loop import running


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.01)
    monkeypatch.setattr(waiting, "PULSE", 0.01)


def train(callback: Callback) -> None:
    net, X = mlp((1, 1), rng=np.random.default_rng(0)), np.ones((4, 1))
    rng = np.random.default_rng(0)
    fit(net, MeanSquaredError(), SGD(net.parameters, 0.1), X, X, epochs=3, batch_size=2, rng=rng, callbacks=[callback])


def test_what_ends_soon_shows_nothing():
    shown = []
    Sign(shown.append).end()
    assert shown == []


@pytest.mark.usefixtures("impatient")
def test_what_takes_long_is_seen_and_gone_at_the_end():
    shown = []
    sign = Sign(shown.append)
    while len(shown) < 2:
        time.sleep(0.01)
    sign.end()
    assert shown[-1] == {"text/html": "", "text/plain": ""}
    for data in shown[:-1]:
        assert data["text/plain"] == "running for 0 s"
        assert data["text/html"] == '<progress aria-label="progress"></progress> running for 0 s'


@pytest.mark.usefixtures("impatient")
def test_a_training_says_how_far_it_is():
    shown = []

    class Slow(Callback):
        def on_step(self, training):
            if training.step == 3:  # of 6, in the second epoch
                before = len(shown)
                while len(shown) < before + 2:
                    time.sleep(0.01)

    sign = Sign(shown.append)
    train(Slow())
    sign.end()
    assert running == []
    assert any('max="6" value="3"' in data["text/html"] for data in shown)
    assert any(data["text/plain"].startswith("training: epoch 2 of 3, loss ") for data in shown)


def test_an_error_in_training_ends_it_too():
    class Breaks(Callback):
        def on_step(self, training):
            assert running == [training]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Breaks())
    assert running == []


def test_words_are_all_that_is_shown_of_a_loss():
    training = type("T", (), {"epochs": 2, "steps_per_epoch": 5, "epoch": 1, "step": 4})()
    training.history = type("H", (), {"loss": []})()
    assert seen(7.6, training)["text/plain"] == "training: epoch 1 of 2; running for 8 s"


def test_the_bar_stands_in_the_output_of_its_cell_in_a_real_kernel(tmp_path):
    manager, client = start_new_kernel(cwd=str(tmp_path))
    messages = []
    try:
        for code in (
            "import nnkit, time\nfrom nnkit.notebook import waiting\nwaiting.PATIENCE = waiting.PULSE = 0.2",
            "time.sleep(0.7)\nprint('done')",
            "print('soon')",
        ):
            messages.append([])
            client.execute_interactive(code, timeout=60, output_hook=messages[-1].append)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    first, slow, soon = ([m for m in part if "display" in m["msg_type"]] for part in messages)
    assert (first, soon) == ([], [])
    assert [m["msg_type"] for m in slow[:2]] == ["display_data", "update_display_data"]
    assert "<progress" in slow[0]["content"]["data"]["text/html"]
    assert slow[-1]["content"]["data"] == {"text/html": "", "text/plain": ""}
    assert len({m["content"]["transient"]["display_id"] for m in slow}) == 1
