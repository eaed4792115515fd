"""Grading on other machines, with Dask as the engine: the writer's side.

A submission goes out as bytes, what was found comes back as plain data that is believed as little as a student's. The
scheduler of the engine hands them to workers that have been let in, and once more to another if one is lost.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from threading import Lock
from time import monotonic
from uuid import uuid4

import cloudpickle
import dask
from distributed import Client
from distributed import TimeoutError as NoAnswer
from distributed.scheduler import KilledWorker

from autograder.book import fingerprint
from autograder.errors import UserError
from autograder.exam.cluster import joining, parcels
from autograder.exam.cluster.kit import Kit
from autograder.exam.grade import GradedSubmission, Task, upload_of
from autograder.exam.process import ExaminerLost
from autograder.exam.sandbox import Sandbox

cloudpickle.register_pickle_by_value(joining)  # a worker of another version has to understand it, too

ANSWERS = 10
"""Seconds within which a scheduler has to answer."""
ALONE = 60
"""Seconds that a batch goes on if none of the workers may grade."""
EMPTY = 600
"""… and if there is no worker: a cluster that grows on demand may have to wait for one."""
MOST_AT_ONCE = 1000
"""Submissions that are under way, however many workers there are."""
_LOOK = 2.0  # seconds between two looks at who is there
_FEWEST = 4  # submissions under way even if no worker is there: a cluster that grows on demand has to see some
_TRIES = 20  # how often one is handed in again that was only waiting at a worker when that was lost
_LARGE = "1GB"  # of what is handed in, before the engine warns


class _Client(Client):
    """It is closed by who opened it. One that came to no scheduler would wait for its own end, and complain."""

    def __del__(self) -> None:
        pass


class Cluster:
    """A context manager: on entering it connects, on leaving it takes back what is not done.

    address: of a scheduler, as `tcp://host:8786` or `tls://…`.
    sandbox: this machine's own, which others have to equal.
    solution: the instructor's folder, None if there is none.  shared: checks see all changes.
    tell: told in a sentence what happens to workers.
    Raises UserError for an address where no scheduler answers.
    """

    def __init__(
        self,
        address: str,
        sandbox: Sandbox,
        solution: Path | None,
        *,
        shared: bool = False,
        tell: Callable[[str], None] = lambda sentence: None,
    ):
        self.address = address
        self._sandbox, self._solution, self._shared, self._tell = sandbox, solution, shared, tell
        self._name = f"autograder-{uuid4().hex}"
        self._refused: dict[str, str] = {}
        self._invited, self._lock = False, Lock()
        self._threads: dict[str, int] = {}
        self._looked, self._fit = 0.0, monotonic()

    def __enter__(self) -> Cluster:
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is said here, in a sentence
        dask.config.set({"distributed.admin.large-graph-warning-threshold": _LARGE})
        try:
            self._client = _Client(self.address, timeout=ANSWERS, set_as_default=False)
        except (OSError, NoAnswer, ValueError, TypeError, RuntimeError) as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise UserError(f"--cluster: no scheduler answers at {self.address} ({said})") from error
        self._client.subscribe_topic(self._name, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._invited:
                self._client.unregister_worker_plugin(self._name)
                self._client.set_metadata([self._name], {})
        except Exception as error:  # the scheduler is gone, or a worker is just going
            self._tell(f"{self.address} was left in a hurry: {type(error).__name__}")
        finally:
            self._client.close(timeout=ANSWERS)

    def at_once(self) -> int:
        """How many submissions to have under way: for each thread of a worker one, and one that waits for it."""
        self._look()
        fit = sum(threads for worker, threads in self._threads.items() if worker not in self._refused)
        return min(max(_FEWEST, 2 * fit), MOST_AT_ONCE)

    def grade(self, task: Task) -> GradedSubmission:
        """Grade a submission somewhere, and write its autograded notebooks here.

        Raises ExaminerLost if nobody can, UserError if there is nobody.
        """
        self._invite(task)
        upload = upload_of(task.folder, task.assignment)
        parcel = parcels.pack_upload(upload)
        mark = uuid4().hex
        for attempt in range(_TRIES):
            arguments = (self._name, parcel, mark)
            future = self._client.submit(
                joining.grade, *arguments, key=f"{self._name}-{mark}-{attempt}", pure=False, resources={self._name: 1}
            )
            try:
                answer = self._wait(future)
            except KilledWorker:  # it may only have waited there; a worker counts how often it was begun
                continue
            finally:
                future.cancel()
            return parcels.accept(answer, task, upload)
        raise ExaminerLost(f"{_TRIES} times a worker was lost at which it was")

    def _wait(self, future) -> bytes:
        while True:
            try:
                answer = future.result(timeout=_LOOK)
            except NoAnswer:
                self._look()
                if monotonic() - self._fit > (ALONE if self._threads else EMPTY):
                    raise UserError(self._nobody()) from None
                continue
            except KilledWorker:
                raise
            except CancelledError:  # by nobody here
                raise UserError(self._gone("it dropped what it was handed")) from None
            except Exception as error:  # of the engine, or of a worker that says whatever it likes
                raise ExaminerLost(f"{type(error).__name__}: {error}") from error
            if type(answer) is not bytes:
                raise ExaminerLost(f"expected bytes of a worker, got {type(answer).__name__}")
            return answer

    def _nobody(self) -> str:
        reasons = "; ".join(sorted(set(self._refused.values()))) or "no worker is there"
        waited = round(monotonic() - self._fit)
        return f"--cluster: for {waited} s nobody at {self.address} may grade: {reasons}. What is graded is kept"

    def _gone(self, how: str) -> str:
        return f"--cluster: the scheduler at {self.address} is lost ({how}): what is graded is kept, run this again"

    def _look(self) -> None:
        """Who is there, now and then."""
        with self._lock:
            if monotonic() - self._looked < _LOOK:
                return
            self._looked = monotonic()
            try:
                self._threads = dict(self._client.nthreads())
            except Exception as error:
                raise UserError(self._gone(type(error).__name__)) from error
            if self._threads.keys() - self._refused.keys():
                self._fit = monotonic()

    def _hear(self, event: tuple) -> None:
        """What a worker says when it joins."""
        match event:
            case (_, {"worker": str(worker), "refused": str(reason)}) if worker not in self._refused:
                self._refused[worker] = reason
                self._tell(f"worker {worker} grades nothing: {reason}")

    def _invite(self, task: Task) -> None:
        """Hand every worker, those here and those to come, what it needs to grade this assignment."""
        with self._lock:
            if self._invited:
                return
            self._invited = True
            kit = Kit.of(task, self._solution, self._sandbox, shared=self._shared)
            here = fingerprint.of_machine(fingerprint.libraries_of(self._sandbox.preload))
            try:
                self._client.register_plugin(joining.Joining(self._name, here, pickle.dumps(kit)), name=self._name)
            except Exception as error:
                raise UserError(self._gone(type(error).__name__)) from error
            self._fit = monotonic()
