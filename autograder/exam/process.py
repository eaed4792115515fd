"""A process for each submission: forked from a server that has the libraries loaded, killed when it is over."""

import random
import resource
import signal
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

from autograder.exam.fork_server import CONTEXT
from autograder.exam.grade import GradedSubmission, Task, grade_submission
from autograder.exam.sandbox import connect
from autograder.inside import linux

MEMORY = 4 * 2**30  # bytes of one examiner
SPARE = 30.0  # seconds beyond the limit of a cell or check until the next word of an examiner


class ExaminerLost(Exception):
    """The process that graded a submission died, or did not end, and not while it ran a check."""


def grade_in_process(task: Task, address: str) -> GradedSubmission:
    """Grade one submission in a new process. A check that brings the process down is left out of the next attempt.

    address: of the sandbox.  Raises ExaminerLost; any error of the grader itself is passed on.
    """
    skip: set[tuple[str, str]] = set()
    while True:
        check, outcome = _attempt(task, address, frozenset(skip))
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is not None:
            return outcome
        if check is None or check in skip:
            raise ExaminerLost("the process that grades died or stood still, twice or outside of a check")
        skip.add(check)


def _attempt(task: Task, address: str, skip: frozenset) -> tuple[tuple[str, str] | None, object]:
    """The check that was begun last, and what came out: the graded submission, an exception, or None if it died."""
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_run, args=(task, address, skip, sender), daemon=True)
    process.start()
    sender.close()
    check = None
    try:
        while receiver.poll(max(task.seconds.check, task.seconds.cell) + SPARE):
            kind, value = receiver.recv()
            if kind == "done":
                return check, value
            check = value if value[1] else None
    except EOFError:
        pass
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()
    return check, None


def _run(task: Task, address: str, skip: frozenset, sender: Connection) -> None:
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # the server, which ends when the batch does
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    random.seed()  # the server that this process was forked from has the same states for everybody
    np.random.seed()  # noqa: NPY002
    try:
        outcome = grade_submission(
            task,
            partial(connect, address),
            skip=skip,
            on_step=lambda *step: sender.send(("step", step)),
        )
    except BaseException as error:  # also SystemExit: whoever waits has to hear of it
        outcome = RuntimeError(f"{type(error).__name__}: {error}")
    sender.send(("done", outcome))
