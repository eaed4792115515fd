"""Our docstrings, which are plain text with formulas set in, as reStructuredText."""

import re


def restructured(lines: list[str]) -> list[str]:
    """Words stay words, whatever signs are in them; `names` become code; what is indented is shown as it stands.

    A docstring's indented blocks are formulas and programs. In lists of parameters further lines are not indented.
    """
    made: list[str] = []
    inside = False
    for line in lines:
        indented = line.startswith("    ")
        if line.strip() and indented != inside:
            if made and made[-1].strip():
                made.append("")
            if indented:
                made += ["::", ""]
            inside = indented
        made.append(line if inside else _plain(line))
    return made


def _plain(line: str) -> str:
    parts = re.split(r"`([^`\n]+)`", line)
    return "".join(
        _code(part) if n % 2 else re.sub(r"([\\*|`]|_(?!\w))", r"\\\1", part) for n, part in enumerate(parts)
    )


def _code(name: str) -> str:
    return f"\\ ``{name}``\\ "  # code may touch a letter: `Value`s
