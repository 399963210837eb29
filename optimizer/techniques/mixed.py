"""techniques/: int8, but for the operators that are told to compute otherwise."""

from typing import TYPE_CHECKING

from pydantic import field_validator, model_validator

from optimizer.data.dataset import DatasetRecord
from optimizer.models.summary import ModelSummary
from optimizer.techniques.calibrated import CALIBRATION_SAMPLES, Boundary, no_ranges
from optimizer.techniques.family import Family
from optimizer.techniques.operator_numbers import read_numbers, write_numbers
from optimizer.techniques.ranges import Ranges, WeightScales
from optimizer.techniques.registry import technique
from optimizer.techniques.scheme import Scheme
from optimizer.techniques.technique import Conversion, Maker, already_quantized, parameter
from optimizer.tflite.facts import WeightTensor
from optimizer.words import counted, listed

if TYPE_CHECKING:
    from optimizer.tflite.flatbuffer import Flatbuffer

NUMBERED = "Numbers of the float file's operators, such as 3;17-19; {}."
LONGEST_LIST = 8  # operators in a sentence
LEFT_OUT = "liteweigh_bias_correction"
"""Where a file says that its biases are as they were, though they were to be corrected."""
TOLD = (Scheme.FLOAT, Scheme.WEIGHT_ONLY, Scheme.INT16, Scheme.INT4)


@technique
class Mixed(Conversion):
    """Each operator in the scheme that it is told; int8 where nothing is said of it."""

    name = "mixed"
    label = "Mixed precision"
    summary = (
        "int8, but some operators in float, int16x8, weight-only int8 or with int4 weights: for "
        "models of which a few operators spoil int8."
    )
    family = Family("mixed precision", "#b0568f")
    rank = 155
    needs_calibration = True
    first_choice = False
    numbers_operators = True
    libraries = ("litert-quantizer",)
    stores_as = "INT8"

    float: str = parameter("", "In float", NUMBERED.format("they stay as they are"))
    weight_only: str = parameter(
        "", "Weight-only int8", NUMBERED.format("8-bit weights, computed with in float")
    )
    int16: str = parameter(
        "", "Int16x8", NUMBERED.format("8-bit weights, 16-bit activations; no XNNPACK")
    )
    int4: str = parameter(
        "",
        "Int4 weights",
        NUMBERED.format("4-bit weights, 8-bit activations; convolutions and dense layers only"),
        advanced=True,
    )
    io: Boundary = parameter(
        "float32",
        "Input and output type",
        "The type that the application feeds in and reads out.",
        advanced=True,
    )
    ranges: Ranges = parameter(
        Ranges.MIN_MAX,
        "Ranges of activations",
        "What they cover on the calibration samples: all values, or fewer in finer steps.",
        advanced=True,
    )
    weight_scales: WeightScales = parameter(
        WeightScales.MIN_MAX,
        "Scales of weights",
        "Of convolutions and dense layers. At 8 bits the largest weight is hardly ever worse; the "
        "others are made for int4.",
        advanced=True,
    )
    bias_correction: bool = parameter(
        False,
        "Bias correction",
        "Move biases so that channels have the means of the float file, where outputs come nearer.",
        advanced=True,
    )
    calibration_samples: int = CALIBRATION_SAMPLES

    @field_validator(*(scheme.value for scheme in TOLD))
    @classmethod
    def _one_text(cls, text: str) -> str:
        """Equal lists are written alike: recipes that mean the same are the same."""
        return write_numbers(read_numbers(text))

    @model_validator(mode="after")
    def _one_scheme_each(self) -> "Mixed":
        seen: dict[int, Scheme] = {}
        for scheme in TOLD:
            for number in read_numbers(getattr(self, scheme.value)):
                if number in seen:
                    raise ValueError(
                        f"operator {number} stands in {seen[number].value} and in {scheme.value}. "
                        "Give it one scheme"
                    )
                seen[number] = scheme
        return self

    @property
    def asked(self) -> dict[int, Scheme]:
        """The scheme by the number of each operator of which something is said."""
        return {
            number: scheme
            for scheme in TOLD
            for number in read_numbers(getattr(self, scheme.value))
        }

    @property
    def program(self) -> str:
        """See `Conversion.program`."""
        return "LiteRT Quantizer"

    @classmethod
    def misfit(cls, model: ModelSummary, data: DatasetRecord | None) -> str | None:
        """Why the technique cannot be used on this model and data; None if it can."""
        return no_ranges(model) or already_quantized(model) or super().misfit(model, data)

    def maker(self, *, ready: bool) -> Maker:  # noqa: ARG002
        """See `Conversion.maker`."""
        return Maker(
            "optimizer.techniques.converters.mixing:mixed",
            {
                "asked": {number: scheme.value for number, scheme in self.asked.items()},
                "ranges": self.ranges.value,
                "weight_scales": self.weight_scales.value,
                "bias_correction": self.bias_correction,
                "samples": self.calibration_samples,
                "boundary": self.io,
            },
        )

    def promised_type(self, weight: WeightTensor) -> str | None:
        """See `Conversion.promised_type`: that of the operators that use the weight."""
        asked = self.asked
        schemes = (asked[number] for number in weight.used_by if number in asked)
        return next(schemes, Scheme.INT8).stores_as

    def departures(self, file: "Flatbuffer") -> tuple[str, ...]:
        """See `Conversion.departures`: what stayed in float, and what went along with others."""
        from optimizer.tflite.sharing import sharing  # noqa: PLC0415 (workers only)

        main, asked = file.graphs[0], self.asked
        along = {
            number: next(asked[other] for other in group if other in asked)
            for number, group in enumerate(sharing(main))
            if number not in asked and any(other in asked for other in group)
        }
        stayed = [
            f"{number} ({use.name})"
            for number, use in enumerate(main.numbered)
            if number not in asked and number not in along
            if any(tensor.dtype == "FLOAT32" for tensor in use.outputs)
        ]
        said = [
            f"Operator {number} is {scheme.label} too: it uses the same weights as one that was "
            "told to be."
            for number, scheme in along.items()
        ]
        if file.metadata(LEFT_OUT):
            said.append(
                "Biases are as they were: corrected, the outputs were no nearer to those of the "
                "float file on the calibration samples."
            )
        if stayed:
            said.append(
                f"{counted(len(stayed), 'operator')} without an int8 form stayed in float: "
                f"{listed(stayed, LONGEST_LIST)}."
            )
        return tuple(said)
