"""workers/confinement/: system calls that Python has no function for."""

import ctypes
import os
import platform
from typing import Final

MACHINES: Final = ("x86_64", "aarch64")
"""Those that the list of system calls is written for."""

MACHINE: Final = platform.machine()
SYSTEM: Final = platform.system()
_LIBC = ctypes.CDLL(None, use_errno=True)
_CALLS = {"seccomp": (317, 277)}  # the numbers on each machine; calls since Linux 5.0 have one


def call(number: int | str, *arguments: object) -> int:
    """Makes a system call, named where its number depends on the machine.

    Raises:
        OSError: what the kernel answered.
    """
    if isinstance(number, str):
        number = _CALLS[number][MACHINES.index(MACHINE)]
    return _checked(_LIBC.syscall(ctypes.c_long(number), *arguments))


def prctl(option: int, *arguments: int) -> int:
    """Sets something about this process; see prctl(2).

    Raises:
        OSError: what the kernel answered.
    """
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(_LIBC.prctl(option, *map(ctypes.c_ulong, padded)))


def drop_all_capabilities() -> None:
    """Empties every set of capabilities of this thread, for good.

    Raises:
        OSError: what the kernel answered.
    """
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _checked(_LIBC.capset(header, (ctypes.c_uint32 * 6)()))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


_CAPABILITY_VERSION_3 = 0x20080522
