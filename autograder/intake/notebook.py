"""Reads an untrusted notebook file: bytes → cells, or one sentence why not.

nbformat's own reader is for files of good will: it raises whatever it meets. Here every value is checked as it is taken
over, and nothing but type, text, ids and pasted images of a cell is; outputs, tags and all other metadata are dropped.
"""

import json
import re
from dataclasses import dataclass, field

MOST_CONTAINERS = 3_000_000  # lists and objects in a file; each costs memory that its three bytes do not show
MOST_CELLS = 10_000
_CELL_TYPES = {"code": "code", "markdown": "markdown", "raw": "raw", "heading": "markdown"}


@dataclass(frozen=True)
class RawCell:
    """What a submitted cell says of itself; the ids are claims. Empty where nothing usable was said."""

    cell_type: str
    source: str
    grade_id: str = ""
    cell_id: str = ""
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)


class Unreadable(Exception):
    """A file is no notebook. The message is one sentence for the instructor."""


def parse_notebook(data: bytes) -> tuple[list[RawCell], list[str]]:
    """The cells of a notebook file, and remarks on what was wrong with it but could be read.

    Raises Unreadable, and nothing else, whatever the bytes.
    """
    notes: list[str] = []
    found = _find_cells(_load(data, notes), notes)
    cells = [cell for cell in map(_read_cell, found[:MOST_CELLS]) if cell]
    if found and not cells:
        raise Unreadable("the file is JSON but not a notebook: nothing in its list of cells is a cell")
    if len(found) > MOST_CELLS:
        notes.append(f"the notebook has {len(found)} cells; the first {MOST_CELLS} were read")
    elif len(cells) < len(found):
        notes.append(f"{len(found) - len(cells)} entries among the cells are no cells and were left out")
    return cells, notes


def _load(data: bytes, notes: list[str]) -> object:
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise Unreadable("the file is empty")
    if data.count(b"{") + data.count(b"[") > MOST_CONTAINERS:
        raise Unreadable(f"the file holds more than {MOST_CONTAINERS // 10**6} million lists and objects")
    try:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
    except UnicodeDecodeError:
        # JSON needs no more than ASCII, so that the answers survive a wrong guess, all but their accents.
        notes.append("the file is not UTF-8 text; it was read as Latin-1")
        text = data.decode("latin-1")
    try:
        return _parse(text)
    except (json.JSONDecodeError, RecursionError) as error:
        if notes:
            raise Unreadable("the file is not UTF-8 text") from None
        if isinstance(error, RecursionError):
            raise Unreadable("the file is not JSON: nested too deeply") from None
        rest = text[error.pos :].rstrip()
        if any(word.startswith(rest) for word in ("", "true", "false", "null")) or error.msg.startswith("Unterminated"):
            raise Unreadable(f"the file is not JSON: it breaks off in line {text.count(chr(10)) + 1}") from None
        message = error.msg.removesuffix(" starting at").lower()
        raise Unreadable(f"the file is not JSON (line {error.lineno}: {message})") from None


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of more digits than Python reads; no cell needs its value
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 20 else 0)


def _find_cells(document: object, notes: list[str]) -> list:
    if not isinstance(document, dict):
        raise Unreadable("the file is JSON but not a notebook: it has no list of cells")
    cells, major, minor = document.get("cells"), document.get("nbformat"), document.get("nbformat_minor", 0)
    sheets = document.get("worksheets")
    if cells is None and isinstance(sheets, list):  # format 3 and older
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for part in lists if isinstance(part, list) for cell in part]
    if not isinstance(cells, list):
        raise Unreadable("the file is JSON but not a notebook: it has no list of cells")
    if major != 4 or minor not in range(6):
        version = ".".join(str(part)[:6] if isinstance(part, int | float) else "?" for part in (major, minor))
        notes.append(f"the notebook says it is of format {version}; it was read as format 4.5")
    return cells


def _read_cell(cell: object) -> RawCell | None:
    if not isinstance(cell, dict):
        return None
    cell_type = cell.get("cell_type")
    if not isinstance(cell_type, str) or cell_type not in _CELL_TYPES:
        return None
    metadata = cell.get("metadata")
    claims = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return RawCell(
        cell_type=_CELL_TYPES[cell_type],
        source=_text(cell.get("source", cell.get("input"))),  # "input" in format 3
        grade_id=_id(claims.get("grade_id")) if isinstance(claims, dict) else "",
        cell_id=_id(cell.get("id")),
        attachments=_attachments(cell.get("attachments")),
    )


def _id(value: object) -> str:
    """A cell id or grade id if it is one that Jupyter and nbgrader allow."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value) else ""


def _text(value: object) -> str:
    """A text that may be kept as a list of lines. What UTF-8 cannot hold (half a surrogate pair) becomes "?"."""
    lines = value if isinstance(value, list) else [value]
    text = "".join(line for line in lines if isinstance(line, str))
    return text.encode("utf-8", "replace").decode()


def _attachments(value: object) -> dict[str, dict[str, str]]:
    """Images pasted into a text cell: file name → MIME type → base64."""
    if not isinstance(value, dict):
        return {}
    return {
        _text(name): {_text(mime): _text(data) for mime, data in bundle.items() if mime.startswith("image/")}
        for name, bundle in value.items()
        if isinstance(bundle, dict)
    }
