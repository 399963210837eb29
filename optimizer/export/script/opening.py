"""export/script/: how a script opens each form of models, as the engine does. `carry` takes one."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

from optimizer.export.script.steps import Plan, in_one_sample
from optimizer.models.export_saved_model import export_keras
from optimizer.models.fix_shapes import SIGNATURE, fix_shapes
from optimizer.models.opened.frozen_graph import FrozenGraph
from optimizer.models.opened.unrolled import unrolled
from optimizer.models.trust import make_canonical, write_canonical_tflite
from optimizer.models.weights_layout import weights_suffix


def whole_file(model: Path, plan: Plan, work: Path) -> Any:  # noqa: ARG001
    """The Keras model of a .keras or .h5 file."""
    return _keras(plan.keras).models.load_model(str(model), compile=False)


def whole_file_unrolled(model: Path, plan: Plan, work: Path) -> Any:
    """The same with its recurrent layers as one step after the other."""
    return unrolled(whole_file(model, plan, work))[0]


def described(model: Path, plan: Plan, work: Path) -> Any:
    """The Keras model of a model.json and the .h5 of its weights, in a zip or folder.

    Raises:
        SystemExit: there is not one of each.
    """
    folder = in_folder(model, work / "described")
    found = sorted(folder.rglob("*.json"))
    descriptions = [file for file in found if b"class_name" in file.read_bytes()]
    if len(descriptions) != 1:
        raise SystemExit(f"{model} has to hold one description of layers, model.json.")
    [description] = descriptions
    weights = sorted(folder.rglob("*.h5"))
    weights = [one for one in weights if one.name.startswith(description.stem)] or weights
    if len(weights) != 1:
        raise SystemExit(f"{model} has to hold one .h5 file of weights.")
    library = _keras(plan.keras)
    built = library.models.model_from_json(description.read_text("utf-8"))
    # Keras tells by the name which of its layouts a file has.
    named = work / f"model{weights_suffix(weights[0])}"
    shutil.copyfile(weights[0], named)
    built.load_weights(str(named))
    return built


def described_unrolled(model: Path, plan: Plan, work: Path) -> Any:
    """The same with its recurrent layers as one step after the other."""
    return unrolled(described(model, plan, work))[0]


def _keras(version: int) -> Any:
    if version == 2:
        import tf_keras as library  # noqa: PLC0415 (workers only)
    else:
        import keras as library  # noqa: PLC0415
    return library


def graph_of_layers(model: Path, plan: Plan, work: Path) -> Path:
    """The SavedModel of a Keras model."""
    assert plan.layers is not None  # noqa: S101 (for the type checker)
    saved_model = work / "saved_model"
    export_keras(plan.layers(model, plan, work), plan.inputs, saved_model)
    return in_one_sample(saved_model, plan, work)


def graph_of_saved_model(model: Path, plan: Plan, work: Path) -> Path:
    """A SavedModel as it came, in a zip or folder, with the sizes that the study gave it.

    Raises:
        SystemExit: there is none.
    """
    import tensorflow as tf  # noqa: PLC0415 (workers only)

    folder = in_folder(model, work / "came")
    found = sorted(folder.rglob("saved_model.pb"), key=lambda file: len(str(file)))
    if not found:
        raise SystemExit(f"{model} holds no saved_model.pb.")
    saved_model = found[0].parent
    make_canonical(saved_model)
    signature = tf.saved_model.load(str(saved_model)).signatures[SIGNATURE]
    _, taken = signature.structured_input_signature
    shapes = {spec.name: spec.shape for spec in plan.inputs}
    if any(list(taken[name].shape) != list(shape) for name, shape in shapes.items()):
        fixed = work / "fixed"
        fix_shapes(saved_model, fixed, shapes, signature=SIGNATURE)
        saved_model = fixed
    return in_one_sample(saved_model, plan, work)


def graph_of_frozen(model: Path, plan: Plan, work: Path) -> Path:
    """The SavedModel of a frozen graph, between the ends that the study chose."""
    saved_model = work / "saved_model"
    FrozenGraph(model, plan.options).export(saved_model, plan.inputs)
    return in_one_sample(saved_model, plan, work)


def ready_file(model: Path, plan: Plan, work: Path) -> Path:  # noqa: ARG001
    """What the study understood of a `.tflite`, which is all that it runs."""
    file = work / "float32.tflite"
    write_canonical_tflite(model, file)
    return file


def in_folder(model: Path, target: Path) -> Path:
    """A copy of a folder, or of what is in a zip."""
    if model.is_dir():
        shutil.copytree(model, target)
    else:
        with zipfile.ZipFile(model) as archive:
            archive.extractall(target)  # it leaves out what would lie elsewhere
    return target
