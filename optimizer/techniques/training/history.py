"""techniques/training/: how a training went: a line a moment, by workers, for pages."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from optimizer.files import left
from optimizer.files.atomic import write_atomically

FILE = "history.jsonl"
MOST = 8 * 2**20  # bytes: 40,000 moments


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


MOMENT = TypeAdapter(Moment)


def append(folder: Path, moment: Moment) -> None:
    """Adds a line to the history in `folder`."""
    with (folder / FILE).open("ab") as file:
        file.write(_line(moment))


def read(folder: Path) -> list[Moment]:
    """All whole lines of the history in `folder`; none if there is no history yet."""
    return parsed(left.read(folder, FILE, MOST))


def parsed(written: bytes | None) -> list[Moment]:
    """The moments that whole lines tell of; a line that tells of none is passed over."""
    lines = (written or b"").splitlines(keepends=True)
    return [moment for line in lines if line.endswith(b"\n") and (moment := _moment(line))]


def _moment(line: bytes) -> Moment | None:
    try:
        return MOMENT.validate_json(line)
    except ValueError:
        return None


def rewrite(folder: Path, moments: Iterable[Moment]) -> None:
    """Replaces the history: a training that is resumed forgets what came after its checkpoint."""
    write_atomically(folder / FILE, b"".join(_line(moment) for moment in moments))


def _line(moment: Moment) -> bytes:
    return json.dumps(asdict(moment)).encode() + b"\n"
