"""studies/: the first task of a study: opens a model file and makes what all conversions share."""

import shutil
from dataclasses import replace
from pathlib import Path

from optimizer.errors import ModelError
from optimizer.measure.contents import read_contents
from optimizer.models.archive import extract
from optimizer.models.digest import digest, size
from optimizer.models.formats import Format, Recognised, recognise
from optimizer.models.load import LoadedModel
from optimizer.models.summary import LayerFit, ModelSummary
from optimizer.studies.records import ModelRecord
from optimizer.studies.study import FLOAT_TFLITE, write_atomically
from optimizer.studies.worker import Report
from optimizer.techniques.converter import convert, converter_for

SUFFIXES = {
    Format.KERAS3: ".keras",
    Format.KERAS2: ".keras",
    Format.KERAS3_H5: ".h5",
    Format.KERAS2_H5: ".h5",
}


def open_model(source: Path, name: str, folder: Path, report: Report) -> ModelRecord:
    """Opens the file or SavedModel folder `source` and prepares `folder` to become a study.

    Writes `model/source.*` (or the SavedModel's files), the shared SavedModel and the float32
    `.tflite`.

    Raises:
        ModelError: it is no model, or one that cannot be used; the message says why.
        ConversionError: it cannot be converted even to float32.
    """
    report("Recognising the file", 0.0)
    recognised = recognise(source)
    model_folder = folder / "model"
    model_folder.mkdir()
    stored = store(source, recognised, model_folder)
    report("Loading the model", 0.1)
    model = LoadedModel(stored, recognised)
    summary = model.summarise(name, recognised.version, size(stored))
    check_shapes(summary)
    report("Exporting", 0.4)
    saved_model = model.export(model_folder / "saved_model")
    report("Converting to float32", 0.6)
    float_tflite = folder / FLOAT_TFLITE
    write_atomically(float_tflite, convert(converter_for(saved_model)))
    report("Looking at what can be trained", 0.8)
    untrainable, fits = look_at_training(model)
    summary = replace(
        summary, macs=read_contents(float_tflite).macs, untrainable=untrainable, fits=fits
    )
    return ModelRecord(
        summary=summary,
        digest=digest(source),
        file=str(stored.relative_to(folder)),
        saved_model=str(saved_model.relative_to(folder)),
    )


def look_at_training(model: LoadedModel) -> tuple[str | None, tuple[LayerFit, ...]]:
    """Why the model cannot be trained, or None; and what techniques can do with each layer."""
    from optimizer.models.bridge.replay import to_tf_keras  # noqa: PLC0415 (workers only)
    from optimizer.techniques.training.fits import layer_fits  # noqa: PLC0415

    try:
        return None, layer_fits(to_tf_keras(model.keras_model()))
    except ModelError as error:
        return str(error).rstrip("."), ()


def store(source: Path, recognised: Recognised, model_folder: Path) -> Path:
    """Copies a model into the study under the suffix that its library expects."""
    if recognised.format is Format.SAVED_MODEL:
        target = model_folder / "source"
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
            return target
        extract(source, target)
        return target / recognised.root
    target = model_folder / f"source{SUFFIXES[recognised.format]}"
    shutil.copyfile(source, target)
    return target


def check_shapes(summary: ModelSummary) -> None:
    """Refuses inputs of open size: a `.tflite` has fixed ones.

    Raises:
        ModelError: names the input and its open dimensions.
    """
    for spec in summary.inputs:
        if any(size is None for size in spec.shape[1:]):
            raise ModelError(
                f"The input “{spec.name}” has no fixed size ({spec}). Build the model with a fixed "
                "input shape, e.g. keras.Input((224, 224, 3)), load the weights and save it again."
            )
