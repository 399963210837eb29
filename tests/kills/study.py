"""tests/kills: a small study of the sample, made by a command line or a server that is killed."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from optimizer import sample
from optimizer.jobs.local import WORKERS
from optimizer.store.library import UPLOADS
from optimizer.store.records import StudyIndex
from optimizer.store.study import FLOAT_TFLITE, INDEX, read_index
from tests.kills.hook import NAME, STOPPED
from tests.kills.points import HOST, POINTS, WORKER, Point
from tests.kills.server import ENDED
from tests.waiting import until

ROOT = Path(__file__).parents[2]
RECIPES = ("int8", "prune(epochs=2)+int8")
VENDORS = "vendors"  # what the finished file is called that is brought
COMMAND_LINE, SERVER = "command line", "server"
HOSTS = (COMMAND_LINE, SERVER)
LONGEST = 300.0  # seconds until a run that neither ends nor stops hangs
DYING = 20.0  # seconds until all that a killed process had started is gone
RUN = "LITEWEIGH_RUN"  # names a run's processes, for whoever looks for them


@dataclass(frozen=True)
class Ended:
    """How a run has ended.

    Attributes:
        status: The exit status; that of a server is 0 where all went well.
        said: What it printed.
    """

    status: int
    said: str


@dataclass
class Running:
    """A study in the making.

    Attributes:
        folder: Holds all of it, and is this study's alone.
        host: Which kind of process has the study.
        shared: Files of shared memory, semaphores among them, that its processes had open.
    """

    folder: Path
    host: str = COMMAND_LINE
    shared: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for place in (self.home, self.temporary):
            place.mkdir(parents=True, exist_ok=True)
        if not self.data.exists():
            _write_data(self.data)

    @property
    def home(self) -> Path:
        """Where the studies are."""
        return self.folder / "home"

    @property
    def temporary(self) -> Path:
        """Where all temporary files are."""
        return self.folder / "tmp"

    @property
    def data(self) -> Path:
        """A few of the sample's pictures."""
        return self.folder / "pictures.npz"

    @property
    def study(self) -> Path | None:
        """The study; None before there is one."""
        return next((file.parent for file in self.home.glob(f"*/{INDEX}")), None)

    def index(self) -> StudyIndex | None:
        """What is on disk; None before there is a study."""
        return read_index(self.study) if self.study else None

    @contextmanager
    def run(self, point: Point | None = None) -> Iterator["subprocess.Popen[str]"]:
        """Starts a host; its processes are gone after the block."""
        environment = {
            **os.environ,
            "TMPDIR": str(self.temporary),
            "LITEWEIGH_HOME": str(self.home),
            "LITEWEIGH_WORKERS": "1",
            "LITEWEIGH_LATENCY_SECONDS": "0.05",
            RUN: str(self.folder),
        }
        if point:
            environment[NAME] = str(POINTS.index(point))
        with (
            self._log.open("w") as log,
            subprocess.Popen(
                self._command(), cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT,
                text=True, start_new_session=True,
            ) as process,
        ):  # fmt: skip
            try:
                yield process
            finally:
                for left in self.processes():
                    with suppress(psutil.NoSuchProcess):
                        left.kill()

    def finish(self) -> Ended:
        """Runs it to its end, and ends a server as its user does."""
        with self.run() as host:
            return self._end(host)

    def kill(self, point: Point, victim: str, meanwhile: Callable[[], None] = lambda: None) -> int:
        """Runs it until it reaches a point, and kills a process there.

        Where that is a worker, its host goes on; the next worker that gets there is killed too.

        Args:
            point: Of which process, see `Point`.
            victim: Whom to kill: the host, or the worker that has reached the point.
            meanwhile: Called before, while that stands there.

        Returns:
            How many processes were killed.
        """
        kills = 0
        with self.run(point) as host:
            while self._stops(host):
                [mark] = self._stopped()
                self._look_at_shared()
                meanwhile()
                kills += 1
                if victim == HOST:
                    host.kill()
                    host.wait()
                    mark.unlink(missing_ok=True)
                    break
                for process in self._workers(mark.parent.parent):
                    process.kill()
                until(lambda: not mark.exists(), DYING)  # noqa: B023 (called at once)
            assert kills, f"not reached: {point}; {self.said()}"
            if victim == WORKER:
                self._end(host)
            until(lambda: not self.processes(), DYING)
        return kills

    def signal(self, point: Point, number: signal.Signals) -> int:
        """Runs it until it reaches a point, and asks the host to end; returns its status."""
        with self.run(point) as host:
            assert self._stops(host), f"not reached: {point}; {self.said()}"
            self._look_at_shared()
            host.send_signal(number)
            status = host.wait(LONGEST)
            until(lambda: not self.processes(), DYING)
            return status

    def said(self) -> str:
        """What the last host has printed."""
        return self._log.read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """All that runs for this study."""
        return [one for one in psutil.process_iter() if self._is_ours(one)]

    def left(self) -> list[str]:
        """Files and processes that should not be there once nothing runs."""
        known = {self.study, self.home / UPLOADS}
        beside = [entry for entry in self.home.iterdir() if entry not in known]
        hidden = (self.study or self.home).rglob(".*.new")
        # What all Liteweighs of a user share stays: the queue, and its lock.
        shared = {"queue.json", "queue.lock"}
        files = [file for file in self.temporary.rglob("*") if not file.is_dir()]
        temporary = [file for file in files if file.name not in shared]
        open_once = [Path(name) for name in self.shared if Path(name).exists()]
        found = [*beside, *hidden, *temporary, *open_once]
        return [*map(str, found), *(" ".join(one.cmdline()) for one in self.processes())]

    @property
    def _log(self) -> Path:
        return self.folder / "said.txt"

    def _command(self) -> list[str]:
        if self.host == SERVER:
            with socket.socket() as free:
                free.bind(("localhost", 0))
                port = str(free.getsockname()[1])
            program = ["tests.kills.server", port, str(sample.MODEL), str(self.data), *RECIPES]
        else:
            recipes = [word for recipe in RECIPES for word in ("--recipe", recipe)]
            files = [str(sample.MODEL), "--data", str(self.data)]
            program = ["tests.kills.command_line", "run", *files, *recipes]
            program += ["--out", str(self.home / "study")]
        return [sys.executable, "-m", *program]

    def _stops(self, host: "subprocess.Popen[str]") -> bool:
        """Waits until the point is reached; false if all has ended before."""
        until(lambda: self._stopped() or self._has_ended(host), LONGEST)
        return bool(self._stopped())

    def _end(self, host: "subprocess.Popen[str]") -> Ended:
        """Waits until all is done; a server is asked to end then."""
        until(lambda: self._has_ended(host), LONGEST)
        said = self.said()
        if self.host == COMMAND_LINE:
            return Ended(host.wait(LONGEST), said)
        assert host.poll() is None, said
        host.send_signal(signal.SIGTERM)
        host.wait(LONGEST)
        [trouble] = re.findall(f"^{ENDED} *(.*)$", said, re.MULTILINE)
        return Ended(1 if trouble else 0, said)

    def _has_ended(self, host: "subprocess.Popen[str]") -> bool:
        told = self.host == SERVER and re.search(f"^{ENDED}.*\n", self.said(), re.MULTILINE)
        return bool(told) or host.poll() is not None

    def _workers(self, cell: Path) -> list[psutil.Process]:
        """The worker that has these folders, without the guard around it."""
        found = [one for one in self.processes() if _is_worker(one, cell)]
        assert found
        return found

    def _stopped(self) -> list[Path]:
        found = list(self.temporary.glob(STOPPED))
        with suppress(FileNotFoundError):  # a folder is gone that was listed before
            found += self.home.glob(f"{WORKERS}/*/*/out/{STOPPED}")
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            named = " ".join(process.cmdline())
            return str(self.folder) in named or process.environ().get(RUN) == str(self.folder)
        except psutil.Error:
            return False

    def _look_at_shared(self) -> None:
        for process in self.processes():
            with suppress(psutil.Error, NotImplementedError):
                paths = {one.path for one in process.memory_maps()}
                self.shared |= {path for path in paths if path.startswith("/dev/shm/")}  # noqa: S108


def finished(study: Path) -> Path:
    """A finished `.tflite` that takes and gives what the study's model does."""
    return study / FLOAT_TFLITE


def _is_worker(process: psutil.Process, cell: Path) -> bool:
    """Whether it is the worker itself, not the guard around it."""
    with suppress(psutil.Error):
        return process.name().startswith("python") and str(cell) in " ".join(process.cmdline())
    return False


def _write_data(file: Path) -> None:
    with np.load(sample.DATA) as whole:
        x = np.concatenate([whole["x_train"][:400], whole["x_test"][:400]])
        y = np.concatenate([whole["y_train"][:400], whole["y_test"][:400]])
    np.savez(file, x=x, y=y)
