"""tests of measure/: on which targets a file can run, and what stands in the way."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer.measure.inside.checks import first_broken
from optimizer.measure.inside.facts import Inside, Verdict
from optimizer.measure.inside.published_list import PublishedList
from optimizer.measure.inside.rule import Rule
from optimizer.measure.inside.runtime_versions import _versions
from optimizer.measure.inside.targets import TARGETS
from optimizer.tflite.flatbuffer import OPERATOR_NAMES
from optimizer.tflite.graph import Tensor, Use
from tests.tflite_files import look_inside

PUBLISHED = [key for key, judge in TARGETS.items() if isinstance(judge, PublishedList)]
FITS = {
    #                 integer  micro  gpu    edge   nnapi
    "float32":       (False, True,  True,  False, True),
    "float16":       (False, False, True,  False, True),
    "dynamic":       (False, False, True,  False, False),
    "int8":          (True,  True,  True,  True,  True),
    "int16x8":       (False, True,  False, False, False),
}  # fmt: skip
"""Of the CNN, whose int16x8 file has float outputs."""


@pytest.fixture(scope="session")
def insides(variants: dict[str, Path]) -> dict[str, Inside]:
    """Everything inside each variant of the CNN."""
    return {kind: look_inside(file) for kind, file in variants.items()}


def verdict(inside: Inside, key: str) -> Verdict:
    return next(verdict for verdict in inside.verdicts if verdict.key == key)


@pytest.mark.parametrize("kind", FITS)
def test_each_kind_of_file_fits_where_it_should(kind: str, insides: dict[str, Inside]) -> None:
    assert insides[kind].runs_on == dict(zip(TARGETS, FITS[kind], strict=True))


@pytest.mark.parametrize("kind", FITS)
def test_every_verdict_has_a_sentence_a_source_and_obstacles_if_it_does_not_fit(
    kind: str, insides: dict[str, Inside]
) -> None:
    inside = insides[kind]
    names = {use.name for use in inside.operators} | {tensor.name for tensor in inside.tensors}
    for made in inside.verdicts:
        assert made.sentence.endswith(".")
        assert made.source.url.startswith("https://")
        assert made.source.version
        assert made.fits is (not made.obstacles)
        assert {obstacle.what for obstacle in made.obstacles} <= names
        assert all(obstacle.count > 0 and obstacle.reason for obstacle in made.obstacles)


def test_targets_stand_in_the_order_in_which_people_read_them() -> None:
    assert list(TARGETS) == ["integer_only", "tflite_micro", "gpu", "edge_tpu", "nnapi"]


def test_float16_weights_need_an_operator_that_microcontrollers_lack(
    insides: dict[str, Inside],
) -> None:
    [obstacle] = verdict(insides["float16"], "tflite_micro").obstacles
    unpacked = sum(use.name == "DEQUANTIZE" for use in insides["float16"].operators)
    assert (obstacle.what, obstacle.count) == ("DEQUANTIZE", unpacked)
    assert obstacle.reason == "no FLOAT16 input"


def test_dynamic_range_fails_on_microcontrollers_because_it_mixes_types(
    insides: dict[str, Inside],
) -> None:
    found = verdict(insides["dynamic"], "tflite_micro")
    assert {obstacle.reason for obstacle in found.obstacles} == {
        "no INT8 weights with FLOAT32 activations (a hybrid)"
    }
    hybrid = sum(use.input_types[:2] == ("FLOAT32", "INT8") for use in insides["dynamic"].operators)
    assert sum(obstacle.count for obstacle in found.obstacles) == hybrid > 0
    assert found.sentence.startswith(f"{hybrid} of {len(insides['dynamic'].operators)} operators")


def test_int16x8_computes_with_a_type_that_the_edge_tpu_lacks(insides: dict[str, Inside]) -> None:
    found = verdict(insides["int16x8"], "edge_tpu")
    assert ("CONV_2D", 2, "computes with INT16") in {
        (obstacle.what, obstacle.count, obstacle.reason) for obstacle in found.obstacles
    }


def test_float_inputs_and_outputs_alone_are_named(
    cnn: Any, images: Any, convert: Callable[..., Path]
) -> None:
    import tensorflow as tf

    floats = {"inference_input_type": tf.float32, "inference_output_type": tf.float32}
    inside = look_inside(convert(cnn, "int8", images.arrays[0], **floats))
    found = verdict(inside, "integer_only")
    assert found.fits is False
    assert "convert with integer ones" in found.sentence
    assert {obstacle.what for obstacle in found.obstacles} == {
        "QUANTIZE", "DEQUANTIZE", *(t.name for t in inside.tensors if t.role in ("input", "output"))
    }  # fmt: skip
    # The Edge TPU's compiler leaves these two to the CPU.
    assert verdict(inside, "edge_tpu").fits is True


def test_weights_with_scales_per_channel_cannot_be_unpacked_on_microcontrollers(
    variants: dict[str, Path], tmp_path: Path
) -> None:
    from optimizer.techniques.converters.litert_quantizer import quantize_weights
    from optimizer.techniques.technique import Sources

    file = tmp_path / "weights.tflite"
    file.write_bytes(
        quantize_weights(
            Sources(tmp_path, lambda: variants["float32"], ("x",), None, lambda *_: None)
        )
    )
    found = verdict(look_inside(file), "tflite_micro")
    assert {obstacle.what for obstacle in found.obstacles} == {"DEQUANTIZE"}
    assert "scales per channel" in found.obstacles[0].reason


def test_an_operator_of_tensorflow_runs_nowhere(flex_file: Path) -> None:
    inside = look_inside(flex_file)
    for key in PUBLISHED:
        [obstacle] = verdict(inside, key).obstacles
        assert (obstacle.what, obstacle.reason) == ("FlexMatrixInverse", "not in its list")


def test_nnapi_says_from_which_android_on_and_that_it_is_deprecated(
    insides: dict[str, Inside],
) -> None:
    assert "from Android 9 on" in verdict(insides["float32"], "nnapi").sentence
    assert "from Android 10 on" in verdict(insides["int8"], "nnapi").sentence, "int8 came there"
    for inside in insides.values():
        assert "deprecated since Android 15" in verdict(inside, "nnapi").sentence


@pytest.mark.parametrize("key", PUBLISHED)
def test_tables_name_operators_of_the_schema(key: str) -> None:
    builtin = set(OPERATOR_NAMES.values())
    published = TARGETS[key]
    assert isinstance(published, PublishedList)
    custom = {name for name in published.operators if name not in builtin}
    # Builtin operators are in capitals.
    allowed = {"CIRCULAR_BUFFER", "TFLM_DECODE"}
    assert all(name in allowed or name != name.upper() for name in custom)
    assert len(published.operators) > 30
    assert set(_versions()) <= builtin


def tensor(*shape: int, dtype: str = "FLOAT32", values: Any = None) -> Tensor:
    stored = None if values is None else np.asarray(values, np.int32).ravel().view(np.uint8)
    return Tensor(0, "t", "INT32" if values is not None else dtype, shape, shape, constant=stored)


def use(
    name: str, *inputs: Tensor | None, out: Tensor | None = None, version: int = 1, **options: Any
) -> Use:
    return Use(name, version, SimpleNamespace(**options), inputs, (out or tensor(1, 4),))


IMAGE = tensor(1, 4, 4, 8)
SHAPE = tensor(2, values=[1, 128])


@pytest.mark.parametrize(
    ("rule", "kept", "broken", "reason"),
    [
        (
            {"max_version": 2},
            use("ADD", IMAGE, IMAGE, version=2),
            use("ADD", IMAGE, IMAGE, version=3),
            "version 3",
        ),
        (
            {"levels": {"FLOAT32": 3}},
            use("ABS", IMAGE),
            use("ABS", tensor(1, dtype="INT8")),
            "no INT8 input",
        ),
        (
            {"levels": {"FLOAT32": 3}, "data": 1},
            use("SPLIT", SHAPE, IMAGE),
            use("SPLIT", SHAPE, tensor(1, dtype="INT64")),
            "no INT64 input",
        ),
        (
            {"outputs": ["FLOAT32"]},
            use("CAST", IMAGE),
            use("CAST", IMAGE, out=tensor(1, dtype="BOOL")),
            "no BOOL output",
        ),
        (
            {"gives": {"FLOAT32": ["INT8"]}},
            use("QUANTIZE", IMAGE, out=tensor(1, dtype="INT8")),
            use("QUANTIZE", IMAGE, out=tensor(1, dtype="UINT8")),
            "not from FLOAT32 to UINT8",
        ),
        ({"inputs": 3}, use("CONV_2D", IMAGE, IMAGE, IMAGE), use("CONV_2D", IMAGE, IMAGE), "2 inp"),
        (
            {"constant": [1]},
            use("RESHAPE", IMAGE, SHAPE),
            use("RESHAPE", IMAGE, tensor(2, dtype="INT32")),
            "input 2 is not a constant",
        ),
        ({"ranks": {"0": [3, 4]}}, use("SLICE", IMAGE), use("SLICE", tensor(4)), "1 dimensions"),
        ({"max_rank": 4}, use("ADD", IMAGE), use("ADD", tensor(1, 2, 3, 4, 5)), "more than 4"),
        ({"scalar_output": False}, use("SUM", IMAGE), use("SUM", IMAGE, out=tensor()), "scalar"),
        (
            {"one_dimensional": ["input 0"], "max_elements": 100},
            use("SOFTMAX", tensor(1, 100)),
            use("SOFTMAX", tensor(2, 10)),
            "more than one dimension",
        ),
        ({"max_elements": 100}, use("SOFTMAX", tensor(1, 100)), use("SOFTMAX", tensor(101)), "100"),
        (
            {"options": [{"name": "beta", "allowed": [1.0], "otherwise": "another beta"}]},
            use("SOFTMAX", IMAGE, beta=1.0),
            use("SOFTMAX", IMAGE, beta=2.0),
            "another beta",
        ),
        (
            {"options": [{"name": "axis", "forbidden": [0], "otherwise": "the batch"}]},
            use("PACK", IMAGE, axis=1),
            use("PACK", IMAGE, axis=0),
            "the batch",
        ),
        (
            {"equal_options": ["w", "h"]},
            use("CONV_2D", IMAGE, w=2, h=2),
            use("CONV_2D", IMAGE, w=1, h=2),
            "dilation",
        ),
        (
            {"filled": {"position": 3, "value": 1, "otherwise": "other strides"}},
            use("STRIDED_SLICE", IMAGE, SHAPE, SHAPE, tensor(2, values=[1, 1])),
            use("STRIDED_SLICE", IMAGE, SHAPE, SHAPE, tensor(2, values=[1, 2])),
            "other strides",
        ),
        (
            {"axes": 1},
            use("MEAN", IMAGE, tensor(2, values=[1, 2])),
            use("MEAN", IMAGE, tensor(1, values=[-4])),
            "batch dimension",
        ),
        (
            {"axes": 1, "depth_multiple": 4},
            use("MEAN", IMAGE, tensor(1, values=[-1])),
            use("MEAN", tensor(1, 4, 4, 6), tensor(1, values=[3])),
            "no multiple of 4",
        ),
        (
            {"unpadded_batch": True},
            use("PAD", IMAGE, tensor(4, 2, values=[0, 0, 1, 1, 1, 1, 0, 0])),
            use("PAD", IMAGE, tensor(4, 2, values=[0, 1, 1, 1, 1, 1, 0, 0])),
            "pads the batch",
        ),
        (
            {"leading_ones": True},
            use("SQUEEZE", tensor(1, 1, 10), out=tensor(10)),
            use("SQUEEZE", tensor(5, 1, 10), out=tensor(5, 10)),
            "not a leading one",
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_a_limit_is_seen_when_it_is_broken_and_only_then(
    rule: dict[str, Any], kept: Use, broken: Use, reason: str
) -> None:
    limits = Rule.model_validate(rule)
    assert first_broken(limits, kept) is None
    assert reason in (first_broken(limits, broken) or "")


def test_obstacles_are_counted_and_the_most_frequent_is_first() -> None:
    uses = [use("WHERE", IMAGE), use("CONV_3D", IMAGE), use("WHERE", IMAGE), use("ABS", IMAGE)]
    gpu = TARGETS["gpu"](uses, (), ())
    assert [(obstacle.what, obstacle.count) for obstacle in gpu.obstacles] == [
        ("WHERE", 2),
        ("CONV_3D", 1),
    ]
    assert gpu.sentence.startswith("3 of 4 operators cannot run there.")
