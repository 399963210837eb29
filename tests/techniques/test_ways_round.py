"""tests of tasks/ and techniques/: where a quantizer refuses, the next way is tried and told."""

from typing import Any

import numpy as np
import pytest

from optimizer.errors import ConversionError, MeasurementError
from optimizer.recipes import parse
from optimizer.tasks.make_file import MadeFile, make_file
from optimizer.techniques.technique import Sources
from tests.refused import refused
from tests.samples import ArraySamples
from tests.techniques.conftest import Content, MakeSources


def made(recipe: str, sources: Sources) -> MadeFile[bytes]:
    return make_file(parse(recipe), sources, lambda content: content)


@pytest.fixture(scope="module")
def words(sources_of: MakeSources) -> Sources:
    """Words as floats, cast to whole numbers inside: the converter has no CAST in 16x8."""
    import keras

    keras.utils.set_random_seed(2)
    inputs = keras.Input((8,))
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(50, 8)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(3)(mean))
    samples = np.random.default_rng(0).integers(0, 50, (20, 8)).astype(np.float32)
    return sources_of(model, ArraySamples((samples,)))


@pytest.fixture(scope="module")
def whole_numbers(sources_of: MakeSources) -> Sources:
    """Whole numbers, cast to floats inside: neither quantizer has an integer form of that."""
    import keras

    keras.utils.set_random_seed(2)
    inputs = keras.Input((8,), dtype="int32")
    hidden = keras.layers.Dense(16)(keras.ops.cast(inputs, "float32"))
    samples = np.random.default_rng(0).integers(0, 9, (20, 8)).astype(np.int32)
    model = keras.Model(inputs, keras.layers.Dense(3)(hidden))
    return sources_of(model, ArraySamples((samples,)))


def test_what_neither_quantizer_has_an_integer_form_of_stays_in_float(
    sine_sources: Sources,
) -> None:
    found = made("int8", sine_sources)
    assert str(found.recipe) == "int8(integer_only=false)"
    assert Content(found.opened).float_operators == {"SIN"}
    assert Content(found.opened).operators["FULLY_CONNECTED"] == 2
    assert found.opened == parse("int8(integer_only=false)").conversion.convert(sine_sources)
    assert found.detours == (
        "int8 was refused: These operators have no integer form here: SIN. "
        "The file was made as int8(integer_only=false) instead, with SIN in float.",
    )


def test_the_other_quantizer_is_tried_where_one_refuses(words: Sources, run: Any) -> None:
    found = made("int16x8", words)
    assert str(found.recipe) == "int16x8(quantizer=litert)"
    assert Content(found.opened).float_operators == set()
    [said] = found.detours
    assert said.startswith("int16x8 was refused: The converter refused the model: Max and min")
    assert said.endswith("The file was made as int16x8(quantizer=litert) instead.")
    assert words.calibration
    x = words.calibration.batch(0, 20)
    reference, outputs = (
        run(content, *x) for content in (parse("float32").conversion.convert(words), found.opened)
    )
    np.testing.assert_allclose(outputs, reference, atol=0.02 * np.ptp(reference))


@pytest.mark.slow
def test_a_cast_in_16x8_stays_in_float(whole_numbers: Sources) -> None:
    found = made("int16x8", whole_numbers)
    assert Content(found.opened).float_operators == {"CAST"}
    assert found.detours == (
        "int16x8 was refused: The converter refused the model: Quantization to 16x8-bit not yet "
        "supported for op: 'CAST'. "
        "The file was made as int16x8(integer_only=false) instead, with CAST in float.",
    )


def test_what_is_not_refused_is_made_as_it_was_asked_for(tiny_sources: Sources) -> None:
    found = made("int8", tiny_sources)
    assert (str(found.recipe), found.detours) == ("int8", ())


def test_a_file_that_the_runtime_refuses_is_made_by_the_other_quantizer(
    tiny_sources: Sources,
) -> None:
    converted = parse("float16").conversion.convert(tiny_sources)

    def open_it(content: bytes) -> bytes:
        if content == converted:
            raise MeasurementError("It cannot be run.")
        return content

    found = make_file(parse("float16"), tiny_sources, open_it)
    assert str(found.recipe) == "float16(quantizer=litert)"
    assert found.detours[0].startswith("float16 was refused: It cannot be run. The file was made")


@pytest.mark.parametrize("quantizer", ["converter", "litert"])
def test_a_quantizer_that_was_chosen_is_not_replaced_and_the_way_is_named(
    sine_sources: Sources, quantizer: str
) -> None:
    with refused(ConversionError, "SIN", "integer_only=false", "quantizer=auto"):
        made(f"int8(quantizer={quantizer})", sine_sources)


def test_integers_alone_are_not_given_up_where_they_were_asked_for(sine_sources: Sources) -> None:
    with refused(
        ConversionError,
        "SIN. int8(integer_only=true,quantizer=litert) was tried too: These operators",
        "use integer_only=auto",
    ):
        made("int8(integer_only=true)", sine_sources)


@pytest.mark.parametrize(
    ("recipe", "ready", "ways"),
    [
        ("float32", False, []),
        ("float16", False, ["float16(quantizer=litert)"]),
        ("float16", True, []),
        ("int8(integer_only=false)", False, ["int8(integer_only=false,quantizer=litert)"]),
        ("int8(io=int8)", True, ["int8(io=int8,integer_only=false)"]),
        ("int8", False, ["int8(quantizer=litert)", "int8(integer_only=false)",
                         "int8(integer_only=false,quantizer=litert)"]),
    ],
)  # fmt: skip
def test_the_ways_round_begin_with_the_nearest(recipe: str, ready: bool, ways: list[str]) -> None:
    assert [str(way) for way in parse(recipe).conversion.ways_round(ready=ready)] == ways


def test_ranges_that_were_trained_are_never_thrown_away(sine_sources: Sources) -> None:
    """The LiteRT Quantizer cannot read them: after qat it is no way round."""
    tried = []

    def open_it(content: bytes) -> None:
        tried.append(content)
        raise MeasurementError("It cannot be run.")

    with pytest.raises(ConversionError, match="SIN") as error:
        make_file(parse("qat+int8"), sine_sources, open_it)
    assert "litert" not in str(error.value)
    assert len(tried) == 1
