"""models/opened/: a .tflite that came ready: read from its flatbuffer, run by LiteRT."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import ModelError
from optimizer.models.opened.interface import Floats
from optimizer.models.opened.saved_model import refuse_text
from optimizer.models.summary import TensorSpec
from optimizer.tflite.output_order import in_order
from optimizer.words import first_sentence

FLEX = "Flex"
DAMAGE = (struct.error, IndexError, KeyError, TypeError, ValueError, AttributeError)


class TfliteFile:
    """See `Opened`."""

    layers: Sequence[str] = ()
    output_activation = ""

    def __init__(self, path: Path) -> None:
        """Reads the file at `path`.

        Raises:
            ModelError: it is damaged, takes text, or has operators that nobody here knows.
        """
        self.path = path
        try:
            model = _read(path)
            graph = model.subgraphs[0]
            constants = list(_constants(model))
            names = _signature_names(model)
            self.inputs = tuple(_spec(graph, index, names) for index in graph.inputs)
            self.places = _ordered([int(index) for index in graph.outputs], names)
            self.outputs = tuple(_spec(graph, index, names) for index in self.places)
            self.select_tf_ops = _flex(model)
        except DAMAGE as error:
            raise ModelError(
                "The .tflite is damaged: its parts do not fit together. Convert or upload it again."
            ) from error
        refuse_text(self.inputs, ".tflite")
        self.parameters: int | None = sum(size for _, size in constants)
        stored = [_stored(graph.tensors[index]) for index in graph.inputs]
        self.quantized = any(
            _is_quantized(tensor) for part in model.subgraphs for tensor in part.tensors
        ) or any(kind == "FLOAT16" for kind, _ in constants)
        self.notes = tuple(
            f"“{spec.name}” takes {kind} values; it is fed in its float scale here."
            for spec, kind in zip(self.inputs, stored, strict=True)
            if kind != spec.dtype
        )
        if not self.select_tf_ops:
            self._interpreter()

    def keras_model(self) -> Any:
        """See `Opened`."""
        raise ModelError("A .tflite has no Keras layers to train.")

    def export(self, folder: Path, inputs: tuple[TensorSpec, ...]) -> None:
        """See `Opened`: there is no way back from a .tflite to a SavedModel."""
        del folder, inputs

    def predict(self, inputs: tuple[npt.NDArray[Any], ...]) -> list[Floats]:
        """See `Opened`. One sample at a time: a file may have a fixed batch."""
        interpreter = self._interpreter(tuple(x[:1] for x in inputs))
        taken = interpreter.get_input_details()
        by_place = {tensor["index"]: tensor for tensor in interpreter.get_output_details()}
        given = [by_place[place] for place in self.places]
        rows: list[list[Floats]] = []
        for index in range(len(inputs[0])):
            interpreter.reset_all_variables()  # the fused LSTM keeps its state otherwise
            for tensor, x in zip(taken, inputs, strict=True):
                interpreter.set_tensor(tensor["index"], _as_stored(x[index : index + 1], tensor))
            interpreter.invoke()
            rows.append([_as_float(interpreter.get_tensor(t["index"]), t) for t in given])
        return [np.concatenate(column) for column in zip(*rows, strict=True)]

    def _interpreter(self, sample: tuple[npt.NDArray[Any], ...] = ()) -> Any:
        """An interpreter that is ready to run; for inputs of open size a sample says which."""
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 (workers only)

        try:
            interpreter = Interpreter(model_path=str(self.path), num_threads=1)
            for tensor, x in zip(interpreter.get_input_details(), sample, strict=bool(sample)):
                if tuple(tensor["shape"]) != x.shape:
                    interpreter.resize_tensor_input(tensor["index"], x.shape)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The .tflite cannot be run by the LiteRT runtime: {first_sentence(error)} "
                "Convert it again with built-in operators only."
            ) from error
        return interpreter


# ---- the flatbuffer --------------------------------------------------------------------------


def _read(path: Path) -> Any:
    """The whole file as `schema.ModelT`, after every index in it was followed once.

    The runtime follows them without looking where they lead.
    """
    from ai_edge_litert import schema_py_generated as schema  # noqa: PLC0415 (workers only)

    content = np.fromfile(path, np.uint8)
    model = schema.ModelT.InitFromPackedBuf(content)
    for buffer in model.buffers:
        if buffer.offset > 1:
            _within(buffer.offset + buffer.size, len(content) + 1)
    for graph in model.subgraphs:
        tensors = len(graph.tensors)
        for tensor in graph.tensors:
            _within(tensor.buffer, len(model.buffers))
        for operator in graph.operators:
            _within(operator.opcodeIndex, len(model.operatorCodes))
            for index in (*_list(operator.inputs), *_list(operator.outputs)):
                _within(index + 1, tensors + 1)  # -1 is an optional input that was left out
        for index in (*graph.inputs, *graph.outputs):
            _within(index, tensors)
    return model


def _within(index: int, count: int) -> None:
    if not 0 <= index < count:
        raise IndexError("leads out of the file")


def _list(indices: Any) -> list[int]:
    return [] if indices is None else [int(index) for index in indices]


def _type_name(tensor: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema  # noqa: PLC0415 (workers only)

    return next(
        str(name) for name, number in vars(schema.TensorType).items() if number == tensor.type
    )


def _stored(tensor: Any) -> str:
    """NumPy's name of the type of a tensor's values in the file."""
    return _type_name(tensor).lower()


def _is_quantized(tensor: Any) -> bool:
    return tensor.quantization is not None and len(_list(tensor.quantization.scale)) > 0


def _spec(graph: Any, index: int, names: dict[int, str]) -> TensorSpec:
    """An input or output; a quantized one is float32, as it is fed in the float scale."""
    tensor = graph.tensors[index]
    shape = tensor.shapeSignature if tensor.shapeSignature is not None else tensor.shape
    sizes = tuple(None if size < 0 else size for size in _list(shape))
    written = tensor.name.decode(errors="replace").removeprefix("serving_default_")
    name = names.get(int(index)) or written.partition(":")[0]
    return TensorSpec(name, sizes, "float32" if _is_quantized(tensor) else _stored(tensor))


def _signature_names(model: Any) -> dict[int, str]:
    """Names of tensors in the only signature, by tensor; empty where there is none."""
    signatures = model.signatureDefs or []
    if len(signatures) != 1:
        return {}
    return {
        int(entry.tensorIndex): entry.name.decode(errors="replace")
        for entry in (*signatures[0].inputs, *signatures[0].outputs)
    }


def _ordered(outputs: list[int], names: dict[int, str]) -> list[int]:
    """The file's outputs in the order of the model's, as far as the signature tells it."""
    if not set(outputs) <= set(names):
        return outputs
    order = in_order(names[index] for index in outputs)
    return sorted(outputs, key=lambda index: order.index(names[index]))


def _constants(model: Any) -> Any:
    """Yields (type, number of values) of each constant that can be a weight."""
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            buffer = model.buffers[tensor.buffer]
            filled = buffer.offset > 1 or (buffer.data is not None and len(buffer.data) > 0)
            kind = _type_name(tensor)
            # Integers that are not quantized are shapes and axes.
            if filled and (kind.startswith("FLOAT") or _is_quantized(tensor)):
                yield kind, int(np.prod(_list(tensor.shape)))


def _flex(model: Any) -> tuple[str, ...]:
    """Operators of TensorFlow in the file, without the prefix that they have there."""
    custom = [code.customCode.decode() for code in model.operatorCodes if code.customCode]
    return tuple(sorted({name.removeprefix(FLEX) for name in custom if name.startswith(FLEX)}))


# ---- values ----------------------------------------------------------------------------------


def _as_stored(values: npt.NDArray[Any], tensor: dict[str, Any]) -> npt.NDArray[Any]:
    """round(x / scale) + zero point, as the LiteRT quantization specification has it."""
    scale, zero_point = tensor["quantization"]
    if scale == 0.0:
        return values.astype(tensor["dtype"])
    limits = np.iinfo(tensor["dtype"])
    rounded = np.rint(values / scale) + zero_point
    clipped: npt.NDArray[Any] = rounded.clip(limits.min, limits.max).astype(tensor["dtype"])
    return clipped


def _as_float(values: npt.NDArray[Any], tensor: dict[str, Any]) -> Floats:
    scale, zero_point = tensor["quantization"]
    floats = values.astype(np.float32)
    return floats if scale == 0.0 else (floats - np.float32(zero_point)) * np.float32(scale)
