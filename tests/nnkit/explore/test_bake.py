"""Explorers that are kept in a page: what is kept, and that no kernel is asked."""

import base64
import gzip
import json
import re

import numpy as np
import pytest

from nnkit import explore
from nnkit.explore import bake, gallery
from nnkit.explore.bake import BUDGET
from tests.nnkit.explore.test_widgets import controls


def kept(text):
    """The states in baked HTML."""
    (packed,) = re.findall(r'<script type="application/gzip">(.*?)</script>', text)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


@pytest.mark.slow
@pytest.mark.parametrize("name", gallery.PICTURES)
def test_every_explorer_is_kept_within_the_budget(name, monkeypatch):
    monkeypatch.setattr(bake, "STOPS", (4, 2))
    monkeypatch.setattr(bake, "FEW", 2)
    monkeypatch.setattr(bake, "PRESSES", 3)
    text = bake.bake(lambda: gallery.example(name))
    data = kept(text)
    assert len(text) < 1.4 * BUDGET + 10_000
    assert len(data["states"]) > 4
    assert len({state["summary"] for state in data["states"]}) > 3
    for state in data["states"]:
        assert len(state["at"]) == len(data["controls"])
        assert all(0 <= at < len(c["stops"]) for at, c in zip(state["at"], data["controls"], strict=True))
        assert all(0 <= mark < len(data["marks"]) for panel in state["panels"] for mark in panel["marks"])
        assert all(to < len(data["states"]) for to in state["after"].values())


def test_a_control_that_moves_alone_is_kept_at_each_of_its_stops_and_shows_what_the_explorer_shows():
    data = kept(bake.bake(explore.learning_rate))
    rest = data["states"][0]["at"]
    for k, control in enumerate(data["controls"]):
        alone = {s["at"][k] for s in data["states"] if all(s["at"][j] == rest[j] for j in range(len(rest)) if j != k)}
        assert alone == set(range(len(control["stops"])))
    widget = explore.learning_rate()
    slider = next(c for c in controls(widget, object) if getattr(c, "description", "") == data["controls"][0]["name"])
    slider.value = slider.base**slider.max
    assert any(state["summary"] == widget.canvas.summary for state in data["states"])


def test_buttons_lead_on_as_they_do_in_the_explorer():
    data = kept(bake.bake(explore.perceptron))
    step = str(data["buttons"].index("Step to next mistake"))
    widget, at = explore.perceptron(), 0
    button = next(c for c in controls(widget, object) if getattr(c, "description", "") == "Step to next mistake")
    for _ in range(5):
        at = data["states"][at]["after"][step]
        button.click()
        assert data["states"][at]["summary"] == widget.canvas.summary


def test_a_knob_is_kept_at_each_of_its_stops(monkeypatch):
    monkeypatch.setattr(bake, "STOPS", (5,))
    monkeypatch.setattr(bake, "FEW", 1)
    data = kept(bake.bake(explore.deltas))
    number, knob = next((k, c) for k, c in enumerate(data["controls"]) if c["name"] == "w²₁₂")
    assert (knob["kind"], {"-6.0", "-3.0", "6.0"} <= set(knob["stops"])) == ("knob", True)
    for state in data["states"]:
        (shown,) = [m for n in state["panels"][0]["marks"] if (m := data["marks"][n])["kind"] == "knobs"]
        value = shown["turn"]["values"][shown["drag"].index("w²₁₂")]
        assert value == pytest.approx(float(knob["stops"][state["at"][number]]))


def test_a_heat_map_keeps_what_is_drawn():
    data, widget = kept(bake.bake(explore.learning_rate)), explore.learning_rate()
    number = next(n for n in data["states"][0]["panels"][2]["marks"] if data["marks"][n]["kind"] == "heat")
    mark = data["marks"][number]
    exact = next(mark for mark in widget.canvas.panels[2]["marks"] if mark["kind"] == "heat")
    low, high = mark["limits"]
    steps = np.frombuffer(base64.b64decode(mark["values"]), np.uint8)
    shown = np.clip(np.frombuffer(exact["values"], np.float32), low, high)
    np.testing.assert_allclose(low + steps / 255 * (high - low), shown, atol=(high - low) / 500)


def test_without_scripts_the_words_stand_there():
    text = bake.bake(explore.lms_bowl)
    widget = explore.lms_bowl()
    assert widget.title in text
    for panel in widget.canvas.panels:
        assert panel["alt"].split(";")[0][:40] in text


def test_a_page_asks_for_no_other_file():
    text = bake.page(explore.perceptron, title="A <perceptron>")
    assert "<title>A &lt;perceptron&gt;</title>" in text
    assert not re.findall(r"""(?:src|href)=|@import|https?://(?!www\.w3)""", text)
