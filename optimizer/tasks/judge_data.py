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
from optimizer.data.forecast_scale import SEASON, continued_columns, naive_errors
from optimizer.data.given_scaling import GIVEN
from optimizer.data.labels import HEADLINE, OF_CLASSES, Task
from optimizer.data.position_labels import UNJUDGED
from optimizer.data.scaling import (
    AUTO,
    BRIGHTEST,
    SCALINGS,
    Scaling,
    candidates,
    of_8_bits,
    plausible,
)
from optimizer.errors import DataError
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import METRICS, evaluate
from optimizer.measure.metrics.headline import BALANCED, headline
from optimizer.recipes import BASELINE
from optimizer.reporting import Report
from optimizer.store.fitting_scalings import fitting
from optimizer.store.records import FloatReport, Judged, ScalingScore
from optimizer.tasks.alarm_threshold import alarm_threshold
from optimizer.tasks.head_reading import read_head
from optimizer.tasks.judged import judged_alone
from optimizer.tasks.judged_output import judged_output
from optimizer.tasks.make_variant import MakeVariant
from optimizer.tasks.study_files import StudyData, StudyFiles, StudyModel
from optimizer.tasks.target_scaling import AS_IT_IS, are_pictures, best_rebuilt, best_target
from optimizer.tasks.threshold import threshold_of
from optimizer.words import counted, in_sentence, listed

DATA, VARIANTS = "data", "variants"
"""Where a task that reads data puts them, and the baseline, in its `out`."""
SCALING_SAMPLES = 300
KERAS_BATCH = 128
NAIVE_SAMPLES = 5_000


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
    record = _with_given(record, options)
    scaling = GIVEN if record.given else options.scaling
    raw = Dataset(out / DATA, record, inputs)
    first = headline(record.task, _counts_judged(raw), options.metric)
    record = replace(record, headline=None if first == HEADLINE.get(record.task) else first)
    if options.metric is None and first in BALANCED.values():
        record = replace(record, notes=(*record.notes, _rare(record)))
    tried = _candidates(record)
    _check_scaling(scaling, tried)
    if scaling == AUTO and not record.synthetic:
        ends = [
            (one.low, one.high)
            for one, scaled in zip(record.inputs, record.scaled, strict=True)
            if scaled
        ]
        lows, highs = zip(*ends, strict=True) if ends else ((0,), (0,))
        tried = plausible(tried, min(lows), max(highs))
    summary = model.record.summary
    measured = record.task is not Task.UNLABELLED and not summary.select_tf_ops
    raw = Dataset(out / DATA, record, inputs)
    if measured and record.task is not Task.ANOMALY:
        record = replace(
            record, threshold=threshold_of(raw, summary, model.float_tflite, _usual(record))
        )
        raw = Dataset(out / DATA, record, inputs)
        if record.head is not None:
            known = [one.name for one in tried] if scaling == AUTO else [scaling]
            known.sort(key=lambda name: name != _usual(record))
            head, note = read_head(raw, options.head, model.float_tflite, known, report)
            record = replace(record, head=head, notes=(*record.notes, note))
            raw = Dataset(out / DATA, record, inputs)
    scores = _score_scalings(raw, tried, model.float_tflite, report) if measured else ()
    record = replace(record, scaling=_best(scores, record) if scaling == AUTO else scaling)
    record = _with_targets(record, scores)
    if measured and record.task is Task.ANOMALY:
        threshold, note = alarm_threshold(Dataset(out / DATA, record, inputs), model.float_tflite)
        record = replace(record, threshold=threshold, notes=(*record.notes, *filter(None, [note])))
    if measured and record.further:
        record = _with_thresholds(record, Dataset(out / DATA, record, inputs), model)
    if record.task is Task.FORECAST:
        record = _with_naive(record, Dataset(out / DATA, record, inputs))
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


def _counts_judged(dataset: Dataset) -> tuple[int, ...]:
    """Samples of each class, as far as they decide which metric comes first."""
    record, labels = dataset.record, dataset.labels("evaluation")
    if record.task is not Task.ANOMALY or labels is None:
        return record.class_counts
    return tuple(np.bincount(labels, minlength=2).tolist())


def _with_thresholds(record: DatasetRecord, dataset: Dataset, model: StudyModel) -> DatasetRecord:
    """With what guessing reaches at each further output, and what the float model calls a yes."""
    return replace(
        record,
        further=tuple(
            replace(
                one,
                chance=_chance(own),
                threshold=threshold_of(
                    own, model.record.summary, model.float_tflite, record.scaling
                ),
            )
            for one, own in zip(record.further, dataset.further(), strict=True)
        ),
    )


def _with_naive(record: DatasetRecord, dataset: Dataset) -> DatasetRecord:
    """With the error of the naive forecast, on windows that are not evaluated where there are."""
    asked = dataset.not_evaluated(NAIVE_SAMPLES)
    asked = asked if len(asked) else dataset.roles.evaluation[:NAIVE_SAMPLES]
    assert dataset.y is not None  # noqa: S101 (for the type checker)
    windows = np.asarray(dataset.x[asked]).reshape(len(asked), *record.shape)
    columns = continued_columns(windows, dataset.y[asked])
    found = naive_errors(windows, columns, record.season or SEASON)
    steps = counted(record.season or SEASON, "step")
    off, of = listed([f"{one:.4g}" for one in found]), listed([str(at) for at in columns])
    note = (
        f"MASE is in errors of the forecast that repeats the value of {steps} before ({off}, as "
        f"the windows tell); the targets are taken for the next steps of column {of} (from 0) of "
        f"“{record.inputs[0].name}”, in its unit as it stands in the file."
    )
    return replace(
        record, naive_errors=tuple(float(one) for one in found), notes=(*record.notes, note)
    )


def _rare(record: DatasetRecord) -> str:
    """Why a metric is reported first that looks at each class alike."""
    counts = record.class_counts
    rarest = min((at for at in range(len(counts)) if counts[at]), key=lambda at: counts[at])
    name = record.class_names[rarest] if record.class_names else f"{rarest}"
    share = 100 * counts[rarest] / sum(counts)
    what = "positions" if record.task is Task.PER_POSITION else "samples"
    title = in_sentence(METRICS[str(record.first_metric)].title)
    return (
        f"Class {name} has {share:.2g} % of the {what}, so {title} is reported first: a file that "
        "never finds a rare class would hardly lose in accuracy. Another metric can be chosen "
        "(--metric)."
    )


def _candidates(record: DatasetRecord) -> list[Scaling]:
    """The scalings that can be applied; random inputs are in the model's scale already."""
    if record.synthetic:
        return [SCALINGS["none"]]
    shapes = [one.shape for one, scaled in zip(record.inputs, record.scaled, strict=True) if scaled]
    given = [_given(record)] if record.given and shapes else []
    return [*given, *candidates(shapes)]


def _given(record: DatasetRecord) -> Scaling:
    """The scaling by mean and deviation; the dataset applies it, which knows the inputs.

    Raises:
        DataError: they do not fit the inputs.
    """
    record.affine()
    return Scaling(GIVEN, record.meaning(GIVEN), SCALINGS["none"].apply)


def _with_given(record: DatasetRecord, options: DataOptions) -> DatasetRecord:
    """With the mean and the deviation that the user gave, as they are for the values in the file.

    Raises:
        DataError: another scaling was chosen too.
    """
    given = options.given
    if given is None:
        return replace(record, given=None)
    given.checked()
    if options.scaling not in {AUTO, "none", "unit"}:
        raise DataError(
            f"A mean and a deviation were given, and the scaling {options.scaling} too. Choose one "
            "of both; unit and none say whether the values are divided by 255 before."
        )
    told = options.scaling == AUTO and given.of_unit and _of_pictures(record)
    if options.scaling == "unit" or told:
        given = given.times(BRIGHTEST)
    note = (
        "Mean and deviation are those of values from 0 to 1, and the data run to "
        f"{record.high:g}, so that values are divided by 255 before (the scaling none keeps them)."
    )
    return replace(record, given=given, notes=(*record.notes, note) if told else record.notes)


def _check_scaling(scaling: str, tried: list[Scaling]) -> None:
    """Refuses a scaling that the samples cannot have."""
    names = [one.name for one in tried]
    if scaling not in {AUTO, *names}:
        reason = (
            "needs images of three channels"
            if scaling != GIVEN and SCALINGS[scaling].channels
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
    indices = dataset.normal_not_evaluated()[:SCALING_SAMPLES]
    if y is None or len(indices) == 0:
        return ()
    scores = []
    for done, scaling in enumerate(tried):
        report("Trying scalings", done / len(tried))
        outputs = predict(float_tflite, dataset.samples_at(indices, scaling.name))
        target = AS_IT_IS
        if record.task is Task.ANOMALY:
            target, metric = best_rebuilt(outputs[record.output], dataset, indices, scaling.name)
        elif are_pictures(record, y[indices]):
            target, metric = best_target(outputs[record.output], y[indices], scaling.name)
        else:
            judged = judged_output(outputs, dataset)
            metric = evaluate(str(record.first_metric), judged, y[indices])
        scores.append(ScalingScore(scaling=scaling.name, metric=metric, target=target))
    return tuple(scores)


def _with_targets(record: DatasetRecord, scores: tuple[ScalingScore, ...]) -> DatasetRecord:
    """With the targets scaled as the model gives them, and a word on it."""
    usual = record.scaling if record.task is Task.ANOMALY else AS_IT_IS
    target = next((one.target for one in scores if one.scaling == record.scaling), usual)
    if record.task is Task.ANOMALY:
        notes = (*record.notes, *_rescaled(record, target))
        return replace(record, target_scaling=target, notes=notes)
    if target == AS_IT_IS:
        return record
    note = (
        f"The targets are pictures and are scaled as the inputs are ({record.meaning(target)}), "
        "as the model gives them: errors are in that unit."
    )
    return replace(record, target_scaling=target, notes=(*record.notes, note))


def _rescaled(record: DatasetRecord, target: str) -> Iterator[str]:
    """What is said where a model does not give its inputs back in their own scale."""
    if target != record.scaling:
        yield (
            f"The model gives samples back in another scale than it takes them in, and is compared "
            f"with that ({record.meaning(target)}): errors of reconstruction are in that unit."
        )


def _best(scores: tuple[ScalingScore, ...], record: DatasetRecord) -> str:
    """The scaling under which the model does best; of several that fit, the usual one if it does.

    Without labels it is the usual one.
    """
    fits, usual = fitting(scores), _usual(record)
    return usual if usual in fits or not fits else fits[0]


def _usual(record: DatasetRecord) -> str:
    """What is done with values like these as a rule: 8-bit pictures are divided by 255."""
    if record.given:
        return GIVEN
    return "unit" if _of_pictures(record) and not record.synthetic else "none"


def _of_pictures(record: DatasetRecord) -> bool:
    """Whether all that is scaled are pictures of 8 bits."""
    images = [
        len(one.shape) == 3 and of_8_bits(one.low, one.high)
        for one, scaled in zip(record.inputs, record.scaled, strict=True)
        if scaled
    ]
    return bool(images) and all(images)


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
        answered = [one[:count] for one in loaded.predict(batch)]
        parts.append(judged_output(answered, dataset) if record.head else answered[record.output])
        seconds.append((time.monotonic() - began) / size)
        report("Measuring the Keras model", len(parts) * size / len(samples))
    metric = judged_alone(np.concatenate(parts), dataset, "evaluation").evaluate(
        str(record.first_metric), labels
    )
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


def _counted(dataset: Dataset) -> tuple[int, ...]:
    """Samples or positions of each class at a further output, whose record does not say."""
    labels = np.asarray(dataset.y)
    judged = labels[labels != UNJUDGED].astype(np.int64)
    return tuple(np.bincount(judged, minlength=dataset.record.classes or 0).tolist())


def _chance(dataset: Dataset) -> float | None:
    """What always giving the most frequent answer reaches; None for values."""
    record = dataset.record
    if record.first_metric == "auc":
        return 0.5
    if record.task in OF_CLASSES:
        counts = record.class_counts or _counted(dataset)
        if record.first_metric in BALANCED.values():
            return 1 / np.count_nonzero(counts)
        answers = 5 if record.first_metric == "top5" else 1
        return sum(sorted(counts)[-answers:]) / sum(counts)
    if record.task is not Task.MULTI_LABEL or dataset.y is None:
        return None
    shares = np.asarray(dataset.y, np.float64).mean(axis=0)
    return float(np.maximum(shares, 1 - shares).mean())
