"""export/kits/: what kits for TFLite Micro share: the file as an array, operators, the arena."""

from math import prod

import numpy as np

from optimizer.arrays import Array, Float32s
from optimizer.errors import StudyError
from optimizer.export.kits.c_tables import carried_files, expected, facts
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.kit import Files
from optimizer.measure.inside.targets import TARGETS
from optimizer.tflite.values import dequantize

A_LINE = 16  # bytes
FLOATS_A_LINE = 6
OTHERWISE = {
    "AVERAGE_POOL_2D": "AveragePool2D", "BATCH_MATMUL": "BatchMatMul", "CONV_2D": "Conv2D",
    "CUMSUM": "CumSum", "DEPTHWISE_CONV_2D": "DepthwiseConv2D", "L2_POOL_2D": "L2Pool2D",
    "MAX_POOL_2D": "MaxPool2D", "PADV2": "PadV2", "TFLM_DECODE": "Decode",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
}  # fmt: skip
"""Operators whose method in micro_mutable_op_resolver.h has a name of another form."""
TOO_FAR = 3
"""Times the tolerance by which TFLite Micro may miss LiteRT's outputs, whose kernels round else."""
HEADROOM = 1.5
"""Of an arena that was not measured: what is kept beside activations is mostly less than half."""
LEAST_TAIL = 16 * 1024  # bytes, likewise
C_TYPES = {"float32": "float", "float64": "double"}


def micro_files(contents: Contents) -> Files:
    """The sources of a program with TFLite Micro.

    Raises:
        StudyError: it cannot run the file, or computes something else than LiteRT.
    """
    check(contents)
    return {
        **carried_files(
            "c_shared/model_io.h",
            "c_shared/model_io.cpp",
            "c_shared/vectors.h",
            "micro/model_data.h",
            "micro/vector_data.h",
            "micro/micro_model.h",
            "micro/micro_model.cpp",
        ),
        "model_facts.cpp": facts(contents),
        "vectors.cpp": expected(contents),
        "model_data.cpp": model_array(contents.tflite),
        "vector_data.cpp": vector_arrays(contents),
        "micro_config.h": config(contents),
    }


def check(contents: Contents) -> None:
    """Refuses what would not run, or not rightly.

    Raises:
        StudyError: the message says why.
    """
    reason = unfit(contents.unfit_for_micro)
    if reason:
        raise StudyError(reason)
    micro = contents.micro
    if micro is None:
        return
    if micro.reason:
        raise StudyError(f"TFLite Micro {micro.version} does not run this file. {micro.reason}")
    for number in contents.numbers:
        for at, tolerance in enumerate(contents.tolerances):
            apart = float(
                np.abs(micro_real(contents, number, at) - contents.real(number, at)).max()
            )
            if not apart <= TOO_FAR * tolerance:
                raise StudyError(
                    f"TFLite Micro {micro.version} computes something else than LiteRT: an output "
                    f"is off by {apart:.3g}, of which {tolerance:.3g} would be rounding. Choose "
                    "another variant."
                )


def unfit(lacking: str) -> str | None:
    """Why TFLite Micro cannot run a file that needs what it has no kernel for; None for nothing."""
    if not lacking:
        return None
    return (
        f"TFLite Micro cannot run this file: it has no kernel for {lacking}. Choose a variant that "
        "fits TFLite Micro; the Inspect page tells of each."
    )


def micro_real(contents: Contents, number: int, at: int) -> Float32s:
    """An output of a vector as TFLite Micro gave it, float32."""
    output = contents.outputs[at]
    stored = contents.arrays[f"micro-{number}-{at}"].reshape(output.shape)
    return dequantize(stored, output.scale, output.zero_point)


def arena(contents: Contents) -> tuple[int, str]:
    """The bytes of the arena, and how that is known."""
    micro = contents.micro
    if micro and micro.arena_bytes:
        return micro.arena_bytes, (
            f"measured: the smallest with which TFLite Micro {micro.version} ran on a 64-bit "
            "machine. A 32-bit chip needs a little less; kernels of its own may need more"
        )
    guessed = max(int(contents.activations * HEADROOM), contents.activations + LEAST_TAIL)
    return -(-guessed // 16) * 16, (
        f"a rule, not measured: {contents.activations:,} bytes of activations and room for the "
        "rest. Raise it if AllocateTensors fails. With liteweigh[micro] it is measured"
    )


def adder(operator: str) -> str:
    """The method of MicroMutableOpResolver that adds an operator.

    Raises:
        StudyError: there is none.
    """
    if operator not in known_operators():
        raise StudyError(
            f"TFLite Micro cannot run this file: it has no kernel for {operator}. Choose a "
            "variant without it."
        )
    word = "".join(part.capitalize() for part in operator.split("_"))
    return f"Add{OTHERWISE.get(operator, word)}"


def known_operators() -> frozenset[str]:
    """Those that TFLite Micro has, from its published list."""
    return frozenset(getattr(TARGETS["tflite_micro"], "operators", ()))


def config(contents: Contents) -> str:
    """`micro_config.h`: the arena, the operators, and how much memory outputs need."""
    size, how = arena(contents)
    adders = [adder(operator) for operator in contents.operators]
    calls = "\n".join(
        f"  if (resolver.{name}() != kTfLiteOk) return kTfLiteError;" for name in adders
    )
    values = sum(prod(output.shape) for output in contents.outputs)
    return f"""// Generated: what this model needs of TFLite Micro.

#ifndef MICRO_CONFIG_H_
#define MICRO_CONFIG_H_

#include <stddef.h>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace kit {{

// {how}.
constexpr size_t kArenaBytes = {size};
constexpr size_t kValueCount = {values};  // of all outputs
constexpr int kInputsAtMost = {len(contents.inputs)};

// Exactly the operators that the model has.
using Resolver = tflite::MicroMutableOpResolver<{len(adders)}>;

inline TfLiteStatus AddOperators(Resolver& resolver) {{
{calls}
  return kTfLiteOk;
}}

}}  // namespace kit

#endif  // MICRO_CONFIG_H_
"""


def model_array(tflite: bytes) -> str:
    """`model_data.cpp`."""
    lines = [
        "    " + "".join(f"{byte:#04x}, " for byte in tflite[at : at + A_LINE]).rstrip()
        for at in range(0, len(tflite), A_LINE)
    ]
    return (
        '// Generated: model.tflite as an array.\n\n#include "model_data.h"\n\nnamespace kit {\n\n'
        "alignas(16) extern const unsigned char kModelData[] = {\n"
        + "\n".join(lines)
        + f"\n}};\nextern const size_t kModelSize = {len(tflite)};\n\n}}  // namespace kit\n"
    )


def vector_arrays(contents: Contents) -> str:
    """`vector_data.cpp`: raw inputs, and outputs as TFLite Micro gave them where it was there."""
    parts, raw, real = [], [], []
    for number in contents.numbers:
        for at in range(len(contents.inputs)):
            array = contents.raw(number, at)
            kind = C_TYPES.get(array.dtype.name, f"{array.dtype.name}_t")
            name = f"kRaw{number}Input{at}"
            parts.append(f"alignas(8) const {kind} {name}[] = {_values(array)};")
            raw.append(name)
        for at in range(len(contents.outputs)):
            name = f"kReal{number}Output{at}"
            given = (
                micro_real(contents, number, at) if contents.micro else contents.real(number, at)
            )
            parts.append(f"const float {name}[] = {_values(given)};")
            real.append(name)
    return (
        "// Generated: the test vectors.\n\n#include <math.h>\n#include <stdint.h>\n\n"
        '#include "vector_data.h"\n\n'
        "namespace kit {\nnamespace {\n\n" + "\n".join(parts) + "\n\n}  // namespace\n\n"
        f"extern const void* const kVectorRaw[] = {{{', '.join(raw)}}};\n"
        f"extern const float* const kVectorReal[] = {{{', '.join(real)}}};\n\n"
        "}  // namespace kit\n"
    )


def _values(array: Array) -> str:
    """As a C++ initializer whose numbers are read back as the same."""
    flat = array.ravel()
    if flat.dtype.kind != "f":
        texts = [str(int(value)) for value in flat]
    else:
        digits, end = (9, "f") if flat.dtype.itemsize == 4 else (17, "")
        texts = [_float(float(value), digits, end) for value in flat]
    wide = A_LINE if flat.dtype.kind != "f" else FLOATS_A_LINE
    lines = [", ".join(texts[at : at + wide]) for at in range(0, len(texts), wide)]
    return "{\n    " + ",\n    ".join(lines) + ",\n}"


def _float(value: float, digits: int, end: str) -> str:
    if not np.isfinite(value):
        return "NAN" if np.isnan(value) else f"{'-' if value < 0 else ''}INFINITY"
    text = f"{value:.{digits}g}"
    return f"{text if any(sign in text for sign in '.e') else text + '.0'}{end}"
