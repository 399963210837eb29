"""tasks/: what a file reaches on the tuning role, which is all that a search may look at."""

from dataclasses import dataclass
from pathlib import Path

from optimizer.arrays import Float32s
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.measure.measurements import Metric
from optimizer.measure.metrics import Scores
from optimizer.measure.metrics.positions import by_position
from optimizer.tasks.judged import judged_by
from optimizer.tasks.likeness import likeness, likeness_of_all
from optimizer.tasks.study_files import StudyFiles


@dataclass(frozen=True)
class OnTuning:
    """What a file reaches on the tuning role.

    Attributes:
        metric: The one that is reported first; without labels how near the outputs are to the
            float32 variant's, see `likeness_of_all`. None where the role has no samples.
        scores: Of each sample, (n,); None where only all samples together have one.
    """

    metric: Metric | None = None
    scores: Scores | None = None


def on_tuning(file: Path, files: StudyFiles) -> OnTuning:
    """Runs a file on the tuning role. Workers only.

    Raises:
        MeasurementError: the file cannot be run.
    """
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    record, dataset = files.data.record, files.data.open()
    if record.synthetic or not record.tuning or files.model.record.summary.select_tf_ops:
        return OnTuning()
    outputs = predict(file, dataset.samples("tuning"))
    labels, name = dataset.labels("tuning"), record.first_metric
    if labels is None or name is None:
        return _without_labels(outputs[record.output], dataset, files)
    if record.task is Task.PER_POSITION:
        outputs[record.output] = by_position(outputs[record.output], labels.shape)
    judged = judged_by(outputs, dataset, "tuning")
    return OnTuning(judged.evaluate(name, labels), judged.scores(name, labels))


def _without_labels(mine: Float32s, dataset: Dataset, files: StudyFiles) -> OnTuning:
    from optimizer.measure.predict import predict  # noqa: PLC0415 (workers only)

    record = dataset.record
    theirs = predict(files.model.float_tflite, dataset.samples("tuning"))[record.output]
    scores = likeness(mine, theirs, record.threshold)
    return OnTuning(likeness_of_all(scores, theirs), scores)
