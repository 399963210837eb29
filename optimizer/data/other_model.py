"""data/: data that were read for one model, for another that takes and gives the same."""

from collections.abc import Sequence
from dataclasses import replace

from optimizer.data.dataset import DatasetRecord
from optimizer.errors import DataError
from optimizer.models.summary import ModelSummary, TensorSpec
from optimizer.words import sizes


def for_model(record: DatasetRecord, model: ModelSummary, earlier: ModelSummary) -> DatasetRecord:
    """What is known of data as they are for another model; its inputs may have other names.

    Args:
        record: Of the data.
        model: That is to have them.
        earlier: That they were read for.

    Raises:
        DataError: the two do not take and give tensors of the same shapes and types.
    """
    for what, mine, theirs in (
        ("takes", model.inputs, earlier.inputs), ("gives", model.outputs, earlier.outputs),
    ):  # fmt: skip
        forms = [[(spec.shape[1:], spec.dtype) for spec in specs] for specs in (mine, theirs)]
        names = [[spec.name for spec in specs] for specs in (mine, theirs)]
        # Of several with other names nobody knows which is which.
        if forms[0] != forms[1] or (len(mine) > 1 and names[0] != names[1]):
            raise DataError(
                f"The model {what} {_told(mine)}, but the data are of a study whose model {what} "
                f"{_told(theirs)}. Give the data themselves."
            )
    inputs = zip(record.inputs, model.inputs, strict=True)
    return replace(record, inputs=tuple(replace(one, name=spec.name) for one, spec in inputs))


def _told(specs: Sequence[TensorSpec]) -> str:
    told = (f"{spec.name} ({sizes(tuple(spec.shape[1:]))} {spec.dtype})" for spec in specs)
    return ", ".join(told)
