"""The first line of a check cell: what the rules have to know of its exercise, in words that a student can read."""

import re
from dataclasses import dataclass
from typing import Self

_LINE = re.compile(
    r"# Check of (?P<exercise>\w+) · (?:optional|exercise (?P<number>\d+) of (?P<of>\d+))"
    r"(?: · looks at (?P<answers>[\w, ]+))?(?: · without (?P<forbid>[\w., ]+))?(?P<changes> · may change its inputs)?"
)


@dataclass(frozen=True)
class Header:
    """What the first line of a check cell says.

    exercise: its name; it is number `number` of the chapter's `of`, both 0 for one that is optional.
    answers: the functions and classes that it asks for.
    forbid: the modules that they may not use.  keeps_inputs: whether a call that changes an argument fails.
    """

    exercise: str
    number: int
    of: int
    answers: tuple[str, ...]
    forbid: tuple[str, ...] = ()
    keeps_inputs: bool = True

    def __str__(self) -> str:
        place = f"exercise {self.number} of {self.of}" if self.of else "optional"
        parts = [f"# Check of {self.exercise}", place]
        if self.answers != (self.exercise,):
            parts.append(f"looks at {', '.join(self.answers)}")
        if self.forbid:
            parts.append(f"without {', '.join(self.forbid)}")
        if not self.keeps_inputs:
            parts.append("may change its inputs")
        return " · ".join(parts)

    @classmethod
    def read(cls, source: str) -> Self | None:
        """The header of a cell, None if it has none."""
        found = _LINE.fullmatch(source.partition("\n")[0])
        if found is None:
            return None
        answers, forbid = (tuple(found[part].split(", ")) if found[part] else () for part in ("answers", "forbid"))
        name = found["exercise"]
        number, of = (int(found[part] or 0) for part in ("number", "of"))
        return cls(name, number, of, answers or (name,), forbid, not found["changes"])
