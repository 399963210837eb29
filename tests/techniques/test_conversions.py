"""tests of techniques/: each conversion gives the file that its name and parameters promise."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.errors import ConversionError, RecipeError
from optimizer.measure.predict import predict
from optimizer.recipes import parse
from optimizer.sample import DATA, MODEL
from optimizer.techniques.converters.tensorflow_converter import (
    OperatorsError,
    convert,
    converter_for,
)
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.technique import Sources
from optimizer.tflite.flatbuffer import read_flatbuffer
from tests.levels import some
from tests.refused import refused
from tests.samples import ArraySamples
from tests.techniques.conftest import Content, MakeSources
from tests.tutorial import tutorial_loop
from tests.variants import SUMMARY, dataset

Images = npt.NDArray[np.float32]
Run = Callable[..., Images]
CALIBRATED = ["int8", "int16x8"]
QUANTIZERS = ["converter", "litert"]
ACTIVATIONS = {"int8": "int8", "int16x8": "int16"}


@cache
def make(sources: Sources, recipe: str) -> bytes:
    """Converts, once for all tests: sources are equal only if they are the same."""
    return parse(recipe).conversion.convert(sources)


def noise(outputs: Any, reference: Any) -> float:
    return float(np.square(outputs - reference).mean())


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize(
    "name", some(["float16", "dynamic_range", "int8", "int16x8"], quick=["int8"])
)
def test_either_programs_files_predict_what_a_plain_loop_does_bit_for_bit(
    tiny_sources: Sources, pixels: npt.NDArray[np.uint8], tmp_path: Path, name: str, quantizer: str
) -> None:
    file = tmp_path / "made.tflite"
    file.write_bytes(make(tiny_sources, f"{name}(quantizer={quantizer})"))
    x = pixels / np.float32(255)
    assert predict(file, ArraySamples((x,)))[0].tobytes() == tutorial_loop(file, x).tobytes()


# ---- what is stored and computed -------------------------------------------------------------


def test_float32_is_the_model_as_it_is(
    either_sources: Sources, run: Run, tiny3: Any, pixels: npt.NDArray[np.uint8]
) -> None:
    x = pixels / np.float32(255)
    outputs = run(make(either_sources, "float32"), x)
    np.testing.assert_allclose(outputs, tiny3.predict_on_batch(x), atol=1e-5)


@pytest.mark.parametrize(
    ("recipe", "weights"),
    [("float32", "float32"), ("float16", "float16"), ("dynamic_range", "int8"),
     ("weight_only_int8", "int8")],
)  # fmt: skip
def test_weights_are_stored_in_the_type_that_the_name_says(
    either_sources: Sources, recipe: str, weights: str
) -> None:
    content = Content(make(either_sources, recipe))
    largest = max(content.weights(), key=lambda weight: weight[1])
    assert largest[0] == weights
    assert (content.inputs, content.outputs) == (["float32"], ["float32"])


def test_weights_of_eight_bits_take_a_quarter_and_those_of_sixteen_half(
    tiny_sources: Sources,
) -> None:
    size = {
        recipe: sum(inside for _, inside, _ in Content(make(tiny_sources, recipe)).weights())
        for recipe in (
            "float32", "float16", "float16(quantizer=litert)", "dynamic_range",
            "dynamic_range(quantizer=litert)", "weight_only_int8", "int8",
        )
    }  # fmt: skip
    for recipe in ("float16", "float16(quantizer=litert)"):
        assert size[recipe] == pytest.approx(size["float32"] / 2, rel=0.1)
    for recipe in size.keys() - {"float32", "float16", "float16(quantizer=litert)"}:
        assert size["float32"] / 4 <= size[recipe] < size["float16"]


@pytest.mark.parametrize("name", ["float16", "dynamic_range"])
def test_either_program_stores_weights_so_that_predictions_hardly_change(
    tiny_sources: Sources, run: Run, pixels: npt.NDArray[np.uint8], name: str
) -> None:
    x = pixels / np.float32(255)
    reference = run(make(tiny_sources, "float32"), x)
    for quantizer in QUANTIZERS:
        outputs = run(make(tiny_sources, f"{name}(quantizer={quantizer})"), x)
        assert 0 < noise(outputs, reference) < 0.01 * reference.var(axis=0).mean()


@pytest.mark.parametrize("name", ["float16", "dynamic_range", "int8(io=int8)", "int16x8"])
def test_a_ready_tflite_is_quantized_by_the_litert_quantizer(
    tiny_sources: Sources, name: str
) -> None:
    ready = replace(tiny_sources, saved_model=None)
    stem, _, parameters = name.removesuffix(")").partition("(")
    named = f"{stem}({parameters}{',' * bool(parameters)}quantizer=litert)"
    assert make(ready, name) == make(tiny_sources, named)


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("io", ["float32", "int8", "uint8"])
def test_inputs_and_outputs_have_the_type_that_was_asked_for(
    tiny_sources: Sources, io: str, quantizer: str
) -> None:
    content = Content(make(tiny_sources, f"int8(io={io},quantizer={quantizer})"))
    assert (content.inputs, content.outputs) == ([io], [io])


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("name", CALIBRATED)
def test_integer_only_leaves_no_float_operator(
    either_sources: Sources, name: str, quantizer: str
) -> None:
    content = Content(make(either_sources, f"{name}(quantizer={quantizer})"))
    assert content.float_operators == set()
    layers = [
        operator for operator in content.graph.operators
        if content.types(operator.outputs) == [ACTIVATIONS[name]]
    ]  # fmt: skip
    assert len(layers) >= content.operators["CONV_2D"] + content.operators["FULLY_CONNECTED"] > 0


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("io", some(["float32", "int8", "uint8"], quick=["uint8"]))
def test_a_uint8_or_int8_boundary_changes_no_prediction_much(
    either_sources: Sources, run: Run, pixels: npt.NDArray[np.uint8], io: str, quantizer: str
) -> None:
    x = pixels / np.float32(255)
    reference = run(make(either_sources, "float32"), x)
    outputs = run(make(either_sources, f"int8(io={io},quantizer={quantizer})"), x)
    # Far nearer to the float model than its outputs are to their own mean.
    assert noise(outputs, reference) < 0.1 * reference.var(axis=0).mean()


@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_sixteen_bit_activations_are_nearer_to_float_than_eight_bit_ones(
    tiny_sources: Sources, run: Run, pixels: npt.NDArray[np.uint8], quantizer: str
) -> None:
    x = pixels / np.float32(255)
    reference = run(make(tiny_sources, "float32"), x)
    errors = {
        name: noise(run(make(tiny_sources, f"{name}(quantizer={quantizer})"), x), reference)
        for name in CALIBRATED
    }
    assert errors["int16x8"] < errors["int8"]


# ---- operators without an integer form -------------------------------------------------------


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize(
    "name", ["int8(io=float32", "int8(io=int8", "int8(io=uint8", "int16x8(calibration_samples=20"]
)
def test_integer_only_refuses_an_operator_without_integer_form_and_names_it(
    sine_sources: Sources, name: str, quantizer: str
) -> None:
    with pytest.raises(ConversionError, match="SIN"):
        make(sine_sources, f"{name},quantizer={quantizer})")


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("name", CALIBRATED)
def test_with_fallback_the_operator_stays_in_float_and_the_rest_does_not(
    sine_sources: Sources, run: Run, name: str, quantizer: str
) -> None:
    content = make(sine_sources, f"{name}(integer_only=false,quantizer={quantizer})")
    assert Content(content).float_operators == {"SIN"}
    assert Content(content).operators["FULLY_CONNECTED"] == 2
    assert sine_sources.calibration
    x = sine_sources.calibration.batch(0, 20)
    reference = run(make(sine_sources, "float32"), *x)
    assert noise(run(content, *x), reference) < 0.1 * reference.var(axis=0).mean()


def test_a_model_that_needs_tensorflow_itself_is_refused_with_the_operators_name(
    tmp_path: Path,
) -> None:
    import keras

    inputs = keras.Input((3, 3))
    model = keras.Model(inputs, keras.ops.erf(inputs))
    model.export(str(tmp_path / "m"), format="tf_saved_model", verbose=False)
    with refused(OperatorsError, "TensorFlow Lite does not have: Erf.", "Replace the layers"):
        convert(converter_for(tmp_path / "m"))


# ---- calibration -----------------------------------------------------------------------------


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("name", CALIBRATED)
@pytest.mark.parametrize("wanted", some([1, 25, 500], quick=[25]))
def test_calibration_looks_at_as_many_samples_as_were_asked_for_and_no_others(
    tiny_sources: Sources, name: str, quantizer: str, wanted: int
) -> None:
    assert isinstance(tiny_sources.calibration, ArraySamples)
    recorded = ArraySamples(tiny_sources.calibration.arrays)
    sources = replace(tiny_sources, calibration=recorded)
    make(sources, f"{name}(calibration_samples={wanted},quantizer={quantizer})")
    assert recorded.asked == set(range(min(wanted, len(recorded))))


@pytest.mark.parametrize("recipe", ["float32", "float16", "dynamic_range", "weight_only_int8"])
def test_other_conversions_need_no_data(tiny_sources: Sources, recipe: str) -> None:
    without = make(replace(tiny_sources, calibration=None), recipe)
    assert without == make(tiny_sources, recipe)


@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_ranges_come_from_the_samples(tiny_sources: Sources, quantizer: str) -> None:
    assert isinstance(tiny_sources.calibration, ArraySamples)
    brighter = ArraySamples(tuple(4 * array for array in tiny_sources.calibration.arrays))

    def input_scale(sources: Sources) -> float:
        content = Content(make(sources, f"int8(io=int8,quantizer={quantizer})"))
        return float(content.graph.tensors[content.graph.inputs[0]].quantization.scale[0])

    ratio = input_scale(replace(tiny_sources, calibration=brighter)) / input_scale(tiny_sources)
    assert ratio == pytest.approx(4, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_the_extremes_of_a_regression_model_are_not_cut_off(
    sources_of: MakeSources, run: Run, quantizer: str
) -> None:
    """A single output has no spread within a sample, only between samples."""
    import keras

    inputs = keras.Input((1,))
    x = np.linspace(-1, 1, 50, dtype=np.float32)[:, None]
    sources = sources_of(keras.Model(inputs, keras.layers.Dense(1)(inputs)), ArraySamples((x,)))
    reference = run(make(sources, "float32"), x)
    outputs = run(make(sources, f"int8(quantizer={quantizer})"), x)
    assert np.ptp(outputs) == pytest.approx(np.ptp(reference), rel=0.05)


@pytest.mark.parametrize("library", some(["keras", "tf_keras"], quick=["keras"]))
@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize(
    "same_shape", some([False, True], quick=[True]), ids=["shapes differ", "same shape"]
)
def test_each_input_is_calibrated_with_its_own_samples(
    sources_of: MakeSources, library: str, quantizer: str, same_shape: bool
) -> None:
    keras: Any = importlib.import_module(library)
    # Sorted by name the second would be the first.
    sizes = (4, 4) if same_shape else (5, 4)
    first, second = keras.Input(sizes[:1], name="zeta"), keras.Input(sizes[1:], name="alpha")
    heads = [keras.layers.Dense(6)(first), keras.layers.Dense(6)(second)]
    model = keras.Model([first, second], keras.layers.Concatenate()(heads))
    rng = np.random.default_rng(0)
    small, large = (rng.random((20, size), np.float32) for size in sizes)
    sources = sources_of(model, ArraySamples((small, 100 * large)))
    content = Content(make(sources, f"int8(io=int8,quantizer={quantizer})"))
    scales = [
        float(content.graph.tensors[tensor].quantization.scale[0])
        for tensor in content.graph.inputs
    ]
    assert scales[1] / scales[0] == pytest.approx(100, rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", some(["float32", "int32"], quick=["float32"]))
@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_words_keep_their_numbers_whatever_type_is_asked_for(
    sources_of: MakeSources, run: Run, dtype: str, quantizer: str
) -> None:
    """A scale of 39 would make 256 of 10,000 words."""
    import keras

    words = keras.Input((6,), dtype=dtype, name="words")
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(10_000, 8)(words))
    samples = np.random.default_rng(4).integers(0, 10_000, (40, 6)).astype(dtype)
    sources = sources_of(keras.Model(words, keras.layers.Dense(3)(mean)), ArraySamples((samples,)))
    recipe = f"int8(io=uint8,integer_only=false,quantizer={quantizer})"
    made = make(sources, recipe)
    plain = make(sources, f"int8(integer_only=false,quantizer={quantizer})")
    file = read_flatbuffer(made)
    assert [tensor.dtype for tensor in file.graphs[0].inputs] == [dtype.upper()]
    assert [tensor.dtype for tensor in file.graphs[0].outputs] == ["UINT8"]
    np.testing.assert_allclose(run(made, samples), run(plain, samples), atol=1e-6)
    [said] = parse(recipe).conversion.departures(file)
    assert said.startswith(f"The inputs keep {dtype} though io=uint8 was asked for")
    assert parse("int8").conversion.departures(read_flatbuffer(plain)) == ()


# ---- the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipe",
    ["weight_only_int8", "int8(quantizer=litert)", "int8(quantizer=litert,io=uint8)",
     "int16x8(quantizer=litert)"],
)  # fmt: skip
def test_weights_lie_inside_the_flatbuffer_where_microcontrollers_look(
    tiny_sources: Sources, recipe: str
) -> None:
    weights = Content(make(tiny_sources, recipe)).weights()
    assert all(inside > 0 and outside == 0 for _, inside, outside in weights)
    assert sum(inside for _, inside, _ in weights) > 1_000


@pytest.mark.parametrize(
    "recipe", ["float16", "int8(io=uint8)", "int8(io=uint8,quantizer=litert)", "weight_only_int8"]
)
def test_the_same_recipe_gives_the_same_file_twice(tiny_sources: Sources, recipe: str) -> None:
    assert parse(recipe).conversion.convert(tiny_sources) == make(tiny_sources, recipe)


@pytest.fixture(scope="module")
def sample(sources_of: MakeSources) -> tuple[Sources, Images, npt.NDArray[np.uint8]]:
    """The embedded sample's model, some test images scaled for it, and their labels."""
    import keras

    model = keras.models.load_model(MODEL, compile=False)
    with np.load(DATA) as data:
        x, y = data["x_test"][:400], data["y_test"][:400]
    images = x.reshape(-1, 28, 28, 1) / np.float32(255)
    return sources_of(model, ArraySamples((images[:50],))), images, y


@pytest.mark.parametrize(
    "recipe", some(["float16", "int8", "int8(quantizer=litert,io=uint8)"], quick=["int8"])
)
def test_the_sample_stays_accurate(sample: Any, run: Run, recipe: str) -> None:
    sources, x, y = sample
    accuracy = np.mean(run(make(sources, recipe), x).argmax(axis=1) == y)
    baseline = np.mean(run(make(sources, "float32"), x).argmax(axis=1) == y)
    assert accuracy > baseline - 0.03


@pytest.mark.parametrize("name", CALIBRATED)
@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"quantized": True}, "quantized already"),
        ({"loops": True}, "loops of its recurrent layers"),
        ({"select_tf_ops": ("MatrixDeterminant",)}, "MatrixDeterminant"),
    ],
)
def test_what_cannot_have_integer_activations_is_said_before_anything_runs(
    name: str, found: dict[str, Any], reason: str
) -> None:
    kind = TECHNIQUES[name]
    assert kind.misfit(SUMMARY, dataset()) is None
    assert reason in str(kind.misfit(replace(SUMMARY, **found), dataset()))


def test_the_converter_cannot_be_chosen_for_a_ready_tflite() -> None:
    ready = replace(SUMMARY, ready=True)
    parse("int8").check(ready, dataset())
    with refused(RecipeError, "cannot read a ready .tflite", "quantizer=litert"):
        parse("float16(quantizer=converter)").check(ready, dataset())
