"""Cells of a table for other programs."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str | float | None) -> str | float | None:
    """A cell that no spreadsheet takes for a formula: a text that would begin one gets an apostrophe before it.

    Source: OWASP, CSV Injection. What students write reaches tables as names and as messages of their exceptions.
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv_table(rows: Iterable[Sequence[str | float | None]], *, quote_all: bool = False) -> bytes:
    """Rows as CSV in UTF-8, as RFC 4180 has it, each cell harmless."""
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    table.writerows(map(harmless, row) for row in rows)
    return text.getvalue().encode()
