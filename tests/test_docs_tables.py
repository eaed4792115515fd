"""The tables in docs/ that code makes are those that it makes today."""

import re

import pytest

from docs.tables import DOCS, TABLES, filled


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_page_has_its_tables_up_to_date(path):
    text = path.read_text("utf-8")
    assert filled(text) == text, "run `make tables`"


def test_every_table_stands_somewhere():
    pages = "\n".join(page.read_text("utf-8") for page in DOCS.glob("*.md"))
    assert set(re.findall("<!-- table: (\\w+) -->", pages)) == set(TABLES)


def test_a_table_replaces_what_stood_there_and_nothing_else():
    page = "before\n<!-- table: explorers -->\nold\n<!-- end of table -->\nafter <!-- end of table -->\n"
    new = filled(page)
    assert new.startswith("before\n<!-- table: explorers -->\n| call |")
    assert new.endswith("|\n<!-- end of table -->\nafter <!-- end of table -->\n")
    assert "old" not in new
    assert filled(new) == new
