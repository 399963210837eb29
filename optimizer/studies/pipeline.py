"""studies/: the way of one recipe: convert, read, measure. Runs in a worker."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.labels import METRICS, Task
from optimizer.measure.contents import read_contents
from optimizer.measure.environment import environment
from optimizer.measure.fidelity import fidelity
from optimizer.measure.metrics import evaluate, predicted_classes, scores_of
from optimizer.measure.predict import predict
from optimizer.measure.size import measure_size
from optimizer.recipes import BASELINE, parse
from optimizer.studies.audit import audit, write_audit
from optimizer.studies.key import variant_key
from optimizer.studies.records import ModelRecord, Variant
from optimizer.studies.study import FLOAT_TFLITE, write_atomically
from optimizer.studies.training import train
from optimizer.studies.worker import Report
from optimizer.techniques.technique import Sources

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
        out: Takes `NAME.tflite`, `NAME.npz` (scores and predictions of each evaluation sample) and
            `NAME.audit.json`.
        report: Told the progress.

    Raises:
        ConversionError: the model cannot be converted this way.
        ModelError, RecipeError, TrainingError: see `train`.
        MeasurementError: the file cannot be run.
    """
    began = time.monotonic()
    recipe = parse(recipe_text)
    dataset = Dataset(data_folder, record, model.summary.inputs[0].dtype)
    trained = train(recipe, model, dataset, study, report) if recipe.training else None
    report("Converting", 0.0)
    sources = Sources(
        saved_model=trained.saved_model if trained else study / model.saved_model,
        float_tflite=trained.float_tflite if trained else lambda: study / FLOAT_TFLITE,
        input_names=tuple(spec.name for spec in model.summary.inputs),
        calibration=dataset.samples("calibration") if record.calibration else None,
        report=report,
    )
    content = recipe.conversion.convert(sources)
    key = variant_key(recipe, model, record)
    file = out / f"{recipe.slug}-{key[:8]}.tflite"
    write_atomically(file, content)

    report("Measuring accuracy", 0.0)
    outputs = predict(
        file,
        dataset.samples("evaluation"),
        on_progress=lambda share: report("Measuring accuracy", share),
    )
    labels = dataset.labels("evaluation")
    classes = record.task is Task.CLASSIFICATION or _look_like_classes(outputs)
    kept: dict[str, npt.NDArray[np.generic]] = {}
    metric = None
    if labels is not None:
        metric = evaluate(METRICS[record.task], outputs[0], labels)
        kept["scores"] = scores_of(METRICS[record.task], outputs[0], labels)
    if classes:
        kept["classes"] = predicted_classes(outputs[0])
    predictions = file.with_suffix(".npz")
    np.savez_compressed(predictions, **kept)  # type: ignore[arg-type]

    if recipe == BASELINE:
        np.savez(data_folder / BASELINE_OUTPUTS, *outputs)
    size = measure_size(file)
    contents = read_contents(file)
    training = trained.records if trained else ()
    audited = file.with_suffix(".audit.json")
    write_audit(audited, audit(contents.weights, recipe, training, model.summary.fits))
    return Variant(
        recipe=str(recipe),
        key=key,
        file=f"variants/{file.name}",
        predictions=f"variants/{predictions.name}",
        sha256=hashlib.sha256(content).hexdigest(),
        seconds=time.monotonic() - began,
        size_bytes=size.size_bytes,
        gzip_bytes=size.gzip_bytes,
        contents=replace(contents, weights=()),  # the audit has them
        metric=metric,
        fidelity=fidelity(outputs, _read_outputs(data_folder), classes=classes),
        environment=environment(),
        training=training,
        audit=f"variants/{audited.name}",
    )


def _read_outputs(data_folder: Path) -> Outputs:
    with np.load(data_folder / BASELINE_OUTPUTS) as outputs:
        return [outputs[name] for name in outputs]


def _look_like_classes(outputs: Outputs) -> bool:
    """Without labels: rows of two or more values that are positive and sum to one."""
    return all(
        output.ndim == 2
        and output.shape[1] > 1
        and bool((output >= 0).all())
        and bool(np.allclose(output.sum(axis=1), 1, atol=1e-2))
        for output in outputs
    )
