"""tasks/: the training steps of a recipe, each done once a study. Part of making a variant."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer import working_time
from optimizer.errors import StudyError
from optimizer.files.atomic import made_atomically, write_atomically
from optimizer.models.export_saved_model import export_keras
from optimizer.models.summary import ModelSummary
from optimizer.recipes import Recipe
from optimizer.reporting import Report
from optimizer.store.records import TrainingRecord
from optimizer.store.training_folders import (
    CHANGED,
    CHANGES,
    DONE,
    FLOAT_TFLITE,
    SAVED_MODEL,
    STEP,
    Change,
    StepFolders,
)
from optimizer.tasks.study_files import StudyFiles
from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
from optimizer.techniques.properties import Property
from optimizer.techniques.registry import kind_of, training_steps
from optimizer.techniques.training_step import TrainingTime

if TYPE_CHECKING:
    from optimizer.techniques.training.take_step import AtHand

WEIGHTS = "weights.npz"
AGREEMENT_SAMPLES = 32  # on which the rebuilt model must agree with the one that came


class Trained:
    """What a recipe's training steps left: what conversions start from.

    Attributes:
        saved_model: The trained model.
        records: How each step went.
    """

    def __init__(
        self, last: StepFolders, records: tuple[TrainingRecord, ...], *, select_tf_ops: bool
    ) -> None:
        self.records = records
        self.saved_model = _found(last, SAVED_MODEL)
        self._last, self._select_tf_ops = last, select_tf_ops

    def float_tflite(self) -> Path:
        """The float32 `.tflite`, made when it is first asked for."""
        found = self._last.find(FLOAT_TFLITE)
        if found:
            return found
        made = self._last.made / FLOAT_TFLITE
        made.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(made, convert(converter_for(self.saved_model, self._select_tf_ops)))
        return made


def train(
    recipe: Recipe, files: StudyFiles, trainings: Sequence[StepFolders], report: Report
) -> Trained:
    """Does the training steps of a recipe, but for those that an earlier job has done already.

    Workers only.

    Args:
        recipe: Has at least one training step.
        files: The study's model and data.
        trainings: Where each of the steps lies, or is to be done.
        report: Told the progress.

    Raises:
        ModelError: the model cannot be rebuilt in tf_keras.
        RecipeError: a step's parameters do not fit the model.
        TrainingError: tfmot refuses the model, or the loss became NaN.
    """
    summary = files.model.record.summary
    rebuilt = Rebuilt(files)
    records: list[TrainingRecord] = []
    for step, folders in zip(recipe.training, trainings, strict=True):
        if not folders.find(STEP):
            before = trainings[len(records) - 1] if records else None
            _take(step, before, recipe.given_before(step), rebuilt, folders.made, report)
        if step is recipe.training[-1] and not folders.find(SAVED_MODEL):
            report("Exporting", 0.0)
            _export(rebuilt.with_weights_of(folders), summary, folders.made)
        records.append(DONE.read(_found(folders, STEP)))
    return Trained(trainings[-1], tuple(records), select_tf_ops=bool(summary.select_tf_ops))


def _found(folders: StepFolders, name: str) -> Path:
    """Where a part of a step lies that is done."""
    found = folders.find(name)
    assert found is not None  # noqa: S101 (for the type checker)
    return found


class Rebuilt:
    """The model in tf_keras, made once a job, and only if a step is left to do."""

    def __init__(self, files: StudyFiles) -> None:
        self._source, self.summary = files.model, files.model.record.summary
        self.dataset = files.data.open()

    @cached_property
    def model(self) -> Any:
        """The float model as it came, checked to give the same outputs."""
        from optimizer.models.bridge.agreement import (  # noqa: PLC0415 (workers only)
            check_agreement,
        )
        from optimizer.techniques.training.take_step import clear, rebuild  # noqa: PLC0415

        clear()
        original = self._source.load().keras_model()
        model, _ = rebuild(original)
        role = self.dataset.samples(
            "calibration" if self.dataset.record.calibration else "evaluation"
        )
        check_agreement(original, model, role.batch(0, AGREEMENT_SAMPLES))
        return model

    @property
    def at_hand(self) -> "AtHand":
        """The same as a step asks for it."""
        from optimizer.techniques.training.take_step import AtHand  # noqa: PLC0415

        summary = self.summary
        return AtHand(self.model, self.dataset, summary, summary.fits, training_steps())

    def with_weights_of(self, folders: StepFolders | None) -> Any:
        """A copy with the weights that a step left; None: its own."""
        from optimizer.techniques.training.take_step import as_left  # noqa: PLC0415

        if folders is None:
            return as_left(self.model, (), None)
        try:
            structures = [(_kind(change.step), change.how) for change in changes_of(folders)]
            with np.load(_found(folders, WEIGHTS)) as kept:
                return as_left(self.model, structures, [kept[name] for name in kept])
        except (ValueError, LookupError) as error:
            raise StudyError(
                "What a training step left does not fit the model: the study's folder was changed. "
                "Run the recipe again in a new study."
            ) from error


def changes_of(folders: StepFolders | None) -> tuple[Change, ...]:
    """What the steps up to this one did to the layers themselves."""
    found = folders.find(CHANGES) if folders else None
    return CHANGED.read(found) if found else ()


def _kind(name: str) -> type[TrainingTime]:
    """The training step of this name."""
    kind = kind_of(name)
    if not issubclass(kind, TrainingTime):
        raise StudyError(f"{CHANGES} names “{name}”, which changes no layers.")
    return kind


def _take(
    step: TrainingTime,
    before: StepFolders | None,
    given: frozenset[Property],
    rebuilt: Rebuilt,
    folder: Path,
    report: Report,
) -> None:
    """Does one step and leaves its result in `folder`.

    Args:
        step: The step.
        before: Where the step before it lies; None for the first.
        given: What the steps before it gave the model.
        rebuilt: The float model and the data.
        folder: Empty, or with what a killed training goes on from.
        report: Told the progress.
    """
    from optimizer.techniques.training.take_step import take_step  # noqa: PLC0415 (workers only)

    folder.mkdir(parents=True, exist_ok=True)
    report(f"{step.label}: rebuilding the model for training", 0.0)
    began = working_time.now()
    changes = changes_of(before)
    model = rebuilt.with_weights_of(before)
    taken = take_step(step, model, given, rebuilt.at_hand, folder, report, changed=bool(changes))
    prepared, finished, fitted = taken.prepared, taken.finished, taken.fitted
    if prepared.plain:
        np.savez(folder / WEIGHTS, *finished.get_weights())
    else:
        _export(finished, rebuilt.summary, folder)
    sizes = DONE.read(_found(before, STEP)).sizes if before else {}
    if prepared.change:
        changes = (*changes, Change(step.name, prepared.change))
        sizes = _sizes_beside(finished, rebuilt.model)
    if changes:
        CHANGED.write(folder / CHANGES, changes)
    record = TrainingRecord(
        step=step.name,
        folder=str(folder.relative_to(folder.parents[1])),
        layers=prepared.layers,
        epochs=fitted.epochs if fitted else 0,
        best_epoch=fitted.best_epoch if fitted else 0,
        fit_seconds=fitted.seconds if fitted else 0.0,
        seconds=working_time.now() - began,
        channels=prepared.channels,
        sizes=sizes,
    )
    DONE.write(folder / STEP, record)
    for checkpoint in (*folder.rglob("last-*"), *folder.rglob("best-*")):
        checkpoint.unlink()


def _sizes_beside(model: Any, came: Any) -> dict[str, int]:
    """By layer of a model how many weights it has, where that is not as it came."""
    before = {layer.name: layer.count_params() for layer in came.layers}
    after = {layer.name: int(layer.count_params()) for layer in model.layers}
    return {name: count for name, count in after.items() if count != before.get(name)}


def _export(model: Any, summary: ModelSummary, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with made_atomically(folder / SAVED_MODEL) as beside:
        export_keras(model, summary.inputs, beside, one_sample=summary.one_sample)
