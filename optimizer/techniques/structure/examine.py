"""techniques/structure/: follows the channels of a model from its inputs to its outputs.

Workers only: it imports TensorFlow.
"""

from collections.abc import Callable
from typing import Any

import keras

from optimizer.models.bridge.keras_graph import Step, graph_of, run
from optimizer.techniques.structure import with_channels as channels
from optimizer.techniques.structure import without_weights as passing
from optimizer.techniques.structure.called import called
from optimizer.techniques.structure.network import Flow, Network, Shape

Rule = Callable[[Network, Any, list[Flow], Shape], Flow]

RULES: dict[str, Rule] = {
    "Dense": channels.dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), channels.convolution),
    **dict.fromkeys(
        ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), channels.transposed
    ),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), channels.depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), channels.separable),
    "BatchNormalization": channels.batch_normalization,
    "LayerNormalization": channels.layer_normalization,
    **dict.fromkeys(("PReLU", "LayerScale"), channels.channel_weights),
    "Activation": passing.activation,
    "Softmax": passing.softmax,
    "Rescaling": passing.rescaling,
    **dict.fromkeys(
        ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"), passing.merged
    ),
    "Concatenate": passing.concatenated,
    "Flatten": passing.flattened,
    "Reshape": passing.reshaped,
    "Permute": passing.permuted,
    "RepeatVector": passing.repeated_vector,
    "Operation": called,
    **dict.fromkeys(
        (
            "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "Dropout", "SpatialDropout1D",
            "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise", "GaussianDropout",
            "AlphaDropout", "ActivityRegularization",
            *(
                f"{kind}{size}D"
                for size in (1, 2, 3)
                for kind in (
                    "MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling",
                    "ZeroPadding", "Cropping", "UpSampling",
                )
            ),
        ),
        passing.same,
    ),
}  # fmt: skip
"""What each class of layers does with channels. All others stay as they are, and so does what goes
into them and comes out."""


def examine(model: Any) -> Network:
    """Which channels of which layers go together, and which have to stay.

    Args:
        model: A plain tf_keras model whose graph is flat.
    """
    network = Network()
    inputs = [
        network.fixed(_shape(tensor), "is tied to an input of the model")
        for tensor in graph_of(model).inputs
    ]
    for flow in run(model, inputs, lambda step: _followed(network, step)):
        network.fix(flow, "is an output of the model")
    return network


def _followed(network: Network, step: Step) -> Any:
    """What comes out of one call of a layer."""
    layer = step.operation
    flows = [x for x in keras.tree.flatten((step.args, step.kwargs)) if isinstance(x, Flow)]
    shapes = [_shape(tensor) for tensor in step.outputs]
    rule = RULES.get(type(layer).__name__, channels.whole)
    if getattr(layer, "data_format", "channels_last") == "channels_first" or len(shapes) > 1:
        rule = channels.whole
    try:
        made = rule(network, layer, flows, shapes[0])
    except channels.OpenSizeError:
        made = channels.whole(network, layer, flows, shapes[0])
    others = [
        network.fixed(shape, f"is tied to “{layer.name}”, which stays as it is")
        for shape in shapes[1:]
    ]
    structure = step.outputs if others else step.outputs[0]
    return keras.tree.pack_sequence_as(list(structure), [made, *others]) if others else made


def _shape(tensor: Any) -> Shape:
    return tuple(tensor.shape[1:])
