"""Fingerprints of code by which copied passages are found, whatever their names, comments and layout.

Source: S. Schleimer, D. Wilkerson, A. Aiken, Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD 2003.
A passage of at least `SURE` tokens that two texts share gives both a fingerprint, and none shorter than `GRAM` does.
"""

import ast
import io
import keyword
import tokenize
import zlib
from dataclasses import dataclass
from itertools import accumulate

GRAM = 10
"""Tokens of a gram: the shortest passage that counts."""
WINDOW = 6
"""Of so many grams in a row at least one is kept: the one with the smallest hash, of equal ones the last."""
SURE = GRAM + WINDOW - 1

_LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_SAME = {tokenize.NUMBER: "0", tokenize.STRING: '""'}


@dataclass(frozen=True)
class Token:
    """text: what a copy has in common with it.  start, end: its place in the source, in characters."""

    text: str
    start: int
    end: int


def tokens(source: str) -> list[Token]:
    """The tokens of a cell: its own names, numbers and texts are all alike; what it uses of others keeps its name.

    Of a cell that is not Python, those before the place where that shows.
    """
    own = _own_names(source)
    begins = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
    found, before = [], ""
    try:
        for kind, text, (row, column), (last, end), _ in tokenize.generate_tokens(io.StringIO(source).readline):
            if kind not in _LAYOUT:
                alike = kind == tokenize.NAME and before != "." and not keyword.iskeyword(text)
                shown = "name" if alike and (own is None or text in own) else _SAME.get(kind, text)
                found.append(Token(shown, begins[row - 1] + column, begins[last - 1] + end))
                before = text
    except (tokenize.TokenError, SyntaxError, IndexError):
        pass
    return found


def fingerprints(found: list[Token]) -> dict[int, list[tuple[int, int]]]:
    """Fingerprint → the places of its gram, from first to last character."""
    grams = [
        zlib.crc32("\0".join(token.text for token in found[n : n + GRAM]).encode("utf-8", "replace"))
        for n in range(len(found) - GRAM + 1)
    ]
    kept = {
        min(range(n, min(n + WINDOW, len(grams))), key=lambda place: (grams[place], -place))
        for n in range(max(1, len(grams) - WINDOW + 1) if grams else 0)
    }
    places: dict[int, list[tuple[int, int]]] = {}
    for place in sorted(kept):
        places.setdefault(grams[place], []).append((found[place].start, found[place + GRAM - 1].end))
    return places


def _own_names(source: str) -> set[str] | None:
    """The names that a cell binds anywhere, in functions as well; None if it is not Python."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return names | {node.name for node in nodes if isinstance(node, kinds)}
