"""tasks/: the way of one recipe: train, convert, read, measure."""

import tempfile
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from optimizer import working_time
from optimizer.arrays import Float32s
from optimizer.audit.audit import audit, of_file
from optimizer.audit.findings import AUDIT, Audit
from optimizer.audit.unchanged import refuse_unchanged
from optimizer.audit.verdict import in_words
from optimizer.data.boxes.head import Layout
from optimizer.data.dataset import Dataset, DatasetRecord
from optimizer.data.labels import OF_CLASSES, Task
from optimizer.files.atomic import write_atomically
from optimizer.files.digest import digest
from optimizer.measure.detection.apart import boxes_apart
from optimizer.measure.detection.final_boxes import without_remainder
from optimizer.measure.diagnosis.no_xnnpack import without_xnnpack
from optimizer.measure.diagnosis.unexplained import unexplained
from optimizer.measure.disagreement import disagreement
from optimizer.measure.environment import environment
from optimizer.measure.fidelity import fidelity
from optimizer.measure.horizons import horizons
from optimizer.measure.inside.facts import INSIDE
from optimizer.measure.measurements import Fidelity, Horizon, Metric, Nearness, OutputJudged
from optimizer.measure.metrics import METRICS, others, predicted_classes
from optimizer.measure.metrics.positions import by_position
from optimizer.measure.misjudged import Rebuilt, misjudged
from optimizer.measure.nearness import nearness
from optimizer.measure.probabilities import decidable
from optimizer.measure.size import measure_size
from optimizer.recipes import BASELINE, Recipe
from optimizer.reporting import Report
from optimizer.store.key import file_stem, variant_key
from optimizer.store.prediction_files import Predictions, predictions_of, write_predictions
from optimizer.store.records import Variant
from optimizer.store.training_folders import StepFolders
from optimizer.tasks.check_brought import check_brought
from optimizer.tasks.judge_output import judge_output
from optimizer.tasks.judged import judged_by
from optimizer.tasks.judged_output import judged_output
from optimizer.tasks.likeness import likeness, looks_like_classes
from optimizer.tasks.make_file import make_file
from optimizer.tasks.on_tuning import OnTuning, on_tuning
from optimizer.tasks.study_files import BASELINE_OUTPUTS, StudyFiles
from optimizer.tasks.train import Trained, train
from optimizer.techniques.brought import Brought
from optimizer.techniques.packing import Checked
from optimizer.techniques.technique import Sources
from optimizer.tflite.facts import FileContents
from optimizer.workers.work import Work

if TYPE_CHECKING:
    from optimizer.tflite.flatbuffer import Flatbuffer

EXAMINED = 500  # samples at most whose inputs are looked at for what goes wrong
UNPACKED = ".unpacked.tflite"
UNTIMED = "LiteRT does not run a packed file, so that nothing is timed here."
LOOKED_INTO = 16  # samples of which the float model's values inside are held against the range
Outputs = list[Float32s]


@dataclass(frozen=True)
class MakeVariant(Work[Variant]):
    """Runs a recipe and measures the `.tflite` that comes out, latency excepted.

    Into `out` go `NAME.tflite`, of a recipe with a packing the `NAME.unpacked.tflite` that it is
    made of, `NAME.npz` (see `store.prediction_files`), `NAME.audit.json`, `NAME.inside.json` (see
    `measure.inside`), what its training steps left (see `store.training_folders`), and of the
    baseline what it says of the evaluation role.

    Attributes:
        files: The study's model and data.
        recipe: What to do.
        trainings: Where each training step of the recipe is found, or is to be done.
        brought: The finished file that the recipe is of; None where the recipe makes it.
    """

    files: StudyFiles
    recipe: Recipe
    trainings: tuple[StepFolders, ...] = ()
    brought: Path | None = None

    @property
    def trusted(self) -> bool:
        """See `Work.trusted`."""
        return self.files.model.record.runs_code

    def run(self, report: Report) -> Variant:
        """See `Work.run`.

        Raises:
            ConversionError: the model cannot be converted this way.
            ModelError: a file that was brought does not fit, see `check_brought`; or see `train`.
            RecipeError, TrainingError: see `train`.
            MeasurementError: the file cannot be run.
        """
        from optimizer.measure.inside.reading import look_inside  # noqa: PLC0415 (workers only)
        from optimizer.tflite.contents import read_contents  # noqa: PLC0415
        from optimizer.tflite.flatbuffer import open_flatbuffer  # noqa: PLC0415

        began = working_time.now()
        recipe, files = self.recipe, self.files
        model, record = files.model.record, files.data.record
        trained = train(recipe, files, self.trainings, report) if recipe.training else None
        key = variant_key(recipe, model, record)
        shipped = self.out / f"{file_stem(recipe, key)}.tflite"
        file = shipped.with_suffix(UNPACKED) if recipe.packing else shipped
        with tempfile.TemporaryDirectory(dir=self.out) as folder:
            brought, notes = self._check_brought(Path(folder), report)
            report("Converting", 0.0)
            start = replace(sources(files, trained, report), brought=brought)
            made = make_file(recipe, start, partial(self._open, file))

        flatbuffer = open_flatbuffer(file)
        contents = read_contents(flatbuffer)
        training = trained.records if trained else ()
        whole = of_file(contents, made.recipe, model.summary)
        found = audit(contents.weights, made.recipe, training, model.summary.fits, whole)
        refuse_unchanged(found, made.recipe.conversion)

        judged = _judge_file(file, files, report)
        baseline = _baseline_outputs(self, judged)
        predictions = shipped.with_suffix(".npz")
        write_predictions(predictions, judged.kept_beside(baseline, files))
        warnings = self._warnings(found, flatbuffer, judged, baseline)
        departures = made.recipe.conversion.departures(flatbuffer)
        packed = None
        if recipe.packing:
            packed = recipe.packing.pack(file, shipped, self._checked(file, contents), report)
            flatbuffer = open_flatbuffer(shipped)
            contents = replace(
                read_contents(flatbuffer),
                sparsity=contents.sparsity,
                unique_weights_max=contents.unique_weights_max,
            )
        size = measure_size(shipped)
        audited = shipped.with_suffix(".audit.json")
        AUDIT.write(audited, found)
        inside = look_inside(flatbuffer)
        inside_file = shipped.with_suffix(".inside.json")
        INSIDE.write(inside_file, inside)
        return Variant(
            recipe=str(recipe),
            key=key,
            file=f"variants/{shipped.name}",
            predictions=f"variants/{predictions.name}",
            packed=packed,
            unpacked=f"variants/{file.name}" if packed else None,
            sha256=digest(shipped),
            seconds=working_time.now() - began,
            size_bytes=size.size_bytes,
            gzip_bytes=size.gzip_bytes,
            contents=replace(contents, weights=()),  # the audit has them
            metric=judged.metric,
            tuning=judged.tuning.metric,
            others=judged.others,
            horizons=judged.horizons,
            outputs=judged.each_output(baseline, files),
            fidelity=judged.fidelity_to(baseline, files),
            near=judged.near(baseline, files),
            unprofiled=UNTIMED if packed else None,
            random_inputs=record.synthetic,
            environment=environment(),
            training=training,
            audit=f"variants/{audited.name}",
            inside=f"variants/{inside_file.name}",
            runs_on=inside.runs_on,
            made_as=str(made.recipe) if made.recipe != recipe else None,
            detours=made.detours,
            warnings=(
                *notes,
                *warnings,
                *(() if packed else without_xnnpack(made.opened)),
                *departures,
            ),
        )

    def _open(self, file: Path, content: bytes) -> bool:
        """Writes what a conversion gave and opens it; whether XNNPACK runs it.

        Raises:
            MeasurementError: the runtime refuses it.
        """
        from optimizer.tflite.runner import Runner  # noqa: PLC0415 (workers only)

        write_atomically(file, content)
        if self.files.model.record.summary.select_tf_ops:  # nothing here can run it
            return True
        samples = self.files.data.open().samples("evaluation")
        return Runner(file, samples.batch(0, 1), samples.names).xnnpack

    def _checked(self, file: Path, contents: FileContents) -> Checked:
        """What a packed file is held against: the file that it is made of, and samples for both."""
        from optimizer.tflite.runner import Runner  # noqa: PLC0415 (workers only)

        samples = self.files.data.open().samples("evaluation")
        runner = Runner(file, samples.batch(0, 1), samples.names)
        return Checked(
            samples=len(samples),
            fed=lambda at: runner.prepare(samples.batch(at, at + 1)),
            outputs=len(runner.ports()[1]),
            activations=contents.arena_bytes,
            macs=contents.macs,
        )

    def _check_brought(self, folder: Path, report: Report) -> tuple[Path | None, tuple[str, ...]]:
        """What is run of a file that somebody brought, and what is to be said of it, once it fits.

        Args:
            folder: An empty one, for what is run.
            report: Is told what is being done.
        """
        step = self.recipe.conversion
        if self.brought is None or not isinstance(step, Brought):
            return None, ()
        report("Checking the file", 0.0)
        model, made = self.files.model, folder / self.brought.name
        summary = model.record.summary
        return made, check_brought(self.brought, step, summary, model.float_tflite, made)

    def _warnings(
        self,
        found: Audit,
        file: "Flatbuffer",
        judged: "_Judged",
        baseline: Outputs,
    ) -> tuple[str, ...]:
        """What is wrong with the file; see `Variant.warnings`."""
        from optimizer.measure.diagnosis.saturation import activations  # noqa: PLC0415 (workers only)
        from optimizer.measure.diagnosis.signs import Examined, signs  # noqa: PLC0415
        from optimizer.measure.inner_values import named_values  # noqa: PLC0415

        said = () if found.kept else (in_words(found),)
        if self.recipe == BASELINE:
            return (*said, *self._unexplained(judged.outputs))
        if not judged.outputs:
            return said
        summary, data = self.files.model.record.summary, self.files.data
        samples = data.open().samples("evaluation")
        # Training moves the values inside: the float model's say nothing of such a file's range.
        kept = () if self.recipe.training else activations(file)
        wrong = signs(
            Examined(
                file=file,
                input_names=[spec.name for spec in summary.inputs],
                output_names=[spec.name for spec in summary.outputs],
                inputs=samples.batch(0, min(len(samples), EXAMINED)),
                outputs=[] if _ranked(data.record) else judged.outputs,
                baseline=baseline,
                classes=judged.classes,
                inner=named_values(
                    self.files.model.float_tflite, samples, min(len(samples), LOOKED_INTO), kept
                )
                if kept
                else (),
                layers=[fit.name for fit in summary.fits],
            )
        )
        return (*wrong, *said)

    def _unexplained(self, outputs: Outputs) -> tuple[str, ...]:
        """Components of values that the float model itself does not explain."""
        if not outputs:
            return ()
        first = self.files.data.open()
        names = [spec.name for spec in self.files.model.record.summary.outputs]
        return tuple(
            sentence
            for one in (first, *first.further())
            if one.record.task in {Task.REGRESSION, Task.FORECAST}
            and (labels := one.labels("evaluation")) is not None
            for sentence in unexplained(
                names[one.record.output], outputs[one.record.output], labels
            )
        )


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
    tuning: OnTuning = field(default_factory=OnTuning)
    others: tuple[Metric, ...] = ()
    kept: Predictions = field(default_factory=Predictions)
    boxes: Float32s | None = None
    horizons: tuple[Horizon, ...] = ()

    def kept_beside(self, baseline: Outputs, files: StudyFiles) -> Predictions:
        """With the samples on which it and the baseline disagree."""
        if not self.outputs:
            return self.kept
        dataset = files.data.open()
        record = dataset.record
        if self.boxes is not None:
            different = boxes_apart(self.boxes, judged_output(baseline, dataset))
            return replace(self.kept, different=different)
        mine, theirs = self.outputs[record.output], baseline[record.output]
        if record.task is Task.ANOMALY:
            return self._alarms_beside(baseline, dataset)
        kept = self.kept
        if record.task is Task.UNLABELLED:  # what is compared is how near it is to the baseline
            kept = replace(kept, scores=likeness(mine, theirs, record.threshold))
        classes = record.output in self.classes
        if classes:
            mine, theirs = (decidable(one, record.threshold) for one in (mine, theirs))
        different = disagreement(mine, theirs, classes=classes)
        return replace(kept, different=different)

    def _alarms_beside(self, baseline: Outputs, dataset: Dataset) -> Predictions:
        """With the samples of which one alone gives alarm, and how both rebuild some."""
        at = dataset.record.output
        mine, theirs = (judged_by(one, dataset, "evaluation") for one in (self.outputs, baseline))
        different = disagreement(mine.decided, theirs.decided, classes=True)
        labels = dataset.labels("evaluation")
        shown = misjudged(mine.decided, theirs.decided, labels)
        return replace(
            self.kept,
            different=different,
            rebuilt=Rebuilt.of(self.outputs[at], baseline[at], shown),
        )

    def each_output(self, baseline: Outputs, files: StudyFiles) -> tuple[OutputJudged, ...]:
        """How it does at each output, where several have labels of their own."""
        dataset = files.data.open()
        if not self.outputs or self.metric is None or not dataset.record.further:
            return ()
        names = [spec.name for spec in files.model.record.summary.outputs]
        first, at = dataset.record, dataset.record.output
        classes = [at] if at in self.classes else []
        near = fidelity(
            [self.outputs[at]], [baseline[at]], classes=[0] if classes else [],
            threshold=first.threshold,
        )  # fmt: skip
        return (
            OutputJudged(names[at], first.task.value, self.metric, self.others, near),
            *(
                judge_output(self.outputs, baseline, one, names[one.record.output])
                for one in dataset.further()
            ),
        )

    def near(self, baseline: Outputs, files: StudyFiles) -> tuple[Nearness, ...]:
        """How near each output is to the baseline's, where they can be compared place by place."""
        if not self.outputs or _ranked(files.data.record):
            return ()
        names = [spec.name for spec in files.model.record.summary.outputs]
        return nearness(names, self.outputs, baseline, self.classes)

    def fidelity_to(self, baseline: Outputs, files: StudyFiles) -> Fidelity | None:
        """How near its outputs are to the baseline's; of anomalies also how often alarms agree."""
        record = files.data.record
        if not self.outputs:
            return None
        found = fidelity(self.outputs, baseline, classes=self.classes, threshold=record.threshold)
        if record.task is not Task.ANOMALY or found.max_error is None:
            return found
        dataset = files.data.open()
        said, expected = (
            predicted_classes(judged_by(one, dataset, "evaluation").decided)
            for one in (self.outputs, baseline)
        )
        return replace(found, agreement=float(np.mean(said == expected)))


def _ranked(record: DatasetRecord) -> bool:
    """Whether boxes stand in the order of their scores: they have no places to compare."""
    return record.head is not None and record.head.layout is Layout.FINAL


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
    if record.head is not None:
        outputs = without_remainder(outputs, record.head)
    judged = judged_by(outputs, dataset, "evaluation")
    classes = tuple(
        place
        for place, output in enumerate(outputs)
        if looks_like_classes(output) or (place == record.output and record.task in OF_CLASSES)
    )
    name = record.first_metric if labels is not None else None
    kept = predictions_of(
        record.task,
        judged.decided,
        labels,
        classes=record.output in classes or record.task is Task.ANOMALY,
        scores=judged.scores(name, labels) if name is not None and labels is not None else None,
    )
    tuning = on_tuning(file, files)
    kept = replace(kept, tuning_scores=tuning.scores)
    if labels is None or name is None:
        return _Judged(outputs, classes, tuning=tuning, kept=kept)
    kept = replace(kept, errors=judged.errors)
    further = tuple(judged.evaluate(other, labels) for other in others(record.task, name))
    if METRICS[name].score is None:
        metric, resampled = judged.evaluate_resampled(name, labels)
        kept = replace(kept, resampled=resampled)
    else:
        metric = judged.evaluate(name, labels)
    boxes = judged.decided if record.task is Task.DETECTION else None
    steps = horizons(judged.decided, labels) if record.task is Task.FORECAST else ()
    return _Judged(outputs, classes, metric, tuning, further, kept, boxes, steps)


def _baseline_outputs(work: MakeVariant, judged: _Judged) -> Outputs:
    """What the baseline says of the evaluation role; the baseline itself leaves it in `out`."""
    if work.recipe == BASELINE:
        np.savez(work.out / BASELINE_OUTPUTS, *judged.outputs)
        return judged.outputs
    if not judged.outputs:
        return []
    with np.load(work.files.data.folder / BASELINE_OUTPUTS) as outputs:
        return [outputs[name] for name in outputs]
