"""tflite/: the activation that each output of a file ends in, told from its last operators."""

from collections.abc import Mapping

from ai_edge_litert import schema_py_generated as schema

from optimizer.tflite.boundary_order import outputs_in_order
from optimizer.tflite.facts import CONVERTING
from optimizer.tflite.flatbuffer import Flatbuffer, whole
from optimizer.tflite.graph import Tensor, Use

OWN = {
    "SOFTMAX": "softmax", "LOG_SOFTMAX": "log_softmax", "LOGISTIC": "sigmoid", "TANH": "tanh",
    "RELU": "relu", "RELU6": "relu6", "ELU": "elu", "LEAKY_RELU": "leaky_relu", "GELU": "gelu",
    "HARD_SWISH": "hard_silu", "EXP": "exponential",
}  # fmt: skip
"""Operators that are an activation, by Keras's name of it."""
FUSED = {
    schema.ActivationFunctionType.NONE: "linear",
    schema.ActivationFunctionType.RELU: "relu",
    schema.ActivationFunctionType.RELU6: "relu6",
    schema.ActivationFunctionType.TANH: "tanh",
}
"""Activations that an operator applies to what it has reckoned."""
SUMS = {"FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "BATCH_MATMUL"}
"""Operators that add up products of weights, so that their values may be any."""
ARITHMETIC = {"ADD", "SUB", "MUL", "DIV"}
MOVES = {
    *CONVERTING, "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "TRANSPOSE", "SLICE", "STRIDED_SLICE",
    "CAST",
}  # fmt: skip
"""Operators that hand values on as they are, or in another type or order."""


def output_activations(file: Flatbuffer) -> tuple[str, ...]:
    """Keras's name of the activation of each output, in the order of the model's outputs.

    "linear" is said of sums of products alone; empty is what the operators do not tell.

    Raises:
        MeasurementError: the file is damaged.
    """
    with whole(file.name):
        makers = {made.index: use for use in file.graphs[0].uses for made in use.outputs}
        return tuple(_activation(tensor, makers) for tensor in outputs_in_order(file))


def _activation(tensor: Tensor, makers: Mapping[int, Use]) -> str:
    """Of one tensor. No more steps than there are operators: a damaged file may go in circles."""
    linear = False
    for _ in range(len(makers)):
        use = makers.get(tensor.index)
        if use is None:
            return ""
        if use.name in OWN:
            return "" if linear else OWN[use.name]
        fused = FUSED.get(getattr(use.options, "fusedActivationFunction", 0) or 0, "")
        if use.name in SUMS:
            return "linear" if linear else fused
        taken = [one for one in use.inputs if one is not None and one.constant is None]
        if use.name in ARITHMETIC and len(taken) == 1:
            if fused != "linear":
                return "" if linear else fused
            linear = True  # a scale or an offset leaves what is linear so, and nothing else
        elif use.name not in MOVES or not taken:
            return ""
        tensor = taken[0]
    return ""
