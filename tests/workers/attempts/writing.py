"""tests of workers/: attempts to write, or to leave, what is not the task's to write."""

# An attempt is a system call, and is written as one.
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH116, PTH211, S103, S606

import ctypes
import os
import socket
import stat
import sys
from pathlib import Path

from tests.workers.attempts import Scene, attempt
from tests.workers.attempts.kernel_calls import call


def _mine(scene: Scene, name: str) -> str:
    """The file outside that is for the attempt of this name."""
    return f"{scene.outside}/{name}/file"


# ---- outside ---------------------------------------------------------------------------------


@attempt()
def makes_a_file(scene: Scene) -> object:
    return Path(_mine(scene, "makes_a_file") + "2").write_text("made")


@attempt()
def makes_a_folder(scene: Scene) -> object:
    Path(_mine(scene, "makes_a_folder") + "2").mkdir()
    return True


@attempt()
def writes_into_a_file(scene: Scene) -> object:
    return Path(_mine(scene, "writes_into_a_file")).write_text("written")


@attempt()
def cuts_a_file(scene: Scene) -> object:
    os.truncate(_mine(scene, "cuts_a_file"), 0)
    return True


@attempt()
def deletes_a_file(scene: Scene) -> object:
    os.unlink(_mine(scene, "deletes_a_file"))
    return True


@attempt()
def renames_a_file(scene: Scene) -> object:
    file = _mine(scene, "renames_a_file")
    os.rename(file, file + "2")
    return True


@attempt()
def takes_a_file_away(scene: Scene) -> object:
    os.rename(_mine(scene, "takes_a_file_away"), "taken")
    return True


@attempt()
def brings_a_file(scene: Scene) -> object:
    Path("brought").write_text("brought")
    os.rename("brought", _mine(scene, "brings_a_file") + "2")
    return True


@attempt()
def brings_a_file_as_another_name(scene: Scene) -> object:
    Path("named").write_text("named")
    os.link("named", _mine(scene, "brings_a_file_as_another_name") + "2")
    return True


@attempt()
def changes_the_rights_of_a_file(scene: Scene) -> object:
    os.chmod(_mine(scene, "changes_the_rights_of_a_file"), 0o777)
    return True


@attempt()
def changes_the_time_of_a_file(scene: Scene) -> object:
    os.utime(_mine(scene, "changes_the_time_of_a_file"), (1, 1))
    return True


@attempt()
def changes_the_owner_of_a_file(scene: Scene) -> object:
    """To the one that it has: anybody may."""
    os.chown(_mine(scene, "changes_the_owner_of_a_file"), os.getuid(), os.getgid())
    return True


@attempt(sure=False)
def notes_something_with_a_file(scene: Scene) -> object:
    os.setxattr(_mine(scene, "notes_something_with_a_file"), "user.note", b"noted")
    return True


@attempt()
def locks_a_file(scene: Scene) -> object:
    """Others that want the lock would wait for ever."""
    return os.open(_mine(scene, "locks_a_file"), os.O_RDONLY)


@attempt()
def writes_to_another_worker(scene: Scene) -> object:
    return Path(f"{scene.cell}/out/from another").write_text("x")


@attempt()
def changes_another_study(scene: Scene) -> object:
    os.close(os.open(f"{scene.study}/study.json", os.O_RDWR))
    return True


@attempt()
def changes_the_program(scene: Scene) -> object:
    """Opens it to be written, and leaves it as it is."""
    os.close(os.open(sys.modules["optimizer"].__file__ or "", os.O_RDWR))
    return True


@attempt()
def makes_a_temporary_file_for_all(scene: Scene) -> object:
    place = Path("/tmp", f"liteweigh-prison-{os.getpid()}")  # noqa: S108 (what is tried)
    place.touch()
    place.unlink()
    return True


@attempt()
def makes_shared_memory(scene: Scene) -> object:
    place = Path("/dev/shm", f"liteweigh-prison-{os.getpid()}")  # noqa: S108 (what is tried)
    place.touch()
    place.unlink()
    return True


@attempt(sure=False)
def names_a_program_for_the_kernel_to_run(scene: Scene) -> object:
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    return True


@attempt(sure=False)
def changes_settings_of_the_kernel(scene: Scene) -> object:
    for path in ("/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/proc/sys/vm/drop_caches"):
        if Path(path).exists():
            os.close(os.open(path, os.O_WRONLY))
            return path
    return False


# ---- what it was given -----------------------------------------------------------------------


@attempt()
def changes_what_it_was_given(scene: Scene) -> object:
    os.close(os.open(scene.given, os.O_RDWR))
    return True


@attempt()
def changes_the_rights_of_what_it_was_given(scene: Scene) -> object:
    os.chmod(scene.given, stat.S_IMODE(os.stat(scene.given).st_mode))
    return True


@attempt()
def changes_the_time_of_what_it_was_given(scene: Scene) -> object:
    found = os.stat(scene.given)
    os.utime(scene.given, ns=(found.st_atime_ns, found.st_mtime_ns))
    return True


@attempt()
def has_what_it_was_given_in_its_outbox(scene: Scene) -> object:
    """From there it could be written."""
    os.link(scene.given, "given")
    os.close(os.open("given", os.O_RDWR))
    return True


@attempt()
def puts_something_into_its_inbox(scene: Scene) -> object:
    place = Path(scene.inbox, "more")
    place.touch()
    place.unlink()
    return True


# ---- what is no plain file -------------------------------------------------------------------


@attempt()
def leaves_a_link(scene: Scene) -> object:
    os.symlink("/etc/passwd", "link")
    os.unlink("link")
    return True


@attempt()
def leaves_a_pipe(scene: Scene) -> object:
    os.mkfifo("pipe")
    os.unlink("pipe")
    return True


@attempt()
def leaves_a_socket(scene: Scene) -> object:
    with socket.socket(socket.AF_UNIX) as own:
        own.bind("socket")
    os.unlink("socket")
    return True


@attempt(sure=False)
def leaves_a_device(scene: Scene) -> object:
    os.mknod("device", stat.S_IFCHR | 0o666, os.makedev(1, 1))
    os.unlink("device")
    return True


@attempt()
def leaves_a_program_that_runs_as_its_owner(scene: Scene) -> object:
    Path("program").touch()
    os.chmod("program", 0o4755)
    return os.stat("program").st_mode & stat.S_ISUID


@attempt()
def makes_a_program_that_runs_as_its_owner(scene: Scene) -> object:
    os.close(os.open("made so", os.O_CREAT | os.O_WRONLY, 0o4755))
    return os.stat("made so").st_mode & stat.S_ISUID


@attempt()
def makes_a_folder_that_gives_its_group(scene: Scene) -> object:
    os.mkdir("folder")
    os.chmod("folder", 0o2755)
    return os.stat("folder").st_mode & stat.S_ISGID


@attempt(sure=False)
def leaves_a_file_with_rights_of_its_own(scene: Scene) -> object:
    """Capabilities of a file, which its program has whoever starts it."""
    Path("capable").touch()
    os.setxattr("capable", "security.capability", bytes.fromhex("0100000200000000" + "00" * 12))
    return True


# ---- programs --------------------------------------------------------------------------------


def _run(program: str | int, *arguments: str) -> bool:
    child = os.fork()
    if not child:
        try:
            os.execve(program, ["program", *arguments], {})
        except OSError as error:
            os._exit(min(error.errno or 1, 100))
        os._exit(100)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 107


@attempt()
def starts_a_shell(scene: Scene) -> object:
    return _run("/bin/sh", "-c", "exit 107")


@attempt()
def starts_what_it_has_written(scene: Scene) -> object:
    Path("script").write_text("#!/bin/sh\nexit 107\n")
    os.chmod("script", 0o755)
    return _run("script")


@attempt()
def starts_what_is_in_memory_alone(scene: Scene) -> object:
    name = ctypes.create_string_buffer(b"program")
    file = call("memfd_create", name, 0)
    os.write(file, b"#!/bin/sh\nexit 107\n")
    return _run(f"/proc/self/fd/{file}")
