"""tests of techniques/: each operator of a mixed file computes as it was told, and no other."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter

from optimizer.errors import ConversionError, RecipeError
from optimizer.measure.predict import predict
from optimizer.measure.snr import snr_db
from optimizer.recipes import parse
from optimizer.techniques.converters.mixing import operators_of
from optimizer.techniques.mixed import Mixed
from optimizer.techniques.scheme import FloatOperator, Scheme
from optimizer.techniques.technique import Sources
from optimizer.tflite.flatbuffer import open_flatbuffer, read_flatbuffer
from tests.refused import refused
from tests.samples import ArraySamples
from tests.techniques.conftest import Content, MakeSources

Pixels = npt.NDArray[np.uint8]
TYPES = {
    "int8": ("int8", "int8"), "int16": ("int16", "int8"), "int4": ("int8", "int4"),
    "float": ("float32", "float32"), "weight_only": ("float32", "float32"),
}  # fmt: skip
"""Of what an operator gives, and of the weights that it takes; by scheme."""


def operators(sources: Sources) -> tuple[FloatOperator, ...]:
    return operators_of(open_flatbuffer(sources.float_tflite()).graphs[0])


def first(sources: Sources, name: str) -> int:
    """The number of the first operator of that name."""
    return next(one.number for one in operators(sources) if one.name == name)


def make(sources: Sources, text: str) -> bytes:
    return parse(text).conversion.convert(sources)


def computed(content: bytes) -> list[tuple[str, str, str]]:
    """For each operator but conversions: its name, what it gives, its second input; by number."""
    read = Content(content)
    found = []
    for operator in read.graph.operators:
        name = read._name(operator)
        if name not in ("QUANTIZE", "DEQUANTIZE"):
            taken = read.types(operator.inputs[1:2])
            found.append((name, read.types(operator.outputs)[0], (taken or [""])[0]))
    return found


# ---- the text form ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("mixed(float=3;17-19,int16=0)", "mixed(float=3;17-19,int16=0)"),
        ("mixed( int16 = 0 ; , float = 19;18 ;17; 3-3 )", "mixed(float=3;17-19,int16=0)"),
        ("mixed(float=4-4;5,io=int8)", "mixed(float=4-5,io=int8)"),
        ("mixed(float=)", "mixed"),
    ],
)
def test_a_recipe_has_one_text_however_its_numbers_are_written(written: str, read: str) -> None:
    assert str(parse(written)) == read
    assert parse(read) == parse(written)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mixed(float=3,int16=1-5)", "operator 3 stands in float and in int16"),
        ("mixed(float=first)", "“first” is no number of an operator"),
        ("mixed(float=-1)", "“-1” is no number"),
        ("mixed(int4=9-7)", "runs backwards. Write 7-9"),
        ("mixed(int9=3)", "mixed has no parameter “int9”"),
    ],
)
def test_what_is_no_list_of_operators_is_one_clear_error(text: str, sentence: str) -> None:
    with refused(RecipeError, sentence):
        parse(text)


# ---- the file --------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", list(Scheme), ids=lambda scheme: scheme.value)
def test_an_operator_computes_as_it_was_told_and_the_others_in_int8(
    tiny_sources: Sources, scheme: Scheme
) -> None:
    number = first(tiny_sources, "CONV_2D")
    text = "mixed" if scheme is Scheme.INT8 else f"mixed({scheme.value}={number})"
    made = computed(make(tiny_sources, text))
    assert [name for name, *_ in made] == [one.name for one in operators(tiny_sources)]
    assert made[number] == ("CONV_2D", *TYPES[scheme.value])
    rest = [one for at, one in enumerate(made) if at != number]
    assert {given for _, given, _ in rest} == {"int8"}


def test_weight_only_int8_stores_bytes_and_computes_in_float(tiny_sources: Sources) -> None:
    number = first(tiny_sources, "FULLY_CONNECTED")
    largest = {
        text: max(Content(make(tiny_sources, text)).weights(), key=lambda weight: weight[1])
        for text in (f"mixed(weight_only={number})", f"mixed(float={number})")
    }
    weight_only, in_float = largest.values()
    assert in_float[0] == "float32"
    assert weight_only == ("int8", in_float[1] // 4, 0)
    assert computed(make(tiny_sources, f"mixed(weight_only={number})"))[number][1] == "float32"


def test_with_nothing_told_it_is_int8_by_the_same_quantizer(tiny_sources: Sources) -> None:
    assert make(tiny_sources, "mixed") == make(
        tiny_sources, "int8(quantizer=litert,integer_only=false)"
    )


def test_operators_left_in_float_give_what_they_give_in_the_float_file_bit_for_bit(
    tiny_sources: Sources, pixels: Pixels
) -> None:
    """All but the last are: what that one is fed must be the float file's, to the last bit."""
    last = len(operators(tiny_sources)) - 1
    before = [one.location for one in operators(tiny_sources)][: last + 1]
    x = pixels[:8] / np.float32(255)
    reference = tensors(tiny_sources.float_tflite().read_bytes(), x)
    made = tensors(make(tiny_sources, f"mixed(float=0-{last - 1})"), x)
    for location in before[:-1]:
        np.testing.assert_array_equal(made[location], reference[location])
    assert not np.array_equal(list(made.values())[-1], list(reference.values())[-1])


def tensors(content: bytes, x: Any) -> dict[str, Any]:
    """Everything that a file computes, by name, without XNNPACK."""
    from ai_edge_litert.interpreter import OpResolverType

    interpreter = Interpreter(
        model_content=content, num_threads=1, experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )  # fmt: skip
    [taken] = interpreter.get_input_details()
    interpreter.resize_tensor_input(taken["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], x)
    interpreter.invoke()
    given = interpreter._get_ops_details()
    return {
        interpreter._get_tensor_details(index, 0)["name"]: interpreter.get_tensor(index)
        for one in given
        for index in one["outputs"]
    }


def test_the_more_operators_stay_in_float_the_less_noise_there_is(
    tiny_sources: Sources, pixels: Pixels, tmp_path: Path
) -> None:
    x = pixels / np.float32(255)
    last = len(operators(tiny_sources)) - 1

    def noise(text: str) -> float:
        file = tmp_path / "made.tflite"
        file.write_bytes(make(tiny_sources, text))
        found = snr_db(reference, predict(file, ArraySamples((x,)))[0])
        assert found is not None
        return found

    reference = predict(tiny_sources.float_tflite(), ArraySamples((x,)))[0]
    assert noise("mixed") < noise(f"mixed(int16=0-{last})")
    assert noise("mixed") < noise(f"mixed(float=1-{last})")


@pytest.mark.parametrize("io", ["int8", "uint8"])
def test_inputs_and_outputs_have_the_type_that_was_asked_for(
    tiny_sources: Sources, io: str
) -> None:
    content = Content(make(tiny_sources, f"mixed(float=0,io={io})"))
    assert (content.inputs, content.outputs) == ([io], [io])


# ---- what cannot be --------------------------------------------------------------------------


def test_operators_that_are_not_there_or_cannot_are_one_clear_error(tiny_sources: Sources) -> None:
    count = len(operators(tiny_sources))
    with refused(ConversionError, f"no operator {count}", f"from 0 to {count - 1}"):
        make(tiny_sources, f"mixed(float=0;{count})")
    mean = first(tiny_sources, "MEAN")
    with refused(ConversionError, f"Operator {mean} (MEAN)", "cannot be int4", "int16x8"):
        make(tiny_sources, f"mixed(int4={mean})")


def test_an_operator_without_an_int8_form_stays_in_float_and_this_is_said(
    sine_sources: Sources,
) -> None:
    text = f"mixed(float={first(sine_sources, 'FULLY_CONNECTED')})"
    content = make(sine_sources, text)
    [said] = parse(text).conversion.departures(read_flatbuffer(content))
    sine = first(sine_sources, "SIN")
    assert f"{sine} (SIN)" in said
    assert "stayed in float" in said
    with refused(ConversionError, "SIN", "cannot be int8"):
        told(sine_sources, {sine: Scheme.INT8})


def told(sources: Sources, asked: dict[int, Scheme]) -> object:
    from optimizer.techniques.plan import plan

    return plan(asked, operators(sources))


@pytest.fixture(scope="module")
def shared(sources_of: MakeSources) -> Sources:
    """A model that uses one dense layer twice."""
    import keras

    keras.utils.set_random_seed(2)
    inputs = keras.Input((32,))
    twice = keras.layers.Dense(32, activation="relu")
    x = keras.layers.Dense(3)(twice(twice(inputs)))
    x_all = np.random.default_rng(0).random((20, 32), np.float32)
    return sources_of(keras.Model(inputs, x), ArraySamples((x_all,)))


def test_operators_that_use_the_same_weights_go_together_and_this_is_said(shared: Sources) -> None:
    dense = [one for one in operators(shared) if one.name == "FULLY_CONNECTED"]
    one, other, alone = (each.number for each in dense)
    assert [each.together for each in dense] == [(one, other), (one, other), (alone,)]
    text = f"mixed(float={one})"
    content = make(shared, text)
    given = computed(content)
    assert given[one][1] == given[other][1] == "float32"
    assert given[alone][1] == "int8"
    [said] = parse(text).conversion.departures(read_flatbuffer(content))
    assert said.startswith(f"Operator {other} is float too: it uses the same weights")
    stored = [size for dtype, size, _ in Content(content).weights() if size >= 32 * 32]
    assert stored == [4 * 32 * 32], "once"
    with refused(ConversionError, "use the same weights", "Give them one scheme"):
        make(shared, f"mixed(float={one},int16={other})")


def test_it_is_refused_where_int8_is(tiny_sources: Sources) -> None:
    from dataclasses import replace

    from tests.variants import SUMMARY, dataset

    assert "recurrent" in (Mixed.misfit(replace(SUMMARY, loops=True), dataset()) or "")
    assert "quantized already" in (Mixed.misfit(replace(SUMMARY, quantized=True), dataset()) or "")
    assert "calibration" in (Mixed.misfit(SUMMARY, replace(dataset(), calibration=0)) or "")
