"""A process for each submission: forked from a server that has the libraries loaded, killed when it is over."""

import os
import random
import resource
import signal
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic

import numpy as np

from autograder.exam.fork_server import CONTEXT
from autograder.exam.grade import GradedSubmission, Past, Step, Task, grade_submission
from autograder.exam.sandbox import connect
from autograder.exam.verdict import SENTENCE
from autograder.inside import linux
from autograder.inside.cut import cut

MEMORY = 4 * 2**30  # bytes of one examiner
SPARE = 30.0  # seconds beyond the limit of a cell or check until the next word of an examiner


class ExaminerLost(Exception):
    """The process that graded a submission died, or did not end, outside of any cell or more than once in the same."""


@dataclass(frozen=True)
class Attempt:
    """What one process came to. graded: None if it was lost, and then `why`, and at which step, None for no cell's.

    spent: seconds that the checks of the submission have taken by then.  error: of the grader; not for the student.
    """

    graded: GradedSubmission | None = None
    step: Step | None = None
    spent: float = 0.0
    why: str = ""
    error: str = ""


def grade_in_process(task: Task, address: str) -> GradedSubmission:
    """Grade one submission in a new process. A cell that brings the process down is left out of the next attempt.

    address: of the sandbox.  Raises ExaminerLost.
    """
    past = Past()
    # As long as one attempt may take; then there is one more, up to where the last one was lost.
    end = monotonic() + task.seconds.notebook * len(task.assignment.notebooks)
    while True:
        attempt = _attempt(task, address, past)
        if attempt.graded is not None:
            return attempt.graded
        if attempt.step is None or attempt.step in past.lost or past.stop is not None:
            raise ExaminerLost(attempt.error or attempt.why)
        lost = {**past.lost, attempt.step: attempt.why}
        past = Past(lost, attempt.spent, stop=attempt.step if monotonic() > end else None)


def _attempt(task: Task, address: str, past: Past) -> Attempt:
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_run, args=(task, address, past, sender), daemon=True)
    process.start()
    sender.close()
    step, spent, heard = None, past.spent, monotonic()
    why, error = "the process that grades stood still in it", ""
    try:
        while receiver.poll(max(task.seconds.check, task.seconds.cell) + SPARE):
            match receiver.recv():
                case "step", step, spent:
                    heard = monotonic()
                case "done", graded:
                    return Attempt(graded)
                case "failed", kind, error:
                    why = f"grading failed in it ({kind})"
                    break
    except EOFError:
        why = "the process that grades ended in it"
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()
    return Attempt(None, step, spent + monotonic() - heard, why, error)


def _run(task: Task, address: str, past: Past, sender: Connection) -> None:
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # of the server, which ends when the batch does
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _show_nothing()
    random.seed()  # the server that this process was forked from has the same states for everybody
    np.random.seed()  # noqa: NPY002
    try:
        graded = grade_submission(
            task,
            partial(connect, address),
            past=past,
            on_step=lambda step, spent: sender.send(("step", step, spent)),
        )
        last_words: tuple = ("done", graded)
    except BaseException as error:  # also SystemExit and MemoryError: whoever waits has to hear of it
        kind = type(error).__name__
        last_words = ("failed", kind, cut(f"{kind}: {error}", SENTENCE))
    sender.send(last_words)


def _show_nothing() -> None:
    """Send what this process prints nowhere: words of the student's are not for a terminal, which would obey them."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
