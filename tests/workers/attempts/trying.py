"""tests of workers/: the task that makes all attempts, as code would that is in a worker."""

import contextlib
import os
import re
import select
import signal
import traceback
from dataclasses import dataclass
from pathlib import Path

from optimizer.reporting import Report
from tests.workers.attempts import (
    ATTEMPTS,
    Attempt,
    Scene,
    kernel_calls,
    reaching,
    reading,
    writing,
)
from tests.workers.tasks import Light

PATIENCE = 5  # seconds for one
GOT, HELD, BROKEN = "got: ", "held: ", "broken: "
SAID = 2000
FORM = "secret-[0-9a-f]{32}"  # as `world` makes them, which tells none to the worker
KINDS = (reading, writing, reaching, kernel_calls)  # which register themselves


@dataclass(frozen=True)
class TryAll(Light[dict[str, str]]):
    """Makes the attempts, in one process after the other.

    Attributes:
        scene: What they know.
        names: Of those to make.
        given: A file that the task reads.

    Returns:
        What came of each, by its name: what it got, why not, or that the attempt itself is wrong.
    """

    scene: Scene
    names: tuple[str, ...]
    given: Path

    def run(self, report: Report) -> dict[str, str]:
        """See `Work.run`."""
        inbox = self.given.parents[1]
        scene = Scene(**{**vars(self.scene), "given": str(self.given), "inbox": str(inbox)})
        return {name: _tried(ATTEMPTS[name], scene) for name in self.names}


def _tried(attempt: Attempt, scene: Scene) -> str:
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        with contextlib.suppress(BaseException):
            signal.alarm(PATIENCE)
            folder = Path(attempt.name)
            folder.mkdir()
            os.chdir(folder)
            os.write(writes, _outcome(attempt, scene).encode("utf-8", "replace")[:SAID])
        os._exit(0)
    os.close(writes)
    # What it leaves behind may have the pipe too, and would keep it open for ever.
    heard = select.select([reads], [], [], 2 * PATIENCE)[0]
    said = os.read(reads, SAID) if heard else b""
    os.close(reads)
    if not heard:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    ended = os.waitstatus_to_exitcode(status)
    return said.decode("utf-8", "replace") or f"{HELD}the process ended with {ended}"


def _outcome(attempt: Attempt, scene: Scene) -> str:
    try:
        got = attempt.do(scene)
    except OSError as error:
        return f"{HELD}{error}"
    except BaseException:  # noqa: BLE001 (the test tells)
        return BROKEN + traceback.format_exc()[-SAID // 2 :]
    if attempt.secret:  # the rest may be long
        got = re.findall(FORM, repr(got))
    return f"{GOT}{got!r}" if got else f"{HELD}it went through, and gave {got!r}"
