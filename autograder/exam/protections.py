"""What a sandbox protects against, and which of it this machine gives: the data behind `autograder doctor`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.errors import UserError
from autograder.inside.limits import Limits, MiB


class SandboxError(UserError):
    """This machine cannot give the protections that grading needs. The message says which, why, and what to do."""


@dataclass(frozen=True)
class Protection:
    """One wall: whether it stands on this machine, whether grading refuses without it, and why it is missing."""

    name: str
    in_force: bool
    essential: bool
    detail: str


_ESSENTIAL = {
    "plain user": "workers run as user {user}",
    "namespaces": "own files, processes, users and shared memory; no network; nothing outlives a worker",
    "private disk": "{disk} in memory; everything else is read-only",
    "own /proc": "no process but the worker's own can be seen",
    "no capabilities": "none, and none to be gained by starting a program",
    "limits": "{memory} of memory, {file_size} a file, {cpu_seconds} s of computing",
    "process limit": "{processes} processes and threads",
}
_ADDITIONAL = {
    "Landlock": "a second wall round files; no signals to others",
    "seccomp": "refuses system calls that lead out, and every socket that could",
    "bubblewrap": "builds the outer walls",
}


def judge(limits: Limits, user: int, missing: Mapping[str, str]) -> tuple[Protection, ...]:
    """All protections: those in force with what they do, those that are missing with the reason."""
    words = {
        "user": user,
        "disk": _size(limits.disk),
        "memory": _size(limits.memory),
        "file_size": _size(limits.file_size),
        "cpu_seconds": limits.cpu_seconds,
        "processes": limits.processes,
    }
    return tuple(
        Protection(name, name not in missing, name in _ESSENTIAL, missing.get(name, text.format(**words)))
        for name, text in (_ESSENTIAL | _ADDITIONAL).items()
    )


def nothing(reason: str) -> dict[str, str]:
    """All protections as missing, for one reason."""
    return dict.fromkeys((*_ESSENTIAL, *_ADDITIONAL), reason)


def lacking(found: Iterable[Protection]) -> list[Protection]:
    """The essential ones that are missing."""
    return [protection for protection in found if protection.essential and not protection.in_force]


def refusal(found: Mapping[str, Iterable[Protection]]) -> SandboxError:
    """Why no kind of walls will do; `found` holds the protections under each kind that was tried."""
    tried = "; ".join(f"{kind}: {lacking(protections)[0].detail}" for kind, protections in found.items())
    return SandboxError(
        f"this machine does not let us wall in the students' code ({tried}). "
        "`autograder doctor` shows what is missing; with --unsafe, code that you trust is graded without it"
    )


def _size(count: int) -> str:
    return f"{count / MiB:g} MiB"
