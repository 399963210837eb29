"""tests of workers/: attempts to read what is not the task's."""

# An attempt is a system call, and is written as one.
# ruff: noqa: PTH115, PTH116, PTH208, PTH211

import ctypes
import fcntl
import os
import stat
import struct
from pathlib import Path

from tests.workers.attempts import Scene, attempt, bystander
from tests.workers.attempts.kernel_calls import call

MOST = 2**20


def _read(path: str | Path) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(MOST)


def _proc(scene: Scene, *parts: str) -> str:
    return "/".join(("/proc", str(scene.bystander), *parts))


@attempt(secret=True)
def the_environment_of_another_process(scene: Scene) -> object:
    return _read(_proc(scene, "environ"))


@attempt(secret=True)
def the_command_line_of_another_process(scene: Scene) -> object:
    return _read(_proc(scene, "cmdline"))


@attempt(secret=True)
def the_command_lines_of_all_processes(scene: Scene) -> object:
    numbers = [name for name in os.listdir("/proc") if name.isdigit()]
    lines = [_read(f"/proc/{number}/cmdline") for number in numbers if _there(number)]
    return [line for line in lines if bystander.__name__.encode() in line]


def _there(number: str) -> bool:
    return Path("/proc", number, "cmdline").exists()


@attempt(secret=True, sure=False)
def the_memory_of_another_process_as_a_file(scene: Scene) -> object:
    with Path(_proc(scene, "mem")).open("rb", buffering=0) as memory:
        memory.seek(scene.address)
        return memory.read(64)


@attempt(secret=True, sure=False)
def the_memory_of_another_process_by_a_call(scene: Scene) -> object:
    found = ctypes.create_string_buffer(64)
    mine = (ctypes.c_void_p * 2)(ctypes.addressof(found), 64)
    theirs = (ctypes.c_void_p * 2)(scene.address, 64)
    call("process_vm_readv", scene.bystander, mine, 1, theirs, 1, 0)
    return found.raw


@attempt(secret=True)
def an_open_file_of_another_process(scene: Scene) -> object:
    """It was deleted: it has no other name."""
    folder = _proc(scene, "fd")
    found = b""
    for name in os.listdir(folder):
        if stat.S_ISREG(os.stat(f"{folder}/{name}").st_mode):
            found += _read(f"{folder}/{name}")
    return found


@attempt(secret=True, sure=False)
def a_descriptor_taken_from_another_process(scene: Scene) -> object:
    process = call("pidfd_open", scene.bystander, 0)
    found = b""
    for number in range(3, 32):
        try:
            taken = call("pidfd_getfd", process, number, 0)
        except OSError as error:
            if error.errno != 9:  # it has no such descriptor
                raise
            continue
        if stat.S_ISREG(os.fstat(taken).st_mode) and fcntl.fcntl(taken, fcntl.F_GETFL) & os.O_RDWR:
            found += os.pread(taken, MOST, 0)
    return found


@attempt(secret=True)
def a_file_through_the_root_of_another_process(scene: Scene) -> object:
    return _read(_proc(scene, "root") + f"{scene.study}/study.json")


@attempt(secret=True)
def a_file_through_the_folder_of_another_process(scene: Scene) -> object:
    return _read(_proc(scene, "cwd", "secret"))


@attempt(secret=True, sure=False)
def a_file_through_the_root_of_the_first_process(scene: Scene) -> object:
    return _read(f"/proc/1/root{scene.study}/study.json")


@attempt(secret=True)
def a_file_through_the_root_of_the_worker_itself(scene: Scene) -> object:
    return _read(f"/proc/{os.getppid()}/root{scene.study}/study.json")


@attempt(secret=True)
def a_file_through_its_own_root(scene: Scene) -> object:
    return _read(f"/proc/self/root{scene.study}/study.json")


@attempt(secret=True)
def another_study(scene: Scene) -> object:
    return _read(f"{scene.study}/study.json")


@attempt()
def which_studies_there_are(scene: Scene) -> object:
    return Path(scene.study).name in os.listdir(Path(scene.study).parent)


# No kernel's Landlock judges these, which read nothing: they ask of a path what it leads to.


@attempt()
def asks_how_large_a_file_is(scene: Scene) -> object:
    return os.stat(f"{scene.study}/study.json")


@attempt()
def asks_whether_a_file_is_there(scene: Scene) -> object:
    return os.access(f"{scene.study}/study.json", os.F_OK)


@attempt()
def asks_where_a_link_leads(scene: Scene) -> object:
    return os.readlink(scene.sockets)


@attempt()
def asks_how_full_a_disk_is(scene: Scene) -> object:
    return os.statvfs(scene.study)


@attempt()
def asks_what_is_noted_with_a_file(scene: Scene) -> object:
    return f"{os.listxattr(scene.study)}"


@attempt()
def what_lies_in_the_home(scene: Scene) -> object:
    return os.listdir(scene.home) or "nothing"


@attempt()
def what_lies_in_the_root_folder(scene: Scene) -> object:
    return "root" in os.listdir("/")


@attempt(secret=True)
def a_file_by_the_way_up_from_the_inbox(scene: Scene) -> object:
    up = "/".join(".." for _ in Path(scene.inbox).parts[1:])
    return _read(f"{scene.inbox}/{up}{scene.study}/study.json")


@attempt(secret=True)
def a_file_by_the_way_up_from_an_open_folder(scene: Scene) -> object:
    folder = os.open(scene.inbox, os.O_RDONLY | os.O_DIRECTORY)
    for _ in Path(scene.inbox).parts[1:]:
        folder = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
    file = os.open(f"{scene.study}/study.json".lstrip("/"), os.O_RDONLY, dir_fd=folder)
    return os.read(file, MOST)


@attempt(secret=True)
def a_file_after_a_change_of_folder(scene: Scene) -> object:
    os.chdir(scene.study)
    return _read("study.json")


@attempt(secret=True)
def a_file_that_was_opened_by_its_place_alone(scene: Scene) -> object:
    place = os.open(f"{scene.study}/study.json", os.O_PATH)
    return _read(f"/proc/self/fd/{place}")


@attempt(secret=True, sure=False)
def a_file_by_its_handle(scene: Scene) -> object:
    """Needs root, and no path: what is outside a mount has a handle too."""
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 8 + 128)
    mount = ctypes.c_int()
    name = f"{scene.study}/study.json".encode()
    call("name_to_handle_at", -100, name, handle, ctypes.byref(mount), 0)
    file = call("open_by_handle_at", os.open("/", os.O_RDONLY), handle, os.O_RDONLY)
    return os.read(file, MOST)


@attempt(secret=True)
def a_file_through_a_link_in_the_outbox(scene: Scene) -> object:
    os.symlink(f"{scene.study}/study.json", "a link")
    return _read("a link")


@attempt(secret=True)
def a_file_by_another_name_in_the_outbox(scene: Scene) -> object:
    os.link(f"{scene.study}/study.json", "another name")
    return _read("another name")


@attempt(secret=True)
def a_file_by_another_name_of_its_open_descriptor(scene: Scene) -> object:
    place = os.open(f"{scene.study}/study.json", os.O_PATH)
    here, follow = -100, 0x400
    call("linkat", here, f"/proc/self/fd/{place}".encode(), here, b"another name", follow)
    return _read("another name")


@attempt(secret=True)
def what_another_worker_was_given(scene: Scene) -> object:
    return _read(f"{scene.cell}/in/model")


@attempt()
def the_passwords_of_the_machine(scene: Scene) -> object:
    return _read("/etc/passwd")


@attempt(sure=False)
def the_hashes_of_the_passwords(scene: Scene) -> object:
    return _read("/etc/shadow")


@attempt()
def the_name_of_the_network(scene: Scene) -> object:
    return _read("/etc/hosts")


@attempt()
def who_is_connected_to_whom(scene: Scene) -> object:
    """The port of the other process, in hexadecimal digits."""
    return f"{scene.ports['tcp']:04X}".encode() in _read("/proc/net/tcp")


@attempt()
def which_sockets_have_names(scene: Scene) -> object:
    return scene.abstract.encode() in _read("/proc/net/unix")


@attempt(sure=False)
def the_addresses_of_the_kernel(scene: Scene) -> object:
    return _read("/proc/kallsyms")


@attempt(sure=False)
def the_memory_of_the_kernel(scene: Scene) -> object:
    return _read("/proc/kcore")


@attempt(sure=False)
def the_log_of_the_kernel(scene: Scene) -> object:
    found = ctypes.create_string_buffer(256)
    return call("syslog", 3, found, 256)


@attempt(sure=False)
def the_disks_and_the_memory_as_devices(scene: Scene) -> object:
    """Which of them can be opened."""
    named = ("mem", "kmem", "port", "kmsg", "sda", "vda", "nvme0n1", "fuse", "kvm", "tty", "ptmx")
    return [name for name in named if _opens(f"/dev/{name}")]


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY))
    except OSError:
        return False
    return True


@attempt(sure=False)
def descriptors_that_it_was_started_with(scene: Scene) -> object:
    """Sockets, folders and files of the server; its own are pipes, /dev/null, and its log."""
    own = {(found.st_dev, found.st_ino) for found in map(os.stat, Path("..", "..").rglob("*"))}
    left = []
    for number in range(1024):
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
        except OSError:
            continue
        found = os.fstat(number)
        if stat.S_ISFIFO(found.st_mode) or stat.S_ISCHR(found.st_mode):
            continue
        if (found.st_dev, found.st_ino) not in own:
            left.append((number, oct(found.st_mode)))
    return left
