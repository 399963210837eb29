"""models/: what a model is, in a few numbers that the server can hold without TensorFlow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TensorSpec:
    """One input or output.

    Attributes:
        name: The name in the model.
        shape: One entry a dimension, the batch first; None where the model leaves it open.
        dtype: NumPy's name of the type.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    def __str__(self) -> str:
        sizes = " × ".join("any" if size is None else str(size) for size in self.shape[1:])
        return f"{self.name}: {sizes or 'scalar'}, {self.dtype}"


@dataclass(frozen=True)
class LayerKind:
    """How many layers of one class the model has."""

    name: str
    count: int


@dataclass(frozen=True)
class ModelSummary:
    """What the Model page and `inspect` show.

    Attributes:
        name: The model's name for people and for file names.
        format: The format in words, e.g. "Keras 3 .keras".
        version: The Keras version that wrote the file; empty where it does not say.
        inputs: In the order in which the model takes them.
        outputs: In the order in which the model gives them.
        layers: Layers (nested ones included) by class; empty for a SavedModel, which has none.
        parameters: All weights, trained or not; None where the file does not say.
        macs: Multiply-accumulate operations of one inference, from the float32 `.tflite`.
        size_bytes: Of the file as it came (of all files of a SavedModel).
        output_activation: Of a Keras model's last layer, e.g. "softmax"; empty if unknown.
    """

    name: str
    format: str
    version: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    layers: tuple[LayerKind, ...]
    parameters: int | None
    macs: int | None
    size_bytes: int
    output_activation: str = ""

    @property
    def layer_count(self) -> int:
        """All layers, nested ones included."""
        return sum(kind.count for kind in self.layers)
