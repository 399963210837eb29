"""workers/: how far a job is: the worker appends lines, the server reads the last one."""

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "progress.jsonl"
LONGEST_STAGE = 200  # characters
END = 16 * LONGEST_STAGE  # bytes: more than two lines, whose characters are escaped
SHORTEST_PAUSE = 0.1  # seconds between two lines of the same stage


@dataclass(frozen=True)
class Progress:
    """One line of progress.

    Attributes:
        stage: What is being done, in words for the page.
        fraction: How much of the stage is done, 0..1.
    """

    stage: str
    fraction: float


class Reporter:
    """Appends progress to the job's folder; called by the worker."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.stage, self.time = "", 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        """Says what is being done and how much of it is done (0..1)."""
        now = time.monotonic()
        if stage == self.stage and now - self.time < SHORTEST_PAUSE:
            return
        self.stage, self.time = stage, now
        with self.path.open("a") as file:
            file.write(
                json.dumps(asdict(Progress(stage[:LONGEST_STAGE], round(fraction, 3)))) + "\n"
            )


def last(written: bytes | None) -> Progress | None:
    """What the last whole line of a worker's file says; None where it says nothing.

    Args:
        written: The end of the file, `END` bytes of it; None where there is none.
    """
    whole = [line for line in (written or b"").splitlines(keepends=True) if line.endswith(b"\n")]
    try:
        found = json.loads(whole[-1])
        stage, fraction = str(found["stage"])[:LONGEST_STAGE], float(found["fraction"])
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    return Progress(stage, min(max(fraction, 0.0), 1.0) if math.isfinite(fraction) else 0.0)
