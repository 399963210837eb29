"""data/: what was decided about a dataset, so that it can be decided again."""

from collections.abc import Sequence

from optimizer.data.data_options import DataOptions
from optimizer.data.dataset import DatasetRecord


def as_decided(dataset: DatasetRecord | None, outputs: Sequence[str]) -> DataOptions:
    """The options that lead to a dataset as it is.

    Args:
        dataset: What is known of it; None: nothing was decided yet.
        outputs: The names of the model's outputs.
    """
    if dataset is None:
        return DataOptions()
    told = not dataset.assumed  # else it stays assumed until the user says something
    return DataOptions(
        task=dataset.task if told else None,
        output=outputs[dataset.output] if told else None,
        assume=not told,
        scaling="none" if dataset.given else dataset.scaling,
        given=dataset.given,
        metric=dataset.headline,
        class_names=dataset.class_names,
        head=str(dataset.head) if dataset.head else "",
        false_alarms=dataset.false_alarms,
        reconstruction=dataset.reconstruction,
        season=dataset.season,
        letterbox=dataset.letterbox,
    )
