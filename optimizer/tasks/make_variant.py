"""tasks/: the way of one recipe: train, convert, read, measure."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from optimizer.arrays import Float32s
from optimizer.audit.audit import audit
from optimizer.audit.findings import AUDIT, Audit
from optimizer.audit.unchanged import refuse_unchanged
from optimizer.audit.verdict import in_words
from optimizer.data.dataset import DatasetRecord
from optimizer.data.labels import OF_CLASSES, Task
from optimizer.files.atomic import write_atomically
from optimizer.files.digest import digest
from optimizer.measure.disagreement import disagreement
from optimizer.measure.environment import environment
from optimizer.measure.fidelity import fidelity
from optimizer.measure.inside.facts import INSIDE
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import evaluate, others
from optimizer.measure.metrics.positions import by_position
from optimizer.measure.probabilities import decidable, sum_to_1
from optimizer.measure.size import measure_size
from optimizer.recipes import BASELINE, Recipe
from optimizer.reporting import Report
from optimizer.store.key import file_stem, variant_key
from optimizer.store.prediction_files import Predictions, predictions_of, write_predictions
from optimizer.store.records import Variant
from optimizer.store.training_folders import StepFolders
from optimizer.tasks.study_files import BASELINE_OUTPUTS, StudyFiles
from optimizer.tasks.train import Trained, train
from optimizer.techniques.technique import Sources
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.tflite.flatbuffer import Flatbuffer

EXAMINED = 500  # samples at most whose inputs are looked at for what goes wrong
Outputs = list[Float32s]


@dataclass(frozen=True)
class MakeVariant(Work[Variant]):
    """Runs a recipe and measures the `.tflite` that comes out, latency excepted.

    Into `out` go `NAME.tflite`, `NAME.npz` (see `store.prediction_files`), `NAME.audit.json`,
    `NAME.inside.json` (see `measure.inside`), what its training steps left (see
    `store.training_folders`), and of the baseline what it says of the evaluation role.

    Attributes:
        files: The study's model and data.
        recipe: What to do.
        trainings: Where each training step of the recipe is found, or is to be done.
    """

    files: StudyFiles
    recipe: Recipe
    trainings: tuple[StepFolders, ...] = ()

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.files.model.record.options.trusted

    def run(self, report: Report) -> Variant:
        """See `Work.run`.

        Raises:
            ConversionError: the model cannot be converted this way.
            ModelError, RecipeError, TrainingError: see `train`.
            MeasurementError: the file cannot be run.
        """
        from optimizer.measure.inside.reading import look_inside  # noqa: PLC0415 (workers only)
        from optimizer.tflite.contents import read_contents  # noqa: PLC0415
        from optimizer.tflite.flatbuffer import open_flatbuffer  # noqa: PLC0415

        began = time.monotonic()
        recipe, files = self.recipe, self.files
        model, record = files.model.record, files.data.record
        trained = train(recipe, files, self.trainings, report) if recipe.training else None
        report("Converting", 0.0)
        content = recipe.conversion.convert(sources(files, trained, report))
        key = variant_key(recipe, model, record)
        file = self.out / f"{file_stem(recipe, key)}.tflite"
        write_atomically(file, content)

        flatbuffer = open_flatbuffer(file)
        contents = read_contents(flatbuffer)
        training = trained.records if trained else ()
        found = audit(contents.weights, recipe, training, model.summary.fits)
        refuse_unchanged(found, recipe.conversion)

        judged = _judge_file(file, files, report)
        baseline = _baseline_outputs(self, judged)
        predictions = file.with_suffix(".npz")
        write_predictions(predictions, judged.kept_beside(baseline, record))
        size = measure_size(file)
        audited = file.with_suffix(".audit.json")
        AUDIT.write(audited, found)
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
            tuning=judged.tuning,
            others=judged.others,
            fidelity=(
                fidelity(
                    judged.outputs, baseline, classes=judged.classes, threshold=record.threshold
                )
                if judged.outputs
                else None
            ),
            random_inputs=record.synthetic,
            environment=environment(),
            training=training,
            audit=f"variants/{audited.name}",
            inside=f"variants/{inside_file.name}",
            runs_on=inside.runs_on,
            warnings=self._warnings(found, file, flatbuffer, judged, baseline),
        )

    def _warnings(
        self,
        found: Audit,
        path: Path,
        file: "Flatbuffer",
        judged: "_Judged",
        baseline: Outputs,
    ) -> tuple[str, ...]:
        """What is wrong with the file; see `Variant.warnings`."""
        from optimizer.measure.diagnosis.signs import Examined, signs  # noqa: PLC0415 (workers only)
        from optimizer.tflite.runner import Runner  # noqa: PLC0415

        said = self.recipe.conversion.departures(file)
        if not found.kept:
            said = (*said, in_words(found))
        if self.recipe == BASELINE or not judged.outputs:
            return said
        summary, data = self.files.model.record.summary, self.files.data
        samples = data.open().samples("evaluation")
        wrong = signs(
            Examined(
                file=file,
                xnnpack=Runner(path, samples.batch(0, 1), samples.names).xnnpack,
                input_names=[spec.name for spec in summary.inputs],
                output_names=[spec.name for spec in summary.outputs],
                inputs=samples.batch(0, min(len(samples), EXAMINED)),
                outputs=judged.outputs,
                baseline=baseline,
                classes=judged.classes,
            )
        )
        return (*wrong, *said)


def sources(files: StudyFiles, trained: Trained | None, report: Report) -> Sources:
    """What a conversion starts from: the model as it came, or as training left it."""
    model, data = files.model, files.data
    return Sources(
        saved_model=trained.saved_model if trained else model.saved_model,
        float_tflite=trained.float_tflite if trained else lambda: model.float_tflite,
        input_names=tuple(spec.name for spec in model.record.summary.inputs),
        calibration=data.open().samples("calibration") if data.record.calibration else None,
        report=report,
        select_tf_ops=bool(model.record.summary.select_tf_ops),
    )


@dataclass(frozen=True)
class _Judged:
    """What a file does on the evaluation role; `outputs` is empty where nothing can be said."""

    outputs: Outputs = field(default_factory=list)
    classes: tuple[int, ...] = ()
    metric: Metric | None = None
    tuning: Metric | None = None
    others: tuple[Metric, ...] = ()
    kept: Predictions = field(default_factory=Predictions)

    def kept_beside(self, baseline: Outputs, record: DatasetRecord) -> Predictions:
        """With the samples on which it and the baseline disagree."""
        if not self.outputs:
            return self.kept
        mine, theirs = self.outputs[record.output], baseline[record.output]
        classes = record.output in self.classes
        if classes:
            mine, theirs = (decidable(one, record.threshold) for one in (mine, theirs))
        different = disagreement(mine, theirs, classes=classes)
        return replace(self.kept, different=different)


def _judge_file(file: Path, files: StudyFiles, report: Report) -> _Judged:
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    record = files.data.record
    if record.synthetic or files.model.record.summary.select_tf_ops:
        return _Judged()
    report("Measuring accuracy", 0.0)
    dataset = files.data.open()
    outputs = predict(
        file,
        dataset.samples("evaluation"),
        on_progress=lambda share: report("Measuring accuracy", share),
    )
    labels = dataset.labels("evaluation")
    if record.task is Task.PER_POSITION and labels is not None:
        outputs[record.output] = by_position(outputs[record.output], labels.shape)
    judged = decidable(outputs[record.output], record.threshold)
    classes = tuple(
        place
        for place, output in enumerate(outputs)
        if _looks_like_classes(output) or (place == record.output and record.task in OF_CLASSES)
    )
    name = record.first_metric if labels is not None else None
    kept = predictions_of(record.task, name, judged, labels, classes=record.output in classes)
    if labels is None or name is None:
        return _Judged(outputs, classes, kept=kept)
    further = tuple(evaluate(other, judged, labels) for other in others(record.task, name))
    metric = evaluate(name, judged, labels)
    return _Judged(outputs, classes, metric, _on_tuning(file, name, files), further, kept)


def _on_tuning(file: Path, name: str, files: StudyFiles) -> Metric | None:
    """The metric on the tuning role; None where that has no samples."""
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    record, dataset = files.data.record, files.data.open()
    labels = dataset.labels("tuning")
    if labels is None or not record.tuning:
        return None
    outputs = predict(file, dataset.samples("tuning"))[record.output]
    return evaluate(name, decidable(outputs, record.threshold), labels)


def _baseline_outputs(work: MakeVariant, judged: _Judged) -> Outputs:
    """What the baseline says of the evaluation role; the baseline itself leaves it in `out`."""
    if work.recipe == BASELINE:
        np.savez(work.out / BASELINE_OUTPUTS, *judged.outputs)
        return judged.outputs
    if not judged.outputs:
        return []
    with np.load(work.files.data.folder / BASELINE_OUTPUTS) as outputs:
        return [outputs[name] for name in outputs]


def _looks_like_classes(output: Float32s) -> bool:
    """Without labels: rows of two or more values that are positive and sum to one.

    Rows of a sample, or of each position.
    """
    return output.ndim >= 2 and sum_to_1(output)
