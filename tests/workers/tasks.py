"""tests of workers/: tasks that go wrong in every way, done in real worker processes."""

import contextlib
import ctypes
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from optimizer import working_time
from optimizer.errors import ConversionError
from optimizer.measure.clock import time_block
from optimizer.reporting import Report
from optimizer.workers.work import Work

GO = "go"
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Light(Work[T_co]):
    """For the worker without TensorFlow."""

    needs_tensorflow: ClassVar[bool] = False


@dataclass(frozen=True)
class Add(Light[int]):
    a: int
    b: int

    def run(self, report: Report) -> int:
        report("Adding", 0.5)
        return self.a + self.b


@dataclass(frozen=True)
class ProcessId(Light[int]):
    def run(self, report: Report) -> int:
        return os.getpid()


@dataclass(frozen=True)
class Abort(Light[None]):
    def run(self, report: Report) -> None:
        print("about to abort")  # noqa: T201
        os.abort()


@dataclass(frozen=True)
class Vanish(Light[None]):
    def run(self, report: Report) -> None:
        os._exit(3)


@dataclass(frozen=True)
class Interrupt(Light[None]):
    """As code that came with a model may do it."""

    def run(self, report: Report) -> None:
        raise KeyboardInterrupt


@dataclass(frozen=True)
class Crash(Light[None]):
    def run(self, report: Report) -> None:
        ctypes.string_at(0)


@dataclass(frozen=True)
class BeKilled(Light[None]):
    def run(self, report: Report) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Leave(Light[None]):
    def run(self, report: Report) -> None:
        sys.exit(3)


@dataclass(frozen=True)
class FillMemory(Light[None]):
    """Asks NumPy for more and more, and touches it."""

    def run(self, report: Report) -> None:
        kept = [np.ones(2**20, np.float64)]
        while True:
            kept.append(np.ones(8 * 2**20, np.float64))


@dataclass(frozen=True)
class Refuse(Light[None]):
    def run(self, report: Report) -> None:
        raise ConversionError("The model is made of cheese.")


@dataclass(frozen=True)
class FailUnexpectedly(Light[None]):
    def run(self, report: Report) -> None:
        raise KeyError("no such key")


@dataclass(frozen=True)
class AnswerWithWhatCannotBeSent(Light[Any]):
    def run(self, report: Report) -> Any:
        return threading.Lock()


@dataclass(frozen=True)
class HoldWhatCannotBeSent(Light[None]):
    held: Any

    def run(self, report: Report) -> None:
        """Never comes so far."""


class NotThere:
    """Something that a worker cannot make sense of."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_only_in, (os.getpid(),))


def _only_in(process: int) -> NotThere:
    if os.getpid() != process:
        raise ImportError("There is no such thing here.")
    return NotThere()


@dataclass(frozen=True)
class PrintEverywhere(Light[None]):
    def run(self, report: Report) -> None:
        print("from Python")  # noqa: T201
        print("from Python's stderr", file=sys.stderr)  # noqa: T201
        print("without an end", end="")  # noqa: T201
        os.write(1, b"from native code\n")
        os.write(2, b"from native stderr\n")
        libc = ctypes.CDLL(None)
        libc.puts(b"from the C library")


@dataclass(frozen=True)
class Sleep(Light[None]):
    seconds: float

    def run(self, report: Report) -> None:
        report("Sleeping", 0.0)
        time.sleep(self.seconds)


@dataclass(frozen=True)
class Span(Light[tuple[float, ...]]):
    """When it was at work, on a clock that all processes share; it may be held meanwhile."""

    seconds: float

    def run(self, report: Report) -> tuple[float, ...]:
        moments, end = [time.monotonic()], working_time.now() + self.seconds
        while working_time.now() < end:
            time.sleep(0.001)
            moments.append(time.monotonic())
        return tuple(moments)


@dataclass(frozen=True)
class QuietSpan(Span):
    """The same, as a measurement."""

    needs_quiet: ClassVar[bool] = True


@dataclass(frozen=True)
class Asked(Span):
    """The same, as what somebody waits for at a page."""

    urgent: ClassVar[bool] = True


@dataclass(frozen=True)
class AtWork(Light[float]):
    """Works until it is let go, and says for how long it did, but for when it was held."""

    def run(self, report: Report) -> float:
        began = working_time.now()
        WaitFor(self.out).run(report)
        return working_time.now() - began


@dataclass(frozen=True)
class Blocks(Light[tuple[float, ...]]):
    """Times blocks of 0.2 s: the seconds of each; as a measurement, which may be held."""

    needs_quiet: ClassVar[bool] = True
    count: int

    def run(self, report: Report) -> tuple[float, ...]:
        report("Timing", 0.0)
        return tuple(time_block(_busy, 1).wall_ms / 1e3 for _ in range(self.count))


def _busy() -> None:
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass


@dataclass(frozen=True)
class LoadedModules(Light[list[str]]):
    def run(self, report: Report) -> list[str]:
        mains = (sys.modules.get(name) for name in ("__main__", "__mp_main__"))
        return [*sys.modules, *(f"main file: {getattr(main, '__file__', None)}" for main in mains)]


@dataclass(frozen=True)
class WaitFor(Light[None]):
    """Works until it is let go: until somebody makes a file where it writes."""

    def run(self, report: Report) -> None:
        report("Waiting", 0.0)
        while not (self.out / GO).exists():
            time.sleep(0.01)


@dataclass(frozen=True)
class AddAfter(Light[int]):
    """Adds once it is let go."""

    a: int
    b: int

    def run(self, report: Report) -> int:
        WaitFor(self.out).run(report)
        return self.a + self.b


@dataclass(frozen=True)
class AddAfterQuiet(AddAfter):
    """The same, as a measurement."""

    needs_quiet: ClassVar[bool] = True


@dataclass(frozen=True)
class Environment(Light[tuple[dict[str, str], str]]):
    """What the process knows of its variables, and what the system shows of those it began with."""

    def run(self, report: Report) -> tuple[dict[str, str], str]:
        return dict(os.environ), Path("/proc/self/environ").read_text()


@dataclass(frozen=True)
class LeaveFilesAround(Light[tuple[str, str]]):
    """Writes where the process stands, and a temporary file; returns both places."""

    def run(self, report: Report) -> tuple[str, str]:
        Path("left over").write_text("x")
        descriptor, name = tempfile.mkstemp()
        os.close(descriptor)
        return str(Path.cwd()), name


@dataclass(frozen=True)
class CrashWithFiles(Light[None]):
    def run(self, report: Report) -> None:
        Path("left over").write_text("x")
        os.abort()


@dataclass(frozen=True)
class WriteFar(Light[None]):
    """A file with a hole, which takes no room on the disk."""

    gigabytes: int

    def run(self, report: Report) -> None:
        with Path("far").open("wb") as file:
            file.seek(self.gigabytes * 2**30)
            file.write(b"x")


@dataclass(frozen=True)
class ProcessLimits(Light[tuple[tuple[int, int], str]]):
    """The limit of core dumps, and what the system says of the process."""

    def run(self, report: Report) -> tuple[tuple[int, int], str]:
        return resource.getrlimit(resource.RLIMIT_CORE), Path("/proc/self/status").read_text()


KEPT: list[str] = []
"""In the memory of one process."""


@dataclass(frozen=True)
class Keep(Light[list[str]]):
    """Keeps a word in the process's memory; gives all that are there."""

    word: str

    def run(self, report: Report) -> list[str]:
        KEPT.append(self.word)
        return KEPT


@dataclass(frozen=True)
class KeepTrusted(Keep):
    """The same, with code of a file that the user trusts."""

    @property
    def trusted(self) -> bool:
        return True


@dataclass(frozen=True)
class SayInstead(Light[int]):
    """Writes bytes into every pipe that the process has, as one that was taken over may."""

    said: bytes

    def run(self, report: Report) -> int:
        for descriptor in range(3, 64):
            with contextlib.suppress(OSError):
                if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                    os.write(descriptor, self.said)
        time.sleep(0.2)
        return 3


@dataclass(frozen=True)
class LeaveLinks(Light[None]):
    """Leaves links in the place of everything that the server reads."""

    to: str

    def run(self, report: Report) -> None:
        report("Leaving", 0.5)
        for name in ("log.txt", "progress.jsonl"):
            (self.out / name).unlink()
            (self.out / name).symlink_to(self.to)
        WaitFor(self.out).run(lambda *_: None)


@dataclass(frozen=True)
class ChangeInput(Light[None]):
    """Tries to write to a file that it was given to read."""

    file: Path

    def run(self, report: Report) -> None:
        self.file.write_bytes(b"changed")


@dataclass(frozen=True)
class Surroundings(Light[list[str]]):
    """What libraries take for the user's home."""

    def run(self, report: Report) -> list[str]:
        return [os.environ["HOME"], os.environ["KERAS_HOME"], str(Path.home())]


@dataclass(frozen=True)
class StartChildren(Light[None]):
    """Fills the memory of two processes that it starts."""

    megabytes: int

    def run(self, report: Report) -> None:
        code = f"import time; kept = bytearray({self.megabytes} * 2**20); time.sleep(60)"
        children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
        for child in children:
            child.wait()


@dataclass(frozen=True)
class Copy(Light[None]):
    """Reads a file and leaves one that is the same."""

    file: Path

    def run(self, report: Report) -> None:
        (self.out / "copy").write_bytes(self.file.read_bytes())
