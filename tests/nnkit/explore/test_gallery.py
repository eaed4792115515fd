"""What holds for every explorer; a new one is found and tested here without a word."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import traitlets
from ipywidgets import Button, ToggleButton, ToggleButtons

import nnkit.explore
from nnkit import explore
from nnkit.explore import gallery, marks
from tests.nnkit.explore.test_widgets import controls

HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=gallery.PICTURES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def widget(name):
    return gallery.example(name)


def test_every_file_with_an_underscore_is_an_explorer():
    files = {path.stem[1:] for path in Path(explore.__file__).parent.glob("_[a-z]*")}
    assert set(explore.__all__) == files == set(dir(explore))
    assert set(gallery.PICTURES) == files - {*gallery.FORMS}
    names = {}
    exec("from nnkit.explore import *", names)
    assert files <= set(names)


def test_no_model_needs_a_widget_library():
    modules = ", ".join(f"nnkit.explore._{name}" for name in gallery.PICTURES)
    code = f"import sys, nnkit.explore, {modules}; print(*{{'ipywidgets', 'anywidget'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_it_has_a_test_of_its_own_and_says_what_it_is_for(name):
    assert (HERE / f"test_{name}_model.py").exists()
    assert import_module(f"nnkit.explore._{name}").__doc__.strip()
    first, *_ = getattr(explore, name).__doc__.split("\n\n")
    assert first.rstrip().endswith((".", "?"))


def test_where_no_widget_can_be_shown_the_text_stands_in(widget):
    text = widget._still()["text/plain"]
    for words in (widget.title, widget.canvas.summary, *(panel["alt"] for panel in widget.canvas.panels)):
        assert words.strip()
        assert words in text


def test_every_panel_has_a_title_and_a_description_of_its_own(widget):
    for key in ("title", "alt"):
        words = [panel[key] for panel in widget.canvas.panels]
        assert all(word.strip() for word in words)
        assert len(set(words)) == len(words)
    assert "Find out:" in widget.children[-1].value


def test_the_picture_is_plain_data(widget):
    json.dumps(widget.canvas.panels, default=bytes.hex)  # bytes aside, what a widget can send
    shapes = [mark for panel in widget.canvas.panels for mark in panel["marks"] if mark["kind"] != "regions"]
    assert any(np.isfinite(marks.numbers(mark)).any() for mark in shapes)


def test_all_that_can_be_moved_has_a_name(widget):
    moved = [
        control for control in controls(widget, object) if hasattr(control, "value") or isinstance(control, Button)
    ]
    named = [control.description for control in moved if not hasattr(control, "placeholder")]
    for control in controls(widget, ToggleButtons):
        named.remove("")
        named += control._options_labels
    assert named
    assert all(named)
    assert len(set(named)) == len(named)
    for panel in widget.canvas.panels:
        for mark in panel["marks"]:
            assert all(mark.get("drag") or ["no points to drag"])


def test_some_control_changes_words_and_picture(widget):
    before = (widget.canvas.panels, widget.canvas.summary)
    for button in controls(widget, (Button, ToggleButton)):
        button.click() if isinstance(button, Button) else setattr(button, "value", not button.value)
    for choice in controls(widget, ToggleButtons):
        choice.index = (choice.index + 1) % len(choice.options)
    assert widget.canvas.panels != before[0]
    assert widget.canvas.summary != before[1]


def test_the_package_can_be_asked_for_what_is_not_there():
    with pytest.raises(AttributeError, match=r"module 'nnkit.explore' has no attribute 'nothing'"):
        _ = nnkit.explore.nothing


def test_a_still_stands_for_it_where_no_kernel_runs(name, capsys):
    explorer = gallery.example(name)
    explorer._ipython_display_()
    assert explorer.title in explorer._still()["text/html"]
    assert "<img" not in explorer._still()["text/html"], "before a browser has drawn it"
    explorer.canvas.still = "data:image/webp;base64,AAAA"
    html = explorer._still()["text/html"]
    assert '<img alt="' in html
    assert "Run this cell to wake it." in html
    with pytest.raises(traitlets.TraitError, match="expected a data URL of an image"):
        explorer.canvas.still = "javascript:alert(1)"
    with pytest.raises(traitlets.TraitError):
        explorer.canvas.still = 'data:image/webp"><script>'
