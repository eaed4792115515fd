"""The pictures of README.md show what is there today."""

import json
import re

import pytest

from docs.pictures import IMAGES, PICTURES, ROOT, SOURCES, card_words, digest
from tests.chapters import NAMES


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_of_what_it_shows_today(name):
    _, patterns = PICTURES[name]
    assert all(list(ROOT.glob(pattern)) for pattern in patterns)
    known = json.loads(SOURCES.read_text("utf-8"))
    assert known[name] == digest(patterns), f"{name} is out of date: make pictures"


def test_the_readme_shows_them_in_words_too():
    shown = dict(re.findall(r"!\[([^\]]+)\]\(docs/images/([^)]+)\)", (ROOT / "README.md").read_text("utf-8")))
    assert set(shown.values()) == {name for name in PICTURES if not name.startswith("chapters/")}
    assert all(len(words) > 60 for words in shown)
    assert sum((IMAGES / name).stat().st_size for name in PICTURES) < 1_000_000


def test_the_words_on_the_cards_are_those_of_the_explorers_today():
    known = json.loads((IMAGES / "chapters" / "words.json").read_text("utf-8"))
    assert set(known) == set(NAMES)
    assert known == card_words(), "words.json is out of date: make pictures"
