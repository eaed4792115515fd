"""How much of the machine one submission may use."""

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path

KiB, MiB, GiB = 2**10, 2**20, 2**30
_PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Limits:
    """Limits of one worker and all processes it starts. Sizes are in bytes.

    memory: what each process may allocate on top of the libraries, and what all of them may hold together
    processes: processes and threads at the same time
    file_size: one file
    disk: all files together
    cpu_seconds: computing time of each process
    """

    memory: int = 2 * GiB
    processes: int = 64
    file_size: int = 128 * MiB
    disk: int = 256 * MiB
    cpu_seconds: int = 600

    def apply(self) -> None:
        """Limit this process and its future children, for good; the number of processes apart."""
        values = {
            # Not the address space: libraries and threads reserve much that they never use.
            "RLIMIT_DATA": _statm("self")[1] + self.memory,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_CPU": self.cpu_seconds,
            # One byte is too little for a dump, and tells a crash reporter too that none is wanted.
            "RLIMIT_CORE": 1,
            "RLIMIT_NOFILE": 256,
            "RLIMIT_MEMLOCK": 0,
            "RLIMIT_MSGQUEUE": 0,
        }
        for name, value in values.items():
            _lower(name, value)

    def apply_to_processes(self) -> None:
        """Limit the processes and threads of this user namespace. Raises OSError before Linux 5.14."""
        release = platform.release()
        if tuple(int(part) for part in release.split("-")[0].split(".")[:2]) < (5, 14):
            raise OSError(f"expected Linux 5.14 or newer, which counts processes per namespace, got {release}")
        _lower("RLIMIT_NPROC", self.processes)


def _lower(name: str, value: int) -> None:
    kind = getattr(resource, name, None)  # some systems have fewer of them
    if kind is None:
        return
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(kind, (value, value))


def _statm(process: str) -> tuple[int, int]:
    """Resident memory and private data of a process in bytes."""
    _, resident, _, _, _, data, _ = Path(f"/proc/{process}/statm").read_text().split()
    return int(resident) * _PAGE, int(data) * _PAGE


def libraries_in_memory() -> int:
    """What this process holds now, in bytes."""
    return _statm("self")[0]


def memory_of_all(most: int) -> int:
    """Bytes held by all processes that this /proc shows; counted exactly only where it may be more than `most`.

    Forked processes share pages: resident sizes count them once for each, the exact count takes a walk over them.
    """
    processes = [name for name in os.listdir("/proc") if name.isdigit()]
    total = sum(_or_zero(lambda process: _statm(process)[0], process) for process in processes)
    return total if total <= most else sum(_or_zero(_proportional, process) for process in processes)


def _or_zero(measure, process: str) -> int:
    try:
        return measure(process)
    except OSError:  # it has just ended
        return 0


def _proportional(process: str) -> int:
    try:
        with open(f"/proc/{process}/smaps_rollup") as lines:
            return next(int(line.split()[1]) * KiB for line in lines if line.startswith("Pss:"))
    except (PermissionError, StopIteration):  # a process that hides its memory is charged for all of it
        return _statm(process)[0]
