"""export/kits/: what is known of a file as tables of C++, for the code in `carried/c_shared`."""

from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path

import numpy as np

from optimizer.errors import StudyError
from optimizer.export.kits import carried
from optimizer.export.kits.contents import Contents
from optimizer.export.kits.inputs import KitInput, Steps
from optimizer.export.kits.readings import Reading
from optimizer.export.kits.texts import c_string
from optimizer.tasks.gather_kit import KitTensor

CARRIED = Path(carried.__file__).parent
TYPES = {
    "float32": "kFloat32", "float64": "kFloat64", "uint8": "kUInt8", "int8": "kInt8",
    "uint16": "kUInt16", "int16": "kInt16", "uint32": "kUInt32", "int32": "kInt32",
    "uint64": "kUInt64", "int64": "kInt64", "bool": "kBool",
}  # fmt: skip
KINDS = {
    "class": "kClass", "labels": "kLabels", "positions": "kPositions", "values": "kValues",
    "anomaly": "kAnomaly", "raw": "kRaw",
}  # fmt: skip
A_LINE = 8  # numbers


def carried_files(*paths: str) -> dict[str, bytes | str]:
    """Files of `carried` by their names, such as `cpp/model.h`."""
    return {Path(path).name: (CARRIED / path).read_text("utf-8") for path in paths}


def facts(contents: Contents) -> str:
    """`model_facts.cpp`: the tables that `model_io.h` declares.

    Raises:
        StudyError: an input or output is of a type that the code does not know.
    """
    inputs, outputs, readings = contents.inputs, contents.outputs, contents.readings
    parts = [
        "// Generated: what model.json says, as tables of C++.\n",
        '#include "model_io.h"\n',
        "namespace kit {\nnamespace {\n",
        *(_input_parts(one, at) for at, one in enumerate(inputs)),
        *(f"const int32_t kOutputShape{at}[] = {_shape(one.shape)};\n"
          for at, one in enumerate(outputs)),
        *(_reading_parts(one, at, inputs) for at, one in enumerate(readings)),
        "\n}  // namespace\n",
        # Constants of C++ stay in their file unless it says otherwise.
        f"extern const char kModelName[] = {c_string(contents.name)};",
        f"extern const char kModelSha256[] = {c_string(contents.sha256)};",
        _table("Input", "kInputs", [_input(one, at) for at, one in enumerate(inputs)]),
        f"extern const int kInputCount = {len(inputs)};",
        _table(
            "Output", "kOutputs",
            [
                _output(one, at, name, tolerance)
                for at, (one, name, tolerance) in enumerate(
                    zip(outputs, contents.output_names, contents.tolerances, strict=True)
                )
            ],
        ),
        f"extern const int kOutputCount = {len(outputs)};",
        _table(
            "Reading", "kReadings", [_reading(one, at, outputs) for at, one in enumerate(readings)]
        ),
        f"extern const int kReadingCount = {len(readings)};",
        "\n}  // namespace kit",
    ]  # fmt: skip
    return "\n".join(filter(None, parts)) + "\n"


def expected(contents: Contents) -> str:
    """`vectors.cpp`: what the test vectors should be read as."""
    answers = [answer for vector in contents.vectors for answer in vector.answers]
    lists = "".join(
        f"const long kClasses{at}[] = {{{', '.join(map(str, answer.classes or (0,)))}}};\n"
        for at, answer in enumerate(answers)
    )
    rows = [
        f"{{kClasses{at}, {len(answer.classes)}, {_number(answer.score or 0.0)}}}"
        for at, answer in enumerate(answers)
    ]
    return (
        "// Generated: what the test vectors should be read as.\n\n"
        '#include "vectors.h"\n\nnamespace kit {\nnamespace {\n\n'
        f"{lists}\n}}  // namespace\n\n"
        f"extern const int kVectorCount = {len(contents.vectors)};\n"
        f"{_table('Expected', 'kExpected', rows)}\n\n}}  // namespace kit\n"
    )


def c_type(name: str) -> str:
    """What `model_io.h` calls a type of NumPy's.

    Raises:
        StudyError: it has no name for it.
    """
    if name not in TYPES:
        raise StudyError(
            f"There is no C++ kit for this file: it takes or gives {name}, which the kit’s code "
            "does not know. Convert with float32 or 8-bit inputs and outputs."
        )
    return TYPES[name]


def _input_parts(one: KitInput, at: int) -> str:
    shape = f"const int32_t kInputShape{at}[] = {_shape(one.tensor.shape)};\n"
    return shape + _scaling(one.steps, f"kScaling{at}", one.shape)


def _scaling(steps: Steps | None, name: str, shape: tuple[int, ...]) -> str:
    if steps is None:
        return ""
    reverse = shape[-1] if steps.reverse_channels and shape else 0
    return (
        f"const double {name}Subtract[] = {_list(map(_number, steps.subtract))};\n"
        f"const double {name}Divide[] = {_list(map(_number, steps.divide))};\n"
        f"const Scaling {name} = {{{_number(steps.first)}, {name}Subtract, {len(steps.subtract)}, "
        f"{name}Divide, {len(steps.divide)}, {_bool(steps.in_double)}, {reverse}, "
        f"{_bool(steps.by_itself)}}};\n"
    )


def _input(one: KitInput, at: int) -> str:
    tensor = one.tensor
    scaling = f"&kScaling{at}" if one.steps else "nullptr"
    takes_float = np.dtype(one.takes).kind == "f"
    return (
        f"{{{c_string(one.called)}, {tensor.place}, {tensor.tensor}, {c_type(tensor.dtype)}, "
        f"kInputShape{at}, {len(tensor.shape)}, {prod(tensor.shape)}, {c_type(one.raw)}, "
        f"{_bool(takes_float)}, {scaling}, {_float(tensor.scale)}, {tensor.zero_point}}}"
    )


def _output(tensor: KitTensor, at: int, name: str, tolerance: float) -> str:
    return (
        f"{{{c_string(name)}, {tensor.place}, {tensor.tensor}, {c_type(tensor.dtype)}, "
        f"kOutputShape{at}, {len(tensor.shape)}, {prod(tensor.shape)}, {_float(tensor.scale)}, "
        f"{tensor.zero_point}, {_float(tolerance)}}}"
    )


def _reading_parts(one: Reading, at: int, inputs: Sequence[KitInput]) -> str:
    labels = ",\n    ".join(map(c_string, one.labels))
    said = f"const char* const kLabels{at}[] = {{\n    {labels},\n}};\n" if labels else ""
    if one.rebuilds is None:
        return said
    return said + _scaling(one.target, f"kTarget{at}", inputs[one.rebuilds].shape)


def _reading(one: Reading, at: int, outputs: Sequence[KitTensor]) -> str:
    shape = outputs[one.output].shape
    stride = 0 if one.class_axis is None else prod(shape[one.class_axis + 1 :])
    return (
        f"{{{one.output}, {KINDS[one.kind]}, {f'kLabels{at}' if one.labels else 'nullptr'}, "
        f"{len(one.labels)}, {_bool(one.threshold is not None)}, {_float(one.threshold or 0.0)}, "
        f"{stride}, {-1 if one.rebuilds is None else one.rebuilds}, {_bool(one.error == 'mse')}, "
        f"{f'&kTarget{at}' if one.target else 'nullptr'}}}"
    )


def _table(kind: str, name: str, rows: Sequence[str]) -> str:
    inside = "".join(f"    {row},\n" for row in rows)
    return f"extern const {kind} {name}[] = {{\n{inside}}};"


def _shape(shape: tuple[int, ...]) -> str:
    return f"{{{', '.join(map(str, shape or (0,)))}}}"  # C++ has no arrays of nothing


def _list(numbers: Iterable[str]) -> str:
    texts = list(numbers)
    lines = [", ".join(texts[at : at + A_LINE]) for at in range(0, len(texts), A_LINE)]
    return f"{{{lines[0]}}}" if len(lines) == 1 else "{\n    " + ",\n    ".join(lines) + "}"


def _number(value: float) -> str:
    """A double that is read back as the same."""
    return repr(float(value))


def _float(value: float) -> str:
    """A float that is read back as the same: nine digits suffice."""
    text = f"{float(np.float32(value)):.9g}"
    return f"{text}f" if any(sign in text for sign in ".en") else f"{text}.0f"


def _bool(value: bool) -> str:
    return "true" if value else "false"
