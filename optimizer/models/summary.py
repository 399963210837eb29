"""models/: what a model is, in a few numbers that the server can hold without TensorFlow."""

from dataclasses import dataclass, field

from optimizer.words import sizes


@dataclass(frozen=True)
class TensorSpec:
    """One input or output.

    Attributes:
        name: The name in the model.
        shape: One entry a dimension, the batch first; None where the model leaves it open.
        dtype: NumPy's name of the type.
        any_rank: Whether the model leaves open even how many dimensions there are; `shape` is then
            (None,).
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    any_rank: bool = False

    def __str__(self) -> str:
        if self.any_rank:
            return f"{self.name}: any shape, {self.dtype}"
        return f"{self.name}: {sizes(self.shape[1:], empty='scalar')}, {self.dtype}"


@dataclass(frozen=True)
class LayerKind:
    """How many layers of one class the model has."""

    name: str
    count: int


@dataclass(frozen=True)
class LayerFit:
    """What training-time techniques can do with one layer.

    Attributes:
        name: The layer's name, which recipes choose it by.
        kind: Its class.
        parameters: Its weights, trained or not.
        obstacles: By the name of each technique that chooses layers why it cannot reach this one,
            in a phrase; None if it can.
        frozen: Whether it came frozen: not to be trained.
    """

    name: str
    kind: str
    parameters: int
    obstacles: dict[str, str | None]
    frozen: bool = False


@dataclass(frozen=True)
class CompiledLoss:
    """The loss that a model was compiled with.

    Attributes:
        name: In snake case, e.g. "sparse_categorical_crossentropy".
        from_logits: Whether it takes the outputs for logits.
        label_smoothing: Share of each label that is spread over the other classes, 0..1.
        options: What else it was given, by Keras's names: "gamma", "delta".
    """

    name: str
    from_logits: bool = False
    label_smoothing: float = 0.0
    options: dict[str, float | bool | tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelSummary:
    """What the Model page and `inspect` show.

    Attributes:
        name: The model's name for people and for file names.
        format: The format in words, e.g. "Keras 3 .keras".
        version: The Keras version that wrote the file; empty where it does not say.
        inputs: In the order in which the model takes them.
        outputs: In the order in which the model gives them.
        layers: Layers (nested ones included) by class; empty where there are none.
        parameters: All weights, trained or not; None where the file does not say.
        macs: Multiply-accumulate operations of one inference, from the float32 `.tflite`.
        size_bytes: Of the file as it came (of all files of a SavedModel).
        output_activation: Of a Keras model's last layer, e.g. "softmax"; empty if unknown.
        loss: What it was compiled with; None where the file does not say, or it is not Keras's own.
        output_activations: What each output ends in, told from the float32 `.tflite`; empty in
            studies that do not tell.
        output_losses: What each output was compiled with, where there are several; empty where the
            file does not say.
        untrainable: Why no training-time technique can be used, in a phrase; None if they can.
        fits: What those can do with each layer; empty where they cannot be used.
        surveys: By the name of a technique what its checks have to know of the model beyond that,
            in a form of its own; empty in studies that do not tell.
        ready: Whether it came as a `.tflite`, which only the LiteRT Quantizer can work on.
        quantized: Whether it came as a `.tflite` that is not float any more.
        one_sample: Whether its SavedModel, and so its files, take one sample at a time.
        loops: Whether its float32 `.tflite` has loops, as of recurrent layers for which there is no
            fused operator; tensorflow 2.21 crashes when it quantizes activations in them.
        select_tf_ops: TensorFlow operators in it that the LiteRT runtime lacks; the user wanted
            them kept, so its files cannot be run here.
        notes: Sentences that say what was fixed or decided when it was opened.
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
    loss: CompiledLoss | None = None
    output_activations: tuple[str, ...] = ()
    output_losses: tuple[CompiledLoss | None, ...] = ()
    untrainable: str | None = None
    fits: tuple[LayerFit, ...] = ()
    surveys: dict[str, str] = field(default_factory=dict)
    ready: bool = False
    quantized: bool = False
    one_sample: bool = False
    loops: bool = False
    select_tf_ops: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def layer_count(self) -> int:
        """All layers, nested ones included."""
        return sum(kind.count for kind in self.layers)

    def activation_of(self, output: int) -> str:
        """What an output ends in, by Keras's name; empty if unknown."""
        if len(self.outputs) == 1 and self.output_activation:
            return self.output_activation
        return self.output_activations[output] if self.output_activations else ""

    def loss_of(self, output: int) -> CompiledLoss | None:
        """What an output was compiled with; None if unknown."""
        if len(self.outputs) == 1:
            return self.loss
        return self.output_losses[output] if self.output_losses else None
