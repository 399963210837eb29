"""workers/confinement/: what of the file system a process may reach, held by Landlock.

Landlock is a part of Linux that any process may confine itself with, for good, and its children
with it. Structures and bits are those of linux/landlock.h; docs.kernel.org/userspace-api/landlock.
"""

import ctypes
import os
from collections.abc import Iterable, Iterator, Mapping
from enum import IntFlag
from pathlib import Path

from optimizer.workers.confinement import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1
LEAST_VERSION = 3  # Linux 6.2: before it, files could be cut to nothing wherever they lie
SCOPES_VERSION = 6  # Linux 6.12: signals and abstract sockets
ALL_SCOPES = 0b11
ALL_OF_NETWORK = 0b11  # to bind and to connect TCP; since version 4


class Access(IntFlag):
    """What may be done with a file, or with all that lies in a folder."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # to rename between folders
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ = Access.READ_FILE | Access.READ_DIR
RUN = Access.READ_FILE | Access.EXECUTE
USE = Access.READ_FILE | Access.WRITE_FILE  # a device
# No links, sockets, pipes or devices: nothing that would lead whoever reads them elsewhere.
WRITE = (
    READ | Access.WRITE_FILE | Access.TRUNCATE | Access.REFER
    | Access.MAKE_DIR | Access.MAKE_REG | Access.REMOVE_DIR | Access.REMOVE_FILE
)  # fmt: skip
ON_FILES = RUN | USE | Access.TRUNCATE | Access.IOCTL_DEV
NEWER = {Access.REFER: 2, Access.TRUNCATE: 3, Access.IOCTL_DEV: 5}  # the version that has it


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """Which version of Landlock the kernel has; 0 where it has none, or does not let us use it."""
    if kernel.SYSTEM != "Linux":
        return 0
    try:
        return kernel.call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))
    except OSError:
        return 0


def restrict(allowed: Mapping[Path, Access], found: int) -> None:
    """Takes from this thread all access to files but what is allowed, and the network.

    Threads that there are already stay as they are, so there must be none.

    Args:
        allowed: What may be done with each file, or with all in each folder. What does not exist
            is passed over.
        found: The version of Landlock that the kernel has.

    Raises:
        OSError: what the kernel answered.
    """
    every = Access(0)
    for access in _known(Access, found):
        every |= access
    ruleset = _Ruleset(
        every, ALL_OF_NETWORK if found >= 4 else 0, ALL_SCOPES if found >= SCOPES_VERSION else 0
    )
    size = 24 if found >= SCOPES_VERSION else 16 if found >= 4 else 8
    rules = kernel.call(
        CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    try:
        for path, access in allowed.items():
            _allow(rules, path, access & every)
        kernel.call(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _known(accesses: Iterable[Access], found: int) -> Iterator[Access]:
    return (access for access in accesses if NEWER.get(access, 1) <= found)


def _allow(rules: int, path: Path, access: Access) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return
    try:
        if not path.is_dir():
            access &= ON_FILES
        beneath = _Beneath(access, place)
        kernel.call(
            ADD_RULE, ctypes.c_int(rules), ctypes.c_int(PATH_BENEATH),
            ctypes.byref(beneath), ctypes.c_uint32(0),
        )  # fmt: skip
    finally:
        os.close(place)
