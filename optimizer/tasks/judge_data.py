"""tasks/: how the float model does on data that were read: their scaling, and the baseline."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.data.data_options import DataOptions
from optimizer.data.dataset import Dataset, DatasetRecord, ScaledSamples
from optimizer.data.labels import HEADLINE, OF_CLASSES, Task
from optimizer.data.scaling import AUTO, SCALINGS, Scaling, candidates, of_8_bits
from optimizer.errors import DataError
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import evaluate
from optimizer.measure.metrics.headline import BALANCED, headline
from optimizer.measure.probabilities import decidable
from optimizer.recipes import BASELINE
from optimizer.reporting import Report
from optimizer.store.fitting_scalings import fitting
from optimizer.store.records import FloatReport, Judged, ScalingScore
from optimizer.tasks.make_variant import MakeVariant
from optimizer.tasks.study_files import StudyData, StudyFiles, StudyModel
from optimizer.tasks.target_scaling import AS_IT_IS, are_pictures, best_target
from optimizer.tasks.threshold import threshold_of

DATA, VARIANTS = "data", "variants"
"""Where a task that reads data puts them, and the baseline, in its `out`."""
SCALING_SAMPLES = 300
KERAS_BATCH = 128


def judge(
    record: DatasetRecord,
    options: DataOptions,
    model: StudyModel,
    out: Path,
    report: Report,
    *,
    inputs: Path | None = None,
) -> Judged:
    """Chooses the scaling, and makes and measures the baseline variant. Workers only.

    Args:
        record: What was read into the folder `data` in `out`.
        options: What the user has decided. A scaling "auto" is the one under which the float model
            does best on samples that are not evaluated, or the usual one where that is no worse.
        model: The study's model.
        out: Takes the folder `variants`, see `MakeVariant`.
        report: Told the progress.
        inputs: Where the samples lie; None: in `data` too.

    Raises:
        DataError: the scaling does not fit the samples, or the metric not the labels.
    """
    (out / VARIANTS).mkdir()
    scaling = options.scaling
    first = headline(record.task, record.class_counts, options.metric)
    record = replace(record, headline=None if first == HEADLINE.get(record.task) else first)
    if first == BALANCED and options.metric is None:
        record = replace(record, notes=(*record.notes, _rare(record)))
    tried = _candidates(record)
    _check_scaling(scaling, tried)
    summary = model.record.summary
    measured = record.task is not Task.UNLABELLED and not summary.select_tf_ops
    raw = Dataset(out / DATA, record, inputs)
    if measured:
        record = replace(
            record, threshold=threshold_of(raw, summary, model.float_tflite, _usual(record))
        )
        raw = Dataset(out / DATA, record, inputs)
    scores = _score_scalings(raw, tried, model.float_tflite, report) if measured else ()
    record = replace(record, scaling=_best(scores, record) if scaling == AUTO else scaling)
    record = _with_targets(record, scores)
    files = StudyFiles(model, StudyData(record, out / DATA, inputs))
    dataset = files.data.open()
    keras, seconds = None, None
    if measured and not summary.ready:
        keras, seconds = _measure_keras(dataset, model, report)
    baseline = MakeVariant(out=out / VARIANTS, files=files, recipe=BASELINE).run(report)
    float_report = FloatReport(
        scalings=scores, keras=keras, chance=_chance(dataset), seconds_per_sample=seconds
    )
    return Judged(dataset=record, report=float_report, baseline=baseline)


def _rare(record: DatasetRecord) -> str:
    """Why a metric is reported first that looks at each class alike."""
    counts = record.class_counts
    rarest = min((at for at in range(len(counts)) if counts[at]), key=lambda at: counts[at])
    name = record.class_names[rarest] if record.class_names else f"{rarest}"
    share = 100 * counts[rarest] / sum(counts)
    return (
        f"Class {name} has {share:.2g} % of the samples, so balanced accuracy is reported first: a "
        "file that never finds a rare class would hardly lose in accuracy. Another metric can be "
        "chosen (--metric)."
    )


def _candidates(record: DatasetRecord) -> list[Scaling]:
    """The scalings that can be applied; random inputs are in the model's scale already."""
    if record.synthetic:
        return [SCALINGS["none"]]
    return candidates(
        [one.shape for one, scaled in zip(record.inputs, record.scaled, strict=True) if scaled]
    )


def _check_scaling(scaling: str, tried: list[Scaling]) -> None:
    """Refuses a scaling that the samples cannot have."""
    names = [one.name for one in tried]
    if scaling not in {AUTO, *names}:
        reason = (
            "needs images of three channels"
            if SCALINGS[scaling].channels
            else "is not for whole numbers such as token ids, or for random inputs"
        )
        raise DataError(
            f"The scaling {scaling} cannot be used on these data: it {reason}. Use "
            f"{' or '.join([AUTO, *names])}."
        )


def _score_scalings(
    dataset: Dataset, tried: list[Scaling], float_tflite: Path, report: Report
) -> tuple[ScalingScore, ...]:
    """The float model's metric under each scaling, on samples that are not evaluated."""
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    record, y = dataset.record, dataset.y
    indices = dataset.not_evaluated(SCALING_SAMPLES)
    if y is None or len(indices) == 0:
        return ()
    scores = []
    for done, scaling in enumerate(tried):
        report("Trying scalings", done / len(tried))
        outputs = predict(float_tflite, dataset.samples_at(indices, scaling.name))[record.output]
        target = AS_IT_IS
        if are_pictures(record, y[indices]):
            target, metric = best_target(outputs, y[indices], scaling.name)
        else:
            metric = evaluate(
                str(record.first_metric), decidable(outputs, record.threshold), y[indices]
            )
        scores.append(ScalingScore(scaling=scaling.name, metric=metric, target=target))
    return tuple(scores)


def _with_targets(record: DatasetRecord, scores: tuple[ScalingScore, ...]) -> DatasetRecord:
    """With the targets scaled as the model gives them, and a word on it."""
    target = next((one.target for one in scores if one.scaling == record.scaling), AS_IT_IS)
    if target == AS_IT_IS:
        return record
    note = (
        f"The targets are pictures and are scaled as the inputs are ({SCALINGS[target].meaning}), "
        "as the model gives them: errors are in that unit."
    )
    return replace(record, target_scaling=target, notes=(*record.notes, note))


def _best(scores: tuple[ScalingScore, ...], record: DatasetRecord) -> str:
    """The scaling under which the model does best; of several that fit, the usual one if it does.

    Without labels it is the usual one.
    """
    fits, usual = fitting(scores), _usual(record)
    return usual if usual in fits or not fits else fits[0]


def _usual(record: DatasetRecord) -> str:
    """What is done with values like these as a rule: 8-bit pictures are divided by 255."""
    images = [
        len(one.shape) == 3 and of_8_bits(one.low, one.high)
        for one, scaled in zip(record.inputs, record.scaled, strict=True)
        if scaled
    ]
    return "unit" if images and all(images) and not record.synthetic else "none"


def _measure_keras(
    dataset: Dataset, model: StudyModel, report: Report
) -> tuple[Metric | None, float | None]:
    """The metric of the model as it came on the evaluation role, and its seconds per sample."""
    report("Measuring the Keras model", 0.0)
    record, labels = dataset.record, dataset.labels("evaluation")
    if labels is None:
        return None, None
    loaded = model.load()
    samples = dataset.samples("evaluation")
    size = model.record.summary.inputs[0].shape[0] or KERAS_BATCH
    parts, seconds = [], []
    for batch, count in _batches(samples, size):
        began = time.monotonic()
        parts.append(loaded.predict(batch)[record.output][:count])
        seconds.append((time.monotonic() - began) / size)
        report("Measuring the Keras model", len(parts) * size / len(samples))
    outputs = decidable(np.concatenate(parts), record.threshold)
    metric = evaluate(str(record.first_metric), outputs, labels)
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


def _chance(dataset: Dataset) -> float | None:
    """What always giving the most frequent answer reaches; None for values."""
    record = dataset.record
    if record.first_metric == BALANCED:
        return 1 / np.count_nonzero(record.class_counts)
    if record.task in OF_CLASSES:
        return max(record.class_counts) / sum(record.class_counts)
    if record.task is not Task.MULTI_LABEL or dataset.y is None:
        return None
    shares = np.asarray(dataset.y, np.float64).mean(axis=0)
    return float(np.maximum(shares, 1 - shares).mean())
