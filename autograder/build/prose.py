"""The lines of a chapter's text as a reader meets them: on the main line, folded away, or in an optional track."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

OPTIONAL = "◇"
"""A heading that begins with it makes its section optional, down to the next heading of its level or a higher one."""
_HEADING = re.compile(rf"(#{{1,6}}) +({OPTIONAL})?")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")


@dataclass(frozen=True)
class Line:
    """A line of a markdown cell.

    optional: in an optional track.  folded: within <details>.  code: in a fenced block.  heading: its level, or 0.
    """

    text: str
    optional: bool
    folded: bool
    code: bool
    heading: int


class Reader:
    """Reads the markdown cells of a chapter, in their order.  optional: whether what comes next is in such a track."""

    def __init__(self) -> None:
        self._level = 0  # of the heading that began the track; 0 outside

    @property
    def optional(self) -> bool:
        return bool(self._level)

    def lines(self, text: str) -> Iterator[Line]:
        """The lines of the next cell. Folds and fences end with it."""
        fence, folds = "", 0
        for line in text.splitlines():
            mark = _FENCE.match(line)
            is_code = bool(fence or mark)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence):
                fence = ""
            heading = 0 if is_code else self._follow(line)
            opened = 0 if is_code else line.count("<details")
            yield Line(line, self.optional, bool(folds or opened), is_code, heading)
            folds += opened - (0 if is_code else line.count("</details>"))

    def _follow(self, line: str) -> int:
        """The level of a heading, which may begin or end a track."""
        found = _HEADING.match(line)
        if not found:
            return 0
        level = len(found[1])
        if not self._level or level <= self._level:
            self._level = level if found[2] else 0
        return level
