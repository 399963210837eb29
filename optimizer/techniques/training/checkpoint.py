"""techniques/training/: what a training that was killed goes on from. Workers only."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from optimizer.files.atomic import write_atomically

STATE = "state.json"


@dataclass(frozen=True)
class State:
    """Where a training stands at the end of an epoch.

    Attributes:
        epoch: Epochs done.
        best_epoch: The epoch (from 1) with the best tuning loss so far; 0 before there is one.
        best_loss: Its tuning loss.
        waited: Epochs since.
        halvings: How often the learning rate was halved.
        seconds: What the epochs took in all.
    """

    epoch: int = 0
    best_epoch: int = 0
    best_loss: float = float("inf")
    waited: int = 0
    halvings: int = 0
    seconds: float = 0.0


class Checkpoints:
    """Weights, optimizer and state of the last epoch and of the best one, in a folder.

    Each is written under a name of its own, and `state.json`, replaced last, names what counts:
    a kill at any moment leaves the epoch before.
    """

    def __init__(self, folder: Path, model: Any, optimizer: Any) -> None:
        self.folder = folder
        self._last = tf.train.Checkpoint(model=model, optimizer=optimizer)
        self._best = tf.train.Checkpoint(model=model)

    def restore(self) -> State:
        """Puts model and optimizer where the last whole epoch left them; a fresh start if none."""
        try:
            state = State(**json.loads((self.folder / STATE).read_text()))
        except FileNotFoundError:
            return State()
        self._last.read(self._path("last", state.epoch)).assert_existing_objects_matched()
        return state

    def save(self, state: State) -> None:
        """Writes the end of an epoch; one that is the best is kept beside the last."""
        self._last.write(self._path("last", state.epoch))
        if state.best_epoch == state.epoch:
            self._best.write(self._path("best", state.epoch))
        write_atomically(self.folder / STATE, json.dumps(asdict(state)).encode())
        self._drop({f"last-{state.epoch}", f"best-{state.best_epoch}"})

    def take_best(self, state: State) -> None:
        """Puts the model where the best epoch left it."""
        if state.best_epoch:
            best = self._best.read(self._path("best", state.best_epoch))
            best.assert_existing_objects_matched()

    def _path(self, kind: str, epoch: int) -> str:
        return str(self.folder / f"{kind}-{epoch}")

    def _drop(self, kept: set[str]) -> None:
        for pattern in ("last-*", "best-*"):
            for path in self.folder.glob(pattern):
                if path.name.partition(".")[0] not in kept:
                    path.unlink()
