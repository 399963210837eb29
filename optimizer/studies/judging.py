"""studies/: the second task of a study: reads the data and measures the float model on them."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.data.dataset import Dataset, DatasetRecord, ScaledSamples, read
from optimizer.data.labels import METRICS, Task
from optimizer.data.scaling import AUTO, candidates
from optimizer.measure.metrics import METRICS as KINDS
from optimizer.measure.metrics import evaluate
from optimizer.measure.predict import predict
from optimizer.measure.results import Metric
from optimizer.models.digest import digest
from optimizer.models.formats import recognise
from optimizer.models.load import LoadedModel
from optimizer.models.summary import ModelSummary
from optimizer.recipes import BASELINE_TEXT
from optimizer.studies.pipeline import BASELINE_OUTPUTS, make_variant
from optimizer.studies.records import FloatReport, Judged, ModelRecord, ScalingScore
from optimizer.studies.study import FLOAT_TFLITE
from optimizer.studies.worker import Report

SCALING_SAMPLES = 300
KERAS_BATCH = 128
SPREAD_OF_IMAGES = 2.0  # larger raw values cannot be scaled to 0..1 or -1..1 already


def judge(
    source: Path,
    name: str,
    scaling: str,
    model: ModelRecord,
    study: Path,
    folder: Path,
    report: Report,
) -> Judged:
    """Reads the `.npz` at `source` and makes the baseline variant.

    Args:
        source: The user's file.
        name: What to call the dataset.
        scaling: A name from `SCALINGS`, or "auto": the one under which the float model does best
            on the tuning role.
        model: The study's model.
        study: The study's folder, only read.
        folder: An empty folder that takes `data/` and `variants/`.
        report: Told the progress.

    Raises:
        DataError: the data cannot be read or do not fit the model.
    """
    report("Reading the data", 0.0)
    (folder / "data").mkdir()
    record = read(source, name, folder / "data", model.summary, digest(source))
    return _judge(record, scaling, model, study, folder, report)


def judge_again(
    record: DatasetRecord,
    data_folder: Path,
    scaling: str,
    model: ModelRecord,
    study: Path,
    folder: Path,
    report: Report,
) -> Judged:
    """Like `judge`, for data that a study has already in `data_folder`, under another scaling."""
    shutil.copytree(data_folder, folder / "data", copy_function=os.link)
    (folder / "data" / BASELINE_OUTPUTS).unlink()  # a link to what must stay as it is
    return _judge(record, scaling, model, study, folder, report)


def _judge(
    record: DatasetRecord,
    scaling: str,
    model: ModelRecord,
    study: Path,
    folder: Path,
    report: Report,
) -> Judged:
    (folder / "variants").mkdir()
    data_folder = folder / "data"
    input_dtype = model.summary.inputs[0].dtype
    scores = _score_scalings(
        Dataset(data_folder, record, input_dtype), study / FLOAT_TFLITE, report
    )
    chosen = _best(scores, record, input_dtype) if scaling == AUTO else scaling
    record = replace(record, scaling=chosen)
    dataset = Dataset(data_folder, record, input_dtype)
    report("Measuring the Keras model", 0.0)
    keras_metric, seconds = _measure_keras(dataset, study / model.file, model.summary, report)
    baseline = make_variant(
        BASELINE_TEXT, model, record, study, data_folder, folder / "variants", report
    )
    float_report = FloatReport(
        scalings=scores, keras=keras_metric, chance=_chance(record), seconds_per_sample=seconds
    )
    return Judged(dataset=record, report=float_report, baseline=baseline)


def _score_scalings(
    dataset: Dataset, float_tflite: Path, report: Report
) -> tuple[ScalingScore, ...]:
    """The float model's metric on some tuning samples under each scaling that makes sense."""
    labels = dataset.labels("tuning")
    record = dataset.record
    integer_input = np.dtype(dataset.input_dtype).kind in "iu"
    if labels is None or len(labels) == 0:
        return ()
    scores = []
    tried = candidates(record.shape, integer_input)
    for done, scaling in enumerate(tried):
        report("Trying scalings", done / len(tried))
        samples = dataset.samples("tuning", scaling.name)
        some = replace(samples, indices=samples.indices[:SCALING_SAMPLES])
        outputs = predict(float_tflite, some)[0]
        metric = evaluate(METRICS[record.task], outputs, labels[:SCALING_SAMPLES])
        scores.append(ScalingScore(scaling=scaling.name, metric=metric))
    return tuple(scores)


def _best(scores: tuple[ScalingScore, ...], record: DatasetRecord, input_dtype: str) -> str:
    """The scaling with the best metric; without labels a guess from the range of the values."""
    known = [score for score in scores if score.metric.value is not None]
    if known:
        sign = 1 if KINDS[METRICS[record.task]].higher_is_better else -1
        return max(known, key=lambda score: sign * (score.metric.value or 0.0)).scaling
    integer_input = np.dtype(input_dtype).kind in "iu"
    images = len(record.shape) == 3 and SPREAD_OF_IMAGES < record.high <= 255 and record.low >= 0
    return "unit" if images and not integer_input else "none"


def _measure_keras(
    dataset: Dataset, file: Path, summary: ModelSummary, report: Report
) -> tuple[Metric | None, float | None]:
    """The metric of the model as it came on the evaluation role, and its seconds per sample."""
    labels = dataset.labels("evaluation")
    if labels is None:
        return None, None
    model = LoadedModel(file, recognise(file))
    samples = dataset.samples("evaluation")
    size = summary.inputs[0].shape[0] or KERAS_BATCH
    parts, seconds = [], []
    for batch, count in _batches(samples, size):
        began = time.monotonic()
        parts.append(model.predict(batch)[0][:count])
        seconds.append((time.monotonic() - began) / size)
        report("Measuring the Keras model", len(parts) * size / len(samples))
    metric = evaluate(METRICS[dataset.record.task], np.concatenate(parts), labels)
    # The first batch has TensorFlow trace the graph, so the median counts.
    return metric, float(np.median(seconds))


def _batches(
    samples: ScaledSamples, size: int
) -> Iterator[tuple[tuple[npt.NDArray[Any], ...], int]]:
    """Batches of exactly `size`, the last one padded, with the number of real samples in each."""
    for start in range(0, len(samples), size):
        batch = samples.batch(start, min(start + size, len(samples)))
        count = len(batch[0])
        if count < size:
            batch = tuple(np.concatenate([x, x[:1].repeat(size - count, axis=0)]) for x in batch)
        yield batch, count


def _chance(record: DatasetRecord) -> float | None:
    """What always answering the most frequent class reaches."""
    if record.task is not Task.CLASSIFICATION:
        return None
    return max(record.class_counts) / sum(record.class_counts)
