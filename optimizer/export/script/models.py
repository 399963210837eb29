"""export/script/: what a script says of the model's file: how it is opened, and which it is."""

from dataclasses import dataclass

from optimizer.errors import StudyError
from optimizer.export.script.carry import ENGINE
from optimizer.export.script.literals import call, plain
from optimizer.files.digest import digest
from optimizer.store.records import ModelRecord
from optimizer.store.study import Study

OPENING = f"{ENGINE}.export.script.opening"
OPTIONS = f"{ENGINE}.models.open_options:OpenOptions"
DESCRIBED = "model.json with weights"
KERAS = {
    f"Keras {version} {form}": (version, form)
    for version in (2, 3)
    for form in (".keras", ".h5", DESCRIBED)
}
FROZEN = "graph_of_frozen"
GRAPHS = {"SavedModel": "graph_of_saved_model", "TensorFlow 1 frozen graph .pb": FROZEN}
READY = ".tflite"


@dataclass(frozen=True)
class OpenedBy:
    """How a script opens a model.

    Attributes:
        arguments: Of `Plan`, as expressions.
        roots: What they name of the engine.
        layers: Whether there are Keras layers, which alone can be trained.
        ready: Whether it is a `.tflite` already.
    """

    arguments: dict[str, str]
    roots: tuple[str, ...]
    layers: bool
    ready: bool


def opened_by(study: Study) -> OpenedBy:
    """How a script opens the study's model.

    Raises:
        StudyError: no script can.
    """
    model = study.index.model
    _refuse_decisions(model)
    graph, layers, ready, keras, options = "None", "None", "None", 0, "None"
    form = model.summary.format
    if form in KERAS:
        keras, own = KERAS[form]
        layers = "described" if own == DESCRIBED else "whole_file"
        layers += "_unrolled" if model.options.unroll else ""
        graph = "graph_of_layers"
    elif form in GRAPHS:
        graph = GRAPHS[form]
    elif form == READY:
        ready = "ready_file"
    else:
        raise StudyError(
            f"No script opens a model that came as {form}. Open the .keras file that it was made "
            "from, in a new study."
        )
    roots = [f"{OPENING}:{name}" for name in (graph, layers, ready) if name != "None"]
    if graph == FROZEN:
        chosen = model.options
        options = call("OpenOptions", inputs=plain(chosen.inputs), outputs=plain(chosen.outputs))
        roots.append(OPTIONS)
    file = study.folder / model.file
    return OpenedBy(
        {
            "graph": graph,
            "layers": layers,
            "ready": ready,
            "keras": plain(keras),
            "options": options,
            "model_sha256": plain(digest(file) if file.is_file() else ""),
        },
        tuple(roots),
        layers != "None",
        ready != "None",
    )


def _refuse_decisions(model: ModelRecord) -> None:
    """Refuses what a script cannot do again.

    Raises:
        StudyError: why, and what to do.
    """
    options = model.options
    if model.code:
        raise StudyError(
            "No script makes files of this model: it has layers of your own, whose Python file a "
            "script would have to run. `liteweigh run` makes the file again."
        )
    if options.trusted:
        raise StudyError(
            "No script makes files of this model: it holds code, which was trusted in this study "
            "alone. Save it without that code, such as a Lambda layer, and start a new study."
        )
    if options.architecture:
        raise StudyError(
            "No script makes files of this model: it came as weights alone, whose architecture was "
            "chosen here. Save the whole model as .keras, and start a new study with that."
        )
    if options.function:
        raise StudyError(
            "No script makes files of this model: another function than serving_default was "
            "chosen. Save the SavedModel with that as serving_default, and start a new study."
        )
    if model.summary.select_tf_ops:
        raise StudyError(
            "No script makes files of this model: they hold TensorFlow's own operators, which only "
            "a runtime with these can run. `liteweigh run` makes the file again."
        )
