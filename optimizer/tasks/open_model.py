"""tasks/: the first task of a study: opens a model file and makes what all conversions share."""

from dataclasses import replace
from pathlib import Path

from optimizer.errors import ModelError
from optimizer.files.archive import MODEL
from optimizer.files.atomic import write_atomically
from optimizer.files.digest import digest, size
from optimizer.files.members import link_or_copy, open_members
from optimizer.models.formats import Format, Recognised, recognise
from optimizer.models.load import LoadedModel
from optimizer.models.open_options import OpenOptions
from optimizer.models.summary import LayerFit
from optimizer.models.weights_layout import weights_suffix
from optimizer.store.records import ModelRecord
from optimizer.store.study import FLOAT_TFLITE
from optimizer.tasks.first_conversion import convert_first
from optimizer.tflite.contents import read_contents
from optimizer.tflite.flatbuffer import open_flatbuffer
from optimizer.workers.process import Report

SUFFIXES = {
    Format.KERAS3: ".keras",
    Format.KERAS2: ".keras",
    Format.KERAS3_H5: ".h5",
    Format.KERAS2_H5: ".h5",
    Format.FROZEN_GRAPH: ".pb",
    Format.TFLITE: ".tflite",
}


def open_model(
    source: Path, name: str, options: OpenOptions, folder: Path, report: Report
) -> ModelRecord:
    """Opens the file or folder `source` and prepares `folder` to become a study.

    Writes `model/source.*` (or the folder `model/source`), the shared SavedModel and the float32
    `.tflite`.

    Args:
        source: What the user brought.
        name: What to call it.
        options: What the user has decided about it.
        folder: An empty folder.
        report: Told the progress.

    Raises:
        UndecidedModelError: the user has to decide something first.
        ModelError: it is no model, or one that cannot be used; the message says why.
        ConversionError: it cannot be converted even to float32.
    """
    report("Recognising the file", 0.0)
    recognised = recognise(source)
    model_folder = folder / "model"
    model_folder.mkdir()
    stored = store(source, recognised, model_folder)
    recognised = recognise(stored)
    report("Loading the model", 0.1)
    model = LoadedModel(stored, recognised, options)
    summary = model.summarise(name, recognised.version, size(stored))
    report("Exporting", 0.4)
    exported = model.export(model_folder / "saved_model")
    report("Converting to float32", 0.6)
    float_tflite = folder / FLOAT_TFLITE
    saved_model = None
    if exported is None:
        write_atomically(float_tflite, stored.read_bytes())
    else:
        first = convert_first(exported, select_tf_ops=options.select_tf_ops)
        write_atomically(float_tflite, first.content)
        saved_model = str(first.saved_model.relative_to(folder))
        summary = replace(
            summary,
            one_sample=first.one_sample,
            select_tf_ops=first.select_tf_ops,
            notes=(*summary.notes, *_notes(first.one_sample)),
        )
    report("Looking at what can be trained", 0.8)
    untrainable, fits = look_at_training(model)
    contents = read_contents(open_flatbuffer(float_tflite))
    return ModelRecord(
        summary=replace(
            summary,
            macs=contents.macs,
            loops="WHILE" in contents.operators,
            untrainable=untrainable,
            fits=fits,
        ),
        digest=digest(source),
        file=str(stored.relative_to(folder)),
        saved_model=saved_model,
        options=options,
    )


def look_at_training(model: LoadedModel) -> tuple[str | None, tuple[LayerFit, ...]]:
    """Why the model cannot be trained, or None; and what techniques can do with each layer."""
    from optimizer.models.bridge.replay import to_tf_keras  # noqa: PLC0415 (workers only)
    from optimizer.techniques.training.layer_support import layer_fits  # noqa: PLC0415

    try:
        return None, layer_fits(to_tf_keras(model.keras_model()))
    except ModelError as error:
        return str(error).rstrip("."), ()


def store(source: Path, recognised: Recognised, model_folder: Path) -> Path:
    """Puts a model into the study, out of its zip, under the names that its library expects."""
    target = model_folder / "source"
    if recognised.format is Format.SAVED_MODEL:
        members = open_members(source, MODEL)
        for name in members.names:
            if name.startswith(recognised.root):
                members.copy(name, target / name.removeprefix(recognised.root))
        return target
    if recognised.weights:
        members = open_members(source, MODEL)
        members.copy(recognised.root, target / "model.json")
        weights = members.copy(recognised.weights, target / "model.h5")
        weights.rename(target / f"model{weights_suffix(weights)}")
        return target
    target = target.with_suffix(SUFFIXES[recognised.format])
    if recognised.root:
        open_members(source, MODEL).copy(recognised.root, target)
    else:
        link_or_copy(source, target)
    return target


def _notes(one_sample: bool) -> tuple[str, ...]:
    if not one_sample:
        return ()
    return ("Its files take one sample at a time: recurrent layers convert no other way.",)
