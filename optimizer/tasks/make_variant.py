"""tasks/: the way of one recipe: convert, read, measure. Runs in a worker."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from optimizer.audit.audit import audit
from optimizer.audit.findings import AUDIT
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.labels import METRICS, Task
from optimizer.files.atomic import write_atomically
from optimizer.files.digest import digest
from optimizer.measure.disagreement import disagreement
from optimizer.measure.environment import environment
from optimizer.measure.fidelity import fidelity
from optimizer.measure.inside.facts import INSIDE
from optimizer.measure.inside.reading import look_inside
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import SECONDARY, evaluate
from optimizer.measure.predict import predict
from optimizer.measure.probabilities import sum_to_1
from optimizer.measure.size import measure_size
from optimizer.recipes import BASELINE, parse
from optimizer.store.key import variant_key
from optimizer.store.prediction_files import Predictions, predictions_of, write_predictions
from optimizer.store.records import ModelRecord, Variant
from optimizer.store.study import FLOAT_TFLITE
from optimizer.tasks.train import train
from optimizer.techniques.technique import Sources
from optimizer.tflite.contents import read_contents
from optimizer.tflite.flatbuffer import open_flatbuffer
from optimizer.workers.process import Report

Outputs = list[npt.NDArray[np.float32]]
BASELINE_OUTPUTS = "float32.outputs.npz"


def make_variant(
    recipe_text: str,
    model: ModelRecord,
    record: DatasetRecord,
    study: Path,
    data_folder: Path,
    out: Path,
    report: Report,
) -> Variant:
    """Runs a recipe and measures the `.tflite` that comes out, latency excepted.

    Args:
        recipe_text: The recipe.
        model: The study's model.
        record: The study's dataset.
        study: The study's folder, only read.
        data_folder: Where the dataset lies, and the float32 variant's outputs (which the
            float32 variant itself puts there).
        out: Takes `NAME.tflite`, `NAME.npz` (see `predictions`), `NAME.audit.json` and
            `NAME.inside.json` (see `measure.inside`).
        report: Told the progress.

    Raises:
        ConversionError: the model cannot be converted this way.
        ModelError, RecipeError, TrainingError: see `train`.
        MeasurementError: the file cannot be run.
    """
    began = time.monotonic()
    recipe = parse(recipe_text)
    dataset = Dataset(data_folder, record)
    trained = train(recipe, model, dataset, study, report) if recipe.training else None
    report("Converting", 0.0)
    sources = Sources(
        saved_model=trained.saved_model if trained else _saved_model(study, model),
        float_tflite=trained.float_tflite if trained else lambda: study / FLOAT_TFLITE,
        input_names=tuple(spec.name for spec in model.summary.inputs),
        calibration=dataset.samples("calibration") if record.calibration else None,
        report=report,
        select_tf_ops=bool(model.summary.select_tf_ops),
    )
    content = recipe.conversion.convert(sources)
    key = variant_key(recipe, model, record)
    file = out / f"{recipe.slug}-{key[:8]}.tflite"
    write_atomically(file, content)

    judged = _judge_file(file, dataset, model, report)
    if recipe == BASELINE:
        np.savez(data_folder / BASELINE_OUTPUTS, *judged.outputs)
    baseline = _read_outputs(data_folder) if judged.outputs else []
    predictions = file.with_suffix(".npz")
    write_predictions(predictions, judged.kept_beside(baseline, record.output))
    size = measure_size(file)
    flatbuffer = open_flatbuffer(file)
    contents = read_contents(flatbuffer)
    training = trained.records if trained else ()
    audited = file.with_suffix(".audit.json")
    AUDIT.write(audited, audit(contents.weights, recipe, training, model.summary.fits))
    inside = look_inside(flatbuffer)
    inside_file = file.with_suffix(".inside.json")
    INSIDE.write(inside_file, inside)
    return Variant(
        recipe=str(recipe),
        key=key,
        file=f"variants/{file.name}",
        predictions=f"variants/{predictions.name}",
        sha256=digest(file),
        seconds=time.monotonic() - began,
        size_bytes=size.size_bytes,
        gzip_bytes=size.gzip_bytes,
        contents=replace(contents, weights=()),  # the audit has them
        metric=judged.metric,
        others=judged.others,
        fidelity=(
            fidelity(judged.outputs, baseline, classes=judged.classes) if judged.outputs else None
        ),
        random_inputs=record.synthetic,
        environment=environment(),
        training=training,
        audit=f"variants/{audited.name}",
        inside=f"variants/{inside_file.name}",
        runs_on=inside.runs_on,
    )


@dataclass(frozen=True)
class _Judged:
    """What a file does on the evaluation role; `outputs` is empty where nothing can be said."""

    outputs: Outputs = field(default_factory=list)
    classes: tuple[int, ...] = ()
    metric: Metric | None = None
    others: tuple[Metric, ...] = ()
    kept: Predictions = field(default_factory=Predictions)

    def kept_beside(self, baseline: Outputs, output: int) -> Predictions:
        """With the samples on which it and the baseline disagree."""
        if not self.outputs:
            return self.kept
        classes = output in self.classes
        different = disagreement(self.outputs[output], baseline[output], classes=classes)
        return replace(self.kept, different=different)


def _judge_file(file: Path, dataset: Dataset, model: ModelRecord, report: Report) -> _Judged:
    record = dataset.record
    if record.synthetic or model.summary.select_tf_ops:
        return _Judged()
    report("Measuring accuracy", 0.0)
    outputs = predict(
        file,
        dataset.samples("evaluation"),
        on_progress=lambda share: report("Measuring accuracy", share),
    )
    judged = outputs[record.output]
    classes = tuple(
        place
        for place, output in enumerate(outputs)
        if _looks_like_classes(output)
        or (place == record.output and record.task is Task.CLASSIFICATION)
    )
    labels = dataset.labels("evaluation")
    name = METRICS[record.task] if labels is not None else None
    kept = predictions_of(record.task, name, judged, labels, classes=record.output in classes)
    if labels is None or name is None:
        return _Judged(outputs, classes, kept=kept)
    others = tuple(evaluate(other, judged, labels) for other in SECONDARY[record.task])
    return _Judged(outputs, classes, evaluate(name, judged, labels), others, kept)


def _read_outputs(data_folder: Path) -> Outputs:
    with np.load(data_folder / BASELINE_OUTPUTS) as outputs:
        return [outputs[name] for name in outputs]


def _saved_model(study: Path, model: ModelRecord) -> Path | None:
    return study / model.saved_model if model.saved_model else None


def _looks_like_classes(output: npt.NDArray[np.float32]) -> bool:
    """Without labels: rows of two or more values that are positive and sum to one."""
    return output.ndim == 2 and sum_to_1(output)
