"""What all submissions of a batch have in common, as a worker is handed it once: plain values and bytes of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.exam.grade import Task
from autograder.exam.sandbox import Limits, Sandbox
from autograder.intake.upload import files_in


@dataclass(frozen=True)
class Kit:
    """It knows nothing of the gradebook and of other submissions. Hidden tests and the solution are in it.

    task: as it is for everybody.  files: beside the notebooks, and solution: the instructor's, by their path.
    walls: names of the protections that are in force where the batch was begun.
    """

    task: Task
    files: Mapping[str, bytes]
    solution: Mapping[str, bytes] | None
    shared: bool
    limits: Limits
    preload: tuple[str, ...]
    readable: tuple[Path, ...]
    unsafe: bool
    walls: frozenset[str]

    @classmethod
    def of(cls, task: Task, solution: Path | None, sandbox: Sandbox, *, shared: bool) -> Kit:
        nowhere = Path()
        return cls(
            replace(task, folder=nowhere, into=nowhere, fingerprint=""),
            {name: path.read_bytes() for name, path in task.assignment.files.items()},
            None if solution is None else {str(p.relative_to(solution)): p.read_bytes() for p in files_in(solution)},
            shared,
            sandbox.limits,
            sandbox.preload,
            sandbox.readable,
            sandbox.unsafe,
            frozenset(wall.name for wall in sandbox.protections if wall.in_force),
        )

    def lay_out(self, folder: Path) -> tuple[Task, Path | None]:
        """The task and the solution, with their files where a worker has put them."""
        places = {name: folder / "files" / name for name in self.files}
        for name, path in places.items():
            _write(path, self.files[name])
        solution = None if self.solution is None else folder / "solution"
        for name, data in (self.solution or {}).items():
            _write(folder / "solution" / name, data)
        return replace(self.task, assignment=replace(self.task.assignment, files=places)), solution


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
