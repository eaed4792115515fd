"""Some widgets without a browser: controls, drags, predictions. What holds for all of them is in test_gallery."""

import subprocess
import sys

import nbformat
import nbformat.v4 as v4
import numpy as np
import pytest
import traitlets
from ipywidgets import Button, FloatLogSlider, IntSlider, ToggleButtons

from nnkit import explore
from nnkit.explore import _predict, marks


def controls(widget, kind):
    found = [widget] if isinstance(widget, kind) else []
    return found + [inner for child in getattr(widget, "children", ()) for inner in controls(child, kind)]


def press(widget, label):
    next(button for button in controls(widget, Button) if button.description == label).click()


def test_the_perceptron_view_follows_its_buttons():
    widget = explore.perceptron()
    before = widget.canvas.panels
    press(widget, "Step to next mistake")
    assert "Epoch 1, sample 1 was wrong" in widget.canvas.summary
    assert widget.canvas.panels != before
    press(widget, "Run to end of epoch")
    assert "Epoch 1 ended" in widget.canvas.summary
    press(widget, "Reset w")
    assert widget.canvas.panels == before
    controls(widget, ToggleButtons)[0].value = "Blobs"
    assert "of 40 misclassified" in widget.canvas.summary


def test_a_dragged_point_reaches_the_model():
    widget = explore.perceptron()
    widget.canvas.moved = [0, 2, 0.5, 0.25, 1]
    assert "Sample 3 moved to (0.50, 0.25)" in widget.canvas.summary
    dragged = next(mark for mark in widget.canvas.panels[0]["marks"] if mark.get("drag"))
    np.testing.assert_array_equal(marks.numbers(dragged)[2], [0.5, 0.25])


def test_the_learning_rate_view_follows_its_sliders():
    widget = explore.learning_rate()
    assert "crawls" in widget.canvas.summary
    controls(widget, FloatLogSlider)[0].value = 1.0
    assert "converges" in widget.canvas.summary
    controls(widget, IntSlider)[0].value = 3
    assert "Step 3:" in widget.canvas.summary
    press(widget, "Overshoot")
    assert "overshoots" in widget.canvas.summary


def test_the_softmax_view_follows_slider_presets_and_drags():
    widget = explore.softmax_regions()
    assert "At temperature 1 " in widget.canvas.summary
    controls(widget, FloatLogSlider)[0].value = 10.0
    assert "At temperature 10 " in widget.canvas.summary
    press(widget, "Swallowed")
    assert "class 1 wins nowhere" in widget.canvas.summary
    widget.canvas.moved = [0, 1, 0.5, 1.0, 1]
    assert "nowhere" not in widget.canvas.summary


def test_a_prediction_is_recorded_as_text(capsys):
    widget = explore.predict("Up or <down>?", ["up", "down"])
    assert "No prediction recorded yet" in repr(widget)
    widget.recorded = "down"
    assert "You predicted: down" in repr(widget)
    assert "<p>Up or &lt;down&gt;?<br>" in capsys.readouterr().out


@pytest.fixture
def new_kernel(monkeypatch, tmp_path):
    """Forget what was recorded, and stand in an empty folder."""

    def forget():
        monkeypatch.setattr(_predict, "_recorded", {})
        _predict._saved.cache_clear()

    monkeypatch.chdir(tmp_path)
    forget()
    yield forget
    forget()


def test_what_was_recorded_is_shown_when_the_cell_runs_again(new_kernel, capsys):
    explore.predict("Up or down?", ["up", "down"]).recorded = "down"
    again = explore.predict("Up or down?", ["up", "down"])
    assert again.recorded == "down"
    capsys.readouterr()
    again._ipython_display_()
    assert capsys.readouterr().out.startswith("{'text/plain': 'Up or down?\\nYou predicted: down', 'text/html': '<p>Up")
    assert explore.predict("Up or down?", ["left", "right"]).recorded == "", "that is no option any more"
    new_kernel()
    assert explore.predict("Up or down?", ["up", "down"]).recorded == ""


def test_a_new_kernel_reads_it_from_the_saved_notebook(new_kernel, tmp_path):
    output = v4.new_output("display_data", {"text/plain": "Up or down?\nYou predicted: down"})
    cells = [v4.new_markdown_cell("text"), v4.new_code_cell("explore.predict(…)", outputs=[output])]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    (tmp_path / "broken.ipynb").write_text('{"cells": 3}')
    assert explore.predict("Up or down?", ["up", "down"]).recorded == "down"
    assert explore.predict("Another?", ["up", "down"]).recorded == ""


def test_a_prediction_must_be_one_of_the_options():
    widget = explore.predict("Up?", ["yes", "no"])
    with pytest.raises(traitlets.TraitError, match="expected one of"):
        widget.recorded = "perhaps"


@pytest.mark.parametrize(
    ("question", "options", "error", "message"),
    [
        ("", ["a", "b"], ValueError, "expected a question"),
        (None, ["a", "b"], ValueError, "expected a question"),
        ("Why?", "ab", TypeError, "expected a list of strings"),
        ("Why?", ["a", 1], TypeError, "expected a list of strings"),
        ("Why?", ["a"], ValueError, "at least two options"),
        ("Why?", [], ValueError, "at least two options"),
        ("Why?", ["a", "a"], ValueError, "all different"),
        ("Why?", ["a", "b", "a"], ValueError, "all different"),
    ],
)
def test_unusable_questions_are_refused(question, options, error, message):
    with pytest.raises(error, match=message):
        explore.predict(question, options)


def test_a_button_runs_when_it_is_pressed_and_not_before(capsys):
    calls = []
    waiting = explore.button("Train, a minute", lambda: calls.append(1))
    assert calls == []
    press(waiting, "Train, a minute")
    press(waiting, "Train, a minute")
    assert calls == [1, 1]
    assert repr(waiting) == "Press the button in a notebook to run it: Train, a minute"


def test_a_button_that_fails_can_be_pressed_again():
    def fails():
        raise OSError("not today")

    waiting = explore.button("Train", fails)
    press(waiting, "Train")  # where there is no notebook, ipywidgets reports what is raised
    (button,) = controls(waiting, Button)
    assert (button.disabled, button.description) == (False, "Train")


@pytest.mark.parametrize(
    ("label", "act", "error"), [("", print, ValueError), (None, print, ValueError), ("Train", 3, TypeError)]
)
def test_a_button_without_a_label_or_a_function_is_refused(label, act, error):
    with pytest.raises(error, match="expected a"):
        explore.button(label, act)


def test_a_notebook_with_explorers_runs_and_prints_without_a_front_end(tmp_path):
    code = [
        "from nnkit import explore",
        "explore.perceptron()",
        'explore.predict("Up?", ["yes", "no"])',
        'explore.quiz({"question": "Is it?", "right": {"no": "So."}, "wrong": {"yes": "No."}})',
        'explore.button("Train it", print)',
    ]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in code])
    source = tmp_path / "n.ipynb"
    nbformat.write(notebook, source)
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "markdown", "--stdout", source]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "The perceptron learns from mistakes" in done.stdout
    assert done.stdout.count("4 points in two classes") == 1
    for words in ("No prediction recorded yet.", "1. Is it?", "Press the button in a notebook to run it: Train it"):
        assert done.stdout.count(words) == 1
