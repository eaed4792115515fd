"""Play and pause without a browser: what the kernel answers when a step is asked for."""

import pytest

from nnkit import explore
from nnkit.explore import controls, gallery
from nnkit.explore.player import Player
from tests.nnkit.explore.test_widgets import controls as within

MOVES = {"step", "pass", "epochs", "slice", "look at epoch"}


def ask(player):
    player.asked += 1
    assert player.answered == player.asked


def test_a_slider_is_moved_along_and_stops_at_its_end():
    slider = controls.whole_slider("step", 0, 0, 6, 2)
    player, _ = controls.played(slider).children
    player.playing = True
    places = []
    for _ in range(3):
        ask(player)
        places.append((slider.value, player.playing))
    assert places == [(2, True), (4, True), (6, False)]
    ask(player)
    assert slider.value == 6
    player.playing = True
    assert slider.value == 0, "from the start again"
    ask(player)
    slider.value = 5
    ask(player)
    assert (slider.value, player.playing) == (6, False)


def test_a_pause_holds_what_is_on_its_way():
    steps = []
    player = Player("it", lambda: steps.append(1) or True)
    ask(player)
    player.playing = True
    ask(player)
    player.playing = False
    ask(player)
    assert steps == [1]


@pytest.mark.parametrize("name", gallery.PICTURES)
def test_every_step_pass_or_epoch_can_be_played(name):
    widget = gallery.example(name)
    names = {control.description for control in within(widget, controls.IntSlider)}
    assert {player.name for player in within(widget, Player)} >= names & MOVES


def test_the_perceptron_plays_its_mistakes():
    widget = explore.perceptron()
    (player,) = within(widget, Player)
    player.playing = True
    for _ in range(40):
        if player.playing:
            ask(player)
    assert not player.playing
    assert "no mistakes in a whole pass" in widget.canvas.summary
