"""What the released cells of a notebook do: seen once for a whole class, in one run of the instructor's own notebook.

Most cells of a chapter are demonstrations, the same for everybody, and no grade hangs on them. From what is seen here
`needed.py` tells which cells a submission needs, and what the others would have printed.
"""

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from autograder.assignment import Assignment, Role, SourceNotebook
from autograder.exam.cell_outputs import Outputs
from autograder.exam.clock import Seconds
from autograder.exam.student import Student, WorkerLost
from autograder.exam.student_files import StudentFiles


@dataclass(frozen=True)
class SeenCell:
    """A released cell that ran in the instructor's notebook.

    changes: global names that were bound, deleted, or held something else afterwards.  world: what else it changed.
    opaque: names that hold what cannot be looked into.  failed: whether it raised.  outputs: what it showed.
    """

    source: str
    changes: frozenset[str] = frozenset()
    world: tuple[str, ...] = ()
    opaque: frozenset[str] = frozenset()
    failed: bool = False
    outputs: tuple[dict, ...] = ()


@dataclass(frozen=True)
class Survey:
    """The released cells of a notebook in order.

    fixed: names that never held anything but modules, functions, classes and constants.
    """

    cells: tuple[SeenCell, ...]
    fixed: frozenset[str] = frozenset()


Surveys = Mapping[str, Survey]
"""Notebook → what was seen of its released cells; none of a notebook whose run came to no end."""


def survey(assignment: Assignment, connect: Callable[[], socket.socket], seconds: Seconds) -> Surveys:
    """Run the instructor's notebooks, each in a fresh worker.

    connect: opens a connection to one.
    """
    files = {name: path.read_bytes() for name, path in assignment.files.items()}
    found = {}
    for notebook in assignment.notebooks:
        with suppress(WorkerLost):  # then all cells are run for everybody
            found[notebook.name] = _survey(notebook, connect(), files, seconds)
    return found


def _survey(
    notebook: SourceNotebook, connection: socket.socket, files: Mapping[str, bytes], seconds: Seconds
) -> Survey:
    student = Student(connection, seconds=seconds.call, operators={}, given={}, files=StudentFiles(None))
    try:
        student.ask("files", files, seconds=seconds.cell)
        outputs = Outputs()
        cells, loose, names = [], set(), set()
        for role, source in notebook.script:
            shown, seen = student.run_observed(source, seconds=seconds.cell)
            names |= {*seen["names"], *seen["fixed"]}
            loose |= set(seen["names"]) - set(seen["fixed"])
            if role in (Role.ANSWER, Role.WRITTEN):
                continue
            failed = any(output["output_type"] == "error" for output in shown)
            opaque, changes = frozenset(seen["opaque"]), frozenset(seen["names"])
            cells.append(SeenCell(source, changes, tuple(seen["world"]), opaque, failed, tuple(outputs.read(shown))))
        return Survey(tuple(cells), frozenset(names - loose))
    finally:
        student.close()
