"""models/opened/: describes tensors of any library."""

from typing import Any

from optimizer.models.summary import TensorSpec
from optimizer.tflite.boundary_order import in_order


def spec_of(tensor: Any, name: str | None = None) -> TensorSpec:
    """A tensor of Keras or TensorFlow, under its own name or another."""
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    name = (name or tensor.name).partition(":")[0]
    if getattr(tensor.shape, "rank", 0) is None:
        return TensorSpec(name, (None,), str(dtype), any_rank=True)
    return TensorSpec(
        name, tuple(None if size is None else int(size) for size in tensor.shape), str(dtype)
    )


def flat(values: Any) -> list[Any]:
    """Outputs as a list; those of a dictionary in the order of their names."""
    if isinstance(values, dict):
        return [values[name] for name in in_order(values)]
    return list(values) if isinstance(values, list | tuple) else [values]
