"""tests of workers/: what lies outside of a worker, and what has become of it."""

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.waiting import until
from tests.workers.attempts import ATTEMPTS, REAL_TIME, Scene
from tests.workers.attempts.bystander import LOG

ROOT = Path(__file__).parents[3]
SIGNALS = {
    "sends_a_signal": signal.SIGUSR1,
    "sends_a_signal_to_a_thread": signal.SIGUSR2,
    "sends_a_signal_to_a_thread_in_the_old_way": signal.SIGWINCH,
    "sends_a_signal_with_a_value": REAL_TIME + 1,
    "sends_a_signal_to_its_group": REAL_TIME + 2,
    "sends_a_signal_by_a_descriptor": REAL_TIME + 3,
    "has_a_signal_sent_by_a_pipe": REAL_TIME + 4,
}
"""By which signal of the bystander's each attempt is known."""


@dataclass
class World:
    """A folder with a study, a home and a place for each attempt; and another process.

    Attributes:
        folder: Of all of it.
        secret: Stands in the study, and is known to the process.
        process: The bystander.
        told: Where it can be reached.
    """

    folder: Path
    secret: str
    process: "subprocess.Popen[str]"
    told: dict[str, object]

    @property
    def study(self) -> Path:
        """A study that is not the worker's."""
        return self.folder / "studies" / "other"

    @property
    def outside(self) -> Path:
        """Where each attempt has a folder of its name."""
        return self.folder / "outside"

    def scene(self, cell: Path, given: Path, model: Path) -> Scene:
        """What the attempts know, in a worker that was given a file and beside another worker."""
        return Scene(
            outside=str(self.outside),
            study=str(self.study),
            home=str(Path.home()),
            cell=str(cell),
            inbox=str(given.parents[1]),
            given=str(given),
            model=str(model),
            bystander=self.process.pid,
            sockets=str(self.folder / "sockets"),
            **self.told,  # type: ignore[arg-type]  # the fields that it says
        )

    def reached(self) -> set[str]:
        """The attempts that something came of, as seen from here."""
        os.kill(self.process.pid, signal.SIGHUP)  # what came before that has been written down
        heard = self.folder / "sockets" / LOG
        until(lambda: f"signal {signal.SIGHUP}" in heard.read_text().splitlines())
        lines = set(heard.read_text().splitlines()) - {f"signal {signal.SIGHUP}"}
        signals = {name for name, one in SIGNALS.items() if f"signal {int(one)}" in lines}
        known = {f"signal {int(one)}" for one in SIGNALS.values()}
        return signals | (lines - known) | set(self._changed()) | set(self._moved())

    def _changed(self) -> Iterator[str]:
        """Of which attempts something in their folder is not as it was."""
        for name in ATTEMPTS:
            place = self.outside / name
            file = place / "file"
            if not _as_it_was(place, file):
                yield name

    def _moved(self) -> Iterator[str]:
        """What has become of the bystander."""
        pid = self.process.pid
        if self.process.poll() is not None:
            yield "the bystander has ended"
            return
        if resource.prlimit(pid, resource.RLIMIT_CORE) != CORE:
            yield "lowers_the_limits_of_another_process"
        if os.getpriority(os.PRIO_PROCESS, pid) != os.getpriority(os.PRIO_PROCESS, 0):
            yield "slows_another_process_down"
        if os.sched_getaffinity(pid) != os.sched_getaffinity(0):
            yield "keeps_another_process_to_one_core"


def _as_it_was(place: Path, file: Path) -> bool:
    if [one.name for one in place.iterdir()] != [file.name]:
        return False
    found = file.stat()
    kept = (stat.S_IMODE(found.st_mode), found.st_mtime_ns, file.read_text())
    return kept == (RIGHTS, TIME, place.name) and not os.listxattr(file)


RIGHTS = 0o640
TIME = 1_700_000_000 * 10**9
CORE = resource.getrlimit(resource.RLIMIT_CORE)


@contextmanager
def world(folder: Path, sockets: Path) -> Iterator[World]:
    """Makes one in `folder`, which is empty; `sockets` is a folder with a short name."""
    secret = f"secret-{uuid4().hex}"
    folder.mkdir(exist_ok=True)
    (folder / "sockets").symlink_to(sockets)
    study = folder / "studies" / "other"
    study.mkdir(parents=True)
    (study / "study.json").write_text(secret)
    for name in ATTEMPTS:
        place = folder / "outside" / name
        place.mkdir(parents=True)
        file = place / "file"
        file.write_text(name)
        file.chmod(RIGHTS)
        os.utime(file, ns=(TIME, TIME))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.workers.attempts.bystander", str(sockets), secret],
        cwd=ROOT, env={**os.environ, "A_SECRET": secret}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout
        yield World(folder, secret, process, json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()
