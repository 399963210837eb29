"""tflite/: what a file computes on the way from its inputs to its outputs."""

from collections.abc import Iterable, Iterator, Sequence

from optimizer.arrays import Array
from optimizer.errors import MeasurementError
from optimizer.tflite.graph import Graph
from optimizer.tflite.runner import named_order
from optimizer.tflite.values import quantize


def computed_in_float(graph: Graph) -> set[int]:
    """The indices of the graph's inputs and of all that its operators give in float."""
    inputs = {tensor.index for tensor in graph.inputs if tensor.dtype == "FLOAT32"}
    return inputs | {t.index for use in graph.uses for t in use.outputs if t.dtype == "FLOAT32"}


def inner_values(
    content: bytes, samples: Iterable[Sequence[Array]], names: Sequence[str], wanted: Iterable[int]
) -> Iterator[dict[int, Array]]:
    """The values of tensors by index, for one sample after the other.

    By LiteRT's own kernels: XNNPACK keeps nothing of what lies between.

    Args:
        content: The file.
        samples: For each model input an array (1, ...).
        names: The model's inputs in that order.
        wanted: Indices of computed tensors.

    Raises:
        MeasurementError: the file cannot be run so.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415

    wanted = tuple(wanted)
    try:
        interpreter = Interpreter(
            model_content=content,
            num_threads=1,
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        details = interpreter.get_input_details()
        order = named_order(interpreter, details, names) or tuple(range(len(details)))
        for sample in samples:
            for tensor, at in zip(details, order, strict=True):
                interpreter.resize_tensor_input(tensor["index"], sample[at].shape)
            interpreter.allocate_tensors()
            for tensor, at in zip(details, order, strict=True):
                values = quantize(sample[at], tensor["dtype"], *tensor["quantization"])
                interpreter.set_tensor(tensor["index"], values)
            interpreter.invoke()
            yield {index: interpreter.get_tensor(index) for index in wanted}
    except (ValueError, RuntimeError) as error:
        raise MeasurementError(f"The file cannot be looked into: {error}.") from error
