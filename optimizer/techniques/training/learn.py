"""techniques/training/: one training step: the loss, the batches, the fit. Workers only."""

from pathlib import Path
from typing import Any

from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.models.summary import CompiledLoss
from optimizer.reporting import Report
from optimizer.techniques.training.feed import Feed, balance, make_feed, teach
from optimizer.techniques.training.material import Material, material
from optimizer.techniques.training.objective import objective
from optimizer.techniques.training.prepared import Prepared
from optimizer.techniques.training.training_loop import Fitted, fit
from optimizer.techniques.training_step import TrainingTime

LOOK_SAMPLES = 64  # on which probabilities are told from logits


def learn(
    step: TrainingTime,
    prepared: Prepared,
    teacher: Any,
    dataset: Dataset,
    compiled: CompiledLoss | None,
    folder: Path,
    report: Report,
) -> Fitted:
    """Trains `prepared.model` in place on the training role.

    Args:
        step: Says how.
        prepared: The model.
        teacher: The float model as it came, for distillation.
        dataset: Its tuning role chooses the best epoch.
        compiled: The loss that the model was compiled with.
        folder: See `fit`.
        report: Told the progress.

    Raises:
        RecipeError: the loss does not fit the model.
        TrainingError: the loss became NaN.
    """
    record = dataset.record
    outputs = teach(teacher, dataset.samples("training").batch(0, LOOK_SAMPLES))
    shape = outputs[record.output].shape[1:]
    learnt = material(dataset, "training", shape)
    labels = learnt.labels
    goal = objective(
        learnt.task,
        chosen=step.loss,
        compiled=compiled,
        distillation=step.distillation,
        outputs=outputs,
        labelled=record.output,
        positions=() if labels is None else labels.shape[1:],
    )
    class_weights = None
    if step.class_weights and labels is not None and record.task is Task.CLASSIFICATION:
        class_weights = balance(labels, record.classes or 0)

    def feed(some: Material) -> Feed:
        return make_feed(
            some.samples,
            some.labels,
            goal,
            teacher,
            batch_size=step.batch_size,
            class_weights=class_weights,
        )

    report(f"{step.label}: tracing the graph", 0.0)
    tuning = material(dataset, "tuning", shape)
    watched = feed(tuning) if len(tuning.samples) else None
    return fit(step, prepared, goal, feed(learnt), watched, folder, report)
