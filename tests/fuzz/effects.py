"""tests/fuzz: what a reader does to the world, and what it imports.

Python's audit hooks tell the one, and a finder of modules, which finds none, the other. A hook
cannot be taken away, so there is one in each process, which looks on only within a block. What
native code does is not announced; the checks run none but HDF5's and the decoders of images.
"""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
ON_PATHS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod",
            "os.chown", "os.truncate", "os.utime", "os.chdir"}  # fmt: skip
NEVER = {"os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
         "os.startfile", "os.kill", "subprocess.Popen", "pty.spawn", "socket.connect",
         "socket.bind", "socket.sendto", "socket.getaddrinfo", "urllib.Request",
         "pickle.find_class", "webbrowser.open"}  # fmt: skip

LATE = re.compile(r"(optimizer|tests|numpy\.ma|encodings)(\..*)?|PIL\.\w+ImagePlugin")
"""What is imported when it is first needed; whoever has read good files has loaded all else."""
IMPORT = "import of"
WATCHES = "executor"
"""The thread of a test's own workers, which starts them whatever else is going on."""
HOSTILE = "hostile_module"  # what files of tests name
LOADER = "importlib._bootstrap"

_looking: list["_Look"] = []
_installed: list[bool] = []


class _Look:
    """What was seen that must not be."""

    def __init__(self, place: Path) -> None:
        self.place = str(place)
        self.seen: list[str] = []

    def see(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in NEVER:
            self.seen.append(f"{event} {arguments}")
        elif event == IMPORT:
            name = str(arguments[0])
            if not LATE.fullmatch(name) and not _is_loading():
                self.seen.append(f"{IMPORT} {name}")
        elif event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITES:
                self._see_path(event, path)
        elif event in ON_PATHS:
            for path in arguments[: 2 if event in {"os.rename", "os.link"} else 1]:
                self._see_path(event, path)

    def _see_path(self, event: str, path: object) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # an open descriptor: whoever opened it was seen
        name = os.fsdecode(path)
        relative = not os.path.isabs(name)  # noqa: PTH117 (no path of ours)
        # What shutil.rmtree deletes is relative to a folder of which it was seen.
        inside = os.path.normpath(name).startswith(self.place + os.sep) or name == self.place
        compiled = "__pycache__" in name
        if not (inside or compiled or name == os.devnull or (relative and "/" not in name)):
            self.seen.append(f"{event} {name}")


def _is_loading() -> bool:
    """Whether it is a module that is being loaded which imports: that one was looked at."""
    frame: FrameType | None = sys._getframe()
    while frame := frame and frame.f_back:
        if frame.f_code.co_name == "_load_unlocked" and frame.f_globals["__name__"] == LOADER:
            return True
    return False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if threading.current_thread().name == WATCHES:
        return
    if _looking:
        _looking[-1].see(event, arguments)


class _Finder:
    """Is asked first for every module that is not loaded yet, also for those that are nowhere."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Tells who looks on, and leaves the answer to others."""
        _hook(IMPORT, (name,))


@contextmanager
def nowhere_but_in(place: Path) -> Iterator[None]:
    """Fails if the block has an effect.

    That is, if it changes a file outside of `place`, starts a process, opens a socket, or imports
    a module that no good file needs, installed or not: have a good one read before.
    """
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    _looking.append(_Look(place))
    sys.meta_path.insert(0, _Finder)
    try:
        yield
    finally:
        sys.meta_path.remove(_Finder)
        seen = _looking.pop().seen
    assert not seen, f"effects outside: {seen[:5]}"
