"""The first page of a workbook: what it says of saved notebooks, and that nothing on it runs."""

import json
import subprocess
import sys

import pytest

from nnkit import start
from nnkit.progress import notebooks
from tests.nnkit.test_progress import exercise

PRINTED = "\x1b[32m✓ {}: visible part passes\x1b[0m · 1 of 3 exercises\n"


def saved(title, *exercises):
    """A notebook with these exercises: pairs of a name and whether its check passed when it ran last."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [f"# {title}\n", "\n", "Words."]}]
    for number, (name, passes) in enumerate(exercises, 1):
        answer, check = exercise(name, number, "", "assert True", of=len(exercises))
        printed = PRINTED.format(name) if passes else "a sentence\n"
        check["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [printed]}]
        cells += [answer | {"outputs": []}, check]
    return json.dumps({"cells": cells})


@pytest.fixture
def workbook(tmp_path):
    def write(**notebooks):
        for name, text in notebooks.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / f"{name}.ipynb").write_text(text, "utf-8")
        return tmp_path

    return write


def cards(folder):
    return [start.card(path) for path in notebooks(folder)]


def test_a_card_counts_what_the_checks_said_when_they_ran_last(workbook):
    folder = workbook(
        c01_demo=saved("01 First", ("double", True), ("half", False), ("more", True)),
        c02_new=saved("02 Second", ("begin", False)),
        c03_done=saved("03 Third", ("all", True)),
    )
    first, new, done = (card.chapter for card in cards(folder))
    assert [card.title for card in cards(folder)] == ["01 First", "02 Second", "03 Third"]
    assert (first.passed, len(first.counted), first.next) == (2, 3, "half")
    assert (new.passed, len(new.counted), new.next) == (0, 1, "begin")
    assert (done.passed, done.next) == (1, "")


def test_the_page_leads_to_what_is_begun_before_what_is_new(workbook):
    folder = workbook(
        c01_new=saved("01 First", ("begin", False)), c02_begun=saved("02 Second", ("one", True), ("two", False))
    )
    text = start.write(folder).read_text("utf-8")
    assert '<strong>Next:</strong> <a href="c02_begun/c02_begun.ipynb"><code>two</code></a>, in 02 Second.' in text
    assert "▰▱<br>\n1 of 2 exercises · next: <code>two</code>" in text
    assert '<strong><a href="c01_new/c01_new.ipynb">01 First</a></strong>' in text


def test_an_optional_exercise_counts_for_nothing(workbook):
    notebook = json.loads(saved("01 First", ("one", True)))
    for cell in exercise("extra", 0, "", "assert True", of=0):
        notebook["cells"].append(cell | {"outputs": []})
    (card,) = cards(workbook(c01=json.dumps(notebook)))
    assert (card.chapter.passed, len(card.chapter.counted), card.chapter.next) == (1, 1, "")
    assert "✓ all 1 pass" in start.page([card], {})


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": []}', '{"cells": [{"cell_type": "code"}]}'])
def test_a_notebook_that_cannot_be_read_has_a_card_that_says_so(workbook, text):
    text = start.write(workbook(c01_broken=text)).read_text("utf-8")
    assert "this notebook cannot be read" in text
    assert "Next:" not in text


def test_what_somebody_wrote_is_text(workbook):
    text = start.write(workbook(c01=saved("<script>alert(1)</script>", ("one", False)))).read_text("utf-8")
    assert "<script>" not in text


def test_pictures_stand_on_the_cards_with_their_words(workbook):
    folder = workbook(c01=saved("01 First", ("one", False)))
    (folder / "pictures").mkdir()
    (folder / "pictures" / "words.json").write_text(json.dumps({"c01": 'A "line"'}), "utf-8")
    assert '<img src="pictures/c01.webp" alt="A &quot;line&quot;" width="250">' in start.write(folder).read_text(
        "utf-8"
    )


def test_the_command_writes_the_page_or_says_what_it_wants(workbook, tmp_path):
    command = [sys.executable, "-m", "nnkit", "start", str(tmp_path)]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith("nnkit start: expected chapters, each in a folder of its own, in ")
    workbook(c01=saved("01 First", ("one", False)))
    subprocess.run(command, check=True, capture_output=True)
    assert "01 First" in (tmp_path / "start.md").read_text("utf-8")
