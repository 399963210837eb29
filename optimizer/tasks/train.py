"""tasks/: the training steps of a recipe, each done once a study. Runs in a worker."""

import shutil
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.data.dataset import Dataset
from optimizer.errors import TrainingError
from optimizer.files.atomic import made_atomically, write_atomically
from optimizer.models.export_saved_model import export_keras
from optimizer.models.formats import recognise
from optimizer.models.load import LoadedModel
from optimizer.models.summary import ModelSummary
from optimizer.recipes import Recipe
from optimizer.store.records import ModelRecord, TrainingRecord
from optimizer.store.training_folders import STEP, alone_in, training_folders
from optimizer.techniques.converters.tensorflow_converter import convert, converter_for
from optimizer.techniques.properties import Property
from optimizer.techniques.training_step import TrainingTime
from optimizer.workers.process import Report

WEIGHTS, SAVED_MODEL = "weights.npz", "saved_model"
FLOAT_TFLITE = "float32.tflite"
AGREEMENT_SAMPLES = 32  # on which the rebuilt model must agree with the one that came


class Trained:
    """What a recipe's training steps left: what conversions start from."""

    def __init__(
        self, folder: Path, records: tuple[TrainingRecord, ...], select_tf_ops: bool
    ) -> None:
        self.folder, self.records, self.select_tf_ops = folder, records, select_tf_ops
        self.saved_model = folder / SAVED_MODEL

    def float_tflite(self) -> Path:
        """The float32 `.tflite`, made when it is first asked for."""
        path = self.folder / FLOAT_TFLITE
        with alone_in(self.folder):
            if not path.exists():
                converter = converter_for(self.saved_model, self.select_tf_ops)
                write_atomically(path, convert(converter))
        return path


def train(
    recipe: Recipe, model: ModelRecord, dataset: Dataset, study: Path, report: Report
) -> Trained:
    """Does the training steps of a recipe, but for those that another recipe has done already.

    Args:
        recipe: Has at least one training step.
        model: The study's model.
        dataset: The study's data.
        study: The study's folder.
        report: Told the progress.

    Raises:
        ModelError: the model cannot be rebuilt in tf_keras.
        RecipeError: a step's parameters do not fit the model.
        TrainingError: tfmot refuses the model, or the loss became NaN.
    """
    folders = training_folders(recipe, model, dataset.record, study)
    rebuilt = Rebuilt(model, dataset, study)
    records: list[TrainingRecord] = []
    for step, folder in zip(recipe.training, folders, strict=True):
        report(f"Waiting for the same {step.name} of another job", 0.0)
        with alone_in(folder):
            if not (folder / STEP).exists():
                before = folders[len(records) - 1] if records else None
                _take(step, before, recipe.given_before(step), rebuilt, folder, report)
            if step is recipe.training[-1] and not (folder / SAVED_MODEL).exists():
                report("Exporting", 0.0)
                _export(rebuilt.with_weights_of(folder), model.summary, folder)
        records.append(TrainingRecord.model_validate_json((folder / STEP).read_bytes()))
    return Trained(folders[-1], tuple(records), bool(model.summary.select_tf_ops))


class Rebuilt:
    """The model in tf_keras, made once a job, and only if a step is left to do."""

    def __init__(self, model: ModelRecord, dataset: Dataset, study: Path) -> None:
        self.record, self.dataset, self.file = model, dataset, study / model.file

    @cached_property
    def model(self) -> Any:
        """The float model as it came, checked to give the same outputs."""
        import tf_keras  # noqa: PLC0415 (workers only: takes seconds and 700 MB)

        from optimizer.models.bridge.agreement import check_agreement  # noqa: PLC0415
        from optimizer.models.bridge.replay import to_tf_keras  # noqa: PLC0415

        tf_keras.backend.clear_session()  # frees what an earlier job of this worker left
        original = LoadedModel(self.file, recognise(self.file), self.record.options).keras_model()
        model = to_tf_keras(original)
        role = self.dataset.samples(
            "calibration" if self.dataset.record.calibration else "evaluation"
        )
        check_agreement(original, model, role.batch(0, AGREEMENT_SAMPLES))
        return model

    def with_weights_of(self, folder: Path | None) -> Any:
        """A copy with the weights that the step in `folder` left; None: its own."""
        from optimizer.techniques.tfmot.clone import clone  # noqa: PLC0415

        model = clone(self.model)
        if folder:
            with np.load(folder / WEIGHTS) as weights:
                model.set_weights([weights[name] for name in weights])
        return model


def _take(
    step: TrainingTime,
    before: Path | None,
    given: frozenset[Property],
    rebuilt: Rebuilt,
    folder: Path,
    report: Report,
) -> None:
    """Does one step and leaves its result in `folder`.

    Args:
        step: The step.
        before: The folder of the step before it; None for the first.
        given: What the steps before it gave the model.
        rebuilt: The float model and the data.
        folder: Empty, or with what a killed training goes on from.
        report: Told the progress.
    """
    from optimizer.techniques.training.learn import learn  # noqa: PLC0415 (workers only)
    from optimizer.techniques.training.prepared import Start  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    report(f"{step.label}: rebuilding the model for training", 0.0)
    began = time.monotonic()
    dataset, summary = rebuilt.dataset, rebuilt.record.summary
    start = Start(
        model=rebuilt.with_weights_of(before),
        fits=summary.fits,
        given=given,
        steps_per_epoch=max(1, -(-dataset.record.training // step.batch_size)),
    )
    prepared = step.prepare(start)
    fitted = None
    if step.epochs == 0:
        prepared.at_once(prepared.model)
    else:
        try:
            fitted = learn(step, prepared, rebuilt.model, dataset, summary.loss, folder, report)
        except TrainingError:
            shutil.rmtree(folder)  # going on from here would fail again
            raise
    finished = prepared.finish(prepared.model)
    if prepared.plain:
        np.savez(folder / WEIGHTS, *finished.get_weights())
    else:
        _export(finished, summary, folder)
    record = TrainingRecord(
        step=step.name,
        folder=str(folder.relative_to(folder.parents[1])),
        layers=prepared.layers,
        epochs=fitted.epochs if fitted else 0,
        best_epoch=fitted.best_epoch if fitted else 0,
        fit_seconds=fitted.seconds if fitted else 0.0,
        seconds=time.monotonic() - began,
    )
    write_atomically(folder / STEP, record.model_dump_json(indent=1).encode())
    for checkpoint in (*folder.glob("last-*"), *folder.glob("best-*")):
        checkpoint.unlink()


def _export(model: Any, summary: ModelSummary, folder: Path) -> None:
    with made_atomically(folder / SAVED_MODEL) as beside:
        export_keras(model, summary.inputs, beside, one_sample=summary.one_sample)
