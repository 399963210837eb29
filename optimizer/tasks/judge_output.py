"""tasks/: how a file does at one further output that has labels of its own."""

from collections.abc import Sequence

from optimizer.arrays import Float32s
from optimizer.data.dataset import Dataset
from optimizer.data.labels import OF_CLASSES, Task
from optimizer.measure.fidelity import fidelity
from optimizer.measure.measurements import OutputJudged
from optimizer.measure.metrics import others
from optimizer.measure.metrics.positions import by_position
from optimizer.tasks.judged import judged_by


def judge_output(
    outputs: Sequence[Float32s], baseline: Sequence[Float32s], dataset: Dataset, name: str
) -> OutputJudged:
    """The metrics of its task on the evaluation role, and how near it is to the baseline's.

    Args:
        outputs: All outputs of the file, (n, …) each.
        baseline: Those of the float32 variant.
        dataset: With the labels of the output, see `Dataset.further`.
        name: The output's.
    """
    record, labels = dataset.record, dataset.labels("evaluation")
    assert labels is not None  # noqa: S101 (for the type checker: further outputs have some)
    mine, theirs = (
        [
            by_position(one, labels.shape)
            if at == record.output and record.task is Task.PER_POSITION
            else one
            for at, one in enumerate(all_of_them)
        ]
        for all_of_them in (outputs, baseline)
    )
    judged = judged_by(mine, dataset, "evaluation")
    first = str(record.first_metric)
    decides = record.task in OF_CLASSES
    return OutputJudged(
        output=name,
        task=record.task.value,
        metric=judged.evaluate(first, labels),
        others=tuple(judged.evaluate(other, labels) for other in others(record.task, first)),
        fidelity=fidelity(
            [mine[record.output]],
            [theirs[record.output]],
            classes=[0] if decides else [],
            threshold=record.threshold,
        ),
    )
