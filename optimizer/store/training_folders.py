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

import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from optimizer.data.dataset import DatasetRecord
from optimizer.files import locks
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
            lock = locks.take(_lock_of(folder))
        except BlockingIOError:  # another job needs the same training and goes on with it
            continue
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def alone_in(folder: Path) -> AbstractContextManager[None]:
    """Keeps other jobs out of a training folder."""
    folder.parent.mkdir(exist_ok=True)
    return locks.held(_lock_of(folder))


def _lock_of(folder: Path) -> Path:
    return folder.with_suffix(".lock")
