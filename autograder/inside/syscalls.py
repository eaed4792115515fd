"""The system calls that a student's program has no use for and an attacker has (seccomp, through libseccomp).

The namespaces already keep a worker from its surroundings. This filter takes away the parts of the kernel where holes
in that wall have been found, the ways round a limit, and the network below the level of namespaces.
"""

import errno
import socket
from contextlib import suppress
from functools import cache

# fmt: off
_FORBIDDEN = (
    # other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    # namespaces and mounts
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "open_by_handle_at", "name_to_handle_at", "quotactl",
    # parts of the kernel that are large, seldom used and often attacked
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "keyctl", "add_key", "request_key", "personality",
    # the machine
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "swapon", "swapoff", "reboot",
    "syslog", "acct",
)
# fmt: on

# Memory outside every limit, since it belongs to no process and to no file system; and clone3, which hides its flags
# from a filter. "No such call" makes the C library fall back, here to clone.
_UNKNOWN = ("memfd_create", "memfd_secret", "shmget", "semget", "msgget", "mq_open", "clone3")

_NEW_NAMESPACES = 0x7E020000


@cache
def build_filter():
    """The filter, made once for all workers: finding libseccomp takes long. Raises OSError without it."""
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError) as error:
        raise OSError(f"needs pyseccomp and libseccomp: {error}") from error
    rules = seccomp.SyscallFilter(seccomp.ALLOW)

    def refuse(number: int, name: str, *arguments) -> None:
        rules.add_rule(seccomp.ERRNO(number), name, *arguments)

    for number, names in ((errno.EPERM, _FORBIDDEN), (errno.ENOSYS, _UNKNOWN)):
        for name in names:
            with suppress(OSError):  # a call younger than this libseccomp, or none of this processor
                refuse(number, name)
    for flag in (1 << bit for bit in range(32) if _NEW_NAMESPACES >> bit & 1):
        refuse(errno.EPERM, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    refuse(errno.EACCES, "socket", seccomp.Arg(0, seccomp.NE, socket.AF_UNIX))
    return rules


def load_filter() -> None:
    """Filter the system calls of this process and its children. Raises OSError if libseccomp is not there."""
    build_filter().load()
