"""How long grading may take, and how much of that is used up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic


@dataclass(frozen=True)
class Seconds:
    """Time limits: one call of a student's function, one cell, one check with all its calls, one notebook, and all
    checks of a submission together.
    """

    call: float = 5.0
    cell: float = 60.0
    check: float = 60.0
    notebook: float = 600.0
    checks: float = 300.0


class Budget:
    """The time for all checks of a submission. spent: what earlier attempts at it took."""

    def __init__(self, seconds: float, spent: float = 0.0):
        self.seconds, self.spent = seconds, spent

    @property
    def left(self) -> float:
        return max(0.0, self.seconds - self.spent)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around the run of a check."""
        started = monotonic()
        try:
            yield
        finally:
            self.spent += monotonic() - started
