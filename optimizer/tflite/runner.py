"""tflite/: runs a .tflite file in the LiteRT interpreter, on inputs in the float model's scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from optimizer.arrays import Array, Float32s
from optimizer.errors import MeasurementError
from optimizer.tflite.boundary_order import in_order, written_name
from optimizer.tflite.values import dequantize, quantize

DELEGATE = "XNNPack"  # in what the runtime says where the delegate cannot prepare an operator


@dataclass(frozen=True)
class Port:
    """An input or output of a file.

    Attributes:
        place: Among those of the file.
        tensor: The index of its tensor.
        dtype: NumPy's name of what is stored.
        scale, zero_point: What a stored value stands for; a scale of 0: for itself.
    """

    place: int
    tensor: int
    dtype: str
    scale: float
    zero_point: int


class Runner:
    """One file, opened and allocated for batches of one size.

    `run` is all that predictions need. Timing takes it apart: `prepare` and `feed` first, then
    `invoke` alone under the clock.

    Attributes:
        file: what runs.
        batch: the samples of a run.
        xnnpack: whether operators go to XNNPACK; not where that cannot prepare them.
    """

    def __init__(
        self,
        file: Path,
        example: Sequence[Array],
        names: Sequence[str] = (),
        *,
        threads: int = 1,
        xnnpack: bool = True,
    ) -> None:
        """Opens `file` for batches shaped like `example`.

        Args:
            file: the .tflite file.
            example: for each model input an array (batch, ...). The batch size and unknown
                dimensions of the file are resized to it.
            names: the model's inputs, in the order of `example`; empty if they are not known.
            threads: threads of the interpreter; 1 runs in the calling thread.
            xnnpack: whether operators go to XNNPACK, as they do by default on a CPU. A file with
                an operator that it cannot prepare is opened without it.

        Raises:
            MeasurementError: the file cannot be loaded, needs operators that the runtime lacks,
                or does not take such inputs.
        """
        self.file = file
        self.batch = len(example[0])
        self.xnnpack = xnnpack
        try:
            try:
                self._open(example, names, threads)
            except RuntimeError as error:
                if not xnnpack or DELEGATE not in str(error):
                    raise
                self.xnnpack = False
                self._open(example, names, threads)
        except (ValueError, RuntimeError) as error:
            raise MeasurementError(_explain(file, error)) from error
        self._outputs = output_order(self._interpreter)

    def _open(self, example: Sequence[Array], names: Sequence[str], threads: int) -> None:
        resolver = (
            OpResolverType.AUTO
            if self.xnnpack
            else OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        self._interpreter = Interpreter(
            model_path=str(self.file), num_threads=threads, experimental_op_resolver_type=resolver
        )
        self._inputs = self._interpreter.get_input_details()
        self._order = named_order(self._interpreter, self._inputs, names) or input_order(
            self.file, self._inputs, example
        )
        for tensor, index in zip(self._inputs, self._order, strict=True):
            if tuple(tensor["shape"]) != example[index].shape:
                self._interpreter.resize_tensor_input(tensor["index"], example[index].shape)
        self._interpreter.allocate_tensors()

    def prepare(self, arrays: Sequence[Array]) -> list[Array]:
        """Inputs as the file's tensors take them, in the file's order: quantized where they are.

        Args:
            arrays: for each model input an array (n, ...), any n.
        """
        return [
            quantize(arrays[index], tensor["dtype"], *tensor["quantization"])
            for tensor, index in zip(self._inputs, self._order, strict=True)
        ]

    def feed(self, prepared: Sequence[Array]) -> None:
        """Copies one prepared batch into the interpreter."""
        for tensor, values in zip(self._inputs, prepared, strict=True):
            self._interpreter.set_tensor(tensor["index"], values)

    def invoke(self) -> None:
        """Runs the model on what was fed. Releases the GIL meanwhile."""
        self._interpreter.invoke()

    def stored(self) -> list[Array]:
        """The outputs of the last invocation as the file has them, in the model's order."""
        return [self._interpreter.get_tensor(tensor["index"]) for tensor in self._outputs]

    def ports(self) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
        """Where the model's inputs and its outputs are in the file, each in the model's order."""
        inputs = [self._inputs[self._order.index(at)] for at in range(len(self._order))]
        all_outputs = self._interpreter.get_output_details()
        return _ports(inputs, self._inputs), _ports(self._outputs, all_outputs)

    def outputs(self) -> list[Float32s]:
        """The outputs of the last invocation, dequantized: float32 (batch, ...) for each.

        Raises:
            MeasurementError: an output has another batch size than the inputs.
        """
        outputs = []
        for tensor, stored in zip(self._outputs, self.stored(), strict=True):
            values = dequantize(stored, *tensor["quantization"])
            if self.batch == 1 and values.shape[:1] != (1,):
                values = values[None]  # an output without a batch dimension
            if len(values) != self.batch:
                raise MeasurementError(
                    f"{self.file.name} gives {len(values)} outputs for {self.batch} samples."
                )
            outputs.append(values)
        return outputs

    def run(self, prepared: Sequence[Array]) -> list[Float32s]:
        """Feeds one prepared batch, runs it and returns the outputs, as `outputs` does.

        Raises:
            MeasurementError: the model fails on these inputs.
        """
        try:
            # The fused LSTM operator keeps its state from one invocation to the next.
            self._interpreter.reset_all_variables()
            self.feed(prepared)
            self.invoke()
        except (ValueError, RuntimeError) as error:
            raise MeasurementError(_explain(self.file, error)) from error
        return self.outputs()


def named_order(
    interpreter: Any, inputs: Sequence[dict[str, Any]], names: Sequence[str]
) -> tuple[int, ...] | None:
    """Which of the model's inputs each of the file's inputs takes, by the names in its signature.

    Without a signature the tensors' own names serve.

    The file's own order is none: TensorFlow 2.21 sorts inputs by a hash of their names.

    Returns:
        None if they are called otherwise.
    """
    signatures = list(interpreter.get_signature_list())
    if len(signatures) == 1:
        named = interpreter.get_signature_runner(signatures[0]).get_input_details()
        index = {name: tensor["index"] for name, tensor in named.items()}
    else:
        index = {written_name(tensor["name"]): tensor["index"] for tensor in inputs}
    if sorted(index) != sorted(names):
        return None
    place = {index[name]: at for at, name in enumerate(names)}
    return tuple(place[tensor["index"]] for tensor in inputs)


def input_order(
    file: Path, inputs: Sequence[dict[str, Any]], example: Sequence[Array]
) -> tuple[int, ...]:
    """Which of the model's inputs each of the file's inputs takes, where names do not tell.

    The file's own order, or if the shapes forbid that the first order that fits.

    Raises:
        MeasurementError: no order fits.
    """
    wanted = [tuple(int(size) for size in _signature(tensor)[1:]) for tensor in inputs]
    given = [array.shape[1:] for array in example]
    if len(wanted) == len(given):
        for order in permutations(range(len(given))):
            if all(_fits(given[i], shape) for i, shape in zip(order, wanted, strict=True)):
                return order
    raise MeasurementError(
        f"{file.name} takes inputs of shape {_shapes(wanted)}, but the data have "
        f"{_shapes(given)}; check which arrays are the model's inputs."
    )


def output_order(interpreter: Any) -> list[dict[str, Any]]:
    """The file's outputs in the order of the model's.

    The file's own order may be another one; the signature's names tell it, see `in_order`.
    """
    details: list[dict[str, Any]] = interpreter.get_output_details()
    signatures = list(interpreter.get_signature_list())
    if len(details) == 1 or len(signatures) != 1:
        return details
    named = interpreter.get_signature_runner(signatures[0]).get_output_details()
    by_index = {tensor["index"]: tensor for tensor in details}
    return [by_index[named[name]["index"]] for name in in_order(named)]


def _ports(wanted: Sequence[dict[str, Any]], of_file: Sequence[dict[str, Any]]) -> tuple[Port, ...]:
    places = {tensor["index"]: place for place, tensor in enumerate(of_file)}
    return tuple(
        Port(
            place=places[tensor["index"]],
            tensor=int(tensor["index"]),
            dtype=np.dtype(tensor["dtype"]).name,
            scale=float(tensor["quantization"][0]),
            zero_point=int(tensor["quantization"][1]),
        )
        for tensor in wanted
    )


def _signature(tensor: dict[str, Any]) -> Sequence[int]:
    """The declared shape, with -1 for what is unknown; files without it declare `shape`."""
    declared: Sequence[int] = tensor["shape_signature"]
    return declared if len(declared) else tensor["shape"]


def _fits(shape: tuple[int, ...], declared: tuple[int, ...]) -> bool:
    return len(shape) == len(declared) and all(
        size in (-1, actual) for actual, size in zip(shape, declared, strict=True)
    )


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return " and ".join(
        "(" + ", ".join(["n", *("any" if size == -1 else str(size) for size in shape)]) + ")"
        for shape in shapes
    )


def _explain(file: Path, error: Exception) -> str:
    """One sentence for what the runtime said."""
    text = " ".join(str(error).split())
    if "Select TensorFlow op" in text:
        operator = text.rpartition("(Flex")[2].partition(")")[0]
        return (
            f"{file.name} needs the TensorFlow operator {operator}, which the LiteRT runtime does "
            "not have; replace it in the model, or convert with built-in operators only."
        )
    return f"{file.name} cannot be run by the LiteRT runtime: {text[:300].rstrip('.')}."
