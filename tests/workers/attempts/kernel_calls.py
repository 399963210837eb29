"""tests of workers/: system calls by number, and attempts to reach the kernel by dangerous ones.

Most are called with arguments that the kernel refuses: whether a call got that far is what counts,
and nothing happens outside, not even where root calls.
"""

import ctypes
import errno
import mmap
import os
import platform
import resource
from collections.abc import Sequence
from typing import Final

from tests.workers.attempts import Scene, add, attempt

PLACE: Final = 1 if platform.machine() == "aarch64" else 0
NUMBERS: Final = {
    # name: on x86-64, on AArch64 (asm/unistd_64.h, asm-generic/unistd.h)
    "ioctl": (16, 29), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "prctl": (157, 167), "capget": (125, 90), "linkat": (265, 37), "clone": (56, 220),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "ptrace": (101, 117),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "syslog": (103, 116),
    "memfd_create": (319, 279), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
}  # fmt: skip
REFUSED: Final = {errno.EPERM, errno.EACCES, errno.ENOSYS}
_LIBC = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """Makes a call.

    Raises:
        OSError: what the kernel answered.
    """
    return _numbered(NUMBERS[name][PLACE], *arguments)


def _numbered(number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = _LIBC.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


def _reaches(number: int, *arguments: object) -> object:
    """Whether the kernel looked at the arguments, rather than refusing the call as such."""
    try:
        return f"gave {_numbered(number, *arguments)}"
    except OSError as error:
        if error.errno in REFUSED:
            raise
        return f"refused for its arguments ({error.strerror})"


# Anybody may make these calls, and gets an error for what they say here.
OF_ALL: Final = {
    "keyctl": (250, 219, -1, 0), "add_key": (248, 217, 0, 0, 0, 0),
    "request_key": (249, 218, 0, 0, 0),
    "io_uring_setup": (425, 425, 0, 0), "io_uring_enter": (426, 426, -1, 0, 0, 0, 0),
    "io_uring_register": (427, 427, -1, 0, 0, 0), "memfd_create": (319, 279, 0, 0),
    "pidfd_open": (434, 434, 0, 0), "pidfd_getfd": (438, 438, -1, 0, 0),
    "pidfd_send_signal": (424, 424, -1, 0, 0, 0), "process_madvise": (440, 440, -1, 0, 0, 0, 0),
    "process_mrelease": (448, 448, -1, 0), "seccomp": (317, 277, 99, 0, 0),
    "personality": (135, 92, 0xFFFFFFFF), "shmget": (29, 194, 0, 0, 0),
    "shmat": (30, 196, -1, 0, 0),
    "msgget": (68, 186, -1, 0), "semget": (64, 190, 0, -1, 0), "mq_open": (240, 180, 0, 0, 0, 0),
    "name_to_handle_at": (303, 264, -1, 0, 0, 0, 0), "inotify_init1": (294, 26, -1),
    "vmsplice": (278, 75, -1, 0, 0, 0), "splice": (275, 76, -1, 0, -1, 0, 1, 0),
    "tee": (276, 77, -1, -1, 1, 0), "kcmp": (312, 272, -1, -1, 0, 0, 0),
    "migrate_pages": (256, 238, -1, 0, 0, 0), "move_pages": (279, 239, -1, 0, 0, 0, 0, 0),
    "setns": (308, 268, -1, 0), "unshare": (272, 97, 0), "clone3": (435, 435, 0, 0),
    "connect": (42, 203, -1, 0, 0), "bind": (49, 200, -1, 0, 0), "listen": (50, 201, -1, 0),
    "accept4": (288, 242, -1, 0, 0, 0), "fchmod": (91, 52, -1, 0), "fchown": (93, 55, -1, 0, 0),
    "fsetxattr": (190, 7, -1, 0, 0, 0, 0), "landlock_create_ruleset": (444, 444, 0, 0, 99),
    "setresuid": (117, 147, -1, -1, -1), "setresgid": (119, 149, -1, -1, -1),
    "setfsuid": (122, 151, -1), "prctl_of_others": (141, 140, 0, -1, 20),
    "ioprio_set": (251, 30, 99, 0, 0), "sched_setattr": (314, 274, -1, 0, 0),
}  # fmt: skip
# The kernel asks these for a right first; so root sees an error for the arguments, others none.
OF_ROOT: Final = {
    "bpf": (321, 280, 99, 0, 0), "perf_event_open": (298, 241, 0, 0, -1, -1, 0),
    "userfaultfd": (323, 282, -1), "mount": (165, 40, 0, 0, 0, 0, 0), "umount2": (166, 39, 0, 0),
    "pivot_root": (155, 41, 0, 0), "chroot": (161, 51, 0), "fsopen": (430, 430, 0, 0),
    "fsmount": (432, 432, -1, 0, 0), "move_mount": (429, 429, -1, 0, -1, 0, 0),
    "open_tree": (428, 428, -1, 0, 0), "mount_setattr": (442, 442, -1, 0, 0, 0, 0),
    "init_module": (175, 105, 0, 0, 0), "finit_module": (313, 273, -1, 0, 0),
    "delete_module": (176, 106, 0, 0), "kexec_load": (246, 104, 0, 99, 0, 0),
    "kexec_file_load": (320, 294, -1, -1, 0, 0, 99), "reboot": (169, 142, 0, 0, 0, 0),
    "swapon": (167, 224, 0, 0), "swapoff": (168, 225, 0), "acct": (163, 89, -1),
    "sethostname": (170, 161, 0, -1), "setdomainname": (171, 162, 0, -1),
    "clock_settime": (227, 112, 99, 0), "settimeofday": (164, 170, -1, 0),
    "quotactl": (179, 60, 99, 0, 0, 0), "setgroups": (116, 159, -1, 0),
    "fanotify_init": (300, 262, -1, 0), "open_by_handle_at": (304, 265, -1, 0, 0),
    "lookup_dcookie": (212, 18, 0, 0, 0), "memfd_secret": (447, 447, -1),
    "mknodat": (259, 33, -1, 0, 0o20000, 0),
    "capset": (126, 91, 0, 0), "syslog": (103, 116, 99, 0, 0),
}  # fmt: skip
# What sandboxes of others, such as those of containers, hinder too; or old kernels have not.
OFTEN_HINDERED: Final = {
    "keyctl", "add_key", "request_key", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "kcmp", "move_pages", "migrate_pages", "name_to_handle_at", "process_madvise", "setns",
    "unshare", "clone3", "pidfd_getfd", "landlock_create_ruleset", "vmsplice", "process_mrelease",
}  # fmt: skip


def _add(name: str, numbers: tuple[int, int], arguments: Sequence[int], *, sure: bool) -> None:
    number = numbers[PLACE]
    add(f"calls_{name}", lambda _: _reaches(number, *arguments), sure=sure)


for _name, (_x86, _arm, *_arguments) in OF_ALL.items():
    _add(_name, (_x86, _arm), _arguments, sure=_name not in OFTEN_HINDERED)
for _name, (_x86, _arm, *_arguments) in OF_ROOT.items():
    _add(_name, (_x86, _arm), _arguments, sure=False)


# ---- rights ----------------------------------------------------------------------------------


@attempt(sure=False)
def has_rights_of_root(scene: Scene) -> object:
    sets = (ctypes.c_uint32 * 6)()
    call("capget", (ctypes.c_uint32 * 2)(0x20080522, 0), sets)
    return any(sets)


@attempt(sure=False)
def makes_a_namespace_of_its_own(scene: Scene) -> object:
    """In one of users it would have every right, over itself at first."""
    new_user, on_end = 0x10000000, 17
    child = call("clone", new_user | on_end, 0, 0, 0, 0)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return child


@attempt()
def starts_a_process_that_is_not_below_it(scene: Scene) -> object:
    sibling, on_end = 0x8000, 17
    child = call("clone", sibling | on_end, 0, 0, 0, 0)
    if not child:
        os._exit(0)
    return child


@attempt()
def leaves_its_group(scene: Scene) -> object:
    os.setpgid(0, 0)
    return True


@attempt()
def leaves_its_session(scene: Scene) -> object:
    os.setsid()
    return True


@attempt()
def lives_on_without_its_parent(scene: Scene) -> object:
    call("prctl", 1, 0)  # PR_SET_PDEATHSIG
    return True


@attempt()
def lets_go_of_orphans(scene: Scene) -> object:
    call("prctl", 36, 0)  # PR_SET_CHILD_SUBREAPER
    return True


@attempt(sure=False)
def may_start_processes_without_end(scene: Scene) -> object:
    return _without_limit(resource.RLIMIT_NPROC)


@attempt(sure=False)
def may_write_files_without_end(scene: Scene) -> object:
    return _without_limit(resource.RLIMIT_FSIZE)


def _without_limit(limit: int) -> bool:
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except ValueError as error:  # that is how Python says it
        raise PermissionError(str(error)) from error
    return True


@attempt()
def takes_the_identity_that_it_has(scene: Scene) -> object:
    os.setuid(os.getuid())
    return True


@attempt(sure=False)
def takes_another_identity(scene: Scene) -> object:
    os.setuid(65534)
    return True


# ---- another way to the same calls -------------------------------------------------------------

SOCKET_BY_32_BITS = bytes.fromhex(  # int 0x80 has numbers of its own: 359 is socket, of AF_UNIX
    "53b867010000bb01000000b901000000ba00000000cd805bc3"
)


@attempt(sure=False)
def calls_as_a_program_of_32_bits(scene: Scene) -> object:
    if platform.machine() != "x86_64":
        return False
    code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(SOCKET_BY_32_BITS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    result = ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    return result if result >= 0 else False


@attempt(sure=False)
def calls_by_the_numbers_of_x32(scene: Scene) -> object:
    if platform.machine() != "x86_64":
        return False
    return _numbered(0x40000000 | 41, 1, 1, 0)
