"""The table of keys in docs/design.md says what there is, and a key that is added is added in one place."""

import re
from dataclasses import fields

import pytest

from autograder.assignment import NO_SETTINGS, Settings
from autograder.build.keys import KEYS, Kind, keys_on
from tests.autograder.conftest import ROOT


def documented() -> dict[frozenset[str], str]:
    """The rows of the table: the keys that stand together, and what is said of them."""
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    table = re.search(r"^\| key \| meaning \|\n\|---\|---\|\n((?:\|.*\|\n)+)", text, re.MULTILINE)[1]
    rows = (re.fullmatch(r"\| (.*?) \| (.*) \|", row).groups() for row in table.splitlines())
    return {frozenset(re.findall(r"`(\w+): ", keys)): meaning for keys, meaning in rows}


def test_the_documented_keys_are_those_that_are_read():
    rows = documented()
    of_kinds = {
        frozenset({kind, *(name for name, key in keys_on(kind).items() if key.required)})
        for kind in Kind
        if kind is not Kind.PLAIN
    }
    optional = {frozenset({key.name}): key for key in KEYS if not key.required}
    assert set(rows) == of_kinds | set(optional) | {frozenset({"jupyter"})}
    for row, key in optional.items():
        assert rows[row].startswith(f"on {' or '.join(f'a {kind}' for kind in key.on)}: ".replace("a e", "an e"))


def test_no_key_has_the_name_of_a_kind_or_of_another_key():
    names = [*(key.name for key in KEYS), *Kind]
    assert len(set(names)) == len(names)


VALUES = {"forbid": ["scipy", "nnkit.linear"], "in_process": True, "keeps_inputs": True}


def test_settings_travel_through_metadata():
    assert {field.name for field in fields(Settings)} == set(VALUES), "a value for each to try"
    settings = Settings.read(VALUES | {"another program's": 1})
    assert settings.plain == VALUES
    assert Settings.read(settings.plain) == settings != NO_SETTINGS
    assert NO_SETTINGS.plain == {}
    assert NO_SETTINGS | settings == settings | NO_SETTINGS == settings
    assert (settings | settings).forbid == settings.forbid * 2


@pytest.mark.parametrize("value", ["scipy", [3], None, {"scipy": 1}])
def test_a_setting_of_another_kind_is_refused(value):
    with pytest.raises(ValueError, match="expected `forbid` to be a list of module names, got"):
        Settings.read({"forbid": value})


@pytest.mark.parametrize("value", ["yes", 1, None, [True]])
def test_a_mode_is_true_or_false(value):
    with pytest.raises(ValueError, match="expected `in_process` to be true or false, got"):
        Settings.read({"in_process": value})
