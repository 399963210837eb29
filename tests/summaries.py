"""tests: summaries of models that nobody built."""

from optimizer.models.summary import CompiledLoss, ModelSummary, TensorSpec

Shape = tuple[int | None, ...]


def summary(
    taken: Shape = (8, 8, 3),
    given: Shape = (3,),
    *,
    dtype: str = "float32",
    activation: str = "softmax",
    inputs: int = 1,
    outputs: int = 1,
    loss: str | None = None,
) -> ModelSummary:
    """A model as the data room sees it; shapes without the batch dimension."""
    return ModelSummary(
        name="m",
        format="Keras 3 .keras",
        version="3",
        inputs=tuple(TensorSpec(f"in_{i}", (None, *taken), dtype) for i in range(inputs)),
        outputs=tuple(TensorSpec(f"out_{i}", (None, *given), "float32") for i in range(outputs)),
        layers=(),
        parameters=1,
        macs=None,
        size_bytes=1,
        output_activation=activation,
        loss=CompiledLoss(loss) if loss else None,
    )
