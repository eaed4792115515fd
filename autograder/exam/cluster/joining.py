"""What a worker of the engine is handed first. It travels as text, so that also one without this package, or with
another version of it, can say in a sentence why it does not join. So everything of ours is imported inside.
"""

from typing import Any

from distributed import Status, WorkerPlugin, get_worker


class Joining(WorkerPlugin):
    """Lets a worker in if it is as the machine that sent it: then it has the resource `name`, which submissions want.

    here: what grades depend on, there (`fingerprint.of_machine`).  kit: a pickled `Kit`, opened by who is like that.
    """

    def __init__(self, name: str, here: dict, kit: bytes):
        self.name, self.here, self.kit = name, here, kit
        self.station: Any = None  # a Station, where there are such

    async def setup(self, worker):
        import asyncio

        reason = await asyncio.to_thread(self.join, worker)  # walls take a second, and heartbeats must go on
        if reason:
            worker.log_event(self.name, {"worker": worker.address, "refused": reason})
        else:
            await worker.set_resources(**{self.name: worker.state.nthreads})
            worker.status = Status.paused  # when it goes on, the scheduler looks at what has waited for such a one
            worker.status = Status.running

    def join(self, worker) -> str:
        """Why it cannot; "" if it can."""
        try:
            from autograder.exam.cluster.station import Station, differences
        except ImportError as error:
            return f"it lacks this version of autograder, or something that it needs ({error})"
        try:
            if reason := differences(self.here):
                return reason
            self.station = Station(self.name, self.kit, worker)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    async def teardown(self, worker):
        import asyncio

        if self.station:
            await self.station.withdraw()
            await asyncio.to_thread(self.station.close)


def grade(name: str, parcel: bytes, mark: str) -> bytes:
    """The task of the engine: one submission. mark: what the scheduler knows it by."""
    joined: Any = get_worker().plugins[name]
    return joined.station.grade(parcel, mark)
