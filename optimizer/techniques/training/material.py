"""techniques/training/: what a model learns of a role: its samples, and what it should say."""

from dataclasses import dataclass, field

from optimizer.arrays import Array
from optimizer.data.data_options import Role
from optimizer.data.dataset import Dataset, ScaledSamples
from optimizer.data.labels import DISTILLED, Task
from optimizer.measure.reconstruction import rebuilt


@dataclass(frozen=True)
class Material:
    """Samples of a role that are learnt from.

    Attributes:
        task: What their labels are for.
        samples: The inputs.
        labels: In the form of the metrics; None without.
        further: By the place of an output with labels of its own these; empty without.
    """

    task: Task
    samples: ScaledSamples
    labels: Array | None
    further: dict[int, Array] = field(default_factory=dict)


def material(dataset: Dataset, role: Role, output: tuple[int, ...]) -> Material:
    """A role's samples with their labels; of anomalies the normal ones, which should be rebuilt.

    Where no loss is made of labels they are left out.

    Args:
        dataset: The data.
        role: Which of them.
        output: The shape of one sample of the output that the labels are for.
    """
    record = dataset.record
    if record.task in DISTILLED:
        return Material(Task.UNLABELLED, dataset.samples(role), None)
    if record.task is not Task.ANOMALY:
        task = Task.REGRESSION if record.task is Task.FORECAST else record.task
        own = {one.record.output: one.labels(role) for one in dataset.further()}
        further = {output: labels for output, labels in own.items() if labels is not None}
        return Material(task, dataset.samples(role), dataset.labels(role), further)
    indices = dataset.normal(role)
    wanted = dataset.samples_at(indices, record.target_scaling)
    targets = rebuilt(wanted.batch(0, len(wanted)), output)
    return Material(Task.REGRESSION, dataset.samples_at(indices), targets)
