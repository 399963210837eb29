"""techniques/training/: how a training went: a line a moment, by workers, for pages."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from optimizer.files.atomic import write_atomically

FILE = "history.jsonl"


@dataclass(frozen=True)
class Moment:
    """A point of the curves.

    Attributes:
        step: Training steps done.
        epoch: Epochs done, as a fraction: 1.5 is the middle of the second.
        loss: On the training role, the mean since the epoch began.
        metric: The metric beside it.
        tuning_loss: On the tuning role; None but at the end of an epoch.
        tuning_metric: The metric beside it.
        sparsity: Share of zeros in the pruned weights, 0..1; None where nothing is pruned.
        learning_rate: Of the steps before.
    """

    step: int
    epoch: float
    loss: float
    metric: float
    tuning_loss: float | None
    tuning_metric: float | None
    sparsity: float | None
    learning_rate: float


def append(folder: Path, moment: Moment) -> None:
    """Adds a line to the history in `folder`."""
    with (folder / FILE).open("ab") as file:
        file.write(_line(moment))


def read(folder: Path) -> list[Moment]:
    """All whole lines of the history in `folder`; none if there is no history yet."""
    try:
        lines = (folder / FILE).read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [Moment(**json.loads(line)) for line in lines if line.endswith("\n")]


def rewrite(folder: Path, moments: Iterable[Moment]) -> None:
    """Replaces the history: a training that is resumed forgets what came after its checkpoint."""
    write_atomically(folder / FILE, b"".join(_line(moment) for moment in moments))


def _line(moment: Moment) -> bytes:
    return json.dumps(asdict(moment)).encode() + b"\n"
