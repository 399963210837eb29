"""techniques/converters/: makes files in which each operator has a scheme of its own.

The LiteRT Quantizer is asked for each scheme by the names of the operators that are to have it.
What it measured on the calibration samples serves any number of files.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from litert_quantizer import qtyping
from litert_quantizer.algorithm_manager import check_op_quantization_config
from litert_quantizer.quantizer import Quantizer
from litert_quantizer.recipe import AlgorithmName
from litert_quantizer.utils import tfl_flatbuffer_utils
from litert_quantizer.utils.qsv_utils import min_max_update, moving_average_update

from optimizer.techniques.converters.bias_correction import corrected
from optimizer.techniques.converters.litert_quantizer import (
    BOUNDARY,
    ask_for_boundary,
    feeds_of,
    float_file,
    min_max_ranges,
    refused,
)
from optimizer.techniques.plan import plan
from optimizer.techniques.ranges import Ranges, WeightScales, clipped
from optimizer.techniques.scheme import FloatOperator, Scheme
from optimizer.techniques.technique import Sources
from optimizer.tflite.flatbuffer import read_flatbuffer
from optimizer.tflite.graph import Graph, Use
from optimizer.tflite.inner_values import computed_in_float, inner_values
from optimizer.tflite.macs import macs_of
from optimizer.tflite.sharing import sharing, weights_used
from optimizer.tflite.write import with_one_signature, with_weights_inside

REFUSALS = (RuntimeError, ValueError, KeyError, NotImplementedError)
METHOD = AlgorithmName.MIN_MAX_UNIFORM_QUANT
ALGORITHMS = {
    WeightScales.MIN_MAX: METHOD,
    WeightScales.MSE: AlgorithmName.MSE,
    WeightScales.OCTAV: AlgorithmName.OCTAV,
}
WEIGHING = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "CONV_2D_TRANSPOSE")
"""Kinds of operators whose weights the other algorithms know (LiteRT Quantizer 0.11)."""
MOST_KEPT = 1024  # values of a tensor and a sample, where a method looks at values


CORRECTED_ON = 16  # calibration samples; each is run once for each operator with a bias


def mixed(
    sources: Sources,
    *,
    asked: Mapping[int, str],
    ranges: str,
    weight_scales: str,
    bias_correction: bool,
    samples: int,
    boundary: str,
) -> bytes:
    """A file of int8, but for the operators that are told to compute otherwise.

    Args:
        sources: The float `.tflite` and the calibration samples are used.
        asked: The word of a `Scheme` by the number of an operator.
        ranges: The word of a `Ranges`.
        weight_scales: The word of a `WeightScales`.
        bias_correction: Whether biases are moved, where outputs come nearer by that.
        samples: At most this many calibration samples.
        boundary: The type of inputs and outputs: "float32", "int8" or "uint8".

    Raises:
        ConversionError: the quantizer refuses the model, or an operator its scheme.
    """
    mixer = Mixer(sources, WeightScales(weight_scales))
    wanted = {number: Scheme(word) for number, word in asked.items()}
    schemes = plan(wanted, mixer.operators)
    mixer.calibrate(samples, Ranges(ranges))
    made = mixer.make(schemes, inputs=boundary, outputs=boundary)
    if not bias_correction or sources.calibration is None:
        return made
    sources.report("Correcting biases", 0.6)
    count = min(CORRECTED_ON, len(sources.calibration))
    few = [sources.calibration.batch(at, at + 1) for at in range(count)]
    return corrected(made, mixer.content, few, sources.input_names)


class Mixer:
    """Makes files of one float `.tflite`, of which the operators' schemes differ.

    Attributes:
        content: The float file.
        operators: Its operators, by number.
    """

    def __init__(
        self, sources: Sources, weight_scales: WeightScales = WeightScales.MIN_MAX
    ) -> None:
        """Reads the float file of `sources`; `calibrate` comes before `make`.

        Args:
            sources: The float `.tflite` and the calibration samples are used.
            weight_scales: Of operators for which the quantizer has it; others have the largest
                weight.
        """
        self._weight_scales = ALGORITHMS[weight_scales]
        self.content, self._signature = with_one_signature(float_file(sources), sources.input_names)
        self._sources = sources
        self._graph = read_flatbuffer(self.content).graphs[0]
        self.operators = operators_of(self._graph)
        self._asked_by = _names_by_number(self.content, self._graph)
        self._ranges: Any = None

    def calibrate(self, samples: int, method: Ranges = Ranges.MIN_MAX) -> None:
        """Measures the ranges of activations on at most so many calibration samples.

        Raises:
            ConversionError: the quantizer refuses the model.
            MeasurementError: the file cannot be looked into, which some methods have to.
        """
        self._sources.report("Calibrating", 0.0)
        feeds = feeds_of(self._sources, samples)
        update = moving_average_update if method is Ranges.AVERAGE else min_max_update
        try:
            self._ranges = min_max_ranges(self.content, {self._signature: feeds}, update)
        except REFUSALS as error:
            raise refused(error) from error
        if method.of_values:
            self._clip(feeds, method)

    def _clip(self, feeds: Sequence[dict[str, Any]], method: Ranges) -> None:
        """Puts narrower ranges in the place of those that hold every value."""
        tensors = self._graph.tensors
        kept: dict[int, list[Any]] = {index: [] for index in computed_in_float(self._graph)}
        samples = ([feed[name] for name in self._sources.input_names] for feed in feeds)
        for values in inner_values(self.content, samples, self._sources.input_names, kept):
            for index, one in values.items():
                flat = one.ravel()
                kept[index].append(flat[:: -(-len(flat) // MOST_KEPT)].copy())
        for index, parts in kept.items():
            found = self._ranges.get(tensors[index].name)
            if not found or not parts:
                continue
            low, high = float(np.min(found["min"])), float(np.max(found["max"]))
            low, high = clipped(np.concatenate(parts), low, high, method)
            for end, value in (("min", low), ("max", high)):
                found[end] = np.full_like(found[end], value)

    def make(
        self, schemes: Sequence[Scheme], *, inputs: str = "float32", outputs: str = "float32"
    ) -> bytes:
        """The file in which each operator has its scheme.

        Args:
            schemes: Of each operator by number; one of its choices, or any where it has none.
            inputs, outputs: The type of them: "float32", "int8" or "uint8".

        Raises:
            ConversionError: the quantizer refuses the model.
        """
        return with_weights_inside(self.draft(schemes, inputs=inputs, outputs=outputs))

    def draft(
        self, schemes: Sequence[Scheme], *, inputs: str = "float32", outputs: str = "float32"
    ) -> bytes:
        """The same in half the time, to be run here alone: weights may lie behind the root."""
        self._sources.report("Quantizing", 0.5)
        quantizer = Quantizer(bytearray(self.content))
        for scheme in set(schemes) - {Scheme.FLOAT}:
            chosen = [
                self._asked_by[operator.number]
                for operator, one in zip(self.operators, schemes, strict=True)
                if one is scheme and one in operator.choices
            ]
            _ask(quantizer, chosen, _config(scheme), self._weight_scales)
        boundary = dict(zip(BOUNDARY, (inputs, outputs), strict=True))
        for operation in (place for place, kind in boundary.items() if kind == "int8"):
            quantizer.update_quantization_recipe(".*", operation, op_config=_config(Scheme.INT8))
        if not quantizer.get_quantization_recipe():
            return self.content
        ask_for_boundary(quantizer, inputs, outputs)
        try:
            made = quantizer.quantize(self._ranges, enable_progress_report=False)
        except REFUSALS as error:
            raise refused(error) from error
        return bytes(made.quantized_model)


Name = tuple[Any, str]
"""What the quantizer calls an operator: its kind, and its outputs' names."""


def operators_of(graph: Graph) -> tuple[FloatOperator, ...]:
    """The operators of a float file with what each can be."""
    groups = sharing(graph)
    return tuple(
        FloatOperator(
            number=number,
            name=use.name,
            location=use.outputs[0].name if use.outputs else "",
            macs=macs_of(use),
            weight_bytes=_weight_bytes(use),
            choices=_choices(graph, use),
            together=groups[number],
        )
        for number, use in enumerate(graph.numbered)
    )


def _weight_bytes(use: Use) -> int:
    return sum(
        len(tensor.constant)
        for tensor in use.inputs
        if tensor and tensor.constant is not None and tensor.dtype == "FLOAT32"
    )


def _choices(graph: Graph, use: Use) -> tuple[Scheme, ...]:
    if not any(tensor.dtype == "FLOAT32" for tensor in use.outputs):
        return ()
    kind = tfl_flatbuffer_utils.TFL_OP_CODE_TO_NAME.get(_code(use.name))
    weights = any(prod(tensor.shape) for tensor in weights_used(graph, use))
    of_weights = {Scheme.WEIGHT_ONLY, Scheme.INT4}
    return tuple(
        scheme
        for scheme in Scheme
        if scheme is Scheme.FLOAT
        or (kind is not None and (weights or scheme not in of_weights) and _supported(kind, scheme))
    )


def _code(name: str) -> int:
    from ai_edge_litert import schema_py_generated as schema  # noqa: PLC0415

    return int(getattr(schema.BuiltinOperator, name, -1))


def _supported(kind: Any, scheme: Scheme) -> bool:
    return _has(METHOD, kind, _config(scheme))


def _has(algorithm: Any, kind: Any, config: Any) -> bool:
    try:
        check_op_quantization_config(algorithm, kind, config)
    except ValueError:
        return False
    return True


def _config(scheme: Scheme) -> Any:
    weights = qtyping.TensorQuantizationConfig(
        num_bits=4 if scheme is Scheme.INT4 else 8,
        symmetric=True,
        granularity=qtyping.QuantGranularity.CHANNELWISE,
    )
    if scheme is Scheme.WEIGHT_ONLY:
        return qtyping.OpQuantizationConfig(
            weight_tensor_config=weights,
            compute_precision=qtyping.ComputePrecision.FLOAT,
            explicit_dequantize=True,
        )
    bits = 16 if scheme is Scheme.INT16 else 8
    return qtyping.OpQuantizationConfig(
        activation_tensor_config=qtyping.TensorQuantizationConfig(
            num_bits=bits, symmetric=scheme is Scheme.INT16
        ),
        weight_tensor_config=weights,
        compute_precision=qtyping.ComputePrecision.INTEGER,
        explicit_dequantize=False,
    )


def _names_by_number(content: bytes, graph: Graph) -> dict[int, Name]:
    """Tensor names are unique, or the quantizer refuses the model."""
    model = tfl_flatbuffer_utils.read_model(content)
    main = model.subgraphs[0]
    numbers = {id(use): number for number, use in enumerate(graph.numbered)}
    return {
        numbers[id(use)]: (
            tfl_flatbuffer_utils.TFL_OP_CODE_TO_NAME.get(
                model.operatorCodes[operator.opcodeIndex].builtinCode
            ),
            tfl_flatbuffer_utils.get_op_scope(operator, main.tensors),
        )
        for operator, use in zip(main.operators, graph.uses, strict=True)
        if id(use) in numbers
    }


def _ask(quantizer: Any, chosen: Iterable[Name], config: Any, algorithm: Any) -> None:
    """One rule for all operators of a scheme; a rule for each takes time that grows as its square.

    A rule is of a kind of operator, since one for all kinds would have the model's outputs too,
    which the quantizer calls as the operators that give them.
    """
    scopes = dict.fromkeys(scope for _, scope in chosen)
    pattern = f"^(?:{'|'.join(map(re.escape, scopes))})$"
    for kind in dict.fromkeys(kind for kind, _ in chosen):
        weighs = kind.value in WEIGHING and _has(algorithm, kind, config)
        quantizer.update_quantization_recipe(
            pattern, kind, op_config=config, algorithm_key=algorithm if weighs else METHOD
        )
