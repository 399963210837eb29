"""store/: where trainings lie: what is done in the study, what a job is at in the job's own folder.

training/KEY/            one folder for each beginning of a recipe: prune, prune+cluster, …
    step.json            that the step is done, and how it went; written last
    weights.npz          of the plain model that it left; QAT leaves none
    changes.json         how its layers differ from those of the model that came; where they do
    saved_model/         what conversions start from
    float32.tflite       what the LiteRT Quantizer starts from
    history.jsonl        the curves
    tensorboard/         TensorBoard's log
    state.json, last-*   what a training that was killed goes on from

Only the server changes a study's `training/`. A job reads from it what is done. What is left to do
lies in `jobs/ID/training/KEY` while the job has it, with all that an earlier job left half-made;
when the job has ended, however it did, the folder is moved back. Moving is one rename, so a kill
at any moment leaves a training in one of the two places.
"""

import logging
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import StudyError
from optimizer.files.json_file import JsonFile
from optimizer.recipes import Recipe
from optimizer.store.key import training_keys
from optimizer.store.records import ModelRecord, TrainingRecord

LOGGER = logging.getLogger(__name__)
STEP = "step.json"
DONE = JsonFile(TrainingRecord, error=StudyError, again="Run the recipe again in a new study")
"""How a step went."""
CHANGES = "changes.json"


@dataclass(frozen=True)
class Change:
    """What a step did to the layers themselves.

    Attributes:
        step: The technique's name.
        how: What its `restructured` reads.
    """

    step: str
    how: str


CHANGED = JsonFile(
    tuple[Change, ...], error=StudyError, again="Run the recipe again in a new study"
)
"""What the steps up to here did to the layers, in their order."""
SAVED_MODEL, FLOAT_TFLITE = "saved_model", "float32.tflite"
LATER = (SAVED_MODEL, FLOAT_TFLITE)
"""What may come to a step that is done: it is made when a conversion first starts from it."""
TRAINING = "training"


@dataclass(frozen=True)
class StepFolders:
    """Where one training step of a job lies.

    Attributes:
        made: Takes what the job makes, and may hold what a killed training goes on from.
        done: The step as an earlier job did it, only read; None if it is still to be done.
    """

    made: Path
    done: Path | None

    def find(self, name: str) -> Path | None:
        """Where a file or folder of the step lies; None if it does not exist."""
        places = (folder / name for folder in (self.done, self.made) if folder)
        return next((place for place in places if place.exists()), None)


def training_folders(
    recipe: Recipe, model: ModelRecord, dataset: DatasetRecord, study: Path
) -> list[Path]:
    """Where a study keeps each training step of a recipe."""
    return [study / TRAINING / key for key in training_keys(recipe, model, dataset)]


def is_done(folder: Path) -> bool:
    """Whether the training step that lies in `folder` is done."""
    return (folder / STEP).exists()


def hand_over(kept: list[Path], job: Path) -> tuple[StepFolders, ...]:
    """Gives a job its training steps: what is done to be read, what is not to be gone on with.

    Args:
        kept: Where the study keeps each of them; no other job is at one that is not done.
        job: The job's folder.
    """
    steps = []
    for folder in kept:
        made = job / TRAINING / folder.name
        if is_done(folder):
            steps.append(StepFolders(made, done=folder))
            continue
        if folder.exists():
            made.parent.mkdir(exist_ok=True)
            folder.rename(made)
        steps.append(StepFolders(made, done=None))
    return tuple(steps)


def take_back(job: Path, study: Path, discard: Collection[str] = ()) -> None:
    """Moves the trainings that a job left into the study.

    Args:
        job: The job's folder; nobody writes into it any more.
        study: The study's folder.
        discard: Keys of trainings that are not worth keeping unless they are done.
    """
    if not (job / TRAINING).exists():
        return
    for made in (job / TRAINING).iterdir():
        kept = study / TRAINING / made.name
        if is_done(kept):
            _add(made, kept)
        elif is_done(made) or (made.name not in discard and not kept.exists()):
            kept.parent.mkdir(exist_ok=True)
            shutil.rmtree(kept, ignore_errors=True)
            made.rename(kept)
    shutil.rmtree(job / TRAINING)


def take_back_if_possible(job: Path, study: Path, discard: Collection[str] = ()) -> bool:
    """See `take_back`; False where the disk refuses: then it is for `leftovers.sweep`."""
    try:
        take_back(job, study, discard)
    except OSError as error:
        LOGGER.warning("What %s had trained stays where it is: %s", job, error)
        return False
    return True


def _add(made: Path, kept: Path) -> None:
    """Gives a step that is done what a conversion made of it."""
    for name in LATER:
        if (made / name).exists() and not (kept / name).exists():
            (made / name).rename(kept / name)
