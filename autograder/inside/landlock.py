"""Landlock: a process gives up, for itself and its children, all files but those named (Linux 5.13)."""

import ctypes
import os
import stat
from collections.abc import Iterable

from autograder.inside import linux

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL_DEV = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_ONLY_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP, _ABSTRACT_SOCKETS_AND_SIGNALS = 0b11, 0b11


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """What this kernel's Landlock can do, as its ABI number. Raises OSError if it has none."""
    return linux.call("syscall", _CREATE_RULESET, None, 0, _VERSION_FLAG)


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Leave this process these files and folders; paths that do not exist are passed over.

    From ABI 4 on no TCP either, from 6 on no abstract socket and no signal to a process outside.
    Raises OSError. `no_new_privs` has to be set.
    """
    abi = version()
    known = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)) - 1
    rules = (ctypes.c_uint64 * 3)(known, _TCP if abi >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0)
    # An older kernel knows a shorter structure, and takes the longer one if the rest is zero.
    ruleset = linux.call("syscall", _CREATE_RULESET, rules, ctypes.sizeof(rules), 0)
    try:
        for paths, rights in ((readable, _READ & known), (writable, known)):
            for path in paths:
                _allow(ruleset, path, rights)
        linux.call("syscall", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _ONLY_FOR_FILES
        linux.call("syscall", _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_Rule(rights, place)), 0)
    finally:
        os.close(place)
