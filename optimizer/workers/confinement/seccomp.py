"""workers/confinement/: which system calls a process may make, held by a seccomp filter.

A list of what is allowed, `allowed_calls.txt`, not of what is not: nobody can name all that a
kernel offers, and each new one offers more. It is long, for TensorFlow, BLAS and every libc from
here to Python 3.13 must find what they need: calls that do something to the process itself, to
descriptors that it has, and to files, which Landlock or the mounts judge by their place. Not on it:
everything that reaches another process, the kernel itself, the network, or who owns a file and what
may be done with it, for Landlock does not judge those; and what takes a process out of its group,
by which all that a worker started is ended.

The filter is a program for the kernel's packet filter: linux/filter.h, linux/seccomp.h. It looks at
numbers and arguments alone: what a pointer points to may change after it has looked.
"""

import ctypes
import errno
import os
import signal
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from optimizer.workers.confinement import kernel, rights

CALLS = Path(__file__).with_name("allowed_calls.txt")
NEWEST = 469  # file_setattr of Linux 6.17: what comes after it was not looked at

FILTER_MODE = 1
# Without it, kernels before 5.16 slow the whole process down for the sake of others that share it.
KEEP_SPEED = 1 << 2  # SECCOMP_FILTER_FLAG_SPEC_ALLOW

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
REFUSE: Final = 0x00050000 | errno.EPERM
UNKNOWN: Final = 0x00050000 | errno.ENOSYS  # so that a libc tries the older way

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_… of linux/audit.h
X32 = 0x40000000  # the bit of calls with 32-bit pointers, on x86-64
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where struct seccomp_data has them

LOAD, MASK, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06

# Names that are not on the list, but whose answer has to be "there is no such call".
ANSWERED_AS_UNKNOWN = {"clone3": 435, "openat2": 437}

NAMESPACES = 0x7E020000  # the CLONE_NEW… of linux/sched.h
SIBLING = 0x8000  # CLONE_PARENT: a process that is no child of the one that starts it
SET_ID_BITS = 0o6000
STREAM = 1
UNIX = 1
ALL_BITS = 0xFFFFFFFF
SOCKET_TYPE = 0xF  # the rest of the argument is flags
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: they type into a terminal
SIGNAL_FOR = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: whom a descriptor sends a signal

Instruction = tuple[int, int, int, int]
"""Code, how many to jump over if true, if false, and the operand."""


def restrict(*, signals_are_scoped: bool) -> None:
    """Allows this process and its children no other calls than those on the list, for good.

    Args:
        signals_are_scoped: Whether something else keeps signals from other processes. If not, it
            can send signals to itself alone.

    Raises:
        OSError: what the kernel answered.
    """
    program = b"".join(
        struct.pack("=HBBI", *instruction) for instruction in instructions(signals_are_scoped)
    )
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    kernel.call("seccomp", ctypes.c_uint(FILTER_MODE), ctypes.c_uint(KEEP_SPEED), header)


def instructions(signals_are_scoped: bool) -> list[Instruction]:
    """The filter, as instructions."""
    calls = allowed_calls()
    program: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[kernel.MACHINE]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    if kernel.MACHINE == "x86_64":
        program += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    program += [(AT_LEAST, 0, 1, NEWEST + 1), (RETURN, 0, 0, UNKNOWN)]
    for number in ANSWERED_AS_UNKNOWN.values():
        program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, UNKNOWN)]
    for name, judgement in _judgements(signals_are_scoped):
        if name in calls:  # old calls are missing on newer machines
            program += [(EQUAL, 0, len(judgement), calls[name]), *judgement]
    for first, last in _runs(sorted(calls.values())):
        program += [(AT_LEAST, 2, 0, last + 1), (AT_LEAST, 0, 1, first), (RETURN, 0, 0, ALLOW)]
    return [*program, (RETURN, 0, 0, REFUSE)]


def allowed_calls() -> dict[str, int]:
    """The numbers of the calls on the list, for this machine."""
    column = 1 + kernel.MACHINES.index(kernel.MACHINE)
    lines = (line.split() for line in CALLS.read_text().splitlines() if not line.startswith("#"))
    return {line[0]: int(line[column]) for line in lines if line[column] != "-"}


def _judgements(signals_are_scoped: bool) -> Iterator[tuple[str, list[Instruction]]]:
    """What decides by the arguments of a call, and returns."""
    yield "clone", _refused_if(_has_bit(0, NAMESPACES | SIBLING))
    yield "prctl", _bound_to_the_worker()
    # A file that others could run with the rights of its owner.
    for name, mode in (("open", 2), ("openat", 3), ("creat", 1), ("mkdir", 1), ("mkdirat", 2)):
        yield name, _refused_if(_has_bit(mode, SET_ID_BITS))
    # One of datagrams could send to any address.
    yield "socketpair", _allowed_if((0, ALL_BITS, UNIX), (1, SOCKET_TYPE, STREAM))
    yield "ioctl", _refused_if(_is_one_of(1, TERMINAL_INPUT))
    # Zero is the caller itself.
    for name in ("prlimit64", "sched_setaffinity"):
        yield name, _allowed_if((0, ALL_BITS, 0))
    if not signals_are_scoped:
        for name in ("kill", "tgkill"):
            yield name, _allowed_if((0, ALL_BITS, os.getpid()))
        for name in ("tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            yield name, [(RETURN, 0, 0, REFUSE)]
        yield "fcntl", _refused_if(_is_one_of(1, SIGNAL_FOR))


def _bound_to_the_worker() -> list[Instruction]:
    """It keeps what was set for it: to inherit orphans, and to be killed with its parent."""
    return [
        _argument(0),
        *((EQUAL, 0, 1, rights.INHERIT_ORPHANS), (RETURN, 0, 0, REFUSE)),
        (EQUAL, 0, 3, rights.END_WITH_PARENT),
        _argument(1),
        *((EQUAL, 1, 0, signal.SIGKILL), (RETURN, 0, 0, REFUSE)),
        (RETURN, 0, 0, ALLOW),
    ]


def _argument(index: int) -> Instruction:
    """Loads the lower half of an argument: flags, modes, numbers of processes are 32 bits."""
    return (LOAD, 0, 0, ARGUMENTS + 8 * index)


def _has_bit(index: int, bits: int) -> list[Instruction]:
    return [_argument(index), (ANY_BIT, 0, 1, bits)]


def _is_one_of(index: int, values: Sequence[int]) -> list[Instruction]:
    tests = [(EQUAL, len(values) - 1 - at, 0, value) for at, value in enumerate(values[:-1])]
    return [_argument(index), *tests, (EQUAL, 0, 1, values[-1])]


def _refused_if(condition: list[Instruction]) -> list[Instruction]:
    return [*condition, (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]


def _allowed_if(*conditions: tuple[int, int, int]) -> list[Instruction]:
    """Allows it if each of these arguments, by index, has this value in these bits."""
    tests: list[Instruction] = []
    for index, bits, value in conditions:
        tests += [_argument(index), (MASK, 0, 0, bits), (EQUAL, 1, 0, value)]
        tests += [(RETURN, 0, 0, REFUSE)]
    return [*tests, (RETURN, 0, 0, ALLOW)]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as runs without gaps: first and last."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
