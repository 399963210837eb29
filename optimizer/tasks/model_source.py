"""tasks/: puts a model file as it came into a study. Workers only."""

from pathlib import Path

from optimizer.files.archive import MODEL
from optimizer.files.members import link_or_copy, open_members
from optimizer.models.formats import Format, Recognised
from optimizer.models.weights_layout import weights_suffix

SUFFIXES = {
    Format.KERAS3: ".keras",
    Format.KERAS2: ".keras",
    Format.KERAS3_H5: ".h5",
    Format.KERAS2_H5: ".h5",
    Format.FROZEN_GRAPH: ".pb",
    Format.TFLITE: ".tflite",
}


def keep_source(source: Path, recognised: Recognised, model_folder: Path) -> Path:
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
