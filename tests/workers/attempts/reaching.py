"""tests of workers/: attempts to reach others: by the network, by sockets, by signals."""

import array
import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import socket
import time

from tests.workers.attempts import REAL_TIME, Scene, add, attempt
from tests.workers.attempts.kernel_calls import call

LOOPBACK, LOOPBACK6 = "127.0.0.1", "::1"
TYPE = b"x"
TYPED = array.array("b", TYPE)
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
NOT_A_TERMINAL = 25  # ENOTTY
ASYNCHRONOUS = 0o20000  # O_ASYNC


# ---- the network, and sockets ----------------------------------------------------------------


def _say(name: str, family: int, kind: int, address: object) -> bool:
    with socket.socket(family, kind) as own:
        own.settimeout(2)
        own.connect(address)  # type: ignore[arg-type]  # as the family has it
        own.send(name.encode())
    return True


@attempt()
def connects_by_tcp(scene: Scene) -> object:
    address = (LOOPBACK, scene.ports["tcp"])
    return _say("connects_by_tcp", socket.AF_INET, socket.SOCK_STREAM, address)


@attempt(sure=False)
def connects_by_tcp_6(scene: Scene) -> object:
    address = (LOOPBACK6, scene.ports["tcp6"])
    return _say("connects_by_tcp_6", socket.AF_INET6, socket.SOCK_STREAM, address)


@attempt()
def sends_by_udp(scene: Scene) -> object:
    address = (LOOPBACK, scene.ports["udp"])
    return _say("sends_by_udp", socket.AF_INET, socket.SOCK_DGRAM, address)


@attempt()
def connects_to_a_socket_in_a_folder(scene: Scene) -> object:
    address = f"{scene.sockets}/stream"
    return _say("connects_to_a_socket_in_a_folder", socket.AF_UNIX, socket.SOCK_STREAM, address)


@attempt()
def sends_to_a_socket_in_a_folder(scene: Scene) -> object:
    address = f"{scene.sockets}/datagrams"
    return _say("sends_to_a_socket_in_a_folder", socket.AF_UNIX, socket.SOCK_DGRAM, address)


@attempt()
def connects_to_a_socket_without_a_folder(scene: Scene) -> object:
    address = f"\0{scene.abstract}"
    return _say(
        "connects_to_a_socket_without_a_folder", socket.AF_UNIX, socket.SOCK_STREAM, address
    )


@attempt()
def sends_from_a_pair_of_sockets(scene: Scene) -> object:
    """A pair of datagrams needs nobody's leave to connect: each packet may have an address."""
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"sends_from_a_pair_of_sockets", f"{scene.sockets}/datagrams")
    return True


@attempt()
def listens_for_others(scene: Scene) -> object:
    with socket.socket() as own:
        own.bind((LOOPBACK, 0))
        own.listen()
        return own.getsockname()


FAMILIES = {
    "INET": (2, 1), "INET6": (10, 1), "UNIX": (1, 1), "NETLINK": (16, 3), "PACKET": (17, 3),
    "RAW_INET": (2, 3), "ICMP": (2, 2), "ALG": (38, 5), "VSOCK": (40, 1), "BLUETOOTH": (31, 3),
    "CAN": (29, 3), "TIPC": (30, 5), "XDP": (44, 3), "KEY": (15, 3), "QIPCRTR": (42, 2),
    "RDS": (21, 5), "SMC": (43, 1), "X25": (9, 5), "APPLETALK": (5, 2), "AX25": (3, 5),
}  # fmt: skip
"""Of linux/socket.h, each with a kind that it has."""
SURE_FAMILIES = {"INET", "UNIX", "NETLINK"}


def _opens(family: int, kind: int) -> object:
    with socket.socket(family, kind) as own:
        return own.fileno()


for _name, (_family, _kind) in FAMILIES.items():
    add(
        f"opens_a_socket_of_{_name}",
        lambda _, family=_family, kind=_kind: _opens(family, kind),  # type: ignore[misc]
        sure=_name in SURE_FAMILIES,
    )


# ---- signals and the like: the bystander says what reached it ----------------------------------


@attempt()
def sends_a_signal(scene: Scene) -> object:
    os.kill(scene.bystander, signal.SIGUSR1)
    return None


@attempt()
def sends_a_signal_to_a_thread(scene: Scene) -> object:
    call("tgkill", scene.bystander, scene.bystander, signal.SIGUSR2)
    return None


@attempt()
def sends_a_signal_to_a_thread_in_the_old_way(scene: Scene) -> object:
    call("tkill", scene.bystander, signal.SIGWINCH)
    return None


@attempt()
def sends_a_signal_with_a_value(scene: Scene) -> object:
    told = (ctypes.c_int * 32)(REAL_TIME + 1, 0, -1)  # SI_QUEUE
    call("rt_sigqueueinfo", scene.bystander, REAL_TIME + 1, told)
    return None


@attempt()
def sends_a_signal_to_its_group(scene: Scene) -> object:
    os.killpg(scene.bystander, REAL_TIME + 2)
    return None


@attempt()
def sends_a_signal_by_a_descriptor(scene: Scene) -> object:
    process = call("pidfd_open", scene.bystander, 0)
    call("pidfd_send_signal", process, REAL_TIME + 3, None, 0)
    return None


@attempt()
def has_a_signal_sent_by_a_pipe(scene: Scene) -> object:
    """When something can be read, the kernel sends a signal to whoever was named."""
    reads, writes = os.pipe()
    fcntl.fcntl(reads, fcntl.F_SETOWN, scene.bystander)
    fcntl.fcntl(reads, 10, REAL_TIME + 4)  # F_SETSIG
    fcntl.fcntl(reads, fcntl.F_SETFL, fcntl.fcntl(reads, fcntl.F_GETFL) | ASYNCHRONOUS)
    os.write(writes, b"x")
    time.sleep(0.05)
    return None


@attempt()
def lowers_the_limits_of_another_process(scene: Scene) -> object:
    resource.prlimit(scene.bystander, resource.RLIMIT_CORE, (0, 0))
    return None


@attempt()
def slows_another_process_down(scene: Scene) -> object:
    os.setpriority(os.PRIO_PROCESS, scene.bystander, 15)
    return None


@attempt(sure=False)
def keeps_another_process_to_one_core(scene: Scene) -> object:
    """It had all of them; where there is but one, that changes nothing."""
    os.sched_setaffinity(scene.bystander, {min(os.sched_getaffinity(0))})
    return None


@attempt(sure=False)
def changes_the_memory_of_another_process(scene: Scene) -> object:
    text = ctypes.create_string_buffer(b"changed")
    mine = (ctypes.c_void_p * 2)(ctypes.addressof(text), 7)
    theirs = (ctypes.c_void_p * 2)(scene.address + 100, 7)  # behind the secret
    return call("process_vm_writev", scene.bystander, mine, 1, theirs, 1, 0)


@attempt(sure=False)
def traces_another_process(scene: Scene) -> object:
    seize, detach = 0x4206, 17
    call("ptrace", seize, scene.bystander, None, None)
    with contextlib.suppress(OSError):
        call("ptrace", detach, scene.bystander, None, None)
    return True


# ---- terminals -------------------------------------------------------------------------------


def _typed(number: int) -> bool:
    """Whether the request came so far that the kernel looked for a terminal."""
    try:
        call("ioctl", 0, ctypes.c_ulong(number), (ctypes.c_char * 2)(TYPE))
    except OSError as error:
        if error.errno != NOT_A_TERMINAL:
            raise
    return True


@attempt()
def types_into_a_terminal(scene: Scene) -> object:
    return _typed(TIOCSTI)


@attempt()
def types_into_a_terminal_by_a_longer_number(scene: Scene) -> object:
    """The kernel takes the lower half: a filter that looks at all of it sees another number."""
    return _typed(TIOCSTI | 1 << 32)


@attempt()
def pastes_into_a_terminal(scene: Scene) -> object:
    return _typed(TIOCLINUX)


@attempt(sure=False)
def types_into_a_terminal_of_its_own(scene: Scene) -> object:
    _, terminal = os.openpty()
    os.setsid()
    fcntl.ioctl(terminal, 0x540E, 0)  # TIOCSCTTY
    fcntl.ioctl(terminal, TIOCSTI, TYPED)
    return True
