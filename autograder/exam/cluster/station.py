"""The worker's side: walls of its own, a fork server, and one submission after the other."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Lock

from autograder.book import fingerprint
from autograder.exam import fork_server
from autograder.exam.cluster import parcels
from autograder.exam.cluster.kit import Kit
from autograder.exam.process import ExaminerLost
from autograder.exam.rehearsal import Rehearsal
from autograder.exam.sandbox import Sandbox
from autograder.exam.verdict import SENTENCE
from autograder.inside.cut import cut

_MAIN = ("dask.__main__", "distributed.cli.dask_worker")
"""What a worker's own program imports: each process that is forked imports that program again."""
MOST_LOST = 2
"""Workers that may be lost while they grade one submission. Then nobody begins it any more."""


def differences(theirs: Mapping[str, str]) -> str:
    """How this machine differs from another in what grades depend on; "" if it does not."""
    here = fingerprint.of_machine(theirs.keys() - {"Python", fingerprint.CODE})
    found = (
        f"{name} {here[name] or 'not at all'}, not {wanted}" for name, wanted in theirs.items() if here[name] != wanted
    )
    return "; ".join(f"it has {difference}" for difference in found)


class Station:
    """Grades for one batch. Raises SandboxError where the walls of the batch cannot be had, ValueError for less."""

    def __init__(self, name: str, kit: bytes, worker):
        if multiprocessing.current_process().daemon:
            raise ValueError(
                "it may start no processes: start it with --no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=False"
            )
        opened: Kit = pickle.loads(kit)
        for path in opened.readable:
            if not path.exists():
                raise ValueError(f"c.Data.readable: {str(path)!r} is not there")
        self._name, self._worker = name, worker
        self._running: set[str] = set()
        self._lock = Lock()
        self._sandbox = Sandbox(opened.limits, preload=opened.preload, unsafe=opened.unsafe, readable=opened.readable)
        self._sandbox.__enter__()
        self._folder = Path(tempfile.mkdtemp(prefix="grading-", dir=worker.local_directory))
        try:
            walls = {wall.name for wall in self._sandbox.protections if wall.in_force}
            if missing := opened.walls - walls:
                raise ValueError(f"its sandbox lacks {', '.join(sorted(missing))}")
            fork_server.start((*opened.preload, *_MAIN))
            self._task, solution = opened.lay_out(self._folder)
            self._rehearsal = Rehearsal(solution, self._sandbox.address, shared=opened.shared)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._sandbox.__exit__()
        shutil.rmtree(self._folder, ignore_errors=True)

    def grade(self, parcel: bytes, mark: str) -> bytes:
        """One submission. What comes back is data in any case, also of one that nobody could grade."""
        lost = asyncio.run_coroutine_threadsafe(self._begin(mark), self._worker.loop.asyncio_loop).result()
        if lost >= MOST_LOST:
            return parcels.pack_loss(f"{lost} workers were lost while they graded it")
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            task = replace(
                self._task,
                upload=parcels.unpack_upload(parcel, self._task.assignment.files),
                into=folder / "graded",
            )
            return parcels.pack(self._rehearsal.grade(task), task.into)
        except ExaminerLost as error:
            return parcels.pack_loss(cut(str(error), SENTENCE))
        except Exception as error:
            return parcels.pack_loss(cut(f"{type(error).__name__}: {error}", SENTENCE))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            asyncio.run_coroutine_threadsafe(self._end(mark), self._worker.loop.asyncio_loop).result()

    async def withdraw(self) -> None:
        """This worker leaves in good order: what it has begun is no fault of the submission's."""
        for mark in list(self._running):
            await self._end(mark)

    # The scheduler keeps which workers are at a submission, or were lost over it.

    async def _begin(self, mark: str) -> int:
        at = await self._worker.scheduler.get_metadata(keys=[self._name, mark], default={})
        lost = sum(at.values())
        if lost < MOST_LOST:
            self._running.add(mark)
            await self._note(mark, True)
        return lost

    async def _end(self, mark: str) -> None:
        if mark in self._running:
            self._running.remove(mark)
            await self._note(mark, False)

    async def _note(self, mark: str, is_here: bool) -> None:
        await self._worker.scheduler.set_metadata(keys=[self._name, mark, self._worker.address], value=is_here)
