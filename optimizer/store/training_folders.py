"""store/: where trainings lie, and who is at them.

training/KEY/            one folder for each beginning of a recipe: prune, prune+cluster, …
    step.json            that the step is done, and how it went; written last
    weights.npz          of the plain model that it left; QAT leaves none
    saved_model/         what conversions start from
    float32.tflite       what the LiteRT Quantizer starts from
    history.jsonl        the curves
    tensorboard/         TensorBoard's log
    state.json, last-*   what a training that was killed goes on from
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.data.dataset import DatasetRecord
from optimizer.recipes import Recipe
from optimizer.store.key import training_keys
from optimizer.store.records import ModelRecord

STEP = "step.json"


def training_folders(
    recipe: Recipe, model: ModelRecord, dataset: DatasetRecord, study: Path
) -> list[Path]:
    """Where each training step of a recipe keeps its work."""
    return [study / "training" / key for key in training_keys(recipe, model, dataset)]


def discard_unfinished(folders: list[Path]) -> None:
    """Removes trainings that a cancelled job left half-made, unless another job is at them."""
    for folder in folders:
        if (folder / STEP).exists() or not folder.exists():
            continue
        try:
            with alone_in(folder, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # another job needs the same training and goes on with it
            continue


@contextmanager
def alone_in(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Keeps other jobs out of a training folder; the system lets go when the process dies.

    Raises:
        BlockingIOError: another job is at it, and `wait` is false.
    """
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
