"""Grades the instructor's own solution: once in a batch, and only if what a student is told hangs on it.

It shows which functions change what a check hands them because that is their task. Sorting a list in place is right
where the solution does so; where it does not, it may be a way to spoil the values that a check expects.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from autograder.exam.grade import GradedSubmission, Task
from autograder.exam.process import grade_in_process
from autograder.exam.sharing import Sharing


class Rehearsal:
    """Grades submissions in the light of what the solution does.

    solution: its folder, None if there is none.  address: of the sandbox.  shared: checks see all changes.
    """

    def __init__(self, solution: Path | None, address: str, *, shared: bool = False):
        self._solution, self._address, self._lock = solution, address, Lock()
        self._sharing = Sharing(None if solution is None else frozenset(), everything=shared)
        self._over = shared or solution is None

    def grade(self, task: Task) -> GradedSubmission:
        """Grade a submission; again, if it was blamed for a change that the solution makes, too."""
        before = self._sharing
        graded = grade_in_process(replace(task, sharing=before), self._address)
        contested = frozenset().union(*(notebook.contested for notebook in graded.notebooks))
        if not contested:
            return graded
        self._rehearse(task)
        allowed = (self._sharing.changes or frozenset()) - (before.changes or frozenset())
        return grade_in_process(replace(task, sharing=self._sharing), self._address) if contested & allowed else graded

    def _rehearse(self, task: Task) -> None:
        with self._lock:
            if self._over or self._solution is None:
                return
            self._over = True
            into = task.into.with_name("solution")
            solved = replace(task, folder=self._solution, into=into, sharing=Sharing(everything=True))
            with suppress(Exception):  # a solution that cannot be graded allows nothing
                graded = grade_in_process(solved, self._address)
                self._sharing = Sharing(frozenset().union(*(notebook.changes for notebook in graded.notebooks)))
