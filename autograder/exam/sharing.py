"""Which functions may change what a check hands them: those whose task it is, as the instructor's solution shows."""

from dataclasses import dataclass
from typing import NamedTuple


class Change(NamedTuple):
    """In this check of this notebook, a call of this function changed an argument in place."""

    notebook: str
    check: str
    function: str


@dataclass(frozen=True)
class Sharing:
    """What a check sees of the changes that a student's functions make to its own data.

    changes: those that the solution makes, too; None if there is no solution to ask: then calls that return nothing
    may change things, since nothing else comes of them.  everything: all changes are seen, as in one process.
    """

    changes: frozenset[Change] | None = None
    everything: bool = False

    def allows(self, change: Change, *, returned: bool) -> bool:
        """Whether the check sees what the function changed. returned: whether the call gave a value, too."""
        if self.everything:
            return True
        return not returned if self.changes is None else change in self.changes
