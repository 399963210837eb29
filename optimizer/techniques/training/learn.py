"""techniques/training/: one training step: the loss, the batches, the fit. Workers only."""

from pathlib import Path
from typing import Any

from optimizer.data.data_options import Role
from optimizer.data.dataset import Dataset
from optimizer.data.labels import Task
from optimizer.models.summary import CompiledLoss
from optimizer.reporting import Report
from optimizer.techniques.training.feed import Feed, balance, make_feed, teach
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
    look = dataset.samples("training").batch(0, LOOK_SAMPLES)
    labels = dataset.labels("training")
    goal = objective(
        record.task,
        chosen=step.loss,
        compiled=compiled,
        distillation=step.distillation,
        outputs=teach(teacher, look),
        labelled=record.output,
        positions=() if labels is None else labels.shape[1:],
    )
    class_weights = None
    if step.class_weights and labels is not None and record.task is Task.CLASSIFICATION:
        class_weights = balance(labels, record.classes or 0)

    def feed(role: Role) -> Feed:
        return make_feed(
            dataset.samples(role),
            dataset.labels(role),
            goal,
            teacher,
            batch_size=step.batch_size,
            class_weights=class_weights,
        )

    report(f"{step.label}: tracing the graph", 0.0)
    tuning = feed("tuning") if record.tuning else None
    return fit(step, prepared, goal, feed("training"), tuning, folder, report)
