"""How long grading may take, and how much of that is used up."""

import signal
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


_SIGNALS = {signal.ITIMER_REAL: signal.SIGALRM, signal.ITIMER_VIRTUAL: signal.SIGVTALRM}


@contextmanager
def alarm(seconds: float, error: BaseException, timer: int = signal.ITIMER_REAL) -> Iterator[None]:
    """Raise an error in the code around which this stands, if it takes longer. timer: on the wall, or of processor."""

    def ring(*_):
        raise error

    before = signal.signal(_SIGNALS[timer], ring)
    signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(_SIGNALS[timer], before)


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
