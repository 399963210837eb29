"""workers/: how far a job is: the worker appends lines, the server reads the last one."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "progress.jsonl"
LONGEST_LINE = 512  # bytes
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
            file.write(json.dumps(asdict(Progress(stage[:200], round(fraction, 3)))) + "\n")


def read(folder: Path) -> Progress | None:
    """The last whole line that a worker wrote into `folder`; None before the first."""
    try:
        with (folder / FILE).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 2 * LONGEST_LINE))
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return None
    whole = [line for line in lines if line.endswith(b"\n")]
    return Progress(**json.loads(whole[-1])) if whole else None
